/** Where read models, keys and snapshots lie: in files of `DATA_DIR`, or in PostgreSQL. */
import { existsSync } from 'node:fs';
import { DatabaseError } from '#database/errors.js';
import type { PostgresOptions } from '#database/postgres.js';
import { SqliteSnapshots, type Snapshots } from '#eventlog/snapshots.js';
import { SqliteReadStore } from '#readstore/sqlite-store.js';
import type { ReadStore } from '#readstore/store.js';
import type { KeyTables } from '#vault/key-tables.js';
import type { Ring } from '#vault/keyring.js';
import { SqliteKeyTables } from '#vault/sqlite-tables.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import { VaultMismatch, type Vault } from '#vault/vault.js';
import { SettingError, type Config } from './config.js';
import { FILES } from './files.js';
import { fileIn } from './installation.js';

/** What speaks to PostgreSQL is loaded only by who needs it. Each in a schema of its own: the vault is backed up apart, and snapshots are not. */
const SCHEMAS = { readModels: 'read_models', vault: 'vault', snapshots: 'snapshots' } as const;
export type Part = keyof typeof SCHEMAS;

/** Of the connections of this process, those that keys and snapshots have at most. */
const FEW = 3;

export const openReadStore = (config: Config): Promise<ReadStore> =>
  opened<ReadStore>(
    config,
    'readModels',
    async (place) => (await import('#readstore/postgres-store.js')).PostgresReadStore.open(place),
    (file) => new SqliteReadStore(file),
  );

/**
 * @param isNew whether the log holds no events yet: only then a file is made, which would pass for its
 * vault else. @throws VaultMismatch for one that is missing
 */
export const openVault = (config: Config, ring: Ring, isNew = false): Promise<Vault> =>
  opened<Vault>(
    config,
    'vault',
    async (place) => (await import('#vault/postgres-vault.js')).openPostgresVault(place, ring),
    (file) => {
      if (isNew || existsSync(file)) return new SqliteVault(file, ring);
      throw new VaultMismatch(
        `the log holds events, and ${file} is missing; restore the vault of this log`,
      );
    },
  );

/** What the vault keeps, without the vault: for who moves it. */
export const openKeys = (config: Config, ring: Ring): Promise<KeyTables> =>
  opened<KeyTables>(
    config,
    'vault',
    async (place) =>
      (await import('#vault/postgres-tables.js')).PostgresKeyTables.open(place, ring, Date.now),
    (file) => new SqliteKeyTables(file, ring, Date.now),
  );

export const openSnapshots = (config: Config): Promise<Snapshots> =>
  opened<Snapshots>(
    config,
    'snapshots',
    async (place) =>
      (await import('#eventlog/postgres-snapshots.js')).PostgresSnapshots.open(place),
    (file) => new SqliteSnapshots(file),
  );

/** What is called so in what is said of it. */
export const nameOf = ({ DATABASE_URL }: Config, part: Part): string =>
  DATABASE_URL === undefined ? FILES[part] : 'the database';

/** Where in PostgreSQL it lies; `undefined`: in a file. */
export const schemaOf = (
  { DATABASE_URL: url, DATABASE_SCHEMA, DATABASE_CONNECTIONS }: Config,
  part: Part,
): PostgresOptions | undefined => {
  if (url === undefined) return undefined;
  const connections = part === 'readModels' ? DATABASE_CONNECTIONS : FEW;
  return { url, schema: `${DATABASE_SCHEMA}_${SCHEMAS[part]}`, connections };
};

/** @throws SettingError for a database that is not there. */
async function opened<T>(
  config: Config,
  part: Part,
  inPostgres: (place: PostgresOptions) => Promise<T>,
  inFile: (file: string) => T,
): Promise<T> {
  const place = schemaOf(config, part);
  if (place === undefined) return inFile(fileIn(config)(part));
  try {
    return await inPostgres(place);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    throw new SettingError('DATABASE_URL', error.message);
  }
}
