/** Whoever watches: what they are told by which event, and when they are told nothing more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ActorFact, DomainEvent, Mark, Recorded } from '#domain/events.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import type { Refusal } from '#domain/refusals.js';
import { Access } from '#access/access.js';
import type { Told, Watched } from '#access/change-stream/watched.js';
import { markOf } from '#eventlog/mark.js';
import type { EventLog } from '#eventlog/event-log.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { damage } from '../support/damage.js';
import { created, joined, PUBLISHED } from './facts.js';
import { TestLog } from './log.js';

const NOON = Date.parse('2026-03-01T12:00:00.000Z');
const at = (hours: number) => new Date(NOON + hours * 3_600_000).toISOString() as Instant;
const acme = 'acme' as OrganizationId;
const SERVICE = { kind: 'system', id: 'configuration', via: 'internal' } as ActorFact;
const VIEWER = ['billing:view', 'documents:view', 'members:view', 'spaces:view'];

let log: TestLog;
let access: Access;
let now: number;
let hour: number;
let stop: AbortController;
let running: Promise<void>;

/** Appends to an organization, at the hour after noon that it is. */
const happens = async (organization: string, ...events: object[]): Promise<void> => {
  const stream = `organization-${organization}`;
  await log.append(events.map((event) => ({ stream, event: event as DomainEvent, at: at(hour) })));
  access.acknowledged(organization as OrganizationId, log.revision(stream));
};
const watch = (watched: Watched, who: () => Promise<ActorFact> = () => Promise.resolve(SERVICE)) =>
  access.watch(watched, who, stop.signal);
/** Until everything that is in the log by now is told. */
async function until(stream: AsyncGenerator<Told>): Promise<Told[]> {
  const head = await log.log.head();
  const all: Told[] = [];
  for (;;) {
    const { value, done } = await stream.next();
    if (done) return all;
    all.push(value);
    const isAbout = value.tells === 'change' || value.tells === 'heartbeat';
    if (isAbout && value.after?.position === head) return all;
  }
}
type Changed = Extract<Told, { tells: 'change' }>;
const changes = (all: readonly Told[]): Changed[] => all.filter((one) => one.tells === 'change');
const rows = (all: readonly Told[]) => changes(all).flatMap((one) => one.changes);
const code = (stream: AsyncGenerator<Told>): Promise<string> =>
  until(stream).then(
    () => 'told',
    (error: Refusal) => error.code,
  );
/** The log as one that leaves the first event of a type out, and hands it on late, before the newest once more, to
 * those who are there then. */
const leavingOut = (real: EventLog, type: string, found: Promise<void>): EventLog => {
  async function* follow(...from: Parameters<EventLog['follow']>) {
    let left: Recorded | undefined;
    let newest: Recorded | undefined;
    const batches = real.follow(...from)[Symbol.asyncIterator]();
    let next = batches.next();
    const late = found.then(() => 'late' as const);
    for (let isLate = false; ;) {
      const come = await (isLate ? next : Promise.race([next, late]));
      if (come === 'late') {
        isLate = true;
        if (left !== undefined) yield [left, newest!];
        continue;
      }
      if (come.done === true) return;
      next = batches.next();
      left ??= come.value.find((one) => one.event.type === type && !isLate);
      const events = come.value.filter((one) => one !== left);
      newest = events.at(-1) ?? newest;
      if (events.length > 0) yield events;
    }
  }
  const get = (_: EventLog, name: keyof EventLog): unknown => {
    const value: unknown = name === 'follow' ? follow : real[name];
    return typeof value === 'function' ? value.bind(real) : value;
  };
  return new Proxy(real, { get: get as never });
};
const renamed = (name: string): DomainEvent => ({ type: 'organization.rename', name });
const NOW = { from: 'now' } as const;
const ALL = { from: { after: null } } as const;

