import { describe, test } from '@jest/globals';
import { type Join, join, linkIdentity } from '#domain/decide/join.js';
import { changeProfile } from '#domain/decide/member.js';
import type { MembershipEvent } from '#domain/events.js';
import type { MemberId } from '#domain/ids.js';
import {
  by,
  founded,
  given,
  joined,
  newcomer,
  people,
  provisioned,
  PLATFORM_HISTORY,
  role,
  root,
  someone,
  system,
  teamOf,
  type Someone,
} from '../support/given.js';
import { PLATFORM } from '#domain/ids.js';

const { olga, adam, mia, nick, ivan, robin } = people(
  'olga',
  'adam',
  'mia',
  'nick',
  'ivan',
  'robin',
);
const wasviking = founded('wasviking', olga, [adam, 'Manager'], [mia, 'Analyst']);
const mondoo = founded('mondoo', olga);
const bySso = { as: system('sso') };
const byScim = { as: system('scim') };

const coming = (one: Someone, more: Partial<Join> = {}): Join => ({
  newcomer: newcomer(one),
  source: 'sso',
  ...more,
});
const event = (one: Someone, roles: string[], more: object = {}) => ({
  type: 'member.join',
  source: 'sso',
  member: one.member,
  user: one.user,
  tag: one.address.tag,
  grants: roles.map((id) => ({ role: id, scope: 'organization' })),
  ...more,
});
const unsigned = (one: Someone): Join['newcomer'] => {
  const { user: _, ...rest } = newcomer(one);
  return rest;
};

