/** Everything that the store holds, read page by page without a filter: what is certain to be whole. */
import type { Connection } from './connection.js';
import type { StoredEvent } from './store.js';

/** Records read at a time. */
const PAGE = 512;

/**
 * What is `ours` of everything after the record at `after`, in pages of commit order, up to the end
 * as it is when it is met. @throws LogUnavailable, NoRecord
 */
export async function* scan(
  connection: Connection,
  after: bigint,
  isOurs: (stream: string) => boolean,
): AsyncGenerator<readonly StoredEvent[]> {
  for (let at = after; ;) {
    const page = await connection.readAll(at, PAGE);
    const events = page.filter(({ position, stream }) => position > at && isOurs(stream));
    const last = page.at(-1)?.position ?? at;
    if (last === at) return;
    at = last;
    if (events.length > 0) yield events;
    if (page.length < PAGE) return;
  }
}
