import { describe, expect, test } from '@jest/globals';
import { changeRoles } from '#domain/decide/change-roles.js';
import { deactivateMember, reactivateMember } from '#domain/decide/member.js';
import { hasProtectedHolder } from '#domain/decide/requirements.js';
import type { StatusChangeCause } from '#domain/events.js';
import {
  by,
  catalogue,
  founded,
  given,
  hours,
  joined,
  key,
  NOW,
  people,
  role,
  root,
  system,
  teamOf,
  type Someone,
  keyFor,
  deactivated,
} from '../support/given.js';

const { olga, adam, mia, vic, ed, sam, ivan, robin } = people(
  'olga',
  'adam',
  'mia',
  'vic',
  'ed',
  'sam',
  'ivan',
  'robin',
);
const wasviking = founded('wasviking', olga, [adam, 'Manager'], [mia, 'Analyst']);
const mondoo = founded(
  'mondoo',
  olga,
  [ed, 'editor'],
  [vic, 'viewer'],
  [sam, 'owner@north'],
  [robin, 'iam-manager'],
);
const direct = (one: Someone) => ({ member: one.member, cause: 'direct' as const });
const reactivated = (one: Someone, cause: StatusChangeCause = 'direct') =>
  ({ type: 'member.reactivate', member: one.member, cause }) as const;

describe('deactivate', () => {
  test('emits; twice is once', () => {
    given(wasviking)
      .when(deactivateMember, direct(mia), { as: adam })
      .then([deactivated(mia)]);
    given([wasviking, by(adam, deactivated(mia))])
      .when(deactivateMember, direct(mia), { as: adam })
      .thenNothing();
  });
  test('keeps grants and teams', () => {
    const before = given([mondoo, by(olga, teamOf('core', ['viewer'], [vic]))]);
    const after = before.when(deactivateMember, direct(vic), { as: olga }).after();
    expect(after.members.get(vic.member)).toMatchObject({
      status: 'inactive',
      grants: [{ role: 'viewer' }],
      teams: [{ team: 'team_core' }],
    });
  });
  test('blocks every permission and every key of that member at once', () => {
    const wanted = { kind: 'set', roles: [role('ReadOnly')] } as const;
    const command = { member: mia.member, scope: 'organization', wanted } as const;
    const history = [wasviking, by(adam, keyFor(adam.member))];
    given(history)
      .when(changeRoles, command, { as: key('k') })
      .thenLike([{ type: 'member.role_change' }]);
    for (const as of [adam, key('k')]) {
      given([history, by(olga, deactivated(adam))])
        .when(changeRoles, command, { as })
        .thenRefused('organization.not_found');
    }
  });
  test('refuses who may not, and acts on nobody', () => {
    given(wasviking)
      .when(deactivateMember, direct(adam), { as: mia })
      .thenRefused('permission.denied');
    given(wasviking)
      .when(deactivateMember, direct(ivan), { as: olga })
      .thenRefused('member.not_found');
  });
  test('WASViking: a Manager does not deactivate an Admin', () => {
    given([wasviking, joined(ivan, 'Admin')])
      .when(deactivateMember, direct(ivan), { as: adam })
      .thenRefused('delegation.may_not_manage');
  });

  describe('is a whole-member act', () => {
    test('the right is needed at organization scope', () => {
      given([mondoo, joined(ivan, 'viewer@north')])
        .when(deactivateMember, direct(ivan), { as: sam })
        .thenRefused('permission.denied');
    });
    test('over every role at every scope, teams included', () => {
      given([mondoo, joined(ivan, 'viewer@north')])
        .when(deactivateMember, direct(ivan), { as: ed })
        .then([deactivated(ivan)]);
      given([mondoo, joined(ivan, ['viewer', 'owner@north'])])
        .when(deactivateMember, direct(ivan), { as: ed })
        .thenRefused('delegation.may_not_manage');
      given([mondoo, by(olga, teamOf('owners', ['owner@south'], [vic]))])
        .when(deactivateMember, direct(vic), { as: ed })
        .thenRefused('delegation.may_not_manage');
      given(mondoo)
        .when(deactivateMember, direct(robin), { as: olga })
        .thenRefused('delegation.may_not_manage');
    });
    test('over what is yet to begin, not over what has ended', () => {
      given([wasviking, joined(ivan, { role: 'Admin', notBefore: hours(1) })])
        .when(deactivateMember, direct(ivan), { as: adam })
        .thenRefused('delegation.may_not_manage');
      given([wasviking, joined(ivan, [{ role: 'Admin', expiresAt: hours(-1) }, 'Analyst'])])
        .when(deactivateMember, direct(ivan), { as: adam })
        .then([deactivated(ivan)]);
    });
  });

  test('the last holder stays, on every channel', () => {
    given(wasviking)
      .when(deactivateMember, direct(olga), { as: olga })
      .thenRefused('member.last_holder');
    given(wasviking)
      .when(deactivateMember, direct(olga), { as: root })
      .thenRefused('member.last_holder');
    for (const cause of ['scim', 'sso'] as const) {
      given(wasviking)
        .when(deactivateMember, { member: olga.member, cause }, { as: system(cause) })
        .thenRefused('member.last_holder');
    }
    const two = [wasviking, joined(ivan, 'Admin')];
    given(two)
      .when(deactivateMember, direct(olga), { as: ivan })
      .then([deactivated(olga)]);
    const one = given(two).when(deactivateMember, direct(olga), { as: ivan }).after();
    expect(hasProtectedHolder(one, catalogue('wasviking').protectedRole, NOW)).toBe(true);
  });
});

