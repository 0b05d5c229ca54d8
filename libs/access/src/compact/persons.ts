/**
 * Which memberships are one person's: a chain of rows, or a map of them where they are many. Four bytes
 * for a row, and four for a person.
 */
import type { UserId } from '#domain/ids.js';
import { prefixOf } from '../questions.js';
import { Column } from './column.js';
import { NONE } from './names.js';
import { PackedNames, type PackedNamesCopy } from './packed-names.js';
import { isTagged, tagged, untagged } from './tags.js';

/** A person with more memberships than this has a map of them in place of a chain. */
const LONG = 16;

export interface PersonsCopy {
  readonly users: PackedNamesCopy<UserId>;
  readonly next: Uint32Array[];
  readonly first: Uint32Array[];
}

/** Persons and rows are numbers; `NONE` is none. */
export class Persons {
  readonly #users: PackedNames<UserId>;
  /** Row → the next row of the same person; of the last one, tagged, the person; or nobody. */
  readonly #next: Column;
  /** Person → their first row. */
  readonly #first: Column;
  /** Person → organization → row, of those with many. */
  readonly #busy = new Map<number, Map<number, number>>();

  /**
   * @param organizationOf the number of the organization that a row is of.
   * @param from as `copy` gave it.
   */
  constructor(
    private readonly organizationOf: (row: number) => number,
    from?: PersonsCopy,
  ) {
    this.#users = new PackedNames(prefixOf('user'), from?.users);
    this.#next = new Column(from?.next);
    this.#first = new Column(from?.first);
  }

  /** What it holds now; later changes are not in it. */
  copy(): PersonsCopy {
    return {
      users: this.#users.copy(),
      next: this.#next.pages(),
      first: this.#first.pages(),
    };
  }

  /** After a copy was taken in: a row of one whom no row is the first of is in a map. */
  restore(row: number): void {
    const next = this.#next.get(row);
    if (!isTagged(next) || this.#first.get(untagged(next)) !== NONE) return;
    const rows = this.#busy.get(untagged(next)) ?? new Map<number, number>();
    this.#busy.set(untagged(next), rows.set(this.organizationOf(row), row));
  }

  get size(): number {
    return this.#users.size;
  }

  get bytes(): number {
    return this.#next.bytes + this.#first.bytes;
  }

  get idBytes(): number {
    return this.#users.bytes;
  }

  number(user: string): number {
    return this.#users.number(user);
  }

  /** The person a row is of. */
  of(row: number): number {
    let value = this.#next.get(row);
    while (value !== NONE && !isTagged(value)) value = this.#next.get(value);
    return value === NONE ? NONE : untagged(value);
  }

  userOf(row: number): UserId | undefined {
    const person = this.of(row);
    return person === NONE ? undefined : this.#users.id(person);
  }

  /** The row of a person in an organization. */
  rowAt(organization: number, person: number): number {
    const busy = this.#busy.get(person);
    if (busy !== undefined) return busy.get(organization) ?? NONE;
    for (let row = this.#firstOf(person); row !== NONE; row = this.#after(row)) {
      if (this.organizationOf(row) === organization) return row;
    }
    return NONE;
  }

  /** Every row of a person. */
  rowsOf(person: number): number[] {
    const busy = this.#busy.get(person);
    return busy === undefined ? this.#chain(person) : [...busy.values()];
  }

  /** A row that is nobody's yet. */
  begin(row: number): void {
    this.#next.set(row, NONE);
  }

  /** From here on the row is of this person; of two in one organization it is the newest. */
  link(row: number, user: UserId): void {
    this.unlink(row);
    let person = this.#users.take(user);
    const other = this.rowAt(this.organizationOf(row), person);
    if (other !== NONE) {
      this.unlink(other);
      // The other one may have been their last.
      person = this.#users.take(user);
    }
    const rows = this.#busy.get(person) ?? this.#mapOf(person);
    const first = this.#firstOf(person);
    rows?.set(this.organizationOf(row), row);
    this.#next.set(row, rows === undefined && first !== NONE ? first : tagged(person));
    this.#first.set(person, rows === undefined ? row : NONE);
  }

  /** From here on the row is nobody's. */
  unlink(row: number): void {
    const person = this.of(row);
    if (person === NONE) return;
    const next = this.#next.get(row);
    this.#next.set(row, NONE);
    const busy = this.#busy.get(person);
    if (busy !== undefined) {
      busy.delete(this.organizationOf(row));
      if (busy.size > 0) return;
      this.#busy.delete(person);
      return this.#users.release(person);
    }
    let before = this.#first.get(person);
    if (before !== row) {
      while (this.#next.get(before) !== row) before = this.#next.get(before);
      return this.#next.set(before, next);
    }
    this.#first.set(person, isTagged(next) ? NONE : next);
    if (isTagged(next)) this.#users.release(person);
  }

  /** Where the chain has become long: in its place. */
  #mapOf(person: number): Map<number, number> | undefined {
    const chain = this.#chain(person);
    if (chain.length < LONG) return undefined;
    for (const row of chain) this.#next.set(row, tagged(person));
    this.#first.set(person, NONE);
    const rows = new Map(chain.map((row) => [this.organizationOf(row), row]));
    this.#busy.set(person, rows);
    return rows;
  }

  #chain(person: number): number[] {
    const rows: number[] = [];
    for (let row = this.#firstOf(person); row !== NONE; row = this.#after(row)) rows.push(row);
    return rows;
  }

  #firstOf(person: number): number {
    return person === NONE || person >= this.#first.length ? NONE : this.#first.get(person);
  }

  #after(row: number): number {
    const next = this.#next.get(row);
    return isTagged(next) ? NONE : next;
  }
}
