import { describe, expect, test } from '@jest/globals';
import { type RemoveMember, leave, removeMember } from '#domain/decide/member.js';
import type { Scope } from '#domain/ids.js';
import {
  account,
  by,
  deactivated,
  founded,
  given,
  grantId,
  hours,
  invitationId,
  invited,
  joined,
  keyId,
  people,
  root,
  space,
  system,
  teamOf,
  type Someone,
  keyFor,
  removed,
  variant,
} from '../support/given.js';

const { olga, adam, mia, vic, ed, sam, ivan, robin, stranger } = people(
  'olga',
  'adam',
  'mia',
  'vic',
  'ed',
  'sam',
  'ivan',
  'robin',
  'stranger',
);
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member'], [vic, 'viewer']);
const mondoo = founded(
  'mondoo',
  olga,
  [ed, 'editor'],
  [vic, 'viewer'],
  [sam, 'owner@north'],
  [robin, 'iam-manager'],
);
const [north, south] = [space('north'), space('south')];

const of = (one: Someone, scope: Scope = 'organization'): RemoveMember => ({
  member: one.member,
  scope,
  reason: 'removed',
});

describe('remove', () => {
  test('ends the membership by one event; twice is once', () => {
    given(vygl)
      .when(removeMember, of(mia), { as: adam })
      .then([removed(mia)]);
    given([vygl, by(adam, removed(mia))])
      .when(removeMember, of(mia), { as: adam })
      .thenNothing();
  });
  test('and everything of it: grants, teams, keys', () => {
    const state = given([
      mondoo,
      by(olga, teamOf('core', ['viewer'], [vic])),
      by(vic, keyFor(vic.member)),
    ])
      .when(removeMember, of(vic), { as: olga })
      .after();
    expect(state.members.has(vic.member)).toBe(false);
    expect([...state.teamMembers.of('team_core' as never)]).toEqual([]);
    expect(state.apiKeys.has(keyId('k'))).toBe(false);
  });
  test('a deprovisioned one too', () => {
    given(vygl)
      .when(removeMember, { ...of(mia), reason: 'deprovisioned' }, { as: system('scim') })
      .then([removed(mia, 'deprovisioned')]);
  });
  test('what is still open for the address is revoked', () => {
    given([
      mondoo,
      invited(vic, olga, { held: 'editor' }),
      invited(vic, olga, { id: 'over', held: 'viewer@north', expiresAt: hours(-1) }),
    ])
      .when(removeMember, of(vic), { as: olga })
      .then([
        removed(vic),
        {
          type: 'member.invite_revoke',
          invitation: invitationId('vic'),
          reason: 'invitee_removed',
        },
      ]);
  });
  test('is not offered in WASViking, whoever asks', () => {
    const history = founded('wasviking', olga, [mia, 'Analyst']);
    for (const as of [olga, root, system('scim')]) {
      given(history).when(removeMember, of(mia), { as }).thenRefused('operation.not_offered');
    }
  });
  test('refuses who may not, and acts on nobody', () => {
    given(vygl).when(removeMember, of(vic), { as: mia }).thenRefused('permission.denied');
    given(vygl).when(removeMember, of(ivan), { as: adam }).thenRefused('member.not_found');
    given(vygl).when(removeMember, of(vic), { as: stranger }).thenRefused('organization.not_found');
    given(mondoo)
      .when(removeMember, of(vic, space('nowhere')), { as: olga })
      .thenRefused('space.not_found');
  });
  test('is a whole-member act', () => {
    given(vygl).when(removeMember, of(olga), { as: adam }).thenRefused('delegation.may_not_manage');
    given([vygl, joined(ivan, 'admin')])
      .when(removeMember, of(ivan), { as: adam })
      .thenRefused('delegation.may_not_manage');
    given(mondoo)
      .when(removeMember, of(robin), { as: olga })
      .thenRefused('delegation.may_not_manage');
    given([mondoo, joined(ivan, ['viewer', 'owner@north'])])
      .when(removeMember, of(ivan), { as: ed })
      .thenRefused('delegation.may_not_manage');
    given([mondoo, joined(ivan, 'viewer@north')])
      .when(removeMember, of(ivan), { as: sam })
      .thenRefused('permission.denied');
  });
  test('Vygl: an Owner removes another Owner; never the last', () => {
    given([vygl, joined(ivan, 'owner')])
      .when(removeMember, of(ivan), { as: olga })
      .then([removed(ivan)]);
    for (const as of [olga, root, system('scim')]) {
      given(vygl).when(removeMember, of(olga), { as }).thenRefused('member.last_holder');
    }
  });

  describe('from one space', () => {
    const both = joined(ivan, ['viewer@north', 'editor@north', 'viewer@south']);
    test('the direct grants there go', () => {
      given([mondoo, both])
        .when(removeMember, of(ivan, north), { as: sam })
        .then([
          {
            type: 'member.role_change',
            member: ivan.member,
            added: [],
            removed: [grantId('ivan_viewer_north'), grantId('ivan_editor_north')],
            cause: 'scope_removal',
          },
        ]);
    });
    test('and the membership when nothing is left', () => {
      given([mondoo, joined(ivan, 'viewer@north')])
        .when(removeMember, of(ivan, north), { as: sam })
        .then([removed(ivan)]);
    });
    test('a place in a team is something, what has ended is nothing', () => {
      given([mondoo, joined(ivan, 'viewer@north'), by(olga, teamOf('core', [], [ivan]))])
        .when(removeMember, of(ivan, north), { as: sam })
        .thenLike([{ type: 'member.role_change', cause: 'scope_removal' }]);
      given([mondoo, joined(ivan, ['viewer@north', { role: 'viewer', expiresAt: hours(-1) }])])
        .when(removeMember, of(ivan, north), { as: sam })
        .then([removed(ivan)]);
    });
    test('not that of somebody deactivated: they could be invited anew', () => {
      given([mondoo, joined(ivan, 'viewer@north'), by(olga, deactivated(ivan))])
        .when(removeMember, of(ivan, north), { as: sam })
        .thenLike([{ type: 'member.role_change', cause: 'scope_removal' }]);
    });
    test('dropping one’s own needs no delegation', () => {
      given([mondoo, joined(ivan, ['owner@north', 'iam-manager@north', 'viewer@south'])])
        .when(removeMember, of(ivan, north), { as: ivan })
        .thenLike([{ type: 'member.role_change', cause: 'scope_removal' }]);
    });
    test('where nothing is held directly, nothing changes', () => {
      given(mondoo).when(removeMember, of(vic, north), { as: olga }).thenNothing();
    });
    test('takes roles away: needs mayAssign, and mayManage over the roles there', () => {
      given([mondoo, joined(ivan, ['iam-manager@north', 'viewer@south'])])
        .when(removeMember, of(ivan, north), { as: sam })
        .thenRefused('delegation.may_not_assign');
      given([mondoo, both, by(olga, teamOf('core', ['iam-manager@north'], [ivan]))])
        .when(removeMember, of(ivan, north), { as: sam })
        .thenRefused('delegation.may_not_manage');
      const managing = variant('mondoo', 'managing', 1, ({ delegation }) => ({
        delegation: delegation.map((one) => ({ ...one, mayAssign: [] })),
      }));
      const history = founded(managing, olga, [sam, 'owner@north'], [ivan, 'viewer@north']);
      given(history)
        .when(removeMember, of(ivan, north), { as: sam })
        .thenRefused('delegation.may_not_assign');
      given([mondoo, both])
        .when(removeMember, of(ivan, south), { as: sam })
        .thenRefused('permission.denied');
    });
  });
});

