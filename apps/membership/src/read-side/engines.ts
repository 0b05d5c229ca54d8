/** What the read side works with: connections of its own to what the service has. */
import { Catalogues } from '#catalogues/catalogues.js';
import type { EventLog } from '#eventlog/event-log.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import type { MailTransport } from '#mailing/mail.js';
import type { Publisher } from '#publishing/publisher.js';
import type { ReadStore } from '#readstore/store.js';
import type { Secrets } from '#vault/secrets.js';
import { InvitationTokens } from '#vault/tokens.js';
import type { Vault } from '#vault/vault.js';
import type { Config } from '../config.js';
import { keyringOf, logOf, mailOf } from '../installation.js';
import { kafkaOf, webhookSecrets } from '../publishing.js';
import { openReadStore, openSnapshots, openVault } from '../storage.js';
import { tracedMail } from '../tracing/followers.js';
import { openTracing } from '../tracing/opening.js';
import type { Tracing } from '../tracing/tracing.js';

export interface ReadSideEngines {
  /** Only read here: what appends is the service. */
  readonly log: EventLog;
  /** Looks at what the service has appended, up to a position that is on disk; absent: the log hears
   * of it by itself. */
  readonly refresh: ((head: bigint | null) => void) | undefined;
  readonly vault: Vault;
  readonly store: ReadStore;
  readonly catalogues: Catalogues;
  readonly transport: MailTransport;
  readonly tokens: InvitationTokens;
  /** Seal what signs webhooks. */
  readonly secrets: Secrets;
  /** Absent: the feed is all that is published. */
  readonly publisher: Publisher | undefined;
  /** What commands keep, only read here; absent: nothing is published that begins with it. */
  readonly snapshots: Snapshots | undefined;
  /** Absent: the settings name no collector. */
  readonly tracing: Tracing | undefined;
  close(): Promise<void>;
}

/**
 * Opens them; the service has opened, and so made, all of them before.
 * @param onTrouble told of an outage of what collects traces.
 */
export async function openReadSideEngines(
  config: Config,
  onTrouble: (error: unknown) => void,
): Promise<ReadSideEngines> {
  const keyring = keyringOf(config, true);
  const tracing = await openTracing(config, onTrouble);
  const mail = await mailOf(config);
  const transport = tracing ? tracedMail(mail, tracing) : mail;
  const { log, refresh } = await logOf(config, { readonly: true });
  const vault = await openVault(config, keyring.wrapping);
  const store = await openReadStore(config);
  const publisher = await kafkaOf(config);
  const snapshots = publisher && (await openSnapshots(config));
  return {
    log,
    refresh,
    vault,
    store,
    catalogues: new Catalogues(),
    transport,
    tokens: new InvitationTokens(keyring.tokens),
    secrets: webhookSecrets(keyring),
    publisher,
    snapshots,
    tracing,
    close: async () => {
      await Promise.all([log.close(), vault.close(), transport.close(), publisher?.close()]);
      await Promise.all([store.close(), snapshots?.close()]);
      await tracing?.close();
    },
  };
}
