/** Pages of the store, read and decoded once for all who come by at about the same time. */
import { LRUCache } from 'lru-cache';
import type { Page } from './scan.js';
import type { StoredEvent } from './store.js';
import { type Entry, entryOf } from './tail.js';

/** Pages that are kept, some 16 MB, and for how many milliseconds: who follows is not far behind for
 * long. */
const KEPT = { max: 16, ttl: 60_000, ttlAutopurge: true } as const;

export class Pages {
  readonly #pages = new LRUCache<bigint, Promise<Page<Entry>>>(KEPT);

  constructor(private readonly read: (after: bigint) => Promise<Page<StoredEvent>>) {}

  after(position: bigint): Promise<Page<Entry>> {
    const known = this.#pages.get(position);
    if (known !== undefined) return known;
    const page = this.#decoded(position);
    this.#pages.set(position, page);
    // What comes behind the end would not be in it.
    const forget = (): void => void this.#pages.delete(position);
    page.then(({ isLast }) => isLast && forget(), forget);
    return page;
  }

  async #decoded(position: bigint): Promise<Page<Entry>> {
    const { events, ...page } = await this.read(position);
    return { ...page, events: events.map((one) => entryOf(one).entry) };
  }
}
