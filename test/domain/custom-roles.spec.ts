import { describe, expect, test } from '@jest/globals';
import { changeRole, defineRole, retireRole, type DefineRole } from '#domain/decide/role.js';
import type { MembershipEvent } from '#domain/events.js';
import type { Permission } from '#domain/ids.js';
import {
  by,
  days,
  founded,
  given,
  hours,
  invitationId,
  invited,
  joined,
  people,
  role,
  system,
  team,
  teamOf,
  variant,
  machine,
} from '../support/given.js';

const { olga, ed, vic, ivan, ines } = people('olga', 'ed', 'vic', 'ivan', 'ines');
/** Mondoo, in which Editors manage custom roles as well. */
const open = variant('mondoo', 'open', 1, ({ operations }) => ({
  operations: { ...operations, manage_roles: 'members:update' as Permission },
}));
const mondoo = founded(open, olga, [ed, 'editor'], [vic, 'viewer']);
const permissions = (...names: string[]) => names as Permission[];
const triager: DefineRole = {
  role: role('role_t'),
  name: 'Triager',
  scopes: ['organization', 'space'],
  permissions: permissions('findings:view', 'cases:create'),
};
const defined = (more: Partial<DefineRole> = {}): MembershipEvent => ({
  type: 'role.define',
  ...triager,
  ...more,
});
const withRole = [mondoo, by(olga, defined())];
const beyond = [mondoo, by(olga, defined({ permissions: permissions('spaces:create') }))];

describe('define role', () => {
  test('emits; the same again changes nothing', () => {
    given(mondoo)
      .when(
        defineRole,
        {
          ...triager,
          description: 'triages',
          permissions: [...triager.permissions, ...triager.permissions],
        },
        { as: ed },
      )
      .then([{ type: 'role.define', ...triager, description: 'triages' }]);
    given(withRole).when(defineRole, triager, { as: ed }).thenNothing();
  });
  test('is asked for, and not offered everywhere', () => {
    given(mondoo).when(defineRole, triager, { as: vic }).thenRefused('permission.denied');
    given(founded('mondoo', olga, [ed, 'editor']))
      .when(defineRole, triager, { as: ed })
      .thenRefused('permission.denied');
    for (const id of ['vygl', 'cve-project', 'mondoo-classic']) {
      given(founded(id, olga))
        .when(defineRole, triager, { as: olga })
        .thenRefused('operation.not_offered');
    }
  });
  test('a name is taken by the catalogue’s roles and by other custom ones', () => {
    for (const name of ['Owner', 'owner', 'triager']) {
      given(withRole)
        .when(defineRole, { ...triager, role: role('role_u'), name }, { as: olga })
        .thenRefused('role.exists');
    }
  });
  test('holds no permission its definer lacks', () => {
    given(mondoo)
      .when(defineRole, { ...triager, permissions: permissions('spaces:create') }, { as: ed })
      .thenRefused('delegation.permission_lacking');
    given(mondoo)
      .when(
        defineRole,
        { ...triager, permissions: permissions('memberships:assign_iam_manager') },
        { as: olga },
      )
      .thenRefused('delegation.permission_lacking');
    // Held at one space is not held.
    given([mondoo, joined(ivan, ['editor', 'space-manager@north'])])
      .when(defineRole, { ...triager, permissions: permissions('spaces:delete') }, { as: ivan })
      .thenRefused('delegation.permission_lacking');
    // Nor is what ends by time passed on for good.
    given([mondoo, joined(ivan, ['editor', { role: 'owner', expiresAt: days(2) }])])
      .when(defineRole, { ...triager, permissions: permissions('spaces:create') }, { as: ivan })
      .thenRefused('delegation.permission_lacking');
  });
  test('knows the catalogue’s permissions and scopes only', () => {
    given(mondoo)
      .when(defineRole, { ...triager, permissions: permissions('cases:solve') }, { as: olga })
      .thenRefused('role.permission_unknown');
    given(mondoo)
      .when(defineRole, { ...triager, permissions: permissions('space:veiw') }, { as: olga })
      .thenRefused('role.permission_unknown', 'did you mean "spaces:view"?');
    given(founded('wasviking', olga))
      .when(defineRole, { ...triager, permissions: permissions('users:view') }, { as: olga })
      .thenRefused('role.wrong_scope');
    given(founded('wasviking', olga))
      .when(
        defineRole,
        { ...triager, scopes: ['organization'], permissions: permissions('users:view') },
        { as: olga },
      )
      .thenLike([{ type: 'role.define', permissions: ['users:view'] }]);
  });
});

