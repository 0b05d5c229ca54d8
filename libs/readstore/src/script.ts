/**
 * What is done in a transaction, as steps that wait for nothing but what the store answers. An
 * engine in this process answers at once and never lets a script wait; one that is elsewhere gets
 * what was asked, by several scripts perhaps, with everything to be written before it.
 */
import type { Answered } from '#database/postgres.js';
import type { Bindable } from '#database/values.js';

/** Something that has been asked, and waits for its answer. */
export interface Asked {
  readonly sql: string;
  readonly parameters: readonly Bindable[];
  /** What is asked for many values at once, where it can be. */
  readonly forMany?: string | undefined;
}

/** Yields what it asks; is given the answers, in order. */
export type Script<T> = Generator<readonly Asked[], T, readonly Answered[]>;

export const isScript = <T>(value: T | Script<T>): value is Script<T> =>
  typeof value === 'object' && value !== null && 'next' in value && Symbol.iterator in value;

/**
 * Runs scripts that have nothing to do with one another: what they ask at the same time is asked
 * together. Between two questions a script is alone.
 */
export function* together(scripts: Iterable<Script<void>>): Script<void> {
  let waiting: { script: Script<void>; asked: readonly Asked[] }[] = [];
  for (const script of scripts) {
    const { done, value } = script.next([]);
    if (done !== true) waiting.push({ script, asked: value });
  }
  while (waiting.length > 0) {
    const answers = yield waiting.flatMap(({ asked }) => asked);
    let from = 0;
    const still: typeof waiting = [];
    for (const { script, asked } of waiting) {
      const { done, value } = script.next(answers.slice(from, (from += asked.length)));
      if (done !== true) still.push({ script, asked: value });
    }
    waiting = still;
  }
}
