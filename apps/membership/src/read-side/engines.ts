/** What the read side works with: connections of its own to the files of the service. */
import { Catalogues } from '#catalogues/catalogues.js';
import type { EventLog } from '#eventlog/event-log.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import type { MailTransport } from '#mailing/mail.js';
import { ReadStore } from '#readstore/store.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import { InvitationTokens } from '#vault/tokens.js';
import type { Vault } from '#vault/vault.js';
import type { Config } from '../config.js';
import { fileIn, keyringOf, mailOf } from '../installation.js';

export interface ReadSideEngines {
  /** Only read here: what appends is the service. */
  readonly log: EventLog;
  /** Looks at what the service has appended, up to a position that is on disk. */
  readonly refresh: (head: bigint | null) => void;
  readonly vault: Vault;
  readonly store: ReadStore;
  readonly catalogues: Catalogues;
  readonly transport: MailTransport;
  readonly tokens: InvitationTokens;
  close(): Promise<void>;
}

/** Opens them; the service has opened, and so made, all of them before. */
export async function openReadSideEngines(config: Config): Promise<ReadSideEngines> {
  const file = fileIn(config);
  const keyring = keyringOf(config, true);
  const transport = await mailOf(config);
  const log = new SqliteEventLog(file('events'), { readonly: true, recent: 2048 });
  const vault = new SqliteVault(file('vault'), keyring.wrapping);
  const store = new ReadStore(file('readModels'));
  return {
    log,
    refresh: (head) => log.refresh(head),
    vault,
    store,
    catalogues: new Catalogues(),
    transport,
    tokens: new InvitationTokens(keyring.tokens),
    close: async () => {
      await Promise.all([log.close(), vault.close(), transport.close()]);
      store.close();
    },
  };
}
