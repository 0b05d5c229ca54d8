/** Pages of the store, read and decoded once for all who come by at about the same time. */
import { LRUCache } from 'lru-cache';
import type { Page } from './scan.js';
import type { StoredEvent } from './store.js';
import { type Entry, entryOf } from './tail.js';

/** Bytes of the canonical forms of what is kept, and for how many milliseconds: who follows is not far
 * behind for long. */
const KEPT = { maxSize: 16 * 1024 * 1024, ttl: 60_000 } as const;

interface DecodedPage extends Page<Entry> {
  readonly bytes: number;
}

export class Pages {
  readonly #pages: LRUCache<bigint, DecodedPage>;

  constructor(
    private readonly read: (after: bigint) => Promise<Page<StoredEvent>>,
    kept: { readonly maxSize: number; readonly ttl: number } = KEPT,
  ) {
    this.#pages = new LRUCache<bigint, DecodedPage>({
      ...kept,
      ttlAutopurge: true,
      // A page of nothing is one, too.
      sizeCalculation: ({ bytes }) => bytes + 1,
      fetchMethod: (position) => this.#decoded(position),
      // Whoever waits for it gets it.
      ignoreFetchAbort: true,
    });
  }

  async after(position: bigint): Promise<Page<Entry>> {
    const page = await this.#pages.forceFetch(position);
    // What comes behind the end would not be in it.
    if (page.isLast) this.#pages.delete(position);
    return page;
  }

  async #decoded(position: bigint): Promise<DecodedPage> {
    const { events, ...page } = await this.read(position);
    const decoded = events.map(entryOf);
    const bytes = decoded.reduce((sum, one) => sum + one.bytes, 0);
    return { ...page, events: decoded.map(({ entry }) => entry), bytes };
  }
}
