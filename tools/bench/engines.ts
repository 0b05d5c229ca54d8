/**
 * What the production engines do, beside emmett's adapters doing the same appends in the same run:
 * appends, commands over HTTP, how far rows are behind, rebuilding from a long log, and publishing.
 * Prints which server each is, names what is not there, and judges nothing. Servers that the
 * environment names are written to and keep what is written, but for schemas of PostgreSQL.
 */
import { ours, rateOf, type Store } from './engines/appends.js';
import { figure, said } from './engines/figures.js';
import { benchCommands, benchLongLog, type Addresses } from './engines/running.js';
import { brokers, eventStore, postgres, type Found, type Server } from './engines/servers.js';
import type { Say } from './comparison.js';
import type { Times } from './measure.js';
import { NotHere } from './peers/engine.js';
import { emmettEsdb, emmettPostgresql } from './peers/emmett.js';

export interface EnginesBench {
  readonly times: Times;
  /** Whether a peer of this name is asked. */
  readonly isAsked: (name: string) => boolean;
  /** In the log that is followed from its beginning. */
  readonly events: number;
}

export async function benchEngines(
  { times, events, isAsked }: EnginesBench,
  say: Say,
): Promise<void> {
  const used: Server[] = [];
  const open = async (name: string, find: () => Promise<Found>): Promise<string | undefined> => {
    const found = await find();
    if ('missing' in found) said(say, name, `NOT HERE: ${found.missing}`);
    else {
      said(say, name, found.about);
      used.push(found);
    }
    return 'missing' in found ? undefined : found.address;
  };
  // Who waits for a server that does not answer keeps the process from nothing, not even from ending.
  const awake = setInterval(() => undefined, 60_000);
  say('\nEngines');
  try {
    const log = await open('EventStoreDB', eventStore);
    const rows = await open('PostgreSQL', postgres);
    const topics = await open('Kafka', brokers);

    say('\nAppends of one event at an exact revision, 64 clients, 1,280 streams');
    for (const [needs, store] of storesOn(log, rows)) {
      if (!store) said(say, `a store on ${needs}`, 'SKIPPED: it is not here');
      else if (isAsked(store.name)) await compare(store, times, say);
      else said(say, store.name, 'SKIPPED: BENCH_PEERS does not name it');
    }
    if (log === undefined) return say('\nThe rest needs EventStoreDB, and is SKIPPED.');
    if (rows === undefined) said(say, 'rows, keys, snapshots', 'in SQLite, without PostgreSQL');

    say('\nThe service, 64 connections; rows and messages are made meanwhile');
    const at: Addresses = { eventStore: log, postgres: rows, brokers: topics };
    await told(say, () => benchCommands(at, times, say));

    say('\nA long log from its first event (BENCH_EVENTS)');
    await told(say, async () => benchLongLog(await fresh(at, used), events, say));
    if (topics === undefined) said(say, 'publishing', 'SKIPPED: there is no Kafka');
  } finally {
    clearInterval(awake);
    for (const one of used.reverse()) await one.stop();
  }
}

/** What each needs, and the store; one that has it not says so. */
const storesOn = (log: string | undefined, rows: string | undefined) =>
  [
    ['EventStoreDB', log && ours(log)],
    ['EventStoreDB', log && emmettEsdb(log)],
    ['PostgreSQL', rows && emmettPostgresql(rows)],
  ] as const;

async function compare(store: Store, times: Times, say: Say): Promise<void> {
  await told(say, async () => figure(say, store.name, await rateOf(store, times)), store.name);
}

/** What can't be measured is told with its reason, and the rest goes on. */
async function told(say: Say, measure: () => Promise<void>, what = ''): Promise<void> {
  try {
    await measure();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    said(say, what, `${error instanceof NotHere ? 'SKIPPED' : 'FAILED'}: ${why}`);
  }
}

/** The double holds everything in memory: what is followed next begins in an empty one. */
async function fresh(at: Addresses, used: Server[]): Promise<Addresses> {
  if (process.env['EVENTSTORE_URL']) return at;
  const found = await eventStore();
  if ('missing' in found) throw new Error(found.missing);
  used.push(found);
  return { ...at, eventStore: found.address };
}
