/** May a schema be used as it is? Only asked: nothing is made, and nothing changed. */
import { DatabaseNewer, DatabaseUnavailable } from './errors.js';
import type { Postgres } from './postgres.js';

/** As the server numbers them. */
const OLDEST = 140_000;

const ASKED = `
  select current_setting('server_version_num')::int as server, current_database() as database,
    current_user as "user", has_database_privilege(current_database(), 'create') as "mayMake",
    oid is not null as "isThere", has_schema_privilege(oid, 'usage') as "mayUse",
    has_schema_privilege(oid, 'create') as "mayCreate"
  from (values (1)) as one left join pg_namespace on nspname = $1`;
const READABLE = `
  select has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
    and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete') as may
  from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p')`;

interface Found {
  readonly server: number;
  readonly database: string;
  readonly user: string;
  readonly mayMake: boolean;
  readonly isThere: boolean;
  readonly mayUse: boolean | null;
  readonly mayCreate: boolean | null;
}

/**
 * How many of its migrations a schema has had; 0 where it is still to be made.
 * @throws DatabaseUnavailable where the user lacks a right, or the server is too old
 * @throws DatabaseNewer for one of a newer program
 */
export async function versionOf(
  database: Postgres,
  migrations: readonly string[],
): Promise<number> {
  const { place, options } = database;
  const { schema } = options;
  const fail = (trouble: string): never => {
    throw new DatabaseUnavailable(place, trouble);
  };
  const [found] = (await database.all<Found>(ASKED, [schema])) as [Found];
  const { server, user } = found;
  if (server < OLDEST) fail(`is PostgreSQL ${Math.floor(server / 10_000)}; install 14 or newer`);
  if (!found.isThere) {
    if (found.mayMake) return 0;
    return fail(
      `is not there, and the user may not make it; grant create on database ${found.database} to ${user}`,
    );
  }
  if (!found.mayUse || !found.mayCreate) {
    fail(`the user may not use it; grant usage, create on schema ${schema} to ${user}`);
  }
  const tables = await database.all<{ may: boolean }>(READABLE, [schema]);
  if (tables.length === 0) return 0;
  if (!tables.every(({ may }) => may)) {
    fail(`its tables are of another user; let ${user} own them`);
  }
  const [row] = await database.all<{ version: number }>('select version from schema_version');
  const version = row?.version ?? 0;
  if (version > migrations.length) throw new DatabaseNewer(place, version, migrations.length);
  return version;
}

/** Connects for one question, and no longer. */
export async function asked<T>(
  database: Postgres,
  migrations: readonly string[],
  question: (version: number) => Promise<T>,
): Promise<T> {
  try {
    return await question(await versionOf(database, migrations));
  } finally {
    await database.close();
  }
}
