import { DatabaseError } from '#database/errors.js';
import { Postgres, type PostgresOptions } from '#database/postgres.js';
import { asked } from '#database/postgres-examining.js';
import { migratePostgres } from '#database/postgres-migrations.js';
import { checksum, isWhole, PIECE_BYTES, Snapshots, type Snapshot } from './snapshots.js';

const MIGRATIONS = [
  `create table snapshots (
     stream text primary key,
     name text not null,
     revision bigint not null,
     hash text not null,
     checksum text not null,
     bytes bigint not null,
     content bigint not null
   );
   create sequence contents;
   create table pieces (
     content bigint not null,
     piece bigint not null,
     bytes bytea not null,
     written timestamptz not null default now(),
     primary key (content, piece)
   );
   alter table pieces alter column bytes set storage external;`,
];

/** What a save that never finished has left is of no node's by then. */
const SWEEP = `delete from pieces where written < now() - interval '1 day'
  and content not in (select content from snapshots)`;

type Row = Omit<Snapshot, 'stream' | 'payload'> & {
  readonly checksum: string;
  readonly bytes: number;
  readonly content: number;
};

/** Somebody has taken the tables away: the next start makes them anew. */
const isGone = (error: unknown): boolean => (error as { code?: unknown }).code === '42P01';

/** Snapshots in one schema of PostgreSQL, for any number of nodes. */
export class PostgresSnapshots extends Snapshots {
  private constructor(private readonly database: Postgres) {
    super();
  }

  /** Throws the errors of `libs/database`. */
  static async open(options: PostgresOptions): Promise<PostgresSnapshots> {
    const database = new Postgres(options);
    try {
      await migratePostgres(database, MIGRATIONS);
      await database.query(SWEEP);
    } catch (error) {
      await database.close();
      throw error;
    }
    return new PostgresSnapshots(database);
  }

  /** Changes nothing. Throws what keeps it from being opened. */
  static examine(options: PostgresOptions): Promise<void> {
    return asked(new Postgres(options), MIGRATIONS, async () => undefined);
  }

  async load(stream: string, name: string): Promise<Snapshot | undefined> {
    try {
      return await this.#load(stream, name);
    } catch (error) {
      // The log has everything, and does not wait for this.
      if (error instanceof DatabaseError || isGone(error)) return undefined;
      throw error;
    }
  }

  async #load(stream: string, name: string): Promise<Snapshot | undefined> {
    const row = await this.#row(stream);
    if (row === undefined || row.name !== name) return undefined;
    const pieces: Buffer[] = [];
    for (let piece = 0; piece * PIECE_BYTES < row.bytes; piece++) {
      const [found] = await this.database.all<{ bytes: Buffer }>(
        'select bytes from pieces where content = $1 and piece = $2',
        [row.content, piece],
      );
      if (found !== undefined) pieces.push(found.bytes);
    }
    const payload = Buffer.concat(pieces);
    const { revision, hash } = row;
    const snapshot = { stream, name, revision, hash, payload };
    if (isWhole(snapshot, row)) return snapshot;
    // Or another node has put a later one in its place meanwhile.
    if ((await this.#row(stream))?.content === row.content) await this.remove(stream);
    return undefined;
  }

  async save(snapshot: Snapshot): Promise<void> {
    try {
      await this.#save(snapshot);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }

  async #save(snapshot: Snapshot): Promise<void> {
    const { stream, name, revision, hash, payload } = snapshot;
    const [next] = await this.database.all<{ content: number }>(
      "select nextval('contents') as content",
    );
    const { content } = next!;
    for (let piece = 0; piece * PIECE_BYTES < payload.length; piece++) {
      const bytes = payload.subarray(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES);
      await this.database.query(
        'insert into pieces (content, piece, bytes) values ($1, $2, $3)',
        [content, piece, bytes],
        true,
      );
    }
    await this.database.transaction(async (run) => {
      // One after the other: of two first ones neither would see the other's row.
      await run('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`snapshot of ${stream}`]);
      const before = await run('select content from snapshots where stream = $1 for update', [
        stream,
      ]);
      const { changes } = await run(
        `insert into snapshots as known (stream, name, revision, hash, checksum, bytes, content)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (stream) do update set name = excluded.name, revision = excluded.revision,
           hash = excluded.hash, checksum = excluded.checksum, bytes = excluded.bytes,
           content = excluded.content
         where known.name <> excluded.name or known.revision <= excluded.revision`,
        [stream, name, revision, hash, checksum(snapshot), payload.length, content],
      );
      const [row] = before.rows as Pick<Row, 'content'>[];
      // A later one is there, and this one not to be kept; or nobody names the one before any more.
      const useless = changes === 0 ? content : row?.content;
      if (useless !== undefined) await run('delete from pieces where content = $1', [useless]);
    });
  }

  async remove(stream: string): Promise<void> {
    await this.database.query(
      `with gone as (delete from snapshots where stream = $1 returning content)
       delete from pieces using gone where pieces.content = gone.content`,
      [stream],
    );
  }

  async #row(stream: string): Promise<Row | undefined> {
    const [row] = await this.database.all<Row>(
      'select name, revision, hash, checksum, bytes, content from snapshots where stream = $1',
      [stream],
    );
    return row;
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}
