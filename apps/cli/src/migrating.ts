/**
 * Moves an embedded installation. Until the end no service starts on the new engines: the log there is
 * called incomplete, and the keys there belong to no log. Once all of it is copied and compared, a note
 * keeps the service from starting on what is left behind, and only then the places of followers are
 * translated. So it can end anywhere, and is repeated.
 */
import { existsSync } from 'node:fs';
import { openDatabase } from '#database/sqlite.js';
import type { OrganizationId } from '#domain/ids.js';
import type { EventLog } from '#eventlog/event-log.js';
import { moveLog, type Work } from '#eventlog/moving.js';
import { moveRows, placesIn, translatePlaces } from '#readstore/moving.js';
import type { ReadStore } from '#readstore/store.js';
import { keysIn, parseRing } from '#vault/keyring.js';
import type { KeyTables } from '#vault/key-tables.js';
import { moveKeys } from '#vault/moving.js';
import type { Config } from '../../membership/src/config.js';
import { FILES } from '../../membership/src/files.js';
import {
  fileIn,
  keyringOf,
  logOf,
  newLogOf,
  type NewLog,
} from '../../membership/src/installation.js';
import { checkMoved, movedFrom, noteMoved, type Moved } from '../../membership/src/moved.js';
import { openKeys, openReadStore } from '../../membership/src/storage.js';
import { lockedFolder } from './data.js';

/** Milliseconds between two lines of progress. */
const PACE = 2_000;

type Say = (line: string) => void;
type Closing = () => Promise<void> | void;

