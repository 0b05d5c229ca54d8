/** How a follower goes on where a stored event is damaged. */
import type { Recorded } from '#domain/events.js';
import { DamagedEvent, type EventLog } from './event-log.js';
import { UnknownEvent } from './upcasts.js';

/** A damaged event whose stream is known for certain; see `DamagedEvent`. */
export type KnownDamage = DamagedEvent & { readonly position: bigint };

/** What comes next in commit order: events, or one that is lost, or unknown here. */
export type Followed = readonly Recorded[] | KnownDamage;

/**
 * For whoever hands on what it reads and can't take it back: what is damaged is left out, but what
 * only this program does not know is not. @throws UnknownEvent
 */
export const requireKnown = (next: Followed): void => {
  if (next instanceof UnknownEvent) throw next;
};

/**
 * As `log.follow`, but goes on after a damaged event, which is handed over in its place: from
 * there on nothing that is said of its stream can be relied on, and the follower closes it. Throws
 * `DamagedEvent` where nobody can say whose event it was: then no stream can be relied on.
 */
export async function* followPastDamage(
  log: EventLog,
  after: bigint | null,
  signal: AbortSignal,
): AsyncGenerator<Followed> {
  for (let at = after; ;) {
    let damage: KnownDamage;
    try {
      for await (const events of log.follow(at, signal)) {
        yield events;
        at = events.at(-1)?.position ?? at;
      }
      return;
    } catch (error) {
      if (!isKnown(error)) throw error;
      damage = error;
    }
    at = damage.position;
    yield damage;
  }
}

const isKnown = (error: unknown): error is KnownDamage =>
  error instanceof DamagedEvent && error.position !== undefined;
