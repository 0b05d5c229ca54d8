import { setTimeout as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Recorded } from '#domain/events.js';
import { checked } from './checked.js';
import { NO_HASH } from './codec.js';
import { Connection } from './esdb/connection.js';
import { type Followed, Following } from './esdb/following.js';
import { nameOf, nameWhole } from './esdb/name.js';
import { type Page, pageAfter, scan } from './esdb/scan.js';
import { decodeStored, hashIn, recordOf, storedForm } from './esdb/stored.js';
import { deadlineOf, type StoredEvent, TIMES, type Times } from './esdb/store.js';
import {
  type AppendOutcome,
  DamagedEvent,
  type EncodedEvent,
  EventLog,
  type LogHealth,
  LogStopped,
  LogUnavailable,
  type StoredRecord,
} from './event-log.js';

/** Events read from a stream at a time. */
const BATCH = 256;
/** Records looked at in one page on the way back to the newest event. */
const BACK = 64;
/** Stream ends kept in memory; by size, since a cache by count takes all its place at once. */
const HEADS = 50_000;
/** Damaged events that are remembered. */
const DAMAGES = 1000;
/** Of an append that was not sent, since there was too little time left for an answer. */
const WAITED = 'what comes before it took too long';
/** What our streams begin with. */
const PREFIXES = ['organization-', 'catalogue-'];

export interface EsdbOptions {
  readonly times?: Partial<Times>;
  /** Another log on the same server: what the names of its streams begin with. */
  readonly namespace?: string;
  /** For who appends nothing: a log that is not there is not made. */
  readonly readonly?: boolean;
  /** Id of a log that is moved here: it may be opened before all of it is here. */
  readonly moving?: string;
  /** How many events are kept decoded for followers; a slower one reads from the store. */
  readonly recent?: number;
  /** Told in words what an operator should know. */
  readonly onTrouble?: (words: string) => void;
}

interface StreamHead {
  readonly revision: number;
  readonly hash: string;
}

/**
 * The event log in EventStoreDB. A stream there is named as it is here, and holds each event as its
 * type, data and metadata; a position is a commit position. ADR 17 says how it lives with the client.
 */
export class EsdbEventLog extends EventLog {
  readonly #heads = new LRUCache<string, StreamHead>({ maxSize: HEADS, sizeCalculation: () => 1 });
  readonly #damages = new Map<string, DamagedEvent>();
  /** The last append of each stream that is under way. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();
  readonly #following: Following;
  readonly #times: Times;
  readonly #prefixes: readonly string[];
  /** How far back it was looked for the newest event, and what was found. */
  #looked: { readonly to: bigint; readonly newest: bigint | null };

  private constructor(
    readonly id: string,
    /** Position of the event that names this log: none of ours is older. */
    private readonly birth: bigint,
    private readonly connection: Connection,
    private readonly options: EsdbOptions,
    /** Everything that was to be moved here was here when it was opened. */
    readonly isWhole: boolean,
  ) {
    super();
    this.#times = { ...TIMES, ...options.times };
    this.#looked = { to: birth, newest: null };
    const { namespace, recent, onTrouble } = options;
    this.#prefixes = namespace === undefined ? PREFIXES : [namespace];
    const followed: Followed = {
      ...{ connection, birth, recent, onTrouble },
      times: this.#times,
      prefixes: this.#prefixes,
      isOurs: this.#isOurs,
      newest: () => this.head(),
      page: (after) => this.#page(after),
      named: (stored) => this.#named(stored),
      damaged: (error) => this.#damaged(error),
    };
    this.#following = new Following(followed, this.#closing.signal);
  }

