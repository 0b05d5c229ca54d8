/** Lists are pages: never a silent cut. */
import { refuse } from '#domain/refusals.js';
import type { Cursors, ListName, PageKey } from './cursors.js';

export interface Page<Row> {
  readonly items: readonly Row[];
  /** Where the next page begins; absent on the last one. */
  readonly nextCursor?: string;
}

export interface PageRequest {
  /** 1 to 200; 50 where left out. */
  readonly limit?: number;
  readonly cursor?: string;
  /** What else of the request has to stay as it was for the cursor to go on. */
  readonly alsoOf?: string;
}

export const LIMIT = { least: 1, usual: 50, most: 200 } as const;

/** One page being read: where it begins, and one row more than it holds. */
export class Reading {
  /** How many rows to ask for: one more than the page has, to know whether there are more. */
  readonly wanted: number;
  /** Key of the last row of the page before; absent on the first. */
  readonly after: PageKey | undefined;

  constructor(
    private readonly cursors: Cursors,
    private readonly list: ListName,
    { limit = LIMIT.usual, cursor }: Omit<PageRequest, 'alsoOf'>,
  ) {
    if (!Number.isInteger(limit) || limit < LIMIT.least || limit > LIMIT.most) {
      refuse('request.invalid', `limit is ${LIMIT.least} to ${LIMIT.most}.`, [
        { pointer: '?limit', detail: `must be ${LIMIT.least} to ${LIMIT.most}` },
      ]);
    }
    this.wanted = limit + 1;
    this.after = cursor === undefined ? undefined : cursors.read(list, cursor);
  }

  /** What a walk begins with. */
  get from(): { readonly after?: PageKey; readonly rows: number } {
    const { after, wanted: rows } = this;
    return after === undefined ? { rows } : { after, rows };
  }

  /** The page that these rows (up to `wanted`) make. */
  page<Row>(rows: readonly Row[], keyOf: (row: Row) => PageKey): Page<Row> {
    const items = rows.slice(0, this.wanted - 1);
    const last = items.at(-1);
    if (rows.length < this.wanted || last === undefined) return { items };
    return { items, nextCursor: this.cursors.write(this.list, keyOf(last)) };
  }

  /** The page that a walk makes: it may have come back with fewer rows than were wanted. */
  walked<Row>(rows: readonly { at: PageKey; row: Row }[], next: PageKey | undefined): Page<Row> {
    if (rows.length === this.wanted || next === undefined) {
      return mapped(
        this.page(rows, ({ at }) => at),
        ({ row }) => row,
      );
    }
    return { items: rows.map(({ row }) => row), nextCursor: this.cursors.write(this.list, next) };
  }
}

/** A page with its rows made into answers. */
export const mapped = <Row, Answer>(
  { items, ...rest }: Page<Row>,
  answer: (row: Row) => Answer,
): Page<Answer> => ({ items: items.map(answer), ...rest });
