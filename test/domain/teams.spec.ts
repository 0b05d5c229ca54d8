import { describe, expect, test } from '@jest/globals';
import {
  addTeamMember,
  createTeam,
  deleteTeam,
  removeTeamMember,
  renameTeam,
  setTeamRoles,
  type SetTeamRoles,
  type TeamPlaceChange,
} from '#domain/decide/team.js';
import type { TeamMemberSource } from '#domain/events.js';
import type { Scope } from '#domain/ids.js';
import {
  by,
  days,
  founded,
  given,
  grantId,
  invitationId,
  invited,
  joined,
  people,
  role,
  space,
  system,
  team,
  teamOf,
  variant,
  type Someone,
} from '../support/given.js';

const { olga, tom, nora, vic, ed, ivan, ines } = people(
  'olga',
  'tom',
  'nora',
  'vic',
  'ed',
  'ivan',
  'ines',
);
const [north, south] = [space('north'), space('south')];
const mondoo = founded(
  'mondoo',
  olga,
  [tom, 'team-manager'],
  [nora, ['team-manager@north', 'viewer@north']],
  [vic, 'viewer'],
  [ed, ['editor', 'team-manager']],
);
const core = team('core');
const withTeam = (held: string[], members: Someone[] = [], scope: Scope = 'organization') => [
  mondoo,
  by(olga, teamOf('core', held, members, scope)),
];

describe('create team', () => {
  const command = { team: core, name: 'Core', scope: 'organization' as const };
  test('emits; one there already is nothing new', () => {
    given(mondoo)
      .when(createTeam, { ...command, externalGroup: 'g1' }, { as: tom })
      .then([{ type: 'team.create', ...command, externalGroup: 'g1' }]);
    given(withTeam([])).when(createTeam, command, { as: tom }).thenNothing();
  });
  test('one that was deleted stays so', () => {
    given([withTeam([]), by(tom, { type: 'team.delete', team: core })])
      .when(createTeam, command, { as: tom })
      .thenNothing();
  });
  test('a name is taken once at each scope', () => {
    given(withTeam([]))
      .when(createTeam, { ...command, team: team('other'), name: 'core' }, { as: tom })
      .thenRefused('team.exists');
    given(withTeam([]))
      .when(createTeam, { team: team('other'), name: 'core', scope: north }, { as: tom })
      .then([{ type: 'team.create', team: team('other'), name: 'core', scope: north }]);
  });
  test('needs the permission where it is', () => {
    given(mondoo)
      .when(createTeam, { ...command, scope: north }, { as: nora })
      .then([{ type: 'team.create', ...command, scope: north }]);
    for (const scope of ['organization', south] as const) {
      given(mondoo)
        .when(createTeam, { ...command, scope }, { as: nora })
        .thenRefused('permission.denied');
    }
    given(mondoo).when(createTeam, command, { as: vic }).thenRefused('permission.denied');
    given(mondoo)
      .when(createTeam, { ...command, scope: space('nowhere') }, { as: tom })
      .thenRefused('space.not_found');
  });
  test('is not offered where the source has no teams', () => {
    for (const id of ['mondoo-classic', 'wasviking', 'vygl', 'cve-project']) {
      given(founded(id, olga))
        .when(createTeam, command, { as: olga })
        .thenRefused('operation.not_offered');
    }
  });
});

describe('rename team', () => {
  test('emits, stays quiet, refuses', () => {
    given(withTeam([]))
      .when(renameTeam, { team: core, name: 'Kern' }, { as: tom })
      .then([{ type: 'team.rename', team: core, name: 'Kern' }]);
    given(withTeam([])).when(renameTeam, { team: core, name: 'core' }, { as: tom }).thenNothing();
    given(withTeam([]))
      .when(renameTeam, { team: core, name: 'x' }, { as: nora })
      .thenRefused('permission.denied');
    given(mondoo)
      .when(renameTeam, { team: core, name: 'x' }, { as: tom })
      .thenRefused('team.not_found');
  });
  test('not to the name of another team at that scope', () => {
    const red = by(olga, teamOf('red', []));
    given([withTeam([]), red])
      .when(renameTeam, { team: core, name: 'red' }, { as: tom })
      .thenRefused('team.exists');
    const redInNorth = by(olga, teamOf('red', [], [], space('north')));
    given([withTeam([]), redInNorth])
      .when(renameTeam, { team: core, name: 'red' }, { as: tom })
      .then([{ type: 'team.rename', team: core, name: 'red' }]);
  });
});

