import type { Kysely } from 'kysely';
import { Postgres, type Answered, type Call, type PostgresOptions } from '#database/postgres.js';
import { migratePostgres } from '#database/postgres-migrations.js';
import type { Bindable } from '#database/values.js';
import { POSTGRES } from './builds.js';
import { Gathered } from './gathered.js';
import { POSTGRES_MIGRATIONS } from './migrations.js';
import { ask, RemoteRows, resultOf } from './postgres-rows.js';
import { PostgresWriter } from './postgres-writer.js';
import type { Tables } from './rows.js';
import type { Script } from './script.js';
import type { CompiledStatement, Statement } from './statement.js';
import { ReadStore, type Rows } from './store.js';

/** Until the end of the transaction nobody else has it; no writer has one that is called so. */
const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';

/** The read models in one schema of PostgreSQL: any number of nodes read, one of them writes. */
export class PostgresReadStore extends ReadStore {
  readonly db: Kysely<Tables>;
  readonly #writers: PostgresWriter[] = [];
  readonly #known = new Map<object, CompiledStatement>();

  private constructor(private readonly database: Postgres) {
    super();
    this.db = database.kysely<Tables>();
  }

  /** Makes what is missing. Throws the errors of `libs/database`. */
  static async open(options: PostgresOptions): Promise<PostgresReadStore> {
    const database = new Postgres(options);
    try {
      await migratePostgres(database, POSTGRES_MIGRATIONS);
    } catch (error) {
      await database.close();
      throw error;
    }
    return new PostgresReadStore(database);
  }

  async all<Values, Row>(question: Statement<Values, Row>, values: Values): Promise<Row[]> {
    let compiled = this.#known.get(question);
    if (compiled === undefined) {
      compiled = question.compile(this.db, POSTGRES.given);
      this.#known.set(question, compiled);
    }
    return this.database.all(compiled.sql, compiled.bind(values as Record<string, Bindable>));
  }

  writer(name: string): PostgresWriter {
    const writer = new PostgresWriter(this.database, this.db, name);
    this.#writers.push(writer);
    return writer;
  }

  /** On a connection of the pool: it holds nothing when it is over. */
  change<T>(name: string, work: (rows: Rows) => T | Script<T>): Promise<T> {
    return this.database.transaction(async (run) => {
      await run(LOCK, [`${this.database.options.schema} change ${name}`]);
      const queue = new Gathered();
      const rows = new RemoteRows(this.db, (call) => queue.add(call));
      const send = async (calls: readonly Call[]): Promise<readonly Answered[]> => {
        const answers: Answered[] = [];
        for (const { sql, parameters } of calls) answers.push(await run(sql, parameters));
        return answers;
      };
      return resultOf(work(rows), (asked) => ask(queue, asked, send));
    });
  }

  async close(): Promise<void> {
    for (const writer of this.#writers) writer.release();
    await this.database.close();
  }
}
