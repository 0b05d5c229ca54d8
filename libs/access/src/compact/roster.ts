/** The rows of one organization's members, in the order of their ids. */
import type { MemberId } from '#domain/ids.js';
import type { Memberships } from './memberships.js';

/** How much more room is made where there is none, at least. */
const ROOM = 4;
const MORE = 1 / 8;

export class Roster {
  #rows: Uint32Array;
  #size: number;

  /** @param rows as `rows` gave them. */
  constructor(
    private readonly memberships: Memberships,
    rows: Uint32Array = new Uint32Array(0),
  ) {
    this.#rows = rows;
    this.#size = rows.length;
  }

  /** What it holds now; later changes are not in it. */
  rows(): Uint32Array {
    return this.#rows.slice(0, this.#size);
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#rows.byteLength;
  }

  clear(): void {
    this.#rows = new Uint32Array(0);
    this.#size = 0;
  }

  /** A row that is not in it, and whose it is. */
  add(row: number, id: MemberId): void {
    const at = this.#place(id);
    if (this.#size === this.#rows.length) this.#grow();
    this.#rows.copyWithin(at + 1, at, this.#size);
    this.#rows[at] = row;
    this.#size += 1;
  }

  /** The row of a member who is in it. */
  remove(id: MemberId): void {
    const at = this.#place(id);
    this.#rows.copyWithin(at, at + 1, this.#size);
    this.#size -= 1;
  }

  /** From the first whose id comes after `after`; all of them without it. */
  *after(after?: string): Generator<number> {
    let last = after as MemberId | undefined;
    let at = last === undefined ? 0 : this.#beyond(last);
    for (; at < this.#size; at++) {
      const row = this.#rows[at]!;
      last = this.memberships.id(row);
      yield row;
      // Whoever walks may add and remove.
      if (this.#rows[at] !== row) at = this.#beyond(last) - 1;
    }
  }

  /** Where the id is, or would be. */
  #place(id: MemberId): number {
    let low = 0;
    let high = this.#size;
    // Ids are made in the order of time: most are put at the end.
    if (high > 0 && this.#idAt(high - 1) < id) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#idAt(middle) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #beyond(id: MemberId): number {
    const at = this.#place(id);
    return at < this.#size && this.#idAt(at) === id ? at + 1 : at;
  }

  #idAt = (at: number): MemberId => this.memberships.id(this.#rows[at]!);

  #grow(): void {
    const rows = new Uint32Array(this.#size + Math.max(ROOM, Math.floor(this.#size * MORE)));
    rows.set(this.#rows);
    this.#rows = rows;
  }
}
