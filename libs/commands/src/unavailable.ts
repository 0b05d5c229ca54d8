import { Refusal } from '#domain/refusals.js';

/** Nothing was written, and later it may be. */
export const unavailable = (detail: string, cause?: unknown): Refusal =>
  Object.assign(new Refusal('write.unavailable', detail), cause === undefined ? {} : { cause });
