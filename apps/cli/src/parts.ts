/** Do the parts of an installation belong together? */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseError, ServerUnavailable } from '#database/errors.js';
import type { PostgresOptions } from '#database/postgres.js';
import { openDatabase, type Database } from '#database/sqlite.js';
import { LogMissing } from '#eventlog/event-log.js';
import { CHECKPOINT } from '#mailing/mails.js';
import type { Mailed } from '#readstore/postgres-examining.js';
import { KeysInvalid } from '#vault/keyring.js';
import { type Config, readSetting } from '../../membership/src/config.js';
import { FILES } from '../../membership/src/files.js';
import { keyringOf, logOf } from '../../membership/src/installation.js';
import { type Part, schemaOf } from '../../membership/src/storage.js';

/** The log, as the parts are compared with it. */
interface Log {
  readonly id: string;
  readonly head: bigint | null;
}

/**
 * Are the keys and the rows those of this log? Read, so that what is damaged is met, and left as they
 * are. What is wrong and what to do; `undefined`: nothing.
 */
export async function keysAndRows(folder: string): Promise<string | undefined> {
  const [vault, rows, events] = [FILES.vault, FILES.readModels, FILES.events].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const url = readSetting('EVENTSTORE_URL', process.env);
  if (url === undefined && !existsSync(events)) {
    return existsSync(vault)
      ? `${events} is missing, and its keys are there; restore it`
      : undefined;
  }
  // Before the log: a service that runs moves it on.
  const mailed = existsSync(rows) ? mailedIn(rows) : undefined;
  const found = await theLog(folder, url);
  const of = existsSync(vault) ? logOfKeys(vault) : undefined;
  return inWords(
    keysTrouble(vault, existsSync(vault), of, found),
    rowsTrouble(rows, existsSync(rows), mailed, found),
  );
}

const inWords = (...troubles: readonly (string | undefined)[]): string | undefined =>
  troubles.filter((one) => one !== undefined).join('; ') || undefined;

async function theLog(folder: string, url: string | undefined): Promise<Log> {
  const { log } = await logOf({ DATA_DIR: folder, EVENTSTORE_URL: url }, { readonly: true });
  return { id: log.id, head: await log.head().finally(() => log.close()) };
}

/** May each schema be used, is it of this program, and do its keys open? Nothing is made there. */
export async function schemas(config: Config): Promise<string | undefined> {
  const troubles: string[] = [];
  const looks = [
    () => mailedThere(config),
    () => logOfKeysThere(config),
    async () =>
      (await import('#eventlog/postgres-snapshots.js')).PostgresSnapshots.examine(
        place(config, 'snapshots'),
      ),
  ];
  for (const look of looks) {
    try {
      await look();
    } catch (error) {
      // One that is not to be reached is that for all.
      if (error instanceof ServerUnavailable || !isTrouble(error)) throw error;
      troubles.push(error.message);
    }
  }
  return inWords(...troubles);
}

const isTrouble = (error: unknown): error is Error =>
  error instanceof DatabaseError || error instanceof KeysInvalid;

/** As `keysAndRows`, of what lies in PostgreSQL; of what keeps that from being read `schemas` speaks. */
export async function keysAndRowsThere(
  folder: string,
  config: Config,
): Promise<string | undefined> {
  try {
    // Before the log: a service that runs moves it on.
    const mailed = await mailedThere(config);
    const of = await logOfKeysThere(config);
    const [vault, rows] = [nameThere(config, 'vault'), nameThere(config, 'readModels')];
    const url = config.EVENTSTORE_URL;
    const events = join(folder, FILES.events);
    const gone = (what: string) =>
      of === undefined ? undefined : `${what} is missing, and its keys are in ${vault}; restore it`;
    if (url === undefined && !existsSync(events)) return gone(events);
    const found = await theLog(folder, url).catch((error: unknown) => {
      if (error instanceof LogMissing) return undefined;
      throw error;
    });
    if (found === undefined) return gone('the log in EventStoreDB');
    return inWords(keysTrouble(vault, true, of, found), rowsTrouble(rows, true, mailed, found));
  } catch (error) {
    if (isTrouble(error)) return undefined;
    throw error;
  }
}

const mailedThere = async (config: Config): Promise<Mailed | undefined> =>
  (await import('#readstore/postgres-examining.js')).mailedInPostgres(
    place(config, 'readModels'),
    CHECKPOINT,
  );

/** Where keys are given or were made, they are held against those that it was written with. */
async function logOfKeysThere(config: Config): Promise<string | undefined> {
  const { PostgresKeyTables } = await import('#vault/postgres-tables.js');
  const isGiven = config.VAULT_KEYS !== undefined || existsSync(join(config.DATA_DIR, FILES.keys));
  const ring = isGiven ? keyringOf(config, true).wrapping : undefined;
  return PostgresKeyTables.examine(place(config, 'vault'), ring);
}

const place = (config: Config, part: Part): PostgresOptions => ({
  ...(schemaOf(config, part) as PostgresOptions),
  connections: 1,
});

const nameThere = (config: Config, part: Part): string =>
  `the schema ${place(config, part).schema}`;

const logOfKeys = (vault: string): string | undefined =>
  read(vault, (database) => database.prepareRows<[string]>('select log from vault').get()?.[0]);

function keysTrouble(
  vault: string,
  isThere: boolean,
  of: string | undefined,
  { id, head }: Log,
): string | undefined {
  const isEmpty = head === null;
  if (!isThere) return isEmpty ? undefined : `${vault} is missing; restore that of this log`;
  if (of === undefined) {
    return isEmpty
      ? undefined
      : `${vault} is new, and the log ${id} holds events; restore that of this log`;
  }
  return of === id
    ? undefined
    : `${vault} is that of the log ${of}, this log is ${id}; restore its own`;
}

/** How far this log was mailed is nowhere else. */
function rowsTrouble(
  rows: string,
  isThere: boolean,
  mailed: Mailed | undefined,
  log: Log,
): string | undefined {
  const isTold = readSetting('MAIL_FROM_POSITION', process.env) !== undefined;
  if (log.head === null || isTold) return undefined;
  const isKnown = mailed?.log === log.id && mailed.position <= log.head;
  if (isKnown) return undefined;
  const what = isThere ? 'does not say which invitations of this log were mailed' : 'is missing';
  return `${rows} ${what}; restore it, or start with MAIL_FROM_POSITION=beginning or end`;
}

const mailedIn = (rows: string): Mailed | undefined =>
  read(rows, (database) => {
    const [log, position] =
      database
        .prepareRows<[string, number | bigint]>(
          'select log, position from mail_checkpoint where name = ?',
        )
        .get(CHECKPOINT) ?? [];
    if (log === undefined || position === undefined) return undefined;
    return { log, position: BigInt(position) };
  });

function read<T>(path: string, work: (database: Database) => T): T {
  const database = openDatabase(path, { readonly: true });
  try {
    database.quickCheck();
    return work(database);
  } finally {
    database.close();
  }
}
