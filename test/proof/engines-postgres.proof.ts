/**
 * PostgreSQL killed, stopped without a word, and cut off around COMMIT, again and again, while two
 * nodes follow one log: the read models are the fold of the log, and no event was applied twice.
 */
import { afterAll, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';

import { SqliteEventLog } from '#eventlog/sqlite.js';
import { EVENT_TYPES } from '#eventlog/upcasts.js';
import { clearing } from '#projections/clearing.js';
import type { Projection } from '#projections/projection.js';
import { ProjectionRunner } from '#projections/runner.js';
import { PostgresReadStore } from '#readstore/postgres-store.js';
import { statement } from '#readstore/statement.js';
import { MEMBER_COUNTS } from '#readstore/tables.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import { PostgresCluster } from '../../tools/engines/postgres.mjs';
import { differences } from '../projections/comparing.js';
import { PROJECTIONS } from '../projections/world.js';
import { append, Encoding, history } from '../support/histories.js';
import { Cutting } from '../support/cutting.js';
import { told, unlessInGate } from '../support/skipping.js';
import { randomness, scaled } from './support/running.js';

/** Each fault at least once. */
const ROUNDS = Math.max(4, scaled(100));
const EVENTS_PER_ROUND = 150;
/** Until all is applied after a fault, in milliseconds, on a machine that others use too. */
const PATIENCE = 60_000;
const FAULTS = ['kill -9', 'immediate stop', 'cut after COMMIT', 'cut before COMMIT'] as const;

const reason = unlessInGate(PostgresCluster.missing());
const cluster = reason === undefined ? await PostgresCluster.start() : undefined;
const folder = mkdtempSync(join(tmpdir(), 'postgres-proof-'));
afterAll(() => {
  cluster?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Counts events, one by one: what is applied twice is counted twice. */
const TALLY = { ...MEMBER_COUNTS, name: 'tally' as 'member_counts' };
const countEvent = statement<'organization'>(
  (_, { organization }) => sql`
    insert into ${sql.table('tally')} (organization, active) values (${organization}, 1)
    on conflict (organization) do update set active = ${sql.ref('tally.active')} + 1`,
);
const tally: Projection = {
  name: 'tally',
  version: 1,
  tables: [TALLY],
  clear: clearing([TALLY]),
  on: Object.fromEntries(
    EVENT_TYPES.map((type) => [
      type,
      (_: unknown, at: Parameters<Projection['clear']>[0]) =>
        at.run(countEvent, { organization: at.stream }),
    ]),
  ) as unknown as Projection['on'],
};

const proof = cluster === undefined ? test.skip : test;
proof(`PostgreSQL fails ${ROUNDS} times under two nodes${told(reason)}`, async () => {
  const random = randomness('postgres');
  const way = await Cutting.open(cluster!.url);
  const log = new SqliteEventLog(join(folder, 'log.db'));
  const vault = new SqliteVault(join(folder, 'vault.db'), {
    current: 'k1',
    keys: new Map([['k1', Buffer.alloc(32, 7)]]),
  });
  const open = () => PostgresReadStore.open({ url: way.url, schema: 'proof', connections: 3 });
  const stores = [await open(), await open()];
  const runners = stores.map(
    (store) => new ProjectionRunner({ log, vault, store, projections: [...PROJECTIONS, tally] }),
  );
  for (const runner of runners) await runner.start();

  const encoding = new Encoding();
  const seed = Math.floor(random() * 2 ** 31);
  const events = history({ seed, events: ROUNDS * EVENTS_PER_ROUND, organizations: 20 });
  let longest = 0;
  let cuts = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const fault = FAULTS[round % FAULTS.length]!;
    const some = events.slice(round * EVENTS_PER_ROUND, (round + 1) * EVENTS_PER_ROUND);
    if (fault.startsWith('cut')) way.cut(fault === 'cut after COMMIT' ? 'after' : 'before');
    const half = Math.floor(random() * some.length);
    await append(log, vault, encoding, some.slice(0, half));
    await sleep(random() * 60);
    if (fault === 'kill -9') await cluster!.kill();
    if (fault === 'immediate stop') cluster!.end('immediate');
    await append(log, vault, encoding, some.slice(half));
    if (!fault.startsWith('cut')) cluster!.begin();
    const begun = performance.now();
    const head = (await log.head())!;
    const reached = await Promise.all(runners.map((one) => one.waitFor(head, PATIENCE)));
    expect([fault, ...reached]).toEqual([fault, true, true]);
    if (fault.startsWith('cut')) cuts += 1;
    // Around a COMMIT, and nowhere else.
    expect(way.cuts).toBe(cuts);
    longest = Math.max(longest, performance.now() - begun);
    if (round % 20 === 19) {
      expect(await differences(stores[0]!, log, vault)).toEqual([]);
      console.log(`round ${round + 1}: ${(longest / 1000).toFixed(1)} s to catch up, at most`);
    }
    // A rebuild is in the way of what comes next, and goes on after it.
    if (round % 10 === 5) for (const one of runners) one.rebuild('members').catch(() => undefined);
  }
  expect(await differences(stores[1]!, log, vault)).toEqual([]);

  const counted = await stores[0]!.db
    .selectFrom('tally' as 'member_counts')
    .selectAll()
    .execute();
  const happened = new Map<string, number>();
  for (const { stream } of events) happened.set(stream, (happened.get(stream) ?? 0) + 1);
  expect(new Map(counted.map((one) => [String(one.organization), one.active]))).toEqual(happened);
  console.log(
    `${ROUNDS} faults, ${way.cuts} around a COMMIT; ${events.length} events, each applied once by one of two nodes; caught up within ${(longest / 1000).toFixed(1)} s`,
  );
  for (const runner of runners) await runner.stop();
  for (const store of stores) await store.close();
  await Promise.all([log.close(), vault.close()]);
  way.close();
});
