/** What the index is after a start, from a snapshot or without one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { evolve } from '#domain/evolve.js';
import type { OrganizationId } from '#domain/ids.js';
import { emptyOrganization } from '#domain/state.js';
import { Access } from '#access/access.js';
import { PermissionIndex } from '#access/permission-index.js';
import type { AccessQuestion } from '#access/questions.js';
import { INDEX } from '#access/snapshot.js';
import { openDatabase } from '#database/sqlite.js';
import { SqliteSnapshots } from '#eventlog/snapshots.js';
import { STATE_SNAPSHOT, writeState } from '#eventlog/state-snapshot.js';
import { kept, stored, storedHistory } from './begun.js';
import { dump } from './dump.js';
import { created, joined, PUBLISHED } from './facts.js';
import { histories } from './histories.js';
import { TestLog } from './log.js';

test('an index from a snapshot and what came after is the index from event 0', async () => {
  await fc.assert(
    fc.asyncProperty(
      histories(100, 0),
      fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
      async ({ moves }, places) => {
        const events = await storedHistory(moves);
        const prefixes = new Set(places.map((place) => place % events.length));
        const live = new PermissionIndex();
        /** Each begun with a snapshot of another moment, or of one that was begun so. */
        const begun: PermissionIndex[] = [];
        let begin: (() => Promise<PermissionIndex>) | undefined;
        for (const [n, event] of events.entries()) {
          for (const index of [live, ...begun]) index.apply(event);
          // What happens while it is written is not in it.
          const index = await begin?.();
          index?.apply(event);
          if (index !== undefined) begun.push(index);
          begin = undefined;
          if (!prefixes.has(n)) continue;
          const copy = (begun.at(-1) ?? live).copy();
          begin = () => kept(copy, event);
        }
        const anew = new PermissionIndex();
        for (const event of events) anew.apply(event);
        const expected = dump(anew);
        expect(dump(live)).toBe(expected);
        for (const index of begun) expect(dump(index)).toBe(expected);
      },
    ),
    // A history is told by its seed; to make it smaller takes many times as long.
    { numRuns: 40, endOnFailure: true },
  );
}, 60_000);

test('what happens while a snapshot is written is not in it', async () => {
  const stream = 'organization-acme';
  const removed = { type: 'member.grant_expire', member: 'mem_ann', grant: 'grant_ann_0' };
  const events = await stored([
    ...PUBLISHED,
    { stream, event: created('works') as never },
    { stream, event: joined('ann', { role: 'viewer' }) as never },
    { stream, event: removed as never },
  ]);
  const live = new PermissionIndex();
  for (const event of events.slice(0, -1)) live.apply(event);
  const before = dump(live);
  const copy = live.copy();
  live.apply(events.at(-1)!);
  expect(dump(live)).not.toBe(before);
  expect(dump(await kept(copy, events.at(-2)!))).toBe(before);
});

