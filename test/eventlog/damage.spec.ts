import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DatabaseError } from '#database/errors.js';
import { openDatabase } from '#database/sqlite.js';
import type { Recorded } from '#domain/events.js';
import { verify } from '#eventlog/chain.js';
import { followPastDamage } from '#eventlog/damage.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { Chain, followUntil, headsOf, readAll, renamed } from '../contract/events.js';
import { temporaryDirectories } from './directory.js';

/** Bytes changed, one per round; `PROOF_SCALE=100` makes it thousands. */
const ROUNDS = 80 * Number(process.env['PROOF_SCALE'] ?? 1);
const SEED = Number(process.env['PROOF_SEED'] ?? Date.now() % 1_000_000);

const directory = temporaryDirectories();
const streams = Array.from({ length: 8 }, (_, i) => `organization-org_${i}`);

/** mulberry32 */
const randomNumbers = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
};

/** A log whose events lie on one page and on several, below trees of two levels. */
const writeLog = async (path: string): Promise<number> => {
  const log = new SqliteEventLog(path);
  const chains = streams.map((stream) => new Chain(stream));
  let events = 0;
  for (let round = 0; round < 8; round++) {
    for (const [i, chain] of chains.entries()) {
      const large = chain.next(renamed('x'.repeat(round + i === 7 ? 6000 : 20 * i)));
      const appended = [...large, ...chain.renames(2)];
      await log.append(appended);
      events += appended.length;
    }
  }
  await log.close();
  return events;
};

const questions = (events: number): Record<string, (log: EventLog) => Promise<unknown>> => ({
  id: async (log) => log.id,
  head: (log) => log.head(),
  heads: (log) => headsOf(log),
  follow: (log) => followUntil(log, null, events),
  ...Object.fromEntries(streams.map((s) => [s, (log: EventLog) => readAll(log, s)])),
  ...Object.fromEntries(streams.map((s) => [`last of ${s}`, (log: EventLog) => log.last(s)])),
});

test('a changed byte is named or does not matter, and is never served', async () => {
  const path = join(directory(), 'log.db');
  const ask = questions(await writeLog(path));
  const original = readFileSync(path);
  const intact = new SqliteEventLog(path);
  const answers = new Map<string, unknown>();
  for (const [name, question] of Object.entries(ask)) answers.set(name, await question(intact));
  await intact.close();

  const random = randomNumbers(SEED);
  const seen = {
    'does not open': 0,
    'closes a stream': 0,
    'names the event': 0,
    'names the file': 0,
    'is unharmed': 0,
  };
  for (let round = 0; round < ROUNDS; round++) {
    const at = random(original.length);
    const bytes = Buffer.from(original);
    bytes[at] = original.readUInt8(at) ^ (1 + random(255));
    const damaged = join(directory(), 'log.db');
    writeFileSync(damaged, bytes);
    const where = `seed ${SEED}: byte ${at} from ${original[at]} to ${bytes[at]}`;
    seen[await reading(damaged, ask, answers, where)]++;
  }
  console.log(`seed ${SEED}, ${original.length} bytes, ${JSON.stringify(seen)}`);
  expect(seen['closes a stream']).toBeGreaterThan(0);
}, 3_600_000);

/** Whoever goes on after damage has lost nothing of a stream that is not closed. */
const goneOn = async (log: EventLog, intact: readonly Recorded[]) => {
  const stop = new AbortController();
  const closed = new Set<string>();
  const seen: Recorded[] = [];
  let end = 0n;
  for await (const next of followPastDamage(log, null, stop.signal)) {
    if (next instanceof DamagedEvent) closed.add(next.stream);
    else seen.push(...next);
    end = next instanceof DamagedEvent ? next.position : (next.at(-1)?.position ?? end);
    if (end >= BigInt(intact.length)) stop.abort();
  }
  const open = ({ stream }: Recorded) => !closed.has(stream);
  expect(seen.filter(open)).toEqual(intact.filter(open));
  expect(seen).toEqual(seen.map(({ position }) => intact[Number(position) - 1]));
  return closed.size > 0;
};

