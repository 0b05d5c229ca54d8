import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DomainEvent } from '#domain/events.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { Access } from '#access/access.js';
import type { Moment } from '#access/moment.js';
import type { AccessQuestion } from '#access/questions.js';
import { remaps } from './catalogues.js';
import { created, joined, PUBLISHED } from './facts.js';
import {
  catalogueNow,
  followed,
  histories,
  namesIn,
  permissionsOf,
  SETUP,
  type History,
} from './histories.js';
import { TestLog } from './log.js';
import { judge, judgeAll, judgeKey, judgeRoute } from './oracle.js';
import { World } from './world.js';

const acme = 'acme' as OrganizationId;

describe('an organization as it stood', () => {
  const NOON = Date.parse('2026-03-01T12:00:00.000Z');
  const at = (hours: number) => new Date(NOON + hours * 3_600_000).toISOString() as Instant;
  let log: TestLog;
  let access: Access;
  let stop: AbortController;
  let running: Promise<void>;

  /** Appends to an organization, at an hour after noon. */
  const happens = async (hour: number, organization: string, ...events: object[]) => {
    const stream = `organization-${organization}`;
    const happened = (event: object) => ({ stream, event: event as DomainEvent, at: at(hour) });
    await log.append(events.map(happened));
    access.acknowledged(organization as OrganizationId, log.revision(stream));
  };
  const ask = (principal: string, permission: string, moment: Moment, more: object = {}) =>
    access.check({
      organization: acme,
      principal,
      permission,
      at: moment,
      ...more,
    } as AccessQuestion);
  const reason = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).reason;
  const code = (answer: Promise<unknown>): Promise<string> =>
    answer.then(
      () => 'answered',
      (error: Refusal) => error.code,
    );

  beforeEach(async () => {
    log = new TestLog();
    stop = new AbortController();
    access = new Access(log.log, { now: () => NOON + 100 * 3_600_000, patience: 20_000 });
    running = access.run(stop.signal);
    await log.append(PUBLISHED);
    await happens(0, 'acme', created('works'));
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await log.log.close();
  });

  test('is found by revision and by time, back to its first event', async () => {
    await happens(1, 'acme', joined('ann', { role: 'viewer' }));
    await happens(5, 'acme', { type: 'member.remove', member: 'mem_ann', reason: 'left' });
    expect(await ask('mem_ann', 'documents:view', { revision: 0 })).toEqual({
      allowed: false,
      reason: 'no_membership',
      revision: 0,
    });
    expect(await ask('mem_ann', 'documents:view', { revision: 1 })).toEqual({
      allowed: true,
      reason: 'granted',
      revision: 1,
    });
    expect(await ask('mem_ann', 'documents:view', { time: at(4.999) })).toMatchObject({
      allowed: true,
      revision: 1,
    });
    expect(await ask('mem_ann', 'documents:view', { time: at(5) })).toMatchObject({
      allowed: false,
      revision: 2,
    });
  });

  test('compares the times of grants with that moment', async () => {
    const times = { notBefore: at(2), expiresAt: at(4) };
    await happens(1, 'acme', joined('ann', { role: 'viewer', ...times }));
    const reasons = await Promise.all(
      [1, 2, 3.9, 4].map((hour) => reason('usr_ann', 'documents:view', { time: at(hour) })),
    );
    expect(reasons).toEqual(['not_yet', 'granted', 'granted', 'expired']);
    // Right after the event that gave it, it had not begun.
    expect(await reason('usr_ann', 'documents:view', { revision: 1 })).toBe('not_yet');
  });

  test('has the catalogue it had then', async () => {
    await happens(1, 'acme', joined('ann', { role: 'editor' }));
    const adopt = { type: 'organization.catalogue_adopt', from: 1, to: 3, sha256: '' };
    await happens(2, 'acme', { ...adopt, remap: remaps[3] });
    expect(await code(ask('mem_ann', 'documents:share', { revision: 1 }))).toBe(
      'permission.unknown',
    );
    expect(await reason('mem_ann', 'documents:share', { revision: 2 })).toBe('granted');
  });

  test('has the catalogue that the platform had then', async () => {
    await happens(1, 'platform', created('platform'));
    await happens(2, 'platform', joined('pat', { role: 'platform-auditor' }));
    await happens(3, 'acme', { type: 'space.create', space: 'space_a', name: 'A' });
    const adopt = { type: 'organization.catalogue_adopt', from: 1, to: 2, sha256: '', remap: {} };
    await happens(4, 'platform', adopt);
    await happens(5, 'acme', { type: 'space.create', space: 'space_b', name: 'B' });
    const told = (moment: Moment) => reason('usr_pat', 'members:view', moment);
    expect(await told({ revision: 1 })).toBe('granted');
    expect(await told({ revision: 2 })).toBe('no_membership');
    expect(await told({ time: at(3.9) })).toBe('granted');
    expect(await told({ time: at(4) })).toBe('no_membership');
  });

  test('has the routes and the scopes of keys that it had then', async () => {
    await happens(1, 'acme', joined('ann', { role: 'editor' }));
    const key = { type: 'api_key.create', key: 'key_1', owner: 'mem_ann', name: 'ci' };
    const more = { scopes: ['docs:read'], expiresAt: at(4), secretHash: '' };
    await happens(2, 'acme', { ...key, ...more });
    const adopt = { type: 'organization.catalogue_adopt', from: 1, to: 3, sha256: '' };
    await happens(3, 'acme', { ...adopt, remap: remaps[3] });
    await happens(5, 'acme', { type: 'member.remove', member: 'mem_ann', reason: 'left' });
    const route = async (method: string, path: string, moment: Moment) => {
      const asked = { organization: acme, principal: 'mem_ann' as never, method, path, at: moment };
      const { reason, revision } = await access.route(asked);
      return [reason, revision];
    };
    expect(await route('POST', '/billing', { revision: 2 })).toEqual(['no_role', 2]);
    expect(await route('POST', '/billing', { revision: 3 })).toEqual(['route.unknown', 3]);
    expect(await route('DELETE', '/documents/7', { time: at(2) })).toEqual(['route.unknown', 2]);
    expect(await route('DELETE', '/documents/7', { time: at(3) })).toEqual(['granted', 3]);
    expect(await route('DELETE', '/documents/7', { time: at(5) })).toEqual(['no_membership', 4]);
    const carries = async (scope: string, moment: Moment) => {
      const asked = { organization: acme, key: 'key_1' as never, scope, at: moment };
      const { reason, revision } = await access.keyScope(asked);
      return [reason, revision];
    };
    expect(await carries('docs:read', { time: at(1) })).toEqual(['no_membership', 1]);
    expect(await carries('docs:read', { time: at(3.999) })).toEqual(['granted', 3]);
    expect(await carries('docs:read', { time: at(4) })).toEqual(['key_expired', 3]);
    expect(await carries('docs:read', { time: at(5) })).toEqual(['key_revoked', 4]);
    expect(await code(carries('docs:share', { revision: 2 }))).toBe('api_key.scope_unknown');
    expect(await carries('docs:share', { revision: 3 })).toEqual(['scope_missing', 3]);
  });

  test('has the platform’s powers as they were: told by the log, or by the clock', async () => {
    await happens(1, 'platform', created('platform'));
    await happens(2, 'acme', { type: 'space.create', space: 'space_a', name: 'A' });
    await happens(3, 'platform', joined('pat', { role: 'platform-admin' }));
    await happens(4, 'acme', { type: 'space.create', space: 'space_b', name: 'B' });
    await happens(5, 'platform', { type: 'member.remove', member: 'mem_pat', reason: 'left' });
    const told = (moment: Moment) => reason('usr_pat', 'documents:edit', moment);
    expect(await told({ revision: 1 })).toBe('no_membership');
    expect(await told({ time: at(2.9) })).toBe('no_membership');
    // Nothing has happened in the organization since, but in the platform there has.
    expect(await told({ time: at(3) })).toBe('granted');
    expect(await told({ revision: 2 })).toBe('granted');
    expect(await told({ time: at(5) })).toBe('no_membership');
  });

  test('is refused where there was nothing, where there is nothing yet, and where nothing was ever', async () => {
    await happens(0, 'beta', created('works'));
    const view = (moment: Moment) => code(ask('mem_ann', 'documents:view', moment));
    expect(await view({ time: at(-0.001) })).toBe('moment.invalid');
    expect(await view({ revision: -1 })).toBe('moment.invalid');
    expect(await view({ time: at(100.001) })).toBe('moment.invalid');
    expect(await view({ time: at(100) })).toBe('answered');
    expect(await view({ revision: 1 })).toBe('revision.invalid');
    const nowhere = { organization: 'nowhere' };
    const there = ask('mem_ann', 'documents:view', { revision: 0 }, nowhere);
    expect(await code(there)).toBe('organization.not_found');
  });

  test('is the one moment of a batch, each organization at its revision of then', async () => {
    await happens(1, 'acme', joined('ann', { role: 'viewer' }));
    await happens(2, 'beta', created('works'));
    await happens(3, 'acme', { type: 'member.remove', member: 'mem_ann', reason: 'left' });
    const question = { organization: acme, principal: 'usr_ann', permission: 'documents:view' };
    const questions = [question, { ...question, organization: 'beta' }] as AccessQuestion[];
    const answer = await access.checkBatch(questions, { time: at(2.5) });
    expect(answer.results.map((one) => one.reason)).toEqual(['granted', 'no_membership']);
    expect(answer.revisions).toEqual({ acme: 1, beta: 0 });
  });

  test('stays as it is while the organization goes on, however little memory there is', async () => {
    const small = new Access(log.log, { now: () => NOON + 3.6e8, past: { bytes: 20_000 } });
    const following = small.run(stop.signal);
    const names = Array.from({ length: 600 }, (_, n) => `n${n}`);
    for (const name of names) await happens(1, 'acme', joined(name, { role: 'viewer' }));
    for (const one of [access, small]) {
      for (const revision of [600, 1, 300, 599, 42, 600]) {
        const question = { organization: acme, permission: 'documents:view', atLeast: 600 };
        const of = (n: number) =>
          one.check({
            ...question,
            principal: `mem_n${n}`,
            at: { revision },
          } as unknown as AccessQuestion);
        expect((await of(revision - 1)).allowed).toBe(true);
        expect((await of(revision)).allowed).toBe(false);
      }
    }
    stop.abort();
    await following;
  }, 60_000);
});

