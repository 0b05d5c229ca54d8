/**
 * What of a role in somebody's hands decides a question, as numbers: which role, at which scope, from
 * when, until when. Four of them lie side by side for each thing, so that one look brings them all.
 */
import type { Instant, RoleId, Scope } from '#domain/ids.js';
import type { Grant } from '#domain/state.js';
import { Names, NONE } from './names.js';

/** Of one role that is held; `NONE` in place of the role for what is none. */
export interface Terms {
  readonly role: number;
  readonly scope: number;
  /** Milliseconds since the epoch, the first of them and the first no longer. */
  readonly from: number;
  readonly until: number;
}

type Held = Pick<Grant, 'role' | 'scope'> & {
  readonly notBefore?: Instant | undefined;
  readonly expiresAt?: Instant | undefined;
};

const WIDTH = 4;
/** The number of the scope that covers all others. */
export const ORGANIZATION = 1;

export class TermsByThing {
  readonly roles = new Names<RoleId>();
  readonly scopes = new Names<Scope>();
  #numbers = new Float64Array(WIDTH * 1024);
  readonly #ofGrants = new WeakMap<Grant, Terms>();

  constructor() {
    this.scopes.take('organization');
  }

  set(thing: number, held: Held): void {
    const { role, scope, from, until } = this.#numbered(held);
    this.#put(thing, role, scope, from, until);
  }

  /** The thing is no role. */
  clear(thing: number): void {
    this.#put(thing, NONE, NONE, 0, 0);
  }

  role(thing: number): number {
    return this.#numbers[thing * WIDTH]!;
  }

  scope(thing: number): number {
    return this.#numbers[thing * WIDTH + 1]!;
  }

  from(thing: number): number {
    return this.#numbers[thing * WIDTH + 2]!;
  }

  until(thing: number): number {
    return this.#numbers[thing * WIDTH + 3]!;
  }

  /** Those of a team's grant. */
  ofGrant(grant: Grant): Terms {
    const known = this.#ofGrants.get(grant);
    if (known !== undefined) return known;
    const terms = this.#numbered(grant);
    this.#ofGrants.set(grant, terms);
    return terms;
  }

  #numbered({ role, scope, notBefore, expiresAt }: Held): Terms {
    return {
      role: this.roles.take(role),
      scope: this.scopes.take(scope),
      from: notBefore === undefined ? -Infinity : Date.parse(notBefore),
      until: expiresAt === undefined ? Infinity : Date.parse(expiresAt),
    };
  }

  #put(thing: number, role: number, scope: number, from: number, until: number): void {
    const at = thing * WIDTH;
    if (at >= this.#numbers.length) {
      const longer = new Float64Array(2 * Math.max(at, this.#numbers.length));
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[at] = role;
    this.#numbers[at + 1] = scope;
    this.#numbers[at + 2] = from;
    this.#numbers[at + 3] = until;
  }
}
