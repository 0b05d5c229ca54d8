import { describe, expect, test } from '@jest/globals';
import type { EventOf, EventType, MembershipEvent, Metadata } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import type { CommandId, MemberId, Permission, TeamId } from '#domain/ids.js';
import { emptyOrganization, ENDED_MEMORY, overlay, type Organization } from '#domain/state.js';
import {
  accountId,
  ACME,
  by,
  catalogue,
  days,
  expectConsistent,
  fold,
  founded,
  grant,
  grantId,
  hours,
  invitationId,
  invited,
  joined,
  keyId,
  metadata,
  NOW,
  people,
  plain,
  role,
  space,
  system,
  team,
  teamOf,
  type History,
  type Someone,
} from '../support/given.js';

const { olga, adam, mia, ines, nick } = people('olga', 'adam', 'mia', 'ines', 'nick');
const north = space('north');
const core = team('core');
const bot = accountId('bot');
const k = keyId('k');
const invitation = invitationId('ines');

/** An organization with something of everything. */
const everything: History = [
  founded('mondoo', olga, [adam, ['editor', 'viewer@north']], [mia, 'viewer']),
  by(olga, [
    ...teamOf('core', ['viewer', 'editor@north'], [mia]),
    {
      type: 'service_account.create',
      account: bot,
      name: 'bot',
      grants: [grant('bot', 'agent@north')],
    },
    {
      type: 'api_key.create',
      key: k,
      owner: mia.member,
      name: 'k',
      scopes: ['a'],
      expiresAt: days(9),
      secretHash: 'x',
    },
    {
      type: 'role.define',
      role: role('role_x'),
      name: 'X',
      scopes: ['organization'],
      permissions: ['assets:view' as Permission],
    },
    joined(nick, ['role_x', { role: 'owner', notBefore: days(-2), expiresAt: days(2) }]),
  ]),
  invited(ines, adam, { held: ['viewer@north', 'role_x'], teams: ['core'] }),
];
const start = (): Organization => fold(everything);
const after = (...events: MembershipEvent[]): Organization => fold(by(adam, events, NOW), start());
const member = (organization: Organization, one: Someone) => organization.members.get(one.member);
const roles = (grants: readonly { role: string; scope: string }[] | undefined) =>
  grants?.map((one) => (one.scope === 'organization' ? one.role : `${one.role}@${one.scope}`));

const accepted: EventOf<'member.accept'> = {
  type: 'member.accept',
  invitation,
  generation: 1,
  member: ines.member,
  user: ines.user,
  tag: ines.address.tag,
  email: ines.address.email,
  displayEmail: ines.address.displayEmail,
  name: null,
  authentication: 'sso',
  grants: [grant('inv_ines', 'viewer@north')],
  replaced: [],
  teams: [core],
};

