/** Whether followers were handed everything: filters of several server versions left events out. */
import type { Connection } from './connection.js';
import type { StoredEvent } from './store.js';
import { pageAfter, scan } from './scan.js';

type Counts = Map<string, number>;

export class Audit {
  /** Per stream, what was handed to the followers after `#to`, and what up to there. */
  #handed: Counts = new Map();
  #audited: Counts = new Map();
  /** Up to where the run under way counts, or the last one has. */
  #to: bigint;
  /** Position of the newest event that was handed out. */
  #newest: bigint;
  /** Where the store ended at the last run: what followers were to be handed since then. */
  #end: bigint;

  /** @param from position of a record: what came after it is audited. */
  constructor(
    private readonly connection: Connection,
    private from: bigint,
    private readonly isOurs: (stream: string) => boolean,
  ) {
    this.#to = this.#newest = this.#end = from;
  }

  /** These come to the followers; gives those that no audit has handed out before. */
  note(events: readonly StoredEvent[]): readonly StoredEvent[] {
    const news = events.filter(({ position }) => position > this.from);
    for (const { stream, position } of news) {
      count(position > this.#to ? this.#handed : this.#audited, stream);
      this.#newest = position;
    }
    return news;
  }

  /**
   * Counts, per stream, what the store holds up to the newest event that was handed out, or to where
   * it ended at the last run if that is later. Gives all events up to there of the streams of which
   * some were left out.
   * @throws LogUnavailable, and is then to be run again
   */
  async run(): Promise<readonly StoredEvent[]> {
    const [last] = await this.connection.readAllBack('end', 1);
    const to = this.#end > this.#newest ? this.#end : this.#newest;
    this.#end = last?.position ?? this.#end;
    if (to <= this.from) return [];
    this.#audited = this.#handed;
    this.#handed = new Map();
    this.#to = to;
    try {
      const again = await this.#leftOut(to);
      this.from = to;
      return again;
    } catch (error) {
      for (const [stream, number] of this.#audited) count(this.#handed, stream, number);
      this.#to = this.from;
      throw error;
    }
  }

  async #leftOut(to: bigint): Promise<readonly StoredEvent[]> {
    const held: Counts = new Map();
    for await (const { stream } of this.#upTo(to)) count(held, stream);
    const short = [...held].filter(([stream, number]) => number > (this.#audited.get(stream) ?? 0));
    if (short.length === 0) return [];
    const streams = new Set(short.map(([stream]) => stream));
    const again: StoredEvent[] = [];
    for await (const event of this.#upTo(to)) {
      if (streams.has(event.stream)) again.push(event);
    }
    return again;
  }

  async *#upTo(end: bigint): AsyncGenerator<StoredEvent> {
    const read = (after: bigint) => pageAfter(this.connection, after, this.isOurs);
    for await (const events of scan(this.from, read)) {
      for (const event of events) {
        if (event.position > end) return;
        yield event;
      }
    }
  }
}

const count = (counts: Counts, stream: string, number = 1): void => {
  counts.set(stream, (counts.get(stream) ?? 0) + number);
};
