/**
 * Everything that holds files, connections or secrets. Engines are named here, in
 * `read-side/engines.ts` and in `storage.ts`, and nowhere else.
 */
import { createHmac } from 'node:crypto';
import type { Logger } from 'pino';
import { Access } from '#access/access.js';
import { Catalogues } from '#catalogues/catalogues.js';
import { SystemClock } from '#commands/clock.js';
import { TypeIds } from '#commands/ids.js';
import { Transactor } from '#commands/transact.js';
import type { DirectoryLock } from '#database/lock.js';
import type { EventLog } from '#eventlog/event-log.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import type { Mailbox } from '#mailing/mailbox.js';
import { Cursors } from '#queries/cursors.js';
import { ListAdoptionsHandler } from '#queries/list-adoptions.js';
import { Reads } from '#queries/reads.js';
import type { AskedRebuild } from '#readstore/rebuilds.js';
import type { ReadStore } from '#readstore/store.js';
import type { Keyring } from '#vault/keyring.js';
import type { Secrets } from '#vault/secrets.js';
import { InvitationTokens } from '#vault/tokens.js';
import type { Vault } from '#vault/vault.js';
import { Adoptions } from './adoptions.js';
import type { Config } from './config.js';
import { takeDirectory } from './data-directory.js';
import { DenialKeys } from './http/denial-keys.js';
import { DEV_ALGORITHM, DEV_AUDIENCE, DevIssuer } from './http/dev-issuer.js';
import { Issuers } from './http/issuers.js';
import { configuredIssuers } from './http/key-sets.js';
import { fileIn, keyringOf, logOf, mailboxOf } from './installation.js';
import { checkMoved } from './moved.js';
import { webhookSecrets } from './publishing.js';
import { RemoteReadSide } from './read-side/remote.js';
import { openReadStore, openSnapshots, openVault } from './storage.js';
import { traceOf } from './trace.js';
import { TracedTransactor } from './tracing/commands.js';
import { openTracing } from './tracing/opening.js';
import type { Tracing } from './tracing/tracing.js';
import { checkNothingLeft } from './unmoved.js';

export interface Engines {
  readonly lock: DirectoryLock;
  readonly log: EventLog;
  readonly vault: Vault;
  readonly snapshots: Snapshots;
  readonly tokens: InvitationTokens;
  /** Seals cursors; the same on every node. */
  readonly cursorKey: Buffer;
  readonly denialKeys: DenialKeys;
  readonly webhookSecrets: Secrets;
  readonly catalogues: Catalogues;
  readonly transactor: Transactor;
  readonly access: Access;
  /** Only read here: what writes is the read side. */
  readonly store: ReadStore;
  readonly readSide: RemoteReadSide;
  /** To be awaited before the first event: a log that holds some, and that the mailer never read, is
   * refused. It takes its time, in which others can do something else. */
  readonly readSideOpened: Promise<void>;
  readonly adoptions: Adoptions;
  /** The local mailbox, where mail goes into a folder. */
  readonly mailbox: Mailbox | undefined;
  readonly devIssuer: DevIssuer | undefined;
  readonly issuers: Issuers;
  /** Absent: the settings name no collector. */
  readonly tracing: Tracing | undefined;
  close(): Promise<void>;
}

/**
 * Takes the data directory and opens what lies in it; when it fails, nothing is left open.
 * @param inThread whether the read side works on a thread of its own.
 */
