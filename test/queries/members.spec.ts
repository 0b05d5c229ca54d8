import { beforeEach, describe, expect, test } from '@jest/globals';
import type {
  Instant,
  MemberId,
  OrganizationId,
  RoleId,
  SpaceId,
  TeamId,
  UserId,
} from '#domain/ids.js';
import { GetMember } from '#queries/get-member.js';
import { GetOrganization } from '#queries/get-organization.js';
import { ListMembers, type MemberFilters } from '#queries/list-members.js';
import { ListMemberships } from '#queries/list-memberships.js';
import type { PageRequest } from '#queries/pages.js';
import { GetTeam } from '#queries/teams.js';
import { writeRevision } from '#queries/revisions.js';
import { accepted, created, grant, invited, joined } from '../projections/facts.js';
import { ORG } from '../projections/world.js';
import { plain } from '../support/histories.js';
import { expectCombined } from './combining.js';
import { reading, type Reading } from './reading.js';

const OTHER = 'org_other' as OrganizationId;
let one: Reading;

beforeEach(async () => {
  one = await reading();
  await one.world.happens([
    created,
    { type: 'space.create', space: 'space_a', name: 'A' },
    joined('ann'),
    invited('bob', { grants: [grant('bob1', 'viewer'), grant('bob2', 'editor', 'space_a')] }),
    invited('cid'),
    accepted('cid'),
    { type: 'team.create', team: 'team_x', name: 'X', scope: 'organization' },
    { type: 'team.member_add', team: 'team_x', member: 'mem_cid', source: 'direct' },
    joined('dan', { source: 'sso', grants: [grant('dan1', 'editor', 'space_a')] }),
    { type: 'member.deactivate', member: 'mem_dan', cause: 'direct' },
    joined('eve'),
    { type: 'member.remove', member: 'mem_eve', reason: 'left' },
  ]);
  await one.world.applied();
});

const list = async (filters: MemberFilters = {}, page: PageRequest = {}): Promise<string[]> =>
  (await one.ask(new ListMembers(ORG, filters, page))).items.map(({ id }) => id.slice(4));
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: { code?: string }) => error.code,
  );