describe('the past', () => {
  test('is what the naive oracle makes of the events up to then', async () => {
    let asked = 0;
    const ask = ({ moves, questions }: History): Promise<void> =>
      followed(moves, async (world, access) => {
        for (const choices of questions) asked += await askBoth(world, access, choices);
      });
    await fc.assert(fc.asyncProperty(histories(100, 24), ask), {
      numRuns: 120,
      endOnFailure: true,
      interruptAfterTimeLimit: 100_000,
    });
    expect(asked).toBeGreaterThan(500);
  }, 120_000);

  const one = <T>(list: readonly T[], choice: number): T => list[choice % list.length]!;
  const REQUESTS = [
    { method: 'GET', path: '/documents/7' },
    { method: 'POST', path: '/billing' },
    { method: 'DELETE', path: '/documents/7' },
  ];

  /** 1 where there was something to ask. */
  async function askBoth(world: World, access: Access, choices: readonly number[]) {
    const [when, where, who, what, at, kind] = choices as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const organization = one(['beta', 'platform', 'acme', 'acme', 'acme', 'acme'], where);
    // An event of any stream: what happened elsewhere comes between.
    const index = SETUP + (when % Math.max(1, world.events.length - SETUP));
    const event = world.events[index];
    if (event === undefined) return 0;
    const inStream = (so: number) =>
      world.events
        .slice(0, so + 1)
        .filter(({ stream }) => stream === `organization-${organization}`);
    const byTime = kind % 2 === 0;
    let prefix = world.events.filter((past) => past.at <= event.at);
    let moment: Moment = { time: event.at };
    let now: string = event.at;
    if (!byTime) {
      const last = world.events.findLastIndex(
        ({ stream }, place) => place <= index && stream === `organization-${organization}`,
      );
      prefix = world.events.slice(0, last + 1);
      moment = { revision: inStream(last).length - 1 };
      now = world.events[last]!.at;
    }
    const names = namesIn(world, prefix.length, organization, who % 7 === 0);
    const principal = one(['usr_none', ...names.filter((id) => !id.startsWith('space_'))], who);
    const spaces = names.filter((id) => id.startsWith('space_'));
    const space = one([undefined, ...spaces, ...spaces], at);
    const permission = one(permissionsOf(catalogueNow(prefix, organization, world)), what);
    const place = { organization, principal, ...(space === undefined ? {} : { space }) };
    const asked = { ...place, permission, at: moment };
    if (kind % 16 > 13) {
      const request = { ...place, ...one(REQUESTS, what) };
      const { allowed, reason } = await access.route({ ...request, at: moment } as never);
      const told = { request, moment, allowed, reason };
      expect(told).toEqual({ request, moment, ...judgeRoute(prefix, request, now) });
    } else if (kind % 16 > 11) {
      if (organization === 'platform') return 0;
      const key = one([...names.filter((id) => id.startsWith('key_')), 'key_none'], who);
      const scope = one(['docs:read', 'docs:write'], what);
      const { allowed, reason } = await access.keyScope({
        ...place,
        key,
        scope,
        at: moment,
      } as never);
      const told = { key, scope, moment, allowed, reason };
      const judged = judgeKey(prefix, organization, key, scope, now);
      expect(told).toEqual({ key, scope, moment, ...judged });
    } else if (kind % 16 > 1) {
      const { allowed, reason } = await access.check(asked as never);
      const told = { asked, allowed, reason };
      expect(told).toEqual({ asked, ...judge(prefix, { ...place, permission }, now) });
    } else {
      const list = access.permissions({ ...place, at: moment } as never);
      const permissions = await list.then(
        (answer) => answer.permissions,
        (error: Refusal) => (error.code === 'space.not_found' ? [] : [error.code]),
      );
      expect({ asked, permissions }).toEqual({ asked, permissions: judgeAll(prefix, place, now) });
    }
    return 1;
  }
});
