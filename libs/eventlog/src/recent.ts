import type { Recorded } from '#domain/events.js';

/**
 * The last events this process appended, already decoded, for everybody who follows. Bounded in
 * events and in bytes of their canonical form; positions in it are gap-free.
 */
export class RecentEvents {
  readonly #slots: (Recorded | undefined)[];
  readonly #sizes: Uint32Array;
  /** Position of the oldest one kept; `#next` when there is none. */
  #first: number;
  /** Position the next one will have. */
  #next: number;
  #bytes = 0;

  constructor(
    head: number,
    private readonly capacity: number,
    private readonly maxBytes = 32 * 1024 * 1024,
  ) {
    this.#slots = new Array<Recorded | undefined>(capacity);
    this.#sizes = new Uint32Array(capacity);
    this.#first = this.#next = head + 1;
  }

  push(recorded: Recorded, bytes: number): void {
    const slot = this.#next % this.capacity;
    if (this.#next - this.#first === this.capacity) this.#dropFirst();
    this.#slots[slot] = recorded;
    this.#sizes[slot] = bytes;
    this.#bytes += bytes;
    this.#next++;
    while (this.#bytes > this.maxBytes) this.#dropFirst();
  }

  /** Forgets everything: the log went on to `head` without us. */
  restart(head: number): void {
    while (this.#first < this.#next) this.#dropFirst();
    this.#first = this.#next = head + 1;
  }

  /** Up to `limit` events after `position`, or `undefined` if the next one is no longer here. */
  after(position: number, limit: number): readonly Recorded[] | undefined {
    if (position + 1 < this.#first) return undefined;
    const batch: Recorded[] = [];
    const end = Math.min(this.#next, position + 1 + limit);
    for (let at = position + 1; at < end; at++) {
      batch.push(this.#slots[at % this.capacity] as Recorded);
    }
    return batch;
  }

  #dropFirst(): void {
    const slot = this.#first % this.capacity;
    this.#slots[slot] = undefined;
    this.#bytes -= this.#sizes[slot] as number;
    this.#first++;
  }
}
