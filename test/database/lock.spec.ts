import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DatabaseError } from '#database/errors.js';
import { DirectoryLocked, isLocked, lockDirectory } from '#database/lock.js';
import { temporaryDirectories } from '../eventlog/directory.js';

const directory = temporaryDirectories();

test('one process at a time works in a directory, and whoever comes second is told who does', () => {
  const path = directory();
  const lock = lockDirectory(path);
  expect(() => lockDirectory(path)).toThrow(DirectoryLocked);
  expect(() => lockDirectory(path)).toThrow(
    new RegExp(`in use by process ${process.pid} on .*; stop that process`),
  );
  lockDirectory(directory()).release();
  lock.release();
  lockDirectory(path).release();
});

test('whoever only looks is told whether somebody works there, and makes nothing', () => {
  const path = directory();
  expect(isLocked(path)).toBe(false);
  expect(isLocked(join(path, 'nowhere'))).toBe(false);
  expect(readdirSync(path)).toEqual([]);
  const lock = lockDirectory(path);
  expect(isLocked(path)).toBe(true);
  lock.release();
  expect(isLocked(path)).toBe(false);
});

test('a process that is killed leaves no lock behind', async () => {
  const path = directory();
  const loader = join(import.meta.dirname, '../eventlog/typescript.mjs');
  const child = spawn(
    process.execPath,
    ['--import', loader, join(import.meta.dirname, 'hold-lock.ts'), path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await once(child.stdout, 'data');
    expect(() => lockDirectory(path)).toThrow(new RegExp(`process ${child.pid} `));
  } finally {
    child.kill('SIGKILL');
  }
  await once(child, 'close');
  lockDirectory(path).release();
});

test('a directory that does not exist is not a locked one', () => {
  expect(() => lockDirectory(join(directory(), 'nowhere'))).toThrow(DatabaseError);
  expect(() => lockDirectory(join(directory(), 'nowhere'))).not.toThrow(DirectoryLocked);
});
