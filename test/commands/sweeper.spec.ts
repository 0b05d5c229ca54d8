import { mock } from 'node:test';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MembershipEvent } from '#domain/events.js';
import {
  PLATFORM,
  type ApiKeyId,
  type CatalogueId,
  type GrantId,
  type Instant,
  type InvitationId,
  type MemberId,
  type OrganizationId,
  type RoleId,
  type Tag,
} from '#domain/ids.js';
import type { CommandRequest } from '#commands/request.js';
import { Sweeper, type SweeperSettings } from '#commands/sweeper.js';
import { by, person, remove, startNode, type TestNode } from './support/node.js';
import { DamagedEvent, LogUnavailable } from '#eventlog/event-log.js';
import { damage } from '../support/damage.js';
import { found } from './support/rules.js';

const ACME = 'acme' as OrganizationId;
const DAY = 24 * 60 * 60 * 1000;
let node: TestNode;
let stop = new AbortController();
let running: Promise<void> | undefined;

beforeEach(async () => {
  node = await startNode();
  await found(node.transactor, ACME);
});
afterEach(async () => {
  stop.abort();
  await running;
  await node.close();
  remove(node.folder);
});

function start(settings: Partial<SweeperSettings> = {}): Sweeper {
  stop = new AbortController();
  const sweeper = new Sweeper(node.transactor, { period: 5, limit: 2, ...settings });
  running = sweeper.run(stop.signal);
  return sweeper;
}

/** Starts, reads all there is, keeps what that makes due, and ends; up to where that was. */
async function keep(): Promise<bigint | null> {
  const head = await node.log.head();
  const sweeper = start({ worth: 1 });
  for (let waited = 0; waited < 400 && sweeper.position !== head; waited++) await sleep(5);
  stop.abort();
  await running;
  return sweeper.position;
}

const later = (days: number): Instant =>
  new Date(Date.parse(node.clock.now()) + days * DAY).toISOString() as Instant;

const writeAs = (request: CommandRequest, ...events: MembershipEvent[]) =>
  node.transactor.transact(ACME, request, () => () => events);
const write = (...events: MembershipEvent[]) => writeAs(by('ada'), ...events);

const invitation = (id: string, expiresAt: Instant): MembershipEvent => ({
  type: 'member.invite',
  invitation: `inv_${id}` as InvitationId,
  member: `mem_${id}` as MemberId,
  tag: `tag_${id}` as Tag,
  email: { subject: `mem_${id}`, sealed: 'sealed' },
  displayEmail: { subject: `mem_${id}`, sealed: 'sealed' },
  grants: [{ id: `grant_${id}` as GrantId, role: 'viewer' as RoleId, scope: 'organization' }],
  teams: [],
  expiresAt,
  generation: 1,
});

/** Types after the founding, once there are as many. */
async function written(count: number): Promise<string[]> {
  for (let waited = 0; waited < 400; waited++) {
    const types = (await node.types(ACME)).slice(2);
    if (types.length >= count) break;
    await sleep(10);
  }
  await sleep(50);
  return (await node.types(ACME)).slice(2);
}

test('what expired is written down once its time has come, however much it is, and once', async () => {
  await write(...['a', 'b', 'c', 'd', 'e'].map((id) => invitation(id, later(1))));
  start();
  expect(await written(5)).toEqual(Array(5).fill('member.invite'));
  node.clock.turn(DAY);
  expect((await written(10)).slice(5)).toEqual(Array(5).fill('member.invite_expire'));
});

test('what passed while nobody swept is found at the next start', async () => {
  const [founder] = (await node.transactor.state(ACME)).members.keys();
  const grant = {
    id: 'grant_x' as GrantId,
    role: 'viewer' as RoleId,
    scope: 'organization' as const,
    notBefore: later(1),
    expiresAt: later(2),
  };
  await write({
    type: 'member.role_change',
    member: founder!,
    added: [grant],
    removed: [],
    cause: 'direct',
  });
  node.clock.turn(DAY);
  start();
  expect((await written(2)).slice(1)).toEqual(['member.grant_start']);
  stop.abort();
  await running;
  node.clock.turn(DAY);
  start();
  expect((await written(3)).slice(2)).toEqual(['member.grant_expire']);
});

