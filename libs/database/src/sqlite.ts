import fs from 'node:fs';
import { Kysely, SqliteDialect } from 'kysely';
import Libsql from 'libsql';
import { CommitFailed, DatabaseDamaged, DatabaseError, typed } from './errors.js';
import { storable, type Bindable, type SqlValue } from './values.js';

export interface RunResult {
  /** Rows inserted, updated or deleted. */
  readonly changes: number;
  readonly lastInsertRowid: number;
}

/** A prepared statement. Nothing stays open between calls. */
export interface Statement<Row> {
  all(...parameters: readonly Bindable[]): Row[];
  get(...parameters: readonly Bindable[]): Row | undefined;
  run(...parameters: readonly Bindable[]): RunResult;
}

/** One connection to one SQLite file. Every call blocks; every error is typed, see errors.ts. */
export interface Database {
  readonly path: string;
  /** Rows as objects. Statements are kept by their text: use parameters. */
  prepare<Row = Record<string, SqlValue>>(sql: string): Statement<Row>;
  /** Rows as arrays, which is faster. */
  prepareRows<Row extends readonly SqlValue[]>(sql: string): Statement<Row>;
  exec(sql: string): void;
  /**
   * Runs `work` in one immediate transaction: all or nothing, durable when it returns, or, where
   * `flush` is asked for, when that has resolved. Throws `CommitFailed` when COMMIT itself failed;
   * with any other error nothing was written.
   */
  transaction<T>(work: () => T): T;
  /**
   * Resolves once everything committed before is on disk; another thread waits for the disk. Throws
   * `CommitFailed`, and then for ever: nobody knows what a disk has kept that once failed.
   */
  flush(): Promise<void>;
  /** Kysely over this connection. Its transactions and `transaction` above must not interleave. */
  kysely<Schema>(): Kysely<Schema>;
  /** Moves the WAL into the file and cuts it to nothing, so that erased bytes are gone from both. */
  checkpoint(): void;
  /** Reads the whole file for damaged pages; throws `DatabaseDamaged`. */
  quickCheck(): void;
  close(): void;
}

export interface OpenOptions {
  readonly readonly?: boolean;
  /** How long to wait for another process's lock, in milliseconds. */
  readonly busyTimeout?: number;
  /** `delete`: no WAL; only for a file that is nothing but a lock. */
  readonly journal?: 'wal' | 'delete';
  /** `asked`: a transaction is durable once `flush` has resolved, not when it returns. */
  readonly flushed?: 'always' | 'asked';
}

type Driver = Libsql.Database;
type DriverStatement = Libsql.Statement;

/** Statements kept per connection; the least recently used one goes first. */
const STATEMENTS = 200;

/**
 * Opens (and, unless `readonly`, creates) a database: WAL, `synchronous=FULL`, `secure_delete`.
 * `:memory:` is a database that nobody else sees.
 */
export const openDatabase = (path: string, options: OpenOptions = {}): Database => {
  const { readonly = false, busyTimeout = 2000, journal = 'wal', flushed = 'always' } = options;
  try {
    // Made here so that only its owner reads it; SQLite gives the WAL the same mode.
    if (!readonly && path !== ':memory:') fs.closeSync(fs.openSync(path, 'a', 0o600));
    const driver = new Libsql(readonly ? readonlyUri(path) : path, { timeout: busyTimeout });
    try {
      if (!readonly && journal === 'wal') driver.pragma('journal_mode = WAL');
      // NORMAL leaves out the flush of the WAL at every commit, and nothing else.
      driver.pragma(`synchronous = ${flushed === 'asked' ? 'NORMAL' : 'FULL'}`);
      driver.pragma('secure_delete = ON');
      driver.pragma('foreign_keys = ON');
      driver.pragma('cell_size_check = ON');
      // The first look at the schema is where a damaged file shows.
      driver.prepare('select count(*) from sqlite_schema').raw().all([]);
    } catch (error) {
      driver.close();
      throw error;
    }
    return new Connection(path, driver, readonly);
  } catch (error) {
    throw typed(path, error);
  }
};

const readonlyUri = (path: string): string =>
  `file:${path.replaceAll('%', '%25').replaceAll('?', '%3f').replaceAll('#', '%23')}?mode=ro`;

class Connection implements Database {
  readonly #statements = new Map<string, PreparedStatement<never>>();
  /** The WAL, to be flushed: no lock of SQLite's is on this file, so it may be closed again. */
  #wal: number | undefined;
  #unflushed: CommitFailed | undefined;
  #closed = false;

  constructor(
    readonly path: string,
    private readonly driver: Driver,
    private readonly readonly: boolean,
  ) {}

  prepare<Row>(sql: string): Statement<Row> {
    return this.#prepared<Row>(sql, false);
  }

  prepareRows<Row extends readonly SqlValue[]>(sql: string): Statement<Row> {
    return this.#prepared<Row>(sql, true);
  }

