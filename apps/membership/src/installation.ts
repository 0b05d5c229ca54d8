/** What lies in `DATA_DIR`, and what is made from the settings about it. */
import { join } from 'node:path';
import { type EventLog, LogIncomplete, LogMissing, LogStopped } from '#eventlog/event-log.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import type { MailTransport } from '#mailing/mail.js';
import { Mailbox } from '#mailing/mailbox.js';
import { SmtpTransport } from '#mailing/smtp.js';
import { loadKeyring, type Keyring } from '#vault/keyring.js';
import type { Config } from './config.js';
import { FILES } from './files.js';
import { SettingError } from './setting.js';

export const fileIn =
  ({ DATA_DIR }: Pick<Config, 'DATA_DIR'>) =>
  (name: keyof typeof FILES): string =>
    join(DATA_DIR, FILES[name]);

export const keyringOf = (config: Config, logExists: boolean): Keyring =>
  loadKeyring({
    file: fileIn(config)('keys'),
    logExists,
    ...(config.VAULT_KEYS === undefined ? {} : { wrapping: config.VAULT_KEYS }),
    ...(config.TOKEN_KEYS === undefined ? {} : { tokens: config.TOKEN_KEYS }),
  });

/**
 * The event log that is configured, as the service has it. `refresh` makes one that is only read take
 * in what the service has appended; absent: it hears of that by itself.
 * @throws SettingError where EventStoreDB does not answer, or refuses the user
 */
export const logOf = async (
  config: Pick<Config, 'DATA_DIR' | 'EVENTSTORE_URL'>,
  {
    readonly,
    onTrouble,
  }: { readonly?: boolean; readonly onTrouble?: (words: string) => void } = {},
): Promise<{ log: EventLog; refresh?: (head?: bigint | null) => void }> => {
  if (config.EVENTSTORE_URL === undefined) {
    const only = readonly === true ? { readonly, recent: 2048 } : {};
    const log = new SqliteEventLog(fileIn(config)('events'), only);
    return { log, refresh: (head) => log.refresh(head) };
  }
  const options = {
    ...(readonly === undefined ? {} : { readonly }),
    ...(onTrouble === undefined ? {} : { onTrouble }),
  };
  // Its client takes longer to load than the service to start: only who needs it loads it.
  const { EsdbEventLog } = await import('#eventlog/esdb.js');
  const log = await EsdbEventLog.open(config.EVENTSTORE_URL, options).catch(notThere);
  return { log };
};

/** Where a log is moved to, as EVENTSTORE_URL says. */
export interface NewLog {
  readonly log: EventLog;
  /** Nothing is left to be moved. */
  readonly isWhole: boolean;
  /** From now on the service can work with it. */
  becomeWhole(): Promise<void>;
}

/** @param id of the log that is moved, which keeps it. @throws SettingError as `logOf` */
export const newLogOf = async (url: string, id: string): Promise<NewLog> => {
  const { EsdbEventLog } = await import('#eventlog/esdb.js');
  const log = await EsdbEventLog.open(url, { moving: id }).catch(notThere);
  return { log, isWhole: log.isWhole, becomeWhole: () => log.becomeWhole() };
};

function notThere(error: Error): never {
  if (error instanceof LogMissing || error instanceof LogIncomplete) throw error;
  if (error instanceof LogStopped) throw new SettingError('EVENTSTORE_URL', error.message);
  const remedy = /certificate|altnames/i.test(error.message)
    ? 'its certificate is not trusted: name the authority that has signed it, tlsCAFile=FILE in the address'
    : 'start it, or correct the address';
  throw new SettingError('EVENTSTORE_URL', `${error.message}; ${remedy}`);
}

/** Where mail goes: a mail server, or a folder. */
export const mailOf = async (config: Config): Promise<MailTransport> =>
  config.SMTP_URL === undefined
    ? mailboxOf(config)
    : new SmtpTransport({ url: config.SMTP_URL, from: config.MAIL_FROM });

export const mailboxOf = (config: Config): Promise<Mailbox> =>
  Mailbox.open(fileIn(config)('mailbox'), config.MAIL_FROM);
