import { describe, expect, test } from '@jest/globals';
import { createApiKey } from '#domain/decide/api-key.js';
import { changeRoles } from '#domain/decide/change-roles.js';
import { invite } from '#domain/decide/invitation.js';
import { removeMember } from '#domain/decide/member.js';
import { renameOrganization, suspendOrganization } from '#domain/decide/organization.js';
import { defineRole } from '#domain/decide/role.js';
import { createServiceAccount, deleteServiceAccount } from '#domain/decide/service-account.js';
import {
  createSpace,
  deactivateSpace,
  deleteSpace,
  reactivateSpace,
  renameSpace,
} from '#domain/decide/space.js';
import { createTeam, deleteTeam } from '#domain/decide/team.js';
import { isAllowed, isTrusted, rightsOf } from '#domain/permissions.js';
import { PLATFORM, type Instant, type Permission, type Scope } from '#domain/ids.js';
import type { ActorFact } from '#domain/events.js';
import {
  account,
  accountId,
  audra,
  by,
  catalogue,
  contextOf,
  days,
  fold,
  founded,
  given,
  grant,
  hours,
  invitationId,
  joined,
  key,
  keyId,
  people,
  PLATFORM_HISTORY,
  role,
  root,
  space,
  system,
  team,
  teamOf,
  type Circumstances,
  type History,
  machine,
  keyFor,
} from '../support/given.js';

const { olga, mia, robin, stranger } = people('olga', 'mia', 'robin', 'stranger');
const mondoo = founded('mondoo', olga, [mia, 'viewer']);
const vygl = founded('vygl', olga, [mia, 'member']);
const north = space('north');
const AGENT = role('agent');
const rename = { name: 'Other' };
const renamed = { type: 'organization.rename' as const, name: 'Other' };
const raise = (to: string, scope: Scope = 'organization') => ({
  member: mia.member,
  scope,
  wanted: { kind: 'change' as const, add: [{ role: role(to) }], remove: [] },
});
const can = (history: History, as: ActorFact, permission: string, more: Circumstances = {}) => {
  const organization = fold(history);
  const context = contextOf(organization, { ...more, as });
  const rights = rightsOf(organization, context.catalogue, context.platform, as, context.now);
  return isAllowed(
    organization,
    context.catalogue,
    rights,
    permission as Permission,
    'organization',
  );
};

describe('who is somebody here', () => {
  test('to everybody else there is no such organization, whether there is or not', () => {
    for (const history of [vygl, [], [vygl, by(olga, { type: 'organization.delete' })]]) {
      for (const as of [
        stranger,
        account('some'),
        account('some', olga),
        key('k'),
        key('k', olga),
      ]) {
        given(history)
          .when(renameOrganization, rename, { as }, catalogue('vygl'))
          .thenRefused('organization.not_found');
      }
    }
  });
  test('whoever holds a link is nobody', () => {
    const link = { kind: 'link', id: 'inv_x' as never, via: 'http' } as const;
    given(vygl)
      .when(renameOrganization, rename, { as: link })
      .thenRefused('organization.not_found');
  });
  test('a member without the permission is told so', () => {
    given(vygl).when(renameOrganization, rename, { as: mia }).thenRefused('permission.denied');
  });
  test('the key of the organization is known and stands for nobody', () => {
    const history = [vygl, by(olga, keyFor('organization', 'k', { expiresAt: hours(1) }))];
    given(history)
      .when(renameOrganization, rename, { as: key('k') })
      .thenRefused('permission.denied');
    given(history)
      .when(renameOrganization, rename, { as: key('k'), at: hours(1) })
      .thenRefused('organization.not_found');
  });
  test('the key of a member is the member, until its end', () => {
    const history = [vygl, by(olga, keyFor(olga.member, 'k', { expiresAt: hours(1) }))];
    given(history)
      .when(renameOrganization, rename, { as: key('k') })
      .then([renamed]);
    given(history)
      .when(renameOrganization, rename, { as: key('k'), at: hours(1) })
      .thenRefused('organization.not_found');
  });
});