describe('members', () => {
  test.each<[string, MemberFilters, string[]]>([
    ['all, whatever their status', {}, ['ann', 'bob', 'cid', 'dan', 'eve']],
    ['invited', { status: 'invited' }, ['bob']],
    ['active', { status: 'active' }, ['ann', 'cid']],
    ['inactive', { status: 'inactive' }, ['dan']],
    ['removed ones stay', { status: 'removed' }, ['eve']],
    ['by role', { role: 'viewer' as RoleId }, ['bob', 'cid']],
    ['at a space', { space: 'space_a' as SpaceId }, ['bob', 'dan']],
    ['by role at a space', { role: 'viewer' as RoleId, space: 'space_a' as SpaceId }, []],
    ['by team', { team: 'team_x' as TeamId }, ['cid']],
    ['by part of the name', { q: 'NN mül' }, ['ann']],
    ['by part of the address', { q: 'dan@ex' }, ['dan']],
    ['wildcards are letters', { q: '%' }, []],
    ['several filters', { q: 'example', status: 'active', role: 'owner' as RoleId }, ['ann']],
  ])('%s', async (_, filters, expected) => {
    expect(await list(filters)).toEqual(expected);
  });

  test('a member is answered with what it holds and the revision that changed it last', async () => {
    const answer = await one.ask(new GetMember(ORG, 'mem_cid' as MemberId));
    expect(answer).toEqual({
      organization: ORG,
      id: 'mem_cid',
      status: 'active',
      user: 'usr_cid',
      email: 'cid@example.com',
      displayEmail: 'cid@Example.com',
      name: 'cid Müller',
      authentication: 'local',
      source: 'invitation',
      invitation: 'inv_cid',
      invitedBy: { kind: 'system', id: 'sweeper', via: 'internal' },
      joinedAt: '2026-01-01T00:06:00.000Z',
      updatedAt: '2026-01-01T00:08:00.000Z',
      grants: [
        {
          id: 'grant_cid1',
          role: 'viewer',
          scope: 'organization',
          source: 'invitation',
          grantedBy: { kind: 'system', id: 'sweeper', via: 'internal' },
          grantedAt: '2026-01-01T00:06:00.000Z',
        },
      ],
      teams: [{ team: 'team_x', source: 'direct' }],
      revision: writeRevision(ORG, 7),
    });
  });

  test.each([
    ['Χρήστος', 'ΧΡΉΣ'],
    ['ΧΡΉΣΤΟΣ', 'χρήστοσ'],
    ['Straße', 'STRASSE'],
    ['İsmail', 'ismail'],
    ['Ismail', 'İSMAİL'],
  ])('the name %s is found by %s', async (name, q) => {
    await one.world.happens([joined('zed', { name: plain('mem_zed', name) })]);
    await one.world.applied();
    expect(await list({ q })).toEqual(['zed']);
  });

  test('nobody is invited any longer than the invitation is good, sweeper or not', async () => {
    one.now = '2026-02-01T00:00:00.000Z' as Instant;
    expect(await list({ status: 'invited' })).toEqual([]);
    expect(await code(one.ask(new GetMember(ORG, 'mem_bob' as MemberId)))).toBe('member.not_found');
    const resent = { invitation: 'inv_bob', generation: 2, expiresAt: '2026-03-01T00:00:00.000Z' };
    await one.world.happens([{ type: 'member.invite_resend', ...resent }]);
    await one.world.applied();
    expect(await list({ status: 'invited' })).toEqual(['bob']);
  });

  test('nobody is invited to what has ended, before the sweeper has said so and after', async () => {
    const ends = { expiresAt: '2026-01-20T00:00:00.000Z' };
    await one.world.happens([
      invited('fay', { grants: [grant('fay1', 'viewer', 'organization', ends)] }),
    ]);
    await one.world.applied();
    expect(await list({ status: 'invited' })).toEqual(['bob', 'fay']);
    one.now = ends.expiresAt as Instant;
    expect(await list({ status: 'invited' })).toEqual(['bob']);
    await one.world.happens([{ type: 'member.invite_expire', invitation: 'inv_fay' }]);
    await one.world.applied();
    expect(await list({ q: 'fay' })).toEqual([]);
    expect(await code(one.ask(new GetMember(ORG, 'mem_fay' as MemberId)))).toBe('member.not_found');
  });

  test('what is over is held by nobody, sweeper or not; what is to come is shown with its time', async () => {
    const [past, future] = ['2026-01-10T00:00:00.000Z', '2026-01-20T00:00:00.000Z'];
    const added = [
      grant('over', 'auditor', 'space_a', { expiresAt: past }),
      grant('lasts', 'auditor', 'space_a', { expiresAt: future }),
      grant('comes', 'biller', 'organization', { notBefore: future }),
    ];
    const change = { added, removed: [], cause: 'direct' };
    await one.world.happens([
      { type: 'member.role_change', member: 'mem_ann', ...change },
      { type: 'team.role_change', team: 'team_x', added: added.slice(0, 2), removed: [] },
    ]);
    await one.world.applied();
    const held = async () => {
      const { grants } = await one.ask(new GetMember(ORG, 'mem_ann' as MemberId));
      return grants.map(({ role, notBefore, expiresAt }) => [role, notBefore, expiresAt]);
    };
    const [owner, comes] = [
      ['owner', undefined, undefined],
      ['biller', future, undefined],
    ];
    expect(await held()).toEqual([owner, ['auditor', undefined, future], comes]);
    expect(await list({ role: 'auditor' as RoleId })).toEqual(['ann']);
    expect(await list({ role: 'biller' as RoleId, status: 'active' })).toEqual(['ann']);
    const team = () => one.ask(new GetTeam(ORG, 'team_x' as TeamId));
    expect((await team()).grants).toHaveLength(1);
    one.now = future as Instant;
    expect(await held()).toEqual([owner, comes]);
    expect(await list({ role: 'auditor' as RoleId })).toEqual([]);
    expect(await list({ space: 'space_a' as SpaceId })).toEqual(['bob', 'dan']);
    expect((await team()).grants).toEqual([]);
  });

  test('every filter combines with every other', async () => {
    await one.world.happens([
      joined('fay', { grants: [grant('f1', 'viewer', 'space_a'), grant('f2', 'viewer')] }),
      { type: 'team.member_add', team: 'team_x', member: 'mem_fay', source: 'direct' },
    ]);
    await one.world.applied();
    const filters: MemberFilters = {
      status: 'active',
      role: 'viewer' as RoleId,
      space: 'space_a' as SpaceId,
      team: 'team_x' as TeamId,
      q: 'FAY',
    };
    // A role and a space together are a role at that space.
    await expectCombined(filters, list, [[['role', 'space'], ['fay']]]);
  });

  test('of another organization is nothing to be seen', async () => {
    expect(await code(one.ask(new GetMember(OTHER, 'mem_ann' as MemberId)))).toBe(
      'member.not_found',
    );
    expect((await one.ask(new ListMembers(OTHER))).items).toEqual([]);
  });

  test('a thousand rows page by page are all rows, while others come in', async () => {
    const name = (index: number) => `p${String(index).padStart(4, '0')}`;
    await one.world.happens(Array.from({ length: 1000 }, (_, index) => joined(name(index))));
    await one.world.applied();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await one.ask(
        new ListMembers(
          ORG,
          { q: 'p' },
          { limit: 90, ...(cursor === undefined ? {} : { cursor }) },
        ),
      );
      seen.push(...page.items.map(({ id }) => id).filter((id) => id.startsWith('mem_p')));
      cursor = page.nextCursor;
      // One that belongs before what was read, one after.
      await one.world.happens([joined(`a${seen.length}`), joined(`q${seen.length}`)]);
      await one.world.applied();
    } while (cursor !== undefined);
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => `mem_${name(index)}`));
  });

  test.each([0, 201, 1.5, -1])('limit %d is refused', async (limit) => {
    expect(await code(one.ask(new ListMembers(ORG, {}, { limit })))).toBe('request.invalid');
  });

  test('the last page has no cursor, not even when it is full', async () => {
    const page = await one.ask(new ListMembers(ORG, {}, { limit: 5 }));
    expect(page.items).toHaveLength(5);
    expect(page.nextCursor).toBeUndefined();
  });
});

