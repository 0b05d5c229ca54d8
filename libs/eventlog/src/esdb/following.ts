/** Who follows a log in EventStoreDB: what is live comes once for all of them, what is older is read. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Recorded } from '#domain/events.js';
import { AheadOfLog, DamagedEvent, LogUnavailable } from '../event-log.js';
import { Audit } from './audit.js';
import { Pages } from './pages.js';
import { type Page, scan } from './scan.js';
import { NoRecord, type StoredEvent } from './store.js';
import { type Subscribable, subscribed } from './subscription.js';
import { type Entry, positionOf, Tail } from './tail.js';

/** Events handed on at a time. */
const BATCH = 256;
/** Milliseconds between two tries where the store does not answer. */
const AGAIN = 500;

/** What those who follow need to know of the log. */
export interface Followed extends Subscribable {
  /** Position of the event that names the log: none of ours is older. */
  readonly birth: bigint;
  readonly recent: number | undefined;
  readonly onTrouble: ((words: string) => void) | undefined;
  readonly isOurs: (stream: string) => boolean;
  /** What comes after a record, as the log calls its streams. */
  page(after: bigint): Promise<Page<StoredEvent>>;
  /** As the log calls its streams. */
  named(stored: StoredEvent): StoredEvent;
  /** Remembers it, and gives it back. */
  damaged(error: DamagedEvent): DamagedEvent;
}

export class Following {
  #tail: Promise<Tail> | undefined;
  #tailing: Promise<void> | undefined;
  readonly #pages = new Pages((after) => this.log.page(after));

  constructor(
    private readonly log: Followed,
    private readonly closing: AbortSignal,
  ) {}

  /** Resolves once nothing is followed any more, after `closing`. */
  async ended(): Promise<void> {
    await this.#tailing;
  }

  /** As `EventLog.follow`. */
  async *from(after: bigint | null, signal: AbortSignal): AsyncGenerator<readonly Recorded[]> {
    const over = new AbortController();
    const end = (): void => over.abort();
    // Not AbortSignal.any: of one that lives on, that keeps something for ever.
    const ends = [signal, this.closing];
    for (const one of ends) one.addEventListener('abort', end);
    try {
      if (!ends.some(({ aborted }) => aborted)) yield* this.#from(after, over.signal);
    } finally {
      for (const one of ends) one.removeEventListener('abort', end);
    }
  }

  async *#from(after: bigint | null, ending: AbortSignal): AsyncGenerator<readonly Recorded[]> {
    const head = await this.#until(ending, () => this.log.newest());
    if (ending.aborted) return;
    if (after !== null && (head == null || after > head)) throw new AheadOfLog(after, head ?? null);
    for (let at = after; !ending.aborted;) {
      const tail = await this.#until(ending, () => (this.#tail ??= this.#begin()));
      if (tail === undefined) return;
      for await (const entries of this.#older(at, tail, ending)) {
        yield* this.#handOn(entries);
        at = positionOf(entries.at(-1) as Entry);
      }
      for await (const entries of tail.after(at, BATCH, ending)) {
        yield* this.#handOn(entries);
        at = positionOf(entries.at(-1) as Entry);
      }
    }
  }

  /** What `work` gives, however long the store does not answer; undefined: it was not to go on. */
  async #until<T>(ending: AbortSignal, work: () => Promise<T>): Promise<T | undefined> {
    while (!ending.aborted) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
        await pause(AGAIN, undefined, { signal: ending }).catch(() => undefined);
      }
    }
    return undefined;
  }

  /** Events up to one that is damaged, which is thrown. */
  *#handOn(entries: readonly Entry[]): Generator<readonly Recorded[]> {
    const at = entries.findIndex((entry) => entry instanceof DamagedEvent);
    if (at === -1) return yield entries as readonly Recorded[];
    if (at > 0) yield entries.slice(0, at) as readonly Recorded[];
    throw this.log.damaged(entries[at] as DamagedEvent);
  }

  /** What is kept in memory no more, from the store itself.
   * @throws AheadOfLog for a place that is none in this log */
  async *#older(
    after: bigint | null,
    tail: Tail,
    ending: AbortSignal,
  ): AsyncGenerator<readonly Entry[]> {
    for (let at = after; !ending.aborted && tail.numberAfter(at) === undefined;) {
      try {
        const read = (from: bigint) => this.#pages.after(from);
        for await (const entries of scan(at ?? this.log.birth, read)) {
          yield entries;
          at = positionOf(entries.at(-1) as Entry);
          if (ending.aborted || tail.numberAfter(at) !== undefined) return;
        }
      } catch (error) {
        if (error instanceof NoRecord && at !== null)
          throw new AheadOfLog(at, await this.log.newest());
        if (!(error instanceof LogUnavailable)) throw error;
        await pause(AGAIN, undefined, { signal: ending }).catch(() => undefined);
      }
    }
  }

  /** From here on everything that comes is kept for those who follow. */
  async #begin(): Promise<Tail> {
    const from = await this.log.newest().catch((error: unknown) => {
      this.#tail = undefined;
      throw error;
    });
    const tail = new Tail(from, this.log.recent);
    const audit = new Audit(this.log.connection, from ?? this.log.birth, this.log.isOurs);
    let running: Promise<void> | undefined;
    const auditing = setInterval(() => {
      // One at a time: a second would not know what the first has counted.
      running ??= this.#audit(audit, tail).finally(() => (running = undefined));
    }, this.log.times.audit);
    auditing.unref();
    this.#tailing = (async () => {
      try {
        for await (const stored of subscribed(this.log, from ?? this.log.birth, this.closing)) {
          const news = audit.note(stored);
          if (news.length > 0) tail.push(news.map((one) => this.log.named(one)));
        }
      } catch (error) {
        // Whoever follows fails with it, and begins again.
        tail.fail(error as Error);
        this.#tail = undefined;
      } finally {
        clearInterval(auditing);
      }
    })();
    return tail;
  }

  async #audit(audit: Audit, tail: Tail): Promise<void> {
    const again = await audit.run().catch(() => []);
    if (again.length === 0) return;
    tail.pushLate(again.map((one) => this.log.named(one)));
    this.log.onTrouble?.(`EventStoreDB had left events out; ${again.length} were handed out`);
  }
}
