/** Whole numbers from 0 to 2³² - 1 by index, four bytes each. */

/** How many are on disk together. */
const PAGE = 2 ** 14;
/** How much more room is made where there is none, at least. */
const MORE = 1 / 8;

/** One array, for what is read at random: pages of it would each be looked up first. What was never set
 * is 0. */
export class Column {
  #values: Uint32Array;
  /** The same: what is computed with at every question fits a machine's word. */
  #signed: Int32Array;

  /** @param pages as `pages` gave them. */
  constructor(pages: readonly Uint32Array[] = []) {
    this.#values = new Uint32Array(pages.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const page of pages) {
      this.#values.set(page, at);
      at += page.length;
    }
    this.#signed = new Int32Array(this.#values.buffer);
  }

  /** What it holds now, to be written page by page; later changes are not in it. */
  pages(): Uint32Array[] {
    const values = this.#values.slice();
    return Array.from({ length: Math.ceil(values.length / PAGE) }, (_, page) =>
      values.subarray(page * PAGE, (page + 1) * PAGE),
    );
  }

  /** Those from 2³¹ on as negative numbers; until the next one is set. */
  get signed(): Int32Array {
    return this.#signed;
  }

  /** At an index below `length`. */
  get(index: number): number {
    return this.#values[index]!;
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) this.#grow(index + 1);
    this.#values[index] = value;
  }

  /** How many indexes there is room for. */
  get length(): number {
    return this.#values.length;
  }

  /** What it takes in memory. */
  get bytes(): number {
    return this.#values.byteLength;
  }

  #grow(least: number): void {
    const length = Math.max(least, Math.ceil(this.#values.length * (1 + MORE)));
    const values = new Uint32Array(Math.ceil(length / PAGE) * PAGE);
    values.set(this.#values);
    this.#values = values;
    this.#signed = new Int32Array(values.buffer);
  }
}
