/** ISO 8601 durations as seconds: only those whose length doesn't depend on the calendar. */
import { parse } from 'tinyduration';

/** An invitation is good for at least 1 hour, in seconds. */
export const SHORTEST_TTL = 3_600;
/** An invitation is good for at most 30 days, in seconds. */
export const LONGEST_TTL = 30 * 86_400;

/**
 * The length of an ISO 8601 duration in seconds, or `undefined` where the text is none, is
 * negative, is no whole number of seconds, or counts years or months, whose length varies.
 */
export const durationSeconds = (text: string): number | undefined => {
  const duration = parsed(text);
  if (duration === undefined || duration.negative || duration.years || duration.months) {
    return undefined;
  }
  const { weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0 } = duration;
  const total = ((weeks * 7 + days) * 24 + hours) * 3_600 + minutes * 60 + seconds;
  return Number.isSafeInteger(total) ? total : undefined;
};

const parsed = (text: string): ReturnType<typeof parse> | undefined => {
  // The library takes `P1DT` for `P1D`; the standard wants a time after `T`.
  if (text.endsWith('T')) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
};
