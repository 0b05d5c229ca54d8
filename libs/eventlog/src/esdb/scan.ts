/** Everything that the store holds, read page by page without a filter: what is certain to be whole. */
import type { Connection } from './connection.js';
import type { StoredEvent } from './store.js';

/** Records read at a time. */
const PAGE = 512;

export interface Page<Event> {
  /** In commit order. */
  readonly events: readonly Event[];
  /** Position of the last record that was looked at. */
  readonly end: bigint;
  /** The store ended there when it was read. */
  readonly isLast: boolean;
}

/** What is `ours` of the records after the one at `after`. @throws LogUnavailable, NoRecord */
export const pageAfter = async (
  connection: Connection,
  after: bigint,
  isOurs: (stream: string) => boolean,
): Promise<Page<StoredEvent>> => {
  const page = await connection.readAll(after, PAGE);
  return {
    events: page.filter(({ position, stream }) => position > after && isOurs(stream)),
    end: page.at(-1)?.position ?? after,
    isLast: page.length < PAGE,
  };
};

/** Events after a position, page by page, up to the end as it is when it is met. */
export async function* scan<Event>(
  after: bigint,
  read: (after: bigint) => Promise<Page<Event>>,
): AsyncGenerator<readonly Event[]> {
  for (let at = after; ;) {
    const { events, end, isLast } = await read(at);
    if (events.length > 0) yield events;
    if (isLast || end === at) return;
    at = end;
  }
}
