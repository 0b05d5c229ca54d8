/** `membership doctor`: is everything here that the service needs? */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { isLocked } from '#database/lock.js';
import { LogMissing } from '#eventlog/event-log.js';
import { SmtpTransport } from '#mailing/smtp.js';
import { parseRing } from '#vault/keyring.js';
import { readConfig, readSetting } from '../../membership/src/config.js';
import { FILES } from '../../membership/src/files.js';
import { keyringOf, logOf } from '../../membership/src/installation.js';
import { checkMoved } from '../../membership/src/moved.js';
import { SettingError } from '../../membership/src/setting.js';
import { checkNothingLeft } from '../../membership/src/unmoved.js';
import { dataDirOf } from './data.js';
import { keysAndRows, keysAndRowsThere, schemas } from './parts.js';
import { targetOf } from './service.js';

/** What is no trouble, but not there to be called ok either. */
class Note {
  constructor(readonly sentence: string) {}
}

/** What is wrong and what to do; `undefined`: nothing. */
type Found = string | Note | undefined;

interface Check {
  readonly name: string;
  readonly look: () => Promise<Found> | Found;
}

const NODE = [20, 19] as const;
/** Milliseconds in which whoever is asked has to answer. */
const PATIENCE = 5000;

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('Check this machine, the settings, the data directory and the running service')
    .action(async () => {
      let troubles = 0;
      for (const { name, look } of checks()) {
        const found = await Promise.resolve()
          .then(look)
          .catch((error: unknown) => (error as Error).message);
        if (typeof found === 'string') troubles += 1;
        console.log(line(name, found));
      }
      if (troubles > 0) process.exitCode = 1;
    });

function line(name: string, found: Found): string {
  if (found === undefined) return `ok      ${name}`;
  return typeof found === 'string'
    ? `TROUBLE ${name}: ${found}`
    : `note    ${name}: ${found.sentence}`;
}

/** Engines that no setting names are not looked for. */
function checks(): Check[] {
  const folder = resolve(dataDirOf({}));
  const config = () => ({ ...readConfig(process.env), DATA_DIR: folder });
  const isSet = (name: string) => Boolean(process.env[name] || process.env[`${name}_FILE`]);
  return [
    { name: 'Node.js', look: nodeVersion },
    { name: 'settings', look: () => void readConfig(process.env) },
    { name: 'data directory', look: () => writable(folder) },
    { name: 'keys', look: () => keys(folder) },
    { name: 'event log', look: () => eventLog(folder) },
    ...(isSet('DATABASE_URL') ? [{ name: 'PostgreSQL', look: () => schemas(config()) }] : []),
    {
      name: 'keys and rows',
      look: () => (isSet('DATABASE_URL') ? keysAndRowsThere(folder, config()) : parts(folder)),
    },
    ...(isSet('KAFKA_BROKERS') ? [{ name: 'Kafka', look: kafka }] : []),
    ...(isSet('SMTP_URL') ? [{ name: 'mail server', look: mailServer }] : []),
    { name: 'running service', look: () => running(folder) },
  ];
}

function nodeVersion(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  return isNew ? undefined : `${process.version} is too old; install ${NODE.join('.')} or newer`;
}

/** The folder, or the nearest one above it, in which the service would make it. */
function writable(folder: string): Found {
  let there = folder;
  while (!existsSync(there)) there = dirname(there);
  if (!statSync(there).isDirectory()) return `${there} is no folder; set DATA_DIR to one`;
  try {
    accessSync(there, constants.W_OK);
    if (there === folder) return undefined;
    return new Note(`there is no ${folder} yet; the service makes it when it starts`);
  } catch {
    return `${there} can't be written; set DATA_DIR to a folder of this user`;
  }
}