  #prepared<Row>(sql: string, rows: boolean): PreparedStatement<Row> {
    const key = `${rows ? 'rows' : 'objects'} ${sql}`;
    const known = this.#statements.get(key);
    this.#statements.delete(key);
    const statement = known ?? new PreparedStatement<never>(this.path, this.#compile(sql), rows);
    this.#statements.set(key, statement);
    const oldest = this.#statements.keys().next().value;
    if (this.#statements.size > STATEMENTS && oldest !== undefined) this.#statements.delete(oldest);
    return statement;
  }

  #compile(sql: string): DriverStatement {
    if (this.#closed) throw new DatabaseError(this.path, 'is closed');
    try {
      return this.driver.prepare(sql);
    } catch (error) {
      throw typed(this.path, error);
    }
  }

  exec(sql: string): void {
    if (this.#closed) throw new DatabaseError(this.path, 'is closed');
    try {
      this.driver.exec(sql);
    } catch (error) {
      throw typed(this.path, error);
    }
  }

  transaction<T>(work: () => T): T {
    this.exec('begin immediate');
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.#rollback();
      throw error;
    }
    try {
      this.exec('commit');
    } catch (error) {
      this.#rollback();
      const detail = error instanceof Error ? error.message : String(error);
      throw new CommitFailed(this.path, `the commit failed: ${detail}`, { cause: error });
    }
    return result;
  }

  async flush(): Promise<void> {
    if (this.#unflushed !== undefined) throw this.#unflushed;
    if (this.path === ':memory:') return;
    try {
      this.#wal ??= fs.openSync(`${this.path}-wal`, 'r');
      await flushed(this.#wal);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      const because = { cause: error };
      this.#unflushed = new CommitFailed(this.path, `the disk did not take it: ${detail}`, because);
      throw this.#unflushed;
    }
  }

  /** After some errors SQLite has rolled back already; a second rollback then fails, harmlessly. */
  #rollback(): void {
    if (!this.driver.inTransaction) return;
    try {
      this.driver.exec('rollback');
    } catch {
      // The first error is the one that counts.
    }
  }

  kysely<Schema>(): Kysely<Schema> {
    const connection = this.#statementsForKysely();
    return new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
  }

  #statementsForKysely() {
    return {
      prepare: (sql: string) => {
        const statement = this.#prepared<Record<string, SqlValue>>(sql, false);
        const bindable = (parameters: readonly unknown[]) => parameters as readonly Bindable[];
        return {
          reader: statement.reader,
          all: (parameters: readonly unknown[]) => statement.all(...bindable(parameters)),
          run: (parameters: readonly unknown[]) => statement.run(...bindable(parameters)),
          // Whole, not row by row: a half-read statement would keep the WAL from being cut.
          iterate: (parameters: readonly unknown[]) =>
            statement.all(...bindable(parameters))[Symbol.iterator](),
        };
      },
      // The connection is closed by whoever opened it.
      close: () => undefined,
    };
  }

  checkpoint(): void {
    const [row] = this.prepareRows<[number, number, number]>(
      'pragma wal_checkpoint(truncate)',
    ).all();
    if (row !== undefined && row[0] !== 0) {
      throw typed(this.path, Object.assign(new Error('checkpoint'), { code: 'SQLITE_BUSY' }));
    }
  }

  quickCheck(): void {
    const [row] = this.prepareRows<[string]>('pragma quick_check(1)').all();
    if (row?.[0] !== 'ok') {
      throw new DatabaseDamaged(this.path, `is damaged (${row?.[0]}); restore it from a backup`);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rollback();
    // The driver lets go of the file only when its statements are collected: too late to leave
    // the WAL to it. What can't be moved now is found there by the next to open the file.
    if (!this.readonly) {
      try {
        this.driver.pragma('wal_checkpoint(truncate)');
      } catch {
        // A full disk or a damaged file, which was reported when it was met.
      }
    }
    this.#statements.clear();
    this.driver.close();
    if (this.#wal !== undefined) fs.closeSync(this.#wal);
  }
}

const flushed = (file: number): Promise<void> =>
  new Promise((resolve, reject) => {
    fs.fdatasync(file, (error) => (error === null ? resolve() : reject(error)));
  });

class PreparedStatement<Row> implements Statement<Row> {
  readonly reader: boolean;

  constructor(
    private readonly path: string,
    private readonly statement: DriverStatement,
    private readonly rows: boolean,
  ) {
    this.reader = statement.reader;
    if (rows) statement.raw();
  }

  all(...parameters: readonly Bindable[]): Row[] {
    try {
      const rows = this.statement.all(parameters.map(bound)) as object[];
      for (const row of rows) unwrap(row);
      return rows as Row[];
    } catch (error) {
      throw typed(this.path, error);
    }
  }

  get(...parameters: readonly Bindable[]): Row | undefined {
    try {
      const row = this.statement.get(parameters.map(bound)) as object | undefined;
      if (row === undefined) return undefined;
      // The driver adds its timings to single objects.
      if (!this.rows) delete (row as { _metadata?: unknown })._metadata;
      return unwrap(row) as Row;
    } catch (error) {
      throw typed(this.path, error);
    }
  }

  run(...parameters: readonly Bindable[]): RunResult {
    try {
      const { changes, lastInsertRowid } = this.statement.run(parameters.map(bound));
      return { changes, lastInsertRowid: Number(lastInsertRowid) };
    } catch (error) {
      throw typed(this.path, error);
    }
  }
}

/**
 * The driver binds every number as a real, cuts text at a NUL, and ends the whole process on a
 * boolean, a date or an object: nothing it can't bind gets that far.
 */
const bound = (value: Bindable): SqlValue => {
  switch (typeof value) {
    case 'string':
      return storable(value);
    case 'number':
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    case 'bigint':
      return value;
    case 'boolean':
      return value ? 1n : 0n;
    default:
      if (value === null || value instanceof Uint8Array) return value;
      throw new TypeError(`${typeof value} can't be bound to a statement`);
  }
};

/** Blobs arrive as an `ArrayBuffer` from some calls and as a `Buffer` from others. */
const unwrap = (row: object): object => {
  const values = row as Record<string, unknown>;
  for (const name in values) {
    const value = values[name];
    if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array)) {
      values[name] = Buffer.from(value as ArrayBuffer);
    }
  }
  return row;
};
