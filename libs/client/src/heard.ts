/** When something was heard last. */

/** Milliseconds: after so long without a word nothing is answered. */
export const SILENCE = 5_000;

export class Heard {
  #clock = -Infinity;
  #wall = -Infinity;

  /** @param recent milliseconds */
  constructor(private readonly recent: number) {}

  now(): void {
    this.#clock = performance.now();
    this.#wall = Date.now();
  }

  /** By both clocks: one stands still while the machine sleeps, the other can be set back. */
  get isRecent(): boolean {
    const elapsed = Math.max(performance.now() - this.#clock, Date.now() - this.#wall);
    return elapsed <= this.recent;
  }
}