describe('change role', () => {
  const command = { role: triager.role };
  test('emits only what changes', () => {
    given(withRole)
      .when(
        changeRole,
        {
          ...command,
          name: 'Triager',
          description: 'new',
          permissions: permissions('findings:view'),
        },
        { as: ed },
      )
      .then([
        {
          type: 'role.change',
          role: triager.role,
          description: 'new',
          permissions: permissions('findings:view'),
        },
      ]);
    given(withRole)
      .when(
        changeRole,
        { ...command, permissions: permissions('cases:create', 'findings:view') },
        { as: ed },
      )
      .thenNothing();
  });
  test('needs mayManage over it, which for custom roles is the subset rule', () => {
    given(beyond)
      .when(changeRole, { ...command, name: 'X' }, { as: ed })
      .thenRefused('delegation.may_not_manage');
    given(beyond)
      .when(changeRole, { ...command, name: 'X' }, { as: olga })
      .then([{ type: 'role.change', role: triager.role, name: 'X' }]);
  });
  test('never to more than one has, nor to another’s name', () => {
    given(withRole)
      .when(changeRole, { ...command, permissions: permissions('spaces:create') }, { as: ed })
      .thenRefused('delegation.permission_lacking');
    given(withRole)
      .when(changeRole, { ...command, permissions: permissions('cases:solve') }, { as: ed })
      .thenRefused('role.permission_unknown');
    given(withRole)
      .when(changeRole, { ...command, name: 'Viewer' }, { as: ed })
      .thenRefused('role.exists');
  });
  test('may be written in another case', () => {
    given(withRole)
      .when(changeRole, { role: triager.role, name: 'TRIAGER' }, { as: olga })
      .then([{ type: 'role.change', role: triager.role, name: 'TRIAGER' }]);
  });
  test('of the catalogue’s roles there is nothing to change', () => {
    given(withRole)
      .when(changeRole, { role: role('viewer'), name: 'X' }, { as: olga })
      .thenRefused('role.unknown');
    given(withRole)
      .when(changeRole, { ...command, name: 'X' }, { as: vic })
      .thenRefused('permission.denied');
  });
});

describe('a custom role is given', () => {
  test('by whoever has all it gives, at that scope', () => {
    const state = given([withRole, by(olga, joined(ivan, 'role_t@north'))]);
    state
      .when(changeRole, { role: triager.role, name: 'X' }, { as: ed })
      .thenLike([{ type: 'role.change' }]);
  });
});

