import type { Instant } from '#domain/ids.js';

/** What time it is; the only clock commands know. */
export abstract class Clock {
  abstract now(): Instant;
}

/** The clock of the machine. */
export class SystemClock extends Clock {
  now(): Instant {
    return new Date().toISOString() as Instant;
  }
}
