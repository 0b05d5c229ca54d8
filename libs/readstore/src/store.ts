/** The read models, whichever engine they lie in: who reads asks a store, who writes has a writer. */
import type { Kysely } from 'kysely';
import { DatabaseError } from '#database/errors.js';
import type { Bindable } from '#database/values.js';
import type { Lane } from './gathered.js';
import type { Tables } from './rows.js';
import type { Script } from './script.js';
import type { Statement } from './statement.js';
import type { Table } from './tables.js';

export type Value = Bindable;

/** The store itself is the trouble (locked, full, gone), not what it was asked. */
export const isOutage = (error: unknown): boolean => error instanceof DatabaseError;

/** Nothing is seen of a transaction before its end. Throws the errors of `libs/database`. */
export abstract class ReadStore {
  /** Reads, through the views. */
  abstract readonly db: Kysely<Tables>;

  /** Answers a question of the tables everybody reads. */
  abstract all<Values, Row>(question: Statement<Values, Row>, values: Values): Promise<Row[]>;

  async first<Values, Row>(
    question: Statement<Values, Row>,
    values: Values,
  ): Promise<Row | undefined> {
    return (await this.all(question, values))[0];
  }

  /** Whoever writes the rows of this name; at any time one of them holds it, on one node. */
  abstract writer(name: string): Writer;

  /**
   * Changes rows that no writer has to itself, on whichever node: all or nothing, on disk when it
   * resolves, and one after the other with every change of the same name. `work` waits for nothing
   * but answers. @throws CommitFailed when nobody knows whether it was committed.
   */
  abstract change<T>(name: string, work: (rows: Rows) => T | Script<T>): Promise<T>;

  abstract close(): Promise<void>;
}

/** Statements in a transaction, on the tables everybody reads or on those of a build. */
export abstract class Rows {
  /**
   * That it failed may show only with the next question, or at the end of the transaction.
   * @param lane an engine may run it sooner or later than what lies in another one.
   */
  abstract run<Values>(statement: Statement<Values>, values: Values, lane?: Lane): void;

  /** How many rows it changed. */
  abstract count<Values>(statement: Statement<Values>, values: Values): Script<number>;

  abstract all<Values, Row>(question: Statement<Values, Row>, values: Values): Script<Row[]>;

  *first<Values, Row>(question: Statement<Values, Row>, values: Values): Script<Row | undefined> {
    return (yield* this.all(question, values))[0];
  }

  /** Waits until everything that was run has gone well, or throws. */
  abstract settled(): Script<void>;
}

/** Whoever stands by is told when there may be something new to read. */
export type StandBy = () => void | Promise<void>;

export abstract class Writer {
  /** Statements on the tables everybody reads. */
  abstract readonly rows: Rows;

  /** Aborted while it is not held: before `acquire`, and once the connection that held it is lost. */
  abstract readonly lost: AbortSignal;

  get isHeld(): boolean {
    return !this.lost.aborted;
  }

  /** Does it answer here and now, or from elsewhere, where a few questions cost as much as one? */
  abstract readonly isRemote: boolean;

  /**
   * Resolves when nobody else writes under this name, or when it is stopped; until then others do,
   * and it stands by.
   */
  abstract acquire(standBy: StandBy, signal: AbortSignal): Promise<void>;

  /**
   * All or nothing; `work` waits for nothing but answers. @throws CommitFailed when nobody knows
   * whether it was committed: then it is not held any more, and what is stored says so.
   */
  abstract transaction<T>(work: () => T | Script<T>): Promise<T>;

  /** As `transaction`, and on disk when it resolves: for what can't be read from the log again. */
  abstract durably<T>(work: () => T | Script<T>): Promise<T>;

  /** Statements on one build of these tables. */
  abstract inBuild(tables: readonly string[], build: number): Rows;

  /** Makes the tables and indexes of a build; in a transaction. */
  abstract createTables(tables: readonly Table[], build: number): void;

  /**
   * Could these tables, or what is read by their names, be changed at once? False while somebody
   * reads them for long, as a backup does: whoever reads would wait behind the change.
   */
  abstract isFree(tables: readonly string[]): Promise<boolean>;

  /** Lets the names of these tables mean this build, from the end of the transaction on. */
  abstract showBuild(tables: readonly string[], build: number): void;

  /**
   * Takes away the tables of a build that nobody reads, and does the rest in the same transaction;
   * nobody waits for it. False when it was stopped before, or somebody is in the way: try again.
   * @param shape see `shapeOf`.
   */
  abstract discard(
    shape: string,
    build: number,
    rest: () => void,
    signal: AbortSignal,
  ): Promise<boolean>;

  /**
   * Sees to it that bytes that were overwritten are nowhere any more. False while somebody is in
   * the way: try again.
   */
  abstract truncate(): Promise<boolean>;

  /** Lets go: somebody else may write. */
  abstract release(): void;
}
