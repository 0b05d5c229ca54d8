/** What a membership is with: a role at a scope, or a place in a team. */
import type { Grant, TeamPlace } from '#domain/state.js';
import { NONE } from './names.js';

/** A grant without its id: very many are alike. */
export type Role = Omit<Grant, 'id' | 'started'>;
export type Thing = Role | TeamPlace;

export const isPlace = (thing: Thing): thing is TeamPlace => 'team' in thing;

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

  /** @param from as `copy` gave it. */
  constructor({ things, uses }: ThingsCopy = { things: [undefined], uses: [NONE] }) {
    this.#things = things;
    this.#uses = uses;
    things.forEach((thing, number) => {
      if (thing !== undefined) this.#name(number, keyOf(thing));
      else if (number !== NONE) this.#free.push(number);
    });
  }

  /** What it holds now; later changes are not in it. */
  copy(): ThingsCopy {
    return { things: [...this.#things], uses: [...this.#uses] };
  }

  get size(): number {
    return this.#numbers.size;
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
    this.#things[number] = isPlace(thing) ? thing : roleOf(thing);
    this.#uses[number] = 1;
    this.#name(number, key);
    return number;
  }

  #name(number: number, key: string): void {
    this.#keys[number] = key;
    this.#numbers.set(key, number);
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

const keyOf = (thing: Thing): string => (isPlace(thing) ? placeKey(thing) : roleKey(thing));

const placeKey = ({ team, source, group }: TeamPlace): string =>
  JSON.stringify(['team', team, source, group]);

const roleKey = ({ role, scope, source, notBefore, expiresAt }: Role): string =>
  notBefore === undefined && expiresAt === undefined
    ? `${source} ${scope} ${role}`
    : JSON.stringify([source, scope, role, notBefore, expiresAt]);

const roleOf = ({ role, scope, source, notBefore, expiresAt }: Role): Role => ({
  role,
  scope,
  source,
  ...(notBefore === undefined ? {} : { notBefore }),
  ...(expiresAt === undefined ? {} : { expiresAt }),
});