beforeEach(async () => {
  log = new TestLog();
  now = NOON;
  hour = 0;
  stop = new AbortController();
  access = new Access(log.log, { now: () => now, patience: 20_000 });
  running = access.run(stop.signal);
  await log.append(PUBLISHED);
  await happens('acme', created('works'));
});
afterEach(async () => {
  stop.abort();
  await running;
  await log.log.close();
});

describe('what is told', () => {
  test('is what is to come as well: a grant that begins and ends by itself', async () => {
    const stream = watch({ organization: acme, ...NOW });
    await until(stream);
    const times = { notBefore: at(1), expiresAt: at(5) };
    await happens('acme', joined('ann', { role: 'clerk', ...times }));
    const [{ event }] = changes(await until(stream)) as [Changed];
    expect(event!.event.type).toBe('member.join');

    hour = 2;
    const removed = ['grant_ann_0'];
    const change = { type: 'member.role_change', member: 'mem_ann', removed, cause: 'direct' };
    const shorter = { id: 'grant_x', role: 'clerk', scope: 'organization', expiresAt: at(3) };
    await happens('acme', { ...change, added: [shorter] });
    // Until 3 nothing changes, and members see the bills anyway; spaces are for who has a role.
    const who = { principal: 'mem_ann', kind: 'member', user: 'usr_ann', scope: 'organization' };
    const lost = { ...who, change: 'lost', from: at(3), until: at(5) };
    expect(rows(await until(stream))).toEqual([
      { ...lost, permissions: ['billing:pay', 'spaces:view'] },
    ]);
  });

  test('names the person whom a member has become, with all that the member holds', async () => {
    const { user: _, ...provisioned } = joined('ann', { role: 'viewer' });
    await happens('acme', provisioned);
    const stream = watch({ organization: acme, ...NOW });
    await until(stream);
    const link = { type: 'member.identity_link', member: 'mem_ann', authentication: 'sso' };
    await happens('acme', { ...link, user: 'usr_ann' });
    expect(rows(await until(stream))).toMatchObject([
      { principal: 'mem_ann', user: 'usr_ann', change: 'gained', permissions: VIEWER },
    ]);
  });

  test('of a change in the platform is told of every organization, however many there are', async () => {
    await happens('platform', created('platform'));
    // More than a stream keeps the states of.
    const names = Array.from({ length: 1_100 }, (_, n) => `org_${String(n).padStart(4, '0')}`);
    for (const name of names) await happens(name, created('works'));
    const stream = watch(NOW);
    await until(stream);
    await happens('platform', joined('pat', { role: 'works/clerk' }));
    const told = changes(await until(stream));
    expect(told.map(({ organization }) => organization)).toEqual(['acme', ...names]);
    expect(told[0]).toMatchObject({
      revision: 0,
      changes: [{ principal: 'usr_pat', kind: 'user' }],
    });
    // As a whole, or again.
    const [before] = new Set(told.map(({ after }) => after));
    expect(told.filter(({ after }) => after !== before)).toEqual([told.at(-1)]);
    await happens('org_0007', { type: 'organization.suspend' });
    expect(rows(await until(stream))).toMatchObject([{ principal: 'usr_pat', change: 'lost' }]);
  }, 30_000);

  test('of one event in parts is told again as a whole, after the cursor of any part but the last', async () => {
    for (let n = 0; n < 1_200; n += 1) await happens('acme', joined(`m${n}`, { role: 'viewer' }));
    const from = { after: markOf((await log.log.last('organization-acme'))!) };
    await happens('acme', { type: 'organization.suspend' });
    const parts = changes(await until(watch({ organization: acme, from })));
    expect(parts.map((one) => one.changes.length)).toEqual([500, 500, 200]);
    const head = await log.log.head();
    const before = from.after.position;
    expect(parts.map(({ after }) => after!.position)).toEqual([before, before, head]);
    expect(new Set(rows(parts).map(({ principal }) => principal)).size).toBe(1_200);
  }, 30_000);

  test('of one principal, too, comes in parts', async () => {
    const spaces = Array.from({ length: 700 }, (_, n) => `space_${n}`);
    for (const space of spaces) await happens('acme', { type: 'space.create', space, name: space });
    const stream = watch({ organization: acme, ...NOW });
    await until(stream);
    const grants = spaces.map((scope) => ({ role: 'clerk', scope }));
    await happens('acme', joined('ann', ...grants));
    const parts = changes(await until(stream));
    // What every member has, at the organization, besides.
    expect(parts.map((one) => one.changes.length)).toEqual([500, 201]);
    expect(new Set(rows(parts).map(({ scope }) => scope))).toEqual(
      new Set(['organization', ...spaces]),
    );
  }, 30_000);

  test('is known to be all there is every two seconds, however much there is to tell', async () => {
    const stream = watch({ organization: acme, ...NOW });
    await until(stream);
    const end = performance.now() + 5_000;
    let beats = 0;
    for (let n = 0; performance.now() < end; n += 1) {
      await happens('acme', joined(`m${n}`, { role: 'viewer' }));
      const head = await log.log.head();
      for (let told: bigint | null | undefined; told !== head;) {
        const next = (await stream.next()).value as Told;
        told = next.after?.position;
        if (next.tells === 'heartbeat') beats += 1;
      }
      await delay(20);
    }
    expect(beats).toBeGreaterThanOrEqual(1);
    expect(beats).toBeLessThanOrEqual(3);
  }, 20_000);

  test('holds from the later of two clocks on, where one is behind', async () => {
    await happens('platform', created('platform'));
    hour = 10;
    await happens('platform', joined('pat', { role: 'works/clerk' }));
    const stream = watch({ organization: acme, ...NOW });
    await until(stream);
    hour = 4;
    await happens('acme', joined('ann', { role: 'clerk', expiresAt: at(8) }));
    // By the platform's clock it has ended already; what every member has, has not.
    expect(rows(await until(stream))).toMatchObject([{ permissions: ['billing:view'] }]);
  });

  test('is only of whom and of what was asked', async () => {
    await happens('acme', joined('ann', { role: 'viewer' }), joined('bob', { role: 'viewer' }));
    const asked = { organization: acme, permission: 'documents:view', principal: 'usr_bob' };
    expect(rows(await until(watch({ ...asked, ...ALL } as Watched)))).toMatchObject([
      { principal: 'mem_bob', permissions: ['documents:view'] },
    ]);
  });

  test.each(['kept', 'folded again'])(
    'what is found late is told late, to whoever watches everything; its state is %s',
    async (state) => {
      let find = (): void => undefined;
      const found = new Promise<void>((resolve) => {
        find = resolve;
      });
      await happens('platform', created('platform'));
      await happens('acme', joined('ann', { role: 'viewer' }));
      const faulty = leavingOut(log.log, 'member.deactivate', found);
      const other = new Access(faulty, { now: () => now, patience: 20_000 });
      const following = other.run(stop.signal);
      const stream = other.watch(NOW, () => Promise.resolve(SERVICE), stop.signal);
      const next = async (): Promise<Told> => (await stream.next()).value as Told;
      while ((await next()).tells !== 'heartbeat');
      if (state === 'kept') {
        await happens('acme', renamed('Acme'));
        while ((await next()).tells !== 'heartbeat');
      }
      await happens('beta', created('works'));
      await happens('acme', { type: 'member.deactivate', member: 'mem_ann', cause: 'direct' });
      await happens('beta', renamed('Beta'));
      const head = (await log.log.head())!;
      for (let one = await next(); one.after!.position < head; one = await next()) {
        expect(one.tells === 'change' && one.organization === 'acme').toBe(false);
      }
      find();
      let told = await next();
      while (told.tells !== 'change') told = await next();
      expect(told).toMatchObject({ organization: 'acme', changes: [{ principal: 'mem_ann' }] });
      expect(told.changes.map(({ change }) => change)).toEqual(['lost']);
      stop.abort();
      await following;
    },
  );
});

