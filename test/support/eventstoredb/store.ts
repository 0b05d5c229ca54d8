/**
 * What a server of EventStoreDB keeps, and how it decides what may be written: the behaviour that
 * `test/engines/eventstoredb/*.recorded.txt` shows, in memory. Knows nothing of gRPC.
 */

export interface StoredEvent {
  readonly stream: string;
  readonly revision: number;
  /** Commit and prepare position, which are one. */
  readonly position: bigint;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  /** Milliseconds since 1970. */
  readonly created: number;
}

export type ProposedEvent = Pick<StoredEvent, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

export type Expected = number | 'any' | 'no_stream' | 'stream_exists';

export type AppendResult =
  | { readonly result: 'success'; readonly revision: number; readonly position: bigint }
  /** `current` is -1 where there is no stream. */
  | { readonly result: 'wrong_version'; readonly current: number }
  | { readonly result: 'too_large'; readonly most: number }
  | { readonly result: 'deleted' | 'bad_request' };

/** What the disk has of what was written and not flushed when the process died. */
export type Kept = 'all' | 'some' | 'nothing';

/** Ids that ANY and STREAM_EXISTS know again. */
const REMEMBERED_IDS = 60_000;
/** `$tb` of a stream that was deleted. */
const DELETED = 9_223_372_036_854_775_807n;

export class StreamDeleted extends Error {}
export class NotARecord extends Error {}