describe('leave', () => {
  test('ends one’s own membership and needs no permission; twice is once', () => {
    given(vygl)
      .when(leave, {}, { as: vic })
      .then([removed(vic, 'left')]);
    given([vygl, by(vic, removed(vic, 'left'))])
      .when(leave, {}, { as: vic })
      .thenNothing();
  });
  test('needs no delegation, however high one stands', () => {
    given([vygl, joined(ivan, 'owner')])
      .when(leave, {}, { as: olga })
      .then([removed(olga, 'left')]);
    given(mondoo)
      .when(leave, {}, { as: robin })
      .then([removed(robin, 'left')]);
  });
  test('is for whoever is deactivated, too', () => {
    for (const history of [[], by(root, { type: 'organization.suspend' })]) {
      given([vygl, by(adam, deactivated(mia)), history])
        .when(leave, {}, { as: mia })
        .then([removed(mia, 'left')]);
    }
    given([vygl, by(adam, deactivated(mia)), by(olga, { type: 'organization.delete' })])
      .when(leave, {}, { as: mia })
      .thenRefused('organization.not_found');
  });
  test('is not for the last holder', () => {
    given(vygl).when(leave, {}, { as: olga }).thenRefused('member.last_holder');
  });
  test('is not offered where nobody is removed', () => {
    given(founded('wasviking', olga, [mia, 'Analyst']))
      .when(leave, {}, { as: mia })
      .thenRefused('operation.not_offered');
  });
  test('is for members', () => {
    given(vygl).when(leave, {}, { as: stranger }).thenRefused('organization.not_found');
    given(vygl).when(leave, {}, { as: root }).thenRefused('member.not_found');
  });
  test('what is still open for the address is revoked', () => {
    given([vygl, invited(vic, olga, { held: 'admin' })])
      .when(leave, {}, { as: vic })
      .then([
        removed(vic, 'left'),
        {
          type: 'member.invite_revoke',
          invitation: invitationId('vic'),
          reason: 'invitee_removed',
        },
      ]);
  });
  test('acting for: only who is trusted', () => {
    given(vygl)
      .when(leave, {}, { as: account('trusted', vic) })
      .then([removed(vic, 'left')]);
    given(vygl)
      .when(leave, {}, { as: account('rogue', vic) })
      .thenRefused('organization.not_found');
    given([vygl, by(vic, removed(vic, 'left'))])
      .when(leave, {}, { as: account('rogue', vic) })
      .thenRefused('organization.not_found');
  });
});
