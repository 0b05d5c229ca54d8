import { DatabaseNewer } from './errors.js';
import type { Postgres } from './postgres.js';

/**
 * Makes the schema where it is missing and brings it to the last of `migrations`, in one
 * transaction and under a lock, so that of several nodes that start together one does it. Steps
 * are written once, never edited. Refuses (`DatabaseNewer`) a schema that has had more steps than
 * are known here.
 */
export const migratePostgres = async (
  database: Postgres,
  migrations: readonly string[],
): Promise<void> => {
  const { schema } = database.options;
  await database.transaction(async (run) => {
    await run('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema} migrations`]);
    const known = await run('select 1 from pg_namespace where nspname = $1', [schema]);
    if (known.rows.length === 0) await run(`create schema ${schema}`);
    await run('create table if not exists schema_version (version bigint not null)');
    const [row] = (await run('select version from schema_version')).rows as { version: number }[];
    const version = row?.version ?? 0;
    if (version > migrations.length) {
      throw new DatabaseNewer(database.place, version, migrations.length);
    }
    if (version === migrations.length) return;
    for (const migration of migrations.slice(version)) await run(migration);
    await run('delete from schema_version');
    await run('insert into schema_version (version) values ($1)', [migrations.length]);
  });
};
