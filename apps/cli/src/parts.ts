/** Do the parts that lie in a folder belong together? */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type Database } from '#database/sqlite.js';
import { CHECKPOINT } from '#mailing/mails.js';
import { readSetting } from '../../membership/src/config.js';
import { FILES } from '../../membership/src/files.js';
import { logOf } from '../../membership/src/installation.js';

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
  const { log } = await logOf({ DATA_DIR: folder, EVENTSTORE_URL: url }, { readonly: true });
  const found: Log = { id: log.id, head: await log.head().finally(() => log.close()) };
  const troubles = [keysTrouble(vault, found), rowsTrouble(rows, mailed, found)];
  return troubles.filter((one) => one !== undefined).join('; ') || undefined;
}

function keysTrouble(vault: string, { id, head }: Log): string | undefined {
  const isEmpty = head === null;
  if (!existsSync(vault))
    return isEmpty ? undefined : `${vault} is missing; restore that of this log`;
  const [of] = read(
    vault,
    (database) => database.prepareRows<[string]>('select log from vault').get() ?? [],
  );
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
function rowsTrouble(rows: string, mailed: Mailed | undefined, log: Log): string | undefined {
  const isTold = readSetting('MAIL_FROM_POSITION', process.env) !== undefined;
  if (log.head === null || isTold) return undefined;
  const isKnown = mailed?.log === log.id && mailed.position <= log.head;
  if (isKnown) return undefined;
  const what = existsSync(rows)
    ? 'does not say which invitations of this log were mailed'
    : 'is missing';
  return `${rows} ${what}; restore it, or start with MAIL_FROM_POSITION=beginning or end`;
}

interface Mailed {
  /** Id of the log. */
  readonly log: string;
  readonly position: bigint;
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