describe('join', () => {
  test('WASViking: whoever comes in by single sign-on lands on ReadOnly', () => {
    given(wasviking)
      .when(join, coming(nick), bySso)
      .thenLike([event(nick, ['ReadOnly'])]);
  });
  test('or on what the organization has set', () => {
    const changes = { ssoDefaultRole: role('Analyst') };
    given([wasviking, by(olga, { type: 'organization.policy_change', changes })])
      .when(join, coming(nick), bySso)
      .thenLike([event(nick, ['Analyst'])]);
  });
  test('where no role is named for it, nobody comes in by it', () => {
    given(mondoo).when(join, coming(nick), bySso).thenRefused('role.count');
  });
  test('provisioned: no user yet, the external id is kept', () => {
    const externalId = { subject: nick.member, sealed: 'externalId 42' };
    given(mondoo)
      .when(
        join,
        coming(nick, {
          newcomer: unsigned(nick),
          source: 'scim',
          roles: [role('viewer')],
          externalId,
        }),
        byScim,
      )
      .thenLike([{ type: 'member.join', source: 'scim', member: nick.member, externalId }]);
  });
  test('is the service’s own: neither a member’s nor the platform’s', () => {
    given(wasviking).when(join, coming(nick), { as: olga }).thenRefused('permission.denied');
    given(wasviking).when(join, coming(nick), { as: root }).thenRefused('permission.denied');
    given(wasviking).when(join, coming(nick), { as: nick }).thenRefused('organization.not_found');
  });
  test('roles are those people can hold, as many as the catalogue allows', () => {
    for (const [roles, code] of [
      [['nobody'], 'role.unknown'],
      [['agent'], 'role.not_invitable'],
      [['policy-editor'], 'role.wrong_scope'],
    ] as const) {
      given(mondoo)
        .when(join, coming(nick, { roles: roles.map(role) }), bySso)
        .thenRefused(code);
    }
    given(wasviking)
      .when(join, coming(nick, { roles: [role('Analyst'), role('ReadOnly')] }), bySso)
      .thenRefused('role.count');
  });
  test('names somebody who can be recognized', () => {
    const nobody = { ...unsigned(nick), address: null };
    given(mondoo)
      .when(join, coming(nick, { newcomer: nobody, roles: [role('viewer')] }), bySso)
      .thenRefused('request.invalid');
  });
  test('takes a seat', () => {
    const seats = (count: number) =>
      by(root, { type: 'organization.policy_change', changes: { seats: count } });
    given([wasviking, seats(3)])
      .when(join, coming(nick), bySso)
      .thenRefused('seats.exhausted');
    given([wasviking, seats(4)])
      .when(join, coming(nick), bySso)
      .thenLike([event(nick, ['ReadOnly'])]);
  });
  test('not while suspended, nor where there is nothing', () => {
    given([wasviking, by(root, { type: 'organization.suspend' })])
      .when(join, coming(nick), bySso)
      .thenRefused('organization.suspended');
    given([wasviking, by(root, { type: 'organization.delete' })])
      .when(join, coming(nick), bySso)
      .thenRefused('organization.not_found');
  });

  describe('somebody known', () => {
    test('by user or by address, changes nothing', () => {
      given(wasviking).when(join, coming(mia), bySso).thenNothing();
      given(wasviking)
        .when(join, coming(mia, { newcomer: newcomer(mia, { address: null }) }), bySso)
        .thenNothing();
      given(wasviking)
        .when(join, coming(mia, { newcomer: unsigned(mia), source: 'scim' }), byScim)
        .thenNothing();
    });
    test('by address, who never signed in, is linked', () => {
      given([mondoo, by(system('scim'), provisioned(nick, 'viewer'))])
        .when(
          join,
          coming(nick, {
            newcomer: newcomer(nick, { authentication: 'sso' }),
            roles: [role('viewer')],
          }),
          bySso,
        )
        .then([
          {
            type: 'member.identity_link',
            member: nick.member,
            user: nick.user,
            authentication: 'sso',
          },
        ]);
    });
    test('by an address of somebody who signs in as somebody else, is refused', () => {
      given(wasviking)
        .when(join, coming(nick, { newcomer: newcomer(nick, { address: mia.address }) }), bySso)
        .thenRefused('member.identity_taken');
      given(wasviking)
        .when(join, coming(adam, { newcomer: newcomer(adam, { address: mia.address }) }), bySso)
        .thenRefused('member.identity_taken');
    });
    test('and deactivated stays out', () => {
      given([
        wasviking,
        by(adam, { type: 'member.deactivate', member: mia.member, cause: 'direct' }),
      ])
        .when(join, coming(mia), bySso)
        .thenRefused('member.inactive');
    });
    test('and removed comes back as somebody new', () => {
      given([
        founded('vygl', olga, [mia, 'member']),
        by(olga, { type: 'member.remove', member: mia.member, reason: 'removed' }),
      ])
        .when(
          join,
          coming(mia, {
            newcomer: newcomer(mia, { member: 'mem_mia2' as MemberId }),
            roles: [role('viewer')],
          }),
          bySso,
        )
        .thenLike([{ type: 'member.join', member: 'mem_mia2', user: mia.user }]);
    });
  });

  describe('configuration', () => {
    const configured = (one: Someone, ...roles: string[]) =>
      coming(one, { source: 'configuration', roles: roles.map(role) });
    const as = system('configuration');
    test('adds the roles that are missing', () => {
      given(PLATFORM_HISTORY, PLATFORM)
        .when(join, configured(root, 'platform-admin', 'platform-auditor'), { as })
        .thenLike([
          {
            type: 'member.role_change',
            member: root.member,
            added: [{ role: 'platform-auditor' }],
          },
        ]);
      given(PLATFORM_HISTORY, PLATFORM)
        .when(join, configured(root, 'platform-admin'), { as })
        .thenNothing();
    });
    test('gives a platform grant of another catalogue’s role, where that role has the scope', () => {
      given(PLATFORM_HISTORY, PLATFORM)
        .when(join, configured(robin, 'mondoo/iam-manager'), { as })
        .thenLike([{ type: 'member.join', grants: [{ role: 'mondoo/iam-manager' }] }]);
      for (const id of ['mondoo/owner', 'mondoo/nobody', 'nowhere/iam-manager']) {
        given(PLATFORM_HISTORY, PLATFORM)
          .when(join, configured(robin, id), { as })
          .thenRefused('role.unknown');
      }
      given(mondoo)
        .when(join, configured(robin, 'mondoo/iam-manager'), { as })
        .thenRefused('role.unknown');
    });
  });
});

