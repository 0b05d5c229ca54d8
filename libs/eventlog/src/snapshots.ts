import { rmSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DatabaseDamaged } from '#database/errors.js';
import { migrate } from '#database/migrations.js';
import { type Database, openDatabase } from '#database/sqlite.js';
import { hashOf } from './codec.js';

/** The state of a stream after some event, as it was folded. */
export interface Snapshot {
  readonly stream: string;
  /** Which fold made it: `state@N`. */
  readonly name: string;
  /** Of the last event in it. Use it only if the log has this hash at this revision. */
  readonly revision: number;
  readonly hash: string;
  readonly payload: Buffer;
}

/** One snapshot per stream. Losing one costs time, never facts. */
export abstract class Snapshots {
  /**
   * The stream's snapshot, or `undefined`: there is none, another fold made it, or it does not
   * have the checksum it was written with, and is removed.
   */
  abstract load(stream: string, name: string): Promise<Snapshot | undefined>;

  /** Takes the place of the one before, unless that is of a later revision of the same fold. */
  abstract save(snapshot: Snapshot): Promise<void>;

  abstract remove(stream: string): Promise<void>;

  abstract close(): Promise<void>;
}

/**
 * The payload lies in pieces, each written in a turn of its own, so that a state of 30 MB stops
 * nobody. Not compressed: inflating takes longer than reading what it saves.
 */
export const PIECE_BYTES = 1024 * 1024;

const MIGRATIONS = [
  `create table snapshots (
     stream text primary key,
     name text not null,
     revision integer not null,
     hash text not null,
     checksum text not null,
     bytes integer not null,
     content integer not null
   ) strict, without rowid;
   create table pieces (
     content integer not null,
     piece integer not null,
     bytes blob not null,
     primary key (content, piece)
   ) strict;`,
];

interface Row {
  readonly name: string;
  readonly revision: number;
  readonly hash: string;
  readonly checksum: string;
  readonly bytes: number;
  readonly content: number;
}

export class SqliteSnapshots extends Snapshots {
  readonly #database: Database;
  #nextContent: number;
  #closed = false;

  constructor(path: string) {
    super();
    this.#database = openOrBeginAnew(path);
    const last = this.#database
      .prepareRows<[number | null]>('select max(content) from snapshots')
      .get();
    this.#nextContent = (last?.[0] ?? 0) + 1;
  }

  async load(stream: string, name: string): Promise<Snapshot | undefined> {
    try {
      return await this.#load(stream, name);
    } catch (error) {
      // The log has everything; the file is begun anew at the next start, if it must be.
      if (error instanceof DatabaseDamaged) return undefined;
      throw error;
    }
  }

  async #load(stream: string, name: string): Promise<Snapshot | undefined> {
    const row = this.#row(stream);
    if (row === undefined || row.name !== name) return undefined;
    const pieces = this.#database
      .prepareRows<[Buffer]>('select bytes from pieces where content = ? order by piece')
      .all(row.content);
    const payload = Buffer.concat(pieces.map(([bytes]) => bytes));
    const { revision, hash } = row;
    const snapshot = { stream, name, revision, hash, payload };
    if (isWhole(snapshot, row)) return snapshot;
    await this.remove(stream);
    return undefined;
  }

  async save(snapshot: Snapshot): Promise<void> {
    const { stream, name, revision, hash, payload } = snapshot;
    const content = this.#nextContent++;
    for (let piece = 0; piece * PIECE_BYTES < payload.length; piece++) {
      if (this.#closed) return;
      const bytes = payload.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
      this.#database
        .prepare('insert into pieces (content, piece, bytes) values (?, ?, ?)')
        .run(content, piece, bytes);
      await nextTurn();
    }
    if (this.#closed) return;
    const before = this.#row(stream);
    if (before !== undefined && before.name === name && before.revision > revision) {
      await this.#removePieces(content);
      return;
    }
    this.#database
      .prepare(
        `insert into snapshots (stream, name, revision, hash, checksum, bytes, content)
         values (?, ?, ?, ?, ?, ?, ?)
         on conflict do update set name = excluded.name, revision = excluded.revision,
           hash = excluded.hash, checksum = excluded.checksum, bytes = excluded.bytes,
           content = excluded.content`,
      )
      .run(stream, name, revision, hash, checksum(snapshot), payload.length, content);
    if (before !== undefined) await this.#removePieces(before.content);
  }

  async remove(stream: string): Promise<void> {
    const row = this.#row(stream);
    if (row === undefined) return;
    this.#database.prepare('delete from snapshots where stream = ?').run(stream);
    await this.#removePieces(row.content);
  }

  async #removePieces(content: number): Promise<void> {
    while (!this.#closed) {
      const { changes } = this.#database
        .prepare(
          `delete from pieces where content = ?1
           and piece = (select min(piece) from pieces where content = ?1)`,
        )
        .run(content);
      if (changes === 0) return;
      await nextTurn();
    }
  }

  #row(stream: string): Row | undefined {
    return this.#database
      .prepare<Row>(
        'select name, revision, hash, checksum, bytes, content from snapshots where stream = ?',
      )
      .get(stream);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#database.close();
  }
}

/** What is damaged holds nothing that the log does not: it gives place to an empty file. */
function openOrBeginAnew(path: string): Database {
  try {
    return opened(path);
  } catch (error) {
    if (!(error instanceof DatabaseDamaged)) throw error;
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
    return opened(path);
  }
}

function opened(path: string): Database {
  const database = openDatabase(path);
  try {
    migrate(database, MIGRATIONS);
    // What a save that never finished has left behind.
    database
      .prepare('delete from pieces where content not in (select content from snapshots)')
      .run();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Over everything a load answers, not the payload alone. */
export const checksum = ({ stream, name, revision, hash, payload }: Snapshot): string =>
  hashOf(JSON.stringify([stream, name, revision, hash, hashOf(payload)]));

/** Is it what was saved? */
export const isWhole = (
  snapshot: Snapshot,
  saved: { readonly bytes: number; readonly checksum: string },
): boolean => snapshot.payload.length === saved.bytes && checksum(snapshot) === saved.checksum;
