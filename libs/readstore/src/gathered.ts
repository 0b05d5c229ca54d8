/** What is sent at once: statements that may be run together are, whatever they came between. */
import type { Answered, Call } from '#database/postgres.js';
import type { Bindable } from '#database/values.js';
import { groupedBy } from './grouped-by.js';

/**
 * What a statement is about. Those of one lane, and of a lane and the one it lies within, keep their
 * order; those of different lanes touch different rows.
 */
export class Lane {
  constructor(readonly within?: Lane) {}
}

/** One statement with its values. */
export interface Gatherable {
  readonly sql: string;
  readonly parameters?: readonly Bindable[];
  /** What is run for many values at once, where it can be. */
  readonly forMany?: string | undefined;
}

/** So many values are run one after the other: a plan for many is made each time. */
const FEW = 4;

/** One statement of what will be sent, with the values that have come for it. */
class Step {
  readonly #values: (readonly Bindable[])[] = [];

  constructor(private readonly first: Gatherable) {}

  isOf({ sql, forMany }: Gatherable): boolean {
    return forMany !== undefined && sql === this.first.sql;
  }

  /** Takes these values, too; which they are, from 1. */
  add({ parameters = [] }: Gatherable): number {
    return this.#values.push(parameters);
  }

  get calls(): Call[] {
    const { sql, parameters } = this.first;
    if (parameters === undefined) return [{ sql }];
    if (this.#values.length > FEW) return [this.call];
    return this.#values.map((one) => ({ sql, parameters: one }));
  }

  /** All of it at once. */
  get call(): Call {
    const { sql, parameters = [], forMany } = this.first;
    if (forMany === undefined || this.#values.length === 1) return { sql, parameters };
    const lists = parameters.map((_, index) => this.#values.map((one) => one[index] as Bindable));
    return { sql: forMany, parameters: lists };
  }
}

export class Gathered {
  #steps: Step[] = [];
  /** Index of the last step that has something of a lane, or of one within. */
  readonly #last = new Map<Lane, number>();
  /** Index of the last step that has something of all of a lane. */
  readonly #whole = new Map<Lane, number>();
  /** Nothing comes before this step any more. */
  #floor = 0;

  /** What has no lane comes after everything before it, and before everything after it. */
  add(one: Gatherable, lane?: Lane): void {
    let at = one.forMany === undefined ? this.#steps.length : this.#first(lane);
    while (at < this.#steps.length && this.#steps[at]?.isOf(one) !== true) at++;
    (this.#steps[at] ??= new Step(one)).add(one);
    this.#reached(at, lane);
  }

  /** Everything that waits, in order. */
  take(): Call[] {
    const calls = this.#steps.flatMap(({ calls }) => calls);
    this.#steps = [];
    this.#last.clear();
    this.#whole.clear();
    this.#floor = 0;
    return calls;
  }

  /** The first step that something of this lane may be in. */
  #first(lane: Lane | undefined): number {
    if (lane === undefined) return this.#steps.length;
    const own = this.#last.get(lane) ?? -1;
    const whole = lane.within === undefined ? -1 : (this.#whole.get(lane.within) ?? -1);
    return Math.max(this.#floor, own + 1, whole + 1);
  }

  #reached(at: number, lane: Lane | undefined): void {
    if (lane === undefined) {
      this.#floor = at + 1;
      return;
    }
    this.#last.set(lane, at);
    if (lane.within === undefined) this.#whole.set(lane, at);
    else this.#last.set(lane.within, Math.max(at, this.#last.get(lane.within) ?? -1));
  }
}

/** What is asked at the same time, each question once for all who ask it. */
export class Questions {
  readonly #steps: Step[] = [];
  /** For each that was asked: which question it has become, and for which of its values. */
  readonly #places: { readonly step: number; readonly n: number | undefined }[] = [];

  constructor(asked: readonly Gatherable[]) {
    for (const one of asked) {
      const known = this.#steps.findIndex((step) => step.isOf(one));
      const step = known === -1 ? this.#steps.push(new Step(one)) - 1 : known;
      const n = (this.#steps[step] as Step).add(one);
      this.#places.push({ step, n: one.forMany === undefined ? undefined : n });
    }
  }

  get calls(): Call[] {
    return this.#steps.map(({ call }) => call);
  }

  /** The answer to each that was asked. */
  answersIn(answers: readonly Answered[]): Answered[] {
    const rows = answers.map((one) => groupedBy(one.rows, (row) => (row as { n?: number }).n));
    return this.#places.map(({ step, n }) => {
      const answer = answers[step] as Answered;
      return n === undefined ? answer : { ...answer, rows: rows[step]?.get(n) ?? [] };
    });
  }
}
