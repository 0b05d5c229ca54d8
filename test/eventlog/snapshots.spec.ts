import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '#database/sqlite.js';
import { hashOf } from '#eventlog/codec.js';
import { type Snapshot, SqliteSnapshots } from '#eventlog/snapshots.js';
import { temporaryDirectories } from './directory.js';

const directory = temporaryDirectories();
let path: string;
beforeEach(() => {
  path = join(directory(), 'snapshots.db');
});

const snapshot = (overrides: Partial<Snapshot> = {}): Snapshot => ({
  stream: 'organization-a',
  name: 'state@1',
  revision: 41,
  hash: 'ab'.repeat(32),
  payload: Buffer.from('{"members":{}}'),
  ...overrides,
});
/** What is loaded, the payload as its hash: comparing megabytes takes Jest seconds. */
const loaded = async (snapshots: SqliteSnapshots, stream: string, name = 'state@1') =>
  digested(await snapshots.load(stream, name));
const digested = (snapshot: Snapshot | undefined) =>
  snapshot && { ...snapshot, payload: hashOf(snapshot.payload) };
const sql = (statement: string) => {
  const database = openDatabase(path);
  database.exec(statement);
  const left = database.prepareRows<[number]>('select count(*) from pieces').get()?.[0];
  database.close();
  return left;
};

test('a snapshot comes back as it was saved, after a restart too', async () => {
  let snapshots = new SqliteSnapshots(path);
  expect(await snapshots.load('organization-a', 'state@1')).toBeUndefined();
  const large = snapshot({ stream: 'organization-b', payload: randomBytes(5_000_001) });
  const empty = snapshot({ stream: 'organization-c', payload: Buffer.alloc(0) });
  for (const each of [snapshot(), large, empty]) await snapshots.save(each);
  for (let open = 0; open < 2; open++) {
    for (const each of [snapshot(), large, empty]) {
      expect(await loaded(snapshots, each.stream)).toEqual(digested(each));
    }
    await snapshots.close();
    snapshots = new SqliteSnapshots(path);
  }
  await snapshots.close();
});

test('a later one takes its place, an earlier one does not', async () => {
  const snapshots = new SqliteSnapshots(path);
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
  expect(sql('select 1')).toBe(1);
});

test('saves at the same moment leave one of them whole', async () => {
  const snapshots = new SqliteSnapshots(path);
  const saves = [1, 2, 3, 4].map((revision) =>
    snapshot({ revision, payload: randomBytes(3_000_000 - revision) }),
  );
  await Promise.all(saves.map((each) => snapshots.save(each)));
  expect(await loaded(snapshots, 'organization-a')).toEqual(digested(saves[3]));
  await snapshots.close();
  expect(sql('select 1')).toBe(3);
});

test.each([
  ['payload', `update pieces set bytes = cast(replace(bytes, 'members', 'nembers') as blob)`],
  ['length', 'update pieces set bytes = cast(substr(bytes, 1, 3) as blob)'],
  ['pieces', 'delete from pieces'],
  ['revision', 'update snapshots set revision = revision + 1'],
  ['hash', `update snapshots set hash = replace(hash, 'a', 'c')`],
  ['checksum', `update snapshots set checksum = 'x'`],
])('one with another %s than it was saved with is not loaded', async (_, statement) => {
  const before = new SqliteSnapshots(path);
  await before.save(snapshot());
  await before.close();
  sql(statement);
  const snapshots = new SqliteSnapshots(path);
  expect(await snapshots.load('organization-a', 'state@1')).toBeUndefined();
  await snapshots.save(snapshot());
  expect(await snapshots.load('organization-a', 'state@1')).toEqual(snapshot());
  await snapshots.close();
});

test('what an unfinished save left is swept away, and a removed one is gone', async () => {
  const snapshots = new SqliteSnapshots(path);
  await snapshots.save(snapshot());
  await snapshots.save(snapshot({ stream: 'organization-b' }));
  await snapshots.remove('organization-b');
  await snapshots.remove('organization-b');
  expect(await snapshots.load('organization-b', 'state@1')).toBeUndefined();
  void snapshots.save(snapshot({ stream: 'organization-c', payload: randomBytes(9_000_000) }));
  await snapshots.close();
  const again = new SqliteSnapshots(path);
  expect(await again.load('organization-c', 'state@1')).toBeUndefined();
  expect(await again.load('organization-a', 'state@1')).toEqual(snapshot());
  await again.close();
  expect(sql('select 1')).toBe(1);
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ['its head', (bytes) => Buffer.concat([Buffer.alloc(16), bytes.subarray(16)])],
  [
    'most of it',
    (bytes) => Buffer.concat([bytes.subarray(0, 4096), randomBytes(bytes.length - 4096)]),
  ],
])('a file that has lost %s holds nothing, and takes snapshots again', async (_, damaged) => {
  let snapshots = new SqliteSnapshots(path);
  await snapshots.save(snapshot({ payload: randomBytes(100_000) }));
  await snapshots.close();
  writeFileSync(path, damaged(readFileSync(path)));
  snapshots = new SqliteSnapshots(path);
  expect(await snapshots.load('organization-a', 'state@1')).toBeUndefined();
  await snapshots.close();
  snapshots = new SqliteSnapshots(path);
  await snapshots.save(snapshot());
  expect(await snapshots.load('organization-a', 'state@1')).toEqual(snapshot());
  await snapshots.close();
});
