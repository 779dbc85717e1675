import { existsSync, readFileSync } from 'node:fs';

/**
 * What a jest run came to, by its JSON report. A file that could not be run, a suite that ran no test, a report that is
 * not there and a run that failed without a failed test each count as a failure: silence is not success.
 * @param {string} report path of the report
 * @param {readonly string[]} problems why the process itself did not end well
 */
export function jestResult(report, problems) {
  if (!existsSync(report)) return { passed: 0, failed: 1, note: ': no report was written' };
  const {
    numPassedTests,
    numFailedTests,
    numPendingTests,
    numTodoTests,
    numRuntimeErrorTestSuites,
    numTotalTestSuites,
  } = JSON.parse(readFileSync(report, 'utf8'));
  const skipped = numPendingTests + numTodoTests;
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  const ran = numPassedTests + numFailedTests > 0;
  return {
    passed: numPassedTests,
    failed: Math.max(failed, ran && problems.length === 0 ? 0 : 1),
    note: `: ${numPassedTests} passed in ${numTotalTestSuites} files${failed > 0 ? `, ${failed} failed` : ''}${skipped > 0 ? `, ${skipped} not run` : ''}${ran ? '' : ', no test was run'}`,
  };
}

/**
 * The sum of steps; a run that was interrupted or did nothing has failed.
 * @param {readonly { passed: number, failed: number }[]} results
 */
export function sum(results, interrupted = false) {
  const total = (key) => results.reduce((all, result) => all + result[key], 0);
  const failed = total('failed');
  return { passed: total('passed'), failed: failed === 0 && (interrupted || results.length === 0) ? 1 : failed };
}
