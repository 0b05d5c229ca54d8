import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CompiledQuery, Kysely } from 'kysely';
import { DatabaseLocked } from '#database/errors.js';
import { migrate } from '#database/migrations.js';
import { openDatabase, type Database, type Statement as Prepared } from '#database/sqlite.js';
import type { Bindable } from '#database/values.js';
import { createTables, InBuild, showBuild, SQLITE, type Runnable } from './builds.js';
import { dropTables, emptyTables } from './discarding.js';
import { MIGRATIONS } from './migrations.js';
import type { Tables } from './rows.js';
import { isScript, type Script } from './script.js';
import type { CompiledStatement, Statement } from './statement.js';
import { ReadStore, Rows, Writer } from './store.js';
import type { Table } from './tables.js';

/** Pages of 4 KiB the WAL grows to before it is moved into the file: hot pages move once. */
const WAL_PAGES = 8000;

/** Pages kept in memory, in KiB: indexes are written all over. */
const CACHE_KIB = 48 * 1024;

/** The read models in one SQLite file. Every call is answered before it returns. */
export class SqliteReadStore extends ReadStore {
  readonly db: Kysely<Tables>;
  readonly #database: Database;
  readonly #reading: Statements;

  /** Opens or creates the file at `path`. Throws the errors of `libs/database`. */
  constructor(path: string) {
    super();
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

  async all<Values, Row>(question: Statement<Values, Row>, values: Values): Promise<Row[]> {
    return this.#reading.rowsOf(question, values);
  }

  override async first<Values, Row>(
    question: Statement<Values, Row>,
    values: Values,
  ): Promise<Row | undefined> {
    return this.#reading.rowOf(question, values);
  }

  /** The directory is locked: there is nobody else. */
  writer(): SqliteWriter {
    return new SqliteWriter(this.#database, this.db, this.#reading);
  }

  /** One after the other all are, whatever they are called. */
  change<T>(_: string, work: (rows: Rows) => T | Script<T>): Promise<T> {
    return this.writer().durably(() => work(this.#reading));
  }

  async close(): Promise<void> {
    this.#database.close();
  }
}

class SqliteWriter extends Writer {
  readonly lost = new AbortController().signal;
  readonly isRemote = false;

  constructor(
    private readonly database: Database,
    private readonly db: Kysely<Tables>,
    readonly rows: Rows,
  ) {
    super();
  }

  async acquire(): Promise<void> {
    // It is held for as long as the directory is.
  }

  async transaction<T>(work: () => T | Script<T>): Promise<T> {
    return this.database.transaction(() => resultOf(work()));
  }

  async durably<T>(work: () => T | Script<T>): Promise<T> {
    this.database.exec('pragma synchronous = full');
    try {
      return this.database.transaction(() => resultOf(work()));
    } finally {
      this.database.exec('pragma synchronous = normal');
    }
  }

  inBuild(tables: readonly string[], build: number): Rows {
    return new Statements(this.database, this.db.withPlugin(new InBuild(tables, build)));
  }

  createTables(tables: readonly Table[], build: number): void {
    this.#define(createTables(this.db, tables, build, SQLITE));
  }

  /** Nobody waits for a reader here. */
  async isFree(): Promise<boolean> {
    return true;
  }

  showBuild(tables: readonly string[], build: number): void {
    this.#define(showBuild(this.db, tables, build));
  }

  async discard(
    shape: string,
    build: number,
    rest: () => void,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (const portion of emptyTables(this.db, shape, build)) {
      while (this.#runOnce(portion) > 0) {
        if (signal.aborted) return false;
        await nextTurn();
      }
    }
    this.database.transaction(() => {
      this.#define(dropTables(this.db, shape, build));
      rest();
    });
    return true;
  }

  /** Moves the WAL into the file, so that what was erased is gone from both. */
  async truncate(): Promise<boolean> {
    try {
      this.database.checkpoint();
      return true;
    } catch (error) {
      if (error instanceof DatabaseLocked) return false;
      throw error;
    }
  }

  release(): void {
    // As above.
  }

  #runOnce({ sql, parameters }: CompiledQuery): number {
    return this.database.prepare(sql).run(...(parameters as Bindable[])).changes;
  }

  #define(changes: readonly Runnable[]): void {
    for (const change of changes) this.database.exec(change.compile().sql);
  }
}

/** What a script comes to that never has to wait. */
function resultOf<T>(result: T | Script<T>): T {
  if (!isScript(result)) return result;
  const { done, value } = result.next([]);
  if (done !== true) throw new Error('a script waits for an answer it has been given');
  return value;
}

/** Runs statements, each compiled when it is first run. */
class Statements extends Rows {
  readonly #known = new Map<object, { compiled: CompiledStatement; prepared: Prepared<unknown> }>();

  constructor(
    private readonly database: Database,
    private readonly db: Kysely<Tables>,
  ) {
    super();
  }

  run<Values>(statement: Statement<Values>, values: Values): void {
    this.#changed(statement, values);
  }

  *count<Values>(statement: Statement<Values>, values: Values): Script<number> {
    return this.#changed(statement, values);
  }

  *all<Values, Row>(question: Statement<Values, Row>, values: Values): Script<Row[]> {
    return this.rowsOf(question, values);
  }

  override *first<Values, Row>(
    question: Statement<Values, Row>,
    values: Values,
  ): Script<Row | undefined> {
    return this.rowOf(question, values);
  }

  *settled(): Script<void> {
    // A statement that fails throws where it is run.
  }

  rowOf<Values, Row>(question: Statement<Values, Row>, values: Values): Row | undefined {
    const { compiled, prepared } = this.#prepared(question);
    return prepared.get(...compiled.bind(values as Record<string, Bindable>)) as Row | undefined;
  }

  rowsOf<Values, Row>(question: Statement<Values, Row>, values: Values): Row[] {
    const { compiled, prepared } = this.#prepared(question);
    return prepared.all(...compiled.bind(values as Record<string, Bindable>)) as Row[];
  }

  #changed<Values>(statement: Statement<Values>, values: Values): number {
    const { compiled, prepared } = this.#prepared(statement);
    return prepared.run(...compiled.bind(values as Record<string, Bindable>)).changes;
  }

  #prepared<Values, Row>(statement: Statement<Values, Row>) {
    const known = this.#known.get(statement);
    if (known !== undefined) return known;
    const compiled = statement.compile(this.db, SQLITE.given);
    const fresh = { compiled, prepared: this.database.prepare<unknown>(compiled.sql) };
    this.#known.set(statement, fresh);
    return fresh;
  }
}
