/** PostgreSQL where the environment says that there is one, a schema for each test. */
import { createHash, randomBytes } from 'node:crypto';
import { Postgres } from '#database/postgres.js';
import { PostgresReadStore } from '#readstore/postgres-store.js';
import { PostgresSnapshots } from '#eventlog/postgres-snapshots.js';
import { openPostgresVault } from '#vault/postgres-vault.js';
import type { SnapshotEngine } from './snapshots.js';
import type { Engine } from './stores.js';
import type { VaultEngine } from './vaults.js';

/** Of a server that tests may fill; see `tools/engines/postgres.mjs`. */
export const urlOf = (): string => {
  const url = process.env['POSTGRES_URL'];
  if (url === undefined) throw new Error('POSTGRES_URL is not set');
  return url;
};

/** A schema nobody uses. */
export const freshSchema = (): string => `t_${randomBytes(8).toString('hex')}`;

export const dropSchema = async (schema: string, url = urlOf()): Promise<void> => {
  const database = new Postgres({ url, schema, connections: 1 });
  await database.query(`drop schema if exists ${schema} cascade`);
  await database.close();
};

/** Every file of the schema as it lies on disk, without the write-ahead log. */
export const bytesIn = async (schema: string): Promise<Buffer> => {
  const database = new Postgres({ url: urlOf(), schema, connections: 1 });
  const read = async () => {
    await database.query('checkpoint');
    return database.all<{ bytes: Buffer | null }>(
      `select pg_read_binary_file(pg_relation_filepath(pg_class.oid), 0, 1 << 28, true) as bytes
       from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where nspname = $1 and relkind in ('r', 'i', 't')`,
      [schema],
    );
  };
  let files = await read();
  // A table that is written anew meanwhile lies in another file.
  while (files.some(({ bytes }) => bytes === null)) files = await read();
  await database.close();
  return Buffer.concat(files.map(({ bytes }) => bytes!));
};

export const inPostgres: Engine = async () => {
  const schema = freshSchema();
  return {
    open: () => PostgresReadStore.open({ url: urlOf(), schema, connections: 4 }),
    bytes: async () => (await bytesIn(schema)).toString(),
    remove: () => dropSchema(schema),
  };
};

export const keysInPostgres: VaultEngine = () => {
  const schema = freshSchema();
  return {
    open: (ring, now) => openPostgresVault({ url: urlOf(), schema, connections: 2 }, ring, { now }),
    bytes: () => bytesIn(schema),
    wrapped: async () => {
      const database = new Postgres({ url: urlOf(), schema, connections: 1 });
      const rows = await database.all<{ subject: string; wrapped: Buffer | null }>(
        'select subject, wrapped from keys',
      );
      await database.close();
      return new Map(rows.map(({ subject, wrapped }) => [subject, wrapped]));
    },
    remove: () => dropSchema(schema),
  };
};

export const snapshotsInPostgres: SnapshotEngine = () => {
  const schema = freshSchema();
  const ask = async (sql: string): Promise<readonly object[]> => {
    const database = new Postgres({ url: urlOf(), schema, connections: 1 });
    const { rows } = await database.query(sql);
    await database.close();
    return rows;
  };
  return {
    open: () => PostgresSnapshots.open({ url: urlOf(), schema, connections: 2 }),
    change: async (sql) => {
      await ask(
        sql
          .replace('$members', "replace(convert_from(bytes, 'UTF8'), 'members', 'nembers')::bytea")
          .replace('$start', 'substr(bytes, 1, 3)'),
      );
    },
    pieces: async () =>
      ((await ask('select count(*) as count from pieces')) as { count: number }[])[0]!.count,
    remove: () => dropSchema(schema),
  };
};

/** A service whose rows and keys lie there, in schemas of its folder. */
export const serviceInPostgres = (folder: string): Readonly<Record<string, string>> => ({
  DATABASE_URL: urlOf(),
  DATABASE_SCHEMA: schemaOf(folder),
  DATABASE_CONNECTIONS: '4',
});

/** What the schemas of a service in this folder begin with. */
export const schemaOf = (folder: string): string =>
  `t_${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