describe('retire role', () => {
  const retired = (remapTo?: string): MembershipEvent => ({
    type: 'role.retire',
    role: triager.role,
    ...(remapTo === undefined ? {} : { remapTo: role(remapTo) }),
  });
  const command = { role: triager.role };
  const to = (id: string) => ({ ...command, remapTo: role(id) });

  test('emits; twice is once', () => {
    given(withRole).when(retireRole, command, { as: ed }).then([retired()]);
    given([withRole, by(ed, retired())])
      .when(retireRole, command, { as: ed })
      .thenNothing();
  });
  test('one in use only with a successor, whatever the use', () => {
    const uses: MembershipEvent[][] = [
      [joined(ivan, 'role_t')],
      [joined(ivan, 'role_t@north')],
      teamOf('core', ['role_t']),
      [machine('bot', 'role_t@north')],
      [{ type: 'organization.policy_change', changes: { ssoDefaultRole: triager.role } }],
    ];
    for (const use of uses) {
      given([withRole, by(olga, use)])
        .when(retireRole, command, { as: olga })
        .thenRefused('role.in_use');
    }
    given([withRole, invited(ines, olga, { held: 'role_t' })])
      .when(retireRole, command, { as: olga })
      .thenRefused('role.in_use');
    given([
      withRole,
      joined(ivan, 'role_t'),
      by(olga, { type: 'member.remove', member: ivan.member, reason: 'removed' }),
    ])
      .when(retireRole, command, { as: olga })
      .then([retired()]);
  });
  test('what has ended by time uses nothing, written down or not', () => {
    const ended = [withRole, invited(ines, olga, { held: 'role_t' })];
    const expired: MembershipEvent = {
      type: 'member.invite_expire',
      invitation: invitationId(ines.name),
    };
    const boxed = joined(ivan, { role: 'role_t', expiresAt: hours(1) });
    for (const history of [ended, [ended, by(system('sweeper'), expired)], [withRole, boxed]]) {
      given(history)
        .when(retireRole, command, { as: olga, at: days(8) })
        .then([retired()]);
      // Nobody is left who could not hold it.
      given(history)
        .when(retireRole, to('agent'), { as: olga, at: days(8) })
        .then([retired('agent')]);
    }
  });
  test('the successor takes its place everywhere', () => {
    const state = given([
      withRole,
      joined(ivan, ['role_t', 'role_t@north']),
      by(olga, teamOf('core', ['role_t'])),
      invited(ines, olga, { held: 'role_t' }),
      by(olga, { type: 'organization.policy_change', changes: { ssoDefaultRole: triager.role } }),
    ])
      .when(retireRole, to('viewer'), { as: olga })
      .after();
    const roles = (grants?: readonly { role: string }[]) => grants?.map((one) => one.role);
    expect(roles(state.members.get(ivan.member)?.grants)).toEqual(['viewer', 'viewer']);
    expect(roles(state.teams.get(team('core'))?.grants)).toEqual(['viewer']);
    expect(roles(state.invitations.get(invitationId('ines'))?.grants)).toEqual(['viewer']);
    expect(state.policies.ssoDefaultRole).toBe('viewer');
    expect(state.roleUses.has(triager.role)).toBe(false);
  });
  test('is one that everybody concerned can hold, where they hold it', () => {
    const held = [withRole, joined(ivan, 'role_t')];
    given(held).when(retireRole, to('nobody'), { as: olga }).thenRefused('role.unknown');
    given(held).when(retireRole, to('role_t'), { as: olga }).thenRefused('request.invalid');
    given(held).when(retireRole, to('agent'), { as: olga }).thenRefused('role.not_invitable');
    given(held).when(retireRole, to('policy-editor'), { as: olga }).thenRefused('role.wrong_scope');
    const bot = by(olga, machine('bot', 'role_t@north'));
    given([withRole, bot])
      .when(retireRole, to('viewer'), { as: olga })
      .thenRefused('role.not_invitable');
    given([withRole, bot])
      .when(retireRole, to('agent'), { as: olga })
      .then([retired('agent')]);
  });
  test('the successor is assigned: delegation applies', () => {
    const held = [withRole, joined(ivan, 'role_t')];
    given(held).when(retireRole, to('owner'), { as: ed }).thenRefused('delegation.may_not_assign');
    given(held)
      .when(retireRole, to('iam-manager'), { as: olga })
      .thenRefused('delegation.may_not_assign');
    given(held)
      .when(retireRole, to('editor'), { as: ed })
      .then([retired('editor')]);
    given(beyond)
      .when(retireRole, to('viewer'), { as: ed })
      .thenRefused('delegation.may_not_manage');
    const timed = [held, joined(vic, ['editor', { role: 'owner', expiresAt: days(2) }])];
    given(timed).when(retireRole, to('owner'), { as: vic }).thenRefused('delegation.beyond_expiry');
    given([
      withRole,
      joined(ivan, { role: 'role_t', expiresAt: hours(5) }),
      joined(vic, ['editor', { role: 'owner', expiresAt: days(2) }]),
    ])
      .when(retireRole, to('owner'), { as: vic })
      .then([retired('owner')]);
  });
  test('in a one-role catalogue one takes the place of one', () => {
    const history = [
      founded('wasviking', olga),
      by(olga, defined({ scopes: ['organization'], permissions: permissions('users:view') })),
      joined(ivan, 'role_t'),
    ];
    given(history)
      .when(retireRole, to('Analyst'), { as: olga })
      .then([retired('Analyst')]);
  });
  test('is not a catalogue’s role, nor an unknown one', () => {
    given(withRole)
      .when(retireRole, { role: role('viewer') }, { as: olga })
      .thenRefused('role.unknown');
    given(mondoo).when(retireRole, command, { as: olga }).thenRefused('role.unknown');
    given(withRole).when(retireRole, command, { as: vic }).thenRefused('permission.denied');
  });
});
