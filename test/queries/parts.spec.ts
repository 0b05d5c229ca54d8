/** Invitations, spaces, teams, service accounts, keys, roles and catalogues as they are answered. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Query } from '@nestjs/cqrs';
import type {
  ApiKeyId,
  CatalogueId,
  Instant,
  InvitationId,
  OrganizationId,
  ServiceAccountId,
  SpaceId,
  TeamId,
} from '#domain/ids.js';
import { GetApiKey, ListApiKeys } from '#queries/api-keys.js';
import { GetCatalogue, ListCatalogues } from '#queries/catalogues.js';
import { FindApiKey } from '#queries/find-api-key.js';
import { GetInvitation } from '#queries/get-invitation.js';
import { ListInvitations, type InvitationFilters } from '#queries/list-invitations.js';
import { ListRoles } from '#queries/list-roles.js';
import { ListTeamMembers } from '#queries/list-team-members.js';
import { writeRevision } from '#queries/revisions.js';
import { GetServiceAccount, ListServiceAccounts } from '#queries/service-accounts.js';
import { GetSpace, ListSpaces } from '#queries/spaces.js';
import { GetTeam, ListTeams } from '#queries/teams.js';
import { tagOf } from '#vault/tags.js';
import { accepted, created, grant, invited, joined } from '../projections/facts.js';
import { ORG } from '../projections/world.js';
import { expectCombined } from './combining.js';
import type { PageRequest } from '#queries/pages.js';
import { reading, smallCatalogue, type Reading } from './reading.js';

const OTHER = 'org_other' as OrganizationId;
let one: Reading;

const happens = async (...events: object[]): Promise<void> => {
  await one.world.happens(events);
  await one.world.applied();
};
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: { code?: string }) => error.code,
  );

beforeEach(async () => {
  one = await reading();
  await happens(created);
});

describe('invitations', () => {
  beforeEach(async () => {
    const tag = tagOf(await one.world.vault.tagKey(ORG), 'cid@example.com');
    await happens(
      invited('ann'),
      accepted('ann'),
      invited('bob', { grants: [grant('b', 'viewer', 'space_a')] }),
      invited('cid', { tag }),
      { type: 'member.invite_revoke', invitation: 'inv_cid', reason: 'asked' },
      invited('dan', { expiresAt: '2026-01-10T00:00:00.000Z' }),
      invited('eve'),
      { type: 'member.invite_decline', invitation: 'inv_eve' },
    );
  });
  const list = async (filters: InvitationFilters) =>
    (await one.ask(new ListInvitations(ORG, filters))).items.map(
      ({ id, status }) => `${id.slice(4)} ${status}`,
    );

  test.each<[string, InvitationFilters, string[]]>([
    [
      'all, the newest first',
      {},
      ['eve declined', 'dan expired', 'cid revoked', 'bob pending', 'ann accepted'],
    ],
    ['pending by the clock', { status: 'pending' }, ['bob pending']],
    ['expired by the clock', { status: 'expired' }, ['dan expired']],
    ['revoked', { status: 'revoked' }, ['cid revoked']],
    ['by address, in whatever case', { email: ' CID@example.com' }, ['cid revoked']],
    ['by space', { space: 'space_a' as SpaceId }, ['bob pending']],
  ])('%s', async (_, filters, expected) => {
    expect(await list(filters)).toEqual(expected);
  });

  test('at a space are those into a team there, too, while there is such a team', async () => {
    const team = (name: string, scope: string) => ({
      type: 'team.create',
      team: name,
      name,
      scope,
    });
    const into = (...teams: string[]) => ({ grants: [], teams });
    await happens(
      team('team_x', 'space_a'),
      team('team_y', 'organization'),
      team('team_z', 'space_b'),
      invited('fay', into('team_z', 'team_x')),
      invited('gil', into('team_y', 'team_z')),
    );
    const here = { space: 'space_a' as SpaceId };
    expect(await list(here)).toEqual(['fay pending', 'bob pending']);
    await happens({ type: 'team.delete', team: 'team_x' });
    expect(await list(here)).toEqual(['bob pending']);
  });

  test('every filter combines with every other', async () => {
    const tag = tagOf(await one.world.vault.tagKey(ORG), 'cid@example.com');
    const here = { grants: [grant('x', 'viewer', 'space_a')] };
    await happens(
      invited('cid2', { tag, ...here }),
      invited('fay', { ...here, expiresAt: '2026-01-10T00:00:00.000Z' }),
      invited('cid3', { tag, expiresAt: '2026-01-10T00:00:00.000Z' }),
    );
    const filters: InvitationFilters = {
      status: 'pending',
      email: 'cid@example.com',
      space: 'space_a' as SpaceId,
    };
    await expectCombined(filters, list);
    expect(await list({ status: 'expired', email: 'cid@example.com' })).toEqual(['cid3 expired']);
    expect(await list({ status: 'expired', space: 'space_a' as SpaceId })).toEqual(['fay expired']);
  });

  const ends = (name: string, day: string, more: object = {}) =>
    invited(name, {
      grants: [
        grant(name, 'viewer', 'organization', { expiresAt: `2026-01-${day}T00:00:00.000Z` }),
      ],
      ...more,
    });
  const until = async (name: string) => {
    const { status, expiresAt } = await one.ask(
      new GetInvitation(ORG, `inv_${name}` as InvitationId),
    );
    return `${status} ${expiresAt.slice(0, 10)}`;
  };
  const team = (name: string, scope = 'organization') => ({
    type: 'team.create',
    team: `team_${name}`,
    name,
    scope,
  });

  test('one is good until the last of its grants ends, where all do before its link', async () => {
    const both = [
      grant('g1', 'viewer', 'organization', { expiresAt: '2026-01-10T00:00:00.000Z' }),
      grant('g2', 'editor', 'organization', { expiresAt: '2026-01-12T00:00:00.000Z' }),
    ];
    await happens(
      ends('fay', '14'),
      ends('gus', '20'),
      invited('hal', { grants: both }),
      invited('ida', { grants: [...both, grant('i', 'viewer')] }),
      ends('jon', '10', { expiresAt: '2026-01-08T00:00:00.000Z' }),
    );
    expect(await until('fay')).toBe('expired 2026-01-14');
    expect(await until('gus')).toBe('pending 2026-01-20');
    expect(await until('hal')).toBe('expired 2026-01-12');
    expect(await until('ida')).toBe('pending 2026-02-01');
    expect(await until('jon')).toBe('expired 2026-01-08');
    expect(await list({ status: 'pending' })).toEqual([
      'ida pending',
      'gus pending',
      'bob pending',
    ]);
    const expired = ['jon expired', 'hal expired', 'fay expired', 'dan expired'];
    expect(await list({ status: 'expired' })).toEqual(expired);
    const resent = { generation: 2, expiresAt: '2026-01-18T00:00:00.000Z' };
    await happens(
      ...['dan', 'gus', 'jon'].map((name) => ({
        type: 'member.invite_resend',
        invitation: `inv_${name}`,
        ...resent,
      })),
    );
    expect(await until('dan')).toBe('pending 2026-01-18');
    expect(await until('gus')).toBe('pending 2026-01-18');
    expect(await until('jon')).toBe('expired 2026-01-10');
  });

  test('one into a team is good as long as its link, and no longer once the team is gone', async () => {
    const into = (...teams: string[]) => ({ teams: teams.map((name) => `team_${name}`) });
    await happens(
      { type: 'space.create', space: 'space_a', name: 'A' },
      team('x'),
      team('y', 'space_a'),
      ends('fay', '20', into('x')),
      ends('gus', '14', into('x', 'y')),
      invited('hal', { grants: [], ...into('y') }),
      ends('ida', '14', into('x')),
      accepted('ida'),
    );
    expect(await until('fay')).toBe('pending 2026-02-01');
    expect(await until('gus')).toBe('pending 2026-02-01');
    await happens({ type: 'team.delete', team: 'team_x' });
    expect(await until('fay')).toBe('pending 2026-01-20');
    expect(await until('gus')).toBe('pending 2026-02-01');
    expect(await until('hal')).toBe('pending 2026-02-01');
    await happens({ type: 'space.delete', space: 'space_a' });
    expect(await until('gus')).toBe('expired 2026-01-14');
    expect(await until('ida')).toBe('accepted 2026-02-01');
    expect(await until('hal')).toBe('revoked 2026-02-01');
  });

  test('one to nothing that is left is revoked, before the sweeper has said so and after', async () => {
    const both = [grant('f', 'viewer', 'space_a'), grant('g', 'viewer', 'space_b')];
    await happens(invited('fay', { grants: both }), { type: 'space.delete', space: 'space_a' });
    expect(await list({ status: 'revoked' })).toEqual(['cid revoked', 'bob revoked']);
    expect(await list({ status: 'pending' })).toEqual(['fay pending']);
    expect(await list({ status: 'expired' })).toEqual(['dan expired']);
    const revoked = {
      type: 'member.invite_revoke',
      invitation: 'inv_bob',
      reason: 'space_deleted',
    };
    await happens(revoked);
    const bob = await one.ask(new GetInvitation(ORG, 'inv_bob' as InvitationId));
    expect(bob).toMatchObject({ status: 'revoked', revokeReason: 'space_deleted' });
  });

  test('one is answered with what became of its mail', async () => {
    const invitation = 'inv_bob' as InvitationId;
    const at = '2026-01-02T00:00:00.000Z' as Instant;
    const failed = { generation: 1, status: 'failed', reason: 'no such mailbox', at } as const;
    const { db } = one.world.store;
    await db
      .insertInto('deliveries')
      .values({ organization: ORG, invitation, ...failed })
      .execute();
    expect(await one.ask(new GetInvitation(ORG, invitation))).toMatchObject({
      id: 'inv_bob',
      member: 'mem_bob',
      status: 'pending',
      email: 'bob@example.com',
      teams: [],
      delivery: { status: 'failed', reason: 'no such mailbox', at },
      revision: writeRevision(ORG, 3),
    });
    // A rebuild knows nothing of mails, and an erasure blanks what they quote.
    await one.world.runner.rebuild('invitations');
    expect((await one.ask(new GetInvitation(ORG, invitation))).delivery?.status).toBe('failed');
    await happens({ type: 'member.invite_erase', invitation, member: 'mem_bob' });
    const erased = await one.ask(new GetInvitation(ORG, invitation));
    expect(erased).toMatchObject({ status: 'revoked', revokeReason: 'erased', email: null });
    expect(erased.delivery).toEqual({ status: 'failed', at });
  });
});

test('each resource by id, and none of another organization', async () => {
  await happens(
    { type: 'space.create', space: 'space_a', name: 'A' },
    { type: 'team.create', team: 'team_a', name: 'A', scope: 'space_a', externalGroup: 'g' },
    { type: 'service_account.create', account: 'svc_a', name: 'A', grants: [grant('s', 'viewer')] },
    {
      type: 'api_key.create',
      key: 'key_a',
      owner: 'svc_a',
      name: 'A',
      scopes: [],
      secretHash: 'h',
    },
  );
  const [space, team] = ['space_a' as SpaceId, 'team_a' as TeamId];
  const [account, key] = ['svc_a' as ServiceAccountId, 'key_a' as ApiKeyId];
  const times = { createdAt: expect.any(String), updatedAt: expect.any(String) };
  const rows: [(organization: OrganizationId) => Query<unknown>, object, string][] = [
    [(of) => new GetSpace(of, space), { id: space, name: 'A', status: 'active' }, 'space'],
    [
      (of) => new GetTeam(of, team),
      { id: team, name: 'A', scope: 'space_a', externalGroup: 'g', grants: [] },
      'team',
    ],
    [
      (of) => new GetServiceAccount(of, account),
      { id: account, name: 'A', grants: [expect.objectContaining({ role: 'viewer' })] },
      'service_account',
    ],
    [
      (of) => new GetApiKey(of, key),
      { id: key, owner: account, name: 'A', scopes: [], status: 'active' },
      'api_key',
    ],
  ];
  for (const [index, [query, row, name]] of rows.entries()) {
    const revision = writeRevision(ORG, index + 1);
    expect(await one.ask(query(ORG))).toEqual({ organization: ORG, ...row, ...times, revision });
    expect(await code(one.ask(query(OTHER)))).toBe(`${name}.not_found`);
  }
  const lists: Query<{ items: readonly { id: string }[] }>[] = [
    new ListSpaces(ORG),
    new ListTeams(ORG),
    new ListTeams(ORG, { scope: space }),
    new ListServiceAccounts(ORG),
    new ListApiKeys(ORG, { owner: account }),
  ];
  for (const list of lists) expect((await one.ask(list)).items).toHaveLength(1);
  expect((await one.ask(new ListTeams(ORG, { scope: 'organization' }))).items).toEqual([]);
});

test('who is in a team, and why', async () => {
  await happens(
    ...[joined('ann'), joined('bob')],
    { type: 'team.create', team: 'team_a', name: 'A', scope: 'organization' },
    { type: 'team.member_add', team: 'team_a', member: 'mem_bob', source: 'direct' },
    { type: 'team.member_add', team: 'team_a', member: 'mem_ann', source: 'direct' },
    {
      type: 'team.member_add',
      team: 'team_a',
      member: 'mem_ann',
      source: 'oidc_group',
      group: 'g1',
    },
  );
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = { limit: 1, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await one.ask(new ListTeamMembers(ORG, 'team_a' as TeamId, page));
    seen.push(...answer.items.map((row) => `${row.name} ${row.source} ${row.group ?? '-'}`));
    cursor = answer.nextCursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(['ann Müller direct -', 'ann Müller oidc_group g1', 'bob Müller direct -']);
});

test('a key is found by its id alone, at once, with its hash and until when it is good', async () => {
  const find = () => one.ask(new FindApiKey('key_a' as ApiKeyId));
  expect(await find()).toBeUndefined();
  await one.world.happens([
    {
      type: 'api_key.create',
      key: 'key_a',
      owner: 'organization',
      name: 'A',
      scopes: ['s'],
      secretHash: 'h1',
    },
  ]);
  expect(await find()).toEqual({
    organization: ORG,
    owner: 'organization',
    secretHash: 'h1',
    scopes: ['s'],
    expiresAt: null,
    revokedAt: null,
  });
  one.acknowledged = 3;
  const asked = find();
  await one.world.happens([
    { type: 'api_key.rotate', key: 'key_a', secretHash: 'h2' },
    { type: 'api_key.revoke', key: 'key_a' },
  ]);
  expect(await asked).toMatchObject({ secretHash: 'h2', revokedAt: '2026-01-01T00:04:00.000Z' });
  const answer = await one.ask(new GetApiKey(ORG, 'key_a' as ApiKeyId));
  expect(answer.status).toBe('revoked');
  expect(JSON.stringify(answer)).not.toContain('h2');
});

test('roles: the catalogue’s and the organization’s own, and which one may give', async () => {
  one.catalogues.add(smallCatalogue());
  const permissions = ['members:view'];
  await happens({ type: 'role.define', role: 'role_x', name: 'X', scopes: ['space'], permissions });
  const { items } = await one.ask(new ListRoles(ORG, (role) => role !== 'owner'));
  expect(items.map((row) => `${row.id} ${row.kind} ${row.assignable}`)).toEqual([
    'owner base false',
    'viewer base true',
    'role_x custom true',
  ]);
  expect(items[2]).toMatchObject({
    scopes: ['space'],
    permissions,
    revision: writeRevision(ORG, 1),
  });
  expect(await code(one.ask(new ListRoles(OTHER)))).toBe('organization.not_found');
});

test('catalogues and their versions', async () => {
  one.catalogues.add(smallCatalogue(1));
  one.catalogues.add(smallCatalogue(2));
  const { items } = await one.ask(new ListCatalogues());
  expect(items).toMatchObject([{ id: 'mondoo', name: 'Mondoo', version: 2, versions: [1, 2] }]);
  const id = 'mondoo' as CatalogueId;
  expect((await one.ask(new GetCatalogue(id))).version).toBe(2);
  expect((await one.ask(new GetCatalogue(id, 1))).content.version).toBe(1);
  expect(await code(one.ask(new GetCatalogue(id, 3)))).toBe('catalogue.not_found');
});

test('catalogues come in pages, by id', async () => {
  for (const id of ['wasviking', 'mondoo', 'vygl']) {
    one.catalogues.add({ ...smallCatalogue(), id: id as CatalogueId });
  }
  const ids = async (page: PageRequest) => {
    const { items, nextCursor } = await one.ask(new ListCatalogues(page));
    return { ids: items.map(({ id }) => id), cursor: nextCursor };
  };
  const first = await ids({ limit: 2 });
  expect(first.ids).toEqual(['mondoo', 'vygl']);
  expect(await ids({ limit: 2, cursor: first.cursor! })).toEqual({ ids: ['wasviking'] });
  expect(await code(one.ask(new ListCatalogues({ cursor: 'made-up' })))).toBe('cursor.invalid');
});
