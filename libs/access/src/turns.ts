/** Work that takes long, beside everything else that is asked. */
import { setImmediate as breath } from 'node:timers/promises';

/** Milliseconds until others get a turn. */
const SLICE = 10;

/** However much is asked for at once, one piece of work goes on at a time, and others get a turn. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** @param work lets others have a turn itself, once it has begun. */
  take<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => breath()).then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Goes to the end of it, and lets others have a turn on the way. */
  go<T>(steps: Generator<void, T>): Promise<T> {
    return this.take(async () => {
      for (let begun = performance.now(); ;) {
        const { done, value } = steps.next();
        if (done === true) return value;
        if (performance.now() - begun < SLICE) continue;
        await breath();
        begun = performance.now();
      }
    });
  }
}
