// Prints what the result files of a folder say (see results.mjs), for who reads only the end of a
// long log: what ran in each suite, every test that was skipped, whose name says why, and every
// failure with the first lines of what was said about it.
import { countsOf, suitesIn } from './results.mjs';

const [folder = '.ci/results'] = process.argv.slice(2);
const suites = suitesIn(folder);
for (const { name, files, skips, ...counts } of suites) {
  console.log(`${name}: ${countsOf(counts)}${files === undefined ? '' : ` in ${files} files`}`);
  for (const skip of skips) console.log(`skipped in ${name}: ${skip}`);
}
for (const { name, failures } of suites) {
  for (const failure of failures) console.log(`failed in ${name}: ${failure}`);
}
