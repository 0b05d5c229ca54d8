/** The one file that speaks to PostgreSQL: pooled reads, transactions, and sessions that hold locks. */
import { createHash } from 'node:crypto';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { CommitFailed, DatabaseError, DatabaseLocked } from './errors.js';
import { typedByServer } from './postgres-errors.js';
import { bound, literal, type Parameter } from './postgres-values.js';
import type { Bindable } from './values.js';

export interface PostgresOptions {
  readonly url: string;
  /** Tables are looked for, and made, in this schema: `[a-z_][a-z0-9_]*`, at most 40 characters. */
  readonly schema: string;
  /** Most connections that are open at a time; 8 where left out. Sessions come on top. */
  readonly connections?: number;
  /** Milliseconds a statement may take; 30,000 where left out. */
  readonly patience?: number;
}

/** Milliseconds: until a connection stands, or is free; that the server's word comes later. */
const CONNECTING = 5000;
const GRACE = 2000;
/** Seconds until a server, or a client, that is cut off is known to be: locks are free then. */
const SILENCE = { idle: 3, between: 1, times: 3 } as const;
/** Milliseconds a transaction may stand still before the server ends it. */
const STANDSTILL = 8000;
const INT8 = 20;
/** A session finds rows by their keys, as many at once as it is given, and reads no table for them. */
const BY_KEYS = ['seqscan', 'hashjoin', 'mergejoin'].map((way) => `set enable_${way} = off`);

/** 64-bit integers are numbers here: positions and revisions are far below 2^53. */
const types = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === INT8 ? Number : (pg.types.getTypeParser(oid, format) as unknown)) as never,
};

/** What a statement has answered. */
export interface Answered {
  readonly rows: readonly object[];
  /** Rows inserted, updated or deleted. */
  readonly changes: number;
}

/** One schema of one database. Every error is typed, see errors.ts; what SQL says no to is not. */
export class Postgres {
  /** Where it is, without a password. */
  readonly place: string;
  readonly #config: pg.ClientConfig;
  readonly #setup: string;
  readonly #pool: pg.Pool;

  constructor(readonly options: PostgresOptions) {
    const { url, schema, connections = 8, patience = 30_000 } = options;
    if (!/^[a-z_][a-z0-9_]{0,39}$/.test(schema))
      throw new TypeError(`${schema} is no schema of ours`);
    this.place = placeOf(url, schema);
    this.#config = {
      connectionString: url,
      application_name: 'membership',
      connectionTimeoutMillis: CONNECTING,
      query_timeout: patience + GRACE,
      keepAlive: true,
      keepAliveInitialDelayMillis: SILENCE.idle * 1000,
      types,
    };
    this.#setup = setupOf(schema, patience);
    this.#pool = new pg.Pool({
      ...this.#config,
      max: connections,
      onConnect: (client) => client.query(this.#setup) as never,
    });
    // Of a connection that nobody waits on: the next one is made when it is needed.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Runs one statement. Those that are `kept` are prepared once for each connection. */
  async query(sql: string, parameters: readonly Parameter[] = [], kept = false): Promise<Answered> {
    const client = await this.#client();
    try {
      const answered = await this.#query(client, sql, parameters, kept);
      client.release();
      return answered;
    } catch (error) {
      client.release(error instanceof DatabaseError);
      throw error;
    }
  }

  async all<Row>(sql: string, parameters: readonly Bindable[] = []): Promise<Row[]> {
    return (await this.query(sql, parameters, true)).rows as Row[];
  }

  /**
   * Runs `work` in one transaction: all or nothing. Throws `CommitFailed` when nobody answered
   * whether it was committed; with any other error nothing was written.
   */
  async transaction<T>(work: (run: Postgres['query']) => Promise<T>): Promise<T> {
    const client = await this.#client();
    try {
      await this.#query(client, 'begin');
      const result = await work((sql, parameters = [], kept = false) =>
        this.#query(client, sql, parameters, kept),
      );
      await this.#query(client, 'commit').catch((error: unknown) => {
        throw this.#uncommitted(error);
      });
      client.release();
      return result;
    } catch (error) {
      const isLost = error instanceof DatabaseError;
      const undone =
        isLost ||
        (await client.query('rollback').then(
          () => false,
          () => true,
        ));
      client.release(undone);
      throw error;
    }
  }

  /** A connection of its own, for what lasts as long as that does. */
  async session(): Promise<Session> {
    const client = new pg.Client(this.#config);
    const session = new Session(this.place, client);
    try {
      await client.connect();
      await client.query([this.#setup, ...BY_KEYS].join(';'));
      return session;
    } catch (error) {
      session.end();
      throw typedByServer(this.place, error);
    }
  }

  /** Kysely over the pool. Its transactions are not used: see `transaction`. */
  kysely<Schema>(): Kysely<Schema> {
    const connect = async () => {
      const client = await this.#client();
      let isLost = false;
      return {
        query: async (sql: string, parameters: readonly unknown[]) => {
          try {
            const answered = await this.#query(client, sql, parameters as Bindable[]);
            const { command, rows, changes } = answered;
            return { command, rowCount: changes, rows };
          } catch (error) {
            isLost ||= error instanceof DatabaseError;
            throw error;
          }
        },
        release: () => client.release(isLost),
      };
    };
    return new Kysely<Schema>({
      dialect: new PostgresDialect({ pool: { connect, end: async () => undefined } as never }),
    });
  }

  /** Ends every connection of the pool once it is free. */
  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #client(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw typedByServer(this.place, error);
    }
  }

  async #query(
    client: pg.ClientBase,
    text: string,
    parameters: readonly Parameter[] = [],
    kept = false,
  ): Promise<Answered & { readonly command: string }> {
    const name = kept ? { name: nameOf(text) } : {};
    try {
      const values = parameters.map(bound);
      const { command, rows, rowCount } = await client.query({ ...name, text, values });
      return { command, rows: rows as object[], changes: rowCount ?? 0 };
    } catch (error) {
      throw typedByServer(this.place, error);
    }
  }

  #uncommitted(error: unknown): CommitFailed {
    const detail = error instanceof Error ? error.message : String(error);
    return new CommitFailed(this.place, `the commit failed: ${detail}`, { cause: error });
  }
}