describe('reactivate', () => {
  const inactive = [wasviking, by(adam, deactivated(mia))];
  test('emits, without an invitation; of an active one it changes nothing', () => {
    given(inactive)
      .when(reactivateMember, direct(mia), { as: adam })
      .then([reactivated(mia)]);
    given(wasviking).when(reactivateMember, direct(mia), { as: adam }).thenNothing();
  });
  test('refuses who may not, on whom they may not', () => {
    given(inactive)
      .when(reactivateMember, direct(mia), { as: mia })
      .thenRefused('organization.not_found');
    given([inactive, joined(vic, 'ReadOnly')])
      .when(reactivateMember, direct(mia), { as: vic })
      .thenRefused('permission.denied');
    given([wasviking, joined(ivan, 'Admin'), by(olga, deactivated(ivan))])
      .when(reactivateMember, direct(ivan), { as: adam })
      .thenRefused('delegation.may_not_manage');
  });
  test('takes a seat', () => {
    const seats = (count: number) =>
      by(root, { type: 'organization.policy_change', changes: { seats: count } });
    given([inactive, seats(2)])
      .when(reactivateMember, direct(mia), { as: adam })
      .thenRefused('seats.exhausted');
    given([inactive, seats(3)])
      .when(reactivateMember, direct(mia), { as: adam })
      .then([reactivated(mia)]);
  });
  test('who is erased is gone for good', () => {
    given([wasviking, by(olga, deactivated(mia, 'erased'))])
      .when(reactivateMember, direct(mia), { as: olga })
      .thenRefused('member.erased');
  });
});

describe('a directory and a person', () => {
  const scim = { member: mia.member, cause: 'scim' as const };
  const sso = { member: mia.member, cause: 'sso' as const };
  test('SCIM deactivates and reactivates its own', () => {
    given(wasviking)
      .when(deactivateMember, scim, { as: system('scim') })
      .then([deactivated(mia, 'scim')]);
    given([wasviking, by(system('scim'), deactivated(mia, 'scim'))])
      .when(reactivateMember, scim, { as: system('scim') })
      .then([reactivated(mia, 'scim')]);
  });
  test('SCIM never reactivates what a person deactivated', () => {
    for (const command of [scim, sso]) {
      given([wasviking, by(adam, deactivated(mia))])
        .when(reactivateMember, command, { as: system(command.cause) })
        .thenRefused('member.deactivated_by_person');
    }
  });
  test('SCIM adds nothing to what a person deactivated', () => {
    given([wasviking, by(adam, deactivated(mia))])
      .when(deactivateMember, scim, { as: system('scim') })
      .thenNothing();
  });
  test('a person’s word is written though a directory came first, and then stands', () => {
    for (const cause of ['scim', 'sso'] as const) {
      const history = [wasviking, by(system(cause), deactivated(mia, cause))];
      given(history)
        .when(deactivateMember, direct(mia), { as: adam })
        .then([deactivated(mia)]);
      given([history, by(adam, deactivated(mia))])
        .when(reactivateMember, { member: mia.member, cause }, { as: system(cause) })
        .thenRefused('member.deactivated_by_person');
    }
  });
  test('a person reactivates what a directory deactivated', () => {
    given([wasviking, by(system('scim'), deactivated(mia, 'scim'))])
      .when(reactivateMember, direct(mia), { as: adam })
      .then([reactivated(mia)]);
  });
  test('erasure stands above both', () => {
    given([wasviking, by(olga, deactivated(mia, 'erased'))])
      .when(deactivateMember, direct(mia), { as: adam })
      .thenNothing();
    given([wasviking, by(olga, deactivated(mia, 'erased'))])
      .when(reactivateMember, scim, { as: system('scim') })
      .thenRefused('member.erased');
  });
});
