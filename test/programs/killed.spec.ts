import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { verify } from '#eventlog/chain.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { collect, readAll } from '../contract/events.js';
import { temporaryDirectories } from '../eventlog/directory.js';

/** Rounds of killing; `PROOF_SCALE=100` makes it thousands. */
const ROUNDS = 20 * Number(process.env['PROOF_SCALE'] ?? 1);
const STREAMS = [0, 1, 2, 3, 4].map((i) => `organization-org_${i}`);

const directory = temporaryDirectories();

/** Lets the child append, kills it some time after its first acknowledgement, gives what it said. */
const appendAndKill = (path: string, afterMs: number): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const loader = join(import.meta.dirname, '../eventlog/typescript.mjs');
    const child = spawn(
      process.execPath,
      ['--import', loader, join(import.meta.dirname, 'append-forever.ts'), path],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (said === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
      said += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the child ended by itself: ${signal}`));
      // A line cut short by the kill was not acknowledged.
      else resolve(said.split('\n').slice(0, -1));
    });
  });

test('a killed process loses nothing that it acknowledged', async () => {
  const path = join(directory(), 'log.db');
  const acknowledged = new Map<string, string>();
  for (let round = 0; round < ROUNDS; round++) {
    const lines = await appendAndKill(path, Math.random() * 60);
    for (const line of lines) {
      const [stream, revision, id] = line.split(' ');
      expect(acknowledged.has(`${stream} ${revision}`)).toBe(false);
      acknowledged.set(`${stream} ${revision}`, id ?? '');
    }
  }
  const log = new SqliteEventLog(path);
  const stored = new Map<string, string>();
  for (const stream of STREAMS) {
    const events = await readAll(log, stream);
    expect(events.map(({ revision }) => revision)).toEqual([...events.keys()]);
    for (const { revision, id } of events) stored.set(`${stream} ${revision}`, id);
  }
  for (const [event, id] of acknowledged) expect([event, stored.get(event)]).toEqual([event, id]);
  expect(acknowledged.size).toBeGreaterThan(ROUNDS);
  // Beside the acknowledged ones at most what was in flight at each kill: 5 appends of 3 events.
  expect(stored.size).toBeLessThanOrEqual(acknowledged.size + ROUNDS * 15);
  expect(await collect(log.records())).toHaveLength(stored.size);
  expect(await verify(log)).toMatchObject({ findings: [], events: stored.size, streams: 5 });
  await log.close();
}, 600_000);