/** One connection, which can send many statements at once. */
export class Session {
  readonly #prepared = new Map<string, string>();
  readonly #ended = new AbortController();

  constructor(
    readonly place: string,
    private readonly client: pg.Client,
  ) {
    client.on('error', () => this.#ended.abort());
    client.on('end', () => this.#ended.abort());
  }

  /** Aborted when nothing more goes over this connection; the server lets go of its locks then. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /**
   * Runs statements in one message, in order, each prepared when it is met first; answers each. One
   * with lists is not prepared: it is planned for how long they are, and how large tables have become.
   * When one fails those after it are not run.
   * @param patience milliseconds until the client gives up waiting for them, where that is not what
   * the server is given for a statement; the server is told in the statements themselves.
   * @param survived an error of the server's that does not end it.
   */
  async run(
    calls: readonly Call[],
    patience?: number,
    survived?: typeof DatabaseLocked,
  ): Promise<readonly Answered[]> {
    const fresh = new Map<string, string>();
    const text: string[] = [];
    const asked: number[] = [];
    let count = 0;
    for (const { sql, parameters } of calls) {
      if (parameters === undefined) {
        text.push(sql);
      } else if (parameters.some((one) => Array.isArray(one))) {
        text.push(
          sql.replace(/\$(\d+)/g, (_, n) => literal(parameters[Number(n) - 1] as Parameter)),
        );
      } else {
        let name = this.#prepared.get(sql) ?? fresh.get(sql);
        if (name === undefined) {
          name = `s${this.#prepared.size + fresh.size}`;
          fresh.set(sql, name);
          text.push(`prepare ${name} as ${sql}`);
          count++;
        }
        const values = parameters.length === 0 ? '' : `(${parameters.map(literal).join(',')})`;
        text.push(`execute ${name}${values}`);
      }
      asked.push(count++);
    }
    const results = await this.#send(text.join(';'), patience, survived);
    for (const [sql, name] of fresh) this.#prepared.set(sql, name);
    return asked.map((at) => {
      const { rows = [], rowCount } = results[at] ?? {};
      return { rows, changes: rowCount ?? 0 };
    });
  }

  /** As `run`, of one whole transaction: false where a lock was not to be had, and nothing was done. */
  async attempt(calls: readonly Call[], patience?: number): Promise<boolean> {
    try {
      await this.run(calls, patience, DatabaseLocked);
      return true;
    } catch (error) {
      if (error instanceof DatabaseLocked) return false;
      throw error;
    }
  }

  /** Begins to hear what others say on this channel, for as long as `hear` is not taken back. */
  async listen(channel: string, hear: () => void): Promise<() => Promise<void>> {
    this.client.on('notification', hear);
    await this.#send(`listen ${channel}`);
    return async () => {
      this.client.off('notification', hear);
      await this.#send('unlisten *');
    };
  }

  /** Ends the connection: what is under way on it fails. */
  end(): void {
    this.#ended.abort();
    this.client.end().catch(() => undefined);
  }

  async #send(
    text: string,
    patience?: number,
    survived?: typeof DatabaseLocked,
  ): Promise<Partial<pg.QueryResult<object>>[]> {
    const timer = patience === undefined ? {} : { query_timeout: patience };
    try {
      const results = await this.client.query<object>({ text, ...timer });
      return Array.isArray(results) ? (results as pg.QueryResult<object>[]) : [results];
    } catch (error) {
      const known = typedByServer(this.place, error);
      const isOver = known instanceof DatabaseError && !(survived && known instanceof survived);
      // What was prepared in a message that failed is not known.
      if (!isOver) await this.#forget();
      else this.end();
      throw known;
    }
  }

  async #forget(): Promise<void> {
    this.#prepared.clear();
    await this.client
      .query('deallocate all')
      .catch(() => this.client.query('rollback; deallocate all'))
      .catch(() => this.end());
  }
}

/** A statement of a session; without parameters it is run as it stands, and may be several. */
export interface Call {
  readonly sql: string;
  readonly parameters?: readonly Parameter[];
}

/** The same statement has the same name on every connection. */
const nameOf = (sql: string): string => createHash('sha1').update(sql).digest('base64url');

const setupOf = (schema: string, patience: number): string =>
  Object.entries({
    search_path: schema,
    statement_timeout: patience,
    lock_timeout: patience,
    idle_in_transaction_session_timeout: STANDSTILL,
    tcp_keepalives_idle: SILENCE.idle,
    tcp_keepalives_interval: SILENCE.between,
    tcp_keepalives_count: SILENCE.times,
    tcp_user_timeout: 1000 * (SILENCE.idle + SILENCE.between * SILENCE.times),
    client_min_messages: 'warning',
    // What is asked is small: compiling it takes longer than running it.
    jit: 'off',
    standard_conforming_strings: 'on',
  })
    .map(([name, value]) => `set ${name} = ${value}`)
    .join(';');

const placeOf = (url: string, schema: string): string => {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname} ${schema}`;
};
