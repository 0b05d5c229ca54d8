/** Whole numbers from 0 to 2³² - 1 by index, four bytes each. */

const BITS = 14;
const PAGE = 1 << BITS;

/** Grows by pages: nothing that is there is copied, and less than a page is left unused. What was
 * never set is 0. */
export class Column {
  readonly #pages: Uint32Array[];

  /** @param pages as `pages` gave them. */
  constructor(pages: Uint32Array[] = []) {
    this.#pages = pages;
  }

  /** What it holds now; later changes are not in it. */
  pages(): Uint32Array[] {
    return this.#pages.map((page) => page.slice());
  }

  /** At an index that was ever set, or below it. */
  get(index: number): number {
    return this.#pages[index >>> BITS]![index & (PAGE - 1)]!;
  }

  set(index: number, value: number): void {
    const page = index >>> BITS;
    while (page >= this.#pages.length) this.#pages.push(new Uint32Array(PAGE));
    this.#pages[page]![index & (PAGE - 1)] = value;
  }

  /** How many indexes there is room for. */
  get length(): number {
    return this.#pages.length * PAGE;
  }

  /** What it takes in memory. */
  get bytes(): number {
    return this.#pages.length * PAGE * Uint32Array.BYTES_PER_ELEMENT;
  }
}
