/**
 * Numbers of very many ids of one kind, as `Names` gives them, without a string for each: an id takes
 * 16 bytes, and its place in the table by which it is found 6 to 12.
 */
import { NONE } from './names.js';
import { PackedIds, type PackedCopy } from './packed-ids.js';

export interface PackedNamesCopy<Id extends string = string> {
  readonly ids: PackedCopy<Id>;
  readonly highest: number;
  readonly free: readonly number[];
}

/** So many places for so many ids, at least. */
const ROOM = 3 / 2;
const FEWEST = 1024;

export class PackedNames<Id extends string> {
  readonly #ids: PackedIds<Id>;
  /** Ids of another form. */
  readonly #others: Map<Id, number>;
  /** A number stands at the place that its id's bits say, or as soon after it as there was room. */
  #places = new Uint32Array(FEWEST);
  readonly #free: number[];
  #highest: number;

  /**
   * @param prefix of the ids of this kind.
   * @param from as `copy` gave it.
   */
  constructor(prefix: string, from?: PackedNamesCopy<Id>) {
    this.#ids = new PackedIds(prefix, from?.ids);
    this.#others = new Map([...this.#ids.others()].map(([number, id]) => [id, number]));
    this.#free = [...(from?.free ?? [])];
    this.#highest = from?.highest ?? NONE;
    this.#makeRoom();
  }

  /** What it holds now; later changes are not in it. */
  copy(): PackedNamesCopy<Id> {
    return { ids: this.#ids.copy(), highest: this.#highest, free: [...this.#free] };
  }

  /** How many ids have a number. */
  get size(): number {
    return this.#highest - this.#free.length;
  }

  /** What the ids take. */
  get bytes(): number {
    return this.#ids.bytes + this.#places.byteLength;
  }

  /** From 1 on; `NONE` for an id that has none. */
  number(id: string): number {
    if (!this.#ids.pack(id)) return this.#others.get(id as Id) ?? NONE;
    return this.#places[this.#place()]!;
  }

  /** The number of the id, which has one from here on. */
  take(id: Id): number {
    const known = this.number(id);
    if (known !== NONE) return known;
    const number = this.#free.pop() ?? (this.#highest += 1);
    this.#ids.set(number, id);
    if (this.#places.length < this.#highest * ROOM) this.#makeRoom();
    else this.#enter(number);
    return number;
  }

  /** Nothing holds the number any more: the next id may get it. */
  release(number: number): void {
    const id = this.#ids.get(number);
    if (!this.#others.delete(id)) this.#vacate(number);
    this.#ids.release(number);
    this.#free.push(number);
  }

  /** All that are given. */
  *numbers(): Generator<number> {
    const free = new Set(this.#free);
    for (let number = 1; number <= this.#highest; number++) if (!free.has(number)) yield number;
  }

  /** Of a number that was given and not released. */
  id(number: number): Id {
    return this.#ids.get(number);
  }

  #enter(number: number): void {
    if (this.#ids.repack(number)) this.#places[this.#place()] = number;
    else this.#others.set(this.#ids.get(number), number);
  }

  /** Where the id that was packed last is, or the empty place where it would be. */
  #place(): number {
    const last = this.#places.length - 1;
    for (let place = this.#home(); ; place = (place + 1) & last) {
      const number = this.#places[place]!;
      if (number === NONE || this.#ids.isPacked(number)) return place;
    }
  }

  /** The place that the bits of the id packed last say. */
  #home(): number {
    const { packed } = this.#ids;
    let mixed =
      Math.imul(packed[0]! ^ Math.imul(packed[1]!, 0x85eb_ca6b), 0xc2b2_ae35) ^ packed[2]!;
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b_3c6d) ^ packed[3]!;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
    return (mixed ^ (mixed >>> 13)) & (this.#places.length - 1);
  }

  /** Empties the place of a number; those that stood after it for want of room move up. */
  #vacate(number: number): void {
    const places = this.#places;
    const last = places.length - 1;
    this.#ids.repack(number);
    let hole = this.#place();
    for (let place = (hole + 1) & last; places[place] !== NONE; place = (place + 1) & last) {
      this.#ids.repack(places[place]!);
      // Nobody is found before their home.
      if (((place - this.#home()) & last) < ((place - hole) & last)) continue;
      places[hole] = places[place]!;
      hole = place;
    }
    places[hole] = NONE;
  }

  /** As many places as there have to be, and everybody at theirs. */
  #makeRoom(): void {
    let length = FEWEST;
    while (length < this.#highest * ROOM) length *= 2;
    this.#places = new Uint32Array(length);
    for (const number of this.numbers()) this.#enter(number);
  }
}
