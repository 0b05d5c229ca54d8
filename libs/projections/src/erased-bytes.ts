import type { ReadStore } from '#readstore/store.js';

/** How long erasures wait for one another, in milliseconds. */
const GATHER = 250;

/** Sees to it that what was erased is gone from the WAL too, soon and not too often. */
export class ErasedBytes {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: ReadStore) {}

  /** Something was erased. */
  note(): void {
    this.#timer ??= setTimeout(() => this.#truncate(), GATHER);
  }

  #truncate(): void {
    this.#timer = undefined;
    if (!this.store.truncate()) this.note();
  }

  /** At once, and also what was merely replaced. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.store.truncate();
  }
}
