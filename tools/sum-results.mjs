// Adds up the result files of all suites in a folder: Jest's own JSON, or {passed, failed, skipped}.
// Prints `N passed, N failed, N skipped` and nothing else.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The counts of one suite. A test file that did not load counts as one failure. */
const counts = (result) =>
  'numTotalTests' in result
    ? {
        passed: result.numPassedTests,
        failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
        skipped: result.numPendingTests + result.numTodoTests,
      }
    : result;

const [folder = '.ci/results'] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const name of existsSync(folder) ? readdirSync(folder) : []) {
  if (!name.endsWith('.json')) continue;
  const suite = counts(JSON.parse(readFileSync(join(folder, name), 'utf8')));
  for (const key of Object.keys(sum)) sum[key] += suite[key] ?? 0;
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