describe('power over all organizations comes from the platform alone', () => {
  test('a platform-admin may everything that is offered', () => {
    given(vygl).when(renameOrganization, rename, { as: root }).then([renamed]);
    given(mondoo)
      .when(changeRoles, raise('iam-manager'), { as: root })
      .thenLike([{ type: 'member.role_change' }]);
    given(vygl)
      .when(createSpace, { space: space('x'), name: 'x' }, { as: root })
      .thenRefused('operation.not_offered');
  });
  test('also while the organization is suspended', () => {
    given([vygl, by(root, { type: 'organization.suspend' })])
      .when(renameOrganization, rename, { as: root })
      .then([renamed]);
  });
  describe.each([
    ['Owner', olga],
    ['platform-admin', root],
  ])('at a deactivated space the %s', (_, as) => {
    const bot = by(olga, machine('bot', 'agent@north'));
    const crew = by(olga, teamOf('crew', [], [], north));
    const closed = [mondoo, crew, bot, by(olga, { type: 'space.deactivate', space: north })];
    test('gives and takes nothing', () => {
      const grants = [{ role: role('viewer'), scope: north }];
      const link = { invitation: invitationId('x'), member: robin.member, address: robin.address };
      const asked = { ...link, grants, teams: [], onExisting: 'reject' as const };
      const drop = { member: mia.member, scope: north, reason: 'removed' as const };
      const agent = {
        account: accountId('x'),
        name: 'x',
        grants: [{ ...grants[0]!, role: AGENT }],
      };
      for (const told of [
        given(closed).when(invite, asked, { as }),
        given(closed).when(changeRoles, raise('viewer', north), { as }),
        given(closed).when(removeMember, drop, { as }),
        given(closed).when(renameSpace, { space: north, name: 'x' }, { as }),
        given(closed).when(createTeam, { team: team('x'), name: 'x', scope: north }, { as }),
        given(closed).when(deleteTeam, { team: team('crew') }, { as }),
        given(closed).when(createServiceAccount, agent, { as }),
      ]) {
        told.thenRefused('space.inactive');
      }
    });
    test('reactivates and deletes it, and ends what is held there', () => {
      const account = accountId('bot');
      given(closed).when(deactivateSpace, { space: north }, { as }).thenNothing();
      given(closed)
        .when(reactivateSpace, { space: north }, { as })
        .then([{ type: 'space.reactivate', space: north }]);
      given(closed)
        .when(deleteSpace, { space: north }, { as })
        .then([{ type: 'space.delete', space: north }]);
      given(closed)
        .when(deleteServiceAccount, { account }, { as })
        .then([{ type: 'service_account.delete', account }]);
    });
  });
  test('a deactivated space is told of while the organization is suspended', () => {
    const both = by(root, [
      { type: 'space.deactivate', space: north },
      { type: 'organization.suspend' },
    ]);
    given([mondoo, both])
      .when(renameSpace, { space: north, name: 'x' }, { as: root })
      .thenRefused('space.inactive');
    given([mondoo, both])
      .when(renameSpace, { space: north, name: 'x' }, { as: olga })
      .thenRefused('organization.suspended');
  });
  test('a platform-auditor reads and changes nothing', () => {
    given(vygl).when(renameOrganization, rename, { as: audra }).thenRefused('permission.denied');
    expect(can(vygl, audra.actor, 'audit_log:view')).toBe(true);
    expect(can(vygl, audra.actor, 'members:invite')).toBe(false);
  });
  test('the role of that name elsewhere gives nothing anywhere else', () => {
    // Mondoo's service-account role `platform-admin` is not the platform's.
    const bot = by(olga, machine('bot', 'platform-admin'));
    given([mondoo, bot])
      .when(renameOrganization, rename, { as: account('bot') })
      .then([renamed]);
    given(vygl)
      .when(renameOrganization, rename, { as: account('bot') })
      .thenRefused('organization.not_found');
    given([mondoo, bot])
      .when(changeRoles, raise('viewer', space('north')), { as: account('bot') })
      .thenLike([{ type: 'member.role_change' }]);
    // Nor what is the platform's alone at home.
    given([mondoo, bot])
      .when(suspendOrganization, {}, { as: account('bot') })
      .thenRefused('permission.denied');
  });
  test('it ends with the grant, the membership and the status', () => {
    for (const event of [
      { type: 'member.remove', member: root.member, reason: 'removed' },
      { type: 'member.deactivate', member: root.member, cause: 'direct' },
    ] as const) {
      given(vygl)
        .when(renameOrganization, rename, { as: root, platform: [PLATFORM_HISTORY, event] })
        .thenRefused('organization.not_found');
    }
    const timed = [PLATFORM_HISTORY, joined(robin, { role: 'platform-admin', expiresAt: days(1) })];
    given(vygl).when(renameOrganization, rename, { as: robin, platform: timed }).then([renamed]);
    given(vygl)
      .when(renameOrganization, rename, { as: robin, platform: timed, at: days(1) })
      .thenRefused('organization.not_found');
  });
});

