import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { jestResult, sum } from './test-results.mjs';

const folder = mkdtempSync(join(tmpdir(), 'voronka-results-'));
afterAll(() => rmSync(folder, { recursive: true }));

const nothing = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  numTotalTestSuites: 0,
};

function counted(report: Partial<typeof nothing>, problems: string[] = []) {
  const path = join(folder, 'report.json');
  writeFileSync(path, JSON.stringify({ ...nothing, ...report }));
  const { passed, failed } = jestResult(path, problems);
  return { passed, failed };
}

describe('the count of a suite', () => {
  it('is that of its tests', () => {
    expect(counted({ numPassedTests: 7 })).toEqual({ passed: 7, failed: 0 });
    expect(counted({ numPassedTests: 5, numFailedTests: 2 }, ['exit status 1'])).toEqual({ passed: 5, failed: 2 });
  });

  it('has a failure for each file that could not be run', () => {
    const report = { numPassedTests: 5, numFailedTests: 1, numRuntimeErrorTestSuites: 2 };
    expect(counted(report, ['exit status 1'])).toEqual({ passed: 5, failed: 3 });
  });

  it('has a failure when no test was run, or all were skipped', () => {
    expect(counted({})).toEqual({ passed: 0, failed: 1 });
    expect(counted({ numPendingTests: 4 })).toEqual({ passed: 0, failed: 1 });
  });

  it('has a failure when the run ended badly though no test failed', () => {
    expect(counted({ numPassedTests: 7 }, ['exit status 1'])).toEqual({ passed: 7, failed: 1 });
  });

  it('has a failure when there is no report', () => {
    expect(jestResult(join(folder, 'absent.json'), [])).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('the sum of all steps', () => {
  it('adds them up', () => {
    const results = [
      { passed: 1, failed: 0 },
      { passed: 5, failed: 2 },
    ];
    expect(sum(results)).toEqual({ passed: 6, failed: 2 });
  });

  it('is a failure when nothing was run or the run was interrupted', () => {
    expect(sum([])).toEqual({ passed: 0, failed: 1 });
    expect(sum([{ passed: 3, failed: 0 }], true)).toEqual({ passed: 3, failed: 1 });
  });
});
