import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Recorded } from '#domain/events.js';
import { CommitFailed, DatabaseLocked } from '#database/errors.js';
import { type Database, openDatabase } from '#database/sqlite.js';
import {
  AheadOfLog,
  type AppendOutcome,
  AppendTooLarge,
  type EncodedEvent,
  EventLog,
  LIMITS,
  type LogHealth,
  LogStopped,
  type StoredRecord,
} from './event-log.js';
import { NO_HASH } from './codec.js';
import { RecentEvents } from './recent.js';
import { EventTables, type StreamHead } from './sqlite-tables.js';

/** Events read from disk or handed on at a time. */
const BATCH = 256;
/** One transaction takes the appends that wait, up to about this much. */
const FLUSH_EVENTS = 2000;
/** So many events are decoded once for all who follow; of more each reads for itself. */
const REFRESHED = 1024;
/** What an event from disk is counted as in memory. */
const TYPICAL_BYTES = 1024;
/** Stream ends kept in memory. */
const HEADS = 50_000;

/** An append that waits for the next flush. */
interface Pending {
  readonly events: readonly EncodedEvent[];
  /** UTF-8 of each event's canonical form. */
  readonly bodies: readonly Buffer[];
  readonly settle: (outcome: AppendOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/** What one transaction has done so far, taken over once it is committed. */
interface Flush {
  position: number;
  newStreams: number;
  readonly outcomes: AppendOutcome[];
  readonly heads: Map<string, StreamHead>;
  readonly appended: { readonly recorded: Recorded; readonly bytes: number }[];
}

export interface SqliteEventLogOptions {
  /** How many events are kept decoded for followers; a slower one reads from disk. */
  readonly recent?: number;
  /** For another process than the one that appends: nothing is written, not even the WAL moved. */
  readonly readonly?: boolean;
}

/** The event log in one SQLite file of this process. Appends waiting together share one fsync. */
export class SqliteEventLog extends EventLog {
  readonly id: string;
  readonly #database: Database;
  readonly #tables: EventTables;
  readonly #heads = new LRUCache<string, StreamHead>({ max: HEADS });
  readonly #recent: RecentEvents;
  readonly #waiting = new Set<() => void>();
  #queue: Pending[] = [];
  #scheduled = false;
  #head: number;
  #stopped: string | undefined;
  #closed = false;

  /** Opens the log at `path`, or creates it unless `readonly`; throws the errors of `libs/database`. */
  constructor(path: string, { recent = 16_384, readonly = false }: SqliteEventLogOptions = {}) {
    super();
    this.#database = openDatabase(path, { readonly });
    try {
      this.#tables = new EventTables(this.#database);
      // What a killed process left in the WAL may not be on disk yet; from here on it is.
      if (!readonly) this.#database.checkpoint();
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.id = this.#tables.id;
    this.#head = this.#tables.head();
    this.#recent = new RecentEvents(this.#head, recent);
  }

  async append(events: readonly EncodedEvent[]): Promise<AppendOutcome> {
    const bodies = checked(events);
    if (this.#closed) throw new LogStopped('the event log is closed');
    if (this.#stopped !== undefined) throw new LogStopped(this.#stopped);
    return new Promise((settle, fail) => {
      this.#queue.push({ events, bodies, settle, fail });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the callbacks of this turn: they may have appends of their own.
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
      if (this.#queue.length > 0) this.#schedule();
    });
  }

  #flush(): void {
    const batch = this.#takeBatch();
    if (batch.length === 0) return;
    let flush: Flush;
    try {
      flush = this.#database.transaction(() => this.#write(batch));
    } catch (error) {
      this.#failed(batch, error);
      return;
    }
    for (const [stream, head] of flush.heads) this.#heads.set(stream, head);
    for (const { recorded, bytes } of flush.appended) this.#recent.push(recorded, bytes);
    this.#head = flush.position;
    batch.forEach(({ settle }, index) => settle(flush.outcomes[index] as AppendOutcome));
    if (flush.appended.length > 0) this.#wake();
  }

  #takeBatch(): Pending[] {
    let events = 0;
    const end = this.#queue.findIndex(
      (pending) => (events += pending.events.length) > FLUSH_EVENTS,
    );
    return this.#queue.splice(0, end === -1 ? this.#queue.length : Math.max(end, 1));
  }

  /** Inside the transaction: each append is checked by itself, against those before it too. */
  #write(batch: readonly Pending[]): Flush {
    const head = this.#tables.head();
    if (head !== this.#head) this.#goneOn(head);
    const flush: Flush = {
      position: head,
      newStreams: 0,
      outcomes: [],
      heads: new Map(),
      appended: [],
    };
    for (const pending of batch) flush.outcomes.push(this.#writeOne(pending, flush));
    for (const [stream, { revision, hash }] of flush.heads) {
      this.#tables.setStreamHead(stream, revision, Buffer.from(hash, 'hex'));
    }
    if (flush.position !== head) this.#tables.setHead(flush.position, flush.newStreams);
    return flush;
  }

  #writeOne({ events, bodies }: Pending, flush: Flush): AppendOutcome {
    const first = events[0] as EncodedEvent;
    const { stream } = first;
    const head =
      flush.heads.get(stream) ?? this.#heads.get(stream) ?? this.#tables.streamHead(stream);
    const actual = head?.revision ?? -1;
    if (first.revision <= actual) return this.#repetition(events, actual);
    // An event that was decided on another history than this one would break the chain.
    const follows = first.metadata.previousHash === (head?.hash ?? NO_HASH);
    if (first.revision !== actual + 1 || !follows) return { outcome: 'conflict', actual };
    if (actual === -1) flush.newStreams++;
    events.forEach((event, index) => {
      const { revision, id, metadata } = event;
      const position = ++flush.position;
      const body = bodies[index] as Buffer;
      this.#tables.insert(position, stream, revision, Buffer.from(metadata.hash, 'hex'), body);
      const recorded = { stream, revision, id, position: BigInt(position), event: event.event };
      flush.appended.push({ recorded: { ...recorded, metadata }, bytes: body.length });
    });
    const { revision, metadata } = events.at(-1) as EncodedEvent;
    flush.heads.set(stream, { revision, hash: metadata.hash });
    return { outcome: 'committed', revision, position: BigInt(flush.position) };
  }

  /** The very same events are there already, or others are. */
  #repetition(events: readonly EncodedEvent[], actual: number): AppendOutcome {
    const { stream, revision } = events[0] as EncodedEvent;
    const stored = this.#tables.stored(stream, revision, events.length);
    const same = events.every((event, index) => event.metadata.hash === stored[index]?.hash);
    const last = stored.at(-1);
    return same && last !== undefined
      ? {
          outcome: 'committed',
          revision: revision + events.length - 1,
          position: BigInt(last.position),
        }
      : { outcome: 'conflict', actual };
  }

  /**
   * Takes in what another connection to this file has appended, and wakes those who follow: for a
   * thread that follows the log and appends nothing.
   */
  refresh(): void {
    const head = this.#tables.head();
    if (head <= this.#head) return;
    if (head - this.#head > REFRESHED) this.#recent.restart(head);
    else this.#takeIn(head);
    this.#head = head;
    this.#wake();
  }

  #takeIn(head: number): void {
    const events = this.#readUpTo(head);
    // What is damaged each of them is to meet, and so reads from disk.
    if (events.length < head - this.#head) this.#recent.restart(head);
    else for (const event of events) this.#recent.push(event, TYPICAL_BYTES);
  }

  #readUpTo(head: number): readonly Recorded[] {
    try {
      return this.#tables.after(this.#head, head - this.#head);
    } catch {
      return [];
    }
  }

  /** Another process appended, which one directory lock forbids; what is remembered is stale. */
  #goneOn(head: number): void {
    this.#heads.clear();
    this.#recent.restart(head);
    this.#head = head;
  }

  #failed(batch: readonly Pending[], error: unknown): void {
    if (error instanceof DatabaseLocked) {
      for (const { fail } of batch) fail(error);
      return;
    }
    const reason = error instanceof Error ? error.message : String(error);
    this.#stopped = `the event log takes no appends since an error: ${reason}`;
    const later = this.#queue;
    this.#queue = [];
    for (const { settle, fail } of batch) {
      if (error instanceof CommitFailed) settle({ outcome: 'unknown', reason });
      else fail(new LogStopped(this.#stopped, { cause: error }));
    }
    for (const { fail } of later) fail(new LogStopped(this.#stopped, { cause: error }));
  }

  async *read(stream: string, from = 0, to = Infinity): AsyncGenerator<readonly Recorded[]> {
    for (let next = from; next <= to;) {
      const events = this.#tables.ofStream(stream, next, Math.min(BATCH, to - next + 1));
      if (events.length > 0) yield events;
      if (events.length < BATCH) return;
      next += events.length;
      await nextTurn();
    }
  }

  async last(stream: string): Promise<Recorded | undefined> {
    const head = this.#tables.streamHead(stream);
    return this.#tables.ofStream(stream, head?.revision ?? 0, 1)[0];
  }

  async *follow(after: bigint | null, signal: AbortSignal): AsyncGenerator<readonly Recorded[]> {
    if (after !== null && after > BigInt(this.#head))
      throw new AheadOfLog(after, await this.head());
    let at = Number(after ?? 0n);
    while (!signal.aborted && !this.#closed) {
      const live = this.#recent.after(at, BATCH);
      const events = live ?? this.#tables.after(at, BATCH);
      if (events.length > 0) {
        at += events.length;
        yield events;
        // Catching up must leave the process its other work.
        if (live === undefined) await nextTurn();
      } else {
        await this.#appended(signal);
      }
    }
  }

  /** Resolves with the next append, the end of the log, or the end of the follower. */
  #appended(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async head(): Promise<bigint | null> {
    return this.#head === 0 ? null : BigInt(this.#head);
  }

  async *heads(): AsyncGenerator<{ stream: string; revision: number; hash: string }> {
    const expected = this.#tables.streams();
    for (let after = '', found = 0; ;) {
      const heads = this.#tables.heads(after, BATCH);
      yield* heads;
      found += heads.length;
      const last = heads.at(-1);
      if (last === undefined) return this.#tables.allStreams(found, expected);
      after = last.stream;
      await nextTurn();
    }
  }

  async *records(stream?: string): AsyncGenerator<readonly StoredRecord[]> {
    const end = BigInt(this.#head);
    for (let next = 0; ;) {
      const rows =
        stream === undefined
          ? this.#tables.rowsAfter(next, BATCH)
          : this.#tables.rowsOfStream(stream, next, BATCH);
      const within = rows.filter(({ position }) => position <= end);
      if (within.length > 0) yield within;
      const last = rows.at(-1);
      if (last === undefined || within.length < BATCH) return;
      next = stream === undefined ? Number(last.position) : last.revision + 1;
      await nextTurn();
    }
  }

  health(): LogHealth {
    const { damages } = this.#tables;
    const damaged = damages.size === 0 ? {} : { damaged: [...damages.values()] };
    return this.#stopped === undefined
      ? { status: 'ok', ...damaged }
      : { status: 'stopped', reason: this.#stopped, ...damaged };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    while (this.#queue.length > 0) this.#flush();
    this.#closed = true;
    this.#wake();
    this.#database.close();
  }
}

/** The bodies of an append that may be tried: one stream, in order, within `LIMITS`. */
const checked = (events: readonly EncodedEvent[]): Buffer[] => {
  const [first] = events;
  if (first === undefined) throw new TypeError('an append holds at least one event');
  if (events.length > LIMITS.appendEvents) {
    throw new AppendTooLarge(`${events.length} events, at most ${LIMITS.appendEvents} fit`);
  }
  let bytes = 0;
  return events.map(({ stream, revision, canonical, event, metadata }, index) => {
    if (stream !== first.stream || revision !== first.revision + index) {
      throw new TypeError('the events of an append follow one another in one stream');
    }
    if (index > 0 && metadata.previousHash !== events[index - 1]?.metadata.hash) {
      throw new TypeError('the events of an append are chained to one another');
    }
    const body = Buffer.from(canonical);
    const limit =
      event.type === 'catalogue.publish' ? LIMITS.catalogueEventBytes : LIMITS.eventBytes;
    if (body.length > limit) {
      throw new AppendTooLarge(`${event.type} of ${body.length} bytes, at most ${limit} fit`);
    }
    bytes += body.length;
    if (bytes > LIMITS.appendBytes) {
      throw new AppendTooLarge(`over ${LIMITS.appendBytes} bytes in one append`);
    }
    return body;
  });
};