test('a start reads on from what was kept, and knows all that was due then', async () => {
  await write(invitation('a', later(1)), invitation('b', later(2)), invitation('c', later(3)));
  await write({ type: 'member.invite_decline', invitation: 'inv_c' as InvitationId });
  const kept = await keep();
  await write(invitation('d', later(1)));
  const followed = mock.method(node.log, 'follow');
  node.clock.turn(DAY);
  start();
  const types = ['member.invite_decline', 'member.invite'];
  const expired = Array<string>(2).fill('member.invite_expire');
  expect((await written(7)).slice(3)).toEqual([...types, ...expired]);
  node.clock.turn(3 * DAY);
  expect((await written(8)).slice(3)).toEqual([...types, ...expired, 'member.invite_expire']);
  expect(kept).not.toBeNull();
  expect(followed.mock.calls[0]?.arguments[0]).toBe(kept);
});

test('nothing is kept from which an event is missing that could not be read', async () => {
  await write(invitation('a', later(1)));
  await node.close();
  damage(node.folder, 'organization-acme', 1);
  node = await startNode({}, node.folder);
  await found(node.transactor, 'other');
  await keep();
  const followed = mock.method(node.log, 'follow');
  await keep();
  expect(followed.mock.calls[0]?.arguments[0]).toBeNull();
});

test('an invitation that ended otherwise is left alone', async () => {
  await write(invitation('a', later(1)), {
    type: 'member.invite_decline',
    invitation: 'inv_a' as InvitationId,
  });
  start();
  node.clock.turn(2 * DAY);
  expect(await written(2)).toEqual(['member.invite', 'member.invite_decline']);
});

test('with their organization invitations end, however late, as the deletion’s doing, once', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  await write(...ids.map((id) => invitation(id, later(1))), { type: 'organization.delete' });
  node.clock.turn(7 * DAY);
  start();
  await written(11);
  stop.abort();
  await running;
  start();
  expect((await written(11)).slice(6)).toEqual(Array(5).fill('member.invite_revoke'));
  const events = await node.events(ACME);
  const [deletion] = events.filter(({ event }) => event.type === 'organization.delete');
  const revoked = events.filter(({ event }) => event.type === 'member.invite_revoke');
  expect(revoked.map(({ event }) => event)).toEqual(
    ids.map((id) => ({
      type: 'member.invite_revoke',
      invitation: `inv_${id}`,
      reason: 'organization_deleted',
    })),
  );
  for (const { metadata } of revoked) expect(metadata.causationId).toBe(deletion!.id);
});

test('what time does has no cause; what somebody’s leaving does has that', async () => {
  const left = { type: 'api_key.revoke', key: 'key_x' as ApiKeyId } as const;
  await write({
    type: 'api_key.create',
    key: left.key,
    owner: 'organization',
    name: 'K',
    scopes: [],
    secretHash: 'hash',
  });
  await write(invitation('by_time', later(1)));
  const actor = { kind: 'api_key', id: left.key, via: 'http' } as const;
  await writeAs(by('ada', { actor }), invitation('by_key', later(1)));
  await write(left);
  start();
  await written(5);
  node.clock.turn(2 * DAY);
  expect((await written(6)).slice(4)).toEqual(['member.invite_revoke', 'member.invite_expire']);
  const events = await node.events(ACME);
  const cause = events.find(({ event }) => event.type === 'api_key.revoke');
  expect(events.slice(-2).map(({ metadata }) => metadata.causationId)).toEqual([
    cause!.id,
    undefined,
  ]);
});

test('an organization whose history is damaged is left alone, the others are swept', async () => {
  await write(invitation('a', later(1)));
  await found(node.transactor, 'other');
  await node.transactor.transact('other' as OrganizationId, by('ada'), () => () => [
    invitation('b', later(1)),
  ]);
  await node.close();
  damage(node.folder, 'organization-acme', 1);
  node = await startNode({}, node.folder);
  start();
  node.clock.turn(2 * DAY);
  const swept = async () => (await node.types('other' as OrganizationId)).at(-1);
  for (let waited = 0; waited < 400 && (await swept()) === 'member.invite'; waited++) {
    await sleep(10);
  }
  expect(await swept()).toBe('member.invite_expire');
  await expect(node.types(ACME)).rejects.toThrow(DamagedEvent);
});

