import type { Writer } from '#readstore/store.js';

/** How long erasures wait for one another, in milliseconds; elsewhere so many times as long as it took. */
const GATHER = 250;
const REST = 10;
/** While somebody is in the way it is tried more and more seldom; at most so many apart. */
const LONGEST = 60_000;

/** Sees to it that what was erased is gone to the last byte, soon and not too often. */
export class ErasedBytes {
  #timer: NodeJS.Timeout | undefined;
  #pause: number = GATHER;
  /** What is being done, or was done last. */
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly writer: Writer,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Something was erased. */
  note(): void {
    this.#timer ??= setTimeout(() => {
      this.#running = this.#truncate();
    }, this.#pause);
  }

  async #truncate(): Promise<void> {
    this.#timer = undefined;
    const begun = performance.now();
    try {
      const isDone = await this.writer.truncate();
      const took = REST * (performance.now() - begun);
      const pause = isDone ? took : Math.min(Math.max(2 * this.#pause, took), LONGEST);
      if (this.writer.isRemote) this.#pause = Math.max(GATHER, pause);
      if (!isDone) this.note();
    } catch (error) {
      this.onError(error);
      this.note();
    }
  }

  /** At once, and also what was merely replaced. */
  async close(): Promise<void> {
    // What is under way would end with the connection, half done.
    await this.#running;
    const isDue = this.#timer !== undefined || !this.writer.isRemote;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (isDue && this.writer.isHeld) await this.writer.truncate().catch(this.onError);
  }
}
