/** What the suites leave, and what `.ci/run` says of it at its end. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'results-'));
afterAll(() => rmSync(folder, { recursive: true }));
const leave = (suite: string, result: object) =>
  writeFileSync(join(folder, `${suite}.json`), JSON.stringify(result));
const says = (tool: string) =>
  execFileSync(process.execPath, [`tools/${tool}.mjs`, folder], { encoding: 'utf8' }).split('\n');

const one = (status: string, fullName: string, ...failureMessages: string[]) => ({
  ...{ status, fullName, failureMessages },
});

test('each suite with what ran, each test that was skipped and why, each failure, and the sum', () => {
  const [mixed, broken] = ['test/a.spec.ts', 'test/b.spec.ts'].map((file) => resolve(file));
  leave('engines', {
    ...{ numTotalTests: 4, numPassedTests: 1, numFailedTests: 1, numPendingTests: 1 },
    ...{ numTodoTests: 1, numRuntimeErrorTestSuites: 1 },
    testResults: [
      {
        name: mixed,
        message: '',
        assertionResults: [
          one('passed', 'goes on'),
          one('pending', 'on a server, skipped: POSTGRES_URL names no server'),
          one('todo', 'what is to come'),
          one('failed', 'ends', '\u001b[31mit does not\u001b[39m'),
        ],
      },
      { name: broken, message: 'no such module', assertionResults: [] },
    ],
  });
  const skips = ['kafka-untrusted: KAFKA_BROKERS is not set'];
  leave('guards', {
    passed: 2,
    failed: 1,
    skipped: 1,
    failures: ['x: its test still passes'],
    skips,
  });
  leave('tour', { passed: 1, failed: 0, skipped: 0 });

  expect(says('report-results')).toEqual([
    'engines: 1 passed, 2 failed, 2 skipped in 2 files',
    'skipped in engines: test/a.spec.ts: on a server, skipped: POSTGRES_URL names no server',
    'skipped in engines: test/a.spec.ts: what is to come',
    'guards: 2 passed, 1 failed, 1 skipped',
    'skipped in guards: kafka-untrusted: KAFKA_BROKERS is not set',
    'tour: 1 passed, 0 failed, 0 skipped',
    `failed in engines: ${mixed}: ends`,
    '    it does not',
    `failed in engines: ${broken}`,
    '    no such module',
    'failed in guards: x: its test still passes',
    '',
  ]);
  expect(says('sum-results')).toEqual(['4 passed, 3 failed, 3 skipped', '']);
});

/** A proof for which there is no java. */
function proves(env: Readonly<Record<string, string>>) {
  const file = join(folder, 'proof.json');
  const options = ['--config', 'jest.proof.config.js', '--json', '--outputFile', file];
  const jest = ['node_modules/jest/bin/jest.js', ...options, 'engines-publishing'];
  rmSync(file, { force: true });
  const { status } = spawnSync(process.execPath, jest, { env: { PATH: folder, ...env } });
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as {
    testResults: { assertionResults: { status: string; fullName: string }[] }[];
  };
  return { status, tests: testResults.flatMap(({ assertionResults }) => assertionResults) };
}

test('a proof without its engine is skipped and says why, and fails where the gate runs it', () => {
  const fullName = expect.stringMatching(/^publishing, skipped: there is no java/);
  expect(proves({})).toEqual({
    status: 0,
    tests: [expect.objectContaining({ status: 'pending', fullName })],
  });
  const failureMessages = [expect.stringContaining('no Kafka: there is no java')];
  expect(proves({ CI: 'true' })).toEqual({
    status: 1,
    tests: [expect.objectContaining({ status: 'failed', failureMessages })],
  });
});
