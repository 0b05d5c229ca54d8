/** What lies in `DATA_DIR`, and what is made from the settings about it. */
import { join } from 'node:path';
import type { MailTransport } from '#mailing/mail.js';
import { Mailbox } from '#mailing/mailbox.js';
import { SmtpTransport } from '#mailing/smtp.js';
import { loadKeyring, type Keyring } from '#vault/keyring.js';
import type { Config } from './config.js';
import { FILES } from './files.js';

export const fileIn =
  ({ DATA_DIR }: Config) =>
  (name: keyof typeof FILES): string =>
    join(DATA_DIR, FILES[name]);

export const keyringOf = (config: Config, logExists: boolean): Keyring =>
  loadKeyring({
    file: fileIn(config)('keys'),
    logExists,
    ...(config.VAULT_KEYS === undefined ? {} : { wrapping: config.VAULT_KEYS }),
    ...(config.TOKEN_KEYS === undefined ? {} : { tokens: config.TOKEN_KEYS }),
  });

/** Where mail goes: a mail server, or a folder. */
export const mailOf = async (config: Config): Promise<MailTransport> =>
  config.SMTP_URL === undefined
    ? mailboxOf(config)
    : new SmtpTransport({ url: config.SMTP_URL, from: config.MAIL_FROM });

export const mailboxOf = (config: Config): Promise<Mailbox> =>
  Mailbox.open(fileIn(config)('mailbox'), config.MAIL_FROM);
