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
  readonly #gathering = new Gathering(
    () => this.#queue.length,
    () => this.flush(),
  );

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

  /** Does at once what was asked for so far. */
  flush(): void {
    const jobs = this.#queue;
    this.#queue = [];
    if (jobs.length === 0) return;
    let settled: (() => void)[];
    try {
      settled = this.database.transaction(() => jobs.map(attempt));
    } catch (error) {
      for (const { fail } of jobs) fail(error);
      return;
    }
    for (const settle of settled) settle();
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
