import { setTimeout as wait } from 'node:timers/promises';
import type { AppendOutcome, EncodedEvent, EventLog } from '#eventlog/event-log.js';

/** How an append ended, for certain. */
export type Settled = Exclude<AppendOutcome, { outcome: 'unknown' }>;

/** Between two repetitions, in milliseconds: the first and the longest pause. */
const PAUSE = { first: 10, longest: 500 } as const;

/**
 * Appends, and while nobody knows whether it was written repeats the identical append until the
 * log says so: a read that does not find it would settle nothing. Ends without an answer only by
 * `signal`. What the first try throws was not written, and is thrown; later it settles nothing.
 */
export async function appendSettled(
  log: EventLog,
  events: readonly EncodedEvent[],
  signal: AbortSignal,
): Promise<Settled> {
  let outcome = await log.append(events);
  for (let pause: number = PAUSE.first; outcome.outcome === 'unknown'; pause *= 2) {
    await wait(Math.min(pause, PAUSE.longest), undefined, { signal, ref: false });
    outcome = await log.append(events).catch(unsettled);
  }
  return outcome;
}

const unsettled = (error: unknown): AppendOutcome => ({
  outcome: 'unknown',
  reason: String(error),
});
