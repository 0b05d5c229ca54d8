/** `membership keys list | rotate | retire`: the generated keys, while the service is stopped. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Argument, Command } from 'commander';
import {
  keysIn,
  KeysInvalid,
  retireKey,
  rotateKey,
  type Ring,
  type RingName,
} from '#vault/keyring.js';
import { readConfig } from '../../membership/src/config.js';
import { FILES } from '../../membership/src/files.js';
import { checkMoved } from '../../membership/src/moved.js';
import { openVault } from '../../membership/src/storage.js';
import { dataDirOf, lockedFolder, withData, type DataOptions } from './data.js';

/** Ring → the setting that takes its place. */
const RINGS = { wrapping: 'VAULT_KEYS', tokens: 'TOKEN_KEYS' } as const satisfies {
  readonly [N in RingName]: string;
};

const ring = (): Argument =>
  new Argument(
    '<ring>',
    'wrapping: wrap the data keys of the vault; tokens: sign the links',
  ).choices(Object.keys(RINGS));

export const keysCommand = (): Command =>
  new Command('keys')
    .description('Rotate the keys the service has generated; see docs/rotating-keys.md')
    .addCommand(list())
    .addCommand(rotate())
    .addCommand(retire());

const list = (): Command =>
  withData(new Command('list'))
    .description('Ids of the keys, the current ones first; never the keys')
    .action((options: DataOptions) => {
      const file = keyFile(dataDirOf(options));
      for (const name of Object.keys(RINGS) as RingName[]) {
        console.log(`${name}: ${keysIn(file, name).join(', ')}`);
      }
    });

const rotate = (): Command =>
  withData(new Command('rotate'))
    .description('Make a new current key; older ones go on opening what they closed')
    .addArgument(ring())
    .action(async (name: RingName, options: DataOptions) => {
      const id = await alone(options, name, async (file) => rotateKey(file, name));
      console.log(`${id} is current for ${name} now; back up ${FILES.keys} and start the service`);
    });

const retire = (): Command =>
  withData(new Command('retire'))
    .description('Take an older key away for good; what only it opens is lost')
    .addArgument(ring())
    .argument('<id>', 'id of the key, see "membership keys list"')
    .action(async (name: RingName, id: string, options: DataOptions) => {
      await alone(options, name, (file, folder) =>
        retireKey(file, name, id, async (left) => {
          if (name === 'wrapping') await opensVault(folder, left, id);
        }),
      );
      console.log(`${id} is taken away from ${name}; start the service`);
    });

/** The vault says itself which keys it needs. */
async function opensVault(folder: string, left: Ring, id: string): Promise<void> {
  const config = { ...readConfig(process.env), DATA_DIR: folder };
  checkMoved(config, ['DATABASE_URL']);
  try {
    if (config.DATABASE_URL !== undefined || existsSync(join(folder, FILES.vault)))
      await (await openVault(config, left)).close();
  } catch (error) {
    if (!(error instanceof KeysInvalid)) throw error;
    throw new Error(
      `${id} still wraps keys of the vault: start the service, and stop it once it has wrapped them anew, which its log says`,
      { cause: error },
    );
  }
}

/** Works on the file of keys while nobody else does. */
async function alone<T>(
  options: DataOptions,
  name: RingName,
  work: (file: string, folder: string) => Promise<T>,
): Promise<T> {
  const setting = RINGS[name];
  if (process.env[setting] || process.env[`${setting}_FILE`]) {
    throw new Error(
      `${setting} is set, and ${FILES.keys} not used for ${name}: put a new key first in ${setting} and leave the others behind it`,
    );
  }
  const folder = dataDirOf(options);
  const file = keyFile(folder);
  const lock = lockedFolder(folder);
  try {
    return await work(file, folder);
  } finally {
    lock.release();
  }
}

function keyFile(folder: string): string {
  const file = join(folder, FILES.keys);
  if (existsSync(file)) return file;
  throw new Error(
    `there are no generated keys in ${resolve(folder)}; give --data-dir, or set DATA_DIR`,
  );
}
