import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { verify } from '#eventlog/chain.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { collect } from '../contract/events.js';
import { temporaryDirectories } from './directory.js';

const directory = temporaryDirectories();
const here = import.meta.dirname;
const child = [process.execPath, '--import', join(here, 'typescript.mjs')].concat(
  join(here, 'append-until-it-fails.ts'),
);

/** Runs `command` and sorts what it said by its first word. */
const said = (command: readonly string[]): Map<string, string[]> => {
  const [program = '', ...args] = command;
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${status}: ${stderr}`);
  const words = new Map<string, string[]>();
  for (const line of stdout.trim().split('\n')) {
    const space = line.indexOf(' ');
    const word = line.slice(0, space);
    words.set(word, [...(words.get(word) ?? []), line.slice(space + 1)]);
  }
  return words;
};

/** What holds however the disk failed; the files are read where there is room. */
const expectNothingFalse = async (from: string, told: Map<string, string[]>) => {
  const committed = told.get('committed') ?? [];
  expect(committed.length).toBeGreaterThan(20);
  // The three that waited together when it failed, and the three after that.
  const unknown = told.get('unknown') ?? [];
  const refused = told.get('LogStopped') ?? [];
  expect(unknown.length + refused.length).toBe(6);
  expect(refused.length).toBeGreaterThanOrEqual(3);
  expect(Number(told.get('read')?.[0])).toBeGreaterThanOrEqual(committed.length);

  const copy = directory();
  cpSync(from, copy, { recursive: true });
  const log = new SqliteEventLog(join(copy, 'log.db'));
  const stored = (await collect(log.records())).map(({ id }) => id);
  expect(new Set(stored).size).toBe(stored.length);
  expect(stored).toEqual(expect.arrayContaining(committed));
  for (const id of refused) expect(stored).not.toContain(id);
  expect((await verify(log)).findings).toEqual([]);
  await log.close();
};

/** A disk of 600 kB, where this process may mount one. */
const smallDisk = (): string | undefined => {
  const mountPoint = directory();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'none', mountPoint]);
  return mounted.status === 0 ? mountPoint : undefined;
};

describe('a log that can write no further', () => {
  test('because files may not grow: stops, says why, and has acknowledged nothing false', async () => {
    const path = directory();
    const limited = ['bash', '-c', `ulimit -f 300; exec "$@"`, 'bash', ...child];
    const told = said([...limited, join(path, 'log.db')]);
    expect(told.get('health')?.[0]).toMatch(/"status":"stopped","reason":".*(I\/O|full)/);
    await expectNothingFalse(path, told);
  });

  test('because the disk is full: stops, says why, and has acknowledged nothing false', async () => {
    const disk = smallDisk();
    if (disk === undefined) {
      console.log('not tried: mounting a small disk takes root');
      return;
    }
    try {
      const told = said([...child, join(disk, 'log.db')]);
      expect(told.get('health')?.[0]).toMatch(/"status":"stopped","reason":".*disk is full/);
      await expectNothingFalse(disk, told);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});