describe('what each event makes of an organization', () => {
  test('organization.create', () => {
    const organization = fold([
      {
        type: 'organization.create',
        name: 'Acme',
        catalogue: catalogue('vygl').id,
        version: 1,
        sha256: 'abc',
        ownDomains: ['acme.com'],
      },
    ]);
    expect(organization).toMatchObject({
      status: 'active',
      name: 'Acme',
      catalogue: { id: 'vygl', version: 1, sha256: 'abc' },
      policies: { 'emailDomains.own': ['acme.com'] },
      activeMembers: 0,
    });
  });
  test('organization.rename, suspend, resume, delete', () => {
    expect(after({ type: 'organization.rename', name: 'Other' }).name).toBe('Other');
    const suspended = after({ type: 'organization.suspend' });
    expect(suspended.status).toBe('suspended');
    fold([{ type: 'organization.resume' }], suspended);
    expect(suspended.status).toBe('active');
    expect(after({ type: 'organization.delete' }).status).toBe('deleted');
  });
  test('organization.policy_change: null goes back', () => {
    const organization = after({
      type: 'organization.policy_change',
      changes: { seats: 5, 'invitation.ttl': 3600 },
    });
    expect(organization.policies).toEqual({
      'emailDomains.own': ['acme.com'],
      seats: 5,
      'invitation.ttl': 3600,
    });
    fold([{ type: 'organization.policy_change', changes: { seats: null } }], organization);
    expect(organization.policies).toEqual({
      'emailDomains.own': ['acme.com'],
      'invitation.ttl': 3600,
    });
  });

  describe('organization.catalogue_adopt', () => {
    const adopt = (remap: Record<string, string>): MembershipEvent => ({
      type: 'organization.catalogue_adopt',
      from: 1,
      to: 2,
      sha256: 'new',
      remap: remap as never,
    });
    test('pins the version and remaps every grant and invitation', () => {
      const organization = after(adopt({ viewer: 'reader', agent: 'robot' }));
      expect(organization.catalogue).toEqual({ id: 'mondoo', version: 2, sha256: 'new' });
      expect(roles(member(organization, adam)?.grants)).toEqual(['editor', 'reader@space_north']);
      expect(roles(organization.teams.get(core)?.grants)).toEqual(['reader', 'editor@space_north']);
      expect(roles(organization.serviceAccounts.get(bot)?.grants)).toEqual(['robot@space_north']);
      expect(roles(organization.invitations.get(invitation)?.grants)).toEqual([
        'reader@space_north',
        'role_x',
      ]);
      expectConsistent(organization);
    });
    test('all at once: roles can change places', () => {
      const organization = after(adopt({ viewer: 'editor', editor: 'viewer' }));
      expect(roles(member(organization, adam)?.grants)).toEqual(['viewer', 'editor@space_north']);
      expect(roles(member(organization, mia)?.grants)).toEqual(['editor']);
      expectConsistent(organization);
    });
    test('two roles that become one are held once', () => {
      const organization = fold([
        everything,
        joined(nick, ['editor', 'viewer'], 'configuration'),
        adopt({ editor: 'viewer' }),
      ]);
      expect(roles(member(organization, nick)?.grants.slice(-1))).toEqual(['viewer']);
      expect(
        member(organization, nick)?.grants.filter((one) => one.role === 'viewer'),
      ).toHaveLength(1);
    });
    test('keeps ids, times and sources', () => {
      const organization = after(adopt({ owner: 'boss' }));
      expect(member(organization, nick)?.grants.at(-1)).toEqual({
        id: grantId('nick_owner'),
        role: 'boss',
        scope: 'organization',
        notBefore: days(-2),
        expiresAt: days(2),
        source: 'configuration',
      });
      expect([...organization.directHolders.of(role('boss'))]).toEqual([olga.member]);
    });
    test('and the policy that names one', () => {
      const organization = after(
        { type: 'organization.policy_change', changes: { ssoDefaultRole: role('viewer') } },
        adopt({ viewer: 'reader' }),
      );
      expect(organization.policies.ssoDefaultRole).toBe('reader');
    });
  });

  test('space.create, rename, deactivate, reactivate', () => {
    const organization = after(
      { type: 'space.create', space: space('west'), name: 'West' },
      { type: 'space.rename', space: space('west'), name: 'Wild West' },
      { type: 'space.deactivate', space: space('west') },
    );
    expect(organization.spaces.get(space('west'))).toEqual({
      id: 'space_west',
      name: 'Wild West',
      status: 'inactive',
    });
    fold([{ type: 'space.reactivate', space: space('west') }], organization);
    expect(organization.spaces.get(space('west'))?.status).toBe('active');
  });
  test('space.delete ends what was held there', () => {
    const local = teamOf('local', ['viewer@north'], [mia], north);
    const organization = after(...local, { type: 'space.delete', space: north });
    expect(organization.spaces.has(north)).toBe(false);
    expect(roles(member(organization, adam)?.grants)).toEqual(['editor']);
    expect(roles(organization.teams.get(core)?.grants)).toEqual(['viewer']);
    expect(organization.teams.has(team('local'))).toBe(false);
    expect(roles(organization.serviceAccounts.get(bot)?.grants)).toEqual([]);
    expect(roles(organization.invitations.get(invitation)?.grants)).toEqual(['role_x']);
    expect(organization.ended.get(north)).toBe('deleted');
    expectConsistent(organization);
  });

  test('member.invite', () => {
    expect(start().invitations.get(invitation)).toEqual({
      id: invitation,
      status: 'pending',
      member: ines.member,
      tag: ines.address.tag,
      grants: [grant('inv_ines', 'viewer@north'), grant('inv_ines', 'role_x')],
      teams: [core],
      expiresAt: days(6),
      generation: 1,
      inviter: adam.actor,
    });
    expectConsistent(start());
  });
  test('member.invite_expire, then resend by somebody else', () => {
    const organization = after({ type: 'member.invite_expire', invitation });
    expect(organization.invitations.get(invitation)?.status).toBe('expired');
    fold(
      by(olga, { type: 'member.invite_resend', invitation, generation: 2, expiresAt: days(9) }),
      organization,
    );
    expect(organization.invitations.get(invitation)).toMatchObject({
      status: 'pending',
      generation: 2,
      expiresAt: days(9),
      inviter: olga.actor,
    });
  });
  test.each([
    [{ type: 'member.invite_revoke', invitation, reason: 'asked' }, 'revoked'],
    [{ type: 'member.invite_decline', invitation }, 'declined'],
  ] as const)('%o: the invitation is forgotten but for its end and its subject', (event, how) => {
    const organization = after(event);
    expect(organization.invitations.has(invitation)).toBe(false);
    expect(organization.ended.get(invitation)).toBe(how);
    expect(organization.former.get(ines.member)).toEqual({
      id: ines.member,
      tag: ines.address.tag,
    });
    expectConsistent(organization);
  });
  test('member.invite_erase: nothing is left of the subject', () => {
    const organization = after(
      { type: 'member.invite_revoke', invitation, reason: 'erased' },
      { type: 'member.invite_erase', invitation, member: ines.member },
    );
    expect(organization.former.size).toBe(0);
    expect([...organization.formerByTag.of(ines.address.tag)]).toEqual([]);
  });

  describe('member.accept', () => {
    test('makes the invited member', () => {
      const organization = after(accepted);
      expect(member(organization, ines)).toEqual({
        id: ines.member,
        status: 'active',
        named: 0,
        tag: ines.address.tag,
        user: ines.user,
        authentication: 'sso',
        grants: [{ ...grant('inv_ines', 'viewer@north'), source: 'invitation' }],
        teams: [{ team: core, source: 'invitation' }],
        accepted: [invitation],
      });
      expect(organization.ended.get(invitation)).toBe('accepted');
      expect(organization.former.size).toBe(0);
      expect(organization.activeMembers).toBe(5);
      expectConsistent(organization);
    });
    test('adds to the member the person was already; the invitation’s subject is remembered', () => {
      const organization = after({
        ...accepted,
        member: mia.member,
        user: mia.user,
        replaced: [grantId('mia_viewer')],
        teams: [],
      });
      expect(roles(member(organization, mia)?.grants)).toEqual(['viewer@space_north']);
      expect(member(organization, mia)?.teams).toEqual([{ team: core, source: 'direct' }]);
      expect(organization.memberByTag.get(ines.address.tag)).toBe(mia.member);
      expect(organization.memberByTag.has(mia.address.tag)).toBe(false);
      expect([...organization.formerByTag.of(ines.address.tag)]).toEqual([ines.member]);
      expect(organization.activeMembers).toBe(4);
      expectConsistent(organization);
    });
  });
  test('member.join: the source is the grants’ source', () => {
    const organization = fold([everything, joined(someoneNew, 'viewer', 'sso', { teams: [core] })]);
    expect(member(organization, someoneNew)).toMatchObject({
      status: 'active',
      grants: [{ role: 'viewer', source: 'sso' }],
      teams: [{ team: core, source: 'direct' }],
      accepted: [],
    });
    expectConsistent(organization);
  });
  test('member.identity_link', () => {
    const { user: _, ...event } = joined(someoneNew, 'viewer', 'scim') as EventOf<'member.join'>;
    const organization = after(event, {
      type: 'member.identity_link',
      member: someoneNew.member,
      user: someoneNew.user,
      authentication: 'sso',
    });
    expect(member(organization, someoneNew)).toMatchObject({
      user: someoneNew.user,
      authentication: 'sso',
    });
    expectConsistent(organization);
  });
  test.each([
    ['direct', 'direct'],
    ['transfer', 'transfer'],
    ['invitation', 'invitation'],
    ['sso', 'sso'],
    ['scim', 'scim'],
  ] as const)('member.role_change by %s', (cause, source) => {
    const organization = after({
      type: 'member.role_change',
      member: mia.member,
      added: [grant('new', 'owner')],
      removed: [grantId('mia_viewer')],
      cause,
    });
    expect(member(organization, mia)?.grants).toEqual([{ ...grant('new', 'owner'), source }]);
    const counts = cause !== 'sso' && cause !== 'scim';
    expect(organization.directHolders.has(role('owner'), mia.member)).toBe(counts);
    expectConsistent(organization);
  });
  test('member.grant_start and grant_expire', () => {
    const owner = grantId('nick_owner');
    const organization = after({ type: 'member.grant_start', member: nick.member, grant: owner });
    expect(member(organization, nick)?.grants.at(-1)).toMatchObject({ id: owner, started: true });
    fold([{ type: 'member.grant_expire', member: nick.member, grant: owner }], organization);
    expect(roles(member(organization, nick)?.grants)).toEqual(['role_x']);
    expectConsistent(organization);
  });
  test('member.deactivate and reactivate', () => {
    const before = member(start(), mia);
    const organization = after({ type: 'member.deactivate', member: mia.member, cause: 'scim' });
    expect(member(organization, mia)).toEqual({ ...before, status: 'inactive', cause: 'scim' });
    expect(organization.activeMembers).toBe(3);
    fold([{ type: 'member.deactivate', member: mia.member, cause: 'direct' }], organization);
    expect(member(organization, mia)).toMatchObject({ cause: 'direct' });
    expect(organization.activeMembers).toBe(3);
    fold([{ type: 'member.reactivate', member: mia.member, cause: 'direct' }], organization);
    expect(member(organization, mia)).toEqual(before);
    expect(organization.activeMembers).toBe(4);
    expectConsistent(organization);
  });
  test('member.remove', () => {
    const organization = after({ type: 'member.remove', member: mia.member, reason: 'removed' });
    expect(member(organization, mia)).toBeUndefined();
    expect(organization.former.get(mia.member)).toEqual({
      id: mia.member,
      tag: mia.address.tag,
      user: mia.user,
    });
    expect(organization.apiKeys.has(k)).toBe(false);
    expect([organization.ended.get(mia.member), organization.ended.get(k)]).toEqual([
      'deleted',
      { revokedFrom: mia.member },
    ]);
    expect(organization.activeMembers).toBe(3);
    expectConsistent(organization);
  });
  test('member.accept, join and profile_change: where the name stands', () => {
    const name = { subject: mia.member, sealed: 'name Mia M.' };
    const changed = { type: 'member.profile_change', member: mia.member, name } as const;
    const from = (revision: number) => fold([changed], start(), revision);
    expect(member(from(40), mia)).toEqual({ ...member(start(), mia), named: 40 });
    const joining = fold([joined(someoneNew, 'viewer')], start(), 41);
    expect(member(joining, someoneNew)?.named).toBe(41);
    const kept = fold(
      [
        { type: 'member.deactivate', member: mia.member, cause: 'direct' },
        { type: 'member.reactivate', member: mia.member, cause: 'direct' },
      ],
      from(42),
      43,
    );
    expect(member(kept, mia)?.named).toBe(42);
    // Who comes in once more without a name keeps the one that is known.
    const again = fold([{ ...accepted, member: mia.member, user: mia.user }], from(42), 43);
    expect(member(again, mia)?.named).toBe(42);
    const renamed = { ...accepted, member: mia.member, user: mia.user, name };
    expect(member(fold([renamed], from(42), 43), mia)?.named).toBe(43);
  });
  test('member.personal_data_erase', () => {
    const gone = after(
      { type: 'member.remove', member: mia.member, reason: 'erased' },
      { type: 'member.personal_data_erase', member: mia.member, user: mia.user },
    );
    expect(gone.former.size).toBe(0);
    expect([...gone.formerByUser.of(mia.user)]).toEqual([]);
    const kept = after(
      { type: 'member.deactivate', member: mia.member, cause: 'erased' },
      { type: 'member.personal_data_erase', member: mia.member, user: mia.user },
    );
    expect(member(kept, mia)).toMatchObject({ status: 'inactive', tag: null });
    expect(kept.memberByUser.has(mia.user) || kept.memberByTag.has(mia.address.tag)).toBe(false);
    expectConsistent(kept);
  });

  test('team.create, rename, role_change, member_add, member_remove, delete', () => {
    const organization = after(
      { type: 'team.create', team: team('x'), name: 'x', scope: north, externalGroup: 'g' },
      { type: 'team.rename', team: team('x'), name: 'y' },
    );
    expect(organization.teams.get(team('x'))).toEqual({
      id: 'team_x',
      name: 'y',
      scope: north,
      externalGroup: 'g',
      grants: [],
    });
    expect(organization.teams.get(core)?.grants.map((one) => one.source)).toEqual(['team', 'team']);
    fold(
      [
        { type: 'team.member_add', team: core, member: mia.member, source: 'scim', group: 'g' },
        { type: 'team.member_remove', team: core, member: mia.member, source: 'direct' },
      ],
      organization,
    );
    expect(member(organization, mia)?.teams).toEqual([{ team: core, source: 'scim', group: 'g' }]);
    expect(organization.teamMembers.has(core, mia.member)).toBe(true);
    fold([{ type: 'team.delete', team: core }], organization);
    expect(member(organization, mia)?.teams).toEqual([]);
    expect(organization.ended.get(core)).toBe('deleted');
    expectConsistent(organization);
  });
  test('service_account.change, role_change, delete', () => {
    const organization = after(
      { type: 'service_account.change', account: bot, name: 'robot', description: 'scans' },
      {
        type: 'service_account.role_change',
        account: bot,
        added: [grant('bot', 'vex-importer@north')],
        removed: [grantId('bot_agent_north')],
        cause: 'direct',
      },
    );
    expect(organization.serviceAccounts.get(bot)).toEqual({
      id: bot,
      name: 'robot',
      description: 'scans',
      grants: [{ ...grant('bot', 'vex-importer@north'), source: 'direct' }],
    });
    fold(
      [
        {
          type: 'api_key.create',
          key: keyId('b'),
          owner: bot,
          name: 'b',
          scopes: [],
          secretHash: 'x',
        },
        { type: 'service_account.delete', account: bot },
      ],
      organization,
    );
    expect(organization.serviceAccounts.size).toBe(0);
    expect([...organization.apiKeys.keys()]).toEqual([k]);
    expectConsistent(organization);
  });
  test('api_key.create, change, rotate, revoke', () => {
    const organization = after(
      { type: 'api_key.change', key: k, name: 'n', scopes: ['b'], expiresAt: null },
      { type: 'api_key.rotate', key: k, secretHash: 'y' },
    );
    expect(organization.apiKeys.get(k)).toEqual({
      id: k,
      owner: mia.member,
      name: 'n',
      scopes: ['b'],
      secretHash: 'y',
    });
    fold([{ type: 'api_key.change', key: k, expiresAt: days(1) }], organization);
    expect(organization.apiKeys.get(k)).toMatchObject({ name: 'n', expiresAt: days(1) });
    fold([{ type: 'api_key.change', key: k, name: 'm' }], organization);
    expect(organization.apiKeys.get(k)).toMatchObject({ name: 'm', expiresAt: days(1) });
    fold([{ type: 'api_key.revoke', key: k }], organization);
    expect(organization.apiKeys.size).toBe(0);
    expect(organization.keysByOwner.count(mia.member)).toBe(0);
    expect(organization.ended.get(k)).toEqual({ revokedFrom: mia.member });
  });
  test('role.define, change, retire', () => {
    const changed = after({
      type: 'role.change',
      role: role('role_x'),
      name: 'Y',
      permissions: [],
    });
    expect(changed.customRoles.get(role('role_x'))).toEqual({
      id: 'role_x',
      name: 'Y',
      scopes: ['organization'],
      permissions: [],
    });
    const retired = after({ type: 'role.retire', role: role('role_x'), remapTo: role('viewer') });
    expect(retired.customRoles.size).toBe(0);
    expect(retired.ended.get('role_x')).toBe('retired');
    expect(roles(member(retired, nick)?.grants)).toEqual(['viewer', 'owner']);
    expect(roles(retired.invitations.get(invitation)?.grants)).toEqual([
      'viewer@space_north',
      'viewer',
    ]);
    expectConsistent(retired);
  });
});

