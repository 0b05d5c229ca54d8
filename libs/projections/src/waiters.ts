/** Those who wait for a position to be applied. */
interface Waiter {
  readonly position: bigint;
  readonly resolve: (reached: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

export class Waiters {
  readonly #waiting = new Set<Waiter>();
  #endQuiet: () => void = () => undefined;

  /** @param onWait told whenever somebody begins to wait. */
  constructor(private readonly onWait: () => void = () => undefined) {}

  /** True once `reached` is called with the position or a later one, false after `timeout` ms. */
  wait(position: bigint, timeout: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        position,
        resolve,
        timer: setTimeout(() => {
          this.#waiting.delete(waiter);
          resolve(false);
        }, timeout),
      };
      this.#waiting.add(waiter);
      this.disturb();
      this.onWait();
    });
  }

  /** Resolves after so many milliseconds, or as soon as somebody waits. */
  quiet(time: number): Promise<void> {
    if (this.#waiting.size > 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time);
      this.#endQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Ends `quiet`. */
  disturb(): void {
    this.#endQuiet();
  }

  reached(position: bigint): void {
    for (const waiter of this.#waiting) {
      if (waiter.position > position) continue;
      this.#waiting.delete(waiter);
      clearTimeout(waiter.timer);
      waiter.resolve(true);
    }
  }

  /** Nobody waits any longer. */
  close(): void {
    for (const { timer, resolve } of this.#waiting) {
      clearTimeout(timer);
      resolve(false);
    }
    this.#waiting.clear();
    this.disturb();
  }
}
