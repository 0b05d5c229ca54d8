/** Takes away builds that nobody reads any more. */
import { sql, type Kysely } from 'kysely';
import { builtName, type Runnable, type Shape } from './builds.js';
import type { Tables } from './rows.js';
import type { ReadStore } from './store.js';

/** Rows deleted at a time, so that nobody waits for long. */
const PORTION = 1000;

/** Empties the tables of a build that nobody reads, a portion at each step. */
export function* emptyTables(store: ReadStore, shape: string, build: number): Generator<void> {
  for (const [table, , key] of JSON.parse(shape) as Shape[]) {
    const name = sql.table(builtName(table, build));
    const columns = sql.join(key.map((column) => sql.ref(column)));
    const portion = sql`delete from ${name} where (${columns}) in
      (select ${columns} from ${name} limit ${sql.lit(PORTION)})`.compile(store.db);
    while (store.runOnce(portion) > 0) yield;
  }
}

/** Takes away the tables of a build that nobody reads. */
export const dropTables = (db: Kysely<Tables>, shape: string, build: number): Runnable[] =>
  (JSON.parse(shape) as Shape[]).map(([table]) => db.schema.dropTable(builtName(table, build)));