describe('a platform grant of another catalogue’s role', () => {
  const platform = [PLATFORM_HISTORY, joined(robin, 'mondoo/iam-manager')];
  test('holds in every organization on that catalogue', () => {
    given(mondoo)
      .when(changeRoles, raise('owner'), { as: robin, platform })
      .thenLike([{ type: 'member.role_change' }]);
    given(mondoo)
      .when(renameOrganization, rename, { as: robin, platform })
      .thenRefused('permission.denied');
  });
  test('and in no other', () => {
    given(vygl)
      .when(changeRoles, raise('owner'), { as: robin, platform })
      .thenRefused('organization.not_found');
    given(founded('mondoo-classic', olga, [mia, 'viewer']))
      .when(changeRoles, raise('viewer', space('north')), { as: robin, platform })
      .thenRefused('organization.not_found');
  });
  test('nor in the platform itself', () => {
    given([PLATFORM_HISTORY, joined(robin, 'mondoo/iam-manager')], PLATFORM)
      .when(renameOrganization, rename, { as: robin })
      .thenRefused('permission.denied');
  });
  test('is never a custom role', () => {
    const custom = by(olga, {
      type: 'role.define',
      role: role('role_x'),
      name: 'X',
      scopes: ['organization'],
      permissions: ['organizations:update' as Permission],
    });
    given([mondoo, custom])
      .when(renameOrganization, rename, {
        as: robin,
        platform: [PLATFORM_HISTORY, joined(robin, 'mondoo/role_x')],
      })
      .thenRefused('organization.not_found');
  });
  test('gives nothing while the organization is suspended', () => {
    given([mondoo, by(root, { type: 'organization.suspend' })])
      .when(changeRoles, raise('owner'), { as: robin, platform })
      .thenRefused('organization.not_found');
  });
});

