/** "The read models are the fold of all events", asked of any log, vault and read store there are. */
import { isDeepStrictEqual } from 'node:util';
import { organizationOf, type Recorded, type Sealed } from '#domain/events.js';
import type { EventLog } from '#eventlog/event-log.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import type { ReadStore } from '#readstore/store.js';
import type { Opening, SealedField, Vault } from '#vault/vault.js';
import { readConfig } from '../../apps/membership/src/config.js';
import { fileIn, keyringOf } from '../../apps/membership/src/installation.js';
import { openReadStore, openVault } from '../../apps/membership/src/storage.js';
import type { Happened } from '../support/histories.js';
import { settingsIn } from '../support/service.js';
import { auditOf, auditRows } from './audit-oracle.js';
import { expected, type Opened } from './oracle.js';
import { asRows, readModels } from './read-models.js';

/** Stream → kind of row → id → row; see `readModels`. The audit log's kind is `audit`. */
export type Rows = Map<string, object>;

/** Every row that these events give. */
export const foldOf = (events: readonly Happened[], opened?: Opened): Rows =>
  merged(asRows(expected(events, opened)), auditOf(events));

/** Every row there is. */
export const rowsOf = async (store: ReadStore): Promise<Rows> =>
  merged(await readModels(store), await auditRows(store));

/**
 * Where the rows are not the fold of the whole log, a sentence each; empty: nowhere. The read
 * models must have applied the whole log.
 */
export async function differences(
  store: ReadStore,
  log: EventLog,
  vault: Vault,
): Promise<string[]> {
  const events = await everyEvent(log);
  return differ(foldOf(events, await opening(vault, events)), await rowsOf(store));
}

/** The same for the `DATA_DIR` of a service that has applied everything, and has stopped. */
export async function differencesIn(folder: string): Promise<string[]> {
  const config = await configIn(folder);
  const { wrapping } = keyringOf(config, true);
  const log = new SqliteEventLog(fileIn(config)('events'));
  const [vault, store] = [await openVault(config, wrapping), await openReadStore(config)];
  try {
    return await differences(store, log, vault);
  } finally {
    await store.close();
    await vault.close();
    await log.close();
  }
}

/** The read models of such a service. */
export const storeIn = async (folder: string): Promise<ReadStore> =>
  openReadStore(await configIn(folder));

const configIn = async (folder: string) =>
  readConfig({ NODE_ENV: 'test', DATA_DIR: folder, ...(await settingsIn(folder)) });

async function everyEvent(log: EventLog): Promise<Recorded[]> {
  const [head, all, stop] = [await log.head(), [] as Recorded[], new AbortController()];
  if (head === null) return all;
  for await (const batch of log.follow(null, stop.signal)) {
    all.push(...batch.filter((one) => one.position <= head));
    if ((batch.at(-1)?.position ?? -1n) >= head) return all;
  }
  return all;
}

const PORTION = 1000;

async function opening(vault: Vault, events: readonly Recorded[]): Promise<Opened> {
  const sealed = events.flatMap(({ stream, event }): Opening[] => {
    const organization = organizationOf(stream);
    const values = event as { readonly [field: string]: unknown };
    const fields = ['email', 'displayEmail', 'name'] as const satisfies SealedField[];
    if (organization === undefined) return [];
    return fields.flatMap((field): Opening[] => {
      const value = values[field];
      const isSealed = typeof value === 'object' && value !== null && 'sealed' in value;
      return isSealed ? [{ organization, field, value: value as Sealed }] : [];
    });
  });
  const texts = new Map<string, string | null>();
  for (let first = 0; first < sealed.length; first += PORTION) {
    const some = sealed.slice(first, first + PORTION);
    const opened = await vault.open(some);
    some.forEach(({ value }, index) => texts.set(value.sealed, opened[index] ?? null));
  }
  return (value) => (value == null ? null : (texts.get(value.sealed) ?? null));
}

function merged(rows: ReadonlyMap<string, object>, audit: ReadonlyMap<string, object>): Rows {
  const streams = [...new Set([...rows.keys(), ...audit.keys()])].sort();
  return new Map(streams.map((one) => [one, { ...rows.get(one), audit: audit.get(one) ?? {} }]));
}

/** What is named in a difference, from the top: stream, kind of row, id. */
const DEPTH = 3;

function differ(should: unknown, is: unknown, path: readonly string[] = []): string[] {
  if (isDeepStrictEqual(should, is)) return [];
  const [ours, theirs] = [fieldsOf(should), fieldsOf(is)];
  if (path.length === DEPTH || ours === undefined || theirs === undefined) {
    return [`${path.join(' ')}: ${JSON.stringify(is)} should be ${JSON.stringify(should)}`];
  }
  const names = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
  return [...names].flatMap((name) => differ(ours[name], theirs[name], [...path, name]));
}

function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  if (value instanceof Map) return Object.fromEntries(value) as Record<string, unknown>;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : undefined;
}
