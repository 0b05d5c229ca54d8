/** Whether followers were handed everything: filters of several server versions left events out. */
import type { Connection } from './connection.js';
import type { StoredEvent } from './store.js';
import { pageAfter, scan } from './scan.js';

type Counts = Map<string, number>;

export class Audit {
  #handed: Counts = new Map();
  #newest: StoredEvent | undefined;

  /** @param from position of a record: what came after it is audited. */
  constructor(
    private readonly connection: Connection,
    private from: bigint,
    private readonly isOurs: (stream: string) => boolean,
  ) {}

  /** These were handed to the followers. */
  note(events: readonly StoredEvent[]): void {
    for (const { stream } of events) count(this.#handed, stream);
    this.#newest = events.at(-1);
  }

  /**
   * Counts, per stream, what the store holds up to the newest event that was handed out. Gives all
   * events up to there of the streams of which some were left out.
   * @throws LogUnavailable, and is then to be run again
   */
  async run(): Promise<readonly StoredEvent[]> {
    const newest = this.#newest;
    if (newest === undefined) return [];
    const handed = this.#handed;
    this.#handed = new Map();
    this.#newest = undefined;
    try {
      const again = await this.#leftOut(handed, newest);
      this.from = newest.position;
      return again;
    } catch (error) {
      for (const [stream, number] of handed) count(this.#handed, stream, number);
      this.#newest ??= newest;
      throw error;
    }
  }

  async #leftOut(handed: Counts, newest: StoredEvent): Promise<readonly StoredEvent[]> {
    const held: Counts = new Map();
    for await (const { stream } of this.#upTo(newest)) count(held, stream);
    const short = [...held].filter(([stream, number]) => number > (handed.get(stream) ?? 0));
    if (short.length === 0) return [];
    const streams = new Set(short.map(([stream]) => stream));
    const again: StoredEvent[] = [];
    for await (const event of this.#upTo(newest)) {
      if (streams.has(event.stream)) again.push(event);
    }
    return again;
  }

  async *#upTo(end: StoredEvent): AsyncGenerator<StoredEvent> {
    const read = (after: bigint) => pageAfter(this.connection, after, this.isOurs);
    for await (const events of scan(this.from, read)) {
      for (const event of events) {
        if (event.position > end.position) return;
        yield event;
      }
    }
  }
}

const count = (counts: Counts, stream: string, number = 1): void => {
  counts.set(stream, (counts.get(stream) ?? 0) + number);
};
