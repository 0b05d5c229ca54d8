/** The newest events of the log, decoded once for everybody in this process who follows. */
import type { Recorded } from '#domain/events.js';
import { DamagedEvent } from '../event-log.js';
import { Waking } from '../waking.js';
import type { StoredEvent } from './store.js';
import { decodeStored } from './stored.js';

/** An event, or the damage in its place. */
export type Entry = Recorded | DamagedEvent;

/** Events that are kept, and bytes of their canonical forms. */
const KEPT = { events: 16_384, bytes: 32 * 1024 * 1024 } as const;

/** What came together. */
interface Group {
  readonly entries: readonly Entry[];
  readonly bytes: number;
  /** Of the last of them. */
  readonly position: bigint;
}

export const positionOf = (entry: Entry): bigint => entry.position as bigint;

export const entryOf = (stored: StoredEvent): { entry: Entry; bytes: number } => {
  try {
    const { recorded, bytes } = decodeStored(stored);
    return { entry: recorded, bytes };
  } catch (error) {
    if (error instanceof DamagedEvent) return { entry: error, bytes: 0 };
    throw error;
  }
};

/** Groups of entries in the order in which they came, each with a number. */
export class Tail {
  readonly #groups = new Map<number, Group>();
  #first = 0;
  #next = 0;
  #events = 0;
  #bytes = 0;
  /** Everything after this position is here. */
  #from: bigint | null;
  #failure: Error | undefined;
  readonly #coming = new Waking();

  /** @param kept events, at most, that are kept; a slower follower reads from the store. */
  constructor(
    from: bigint | null,
    private readonly kept: number = KEPT.events,
  ) {
    this.#from = from;
  }

  push(stored: readonly StoredEvent[]): void {
    this.#add(stored.map(entryOf));
  }

  /**
   * What came late, found by the audit, is a group like any other, and ends once more with what is
   * the newest by now, unless that is older: so a follower's checkpoint never goes back.
   */
  pushLate(stored: readonly StoredEvent[]): void {
    const newest = this.#groups.get(this.#next - 1)?.entries.at(-1);
    const end = (stored.at(-1) as StoredEvent).position;
    const isLast = newest === undefined || positionOf(newest) < end;
    this.#add([...stored.map(entryOf), ...(isLast ? [] : [{ entry: newest, bytes: 0 }])]);
  }

  #add(made: readonly ReturnType<typeof entryOf>[]): void {
    const bytes = made.reduce((sum, one) => sum + one.bytes, 0);
    const entries = made.map(({ entry }) => entry);
    const position = positionOf(entries.at(-1) as Entry);
    this.#groups.set(this.#next++, { entries, bytes, position });
    this.#events += entries.length;
    this.#bytes += bytes;
    while (this.#isFull() && this.#first < this.#next - 1) this.#dropFirst();
    this.#coming.wake();
  }

  #isFull(): boolean {
    return this.#events > this.kept || this.#bytes > KEPT.bytes;
  }

  #dropFirst(): void {
    const { entries, bytes, position } = this.#groups.get(this.#first) as Group;
    this.#groups.delete(this.#first++);
    this.#events -= entries.length;
    this.#bytes -= bytes;
    this.#from = position;
  }

  /** Number of the first group with something after `position`; undefined: older is not here. */
  numberAfter(position: bigint | null): number | undefined {
    if (this.#from !== null && (position === null || position < this.#from)) return undefined;
    if (position === null) return this.#first;
    let low = this.#first;
    let high = this.#next;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#groups.get(middle) as Group).position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * What comes after `position`, in batches of about `size`, until `ending` or until so much came
   * that what follows is here no more. Throws when nothing comes any more.
   */
  async *after(
    position: bigint | null,
    size: number,
    ending: AbortSignal,
  ): AsyncGenerator<readonly Entry[]> {
    let number = this.numberAfter(position);
    // Of the first group a part may have been seen.
    let isNew = (entry: Entry) => position === null || positionOf(entry) > position;
    while (number !== undefined && number >= this.#first && !ending.aborted) {
      const entries: Entry[] = [];
      for (; number < this.#next && entries.length < size; number++) {
        entries.push(...(this.#groups.get(number) as Group).entries.filter(isNew));
        isNew = () => true;
      }
      if (entries.length > 0) yield entries;
      else await this.#comes(ending);
    }
  }

  /** Resolves with what comes next, or by `signal`; throws when nothing comes any more. */
  async #comes(signal: AbortSignal): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await this.#coming.next(signal);
  }

  /** Nothing comes any more; whoever follows is told why. */
  fail(error: Error): void {
    this.#failure = error;
    this.#coming.wake();
  }
}
