/** A log that is moved to EventStoreDB is the same log there, or is not moved. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { exportHeads } from '#eventlog/chain.js';
import { encode, NO_HASH } from '#eventlog/codec.js';
import type { EsdbEventLog } from '#eventlog/esdb.js';
import { LogIncomplete, type StoredRecord } from '#eventlog/event-log.js';
import { moveLog, type MoveOptions } from '#eventlog/moving.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { Chain, collect, metadata, renamed } from '../contract/events.js';
import { staged } from '../support/eventstoredb/stage.js';
import { temporaryDirectories } from '../eventlog/directory.js';

const stage = staged();
const directory = temporaryDirectories();
const [A, B] = ['organization-a', 'organization-b'];

describe('a log that is moved', () => {
  let from: SqliteEventLog;
  let to: EsdbEventLog;
  let b: Chain;

  beforeEach(async () => {
    from = new SqliteEventLog(join(directory(), 'events.db'));
    const a = new Chain(A);
    b = new Chain(B);
    for (let i = 0; i < 6; i++) {
      await from.append(a.renames(2));
      await from.append(b.renames(1));
    }
    to = await stage().open({ moving: from.id });
  });
  afterEach(() => from.close());

  const move = (options: Partial<MoveOptions> = {}) =>
    moveLog(from, to, { wanted: new Set(), ...options });
  const placed = ({ stream, revision, id, hash, canonical }: StoredRecord) => [
    ...[stream, revision, id, hash, canonical],
  ];
  const recordsOf = async (log: { records: SqliteEventLog['records'] }) =>
    (await collect(log.records())).map(placed);

  test('keeps its name, its order, every byte, and what is newer than this program', async () => {
    const future = { type: 'organization.rename', name: 'C', since: 'later' } as never;
    const newer = metadata({ schemaVersion: 7 });
    await from.append([encode('organization-c', 0, NO_HASH, future, newer)]);
    const heard: string[] = [];
    const onProgress: MoveOptions['onProgress'] = (...words) => heard.push(words.join(' '));
    await move({ onProgress });
    expect(await recordsOf(to)).toEqual(await recordsOf(from));
    expect(await exportHeads(to)).toEqual(await exportHeads(from));
    expect(heard[0]).toBe('events copied 1 19');
    expect(heard.at(-1)).toBe('streams verified 3 3');
  });

  test('says where each place is now: there the very next event follows', async () => {
    const places = await move({ wanted: new Set([1n, 9n, 18n, 99n]) });
    expect([...places.keys()]).toEqual([1n, 9n, 18n]);
    const stream = async (position: bigint) =>
      (await collect(from.records())).find((one) => one.position === position)!;
    for (const [old, now] of places) {
      const there = (await collect(to.records())).find(({ position }) => position === now)!;
      expect(placed(there)).toEqual(placed(await stream(old)));
    }
    const { until, seen } = stage().follow(to, places.get(9n));
    await until(9);
    expect(placed((await collect(from.records()))[9]!)[0]).toBe(seen[0]!.stream);
  });

  test('is nobody’s until it is said to be whole, and moved once only', async () => {
    await move();
    await expect(stage().open()).rejects.toThrow(LogIncomplete);
    await expect(stage().open({ readonly: true })).rejects.toThrow(LogIncomplete);
    expect((await stage().open({ moving: from.id })).isWhole).toBe(false);
    await to.becomeWhole();
    await to.becomeWhole();
    expect((await stage().open()).id).toBe(from.id);
    expect((await stage().open({ moving: from.id })).isWhole).toBe(true);
  });

  test('goes on where an earlier run was: what is there is not written again', async () => {
    await move();
    const count = stage().server.store.count;
    await from.append(b.renames(3));
    await move();
    expect(stage().server.store.count).toBe(count + 3);
    expect(await recordsOf(to)).toEqual(await recordsOf(from));
  });

  test('is repeated unchanged where nobody answers, and is there once', async () => {
    const { faults } = stage().server;
    let asked = 0;
    faults.chance = (operation) =>
      operation === 'append' && ++asked % 3 === 0
        ? { kind: 'never', written: asked % 2 === 0 }
        : undefined;
    const troubles: string[] = [];
    await move({ onTrouble: (words) => troubles.push(words) });
    expect(await recordsOf(to)).toEqual(await recordsOf(from));
    expect(troubles.length).toBeGreaterThan(0);
  });

  test('ends with a sentence where nobody ever answers', async () => {
    stage().server.faults.chance = (operation) =>
      operation === 'append' ? { kind: 'never' } : undefined;
    await expect(move({ patience: 100 })).rejects.toThrow(/repeat the command, it goes on here/);
  });

  test.each([
    ['another event in its place', { data: Buffer.from('{"name":"Mallory"}') }],
    ['the same under another id', { id: '00000000-0000-8000-8000-000000000000' }],
  ])('is refused where there is %s', async (_, change) => {
    await move();
    stage().server.store.overwrite(B, 3, change);
    await expect(move()).rejects.toThrow(
      /where organization-b\/3 .* give a place that holds nothing/,
    );
  });

  test('is refused where somebody has gone on there, or in another order', async () => {
    await move();
    await to.append(b.renames(1));
    await expect(move()).rejects.toThrow(/organization-b\/6 is there, and not here/);
    const other = await stage().open({ moving: 'log_other', namespace: 'other-' });
    const again = new Chain(B);
    await other.append(again.next(renamed('name 0')));
    await expect(moveLog(from, other, { wanted: new Set() })).rejects.toThrow(
      /where organization-a\/0 .* is organization-b\/0/,
    );
  });
});
