/** What a membership is with: a role at a scope, or a place in a team. */
import type { Instant, RoleId, Scope, TeamId } from '#domain/ids.js';
import type { Grant, TeamPlace } from '#domain/state.js';
import { NONE } from './names.js';
import type { Terms } from './terms.js';

/** All that a thing can have, whatever it is: what is read very often has one shape. */
interface Whole {
  readonly source: Grant['source'] | TeamPlace['source'];
  readonly team: TeamId | undefined;
  readonly group: string | undefined;
  /** Of the team, by which its grants are found. */
  readonly number: number | undefined;
  readonly role: RoleId | undefined;
  readonly scope: Scope | undefined;
  readonly notBefore: Instant | undefined;
  readonly expiresAt: Instant | undefined;
}
/** A grant without its id: very many are alike. */
export interface Role extends Whole {
  readonly source: Grant['source'];
  readonly team: undefined;
  readonly role: RoleId;
  readonly scope: Scope;
}
export interface Place extends Whole {
  readonly source: TeamPlace['source'];
  readonly team: TeamId;
  readonly number: number;
}
export type Thing = Role | Place;

export const roleOf = ({ role, scope, source, notBefore, expiresAt }: Omit<Grant, 'id'>): Role => ({
  source,
  team: undefined,
  group: undefined,
  number: undefined,
  role,
  scope,
  notBefore,
  expiresAt,
});

/** @param number of the team. */
export const placeOf = ({ team, source, group }: TeamPlace, number: number): Place => ({
  source,
  team,
  group,
  number,
  role: undefined,
  scope: undefined,
  notBefore: undefined,
  expiresAt: undefined,
});

export const grantOf = (
  { role, scope, source, notBefore, expiresAt }: Role,
  id: Grant['id'],
): Grant => ({
  id,
  role,
  scope,
  source,
  ...(notBefore === undefined ? {} : { notBefore }),
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

export const teamPlaceOf = ({ team, source, group }: Place): TeamPlace => ({
  team,
  source,
  ...(group === undefined ? {} : { group }),
});

export interface ThingsCopy {
  readonly things: (Thing | undefined)[];
  readonly uses: number[];
}

/** Every thing once, however many are with one alike, for as long as anybody is. */
export class Things {
  readonly #numbers = new Map<string, number>();
  readonly #things: (Thing | undefined)[];
  readonly #keys: string[] = [''];
  readonly #uses: number[];
  readonly #free: number[] = [];

  /**
   * @param terms where it is noted what of a role decides.
   * @param from as `copy` gave it.
   */
  constructor(
    private readonly terms: Terms,
    { things, uses }: ThingsCopy = { things: [undefined], uses: [NONE] },
  ) {
    this.#things = things;
    this.#uses = uses;
    things.forEach((thing, number) => {
      if (thing !== undefined) this.#name(number, keyOf(thing), thing);
      else if (number !== NONE) this.#free.push(number);
    });
  }

  /** What it holds now; later changes are not in it. */
  copy(): ThingsCopy {
    return { things: [...this.#things], uses: [...this.#uses] };
  }

  /** The number of one alike, which is used once more; from 1 on. */
  take(thing: Thing): number {
    const key = keyOf(thing);
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      this.#uses[known]! += 1;
      return known;
    }
    const number = this.#free.pop() ?? this.#things.length;
    this.#things[number] = thing;
    this.#uses[number] = 1;
    this.#name(number, key, thing);
    return number;
  }

  #name(number: number, key: string, thing: Thing): void {
    this.#keys[number] = key;
    this.#numbers.set(key, number);
    if (thing.team === undefined) this.terms.setRole(number, thing);
    else this.terms.setPlace(number, thing.number);
  }

  /** It is used once less. */
  release(number: number): void {
    const uses = (this.#uses[number]! -= 1);
    if (uses > 0) return;
    this.#numbers.delete(this.#keys[number]!);
    this.#things[number] = undefined;
    this.#free.push(number);
  }

  get(number: number): Thing {
    return this.#things[number]!;
  }
}

/** Only the name of a group can have a blank in it, and be any text. */
const keyOf = ({ source, number, group, role, scope, notBefore, expiresAt }: Thing): string =>
  `${source} ${number} ${role} ${scope} ${notBefore} ${expiresAt}${group === undefined ? '' : ` ${group}`}`;
