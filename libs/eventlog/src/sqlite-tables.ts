import { randomUUID } from 'node:crypto';
import type { Recorded } from '#domain/events.js';
import { DatabaseDamaged } from '#database/errors.js';
import { checkSchema, migrate } from '#database/migrations.js';
import type { Database } from '#database/sqlite.js';
import { claimed, decodeTrusted, hashOf, idOf } from './codec.js';
import { DamagedEvent, type StoredRecord } from './event-log.js';
import { UnknownEvent } from './upcasts.js';

/**
 * `streams` and `log.head` say again what `events` says. Every page of the file can be damaged by
 * itself, and an index that lost an entry would otherwise pass for a stream that ends earlier.
 */
const MIGRATIONS = [
  `create table log (
     one integer primary key check (one = 1),
     id text not null,
     id_hash text not null,
     head integer not null,
     streams integer not null
   ) strict;
   create table events (
     position integer primary key,
     stream text not null,
     revision integer not null,
     hash blob not null,
     canonical blob not null,
     unique (stream, revision)
   ) strict;
   create table streams (
     stream text primary key,
     revision integer not null,
     hash blob not null
   ) strict, without rowid;`,
];

const HASH_BYTES = 32;
const NEWLINE = 0x0a;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Where a stream ends. */
export interface StreamHead {
  readonly revision: number;
  /** Hex. */
  readonly hash: string;
}

/** Damaged events that are remembered. */
const DAMAGES = 1000;

interface Place {
  readonly stream: string;
  readonly revision: number;
}

type Packed = [count: number, positions: Buffer | null, hashes: Buffer, canonicals: Buffer];
type Row = [position: number, stream: Buffer, revision: number, hash: Buffer, canonical: Buffer];

/**
 * One value for many rows: crossing into the driver costs more than reading. Canonical JSON holds
 * no newline.
 */
const packed = (source: string) => `
  select count(*), cast(group_concat(position) as blob), cast(group_concat(hash, '') as blob),
         cast(group_concat(canonical, x'0a') as blob)
  from (select position, hash, canonical from events ${source} limit ?)`;

/**
 * A damaged page can give a column any type, and the driver ends the process on text that is not
 * UTF-8: everything is read as what it was written as, text as bytes.
 */
const bytes = (column: string) => `coalesce(cast(${column} as blob), x'')`;
const integer = (column: string) => `coalesce(cast(${column} as integer), -1)`;
const row = `
  select position, ${bytes('stream')}, ${integer('revision')}, ${bytes('hash')}, ${bytes('canonical')}
  from events`;

/** The log's tables: everything that is SQL, and nothing that waits. */
export class EventTables {
  readonly id: string;
  /** Damaged events that were met, the first of them. */
  readonly damages = new Map<string, DamagedEvent>();

  constructor(private readonly database: Database) {
    migrate(database, MIGRATIONS);
    checkSchema(database, MIGRATIONS);
    if (!this.#exists()) database.transaction(() => this.#create());
    this.id = this.#readId();
    const last = database.prepareRows<[number | null]>('select max(position) from events').get();
    if ((last?.[0] ?? 0) !== this.head()) throw this.#damaged('its end is not where it should be');
  }

  #exists(): boolean {
    return this.database.prepareRows('select 1 from log').get() !== undefined;
  }

