// `npm run check`: everything about the sources that needs no test. `npm run check -- lint types`
// runs the named steps only. Two steps run at a time, the long ones first.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './files.mjs';

const cache = 'node_modules/.cache';
const steps = [
  { name: 'lint', run: ['eslint', '--cache', '--cache-location', `${cache}/eslint`, '.'] },
  { name: 'types', run: ['tsc', '--noEmit'] },
  { name: 'dependencies', run: ['node', 'tools/check-dependencies.mjs'] },
  { name: 'format', run: ['prettier', '--check', '--log-level', 'warn', '--cache', '.'] },
  { name: 'openapi', needs: 'docs/openapi.json', run: ['redocly', 'lint', 'docs/openapi.json'] },
  { name: 'api', run: ['npm', 'run', '--silent', 'openapi', '--', '--check'] },
  { name: 'client', run: ['node', 'tools/record-client.mjs', '--check'] },
  { name: 'events', run: ['npm', 'run', '--silent', 'events', '--', '--check'] },
  { name: 'proto', run: ['buf', 'lint'] },
  {
    name: 'proto-form',
    run: ['buf', 'format', '--path', 'proto/membership', '--diff', '--exit-code'],
  },
  { name: 'proto-promise', run: ['node', 'tools/record-proto.mjs', '--check'] },
];

const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
};

/** Runs one step and prints its line, with its output when it failed; true when it passed. */
const runStep = async ({ name, needs, run: [command, ...parameters] }) => {
  if (needs && !existsSync(join(root, needs))) {
    console.log(`ok      ${name.padEnd(14)}nothing to check: no ${needs} yet`);
    return true;
  }
  const started = performance.now();
  const child = spawn(command, parameters, {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const code = await new Promise((resolve) => {
    child.on('close', resolve);
    child.on('error', (error) => {
      output += error.message;
      resolve(1);
    });
  });
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  console.log(`${code === 0 ? 'ok     ' : 'FAILED '} ${name.padEnd(14)}${seconds}`);
  if (code !== 0) console.log(output.trimEnd());
  return code === 0;
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) throw new Error(`no such step: ${unknown.join(', ')}`);
const queue = steps.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const results = [];
const worker = async () => {
  for (let step = queue.shift(); step; step = queue.shift()) results.push(await runStep(step));
};
await Promise.all([worker(), worker()]);
process.exit(results.every(Boolean) ? 0 : 1);
