/** Takes away builds that nobody reads any more. */
import { sql, type CompiledQuery, type Kysely } from 'kysely';
import { builtName, type Runnable, type Shape } from './builds.js';
import type { Tables } from './rows.js';

/** Rows deleted at a time, so that nobody waits for long. */
const PORTION = 1000;

/** For each table of a build that nobody reads what deletes a portion of its rows. */
export const emptyTables = (db: Kysely<Tables>, shape: string, build: number): CompiledQuery[] =>
  (JSON.parse(shape) as Shape[]).map(([table, , key]) => {
    const name = sql.table(builtName(table, build));
    const columns = sql.join(key.map((column) => sql.ref(column)));
    return sql`delete from ${name} where (${columns}) in
      (select ${columns} from ${name} limit ${sql.lit(PORTION)})`.compile(db);
  });

/** What the tables of a build are called. */
export const tablesOf = (shape: string, build: number): string[] =>
  (JSON.parse(shape) as Shape[]).map(([table]) => builtName(table, build));

/** Takes away the tables of a build that nobody reads. */
export const dropTables = (db: Kysely<Tables>, shape: string, build: number): Runnable[] =>
  tablesOf(shape, build).map((table) => db.schema.dropTable(table));