/** @throws Error with a sentence that says what is in the way; what is done is done. */
export async function migrate(config: Config, say: Say): Promise<void> {
  const targets = (['EVENTSTORE_URL', 'DATABASE_URL'] as const).filter(
    (name) => config[name] !== undefined,
  );
  if (targets.length === 0) {
    throw new Error('set EVENTSTORE_URL, DATABASE_URL or both to where it is to go');
  }
  const here: Config = { ...config, EVENTSTORE_URL: undefined, DATABASE_URL: undefined };
  checkFolder(here);
  const closing: Closing[] = [];
  try {
    const lock = lockedFolder(config.DATA_DIR);
    closing.push(() => lock.release());
    checkMoved(config);
    checkPages(here);
    await move(await open(config, here, closing), config, targets, say);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** What is moved, and where it goes; absent: it is not asked for. */
interface Parts {
  readonly log: EventLog;
  readonly store: ReadStore;
  readonly keys: KeyTables;
  readonly newLog: NewLog | undefined;
  readonly newStore: ReadStore | undefined;
  readonly newKeys: KeyTables | undefined;
}

async function move(parts: Parts, config: Config, targets: readonly Moved[], say: Say) {
  const { log, store, keys, newLog, newStore, newKeys } = parts;
  const areKeysThere = newKeys !== undefined && (await newKeys.log()) === log.id;
  const isLogThere = newLog?.isWhole === true;
  await requireSamePlace(parts, config);
  let places: ReadonlyMap<bigint, bigint> = new Map();
  // What noted places last: rows that are in PostgreSQL already are no more in the file.
  const noting = areKeysThere ? newStore! : store;
  if (newLog !== undefined && !isLogThere) {
    const wanted = await placesIn(noting, log.id);
    places = await moveLog(log, newLog.log, { wanted, onTrouble: say, ...progress(say) });
    const lost = [...wanted].filter((one) => !places.has(one));
    if (lost.length > 0) {
      throw new Error(
        `${FILES.readModels} has followed the log to ${lost.at(-1)}, and ${FILES.events} ends before: they are of different times; restore a backup of both`,
      );
    }
    say('the log is there, every event compared, every chain whole');
  }
  if (newStore !== undefined && newKeys !== undefined && !areKeysThere) {
    const copied = (what: string) => paced((count: number) => say(`${count} ${what} copied`));
    const rows = await moveRows(store, newStore, copied('rows'));
    say(`${rows} rows of mails, publishing and webhooks are there`);
    const onProgress = copied('keys');
    say(`${await moveKeys(keys, newKeys, { log: log.id, onProgress })} keys are there`);
  }
  noteMoved(config, targets);
  if (newLog !== undefined && !isLogThere) {
    await translatePlaces(newStore ?? store, log.id, places);
  }
  if (newKeys !== undefined && !areKeysThere) await newKeys.setLog(log.id);
  if (!isLogThere) await newLog?.becomeWhole();
  say(
    `done: start the service with ${targets.join(' and ')} set; every node needs the keys of ${FILES.keys}, in its folder or as VAULT_KEYS and TOKEN_KEYS`,
  );
}

async function open(config: Config, here: Config, closing: Closing[]): Promise<Parts> {
  const opened = <T extends { close(): Promise<void> }>(one: T): T => {
    closing.push(() => one.close());
    return one;
  };
  const ring = keyringOf(config, true).wrapping;
  checkLinks(here);
  const { log } = await logOf(here);
  opened(log);
  const store = opened(await openReadStore(here));
  const keys = opened(await openKeys(here, ring));
  const url = config.EVENTSTORE_URL;
  const newLog = url === undefined ? undefined : await newLogOf(url, log.id);
  if (newLog !== undefined) {
    opened(newLog.log);
    refuseOther('EVENTSTORE_URL', newLog.log.id, log.id);
  }
  if (config.DATABASE_URL === undefined) {
    return { log, store, keys, newLog, newStore: undefined, newKeys: undefined };
  }
  const newKeys = opened(await openKeys(config, ring));
  refuseOther('DATABASE_URL', (await newKeys.log()) ?? log.id, log.id);
  return { log, store, keys, newLog, newStore: opened(await openReadStore(config)), newKeys };
}

/**
 * What is noted as moved was there in whole by then, and has gone on since: a place that has nothing of
 * it is another one, where a fork would begin.
 */
async function requireSamePlace(parts: Parts, config: Config): Promise<void> {
  const { log, keys, newLog, newKeys } = parts;
  const isBare: Record<Moved, () => Promise<boolean>> = {
    EVENTSTORE_URL: async () =>
      newLog !== undefined && (await newLog.log.head()) === null && (await log.head()) !== null,
    DATABASE_URL: async () =>
      newKeys !== undefined && (await isEmpty(newKeys)) && !(await isEmpty(keys)),
  };
  for (const part of movedFrom(config)) {
    if (!(await isBare[part]())) continue;
    throw new Error(
      `what ${config.DATA_DIR} held for ${part} has been moved already, and not there; give the place it was moved to, or restore a backup of that`,
    );
  }
}

const isEmpty = async (keys: KeyTables): Promise<boolean> =>
  (await keys.names({ organization: '' as OrganizationId, subject: '' }, 1)).length === 0;

function refuseOther(setting: Moved, found: string, id: string): void {
  if (found === id) return;
  throw new Error(
    `${setting} names a place of the log ${found}, this one is ${id}; give one that holds nothing else`,
  );
}

const MOVED = ['events', 'vault', 'readModels'] as const;

function checkFolder(config: Config): void {
  const missing = MOVED.find((name) => !existsSync(fileIn(config)(name)));
  if (missing === undefined) return;
  throw new Error(
    `there is no ${FILES[missing]} in ${config.DATA_DIR}; give --data-dir, or restore it from a backup`,
  );
}

/** @throws DatabaseDamaged */
function checkPages(config: Config): void {
  for (const name of MOVED) {
    const database = openDatabase(fileIn(config)(name), { readonly: true });
    try {
      database.quickCheck();
    } finally {
      database.close();
    }
  }
}

/** Links that are out are signed with the keys of the folder. */
function checkLinks(config: Config): void {
  const file = fileIn(config)('keys');
  if (config.TOKEN_KEYS === undefined || !existsSync(file)) return;
  const given = parseRing('tokens', config.TOKEN_KEYS).keys;
  const missing = keysIn(file, 'tokens').filter((id) => !given.has(id));
  if (missing.length === 0) return;
  throw new Error(
    `TOKEN_KEYS lacks ${missing.join(', ')} of ${file}: links in mails that are out would open nothing; add it, or leave TOKEN_KEYS unset`,
  );
}

const progress = (say: Say) => ({
  onProgress: paced((work: Work, done: number, all: number) => say(`${done} of ${all} ${work}`)),
});

function paced<P extends unknown[]>(tell: (...words: P) => void): (...words: P) => void {
  let told = performance.now();
  return (...words) => {
    if (performance.now() - told < PACE) return;
    told = performance.now();
    tell(...words);
  };
}
