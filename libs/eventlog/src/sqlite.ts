import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Recorded } from '#domain/events.js';
import { CommitFailed, DatabaseLocked } from '#database/errors.js';
import { Gathering } from '#database/gathering.js';
import { type Database, openDatabase } from '#database/sqlite.js';
import {
  AheadOfLog,
  type AppendOutcome,
  type EncodedEvent,
  EventLog,
  type LogHealth,
  LogStopped,
  type StoredRecord,
} from './event-log.js';
import { checked } from './checked.js';
import { NO_HASH } from './codec.js';
import { RecentEvents } from './recent.js';
import { EventTables, type StreamHead } from './sqlite-tables.js';
import { Waking } from './waking.js';

/** Events read from disk or handed on at a time. */
const BATCH = 256;
/** One transaction takes the appends that wait, up to about this much. */
const FLUSH_EVENTS = 2000;
/** So many events are decoded once for all who follow; of more each reads for itself. */
const REFRESHED = 1024;
/** What an event from disk is counted as in memory. */
const TYPICAL_BYTES = 1024;
/** Stream ends kept in memory; by size, since a cache by count takes all its place at once. */
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
  readonly #heads = new LRUCache<string, StreamHead>({ maxSize: HEADS, sizeCalculation: () => 1 });
  readonly #recent: RecentEvents;
  readonly #growing = new Waking();
  #queue: Pending[] = [];
  readonly #gathering = new Gathering(
    () => this.#queue.length,
    () => this.#begin(),
  );
  /** One at a time: what comes while the disk is waited for is the next. */
  #flushing: Promise<void> | undefined;
  /** Of the last event that is on disk for certain: of those after it nobody is told anything. */
  #head: number;
  #stopped: string | undefined;
  #closed = false;

  /** Opens the log at `path`, or creates it unless `readonly`; throws the errors of `libs/database`. */
  constructor(path: string, { recent = 16_384, readonly = false }: SqliteEventLogOptions = {}) {
    super();
    this.#database = openDatabase(path, { readonly, flushed: 'asked' });
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
      this.#gathering.note();
    });
  }

  #begin(): void {
    if (this.#flushing !== undefined || this.#queue.length === 0) return;
    this.#flushing = this.#flush(this.#takeBatch()).finally(() => {
      this.#flushing = undefined;
      this.#begin();
    });
  }

  async #flush(batch: readonly Pending[]): Promise<void> {
    let flush: Flush;
    try {
      flush = this.#database.transaction(() => this.#write(batch));
      await this.#database.flush();
    } catch (error) {
      this.#failed(batch, error);
      return;
    }
    for (const [stream, head] of flush.heads) this.#heads.set(stream, head);
    for (const { recorded, bytes } of flush.appended) this.#recent.push(recorded, bytes);
    this.#head = flush.position;
    batch.forEach(({ settle }, index) => settle(flush.outcomes[index] as AppendOutcome));
    if (flush.appended.length > 0) this.#growing.wake();
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
   * thread or process that follows the log and appends nothing.
   * @param to what is known to be on disk; left out: all there is.
   */
  refresh(to: bigint | null = BigInt(this.#tables.head())): void {
    const head = Number(to ?? 0n);
    if (head <= this.#head) return;
    if (head - this.#head > REFRESHED) this.#recent.restart(head);
    else this.#takeIn(head);
    this.#head = head;
    this.#growing.wake();
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
      const stored = this.#tables.ofStream(stream, next, Math.min(BATCH, to - next + 1));
      const events = stored.filter((event) => this.#isThere(event));
      if (events.length > 0) yield events;
      if (events.length < BATCH) return;
      next += events.length;
      await nextTurn();
    }
  }

  async last(stream: string): Promise<Recorded | undefined> {
    let revision = this.#tables.streamHead(stream)?.revision ?? 0;
    for (; revision >= 0; revision--) {
      const [event] = this.#tables.ofStream(stream, revision, 1);
      if (event === undefined || this.#isThere(event)) return event;
    }
    return undefined;
  }

  #isThere({ position }: Pick<Recorded, 'position'>): boolean {
    return position <= BigInt(this.#head);
  }

  async *follow(after: bigint | null, signal: AbortSignal): AsyncGenerator<readonly Recorded[]> {
    if (after !== null && after > BigInt(this.#head))
      throw new AheadOfLog(after, await this.head());
    let at = Number(after ?? 0n);
    while (!signal.aborted && !this.#closed) {
      const live = this.#recent.after(at, BATCH);
      const events = live ?? this.#tables.after(at, Math.min(BATCH, this.#head - at));
      if (events.length > 0) {
        at += events.length;
        yield events;
        // Catching up must leave the process its other work.
        if (live === undefined) await nextTurn();
      } else {
        // Until the next append, the end of the log, or of the follower.
        await this.#growing.next(signal);
      }
    }
  }

  async head(): Promise<bigint | null> {
    return this.#head === 0 ? null : BigInt(this.#head);
  }

  async *heads(): AsyncGenerator<{ stream: string; revision: number; hash: string }> {
    await this.#flushing;
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
    while (this.#queue.length > 0 || this.#flushing !== undefined) {
      this.#begin();
      await this.#flushing;
    }
    this.#closed = true;
    this.#growing.wake();
    this.#database.close();
  }
}