describe('one person across organizations', () => {
  beforeEach(async () => {
    const stream = `organization-${OTHER}`;
    const again = joined('ann', { member: 'mem_ann2', grants: [grant('ann2', 'viewer')] });
    await one.world.happens([{ ...created, name: 'Other' }, again], { stream });
  });

  test('memberships name the organization, the roles and the status', async () => {
    const { items } = await one.ask(new ListMemberships('usr_ann' as UserId));
    expect(items).toMatchObject([
      { organization: ORG, organizationName: 'Acme', member: 'mem_ann', status: 'active' },
      { organization: OTHER, organizationName: 'Other', member: 'mem_ann2' },
    ]);
    expect(items[1]?.grants.map(({ role }) => role)).toEqual(['viewer']);
  });

  test('page by page, and without deleted organizations', async () => {
    const first = await one.ask(new ListMemberships('usr_ann' as UserId, {}, { limit: 1 }));
    expect(first.items.map((row) => row.organization)).toEqual([ORG]);
    const cursor = first.nextCursor!;
    const next = await one.ask(new ListMemberships('usr_ann' as UserId, {}, { limit: 1, cursor }));
    expect(next.items.map((row) => row.organization)).toEqual([OTHER]);
    expect(next.nextCursor).toBeUndefined();
    await one.world.happens([{ type: 'organization.delete' }], {
      stream: `organization-${OTHER}`,
    });
    const { items } = await one.ask(new ListMemberships('usr_ann' as UserId));
    expect(items.map((row) => row.organization)).toEqual([ORG]);
  });

  test('only active and inactive memberships, unless others are asked for', async () => {
    const of = async (user: string, status?: 'removed' | 'inactive') =>
      (
        await one.ask(new ListMemberships(user as UserId, status === undefined ? {} : { status }))
      ).items.map((row) => row.status);
    expect(await of('usr_dan')).toEqual(['inactive']);
    expect(await of('usr_eve')).toEqual([]);
    expect(await of('usr_eve', 'removed')).toEqual(['removed']);
  });

  test('an organization says what it is, and is gone once deleted', async () => {
    await one.world.happens([
      { type: 'organization.policy_change', changes: { seats: 5, 'invitation.ttl': null } },
    ]);
    await one.world.applied();
    expect(await one.ask(new GetOrganization(ORG))).toEqual({
      id: ORG,
      name: 'Acme',
      status: 'active',
      catalogue: 'mondoo',
      catalogueVersion: 1,
      policies: { 'emailDomains.own': ['example.com'], seats: 5 },
      activeMembers: 2,
      createdAt: '2026-01-01T00:01:00.000Z',
      updatedAt: '2026-01-01T00:15:00.000Z',
      revision: writeRevision(ORG, 12),
    });
    await one.world.happens([{ type: 'organization.delete' }]);
    await one.world.applied();
    expect(await code(one.ask(new GetOrganization(ORG)))).toBe('organization.not_found');
    // Who was in it stays known to whoever may read a deleted one; nobody is to join it any more.
    expect(await list()).toEqual(['ann', 'cid', 'dan', 'eve']);
    expect(await list({ status: 'invited' })).toEqual([]);
  });
});

