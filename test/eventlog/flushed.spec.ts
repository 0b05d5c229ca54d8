/** Nobody is told of anything before the disk has it. */
import fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { mock } from 'node:test';
import { afterEach, expect, test } from '@jest/globals';
import type { OrganizationId } from '#domain/ids.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import { Chain, collect, renamed } from '../contract/events.js';
import { temporaryDirectories } from './directory.js';

const directory = temporaryDirectories();
afterEach(() => {
  mock.restoreAll();
});

/** The disk takes nothing until it is let go; then it answers with this. */
function heldDisk(): (answer: NodeJS.ErrnoException | null) => void {
  const waiting: ((answer: NodeJS.ErrnoException | null) => void)[] = [];
  mock.method(fs, 'fdatasync', (_: number, done: () => void) => void waiting.push(done));
  return (answer) => {
    for (const done of waiting.splice(0)) done(answer);
  };
}

const turns = () => setTimeout(30);

test('an append is answered, read and followed once it is on disk', async () => {
  const letGo = heldDisk();
  const log = new SqliteEventLog(join(directory(), 'events.db'));
  const [first, second] = new Chain('organization-a').next(renamed('One'), renamed('Two'));
  const outcomes: string[] = [];
  const stop = new AbortController();
  const followed: number[] = [];
  const following = (async () => {
    for await (const events of log.follow(null, stop.signal)) {
      followed.push(...events.map(({ revision }) => revision));
    }
  })();
  void log.append([first!]).then(({ outcome }) => outcomes.push(outcome));
  await turns();
  expect(outcomes).toEqual([]);
  expect(await log.head()).toBeNull();
  expect(await collect(log.read('organization-a'))).toEqual([]);
  expect(await log.last('organization-a')).toBeUndefined();
  expect(followed).toEqual([]);

  // What comes meanwhile waits for its own turn at the disk.
  void log.append([second!]).then(({ outcome }) => outcomes.push(outcome));
  letGo(null);
  await turns();
  expect(outcomes).toEqual(['committed']);
  expect(followed).toEqual([0]);
  letGo(null);
  await turns();
  expect(outcomes).toEqual(['committed', 'committed']);
  expect(followed).toEqual([0, 1]);
  stop.abort();
  await following;
  await log.close();
});

test('what a disk did not take is not known to be written, and nothing is taken after it', async () => {
  const letGo = heldDisk();
  const log = new SqliteEventLog(join(directory(), 'events.db'));
  const [first, second] = new Chain('organization-a').next(renamed('One'), renamed('Two'));
  const append = log.append([first!]);
  await turns();
  letGo(Object.assign(new Error('EIO: i/o error'), { code: 'EIO' }));
  expect(await append).toMatchObject({ outcome: 'unknown' });
  await expect(log.append([second!])).rejects.toThrow('takes no appends');
  expect(log.health().status).toBe('stopped');
  expect(await collect(log.read('organization-a'))).toEqual([]);
  await log.close();
});

test('a key is there to be used once it is on disk', async () => {
  const letGo = heldDisk();
  const wrapping = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 1)]]) };
  const vault = new SqliteVault(join(directory(), 'vault.db'), wrapping);
  let isThere = false;
  const ensured = vault.ensure('acme' as OrganizationId, ['mem_1']).then(() => {
    isThere = true;
  });
  await turns();
  expect(isThere).toBe(false);
  letGo(null);
  await ensured;
  await vault.close();
});
