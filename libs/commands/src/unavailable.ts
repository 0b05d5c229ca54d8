import { Refusal } from '#domain/refusals.js';

/** Nothing was written, and later it may be. */
export const unavailable = (detail: string): Refusal => new Refusal('write.unavailable', detail);
