import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { hashOf } from '#eventlog/codec.js';
import type { Snapshot, Snapshots } from '#eventlog/snapshots.js';
import { told } from '../support/skipping.js';
import { isEmbedded, place, type SnapshotPlace } from '../support/snapshots.js';
import { temporaryDirectories } from './directory.js';

const reason = isEmbedded() ? undefined : 'PostgreSQL keeps no files';
const onFiles = reason === undefined ? test : test.skip;
const directory = temporaryDirectories();
let path: string;
let there: SnapshotPlace;
beforeEach(() => {
  path = join(directory(), 'snapshots.db');
  there = place(path);
});
afterEach(() => there.remove());

const snapshot = (overrides: Partial<Snapshot> = {}): Snapshot => ({
  stream: 'organization-a',
  name: 'state@1',
  revision: 41,
  hash: 'ab'.repeat(32),
  payload: Buffer.from('{"members":{}}'),
  ...overrides,
});
/** What is loaded, the payload as its hash: comparing megabytes takes Jest seconds. */
const loaded = async (snapshots: Snapshots, stream: string, name = 'state@1') =>
  digested(await snapshots.load(stream, name));
const digested = (snapshot: Snapshot | undefined) =>
  snapshot && { ...snapshot, payload: hashOf(snapshot.payload) };
test('a snapshot comes back as it was saved, after a restart too', async () => {
  let snapshots = await there.open();
  expect(await snapshots.load('organization-a', 'state@1')).toBeUndefined();
  const large = snapshot({ stream: 'organization-b', payload: randomBytes(5_000_001) });
  const empty = snapshot({ stream: 'organization-c', payload: Buffer.alloc(0) });
  for (const each of [snapshot(), large, empty]) await snapshots.save(each);
  for (let open = 0; open < 2; open++) {
    for (const each of [snapshot(), large, empty]) {
      expect(await loaded(snapshots, each.stream)).toEqual(digested(each));
    }
    await snapshots.close();
    snapshots = await there.open();
  }
  await snapshots.close();
});

test('a later one takes its place, an earlier one does not', async () => {
  const snapshots = await there.open();
  const later = snapshot({ revision: 50, payload: Buffer.from('later') });
  await snapshots.save(snapshot());
  await snapshots.save(later);
  await snapshots.save(snapshot({ revision: 45 }));
  expect(await snapshots.load('organization-a', 'state@1')).toEqual(later);
  // A new fold starts again from wherever it is.
  const other = snapshot({ name: 'state@2', revision: 3 });
  await snapshots.save(other);
  expect(await snapshots.load('organization-a', 'state@1')).toBeUndefined();
  expect(await snapshots.load('organization-a', 'state@2')).toEqual(other);
  await snapshots.close();
  expect(await there.pieces()).toBe(1);
});

test('saves at the same moment leave one of them whole', async () => {
  const snapshots = await there.open();
  const saves = [1, 2, 3, 4].map((revision) =>
    snapshot({ revision, payload: randomBytes(3_000_000 - revision) }),
  );
  await Promise.all(saves.map((each) => snapshots.save(each)));
  expect(await loaded(snapshots, 'organization-a')).toEqual(digested(saves[3]));
  await snapshots.close();
  expect(await there.pieces()).toBe(3);
});

test.each([
  ['payload', 'update pieces set bytes = $members'],
  ['length', 'update pieces set bytes = $start'],
  ['pieces', 'delete from pieces'],
  ['revision', 'update snapshots set revision = revision + 1'],
  ['hash', `update snapshots set hash = replace(hash, 'a', 'c')`],
  ['checksum', `update snapshots set checksum = 'x'`],
])('one with another %s than it was saved with is not loaded', async (_, statement) => {
  const before = await there.open();
  await before.save(snapshot());
  await before.close();
  await there.change(statement);
  const snapshots = await there.open();
  expect(await snapshots.load('organization-a', 'state@1')).toBeUndefined();
  await snapshots.save(snapshot());
  expect(await snapshots.load('organization-a', 'state@1')).toEqual(snapshot());
  await snapshots.close();
});

onFiles(
  `what an unfinished save left is swept away, and a removed one is gone${told(reason)}`,
  async () => {
    const snapshots = await there.open();
    await snapshots.save(snapshot());
    await snapshots.save(snapshot({ stream: 'organization-b' }));
    await snapshots.remove('organization-b');
    await snapshots.remove('organization-b');
    expect(await snapshots.load('organization-b', 'state@1')).toBeUndefined();
    void snapshots.save(snapshot({ stream: 'organization-c', payload: randomBytes(9_000_000) }));
    await snapshots.close();
    const again = await there.open();
    expect(await again.load('organization-c', 'state@1')).toBeUndefined();
    expect(await again.load('organization-a', 'state@1')).toEqual(snapshot());
    await again.close();
    expect(await there.pieces()).toBe(1);
  },
);

onFiles.each<[string, (bytes: Buffer) => Buffer]>([
  ['its head', (bytes) => Buffer.concat([Buffer.alloc(16), bytes.subarray(16)])],
  [
    'most of it',
    (bytes) => Buffer.concat([bytes.subarray(0, 4096), randomBytes(bytes.length - 4096)]),
  ],
])(
  `a file that has lost %s holds nothing, and takes snapshots again${told(reason)}`,
  async (_, damaged) => {
    let snapshots = await there.open();
    await snapshots.save(snapshot({ payload: randomBytes(100_000) }));
    await snapshots.close();
    writeFileSync(path, damaged(readFileSync(path)));
    snapshots = await there.open();
    expect(await snapshots.load('organization-a', 'state@1')).toBeUndefined();
    await snapshots.close();
    snapshots = await there.open();
    await snapshots.save(snapshot());
    expect(await snapshots.load('organization-a', 'state@1')).toEqual(snapshot());
    await snapshots.close();
  },
);
