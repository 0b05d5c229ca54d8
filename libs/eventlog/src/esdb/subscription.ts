/** Everything that comes after a position, whatever becomes of the subscription that brings it. */
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { LogUnavailable } from '../event-log.js';
import type { Connection } from './connection.js';
import type { Running, StoredEvent, Times } from './store.js';

/** So many events wait to be taken before the subscription is paused. */
const QUEUE = 1024;
/** Streams whose last revision is remembered, so that a gap in them is seen; by size, see esdb.ts. */
const STREAMS = 50_000;
/** Between two subscriptions, in milliseconds. */
const BETWEEN = { first: 25, most: 1000 } as const;

/** What a subscription needs to know of the log it is about. */
export interface Subscribable {
  readonly connection: Connection;
  readonly times: Times;
  readonly prefixes: readonly string[];
  /** Position of the newest event that they let through, after `since` at least. */
  newest(): Promise<bigint | null>;
}

/**
 * Yields what comes after `after` in commit order, catching up and then live, until `signal`. An
 * error, an end and silence only begin the next subscription, after the last event that was handed
 * on; an event is handed on once, and what a subscription leaves out of a stream is read there.
 */
export async function* subscribed(
  log: Subscribable,
  after: bigint | null,
  signal: AbortSignal,
): AsyncGenerator<readonly StoredEvent[]> {
  const revisions = new LRUCache<string, number>({ maxSize: STREAMS, sizeCalculation: () => 1 });
  let at = after;
  for (let between: number = BETWEEN.first; !signal.aborted;) {
    const source = new Source(log, at, signal);
    try {
      for (let events = await source.next(); events.length > 0; events = await source.next()) {
        between = BETWEEN.first;
        const next = await withoutGaps(log, revisions, events);
        at = events.at(-1)?.position ?? at;
        if (next.length > 0) yield next;
      }
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
    } finally {
      source.stop();
    }
    await pause(between, undefined, { signal }).catch(() => undefined);
    between = Math.min(2 * between, BETWEEN.most);
  }
}

/** The events without those that were there before, and with those that were left out. */
const withoutGaps = async (
  { connection }: Subscribable,
  revisions: LRUCache<string, number>,
  events: readonly StoredEvent[],
): Promise<readonly StoredEvent[]> => {
  const whole: StoredEvent[] = [];
  const ends = new Map<string, number>();
  for (const event of events) {
    const { stream, revision } = event;
    const before = ends.get(stream) ?? revisions.get(stream);
    if (before !== undefined && revision <= before) continue;
    if (before !== undefined && revision > before + 1) {
      const missing = await connection.readStream(stream, before + 1, revision - before - 1);
      whole.push(...(missing ?? []).filter((one) => one.revision < revision));
    }
    ends.set(stream, revision);
    whole.push(event);
  }
  for (const [stream, revision] of ends) revisions.set(stream, revision);
  return whole;
};

/** One subscription, and the bounded queue that its events are taken into at once. */
class Source {
  readonly #running: Running;
  readonly #watch: NodeJS.Timeout;
  #queue: StoredEvent[] = [];
  #wake: () => void = () => undefined;
  #isPaused = false;
  #isOver = false;
  #isAsking = false;
  /** Position of the last event that came. */
  #last: bigint | null;
  #heardAt = performance.now();

  constructor(
    private readonly log: Subscribable,
    after: bigint | null,
    private readonly signal: AbortSignal,
  ) {
    this.#last = after;
    this.#running = log.connection.subscribe(after, log.prefixes, {
      event: (event) => this.#take(event),
      sign: () => this.#hear(),
      ended: () => this.#end(),
    });
    this.#watch = setInterval(() => void this.#listen(), log.times.silence / 2);
    this.#watch.unref();
    signal.addEventListener('abort', this.#end);
  }

  /** What has come, or comes next; nothing: it is over. What comes in one turn comes together. */
  async next(): Promise<readonly StoredEvent[]> {
    while (this.#queue.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await turn();
    }
    const events = this.#queue;
    this.#queue = [];
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#hear();
      this.#running.resume();
    }
    return this.signal.aborted ? [] : events;
  }

  stop(): void {
    this.#end();
    this.#running.stop();
    clearInterval(this.#watch);
    this.signal.removeEventListener('abort', this.#end);
  }

  #take(event: StoredEvent): void {
    this.#hear();
    if (this.#last !== null && event.position <= this.#last) return;
    this.#last = event.position;
    this.#queue.push(event);
    if (this.#queue.length > QUEUE && !this.#isPaused) {
      this.#isPaused = true;
      this.#running.pause();
    }
    this.#wake();
  }

  #hear(): void {
    this.#heardAt = performance.now();
  }

  readonly #end = (): void => {
    this.#isOver = true;
    this.#wake();
  };

  /** Silence is a fault where the store has what was not said. */
  async #listen(): Promise<void> {
    const isHeard = () => performance.now() - this.#heardAt < this.log.times.silence;
    if (isHeard() || this.#isPaused || this.#isAsking || this.#isOver) return;
    this.#isAsking = true;
    try {
      const newest = await this.log.newest();
      const isBehind = () => newest !== null && (this.#last === null || this.#last < newest);
      if (isBehind()) await pause(this.log.times.silence / 2, undefined, { ref: false });
      if (isBehind() && !isHeard() && !this.#isPaused) this.#end();
      else this.#hear();
    } catch {
      // It does not answer: whatever it is, this subscription is not to be relied on.
      this.#end();
    } finally {
      this.#isAsking = false;
    }
  }
}