describe('a start', () => {
  const acme = 'acme' as OrganizationId;
  const stream = 'organization-acme';
  let folder: string;
  let log: TestLog;
  let snapshots: SqliteSnapshots;
  let access: Access;
  let stop: AbortController;
  let running: Promise<void>;

  const start = (on = log): void => {
    stop = new AbortController();
    access = new Access(on.log, { snapshots, patience: 20_000 });
    running = access.run(stop.signal);
  };
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  const question = (principal: string) =>
    ({ organization: acme, principal, permission: 'documents:view' }) as AccessQuestion;
  const allowed = async (principal: string, on = log): Promise<boolean> => {
    access.acknowledged(acme, on.revision(stream));
    return (await access.check(question(principal))).allowed;
  };
  const people = (count: number, prefix: string) =>
    Array.from({ length: count }, (_, n) => ({
      stream,
      event: joined(`${prefix}${n}`, { role: 'viewer' }) as never,
    }));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'index-'));
    snapshots = new SqliteSnapshots(join(folder, 'snapshots.db'));
    log = new TestLog();
    await log.append([...PUBLISHED, { stream, event: created('works') as never }]);
    await log.append(people(600, 'a'));
    start();
    expect(await allowed('mem_a0')).toBe(true);
    expect(access.health().restored).toBeNull();
    await end();
  });
  afterEach(async () => {
    await end();
    await snapshots.close();
    await log.log.close();
    rmSync(folder, { recursive: true });
  });

  test('begins where the last one ended', async () => {
    const head = await log.log.head();
    await log.append(people(3, 'b'));
    start();
    expect(await allowed('mem_b2')).toBe(true);
    expect(await allowed('usr_a599')).toBe(true);
    expect(await allowed('mem_nobody')).toBe(false);
    expect(access.health().restored).toBe(head);
  });

  test('does not believe a snapshot of another log, and forgets it', async () => {
    const other = new TestLog();
    await other.append([...PUBLISHED, { stream, event: created('works') as never }]);
    await other.append(people(700, 'c'));
    start(other);
    expect(await allowed('mem_c699', other)).toBe(true);
    expect(await allowed('mem_a0', other)).toBe(false);
    expect(access.health().restored).toBeNull();
    await end();
    await other.log.close();
    start();
  });

  test('does without one that can not be read, and writes another', async () => {
    const payload = Buffer.from([3, 0, 0, 0, 0xff, 0x7f, 0x6f]);
    const older = { stream: INDEX.stream, name: INDEX.name, hash: 'x', payload };
    await snapshots.save({ ...older, revision: Number.MAX_SAFE_INTEGER });
    start();
    expect(await allowed('mem_a0')).toBe(true);
    await end();
    start();
    expect(await allowed('mem_a0')).toBe(true);
    expect(access.health().restored).toBe(await log.log.head());
  });

  test('begins with the states that commands have kept, where the log has their event', async () => {
    const actor = { kind: 'system', id: 'configuration', via: 'internal' } as const;
    const denied = { ...question('mem_b2'), permission: 'documents:edit' as never };
    /** From which event on the organization is read to explain a denial. */
    const read = async (): Promise<number> => {
      const reads: number[] = [];
      const { read: reading } = log.log;
      log.log.read = (name, from = 0, to) => {
        if (name === stream && to === undefined) reads.push(from);
        return reading.call(log.log, name, from, to);
      };
      start();
      expect(await allowed('mem_b2')).toBe(true);
      const { reason, missing } = await access.explain(denied, actor);
      expect([reason, missing.length > 0]).toEqual(['no_role', true]);
      await end();
      log.log.read = reading;
      return Math.min(...reads);
    };
    await log.append(people(3, 'b'));
    expect(await read()).toBe(0);

    const organization = emptyOrganization(acme);
    let hash = '';
    for await (const events of log.log.read(stream, 0, 400)) {
      for (const one of events) evolve(organization, one as never);
      ({ hash } = events.at(-1)!.metadata);
    }
    const payload = await writeState(organization);
    const kept = { stream, name: STATE_SNAPSHOT, revision: 400, hash, payload };
    await snapshots.save(kept);
    expect(await read()).toBe(401);
    await snapshots.save({ ...kept, hash: 'f'.repeat(64) });
    expect(await read()).toBe(0);
    start();
  });

  test('lets nobody watch before it has begun', async () => {
    stop = new AbortController();
    access = new Access(log.log, { snapshots, patience: 20_000 });
    const actor = { kind: 'system', id: 'configuration', via: 'internal' } as const;
    const watched = { organization: acme, from: 'state' } as never;
    const told = access.watch(watched, () => Promise.resolve(actor), stop.signal);
    const first = told.next();
    running = access.run(stop.signal);
    expect((await first).value).toMatchObject({ tells: 'change' });
    await told.return(undefined);
  });

  test('does not believe one that is damaged, or of another version', async () => {
    const file = openDatabase(join(folder, 'snapshots.db'));
    file.exec('update pieces set bytes = zeroblob(length(bytes)) where piece = 0');
    start();
    expect(await allowed('mem_a0')).toBe(true);
    expect(access.health().restored).toBeNull();
    await end();
    const again = await snapshots.load(INDEX.stream, INDEX.name);
    expect(again?.hash).toMatch(/^[0-9a-f]{64}$/);
    file.exec("update snapshots set name = 'permissions@0'");
    file.close();
    start();
    expect(await allowed('mem_a0')).toBe(true);
    expect(access.health().restored).toBeNull();
  });
});