const text = new TextDecoder();
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export class MemoryStore {
  readonly #records: StoredEvent[] = [];
  readonly #streams = new Map<string, StoredEvent[]>();
  readonly #tombstoned = new Set<string>();
  #known = new Map<string, StoredEvent>();
  #end = 1000n;
  /** How many of the records are on disk: the others nobody sees, and a crash may take them. */
  #flushed = 0;
  readonly #watching = new Set<() => void>();
  /** Bytes of event data in one append, as the server is set up. */
  maxAppend = 1_048_576;

  constructor() {
    // A server begins with records of its own, which no filter of ours lets through.
    this.#write('$scavenges', { id: crypto.randomUUID(), type: '$start', ...NOTHING });
    this.flush();
  }

  /** Calls `listener` whenever something was flushed; answers how to stop that. */
  watch(listener: () => void): () => void {
    this.#watching.add(listener);
    return () => this.#watching.delete(listener);
  }

  /** What was written is on disk, and seen. */
  flush(): void {
    if (this.#flushed === this.#records.length) return;
    this.#flushed = this.#records.length;
    for (const listener of [...this.#watching]) listener();
  }

  /** The process is gone, and what it had in memory. Gives how many events are lost, and how many
   * of those that nobody had been told of are kept. */
  crash(keeps: Kept): { lost: number; kept: number } {
    const { unflushed } = this;
    const kept = { all: unflushed, some: this.#half(unflushed), nothing: 0 }[keeps];
    this.#flushed += kept;
    for (const lost of this.#records.splice(this.#flushed)) {
      this.#streams.get(lost.stream)?.pop();
    }
    this.#known = new Map();
    return { lost: unflushed - kept, kept };
  }

  /** About half of the newest records; an append is there whole or not at all. */
  #half(newest: number): number {
    let end = this.#records.length - (newest >> 1);
    while (end < this.#records.length && this.#goesOn(end)) end++;
    return newest - (this.#records.length - end);
  }

  #goesOn(index: number): boolean {
    return this.#records[index]?.stream === this.#records[index - 1]?.stream;
  }

  get count(): number {
    return this.#flushed;
  }

  /** How many records are written and not on disk. */
  get unflushed(): number {
    return this.#records.length - this.#flushed;
  }

  record(index: number): StoredEvent | undefined {
    return index < this.#flushed ? this.#records[index] : undefined;
  }

  append(stream: string, expected: Expected, events: readonly ProposedEvent[]): AppendResult {
    const bytes = events.reduce((sum, { data }) => sum + data.length, 0);
    if (bytes > this.maxAppend) return { result: 'too_large', most: this.maxAppend };
    if (stream === '' || events.some(({ id, type }) => type === '' || !UUID.test(id))) {
      return { result: 'bad_request' };
    }
    if (this.#tombstoned.has(stream)) return { result: 'deleted' };
    const current = this.#last(stream);
    const isDeleted = this.#isSoftlyDeleted(stream);
    if (expected === 'stream_exists') {
      if (isDeleted) return { result: 'deleted' };
      if (current === -1) return { result: 'wrong_version', current };
    }
    if (expected === 'any' || expected === 'stream_exists') {
      const repeated = this.#repeatedIds(stream, events);
      if (repeated === 'partly') return { result: 'wrong_version', current };
      if (repeated !== undefined) return this.#success(repeated);
      return this.#commit(stream, events, isDeleted);
    }
    const before = expected === 'no_stream' ? -1 : expected;
    if (before === -1 && isDeleted) return this.#commit(stream, events, isDeleted);
    if (before > current) return { result: 'wrong_version', current };
    if (before === current) return this.#commit(stream, events, isDeleted);
    const there = this.#streams.get(stream)?.slice(before + 1) ?? [];
    const same = events.every(({ id }, i) => there[i]?.id === id.toLowerCase());
    if (events.length === 0 || !same) return { result: 'wrong_version', current };
    return this.#success(there[events.length - 1] as StoredEvent);
  }

  /** As ANY knows them again: by ids that were remembered, in this stream. */
  #repeatedIds(stream: string, events: readonly ProposedEvent[]) {
    let last: StoredEvent | undefined;
    for (const { id } of events) {
      const known = this.#known.get(id.toLowerCase());
      if (known?.stream !== stream) return last === undefined ? undefined : 'partly';
      last = known;
    }
    return last;
  }

  #commit(stream: string, events: readonly ProposedEvent[], wasDeleted: boolean): AppendResult {
    if (wasDeleted) this.#setTruncation(stream, BigInt(this.#last(stream) + 1));
    let last: StoredEvent | undefined;
    for (const event of events) last = this.#write(stream, event);
    if (last !== undefined) return this.#success(last);
    const position = this.#end;
    this.#end += 100n;
    return { result: 'success', revision: Math.max(this.#last(stream), 0), position };
  }

  #success({ revision, position }: StoredEvent): AppendResult {
    return { result: 'success', revision, position };
  }

  #write(stream: string, event: ProposedEvent): StoredEvent {
    const events = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, events);
    const id = event.id.toLowerCase();
    const position = this.#end;
    this.#end += BigInt(100 + stream.length + event.data.length + event.metadata.length);
    const written = {
      ...event,
      id,
      stream,
      revision: events.length,
      position,
      created: Date.now(),
    };
    events.push(written);
    this.#records.push(written);
    if (!this.#known.has(id)) this.#known.set(id, written);
    if (this.#known.size > REMEMBERED_IDS) {
      this.#known.delete(this.#known.keys().next().value as string);
    }
    return written;
  }

  /** Deletes so that the stream can come back. @throws nothing: says what stands against it. */
  delete(stream: string, expected: Expected): AppendResult {
    const refused = this.#refusedDeletion(stream, expected);
    if (refused !== undefined) return refused;
    return this.#success(this.#setTruncation(stream, DELETED));
  }

  /** Deletes for ever. */
  tombstone(stream: string, expected: Expected): AppendResult {
    const refused = this.#refusedDeletion(stream, expected);
    if (refused !== undefined) return refused;
    const event = { id: crypto.randomUUID(), type: '$streamDeleted', ...NOTHING };
    const written = this.#write(stream, event);
    this.#tombstoned.add(stream).add(`$$${stream}`);
    return this.#success(written);
  }

  #refusedDeletion(stream: string, expected: Expected): AppendResult | undefined {
    if (this.#tombstoned.has(stream)) return { result: 'deleted' };
    const current = this.#last(stream);
    const isExpected = typeof expected === 'string' || expected === current;
    return current >= 0 && isExpected ? undefined : { result: 'wrong_version', current };
  }

  #setTruncation(stream: string, before: bigint): StoredEvent {
    const data = new TextEncoder().encode(`{"$tb":${before}}`);
    const event = { id: crypto.randomUUID(), type: '$metadata', ...NOTHING, data };
    return this.#write(`$$${stream}`, { ...event, contentType: 'application/json' });
  }

  #last(stream: string): number {
    return (this.#streams.get(stream)?.length ?? 0) - 1;
  }

  #isSoftlyDeleted(stream: string): boolean {
    return this.#truncation(stream).before === DELETED;
  }

  #truncation(stream: string): { before: bigint; maxCount: number; maxAge: number } {
    const metadata = this.#streams.get(`$$${stream}`)?.at(-1);
    const written = metadata === undefined ? '' : text.decode(metadata.data);
    const value = (key: string) => new RegExp(`"\\${key}":(\\d+)`).exec(written)?.[1];
    return {
      before: BigInt(value('$tb') ?? 0),
      maxCount: Number(value('$maxCount') ?? Infinity),
      maxAge: Number(value('$maxAge') ?? Infinity),
    };
  }

  /** What can be read of a stream; `undefined`: there is none. @throws StreamDeleted */
  stream(stream: string): readonly StoredEvent[] | undefined {
    if (this.#tombstoned.has(stream)) throw new StreamDeleted(stream);
    const events = this.#streams.get(stream) ?? [];
    const end = this.record(this.#flushed - 1)?.position ?? -1n;
    let seen = events.length;
    while (seen > 0 && (events[seen - 1] as StoredEvent).position > end) seen--;
    const { before, maxCount, maxAge } = this.#truncation(stream);
    if (seen === 0 || before === DELETED) return undefined;
    const oldest = Date.now() - maxAge * 1000;
    const from = Math.max(Number(before), seen - maxCount);
    return events.slice(0, seen).filter((e) => e.revision >= from && e.created >= oldest);
  }

  /** Index of the record at `position`, or of the end for what lies beyond. @throws NotARecord */
  indexOf(position: bigint): number {
    if (position >= this.#end) return this.#flushed;
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#records[middle] as StoredEvent).position < position) low = middle + 1;
      else high = middle;
    }
    if (this.#records[low]?.position !== position) throw new NotARecord(String(position));
    return low;
  }

  /** What another one held in its first `count` records, as a backup of it would have it. */
  restore(from: MemoryStore, count: number): void {
    for (const record of from.#records.slice(this.#records.length, count)) {
      this.#write(record.stream, record);
    }
    this.flush();
  }

  /** Damages what is stored, as no client can. */
  overwrite(stream: string, revision: number, change: Partial<ProposedEvent>): void {
    const events = this.#streams.get(stream) as StoredEvent[];
    const event = events[revision] as StoredEvent;
    const changed = { ...event, ...change };
    events[revision] = changed;
    this.#records[this.indexOf(event.position)] = changed;
  }
}

const NOTHING = {
  contentType: 'application/octet-stream',
  data: new Uint8Array(),
  metadata: new Uint8Array(),
} as const;
