import type { RecordedMembershipEvent } from '#domain/events.js';
import type { Remembered } from '#domain/state.js';
import type { EncodedEvent, EventLog } from '#eventlog/event-log.js';
import type { Outcome } from './request.js';

/** Appended events as the log will give them, none of them decoded again. */
export const recordedAs = (
  events: readonly EncodedEvent[],
  position: bigint,
): RecordedMembershipEvent[] =>
  events.map(({ stream, revision, id, event, metadata }) => {
    const recorded = { stream, revision, id, position, event, metadata };
    return recorded as RecordedMembershipEvent;
  });

/** The answer of an earlier command, rebuilt from its events. */
export async function replay(
  log: EventLog,
  stream: string,
  { first, last }: Remembered,
): Promise<Outcome> {
  const events: RecordedMembershipEvent[] = [];
  for await (const batch of log.read(stream, first, last)) {
    events.push(...(batch as readonly RecordedMembershipEvent[]));
  }
  return { revision: last, events, replayed: true };
}
