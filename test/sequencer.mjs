import Sequencer from '@jest/test-sequencer';

/** Where no run before has told how long a suite takes, jest begins with the longest files. What every service promises is short to write and takes long. */
export default class extends Sequencer {
  sort(tests) {
    const takesLong = ({ path }) => path.endsWith('every-service.int-spec.ts');
    return [...tests.filter(takesLong), ...super.sort(tests.filter((test) => !takesLong(test)))];
  }
}
