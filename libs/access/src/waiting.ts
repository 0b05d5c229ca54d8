/** Those who wait until something has come true. */
export class Waiting {
  readonly #waiters = new Set<{ readonly isTrue: () => boolean; readonly resolve: () => void }>();

  /** True as soon as it is, false after `patience` milliseconds or once it is waited for no more. */
  async until(isTrue: () => boolean, patience: number, signal?: AbortSignal): Promise<boolean> {
    if (isTrue()) return true;
    if (signal?.aborted) return false;
    return new Promise((settle) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        this.#waiters.delete(waiter);
        settle(isTrue());
      };
      const waiter = { isTrue, resolve: end };
      const timer = setTimeout(end, patience);
      signal?.addEventListener('abort', end);
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