  #create(): void {
    const id = `log_${randomUUID().replaceAll('-', '')}`;
    this.database
      .prepare(
        `insert into log (one, id, id_hash, head, streams) values (1, ?, ?, 0, 0)
         on conflict do nothing`,
      )
      .run(id, hashOf(id));
  }

  #readId(): string {
    const [id, hash] = (
      this.database
        .prepareRows<[Buffer, Buffer]>(`select ${bytes('id')}, ${bytes('id_hash')} from log`)
        .get() ?? []
    ).map((value) => value.toString('latin1'));
    if (id === undefined || hashOf(id) !== hash) throw this.#damaged('its id is unreadable');
    return id;
  }

  /** Position of the last event; 0 when there is none. */
  head(): number {
    const found = this.database
      .prepareRows<[number]>(`select ${integer('head')} from log where one = 1`)
      .get();
    if (found === undefined) throw this.#damaged('its end is unreadable');
    return found[0];
  }

  /** The log ends at `position` and has `newStreams` more streams. */
  setHead(position: number, newStreams: number): void {
    this.database
      .prepare('update log set head = ?, streams = streams + ? where one = 1')
      .run(position, newStreams);
  }

  /** How many streams there are. */
  streams(): number {
    const found = this.database
      .prepareRows<[number]>(`select ${integer('streams')} from log where one = 1`)
      .get();
    return found?.[0] ?? 0;
  }

  streamHead(stream: string): StreamHead | undefined {
    const found = this.database
      .prepareRows<[number, Buffer]>(
        `select ${integer('revision')}, ${bytes('hash')} from streams where stream = ?`,
      )
      .get(stream);
    return found && { revision: found[0], hash: found[1].toString('hex') };
  }

  setStreamHead(stream: string, revision: number, hash: Buffer): void {
    this.database
      .prepare(
        `insert into streams (stream, revision, hash) values (?, ?, ?)
         on conflict do update set revision = excluded.revision, hash = excluded.hash`,
      )
      .run(stream, revision, hash);
  }

  insert(
    position: number,
    stream: string,
    revision: number,
    hash: Buffer,
    canonical: Buffer,
  ): void {
    this.database
      .prepare(
        'insert into events (position, stream, revision, hash, canonical) values (?, ?, ?, ?, ?)',
      )
      .run(position, stream, revision, hash, canonical);
  }

  /** Hashes (hex) and positions of a stream's events from `from` on, at most `count`. */
  stored(stream: string, from: number, count: number): { position: number; hash: string }[] {
    return this.database
      .prepareRows<[number, Buffer]>(
        `select position, ${bytes('hash')} from events where stream = ? and revision >= ?
         order by revision limit ?`,
      )
      .all(stream, from, count)
      .map(([position, hash]) => ({ position, hash: hash.toString('hex') }));
  }

  /** Up to `limit` events after `position` in commit order; fewer before one that is damaged. */
  after(position: number, limit: number): Recorded[] {
    let isWhole = true;
    const events = this.#decode(
      this.database.prepareRows<Packed>(packed('where position > ? order by position')),
      [position, limit],
      (before, unknown) => {
        isWhole = false;
        if (before.length === 0) throw unknown ?? this.#damageAfter(position);
        return before;
      },
    );
    events.forEach((event, index) => {
      if (Number(event.position) !== position + index + 1) {
        throw this.#damaged(`the event at position ${position + index + 1} is missing`);
      }
    });
    if (isWhole && events.length < limit && position + events.length < this.head()) {
      throw this.#damaged(`the event at position ${position + events.length + 1} is missing`);
    }
    return events;
  }

  /** Up to `limit` events of a stream from `from` (inclusive). */
  ofStream(stream: string, from: number, limit: number): Recorded[] {
    const events = this.#decode(
      this.database.prepareRows<Packed>(
        packed('where stream = ? and revision >= ? order by revision'),
      ),
      [stream, from, limit],
      (_, unknown) => {
        throw unknown ?? this.#nameDamage(this.rowsOfStream(stream, from, limit));
      },
    );
    events.forEach((event, index) => {
      if (event.stream !== stream || event.revision !== from + index) {
        const there = `${event.stream}/${event.revision} is there`;
        throw this.#damagedEvent(stream, from + index, there);
      }
    });
    const head = this.streamHead(stream);
    const end = from + events.length - 1;
    if (events.length > 0 && (head === undefined || head.revision < end)) {
      throw this.#damagedEvent(stream, head?.revision ?? -1, 'the stream goes on after its end');
    }
    if (
      head !== undefined &&
      events.length < limit &&
      end < head.revision &&
      from <= head.revision
    ) {
      throw this.#damagedEvent(stream, end + 1, 'it is missing');
    }
    if (head?.revision === end && events.at(-1) && events.at(-1)?.metadata.hash !== head.hash) {
      throw this.#damagedEvent(stream, end, 'it is not the one the stream ends with');
    }
    return events;
  }

  #decode(
    statement: { get(...parameters: (string | number)[]): Packed | undefined },
    parameters: (string | number)[],
    damaged: (before: Recorded[], unknown?: UnknownEvent) => Recorded[],
  ): Recorded[] {
    const [count, positions, hashes, canonicals] = statement.get(...parameters) as Packed;
    if (count === 0 || positions === null) return [];
    const places = positions.toString('latin1').split(',');
    const events: Recorded[] = [];
    let start = 0;
    for (let i = 0; i < count; i++) {
      const newline = canonicals.indexOf(NEWLINE, start);
      const end = newline === -1 ? canonicals.length : newline;
      const bytes = canonicals.subarray(start, end);
      const hash = hashes.toString('hex', i * HASH_BYTES, (i + 1) * HASH_BYTES);
      if (hashOf(bytes) !== hash) return damaged(events);
      try {
        events.push(decodeTrusted(bytes.toString(), hash, BigInt(places[i] as string)));
      } catch (error) {
        if (!(error instanceof UnknownEvent)) throw error;
        this.#remember(error);
        return damaged(events, error);
      }
      start = end + 1;
    }
    return events;
  }

  /** Rows read one by one tell which of them is damaged. */
  #nameDamage(rows: readonly StoredRecord[]): Error {
    for (const { stream, revision, canonical, hash } of rows) {
      const found = hashOf(canonical);
      if (found !== hash) return this.#damagedEvent(stream, revision, mismatch(found, hash));
    }
    return this.#damaged('its rows do not fit together');
  }

  /** The damage of the next event in commit order, with its position if it is certain whose it is. */
  #damageAfter(position: number): Error {
    const [row] = this.rowsAfter(position, 1);
    if (row === undefined || row.position !== BigInt(position + 1)) {
      return this.#damaged(`the event at position ${position + 1} is missing`);
    }
    const whose = this.#whose(row);
    if (whose === undefined) return this.#nameDamage([row]);
    const detail = mismatch(hashOf(row.canonical), row.hash);
    return this.#damagedEvent(whose.stream, whose.revision, detail, row.position);
  }

  /**
   * Whose event a damaged row is: what damages one can damage its stream's name as well, so two of
   * these must say the same: the row's columns, its content, and the chain, in which the next event
   * or the stream's end holds the hash of the right one.
   */
  #whose({ stream, revision, canonical, hash }: StoredRecord): Place | undefined {
    const said = claimed(canonical);
    if (said.stream === stream && said.revision === revision) return said;
    return [{ stream, revision }, said].find((place) => {
      const linked = this.#linkedHash(place);
      return linked !== undefined && (linked === hash || linked === hashOf(canonical));
    });
  }

  /** The hash that the chain demands at this place, as far as an intact event or the end says. */
  #linkedHash({ stream, revision }: Place): string | undefined {
    const head = this.streamHead(stream);
    if (head === undefined || head.revision <= revision) {
      return head?.revision === revision ? head.hash : undefined;
    }
    const [next] = this.rowsOfStream(stream, revision + 1, 1);
    if (next === undefined || hashOf(next.canonical) !== next.hash) return undefined;
    const { metadata, ...there } = JSON.parse(next.canonical) as Place & {
      readonly metadata: { readonly previousHash: string };
    };
    const isNext = there.stream === stream && there.revision === revision + 1;
    return isNext ? metadata.previousHash : undefined;
  }

  /** Damage is remembered, so that it is shown whoever met it. */
  #damagedEvent(stream: string, revision: number, detail: string, position?: bigint): DamagedEvent {
    const damaged = new DamagedEvent(stream, revision, detail, position);
    this.#remember(damaged);
    return damaged;
  }

  #remember(damaged: DamagedEvent): void {
    const name = `${damaged.stream} ${damaged.revision}`;
    if (this.damages.size < DAMAGES || this.damages.has(name)) this.damages.set(name, damaged);
  }

  rowsAfter(position: number, limit: number): StoredRecord[] {
    const rows = this.database
      .prepareRows<Row>(`${row} where position > ? order by position limit ?`)
      .all(position, limit);
    return this.#ascending(rows, position, ([at]) => at);
  }

  rowsOfStream(stream: string, from: number, limit: number): StoredRecord[] {
    const rows = this.database
      .prepareRows<Row>(`${row} where stream = ? and revision >= ? order by revision limit ?`)
      .all(stream, from, limit);
    return this.#ascending(rows, from - 1, ([, , revision]) => revision);
  }

  /** A damaged index can come back to where it was, for ever. */
  #ascending(rows: Row[], after: number, key: (row: Row) => number): StoredRecord[] {
    let previous = after;
    return rows.map((row) => {
      if (!(key(row) > previous)) throw this.#damaged('its rows are out of order');
      previous = key(row);
      return stored(row);
    });
  }

  /** Up to `limit` stream heads after the name `after`, by name. */
  heads(after: string, limit: number): ({ stream: string } & StreamHead)[] {
    const rows = this.database
      .prepareRows<[Buffer, number, Buffer, number, Buffer]>(
        `select ${bytes('s.stream')}, ${integer('s.revision')}, ${bytes('s.hash')},
           ${integer('e.revision')}, ${bytes('e.hash')}
         from (select * from streams where stream > ? order by stream limit ?) s
         left join events e on e.stream = s.stream
           and e.revision = (select max(revision) from events where stream = s.stream)
         order by s.stream`,
      )
      .all(after, limit);
    let previous: Buffer = Buffer.from(after);
    return rows.map(([name, revision, hash, lastRevision, lastHash]) => {
      if (Buffer.compare(name, previous) <= 0) throw this.#damaged('its streams are out of order');
      previous = name;
      const stream = this.#text(name);
      if (revision !== lastRevision || !hash.equals(lastHash)) {
        throw this.#damagedEvent(stream, revision, 'it is not the one the stream ends with');
      }
      return { stream, revision, hash: hash.toString('hex') };
    });
  }

  /** Call it when heads were read to their end and `found` of at least `expected` were there. */
  allStreams(found: number, expected: number): void {
    if (found < expected) throw this.#damaged(`${expected - found} of its streams are not found`);
  }

  #text(bytes: Buffer): string {
    try {
      return utf8.decode(bytes);
    } catch {
      throw this.#damaged('a stream name is unreadable');
    }
  }

  #damaged(detail: string): DatabaseDamaged {
    return new DatabaseDamaged(
      this.database.path,
      `the event log is damaged (${detail}); restore it from a backup`,
    );
  }
}

const mismatch = (found: string, stored: string): string =>
  `its hash is ${found}, stored was ${stored}`;

const stored = ([position, stream, revision, hash, canonical]: Row): StoredRecord => {
  const hex = hash.toString('hex');
  return {
    stream: stream.toString(),
    revision,
    id: idOf(hex),
    position: BigInt(position),
    canonical: canonical.toString(),
    hash: hex,
  };
};
