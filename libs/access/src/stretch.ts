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
}

/** Looks at candidates until there are rows enough, or enough were looked at. */
export function walk<Row>(
  candidates: Iterable<Candidate<Row>>,
  { rows: most, looks = LOOKS }: From,
): Stretch<Row> {
  const rows: { at: At; row: Row }[] = [];
  let last: At | undefined;
  let looked = 0;
  for (const { at, row } of candidates) {
    const isEnough = rows.length === most || looked === looks;
    if (isEnough && last !== undefined) return { rows, next: last };
    looked += 1;
    last = at;
    if (row !== undefined) rows.push({ at, row });
  }
  return { rows };
}