  /**
   * Opens the log, and names it if it is new.
   * @throws LogUnavailable where there is no server, LogStopped where it refuses the user, LogMissing
   * for one that is not there and is only to be read, LogIncomplete for one that is being moved.
   */
  static async open(url: string, options: EsdbOptions = {}): Promise<EsdbEventLog> {
    const connection = new Connection(url, { ...TIMES, ...options.times });
    try {
      const { id, position, isWhole } = await nameOf(connection, options);
      return new EsdbEventLog(id, position, connection, options, isWhole);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Of a log that was moved here: from now on it can be worked with. */
  becomeWhole(): Promise<void> {
    return nameWhole(this.connection, this.options);
  }

  async append(events: readonly EncodedEvent[]): Promise<AppendOutcome> {
    checked(events);
    if (this.#closing.signal.aborted) throw new LogStopped('the event log is closed');
    if (this.options.readonly === true) throw new LogStopped('the event log is only read here');
    const { stream } = events[0] as EncodedEvent;
    this.#checkName(stream);
    const deadline = deadlineOf(this.#times, events.length);
    const until = performance.now() + deadline;
    const before = this.#turns.get(stream);
    const turn = (async () => {
      if (before !== undefined) {
        await Promise.race([before, pause(deadline, undefined, { ref: false })]);
      }
      return this.#append(stream, events, until);
    })();
    const over = turn.catch(() => undefined);
    this.#turns.set(stream, over);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(stream) === over) this.#turns.delete(stream);
    }
  }

  /** @param until when, on the clock of `performance`, it is to be over. */
  async #append(
    stream: string,
    events: readonly EncodedEvent[],
    until: number,
  ): Promise<AppendOutcome> {
    const least = deadlineOf(this.#times, events.length) / 2;
    const isLate = () => until - performance.now() < least;
    if (isLate()) return { outcome: 'unknown', reason: WAITED };
    const before = (events[0] as EncodedEvent).revision - 1;
    const other = await this.#otherHistory(stream, events[0] as EncodedEvent, until);
    if (other !== undefined) return other;
    if (isLate()) return { outcome: 'unknown', reason: WAITED };
    const name = this.#stored(stream);
    const left = until - performance.now();
    const answer = await this.connection.append(name, before, events.map(storedForm), left);
    switch (answer.answer) {
      case 'written': {
        const { revision, position } = answer;
        this.#heads.set(stream, { revision, hash: (events.at(-1) as EncodedEvent).metadata.hash });
        return { outcome: 'committed', revision, position };
      }
      case 'wrong_revision':
        this.#heads.delete(stream);
        return { outcome: 'conflict', actual: answer.actual };
      case 'unknown':
        return { outcome: 'unknown', reason: answer.reason };
    }
  }

  /**
   * The store compares revisions; that an event follows the one it was decided upon is ours to see.
   * What is at a revision stays there, so looking before the append is enough.
   */
  async #otherHistory(
    stream: string,
    { revision, metadata }: EncodedEvent,
    until: number,
  ): Promise<AppendOutcome | undefined> {
    const { previousHash } = metadata;
    const known = this.#heads.get(stream);
    if (revision === 0 && previousHash === NO_HASH) return undefined;
    if (known !== undefined && known.revision > revision - 1) return undefined;
    if (known?.revision === revision - 1 && known.hash === previousHash) return undefined;
    try {
      if (revision > 0) {
        const there = await this.#one(stream, revision - 1, until);
        if (there !== undefined && hashIn(there) === previousHash) return undefined;
      }
      return await this.#conflict(stream, until);
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      return { outcome: 'unknown', reason: error.message };
    }
  }

  async #conflict(stream: string, until: number): Promise<AppendOutcome> {
    this.#heads.delete(stream);
    const last = await this.#one(stream, 'last', until);
    return { outcome: 'conflict', actual: last?.revision ?? -1 };
  }

  /** An event of a stream, asked for once and no longer than until then. @throws LogUnavailable */
  async #one(
    stream: string,
    revision: number | 'last',
    until: number,
  ): Promise<StoredEvent | undefined> {
    const left = until - performance.now();
    if (left <= 0) throw new LogUnavailable(WAITED);
    return (await this.connection.readStream(this.#stored(stream), revision, 1, left))?.[0];
  }

  async *read(stream: string, from = 0, to = Infinity): AsyncGenerator<readonly Recorded[]> {
    for (let next = from; next <= to;) {
      const count = Math.min(BATCH, to - next + 1);
      const page = await this.#events(stream, next, count);
      const events = page.map((stored, index) => {
        if (stored.revision !== next + index) {
          throw this.#damaged(new DamagedEvent(stream, next + index, 'it is missing'));
        }
        return this.#decoded(stored);
      });
      const last = events.at(-1);
      if (last === undefined) return;
      this.#seen(last);
      yield events;
      if (events.length < count) return;
      next += events.length;
    }
  }

  async last(stream: string): Promise<Recorded | undefined> {
    const [stored] = (await this.connection.readStream(this.#stored(stream), 'last')) ?? [];
    if (stored === undefined) return undefined;
    const last = this.#decoded(this.#named(stored));
    this.#seen(last);
    return last;
  }

  async #events(stream: string, from: number, count: number): Promise<StoredEvent[]> {
    const page = await this.connection.readStream(this.#stored(stream), from, count);
    return (page ?? []).map((stored) => this.#named(stored));
  }

  #seen({ stream, revision, metadata }: Recorded): void {
    const known = this.#heads.get(stream);
    if (known !== undefined && known.revision >= revision) return;
    this.#heads.set(stream, { revision, hash: metadata.hash });
  }

  follow(after: bigint | null, signal: AbortSignal): AsyncGenerator<readonly Recorded[]> {
    return this.#following.from(after, signal);
  }

  /** Records after one, as the log calls their streams. */
  async #page(after: bigint): Promise<Page<StoredEvent>> {
    const { events, ...page } = await pageAfter(this.connection, after, this.#isOurs);
    return { ...page, events: events.map((one) => this.#named(one)) };
  }

  async head(): Promise<bigint | null> {
    const { to, newest } = this.#looked;
    let end: bigint | undefined;
    for (let from: bigint | 'end' = 'end'; ;) {
      const page: StoredEvent[] = await this.connection.readAllBack(from, BACK);
      const [first] = page;
      const last = page.at(-1);
      if (first === undefined || last === undefined) return newest;
      end ??= first.position;
      const found = page.find(({ stream, position }) => position > to && this.#isOurs(stream));
      const isDone = found !== undefined || last.position <= to || last.position === from;
      if (!isDone) {
        from = last.position;
        continue;
      }
      const position = found?.position ?? newest;
      if (end > this.#looked.to) this.#looked = { to: end, newest: position };
      return position;
    }
  }

  async *heads(): AsyncGenerator<{ stream: string; revision: number; hash: string }> {
    const heads = new Map<string, StreamHead>();
    for await (const stored of this.#upToEnd()) {
      for (const one of stored) {
        heads.set(one.stream, { revision: one.revision, hash: hashIn(one) });
      }
    }
    const byName = [...heads].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const [stream, head] of byName) yield { stream, ...head };
  }

  async *records(stream?: string): AsyncGenerator<readonly StoredRecord[]> {
    if (stream === undefined) {
      for await (const stored of this.#upToEnd()) yield stored.map(recordOf);
      return;
    }
    for (let next = 0; ;) {
      const page = await this.#events(stream, next, BATCH);
      if (page.length > 0) yield page.map(recordOf);
      if (page.length < BATCH) return;
      next = (page.at(-1) as StoredEvent).revision + 1;
    }
  }

  /** Everything up to the end as it is now. */
  async *#upToEnd(): AsyncGenerator<readonly StoredEvent[]> {
    const end = await this.head();
    if (end === null) return;
    // Before the log was named there was nothing of it.
    for await (const stored of scan(this.birth, (after) => this.#page(after))) {
      yield stored.filter(({ position }) => position <= end);
      if ((stored.at(-1) as StoredEvent).position >= end) return;
    }
  }

  health(): LogHealth {
    const damaged = this.#damages.size === 0 ? {} : { damaged: [...this.#damages.values()] };
    const { trouble } = this.connection;
    if (trouble === undefined) return { status: 'ok', ...damaged };
    return { status: 'unreachable', reason: `EventStoreDB: ${trouble}`, ...damaged };
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    await Promise.all([...this.#turns.values(), this.#following.ended()]);
    await this.connection.close();
  }

  #decoded(stored: StoredEvent): Recorded {
    try {
      return decodeStored(stored).recorded;
    } catch (error) {
      throw error instanceof DamagedEvent ? this.#damaged(error) : error;
    }
  }

  /** Damage is remembered, so that it is shown whoever met it. */
  #damaged(error: DamagedEvent): DamagedEvent {
    const name = `${error.stream} ${error.revision}`;
    if (this.#damages.size < DAMAGES || this.#damages.has(name)) this.#damages.set(name, error);
    return error;
  }

  readonly #isOurs = (stream: string): boolean =>
    this.#prefixes.some((one) => stream.startsWith(one));

  #stored(stream: string): string {
    return (this.options.namespace ?? '') + stream;
  }

  #named(stored: StoredEvent): StoredEvent {
    const { namespace } = this.options;
    return namespace === undefined
      ? stored
      : { ...stored, stream: stored.stream.slice(namespace.length) };
  }

  /** What no follower would ever see is not written. */
  #checkName(stream: string): void {
    const { namespace } = this.options;
    if (namespace === undefined && !this.#isOurs(stream)) {
      throw new TypeError(`a stream is named ${PREFIXES.join('… or ')}…, not ${stream}`);
    }
  }
}
