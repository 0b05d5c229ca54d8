/**
 * What of a read store can't be made anew from the log, as it goes into another store; and places in
 * the log, as they are called in another engine.
 */
import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { Tables } from './rows.js';
import { question, statement } from './statement.js';
import type { ReadStore } from './store.js';

/** Table → its key. Of the other tables projections make every row. */
const DURABLE = {
  deliveries: ['organization', 'invitation', 'generation'],
  mails: ['organization', 'invitation', 'generation'],
  mail_checkpoint: ['name'],
  relay_checkpoints: ['name'],
  webhook_endpoints: ['id'],
  webhook_deliveries: ['endpoint', 'revision'],
} as const satisfies { readonly [N in keyof Tables]?: readonly (keyof Tables[N])[] };
type Durable = keyof typeof DURABLE;

/** Rows handled at a time. */
const BATCH = 500;

/** What was read back is not what was written. */
export class RowsDiffer extends Error {}

/**
 * Puts these rows, and no others of these tables, into `to`, and compares them; nobody else works with
 * either. @returns how many there are. @throws RowsDiffer
 */
export async function moveRows(
  from: ReadStore,
  to: ReadStore,
  onProgress: (rows: number) => void,
): Promise<number> {
  let count = 0;
  for (const table of Object.keys(DURABLE) as Durable[]) {
    await to.db.deleteFrom(table).execute();
    for await (const rows of pages(from, table)) {
      await to.db.insertInto(table).values(rows).execute();
      onProgress((count += rows.length));
    }
    const there = pages(to, table);
    for await (const rows of pages(from, table)) {
      if (!isDeepStrictEqual((await there.next()).value, rows)) throw new RowsDiffer(differ(table));
    }
    if ((await there.next()).done !== true) throw new RowsDiffer(differ(table));
  }
  return count;
}

const differ = (table: Durable): string => `${table} is not the same there`;

type Row = Record<string, unknown>;

async function* pages(store: ReadStore, table: Durable): AsyncGenerator<Row[]> {
  const key: readonly string[] = DURABLE[table];
  const columns = sql.join(key.map((column) => sql.ref(column)));
  for (let last: Row | undefined; ;) {
    const after = last;
    let query = store.db.selectFrom(table as 'mails').selectAll();
    if (after !== undefined) {
      const values = sql.join(key.map((column) => after[column]));
      query = query.where(sql<boolean>`(${columns}) > (${values})`);
    }
    for (const column of key) query = query.orderBy(column as 'organization');
    const rows = await query.limit(BATCH).execute();
    if (rows.length === 0) return;
    // Plain, and in one order of columns, whatever the engine has made them of.
    const page = rows.map((row) => Object.fromEntries(Object.entries(row).sort(byName)));
    yield page;
    last = page.at(-1);
  }
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);

/** In which tables followers of the log note their places. */
const PLACES = {
  checkpoints: 'build',
  mail_checkpoint: 'name',
  relay_checkpoints: 'name',
} as const;
type Noted = keyof typeof PLACES;

/** Name of the checkpoint of the move: once it is there, so are the places of the new engine. */
const MOVE = 'eventstore@1';

const rowsOf = Object.fromEntries(
  Object.entries(PLACES).map(([table, key]) => [
    table,
    question<'log', { key: string | number; position: number }>((db, { log }) =>
      db
        .selectFrom(table as 'relay_checkpoints')
        .select([`${key as 'name'} as key`, 'position'])
        .where('log', '=', log)
        .where('position', '>=', 0),
    ),
  ]),
) as Record<Noted, ReturnType<typeof question<'log', { key: string | number; position: number }>>>;
const setOf = Object.fromEntries(
  Object.entries(PLACES).map(([table, key]) => [
    table,
    statement<'key' | 'to'>((db, values) =>
      db
        .updateTable(table as 'relay_checkpoints')
        .set({ position: values.to })
        .where(key as 'name', '=', values.key),
    ),
  ]),
) as Record<Noted, ReturnType<typeof statement<'key' | 'to'>>>;
const moved = question<'log', { position: number }>((db, { log }) =>
  db
    .selectFrom('relay_checkpoints')
    .select('position')
    .where('name', '=', MOVE)
    .where('log', '=', log),
);
const note = statement<'log' | 'position'>((db, { log, position }) =>
  db.insertInto('relay_checkpoints').values({ name: MOVE, log, position }),
);

/** Places in this log that are noted and will have to be translated; none once they are. */
export async function placesIn(store: ReadStore, log: string): Promise<Set<bigint>> {
  const places = new Set<bigint>();
  if ((await store.first(moved, { log })) !== undefined) return places;
  for (const table of Object.keys(PLACES) as Noted[]) {
    for (const { position } of await store.all(rowsOf[table], { log }))
      places.add(BigInt(position));
  }
  return places;
}

/** All of them, at once, and only once. @param translated each that `placesIn` gives. */
export function translatePlaces(
  store: ReadStore,
  log: string,
  translated: ReadonlyMap<bigint, bigint>,
): Promise<void> {
  return store.change('places', function* (rows) {
    if ((yield* rows.first(moved, { log })) !== undefined) return;
    let last = -1n;
    for (const table of Object.keys(PLACES) as Noted[]) {
      for (const { key, position } of yield* rows.all(rowsOf[table], { log })) {
        const to = translated.get(BigInt(position));
        if (to === undefined) throw new Error(`nobody knows where ${position} is now`);
        rows.run(setOf[table], { key, to });
        if (to > last) last = to;
      }
    }
    rows.run(note, { log, position: last });
  });
}
