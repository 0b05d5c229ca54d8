// The result files that the suites leave in a folder: Jest's own JSON, or {passed, failed, skipped}
// with, as names, `failures` and `skips`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './files.mjs';

const LINES = 60;
const escapes = /\u001b\[[0-9;]*m/g;
/** The first lines of what is said about a failure. */
const begin = (text) => {
  const lines = text.replaceAll(escapes, '').split('\n').slice(0, LINES);
  return lines.map((line) => `    ${line}`).join('\n');
};

const failuresIn = ({ name, message, assertionResults }) => {
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  if (failed.length === 0 && assertionResults.length === 0) return [`${name}\n${begin(message)}`];
  return failed.map(
    ({ fullName, failureMessages }) => `${name}: ${fullName}\n${begin(failureMessages.join('\n'))}`,
  );
};

const skipsIn = ({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status === 'pending' || status === 'todo')
    .map(({ fullName }) => `${relative(root, name)}: ${fullName}`);

/** A test file that did not load counts as one failure. */
const ofJest = (result) => ({
  passed: result.numPassedTests,
  failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
  skipped: result.numPendingTests + result.numTodoTests,
  files: result.testResults.length,
  failures: result.testResults.flatMap(failuresIn),
  skips: result.testResults.flatMap(skipsIn),
});
const NOTHING = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };

/** Each suite with its name, its counts, and what failed and was skipped in it. */
export const suitesIn = (folder) =>
  (existsSync(folder) ? readdirSync(folder) : [])
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const result = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      const suite = 'numTotalTests' in result ? ofJest(result) : result;
      return { ...NOTHING, ...suite, name: file.slice(0, -'.json'.length) };
    });

export const countsOf = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed, ${skipped} skipped`;