/** Those of the settings, and the generated ones, which are never made here. */
function keys(folder: string): Found {
  const config = readConfig(process.env);
  if (config.VAULT_KEYS !== undefined) parseRing('wrapping', config.VAULT_KEYS);
  if (config.TOKEN_KEYS !== undefined) parseRing('tokens', config.TOKEN_KEYS);
  const file = join(folder, FILES.keys);
  if (existsSync(file) || existsSync(join(folder, FILES.events))) keyringOf(config, true);
  if (!existsSync(file)) {
    const areGiven = config.VAULT_KEYS !== undefined && config.TOKEN_KEYS !== undefined;
    return areGiven ? undefined : nothingIn(folder);
  }
  const open = statSync(file).mode & 0o077;
  return open === 0 ? undefined : `others can read ${file}; chmod 600 it`;
}

/** Opened to be read: a damaged file, one of a newer program, a server that does not answer, or one
 * that refuses the user, is found here. */
async function eventLog(folder: string): Promise<Found> {
  const url = readSetting('EVENTSTORE_URL', process.env);
  if (url === undefined && !existsSync(join(folder, FILES.events))) return nothingIn(folder);
  const config = { DATA_DIR: folder, EVENTSTORE_URL: url };
  checkMoved({ ...config, DATABASE_URL: readSetting('DATABASE_URL', process.env) });
  await checkNothingLeft(config);
  try {
    const { log } = await logOf(config, { readonly: true });
    const isEmpty = await log.head().then((head) => head === null);
    await log.close();
    // Where there is a log, each node needs the keys that it was written with.
    if (!isEmpty) keyringOf(readConfig(process.env), true);
  } catch (error) {
    // A server without a log is one that the service has not been started with.
    if (!(error instanceof LogMissing)) throw error;
    return new Note('there is none at EVENTSTORE_URL yet; the service makes it when it starts');
  }
  return undefined;
}

/** Do keys and rows belong to the log? */
async function parts(folder: string): Promise<Found> {
  const trouble = await keysAndRows(folder);
  const isBare = [FILES.events, FILES.vault, FILES.readModels].every(
    (name) => !existsSync(join(folder, name)),
  );
  return trouble ?? (isBare ? nothingIn(folder) : undefined);
}

const nothingIn = (folder: string): Note =>
  new Note(`there is nothing yet in ${folder}; the service makes it when it starts`);

/** Are the brokers there, do they let us in, and are the topics as they have to be? */
async function kafka(): Promise<string | undefined> {
  const { kafkaOf, topicNames } = await import('../../membership/src/publishing.js');
  const config = readConfig(process.env);
  const publisher = await kafkaOf(config);
  const found: string[] = [];
  for (const topic of topicNames(config)) {
    const faults = (await publisher?.examine(topic)) ?? [];
    found.push(...faults.map((one) => `${topic}: ${one}`));
  }
  return found.length === 0 ? undefined : found.join('; ');
}

/** Is it there, and does it let us in? */
async function mailServer(): Promise<undefined> {
  const { SMTP_URL: url, MAIL_FROM: from } = readConfig(process.env);
  if (url === undefined) return;
  const transport = new SmtpTransport({ url, from, timeout: PATIENCE });
  await transport
    .verify()
    .catch((error: Error) => {
      throw new SettingError('SMTP_URL', error.message);
    })
    .finally(() => transport.close());
}

interface Ready {
  readonly reason?: string;
  readonly followers?: readonly { readonly name: string; readonly reason?: string }[];
}

async function running(folder: string): Promise<Found> {
  const { url } = targetOf({});
  const response = await fetch(`${url}/health/ready`, {
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => undefined);
  if (response === undefined) {
    return `nothing answers at ${url}; start it with "npm start", or set MEMBERSHIP_URL`;
  }
  const { reason: why, followers = [] } = (await response.json().catch(() => ({}))) as Ready;
  if (why !== undefined) return why;
  const reasons = new Set(followers.flatMap(({ reason }) => reason ?? []));
  if (reasons.size > 0) {
    const stoppedBy = (why: string) =>
      followers.filter(({ reason }) => reason === why).map(({ name }) => name);
    return [...reasons].map((why) => `${stoppedBy(why).join(', ')}: ${why}`).join('; ');
  }
  if (!response.ok) return `${url} answers ${response.status}; see ${url}/health/ready`;
  if (isLocked(folder)) return undefined;
  return new Note(`${url} answers, but works in another folder: nobody does in ${folder}`);
}