const someoneNew: Someone = people('newcomer').newcomer;

/** One of each that changes something about what is there. */
const CHANGES: readonly MembershipEvent[] = [
  { type: 'organization.rename', name: 'Other' },
  { type: 'organization.policy_change', changes: { seats: 9 } },
  {
    type: 'organization.catalogue_adopt',
    from: 1,
    to: 2,
    sha256: 'n',
    remap: { viewer: role('editor') },
  },
  { type: 'organization.suspend' },
  { type: 'organization.resume' },
  { type: 'organization.delete' },
  { type: 'space.create', space: space('west'), name: 'West' },
  { type: 'space.rename', space: north, name: 'Nord' },
  { type: 'space.deactivate', space: north },
  { type: 'space.reactivate', space: north },
  { type: 'space.delete', space: north },
  {
    type: 'member.invite',
    invitation: invitationId('more'),
    member: 'mem_more' as MemberId,
    tag: ines.address.tag,
    email: ines.address.email,
    displayEmail: ines.address.displayEmail,
    grants: [grant('more', 'viewer')],
    teams: [],
    expiresAt: days(7),
    generation: 1,
  },
  { type: 'member.invite_resend', invitation, generation: 2, expiresAt: days(8) },
  { type: 'member.invite_revoke', invitation, reason: 'asked' },
  { type: 'member.invite_decline', invitation },
  { type: 'member.invite_expire', invitation },
  { type: 'member.invite_erase', invitation, member: ines.member },
  accepted,
  joined(someoneNew, 'viewer'),
  {
    type: 'member.identity_link',
    member: mia.member,
    user: someoneNew.user,
    authentication: 'sso',
  },
  {
    type: 'member.role_change',
    member: mia.member,
    added: [grant('new', 'owner')],
    removed: [grantId('mia_viewer')],
    cause: 'direct',
  },
  { type: 'member.grant_start', member: nick.member, grant: grantId('nick_owner') },
  { type: 'member.grant_expire', member: nick.member, grant: grantId('nick_owner') },
  { type: 'member.deactivate', member: mia.member, cause: 'direct' },
  { type: 'member.reactivate', member: mia.member, cause: 'direct' },
  { type: 'member.remove', member: mia.member, reason: 'removed' },
  { type: 'member.profile_change', member: mia.member, name: null },
  { type: 'member.personal_data_erase', member: mia.member, user: mia.user },
  { type: 'team.create', team: team('x'), name: 'x', scope: 'organization' },
  { type: 'team.rename', team: core, name: 'y' },
  { type: 'team.delete', team: core },
  { type: 'team.member_add', team: core, member: adam.member, source: 'scim', group: 'g' },
  { type: 'team.member_remove', team: core, member: mia.member, source: 'direct' },
  {
    type: 'team.role_change',
    team: core,
    added: [grant('t', 'owner')],
    removed: [],
    cause: 'direct',
  },
  {
    type: 'service_account.create',
    account: accountId('c'),
    name: 'c',
    grants: [grant('c', 'agent@north')],
  },
  { type: 'service_account.change', account: bot, name: 'robot' },
  {
    type: 'service_account.role_change',
    account: bot,
    added: [],
    removed: [grantId('bot_agent_north')],
    cause: 'direct',
  },
  { type: 'service_account.delete', account: bot },
  {
    type: 'api_key.create',
    key: keyId('l'),
    owner: 'organization',
    name: 'l',
    scopes: [],
    secretHash: 'x',
  },
  { type: 'api_key.change', key: k, name: 'm' },
  { type: 'api_key.rotate', key: k, secretHash: 'z' },
  { type: 'api_key.revoke', key: k },
  { type: 'role.define', role: role('role_y'), name: 'Y', scopes: ['space'], permissions: [] },
  { type: 'role.change', role: role('role_x'), name: 'Z' },
  { type: 'role.retire', role: role('role_x'), remapTo: role('viewer') },
];
const whole = (organization: Organization) => ({
  ...plain(organization),
  places: [core].map((id) => [...organization.teamMembers.of(id)]),
  tags: [mia, ines].map(({ address }) => [
    [...organization.invitationsByTag.of(address.tag)],
    [...organization.formerByTag.of(address.tag)],
  ]),
  users: [...organization.formerByUser.of(mia.user)],
  keys: [mia.member, bot, 'organization' as const].map((id) => [
    ...organization.keysByOwner.of(id),
  ]),
  holders: ['owner', 'viewer', 'editor', 'role_x'].map((id) => [
    ...organization.directHolders.of(role(id)),
  ]),
});

