// `npm run test:guards [-- <part of a name>]`: proves that tests fail when what they guard is broken.
// Each test/broken/*.patch breaks one thing. It begins with
//   # test: test/domain/change-roles.spec.ts [-t <name pattern>]
//   # guard: <one sentence: what the test keeps from breaking>
//   # needs: <the variables that name the servers it needs, if it does>
// and is applied to a copy of the work tree, where that test must then run and fail.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { filesBelow, root } from './files.mjs';

/** The work tree as it is now, with changes that are not committed, in a folder of its own. */
const copyOfTheTree = () => {
  const folder = mkdtempSync(join(tmpdir(), 'guards-'));
  const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], { cwd: root });
  for (const path of listed.toString().split('\0').filter(Boolean)) {
    if (!existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
};

const header = (patch) => {
  const lines = readFileSync(join(root, patch), 'utf8').split('\n', 4);
  const value = (key) => lines.find((line) => line.startsWith(`# ${key}:`))?.slice(key.length + 3);
  const [, spec, pattern] = /^\s*(\S+)(?:\s+-t\s+(.+?))?\s*$/.exec(value('test') ?? '') ?? [];
  return {
    spec,
    pattern: pattern?.replace(/^(['"])(.*)\1$/, '$2'),
    guard: value('guard')?.trim(),
    needs: value('needs')?.trim().split(' ') ?? [],
  };
};

const apply = (folder, patch, ...options) =>
  spawnSync('git', ['apply', '--whitespace=nowarn', ...options, join(root, patch)], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
  });

/** Not asked: the server that the test needs is not there. */
const SKIPPED = Symbol('skipped');

/** One more than the cores of a small machine: many wait for what does not come. */
const WORKERS = 3;

/** Milliseconds that one may take: a broken build can walk in circles. */
const MOST = 5 * 60_000;

const runJest = (folder, spec, pattern) =>
  new Promise((resolve) => {
    const results = join(folder, '.guard-results.json');
    rmSync(results, { force: true });
    const filter = pattern ? ['-t', pattern] : [];
    const [, suite] = /^test\/(engines|programs)\//.exec(spec) ?? [];
    const config = suite ? ['--config', `jest.${suite}.config.js`] : [];
    const child = spawn(
      process.execPath,
      ['node_modules/jest/bin/jest.js', '--runInBand', '--silent', '--forceExit']
        .concat(['--json', '--outputFile', results, '--runTestsByPath', spec])
        .concat(filter, config),
      { cwd: folder, stdio: 'ignore', timeout: MOST, killSignal: 'SIGKILL' },
    );
    child.on('close', () =>
      resolve(existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : undefined),
    );
  });

/** Why a guard did not do its duty; undefined when its test failed as it should. */
const objection = async (folder, patch) => {
  const { spec, pattern, guard, needs } = header(patch);
  if (needs.some((one) => !process.env[one])) return SKIPPED;
  if (!spec || !guard) return 'its first lines do not say "# test: …" and "# guard: …"';
  if (!existsSync(join(folder, spec))) return `there is no ${spec}`;
  const applied = apply(folder, patch);
  if (applied.status !== 0) return `does not apply: ${applied.stderr.trim()}`;
  try {
    const results = await runJest(folder, spec, pattern);
    if (!results) return 'jest did not run, or did not end in time';
    // What a test that failed leaves behind may fail as well, outside of any.
    if (results.numFailedTests > 0) return undefined;
    if (results.numRuntimeErrorTestSuites > 0) return `${spec} does not even load`;
    return results.numPassedTests === 0 ? 'no test ran' : 'its test still passes';
  } finally {
    const reverted = apply(folder, patch, '--reverse');
    if (reverted.status !== 0) throw new Error(`cannot take back ${patch}: ${reverted.stderr}`);
  }
};

const [filter = ''] = process.argv.slice(2);
const queue = filesBelow('test/broken')
  .filter((path) => path.endsWith('.patch'))
  .filter((path) => path.includes(filter));
const total = queue.length;
const failures = [];
const skips = [];
const worker = async () => {
  const folder = copyOfTheTree();
  try {
    for (let patch = queue.shift(); patch; patch = queue.shift()) {
      let reason = await objection(folder, patch);
      // On a busy machine what is shown by time may not show at once, and a server may not come up.
      for (let again = 2; again > 0 && typeof reason === 'string'; again -= 1) {
        reason = await objection(folder, patch);
      }
      const name = basename(patch, '.patch');
      if (reason === SKIPPED) {
        skips.push(`${name}: it needs ${header(patch).needs.join(' and ')}`);
        console.log(`skipped ${skips.at(-1)}`);
        continue;
      }
      if (reason) failures.push(`${name}: ${reason}`);
      console.log(
        reason ? `FAILED  ${name}: ${reason}` : `ok      ${name}: ${header(patch).guard}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
await Promise.all(Array.from({ length: Math.min(WORKERS, total) }, worker));

const failed = failures.length;
const skipped = skips.length;
const passed = total - failed - skipped;
if (process.env.RESULTS_DIR) {
  mkdirSync(process.env.RESULTS_DIR, { recursive: true });
  const file = join(process.env.RESULTS_DIR, 'guards.json');
  writeFileSync(file, JSON.stringify({ passed, failed, skipped, failures, skips }));
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 ? 1 : 0);
