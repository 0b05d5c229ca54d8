import type { CompiledQuery, Kysely } from 'kysely';
import { DatabaseError, DatabaseLocked } from '#database/errors.js';
import { migrate } from '#database/migrations.js';
import {
  openDatabase,
  type Bindable,
  type Database,
  type Statement as Prepared,
} from '#database/sqlite.js';
import { InBuild, type Runnable } from './builds.js';
import { MIGRATIONS } from './migrations.js';
import type { Tables } from './rows.js';
import type { CompiledStatement, Statement } from './statement.js';

export type Value = Bindable;

/** The store itself is the trouble (locked, full, damaged), not what it was asked. */
export const isOutage = (error: unknown): boolean => error instanceof DatabaseError;

/** Pages of 4 KiB the WAL grows to before it is moved into the file: hot pages move once. */
const WAL_PAGES = 8000;

/** Pages kept in memory, in KiB: indexes are written all over. */
const CACHE_KIB = 48 * 1024;

/** The read models in one SQLite file. Calls block; nothing is seen of a transaction before its end. */
export class ReadStore {
  /** Reads, through the views. */
  readonly db: Kysely<Tables>;
  readonly #database: Database;
  readonly #reading: Statements;

  /** Opens or creates the file at `path`. Throws the errors of `libs/database`. */
  constructor(path: string) {
    this.#database = openDatabase(path);
    try {
      migrate(this.#database, MIGRATIONS);
      // What is lost with the power is read from the log again.
      this.#database.exec('pragma synchronous = normal');
      this.#database.exec(`pragma wal_autocheckpoint = ${WAL_PAGES}`);
      this.#database.exec(`pragma cache_size = -${CACHE_KIB}`);
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.db = this.#database.kysely<Tables>();
    this.#reading = new Statements(this.#database, this.db);
  }

  /** All or nothing; `work` does not wait for anything. */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  /** As `transaction`, and on disk when it returns: for what can't be read from the log again. */
  durably<T>(work: () => T): T {
    this.#database.exec('pragma synchronous = full');
    try {
      return this.#database.transaction(work);
    } finally {
      this.#database.exec('pragma synchronous = normal');
    }
  }

  /** Statements on the tables everybody reads. */
  get statements(): Statements {
    return this.#reading;
  }

  /** Statements on one build of these tables. */
  inBuild(tables: readonly string[], build: number): Statements {
    return new Statements(this.#database, this.db.withPlugin(new InBuild(tables, build)));
  }

  /** Runs what will not be run again; how many rows it changed. */
  runOnce({ sql, parameters }: CompiledQuery): number {
    return this.#database.prepare(sql).run(...(parameters as Bindable[])).changes;
  }

  /** Changes the schema. */
  define(changes: readonly Runnable[]): void {
    for (const change of changes) this.#database.exec(change.compile().sql);
  }

  /**
   * Moves the WAL into the file, so that what was erased is gone from both. False while another
   * reader holds it: try again.
   */
  truncate(): boolean {
    try {
      this.#database.checkpoint();
      return true;
    } catch (error) {
      if (error instanceof DatabaseLocked) return false;
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** Runs statements, each compiled when it is first run. */
export class Statements {
  readonly #known = new Map<object, { compiled: CompiledStatement; prepared: Prepared<unknown> }>();

  constructor(
    private readonly database: Database,
    private readonly db: Kysely<Tables>,
  ) {}

  /** How many rows it changed. */
  run<Values>(statement: Statement<Values>, values: Values): number {
    const { compiled, prepared } = this.#prepared(statement);
    return prepared.run(...compiled.bind(values as Record<string, Bindable>)).changes;
  }

  all<Values, Row>(question: Statement<Values, Row>, values: Values): Row[] {
    const { compiled, prepared } = this.#prepared(question);
    return prepared.all(...compiled.bind(values as Record<string, Bindable>)) as Row[];
  }

  first<Values, Row>(question: Statement<Values, Row>, values: Values): Row | undefined {
    const { compiled, prepared } = this.#prepared(question);
    return prepared.get(...compiled.bind(values as Record<string, Bindable>)) as Row | undefined;
  }

  #prepared<Values, Row>(statement: Statement<Values, Row>) {
    const known = this.#known.get(statement);
    if (known !== undefined) return known;
    const compiled = statement.compile(this.db);
    const fresh = { compiled, prepared: this.database.prepare<unknown>(compiled.sql) };
    this.#known.set(statement, fresh);
    return fresh;
  }
}