describe('delete team', () => {
  test('emits; twice is once', () => {
    given(withTeam([]))
      .when(deleteTeam, { team: core }, { as: tom })
      .then([{ type: 'team.delete', team: core }]);
    given([withTeam([]), by(tom, { type: 'team.delete', team: core })])
      .when(deleteTeam, { team: core }, { as: tom })
      .thenNothing();
    given(mondoo).when(deleteTeam, { team: core }, { as: tom }).thenRefused('team.not_found');
  });
  test('takes its roles away: needs mayManage over them', () => {
    given(withTeam(['owner']))
      .when(deleteTeam, { team: core }, { as: ed })
      .thenRefused('delegation.may_not_manage');
    given(withTeam(['editor']))
      .when(deleteTeam, { team: core }, { as: ed })
      .then([{ type: 'team.delete', team: core }]);
    given(withTeam([]))
      .when(deleteTeam, { team: core }, { as: vic })
      .thenRefused('permission.denied');
  });
  test('its members lose them at once', () => {
    const state = given(withTeam(['editor'], [vic]))
      .when(deleteTeam, { team: core }, { as: olga })
      .after();
    expect(state.members.get(vic.member)?.teams).toEqual([]);
    expect(state.roleUses.get(role('editor'))).toBe(1);
  });
});

describe('roles of a team', () => {
  const to = (roles: string[], scope: Scope = 'organization'): SetTeamRoles => ({
    team: core,
    scope,
    roles: roles.map(role),
  });
  const changed = (added: object[], removed: string[]) => ({
    type: 'team.role_change',
    team: core,
    added,
    removed: removed.map((id) => grantId(`core_${id}`)),
    cause: 'direct',
  });
  test('are set at one scope', () => {
    given(withTeam(['viewer', 'viewer@north']))
      .when(setTeamRoles, to(['editor']), { as: olga })
      .thenLike([changed([{ role: 'editor', scope: 'organization' }], ['viewer'])]);
    given(withTeam(['viewer']))
      .when(setTeamRoles, to(['policy-manager'], north), { as: olga })
      .thenLike([changed([{ role: 'policy-manager', scope: north }], [])]);
    given(withTeam(['viewer']))
      .when(setTeamRoles, to(['viewer']), { as: olga })
      .thenNothing();
  });
  test('giving one is assigning it; taking one away needs mayManage', () => {
    given(withTeam([]))
      .when(setTeamRoles, to(['owner']), { as: ed })
      .thenRefused('delegation.may_not_assign');
    given(withTeam(['owner']))
      .when(setTeamRoles, to([]), { as: ed })
      .thenRefused('delegation.may_not_manage');
    given(withTeam([]))
      .when(setTeamRoles, to(['editor']), { as: ed })
      .thenLike([changed([{ role: 'editor' }], [])]);
    given(withTeam([]))
      .when(setTeamRoles, to(['viewer']), { as: tom })
      .thenRefused('delegation.may_not_assign');
  });
  test('need the right where the team is and where the role is', () => {
    given(withTeam([]))
      .when(setTeamRoles, to(['viewer'], north), { as: nora })
      .thenRefused('permission.denied');
    given(withTeam([], [], north))
      .when(setTeamRoles, to(['viewer'], north), { as: nora })
      .thenLike([changed([{ role: 'viewer', scope: north }], [])]);
    given(withTeam([]))
      .when(setTeamRoles, to(['viewer']), { as: vic })
      .thenRefused('permission.denied');
  });
  test('a space’s team holds roles only there', () => {
    for (const scope of ['organization', south] as const) {
      given(withTeam([], [], north))
        .when(setTeamRoles, to(['viewer'], scope), { as: olga })
        .thenRefused('role.wrong_scope');
    }
  });
  test('are those people can hold', () => {
    for (const [id, scope, code] of [
      ['nobody', 'organization', 'role.unknown'],
      ['agent', north, 'role.not_invitable'],
      ['space-member', north, 'role.not_invitable'],
      ['policy-editor', 'organization', 'role.wrong_scope'],
      ['viewer', space('nowhere'), 'space.not_found'],
    ] as const) {
      given(withTeam([]))
        .when(setTeamRoles, to([id], scope), { as: olga })
        .thenRefused(code);
    }
  });
  test('are not given for longer than the giver has the right', () => {
    given([withTeam([]), joined(ivan, { role: 'owner', expiresAt: days(3) })])
      .when(setTeamRoles, to(['viewer']), { as: ivan })
      .thenRefused('delegation.beyond_expiry');
  });
  test('in a one-role catalogue teams hold none', () => {
    const single = variant('vygl', 'single', 1, ({ operations }) => ({
      operations: { ...operations, manage_teams: operations.change_roles! },
    }));
    given([
      founded(single, olga),
      by(olga, { type: 'team.create', team: core, name: 'core', scope: 'organization' }),
    ])
      .when(setTeamRoles, to(['viewer']), { as: olga })
      .thenRefused('team.holds_no_roles');
  });
});

