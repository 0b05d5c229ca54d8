/** Trying again, where that is safe: a bounded number of times, later and later, not all at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { MembershipError } from './errors.js';

export interface Patience {
  /** Attempts after the first. */
  readonly retries: number;
  /** Milliseconds that one attempt may take. */
  readonly timeout: number;
  /** Milliseconds after which no further attempt begins. */
  readonly total: number;
}

/** The least and the most milliseconds before the next attempt, where the service says nothing. */
const PAUSE = { minTimeout: 100, maxTimeout: 2_000, factor: 2, randomize: true } as const;

/**
 * Gives what an attempt gives. Tries again on what is transient, not sooner than the service asks
 * for (`Retry-After`); an answer that asks for more than the time that is left is final.
 */
export function retrying<T>(
  attempt: () => Promise<T>,
  { retries, total }: Patience,
  isFinal: (error: MembershipError) => boolean,
  signal?: AbortSignal,
): Promise<T> {
  const end = performance.now() + total;
  return pRetry(attempt, {
    ...PAUSE,
    retries,
    maxRetryTime: total,
    ...(signal && { signal }),
    shouldRetry: async ({ error }) => {
      if (!(error instanceof MembershipError) || !error.isTransient || isFinal(error)) return false;
      const wait = (error.retryAfter ?? 0) * 1_000;
      if (performance.now() + wait > end) return false;
      if (wait > 0) await sleep(wait, undefined, signal && { signal });
      return true;
    },
  });
}
