// Prints every failure in the result files of a folder (see sum-results.mjs), each with the first
// lines of what was said about it: for who reads only the end of a long log.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LINES = 60;
const escapes = /\u001b\[[0-9;]*m/g;
const begin = (text) => {
  const lines = text.replaceAll(escapes, '').split('\n').slice(0, LINES);
  return lines.map((line) => `    ${line}`).join('\n');
};

const failuresOf = ({ testResults = [], failures = [] }) => [
  ...failures,
  ...testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && assertionResults.length === 0) return [`${name}\n${begin(message)}`];
    return failed.map(
      ({ fullName, failureMessages }) =>
        `${name}: ${fullName}\n${begin(failureMessages.join('\n'))}`,
    );
  }),
];

const [folder = '.ci/results'] = process.argv.slice(2);
for (const file of existsSync(folder) ? readdirSync(folder) : []) {
  if (!file.endsWith('.json')) continue;
  for (const failure of failuresOf(JSON.parse(readFileSync(join(folder, file), 'utf8')))) {
    console.log(`failed in ${file.slice(0, -'.json'.length)}: ${failure}`);
  }
}