test('where it fails nothing of it goes on', async () => {
  let followers = 0;
  const { log } = node;
  const follow = log.follow.bind(log);
  log.follow = async function* (after, signal) {
    followers += 1;
    try {
      yield* follow(after, signal);
    } finally {
      followers -= 1;
    }
  };
  await write(invitation('a', later(1)));
  node.clock.turn(2 * DAY);
  const broken = node.another();
  broken.transact = () => Promise.reject(new Error('told so by the test'));
  const sweeper = new Sweeper(broken, { period: 5, limit: 2 });
  for (const _ of [1, 2, 3]) {
    await expect(sweeper.run(new AbortController().signal)).rejects.toThrow('told so');
  }
  expect(followers).toBe(0);
});

test('while the log does not answer it looks again', async () => {
  await write(invitation('a', later(1)));
  node.clock.turn(2 * DAY);
  const away = node.another();
  const transact = away.transact.bind(away);
  let tries = 0;
  away.transact = (...command) => {
    tries += 1;
    return tries < 3 ? Promise.reject(new LogUnavailable('away')) : transact(...command);
  };
  stop = new AbortController();
  running = new Sweeper(away, { period: 5, limit: 2 }).run(stop.signal);
  expect(await written(2)).toEqual(['member.invite', 'member.invite_expire']);
});

describe('who invited is lost to the organization', () => {
  const bob = person('bob');
  const role = (id: string, name: string) => ({
    id: `grant_${id}` as GrantId,
    role: name as RoleId,
    scope: 'organization' as const,
  });
  const joins = (...grants: ReturnType<typeof role>[]): MembershipEvent => ({
    type: 'member.join',
    source: 'configuration',
    member: 'mem_bob' as MemberId,
    user: bob.user,
    tag: null,
    email: null,
    displayEmail: null,
    name: null,
    authentication: 'local',
    grants,
    replaced: [],
    teams: [],
  });
  const as = (name: string, organization: OrganizationId, ...events: MembershipEvent[]) =>
    node.transactor.transact(organization, by(name), () => () => events);
  const demoted: MembershipEvent = {
    type: 'member.role_change',
    member: 'mem_bob' as MemberId,
    added: [role('v', 'viewer')],
    removed: ['grant_e' as GrantId],
    cause: 'direct',
  };
  const reasons = async (): Promise<unknown[]> =>
    (await node.events(ACME)).flatMap(({ event }) =>
      event.type === 'member.invite_revoke' ? [event.reason] : [],
    );

  test('what they sent is revoked at once', async () => {
    await write(joins(role('e', 'editor')));
    await as('bob', ACME, invitation('a', later(7)));
    await write(invitation('b', later(7)));
    start();
    await write(demoted);
    await written(5);
    expect(await reasons()).toEqual(['inviter_lost_authority']);
  });

  test('also when nobody swept then, and for days', async () => {
    await write(joins(role('e', 'editor')));
    await as('bob', ACME, invitation('a', later(7)), invitation('b', later(7)));
    await write({ type: 'member.remove', member: 'mem_bob' as MemberId, reason: 'left' });
    node.clock.turn(3 * DAY);
    start();
    await written(6);
    expect(await reasons()).toEqual(['inviter_left', 'inviter_left']);
  });

  test.each([
    ['', async () => {}],
    [' after the start before', keep],
  ])('also when it was the platform that they left%s', async (_, begin) => {
    const { catalogues } = node.transactor.ports;
    const catalogue = catalogues.latest('platform' as CatalogueId)!;
    const { id, version, sha256 } = catalogue;
    await node.transactor.transact(
      PLATFORM,
      by('ada'),
      () => () => [
        {
          type: 'organization.create',
          name: 'Platform',
          catalogue: id,
          version,
          sha256,
          ownDomains: [],
        },
        joins(role('p', 'platform-admin')),
      ],
      { catalogue },
    );
    await as('bob', ACME, invitation('a', later(7)));
    await write(invitation('b', later(7)));
    await begin();
    start();
    await as('ada', PLATFORM, {
      type: 'member.remove',
      member: 'mem_bob' as MemberId,
      reason: 'removed',
    });
    await written(3);
    expect(await reasons()).toEqual(['inviter_left']);
  });

  test('an organization without an open invitation is not looked at', async () => {
    await write(joins(role('e', 'editor')));
    await as('bob', ACME, invitation('a', later(7)));
    await write({ type: 'member.invite_decline', invitation: 'inv_a' as InvitationId }, demoted);
    const transact = node.transactor.transact.bind(node.transactor);
    let swept = 0;
    node.transactor.transact = (...command) => (swept++, transact(...command));
    start();
    await sleep(200);
    expect(swept).toBe(0);
  });
});
