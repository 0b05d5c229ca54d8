/** Lists that are walked a stretch at a time, each at a bounded cost. */

/** Where a list is walked on: the key of the last that was looked at. */
export type At = readonly (string | number)[];

export interface From {
  /** Absent: from the beginning. */
  readonly after?: At;
  /** Rows to come back with. */
  readonly rows: number;
  /** How many candidates to look at before coming back with fewer rows. */
  readonly looks?: number;
}

/** How many candidates are looked at in one go: some milliseconds' work. */
export const LOOKS = 2_000;

export interface Stretch<Row> {
  readonly rows: readonly { readonly at: At; readonly row: Row }[];
  /** There may be more, after this; absent: there is no more. */
  readonly next?: At;
}

/** One that may be a row of the list, with the place it has in it. */
export interface Candidate<Row> {
  readonly at: At;
  readonly row?: Row | undefined;
  /** As how many it counts; absent: as one. */
  readonly looks?: number;
}

/** Looks at candidates until there are rows enough, or enough were looked at. */
export function walk<Row>(candidates: Iterable<Candidate<Row>>, from: From): Stretch<Row> {
  const stretch = new Walk<Row>(from);
  stretch.along(candidates);
  return stretch.done;
}

/** The same where candidates have to be waited for now and then. */
export class Walk<Row> {
  readonly #rows: { at: At; row: Row }[] = [];
  #looked = 0;
  #last: At | undefined;
  #isCut = false;

  constructor(private readonly from: From) {}

  /** To be asked when there is more to look at; false: not this time. */
  goesOn(): boolean {
    const { rows, looks = LOOKS } = this.from;
    const isEnough = this.#rows.length === rows || this.#looked >= looks;
    this.#isCut = isEnough && this.#last !== undefined;
    return !this.#isCut;
  }

  /** Looks at these; false: not at all of them. */
  along(candidates: Iterable<Candidate<Row>>): boolean {
    for (const { at, row, looks = 1 } of candidates) {
      if (!this.goesOn()) return false;
      this.#looked += looks;
      this.#last = at;
      if (row !== undefined) this.#rows.push({ at, row });
    }
    return true;
  }

  get done(): Stretch<Row> {
    return this.#isCut ? { rows: this.#rows, next: this.#last! } : { rows: this.#rows };
  }
}