describe('an overlay', () => {
  test('every type of event but the first is tried here', () => {
    const tried = new Set<EventType>(CHANGES.map((one) => one.type));
    expect(tried.size).toBe(45);
  });
  test.each(CHANGES.map((event) => [event.type, event] as const))(
    '%s leaves the base alone',
    (_, event) => {
      const base = start();
      const before = whole(base);
      const over = overlay(base);
      fold(by(adam, event, NOW), over);
      expect(whole(base)).toEqual(before);
      expectConsistent(base);
      expectConsistent(over);
      // And over it lies what the base would have become.
      fold(by(adam, event, NOW), base);
      expect(whole(over)).toEqual(whole(base));
    },
  );
  test('of an overlay of an overlay, event upon event', () => {
    const base = start();
    const before = whole(base);
    let top = base;
    const straight = start();
    for (const event of CHANGES) {
      top = overlay(top);
      fold(by(adam, event, NOW), top);
      fold(by(adam, event, NOW), straight);
    }
    expect(whole(top)).toEqual(whole(straight));
    expect(whole(base)).toEqual(before);
  });
});

describe('the fold is total', () => {
  test('events about what is not there change nothing but the clock', () => {
    for (const event of CHANGES) {
      const organization = emptyOrganization(ACME);
      expect(() => fold(by(adam, event, NOW), organization)).not.toThrow();
      expectConsistent(organization);
    }
  });
  test('a place in a team twice, or in a team that is gone, breaks no index', () => {
    const twice: MembershipEvent = {
      type: 'team.member_add',
      team: core,
      member: mia.member,
      source: 'direct',
    };
    expectConsistent(after(twice, twice, { type: 'team.delete', team: core }));
    expectConsistent(after({ ...twice, team: 'team_gone' as TeamId }));
  });
});

