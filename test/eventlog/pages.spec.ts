/** Pages of EventStoreDB that several followers read: once, and never what has no end yet. */
import { expect, test } from '@jest/globals';
import { encode, NO_HASH } from '#eventlog/codec.js';
import { Pages } from '#eventlog/esdb/pages.js';
import { scan } from '#eventlog/esdb/scan.js';
import { storedForm } from '#eventlog/esdb/stored.js';
import type { StoredEvent } from '#eventlog/esdb/store.js';
import { entryOf, positionOf } from '#eventlog/esdb/tail.js';
import { metadata } from '../contract/events.js';

const stored = (position: bigint): StoredEvent => {
  const event = { type: 'organization.rename', name: `Acme ${position}` } as const;
  const encoded = encode('organization-acme', Number(position), NO_HASH, event, metadata());
  const { stream, revision } = encoded;
  return { ...storedForm(encoded), stream, revision, position };
};

/** A store that ends at a position, two records on a page, and what was read of it. */
class Store {
  readonly reads: bigint[] = [];
  isAway = false;
  constructor(public end: bigint) {}

  readonly read = async (after: bigint) => {
    this.reads.push(after);
    await Promise.resolve();
    if (this.isAway) throw new Error('away');
    const positions = [after + 1n, after + 2n].filter((one) => one <= this.end);
    return {
      events: positions.map(stored),
      end: positions.at(-1) ?? after,
      isLast: positions.length < 2,
    };
  };
}

async function follow(pages: Pages): Promise<bigint[]> {
  const seen: bigint[] = [];
  for await (const entries of scan(0n, (after) => pages.after(after))) {
    seen.push(...entries.map(positionOf));
  }
  return seen;
}

test('several who follow read each page once, and all see everything', async () => {
  const store = new Store(7n);
  const pages = new Pages(store.read);
  const all = await Promise.all([follow(pages), follow(pages), follow(pages)]);
  expect(all).toEqual(Array(3).fill([1n, 2n, 3n, 4n, 5n, 6n, 7n]));
  expect(store.reads).toEqual([0n, 2n, 4n, 6n]);
});

test('a page at the end is read again, and so is one that could not be read', async () => {
  const store = new Store(3n);
  const pages = new Pages(store.read);
  expect(await follow(pages)).toEqual([1n, 2n, 3n]);
  store.end = 5n;
  store.isAway = true;
  await expect(pages.after(2n)).rejects.toThrow('away');
  store.isAway = false;
  expect(await follow(pages)).toEqual([1n, 2n, 3n, 4n, 5n]);
});

test('what is kept has so many bytes, whatever the number of its pages', async () => {
  const store = new Store(7n);
  const all = new Pages(store.read);
  await follow(all);
  await follow(all);
  expect(store.reads).toEqual([0n, 2n, 4n, 6n, 6n]);

  store.reads.length = 0;
  // Room for a page of two events and one event more, not for two such pages.
  const maxSize = 3 * entryOf(stored(1n)).bytes + 100;
  const few = new Pages(store.read, { maxSize, ttl: 60_000 });
  await follow(few);
  await few.after(4n);
  expect(store.reads).toEqual([0n, 2n, 4n, 6n]);
  await few.after(0n);
  expect(store.reads).toEqual([0n, 2n, 4n, 6n, 0n]);
});