describe('members of a team', () => {
  const place = (
    one: Someone,
    source: TeamMemberSource = 'direct',
    group?: string,
  ): TeamPlaceChange => ({
    team: core,
    member: one.member,
    source,
    ...(group === undefined ? {} : { group }),
  });
  const added = (one: Someone, source: TeamMemberSource = 'direct', group?: string) =>
    ({ type: 'team.member_add', ...place(one, source, group) }) as const;
  const removed = (one: Someone, source: TeamMemberSource = 'direct', group?: string) =>
    ({ type: 'team.member_remove', ...place(one, source, group) }) as const;

  test('are added and removed; twice is once', () => {
    given(withTeam(['viewer']))
      .when(addTeamMember, place(vic), { as: ed })
      .then([added(vic)]);
    given(withTeam(['viewer'], [vic]))
      .when(addTeamMember, place(vic), { as: ed })
      .thenNothing();
    given(withTeam(['viewer'], [vic]))
      .when(removeTeamMember, place(vic), { as: ed })
      .then([removed(vic)]);
    given(withTeam(['viewer']))
      .when(removeTeamMember, place(vic), { as: ed })
      .thenNothing();
  });
  test('adding is assigning every role of the team', () => {
    given(withTeam(['viewer', 'owner']))
      .when(addTeamMember, place(vic), { as: ed })
      .thenRefused('delegation.may_not_assign');
    given(withTeam(['owner']))
      .when(addTeamMember, place(ed), { as: ed })
      .thenRefused('delegation.may_not_assign');
    given(withTeam([]))
      .when(addTeamMember, place(vic), { as: tom })
      .then([added(vic)]);
    given(withTeam(['viewer']))
      .when(addTeamMember, place(vic), { as: tom })
      .thenRefused('delegation.may_not_assign');
  });
  test('taking away needs mayManage; leaving a team oneself does not', () => {
    const history = withTeam(['owner'], [vic, ed]);
    given(history)
      .when(removeTeamMember, place(vic), { as: tom })
      .thenRefused('delegation.may_not_manage');
    given([withTeam(['owner'], [tom])])
      .when(removeTeamMember, place(tom), { as: tom })
      .then([removed(tom)]);
  });
  test('need the permission', () => {
    given(withTeam([]))
      .when(addTeamMember, place(vic), { as: nora })
      .thenRefused('permission.denied');
    given(withTeam([], [vic]))
      .when(removeTeamMember, place(vic), { as: vic })
      .thenRefused('permission.denied');
    given(withTeam([], [], north))
      .when(addTeamMember, place(vic), { as: nora })
      .then([added(vic)]);
  });
  test('are active members; service accounts join none', () => {
    given([
      withTeam([]),
      by(olga, { type: 'member.deactivate', member: vic.member, cause: 'direct' }),
    ])
      .when(addTeamMember, place(vic), { as: tom })
      .thenRefused('member.inactive');
    given(withTeam([]))
      .when(addTeamMember, place(ivan), { as: tom })
      .thenRefused('member.not_found');
    given([
      withTeam([]),
      by(olga, {
        type: 'service_account.create',
        account: 'svc_a' as never,
        name: 'a',
        grants: [],
      }),
    ])
      .when(addTeamMember, { ...place(vic), member: 'svc_a' as never }, { as: tom })
      .thenRefused('member.not_found');
    given(mondoo).when(addTeamMember, place(vic), { as: tom }).thenRefused('team.not_found');
  });
  test('nobody is added for longer than the adder has the right', () => {
    given([withTeam(['viewer']), joined(ivan, { role: 'owner', expiresAt: days(3) })])
      .when(addTeamMember, place(vic), { as: ivan })
      .thenRefused('delegation.beyond_expiry');
  });

  describe('a place has a source', () => {
    const both = [withTeam(['viewer'], [vic]), by(system('scim'), added(vic, 'scim', 'g1'))];
    const scim = { as: system('scim') };
    test('a member can have several', () => {
      given(withTeam(['viewer'], [vic]))
        .when(addTeamMember, place(vic, 'scim', 'g1'), scim)
        .then([added(vic, 'scim', 'g1')]);
      given(both)
        .when(addTeamMember, place(vic, 'scim', 'g2'), scim)
        .then([added(vic, 'scim', 'g2')]);
      given(both)
        .when(addTeamMember, place(vic, 'scim', 'g1'), scim)
        .thenNothing();
    });
    test('a sync removes only its own', () => {
      given(both)
        .when(removeTeamMember, place(vic, 'scim', 'g1'), scim)
        .then([removed(vic, 'scim', 'g1')]);
      given(both)
        .when(removeTeamMember, place(vic, 'oidc_group', 'g1'), scim)
        .thenNothing();
      given(withTeam(['viewer'], [vic]))
        .when(removeTeamMember, place(vic, 'scim', 'g1'), scim)
        .thenNothing();
    });
    test('a person removes what persons gave, by invitation too, not what a directory gave', () => {
      given(both)
        .when(removeTeamMember, place(vic), { as: olga })
        .then([removed(vic)]);
      given([withTeam(['viewer']), by(olga, added(vic, 'invitation'))])
        .when(removeTeamMember, place(vic), { as: olga })
        .then([removed(vic, 'invitation')]);
      given([withTeam(['viewer']), by(system('scim'), added(vic, 'scim', 'g1'))])
        .when(removeTeamMember, place(vic), { as: olga })
        .thenNothing();
    });
    test('the roles stay while one of the sources does', () => {
      const state = given(both).when(removeTeamMember, place(vic), { as: olga }).after();
      expect(state.members.get(vic.member)?.teams).toEqual([
        { team: core, source: 'scim', group: 'g1' },
      ]);
      expect(state.teamMembers.has(core, vic.member)).toBe(true);
    });
  });

  test('an invitation keeps its other teams when one is deleted', () => {
    const state = given([
      withTeam([]),
      by(olga, teamOf('more', [])),
      invited(ines, olga, { teams: ['core', 'more'] }),
    ])
      .when(deleteTeam, { team: core }, { as: olga })
      .after();
    expect(state.invitations.get(invitationId('ines'))?.status).toBe('pending');
  });
});
