/** Those who wait until something has come true. */
export class Waiting {
  readonly #waiters = new Set<{ readonly isTrue: () => boolean; readonly resolve: () => void }>();

  /** True as soon as it is, false after `patience` milliseconds. */
  async until(isTrue: () => boolean, patience: number): Promise<boolean> {
    if (isTrue()) return true;
    return new Promise((settle) => {
      const waiter = {
        isTrue,
        resolve: () => {
          clearTimeout(timer);
          settle(true);
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        settle(isTrue());
      }, patience);
      this.#waiters.add(waiter);
    });
  }

  /** Something has changed: lets go whoever has waited for it. */
  check(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.isTrue()) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }
}
