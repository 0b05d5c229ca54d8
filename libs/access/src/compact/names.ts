/** Ids by number and numbers by id: every id is held once, and everything else holds its number. */

/** A name or an index that is none. */
export const NONE = 0;

export class Names<Id extends string> {
  readonly #numbers = new Map<Id, number>();
  readonly #ids: (Id | undefined)[];
  readonly #free: number[] = [];

  /** @param ids as `ids` gave them. */
  constructor(ids: (Id | undefined)[] = [undefined]) {
    this.#ids = ids;
    ids.forEach((id, number) => {
      if (id !== undefined) this.#numbers.set(id, number);
      else if (number !== NONE) this.#free.push(number);
    });
  }

  /** Every id at its number, as it is now. */
  ids(): (Id | undefined)[] {
    return [...this.#ids];
  }

  /** How many ids have a number. */
  get size(): number {
    return this.#numbers.size;
  }

  /** From 1 on; `NONE` for an id that has none. */
  number(id: string): number {
    return this.#numbers.get(id as Id) ?? NONE;
  }

  /** The number of the id, which has one from here on. */
  take(id: Id): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#ids.length;
    this.#ids[number] = id;
    this.#numbers.set(id, number);
    return number;
  }

  /** Nothing holds the number any more: the next id may get it. */
  release(number: number): void {
    const id = this.#ids[number];
    if (id === undefined) return;
    this.#ids[number] = undefined;
    this.#numbers.delete(id);
    this.#free.push(number);
  }

  /** Of a number that was given and not released. */
  id(number: number): Id {
    return this.#ids[number]!;
  }
}
