/** Publishes everything once more; what it takes for that is loaded only when it is asked for. */
import { Catalogues } from '#catalogues/catalogues.js';
import { learnCatalogues } from '#commands/publish-catalogues.js';
import type { DirectoryLock } from '#database/lock.js';
import { TopicUnusable } from '#publishing/publisher.js';
import { RelayPositionUnknown } from '#publishing/relay.js';
import type { Config } from '../../membership/src/config.js';
import { keyringOf, logOf } from '../../membership/src/installation.js';
import { checkMoved } from '../../membership/src/moved.js';
import { kafkaOf, topicsOf } from '../../membership/src/publishing.js';
import { openReadStore, openVault } from '../../membership/src/storage.js';
import { lockedFolder } from './data.js';

/** Milliseconds between two lines of progress. */
const PACE = 2_000;

/**
 * Goes on where an earlier replay into the same topics was interrupted, and ends where the log ended
 * when it began; topics that are lost it makes again, from event 0 on. A service that is then set to
 * these topics goes on from there.
 */
export async function replay(
  config: Config,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  checkMoved(config);
  const publisher = await kafkaOf(config);
  if (publisher === undefined) throw new Error('set KAFKA_BROKERS to where it is to go');
  const { log } = await logOf(config, { readonly: true });
  const vault = await openVault(config, keyringOf(config, true).wrapping);
  const store = await openReadStore(config);
  const catalogues = new Catalogues();
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const waiting = new Set<string>();
  let lock: DirectoryLock | undefined;
  try {
    await learnCatalogues(log, catalogues);
    const head = await log.head();
    const around = { log, vault, store, catalogues };
    const relays = topicsOf(config, around, publisher, (topic) => ({
      onMoved: progress(topic, head, say),
      onStandBy: () => {
        if (waiting.has(topic)) return;
        waiting.add(topic);
        say(
          `${topic}: another process publishes it, as a service does that is set to it; this waits until that ends`,
        );
      },
      onLost: () => {
        try {
          // A service may have something under way for them; in PostgreSQL the relay's own lock tells.
          if (config.DATABASE_URL === undefined) lock ??= lockedFolder(config.DATA_DIR);
        } catch (error) {
          failed.abort(error);
          throw error;
        }
        say(`${topic}: it is gone, and made again from event 0`);
      },
      onError: (error) => {
        say(`${topic}: ${error instanceof Error ? error.message : String(error)}`);
        const isFinal = error instanceof RelayPositionUnknown || error instanceof TopicUnusable;
        if (isFinal) failed.abort(error);
      },
    }));
    for (const relay of relays) {
      await relay.run(both, head);
      both.throwIfAborted();
    }
    say(`done; KAFKA_TOPIC_PREFIX=${config.KAFKA_TOPIC_PREFIX} has the service go on from here`);
  } finally {
    await Promise.all([publisher.close(), log.close(), vault.close(), store.close()]);
    lock?.release();
  }
}

function progress(topic: string, head: bigint | null, say: (line: string) => void) {
  let [said, messages] = [performance.now(), 0];
  return (position: bigint, more: number): void => {
    messages += more;
    const isLast = position >= (head ?? 0n);
    if (!isLast && performance.now() - said < PACE) return;
    said = performance.now();
    const share = head === null ? 100 : Number((position * 100n) / (head === 0n ? 1n : head));
    say(`${topic}: ${messages} messages, ${share} % of the log`);
  };
}
