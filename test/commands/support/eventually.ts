import { setTimeout as wait } from 'node:timers/promises';

/** Tries until it no longer throws, and for ten seconds at most: machines are slow when shared. */
export async function eventually<T>(attempt: () => T | Promise<T>): Promise<T> {
  for (const end = performance.now() + 10_000; ;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
      await wait(10);
    }
  }
}
