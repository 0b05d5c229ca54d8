/** What a membership is with: a role at a scope, or a place in a team. */
import type { Grant, TeamPlace } from '#domain/state.js';
import { NONE } from './names.js';

/** A grant without its id: very many are alike. */
export type Role = Omit<Grant, 'id' | 'started'>;
export type Thing = Role | TeamPlace;

export const isPlace = (thing: Thing): thing is TeamPlace => 'team' in thing;

/** Every thing once, however many are with one alike, for as long as anybody is. */
export class Things {
  readonly #numbers = new Map<string, number>();
  readonly #things: (Thing | undefined)[] = [undefined];
  readonly #keys: string[] = [''];
  readonly #uses: number[] = [NONE];
  readonly #free: number[] = [];

  get size(): number {
    return this.#numbers.size;
  }

  /** The number of one alike, which is used once more; from 1 on. */
  take(thing: Thing): number {
    const key = isPlace(thing) ? placeKey(thing) : roleKey(thing);
    const known = this.#numbers.get(key);
    if (known !== undefined) {
      this.#uses[known]! += 1;
      return known;
    }
    const number = this.#free.pop() ?? this.#things.length;
    this.#things[number] = isPlace(thing) ? thing : roleOf(thing);
    this.#keys[number] = key;
    this.#uses[number] = 1;
    this.#numbers.set(key, number);
    return number;
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