export async function openEngines(
  config: Config,
  words: Logger,
  inThread: boolean,
): Promise<Engines> {
  const opened: Closing[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.splice(0).reverse()) await one();
  };
  try {
    return { ...(await open(config, words, inThread, opened)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closing = () => Promise<void> | void;

/** @param opened is told how to close each, the last one first. */
async function open(
  config: Config,
  words: Logger,
  inThread: boolean,
  opened: Closing[],
): Promise<Omit<Engines, 'close'>> {
  const file = fileIn(config);
  const lock = takeDirectory(config.DATA_DIR);
  opened.push(() => lock.release());
  checkMoved(config);
  await checkNothingLeft(config);
  const onTrouble = (trouble: string) => words.warn({ msg: trouble });
  const tracing = await openTracing(config, (error) =>
    words.error({ msg: 'traces can not be handed on', ...traceOf(error) }),
  );
  opened.push(() => tracing?.close());
  const { log, refresh } = await logOf(config, { onTrouble });
  opened.push(() => log.close());
  const isEmpty = (await log.head()) === null;
  const keyring = keyringOf(config, !isEmpty);
  const vault = await openVault(config, keyring.wrapping, isEmpty);
  opened.push(() => vault.close());
  await vault.belongTo({ id: log.id, isEmpty });
  const snapshots = await openSnapshots(config);
  opened.push(() => snapshots.close());
  const catalogues = new Catalogues();
  const store = await openReadStore(config);
  opened.push(() => store.close());
  const { newId } = new TypeIds();
  const ports = { log, vault, snapshots, catalogues, clock: new SystemClock(), newId };
  const transactor = tracing ? new TracedTransactor(tracing, ports) : new Transactor(ports);
  const cursorKey = cursorKeyOf(keyring);
  const access = new Access(log, { snapshots });
  // Permissions are kept by each node for itself: what any is asked to make anew, all do.
  const rebuild = async ({ readModel, organization }: AskedRebuild): Promise<void> => {
    if (organization !== null) await access.rebuild(organization);
    else if (readModel === 'access') await access.rebuildAll();
  };
  const readSide = new RemoteReadSide(log, catalogues, config, words, {
    inThread,
    isTold: refresh !== undefined,
    onAsked: (asked) => {
      rebuild(asked).catch((error: unknown) => {
        words.error({ msg: 'not rebuilt', runner: 'access', ...traceOf(error) });
      });
    },
  });
  opened.push(() => readSide.close());
  const readSideOpened = readSide.open();
  readSideOpened.catch(() => undefined);
  const reads = new Reads({ store, progress: readSide.progress, cursors: new Cursors(cursorKey) });
  if (config.EVENTSTORE_URL !== undefined) await knowCatalogues(catalogues, access);
  const devIssuer = config.development ? await DevIssuer.open(file('devIssuer')) : undefined;
  return {
    lock,
    log,
    vault,
    snapshots,
    catalogues,
    transactor,
    access,
    store,
    readSide,
    readSideOpened,
    adoptions: new Adoptions(transactor, new ListAdoptionsHandler(reads, catalogues)),
    tokens: new InvitationTokens(keyring.tokens),
    cursorKey,
    denialKeys: new DenialKeys(keyring.tokens),
    webhookSecrets: webhookSecrets(keyring),
    mailbox: config.SMTP_URL === undefined ? await mailboxOf(config) : undefined,
    devIssuer,
    issuers: await issuersOf(config, devIssuer),
    tracing,
  };
}

/** Derived, so that there is no further secret to keep. */
const cursorKeyOf = ({ tokens }: Keyring): Buffer =>
  createHmac('sha256', tokens.keys.get(tokens.current)!).update('cursors').digest();

async function issuersOf(config: Config, devIssuer: DevIssuer | undefined): Promise<Issuers> {
  if (devIssuer !== undefined) {
    return new Issuers([devIssuer.trusted], {
      audience: [DEV_AUDIENCE],
      algorithms: [DEV_ALGORITHM],
      emailClaim: 'email',
    });
  }
  return new Issuers(await configuredIssuers(config), {
    audience: config.AUDIENCE,
    algorithms: config.ALGORITHMS,
    emailClaim: config.EMAIL_CLAIM,
  });
}

/** EventStoreDB has no list of streams: those that were kept spare the start reading all of the log. */
async function knowCatalogues(catalogues: Catalogues, access: Access): Promise<void> {
  await access.restore();
  if (access.published !== undefined) catalogues.begin(access.published);
}