const reading = async (
  path: string,
  ask: ReturnType<typeof questions>,
  answers: ReadonlyMap<string, unknown>,
  where: string,
) => {
  let log: SqliteEventLog;
  try {
    log = new SqliteEventLog(path);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw new Error(where, { cause: error });
    return 'does not open';
  }
  const named = { event: false, file: false };
  try {
    const intact = answers.get('follow') as readonly Recorded[];
    const isClosed = await within(goneOn(log, intact)).catch((error: unknown) => {
      if (error instanceof DamagedEvent || error instanceof DatabaseError) return false;
      throw new Error(`${where}: going on`, { cause: error });
    });
    for (const [name, question] of Object.entries(ask)) {
      try {
        expect([where, name, await within(question(log))]).toEqual([
          where,
          name,
          answers.get(name),
        ]);
      } catch (error) {
        if (error instanceof DamagedEvent) named.event = true;
        else if (error instanceof DatabaseError) named.file = true;
        else throw new Error(`${where}: ${name}`, { cause: error });
      }
    }
    // Verification says so too, instead of failing itself.
    const { findings } = await verify(log);
    if (named.event) expect([where, findings.length > 0]).toEqual([where, true]);
    if (named.event) expect(log.health().damaged?.length).toBeGreaterThan(0);
    if (isClosed === true) return 'closes a stream';
  } finally {
    await log.close();
  }
  if (named.event) return 'names the event';
  return named.file ? 'names the file' : 'is unharmed';
};

/** A follower that waits for what is lost would wait for ever. */
const within = async (answer: Promise<unknown>): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve('no answer'), 5000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** What is written over a row, in SQL, and whose event it is then known to be. */
const DAMAGE = {
  'the content': [`canonical = cast(replace(cast(canonical as text), 'name', 'nome') as blob)`, 1],
  'the hash': [`hash = zeroblob(32)`, 1],
  'the content’s stream, told by the row and the chain': [
    `canonical = cast(replace(cast(canonical as text), 'organization-org_1', 'organization-org_7') as blob)`,
    1,
  ],
  'the row’s stream and the hash, told by the content and the chain': [
    `stream = 'organization-org_9', hash = zeroblob(32)`,
    1,
  ],
  'both streams, told by nobody': [
    `stream = 'organization-org_9', canonical = cast(replace(cast(canonical as text), 'organization-org_1', 'organization-org_7') as blob)`,
    undefined,
  ],
  'the content’s stream and the hash, so that no two agree': [
    `canonical = cast(replace(cast(canonical as text), 'organization-org_1', 'organization-org_7') as blob), hash = zeroblob(32)`,
    undefined,
  ],
} as const satisfies Record<string, readonly [string, number | undefined]>;

describe.each(Object.entries(DAMAGE))('damage of %s', (_, [assignment, whose]) => {
  /** In the middle of a stream, and at its end. */
  test.each([9, 23])('of event %i', async (revision) => {
    const path = join(directory(), 'log.db');
    const events = await writeLog(path);
    const intact = new SqliteEventLog(path);
    const all = await followUntil(intact, null, events);
    await intact.close();
    const database = openDatabase(path);
    const where = `stream = 'organization-org_1' and revision = ${revision}`;
    database.exec(`update events set ${assignment} where ${where}`);
    database.close();

    const log = new SqliteEventLog(path);
    const lost = all.find((one) => one.stream === streams[1] && one.revision === revision)!;
    const known = whose === undefined ? undefined : lost.position;
    await expect(followUntil(log, lost.position - 1n, 1)).rejects.toMatchObject({
      position: known,
    });
    if (whose === undefined) await expect(goneOn(log, all)).rejects.toThrow(DamagedEvent);
    else expect(await goneOn(log, all)).toBe(true);
    await log.close();
  });
});