describe('link identity', () => {
  const history = [mondoo, by(system('scim'), provisioned(nick, 'viewer'))];
  const command = { member: nick.member, user: nick.user, authentication: 'sso' as const };
  const linked = { type: 'member.identity_link', ...command } as const;

  test('emits; twice is once', () => {
    given(history).when(linkIdentity, command, bySso).then([linked]);
    given([history, by(system('sso'), linked)])
      .when(linkIdentity, command, bySso)
      .thenNothing();
  });
  test('one person is one member, one member one person', () => {
    given([history, joined(ivan, 'viewer')])
      .when(linkIdentity, { ...command, user: ivan.user }, bySso)
      .thenRefused('member.identity_taken');
    given([history, by(system('sso'), linked)])
      .when(linkIdentity, { ...command, user: ivan.user }, bySso)
      .thenRefused('member.identity_taken');
  });
  test('is the service’s own', () => {
    given(history).when(linkIdentity, command, { as: olga }).thenRefused('permission.denied');
    given(history)
      .when(linkIdentity, { ...command, member: ivan.member }, bySso)
      .thenRefused('member.not_found');
  });
  test('makes a holder of the protected role one who counts', () => {
    given([mondoo, by(system('configuration'), provisioned(nick, 'owner'))])
      .when(linkIdentity, command, bySso)
      .then([linked]);
  });
});

describe('change profile', () => {
  const name = { subject: mia.member, sealed: 'name Mia M.' };
  const changed: MembershipEvent = { type: 'member.profile_change', member: mia.member, name };
  const command = { member: mia.member, name };

  test('one’s own needs no permission', () => {
    given(wasviking).when(changeProfile, command, { as: mia }).then([changed]);
  });
  test('another’s is a whole-member act; WASViking’s Manager has no such right', () => {
    given(wasviking).when(changeProfile, command, { as: olga }).then([changed]);
    given(wasviking).when(changeProfile, command, { as: adam }).thenRefused('permission.denied');
    const mixed = founded('mondoo', olga, [adam, 'editor'], [mia, 'viewer']);
    given(mixed).when(changeProfile, command, { as: adam }).then([changed]);
    given([mixed, by(olga, teamOf('owners', ['owner'], [mia]))])
      .when(changeProfile, command, { as: adam })
      .thenRefused('delegation.may_not_manage');
  });
  test('to what the event of that revision says already: quiet, unless another has come since', () => {
    const history = [wasviking, by(mia, changed)];
    const sameAs = given(history).organization().members.get(mia.member)!.named;
    given(history)
      .when(changeProfile, { ...command, sameAs }, { as: mia })
      .thenNothing();
    given(history)
      .when(changeProfile, { ...command, sameAs }, { as: adam })
      .thenRefused('permission.denied');
    const other: MembershipEvent = { ...changed, name: null };
    given([history, by(mia, other)])
      .when(changeProfile, { ...command, sameAs }, { as: mia })
      .then([changed]);
  });
  test('of nobody, or of somebody erased, is refused', () => {
    given(wasviking)
      .when(changeProfile, { member: nick.member, name }, { as: olga })
      .thenRefused('member.not_found');
    given([wasviking, by(olga, { type: 'member.deactivate', member: mia.member, cause: 'erased' })])
      .when(changeProfile, command, { as: olga })
      .thenRefused('member.erased');
    given(wasviking)
      .when(changeProfile, command, { as: someone('stranger') })
      .thenRefused('organization.not_found');
  });
});
