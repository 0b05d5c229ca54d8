/** How long a key may be used without asking the vault again, in milliseconds. */
export const KEY_LIFETIME = 60_000;

/** Open keys by name, each for `lifetime` after it was read, the oldest going first. */
export class KeyCache {
  // In the order they were put in, which is the order they run out.
  readonly #entries = new Map<string, { key: Buffer; until: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly now: () => number,
    private readonly lifetime = KEY_LIFETIME,
    private readonly capacity = 20_000,
  ) {}

  get(name: string): Buffer | undefined {
    const entry = this.#entries.get(name);
    return entry !== undefined && this.now() < entry.until ? entry.key : undefined;
  }

  set(name: string, key: Buffer): void {
    this.#entries.delete(name);
    this.#entries.set(name, { key, until: this.now() + this.lifetime });
    this.#prune();
    // Unused keys leave memory, too.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#prune();
    }, this.lifetime).unref();
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#entries.clear();
  }

  #prune(): void {
    const now = this.now();
    for (const [name, { until }] of this.#entries) {
      if (now < until && this.#entries.size <= this.capacity) return;
      this.#entries.delete(name);
    }
  }
}