describe('freshness', () => {
  test('a read waits for the revision it must know, and no longer than that', async () => {
    const { world } = one;
    const early = one.ask(new ListMembers(ORG, {}, {}, writeRevision(ORG, 12)));
    await world.happens([joined('fay')]);
    expect((await early).items.map(({ id }) => id)).toContain('mem_fay');
    const never = one.ask(new ListMembers(ORG, {}, {}, writeRevision(ORG, 99)));
    expect(await code(never)).toBe('read.not_yet');
  });

  test('a read is as new as what was acknowledged', async () => {
    one.acknowledged = 12;
    const asked = one.ask(new ListMembers(ORG));
    await one.world.happens([joined('fay')]);
    expect((await asked).items.map(({ id }) => id)).toContain('mem_fay');
    one.acknowledged = 99;
    expect(await code(one.ask(new ListMembers(ORG)))).toBe('read.not_yet');
  });

  test('a revision of another organization, or none, is refused', async () => {
    const foreign = writeRevision(OTHER, 1);
    expect(await code(one.ask(new ListMembers(ORG, {}, {}, foreign)))).toBe('revision.invalid');
    expect(await code(one.ask(new ListMembers(ORG, {}, {}, 'x')))).toBe('revision.invalid');
  });

  test('an organization in quarantine is not answered, others are', async () => {
    const reason = {
      projection: 'members@5',
      organization: ORG,
      revision: 3,
      type: 't',
      reason: '',
    };
    const { runner } = one.world;
    runner.quarantined = (organization) => (organization === ORG ? reason : undefined);
    expect(await code(one.ask(new ListMembers(ORG)))).toBe('read.quarantined');
    expect(await code(one.ask(new ListMembers(OTHER)))).toBe('answered');
    // A person who belongs to it as well still reads where else they are members.
    const stream = `organization-${OTHER}`;
    await one.world.happens([{ ...created, name: 'Other' }, joined('ann')], { stream });
    const { items } = await one.ask(new ListMemberships('usr_ann' as UserId));
    expect(items.map((row) => [row.organization, row.quarantined])).toEqual([
      [ORG, true],
      [OTHER, undefined],
    ]);
  });
});
