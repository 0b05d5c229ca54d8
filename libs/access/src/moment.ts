/** Which moment of the past a question is about. */
import type { Instant, OrganizationId } from '#domain/ids.js';

/**
 * A moment in the past: right after an event of the organization, or a time. What the platform gave
 * then is told by the places of events in the log for the one, by their times for the other.
 */
export type Moment = { readonly revision: number } | { readonly time: Instant };

/** A moment of all organizations: a time, or right after an event of one of them, by the log. */
export type CommonMoment =
  { readonly organization: OrganizationId; readonly revision: number } | { readonly time: Instant };

/** Milliseconds since the epoch as an instant. */
export function instant(now: number): Instant {
  if (now !== latest.now) latest = { now, instant: new Date(now).toISOString() as Instant };
  return latest.instant;
}

/** Many questions come in one millisecond, and writing it down takes longer than answering. */
let latest = { now: 0, instant: '1970-01-01T00:00:00.000Z' as Instant };