describe('memory', () => {
  const recorded = (organization: Organization, more: Partial<Metadata>, revision: number): void =>
    evolve(organization, {
      event: { type: 'organization.rename', name: `${revision}` },
      metadata: metadata(system('scim'), NOW, more),
      revision,
    });
  test('of commands with an idempotency key: their events, for a day', () => {
    const organization = start();
    recorded(organization, { commandId: 'cmd_a' as CommandId }, 10);
    expect(organization.commands.size).toBe(0);
    recorded(organization, { commandId: 'cmd_a' as CommandId, requestDigest: 'd' }, 11);
    recorded(organization, { commandId: 'cmd_a' as CommandId, requestDigest: 'd' }, 12);
    expect(organization.commands.get('cmd_a' as CommandId)).toEqual({
      digest: 'd',
      at: NOW,
      by: 'scim',
      first: 11,
      last: 12,
    });
    const b = { commandId: 'cmd_b' as CommandId, requestDigest: 'e' };
    recorded(organization, { ...b, occurredAt: hours(24) }, 13);
    expect(organization.commands.size).toBe(2);
    recorded(organization, { ...b, commandId: 'cmd_c' as CommandId, occurredAt: hours(24.01) }, 14);
    expect([...organization.commands.keys()]).toEqual(['cmd_b', 'cmd_c']);
    expect([...organization.commandsBy.entries()]).toEqual([['scim', 2]]);
  });
  test('of what has ended: the newest', () => {
    const organization = start();
    for (let index = 0; index < ENDED_MEMORY + 5; index++) {
      const key = keyId(`${index}`);
      fold(
        [
          {
            type: 'api_key.create',
            key,
            owner: 'organization',
            name: '',
            scopes: [],
            secretHash: '',
          },
          { type: 'api_key.revoke', key },
        ],
        organization,
      );
    }
    expect(organization.ended.size).toBe(ENDED_MEMORY);
    expect([organization.ended.has('key_4'), organization.ended.has('key_5')]).toEqual([
      false,
      true,
    ]);
  });
});
