/**
 * Who writes, of all nodes: the one whose connection holds an advisory lock, and all is written on
 * that connection. So when it is lost, by whatever end, the lock is free and the transaction undone
 * or done, before anybody else begins. A process that is frozen loses it as well: the server ends the
 * connection of whoever gives no sign of life, though the machine would answer for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import {
  CommitFailed,
  DatabaseError,
  DatabaseLocked,
  ServerUnavailable,
} from '#database/errors.js';
import type { Call, Postgres, Session } from '#database/postgres.js';
import { createTables, InBuild, POSTGRES, showBuild, type Runnable } from './builds.js';
import { dropTables, tablesOf } from './discarding.js';
import { Gathered, type Gatherable, type Lane } from './gathered.js';
import { rewritePersons } from './postgres-persons.js';
import { ask, RemoteRows, resultOf } from './postgres-rows.js';
import type { Tables } from './rows.js';
import type { Script } from './script.js';
import { Writer, type Rows, type StandBy } from './store.js';
import type { Table } from './tables.js';

/** Milliseconds between two tries to be the one who writes. */
const TRY = 500;
/** Milliseconds for which whoever writes may say nothing until another one may; it does so more often. */
const SILENCE = 6000;
const BEAT = 1500;
/** Milliseconds for which all who read may have to wait to let somebody change what is read. */
const LOCK = 100;
/** What is held by nobody here. */
const NOBODY = AbortSignal.abort();

export class PostgresWriter extends Writer {
  readonly isRemote = true;
  readonly rows: Rows;
  lost: AbortSignal = NOBODY;
  #session: Session | undefined;
  /** What is to be run before the next question is asked. */
  readonly #queue = new Gathered();
  /** One transaction at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: Postgres,
    private readonly db: Kysely<Tables>,
    private readonly name: string,
  ) {
    super();
    this.rows = new RemoteRows(db, this.#enqueue);
  }

  async acquire(standBy: StandBy, signal: AbortSignal): Promise<void> {
    while (!this.isHeld && !signal.aborted) {
      const session = await this.database.session();
      try {
        if (!(await this.#lockOf(session, standBy, signal))) continue;
        this.#session = session;
        this.lost = session.ended;
        void this.#live(session);
        return;
      } finally {
        if (this.#session !== session) session.end();
      }
    }
  }

  /** Tries until this session has the lock; false when it has ended, or was stopped. */
  async #lockOf(session: Session, standBy: StandBy, signal: AbortSignal): Promise<boolean> {
    const sql = 'select pg_try_advisory_lock(hashtextextended($1, 0)) as held';
    const parameters = [`${this.#channel} ${this.name}`];
    let woken = (): void => undefined;
    const end = await session.listen(this.#channel, () => woken());
    const either = AbortSignal.any([signal, session.ended]);
    let tried = -Infinity;
    while (!either.aborted) {
      const news = new Promise<void>((resolve) => {
        woken = resolve;
      });
      if (performance.now() - tried >= TRY) {
        tried = performance.now();
        const [answer] = await session.run([{ sql, parameters }]);
        if ((answer?.rows[0] as { held: boolean }).held) {
          await session.run([{ sql: `set idle_session_timeout = ${SILENCE}` }]);
          await end();
          return true;
        }
      }
      await standBy();
      const over = new AbortController();
      const timer = sleep(TRY, undefined, { signal: AbortSignal.any([either, over.signal]) });
      await Promise.race([news, timer.catch(() => undefined)]);
      over.abort();
    }
    return false;
  }

  /** Signs of life, between transactions: one that stands still is ended by itself. */
  async #live(session: Session): Promise<void> {
    const pause = { signal: session.ended, ref: false };
    const sign = (held: Session) => held.run([{ sql: 'select 1' }], SILENCE);
    while (!session.ended.aborted) {
      await sleep(BEAT, undefined, pause).catch(() => undefined);
      if (this.#session === session) await this.#inTurn(sign).catch(() => undefined);
    }
  }

  /** Where it is told that something was written. */
  get #channel(): string {
    return this.database.options.schema;
  }

  transaction<T>(work: () => T | Script<T>): Promise<T> {
    return this.#inTurn((session) => this.#transaction(session, work));
  }

  /** Everything is on disk when it is committed. */
  durably<T>(work: () => T | Script<T>): Promise<T> {
    return this.transaction(work);
  }

  async #transaction<T>(session: Session, work: () => T | Script<T>): Promise<T> {
    this.#queue.add({ sql: 'begin' });
    let result: T;
    try {
      const run = (calls: readonly Call[]) => session.run(calls);
      result = await resultOf(work(), (asked) => ask(this.#queue, asked, run));
    } catch (error) {
      if (!(error instanceof DatabaseError)) await session.run([{ sql: 'rollback' }]);
      throw error;
    } finally {
      this.#queue.take();
    }
    try {
      await session.run([{ sql: `notify ${this.#channel}` }, { sql: 'commit' }]);
    } catch (error) {
      session.end();
      const detail = error instanceof Error ? error.message : String(error);
      throw new CommitFailed(this.database.place, `the commit failed: ${detail}`, { cause: error });
    }
    return result;
  }

  inBuild(tables: readonly string[], build: number): Rows {
    const db = this.db.withPlugin(new InBuild(tables, build));
    return new RemoteRows(db, this.#enqueue);
  }

  createTables(tables: readonly Table[], build: number): void {
    this.#define(createTables(this.db, tables, build, POSTGRES));
  }

  async isFree(tables: readonly string[]): Promise<boolean> {
    try {
      await this.database.transaction(async (run) => {
        await run(`set local lock_timeout = ${LOCK}`);
        await run(`lock table ${tables.join(', ')} in access exclusive mode`);
      });
      return true;
    } catch (error) {
      if (error instanceof DatabaseLocked) return false;
      throw error;
    }
  }

  showBuild(tables: readonly string[], build: number): void {
    this.#define(showBuild(this.db, tables, build));
  }

  async discard(shape: string, build: number, rest: () => void): Promise<boolean> {
    if (!(await this.isFree(tablesOf(shape, build)))) return false;
    await this.transaction(() => {
      this.#define(dropTables(this.db, shape, build));
      rest();
    });
    return true;
  }

  async truncate(): Promise<boolean> {
    if (!this.isHeld) return true;
    return this.#inTurn((session) => rewritePersons(session, this, LOCK));
  }

  release(): void {
    this.#session?.end();
    this.#session = undefined;
    this.lost = NOBODY;
  }

  readonly #enqueue = (call: Gatherable, lane?: Lane): void => this.#queue.add(call, lane);

  #define(changes: readonly Runnable[]): void {
    for (const change of changes) this.#queue.add({ sql: change.compile().sql });
  }

  #inTurn<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const mine = this.#last.then(() => {
      if (this.#session === undefined || !this.isHeld) {
        throw new ServerUnavailable(this.database.place, 'is written by another node');
      }
      return work(this.#session);
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
