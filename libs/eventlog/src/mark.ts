/** Whether the log still has the event that something goes on after. */
import type { Mark, Recorded } from '#domain/events.js';
import { DamagedEvent, type EventLog } from './event-log.js';
import { UnknownEvent } from './upcasts.js';

export const markOf = ({ stream, revision, position, metadata }: Recorded): Mark => ({
  stream,
  revision,
  position,
  hash: metadata.hash,
});

/** Of two places in the log; `null` is before the first. */
export const isBefore = (a: bigint | null, b: bigint | null): boolean =>
  b !== null && (a === null || a < b);

/**
 * The mark of this very event as this log has it: at another place where the log has been moved to
 * another engine, in the same order. Absent: it is another log, or one that was restored from before the
 * event and has gone on since.
 */
export async function found(log: EventLog, mark: Mark): Promise<Mark | undefined> {
  const { stream, revision, hash } = mark;
  try {
    let there: Mark | undefined;
    for await (const events of log.read(stream, revision, revision)) {
      const event = events.find(({ metadata }) => metadata.hash === hash);
      if (event !== undefined) there = markOf(event);
    }
    return there;
  } catch (error) {
    // It may be there: a newer program can tell.
    if (error instanceof UnknownEvent) throw error;
    if (error instanceof DamagedEvent) return undefined;
    throw error;
  }
}

/** Does the log hold it at this very place? Then it holds all that was before it. */
export const holds = async (log: EventLog, mark: Mark): Promise<boolean> =>
  (await found(log, mark))?.position === mark.position;
