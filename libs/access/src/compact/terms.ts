/**
 * What of a role in somebody's hands decides a question, as numbers: which role, at which scope, from
 * when, until when. Four of them lie side by side, a row for each, so that one look brings them all.
 */
import type { Instant, RoleId, Scope } from '#domain/ids.js';
import type { Grant } from '#domain/state.js';
import { Names, NONE } from './names.js';

type Held = Pick<Grant, 'role' | 'scope'> & {
  readonly notBefore?: Instant | undefined;
  readonly expiresAt?: Instant | undefined;
};

/** Numbers in a row. */
export const WIDTH = 4;
/** The number of the scope that covers all others. */
export const ORGANIZATION = 1;

/** Rows one after the other; what follows says what is in the one that begins at an index. */
export type Rows = Float64Array;
export const roleAt = (rows: Rows, at: number): number => rows[at]!;
export const scopeAt = (rows: Rows, at: number): number => rows[at + 1]!;
/** @param now milliseconds since the epoch. */
export const hasBegun = (rows: Rows, at: number, now: number): boolean => rows[at + 2]! <= now;
export const hasEnded = (rows: Rows, at: number, now: number): boolean => rows[at + 3]! <= now;

export class Terms {
  readonly roles = new Names<RoleId>();
  readonly scopes = new Names<Scope>();
  /** The row of a thing begins at its number times `WIDTH`; the role of what is none is `NONE`. */
  #things: Rows = new Float64Array(WIDTH * 1024);
  readonly #ofGrants = new WeakMap<readonly Grant[], Rows>();

  constructor() {
    this.scopes.take('organization');
  }

  get things(): Rows {
    return this.#things;
  }

  set(thing: number, held: Held): void {
    this.#put(thing, this.#rowOf(held));
  }

  /** The thing is no role. */
  clear(thing: number): void {
    this.#put(thing, [NONE, NONE, 0, 0]);
  }

  /** Rows of a team's grants. */
  ofGrants(grants: readonly Grant[]): Rows {
    const known = this.#ofGrants.get(grants);
    if (known !== undefined) return known;
    const rows = Float64Array.from(grants.flatMap((grant) => this.#rowOf(grant)));
    this.#ofGrants.set(grants, rows);
    return rows;
  }

  #rowOf({ role, scope, notBefore, expiresAt }: Held): number[] {
    return [
      this.roles.take(role),
      this.scopes.take(scope),
      notBefore === undefined ? -Infinity : Date.parse(notBefore),
      expiresAt === undefined ? Infinity : Date.parse(expiresAt),
    ];
  }

  #put(thing: number, row: readonly number[]): void {
    const at = thing * WIDTH;
    if (at >= this.#things.length) {
      const longer = new Float64Array(2 * Math.max(at, this.#things.length));
      longer.set(this.#things);
      this.#things = longer;
    }
    this.#things.set(row, at);
  }
}
