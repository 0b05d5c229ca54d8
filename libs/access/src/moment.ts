/** Which moment of the past a question is about. */
import type { Instant } from '#domain/ids.js';

/**
 * A moment in the past: right after an event of the organization, or a time. What the platform gave
 * then is told by the places of events in the log for the one, by their times for the other.
 */
export type Moment = { readonly revision: number } | { readonly time: Instant };
