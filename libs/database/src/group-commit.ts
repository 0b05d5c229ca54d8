import { DatabaseError } from './errors.js';
import { Gathering } from './gathering.js';
import type { Database } from './sqlite.js';

interface Job {
  readonly work: () => unknown;
  readonly settle: (result: never) => void;
  readonly fail: (error: unknown) => void;
}

/** Pieces of work asked for at about the same time share one transaction and one disk flush. */
export class GroupCommit {
  #queue: Job[] = [];
  #flushing: Promise<void> | undefined;
  readonly #gathering = new Gathering(
    () => this.#queue.length,
    () => this.#begin(),
  );

  /** @param database what is committed there is flushed when asked for. */
  constructor(private readonly database: Database) {}

  /**
   * Runs `work` in the next shared transaction; resolves once that is durable. Work that throws
   * fails alone, so it must throw before it writes; a `DatabaseError` fails all of them.
   */
  run<T>(work: () => T): Promise<T> {
    return new Promise<T>((settle, fail) => {
      this.#queue.push({ work, settle, fail });
      this.#gathering.note();
    });
  }

  /** Resolves once everything that was asked for is settled. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0 || this.#flushing !== undefined) {
      this.#begin();
      await this.#flushing;
    }
  }

  /** One at a time: what comes while the disk is waited for is the next. */
  #begin(): void {
    if (this.#flushing !== undefined || this.#queue.length === 0) return;
    this.#flushing = this.#commit(this.#queue.splice(0)).finally(() => {
      this.#flushing = undefined;
      this.#begin();
    });
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    try {
      const settled = this.database.transaction(() => jobs.map(attempt));
      await this.database.flush();
      for (const settle of settled) settle();
    } catch (error) {
      for (const { fail } of jobs) fail(error);
    }
  }
}

const attempt = ({ work, settle, fail }: Job): (() => void) => {
  try {
    const result = work() as never;
    return () => settle(result);
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    return () => fail(error);
  }
};
