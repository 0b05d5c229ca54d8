// Adds up the result files of all suites in a folder (see results.mjs).
// Prints `N passed, N failed, N skipped` and nothing else.
import { countsOf, suitesIn } from './results.mjs';

const [folder = '.ci/results'] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const suite of suitesIn(folder)) {
  for (const key of Object.keys(sum)) sum[key] += suite[key];
}
console.log(countsOf(sum));