describe('what the platform gives for a time passes nothing on beyond it', () => {
  const admin = { role: 'platform-admin', expiresAt: days(1) };
  const timed = [PLATFORM_HISTORY, joined(robin, admin)];
  const until = (expiresAt?: Instant) => ({
    member: mia.member,
    scope: 'organization' as const,
    wanted: {
      kind: 'change' as const,
      add: [{ role: role('editor'), ...(expiresAt === undefined ? {} : { expiresAt }) }],
      remove: [],
    },
  });

  test('neither to others, nor to oneself', () => {
    const as = { as: robin, platform: timed };
    given(mondoo).when(changeRoles, until(), as).thenRefused('delegation.beyond_expiry');
    given(mondoo)
      .when(changeRoles, until(days(2)), as)
      .thenRefused('delegation.beyond_expiry');
    given(mondoo)
      .when(changeRoles, until(days(1)), as)
      .thenLike([{ added: [{ role: 'editor', expiresAt: days(1) }] }]);
    const wanted = { kind: 'set' as const, roles: [role('platform-admin')] };
    given(timed, PLATFORM)
      .when(changeRoles, { member: robin.member, scope: 'organization', wanted }, { as: robin })
      .thenRefused('delegation.beyond_expiry');
  });
  test('nor by a role that is defined', () => {
    const define = {
      role: role('role_x'),
      name: 'X',
      scopes: ['organization' as const],
      permissions: ['assets:delete' as Permission],
    };
    given(mondoo)
      .when(defineRole, define, { as: robin, platform: timed })
      .thenRefused('delegation.permission_lacking');
  });
  test('the longest of what gives a power counts', () => {
    const both = [
      timed,
      by(root, {
        type: 'member.role_change',
        member: robin.member,
        added: [grant('longer', { role: 'platform-admin', expiresAt: days(3) })],
        removed: [],
        cause: 'direct',
      }),
    ];
    given(mondoo)
      .when(changeRoles, until(days(3)), { as: robin, platform: both })
      .thenLike([{ added: [{ expiresAt: days(3) }] }]);
  });
  test('nor by what a key may by its scopes alone', () => {
    const as = { as: robin, platform: timed };
    const mint = {
      ...{ key: keyId('n'), owner: 'organization' as const, name: 'n' },
      ...{ scopes: ['scan:write'], secretHash: 'h' },
    };
    given(vygl).when(createApiKey, mint, as).thenRefused('delegation.beyond_expiry');
    given(vygl)
      .when(createApiKey, { ...mint, expiresAt: days(1) }, as)
      .then([{ type: 'api_key.create', ...mint, expiresAt: days(1) }]);
  });
  test('a key of the platform that ends is no way around', () => {
    const ending = { expiresAt: hours(1) };
    const keys = [
      PLATFORM_HISTORY,
      joined(robin, 'mondoo/iam-manager'),
      by(root, keyFor(root.member, 'all', ending)),
      by(root, keyFor(robin.member, 'iam', ending)),
    ];
    for (const name of ['all', 'iam']) {
      const as = { as: key(name), platform: keys };
      given(mondoo).when(changeRoles, until(), as).thenRefused('delegation.beyond_expiry');
      given(mondoo)
        .when(changeRoles, until(hours(1)), as)
        .thenLike([{ added: [{ role: 'editor' }] }]);
    }
    const mint = { key: keyId('n'), owner: olga.member, name: 'n', scopes: [], secretHash: 'h' };
    given(mondoo)
      .when(createApiKey, mint, { as: key('all'), platform: keys })
      .thenRefused('delegation.beyond_expiry');
  });
});

describe('acting for somebody', () => {
  test('gives that person’s rights alone', () => {
    given(vygl)
      .when(renameOrganization, rename, { as: account('trusted', olga) })
      .then([renamed]);
    given(vygl)
      .when(renameOrganization, rename, { as: account('trusted', mia) })
      .thenRefused('permission.denied');
    given(vygl)
      .when(renameOrganization, rename, { as: account('trusted', stranger) })
      .thenRefused('organization.not_found');
    given(vygl)
      .when(renameOrganization, rename, { as: account('trusted') })
      .thenRefused('permission.denied');
  });
  test('is granted to service accounts of the platform, and to their keys', () => {
    const keyed = [
      PLATFORM_HISTORY,
      by(root, keyFor(accountId('trusted'), 't')),
      by(root, keyFor(root.member, 'r')),
      by(root, machine('plain')),
    ];
    const trusted = (actor: ActorFact) =>
      isTrusted(
        { organization: fold(keyed, PLATFORM), catalogue: catalogue('platform') },
        actor,
        hours(0),
      );
    expect(trusted(account('trusted', olga))).toBe(true);
    expect(trusted(key('t', olga))).toBe(true);
    expect(trusted(key('r', olga))).toBe(false);
    expect(trusted(account('plain', olga))).toBe(false);
    expect(trusted(account('unknown', olga))).toBe(false);
    expect(trusted(account('unknown'))).toBe(true);
    expect(trusted(system('scim'))).toBe(true);
  });
  test('of an organization’s own service account means nothing', () => {
    const local = by(olga, machine('local', 'platform-admin'));
    given([mondoo, local])
      .when(renameOrganization, rename, { as: account('local', olga) })
      .thenRefused('organization.not_found');
  });
});