describe('a stream ends', () => {
  const ann = { kind: 'user', id: 'usr_ann', via: 'http' } as ActorFact;

  test('for who may no more, before they are told what took it from them', async () => {
    await happens('acme', joined('ann', { role: 'viewer' }));
    const stream = watch({ organization: acme, ...NOW }, () => Promise.resolve(ann));
    await until(stream);
    const removed = ['grant_ann_0'];
    const change = { type: 'member.role_change', member: 'mem_ann', removed, cause: 'direct' };
    await happens('acme', { ...change, added: [] }, joined('bob', { role: 'viewer' }));
    await expect(stream.next()).rejects.toMatchObject({ code: 'permission.denied' });
  });

  test('for whose right ends by time, though nothing happens', async () => {
    await happens('acme', joined('ann', { role: 'viewer', expiresAt: at(1) }));
    const stream = watch({ organization: acme, ...NOW }, () => Promise.resolve(ann));
    await until(stream);
    now = Date.parse(at(1));
    await expect(until(stream)).rejects.toMatchObject({ code: 'permission.denied' });
  });

  test('where the organization does, or nothing can be said of it', async () => {
    await happens('beta', created('works'));
    await happens('platform', created('platform'));
    const [one, all] = [watch({ organization: acme, ...NOW }), watch(NOW)];
    await Promise.all([until(one), until(all)]);
    const lost = { type: 'organization.catalogue_adopt', from: 1, to: 99, sha256: '', remap: {} };
    await happens('acme', lost);
    const closed = { tells: 'closed', organization: 'acme', reason: 'quarantined' };
    expect(await until(one)).toMatchObject([closed]);
    await happens('beta', joined('ann', { role: 'viewer' }));
    const told = await until(all);
    expect(told).toContainEqual(expect.objectContaining(closed));
    expect(rows(told)).toMatchObject([{ principal: 'mem_ann' }]);
    expect(await code(watch({ organization: acme, ...NOW }))).toBe('read.quarantined');

    const beta = watch({ organization: 'beta' as OrganizationId, ...NOW });
    await until(beta);
    await happens('beta', { type: 'organization.delete' });
    const deleted = { tells: 'closed', organization: 'beta', reason: 'deleted' };
    expect(await until(beta)).toMatchObject([deleted]);
    expect(rows(await until(all))).toMatchObject([{ principal: 'mem_ann', change: 'lost' }]);
    expect((await all.next()).value).toMatchObject(deleted);
  });

  test('but not of all organizations, where one event of one of them is damaged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watch-'));
    const file = join(folder, 'log.db');
    const before = new TestLog(file);
    await before.append([
      ...PUBLISHED,
      { stream: 'organization-platform', event: created('platform') as DomainEvent },
      { stream: 'organization-acme', event: created('works') as DomainEvent },
      { stream: 'organization-beta', event: created('works') as DomainEvent },
    ]);
    await before.append([{ stream: 'organization-acme', event: renamed('lost') }]);
    await before.append([{ stream: 'organization-acme', event: renamed('later') }]);
    await before.append([{ stream: 'organization-beta', event: renamed('told') }]);
    await before.log.close();
    damage(folder, 'organization-acme', 1);
    const damaged = new SqliteEventLog(file);
    const other = new Access(damaged, { patience: 20_000 });
    const following = other.run(stop.signal);
    const stream = other.watch({ ...ALL }, () => Promise.resolve(SERVICE), stop.signal);
    const told: Told[] = [];
    while (told.at(-1)?.tells !== 'heartbeat') told.push((await stream.next()).value as Told);
    const closed = { tells: 'closed', organization: 'acme', reason: 'quarantined' };
    expect(told).toContainEqual(expect.objectContaining(closed));
    stop.abort();
    await following;
    await damaged.close();
    rmSync(folder, { recursive: true });
  });

  test.each(['everything', 'what is held', 'one of them'])(
    'nor of %s, where damage is met only now',
    async (what) => {
      const folder = mkdtempSync(join(tmpdir(), 'watch-'));
      const before = new TestLog(join(folder, 'log.db'));
      const streams = ['acme', 'beta', 'core'].map((id) => `organization-${id}`);
      const platform = 'organization-platform';
      const founded = (stream: string) =>
        before.append([{ stream, event: created('works') as DomainEvent }]);
      await before.append([
        ...PUBLISHED,
        { stream: platform, event: created('platform') as DomainEvent },
      ]);
      for (const stream of streams) await founded(stream);
      const other = new Access(before.log, { patience: 20_000 });
      const following = other.run(stop.signal);
      const ask = { principal: 'mem_ann', permission: 'documents:view' };
      await other.check({ organization: acme, ...ask } as never);
      const after = markOf((await before.log.last('organization-core'))!);
      damage(folder, 'organization-acme', 0);
      await before.append([
        { stream: platform, event: joined('pat', { role: 'works/clerk' }) as DomainEvent },
      ]);
      other.acknowledged('platform' as OrganizationId, 1);
      const watched: Watched =
        what === 'everything'
          ? { from: { after } }
          : { from: 'state', ...(what === 'one of them' && { organization: acme }) };
      const told: Told[] = [];
      for await (const one of other.watch(watched, () => Promise.resolve(SERVICE), stop.signal)) {
        told.push(one);
        if (one.tells === 'heartbeat') break;
      }
      const closed = { tells: 'closed', organization: 'acme', reason: 'quarantined' };
      expect(told.filter(({ tells }) => tells === 'closed')).toMatchObject([closed]);
      const gained = changes(told).filter((one) => one.changes.length > 0);
      expect(gained.map(({ organization }) => organization)).toEqual(
        what === 'one of them' ? [] : ['beta', 'core'],
      );
      stop.abort();
      await following;
      await before.log.close();
      rmSync(folder, { recursive: true });
    },
  );

  test('while what the platform gives is not known', async () => {
    await happens('platform', created('platform'));
    const stream = watch({ organization: acme, ...NOW });
    await until(stream);
    const lost = { type: 'organization.catalogue_adopt', from: 1, to: 99, sha256: '', remap: {} };
    await happens('platform', lost);
    await expect(until(stream)).rejects.toMatchObject({ code: 'read.quarantined' });
  });

  test('at once when it is given up', async () => {
    const stream = watch({ organization: acme, ...NOW });
    await until(stream);
    const next = stream.next();
    stop.abort();
    expect((await next).done).toBe(true);
  });

  test('before it begins for whoever is nobody here, and after a place that is not there', async () => {
    await happens('platform', created('platform'));
    const who = () => Promise.resolve(ann);
    expect(await code(watch({ organization: acme, ...NOW }, who))).toBe('organization.not_found');
    expect(await code(watch(NOW, who))).toBe('organization.not_found');
  });

  test('before it begins after an event that is not there, or is another one', async () => {
    const last = markOf((await log.log.last('organization-acme'))!);
    const refused = (after: Mark) => code(watch({ organization: acme, from: { after } }));
    expect(await refused({ ...last, revision: 1, position: last.position + 1n })).toBe(
      'cursor.invalid',
    );
    expect(await refused({ ...last, hash: 'f'.repeat(64) })).toBe('cursor.invalid');
    const rest = watch({ organization: acme, from: { after: last } });
    expect(changes(await until(rest))).toEqual([]);
  });

  test('an event is found where it is, wherever it was in the log that this one was moved from', async () => {
    const last = markOf((await log.log.last('organization-acme'))!);
    const moved = { ...last, position: last.position + 1000n };
    const told = await until(watch({ organization: acme, from: { after: moved } }));
    expect(changes(told)).toEqual([]);
    expect(told.at(-1)).toMatchObject({ after: last });
  });
});
