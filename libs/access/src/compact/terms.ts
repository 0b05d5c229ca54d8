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

export interface TermsCopy {
  readonly roles: (RoleId | undefined)[];
  readonly scopes: (Scope | undefined)[];
}

export class Terms {
  readonly roles: Names<RoleId>;
  readonly scopes: Names<Scope>;
  /** The row of a thing begins at its number times `WIDTH`; the role of what is none is `NONE`. */
  #things: Rows = new Float64Array(WIDTH * 1024);

  /** @param from as `copy` gave it. */
  constructor(from?: TermsCopy) {
    this.roles = new Names(from?.roles);
    this.scopes = new Names(from?.scopes);
    this.scopes.take('organization');
  }

  /** The names it holds now; the rows are of things, and come back with these. */
  copy(): TermsCopy {
    return { roles: this.roles.ids(), scopes: this.scopes.ids() };
  }

  get things(): Rows {
    return this.#things;
  }

  /** Is the thing a role? */
  isRole(thing: number): boolean {
    return roleAt(this.#things, thing * WIDTH) !== NONE;
  }

  /** The number of the team that the thing is a place in. */
  teamOf(thing: number): number {
    return this.#things[thing * WIDTH + 1]!;
  }

  setRole(thing: number, { role, scope, notBefore, expiresAt }: Held): void {
    this.#put(thing, [
      this.roles.take(role),
      this.scopes.take(scope),
      notBefore === undefined ? -Infinity : Date.parse(notBefore),
      expiresAt === undefined ? Infinity : Date.parse(expiresAt),
    ]);
  }

  /** In place of a role stands none, in place of a scope the team. */
  setPlace(thing: number, team: number): void {
    this.#put(thing, [NONE, team, -Infinity, Infinity]);
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
