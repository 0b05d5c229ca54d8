/** `membership doctor`: is everything here that the service needs? */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { readConfig } from '../../membership/src/config.js';
import { FILES } from '../../membership/src/files.js';
import { LOCAL } from './service.js';

interface Check {
  readonly name: string;
  /** What is wrong and what to do; `undefined`: nothing. */
  readonly look: () => Promise<string | undefined> | string | undefined;
}

const NODE = [20, 19] as const;

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('Check this machine, the settings and the data directory')
    .action(async () => {
      let troubles = 0;
      for (const { name, look } of checks()) {
        const trouble = await Promise.resolve()
          .then(look)
          .catch((error: unknown) => (error as Error).message);
        if (trouble !== undefined) troubles += 1;
        console.log(trouble === undefined ? `ok      ${name}` : `TROUBLE ${name}: ${trouble}`);
      }
      if (troubles > 0) process.exitCode = 1;
    });

function checks(): Check[] {
  const folder = resolve(process.env['DATA_DIR'] ?? './data');
  return [
    { name: 'Node.js', look: nodeVersion },
    { name: 'settings', look: () => void readConfig(process.env) },
    { name: 'data directory', look: () => writable(folder) },
    { name: 'keys', look: () => keys(folder) },
    { name: 'running service', look: running },
  ];
}

function nodeVersion(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  return isNew ? undefined : `${process.version} is too old; install ${NODE.join('.')} or newer`;
}

function writable(folder: string): string | undefined {
  const there = existsSync(folder) ? folder : dirname(folder);
  try {
    accessSync(there, constants.W_OK);
    return undefined;
  } catch {
    return `${there} can't be written; set DATA_DIR to a folder of this user`;
  }
}

function keys(folder: string): string | undefined {
  const file = join(folder, FILES.keys);
  const configured = process.env['VAULT_KEYS'] ?? process.env['VAULT_KEYS_FILE'];
  if (!existsSync(file)) {
    const needed = existsSync(join(folder, FILES.events)) && configured === undefined;
    return needed ? `${file} is missing, and the log needs it; restore it` : undefined;
  }
  const open = statSync(file).mode & 0o077;
  return open === 0 ? undefined : `others can read ${file}; chmod 600 it`;
}

async function running(): Promise<string | undefined> {
  const url = process.env['MEMBERSHIP_URL'] ?? LOCAL;
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2000) });
    return response.ok ? undefined : `${url} answers ${response.status}; see ${url}/health/ready`;
  } catch {
    return `nothing answers at ${url}; start it with "npm start", or set MEMBERSHIP_URL`;
  }
}
