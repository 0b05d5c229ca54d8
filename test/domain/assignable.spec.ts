/** What a list of roles says that the caller may give, beside what the rules then let them. */
import { describe, expect, test } from '@jest/globals';
import { isAssignable } from '#domain/decide/assignable.js';
import { setTeamRoles } from '#domain/decide/team.js';
import { changeServiceAccountRoles } from '#domain/decide/service-account.js';
import type { Permission } from '#domain/ids.js';
import { findRole, rightsOf } from '#domain/permissions.js';
import {
  accountId,
  by,
  catalogue,
  contextOf,
  days,
  fold,
  founded,
  given,
  joined,
  machine,
  people,
  role,
  space,
  team,
  teamOf,
  variant,
  type Held,
  type History,
  type Someone,
} from '../support/given.js';

const { olga, tim } = people('olga', 'tim');
const expiresAt = days(2);

function assignable(history: History, as: Someone, ...roles: readonly string[]): string[] {
  const organization = fold(history);
  const context = contextOf(organization, { as });
  const { platform, actor, now } = context;
  const rights = rightsOf(organization, context.catalogue, platform, actor, now);
  return roles.filter((id) =>
    isAssignable(
      organization,
      context,
      rights,
      findRole(organization, context.catalogue, role(id))!,
    ),
  );
}

describe('by who may manage teams, and neither invite nor change roles', () => {
  const holding = (...held: readonly Held[]): History => [
    founded('mondoo', olga),
    joined(tim, held),
    by(olga, teamOf('crew', [])),
  ];
  const setting = (history: History, id: string) =>
    given(history).when(
      setTeamRoles,
      { team: team('crew'), scope: 'organization', roles: [role(id)] },
      { as: tim },
    );
  const manager = 'team-manager';
  test('what they hold', () => {
    const history = holding('viewer', manager);
    expect(assignable(history, tim, 'viewer', manager, 'editor')).toEqual(['viewer', manager]);
    setting(history, 'viewer').thenLike([{ type: 'team.role_change' }]);
    setting(history, 'editor').thenRefused('delegation.may_not_assign');
  });
  test('for good: a team holds nothing that ends', () => {
    const history = holding({ role: 'viewer', expiresAt }, manager);
    expect(assignable(history, tim, 'viewer', manager)).toEqual([manager]);
    setting(history, 'viewer').thenRefused('delegation.beyond_expiry');
    // The right itself may end.
    const ending = holding('viewer', { role: manager, expiresAt });
    expect(assignable(ending, tim, 'viewer', manager)).toEqual(['viewer']);
    setting(ending, 'viewer').thenLike([{ type: 'team.role_change' }]);
  });
});

describe('by who may change what accounts hold, and make none', () => {
  const agent = catalogue('mondoo').roles.get(role('agent'))!;
  const holding = (right: string, more: object = {}): History => [
    founded('mondoo', olga),
    by(olga, machine('bot')),
    by(olga, {
      type: 'role.define',
      role: role('role_x'),
      name: 'X',
      scopes: ['organization'],
      permissions: [...agent.permissions, `service_accounts:${right}` as Permission],
    }),
    joined(tim, { role: 'role_x', ...more }),
  ];
  const setting = (history: History) =>
    given(history).when(
      changeServiceAccountRoles,
      {
        account: accountId('bot'),
        scope: space('north'),
        wanted: { kind: 'set', roles: [role('agent')] },
      },
      { as: tim },
    );
  test('what they hold, for good', () => {
    const history = holding('manage_memberships');
    expect(assignable(history, tim, 'agent')).toEqual(['agent']);
    setting(history).thenLike([{ type: 'service_account.role_change' }]);
    const ending = holding('manage_memberships', { expiresAt });
    expect(assignable(ending, tim, 'agent')).toEqual([]);
    setting(ending).thenRefused('delegation.beyond_expiry');
  });
  test('not by who may change their names', () => {
    const history = holding('update');
    expect(assignable(history, tim, 'agent')).toEqual([]);
    setting(history).thenRefused('permission.denied');
  });
});

test('where teams hold no roles nobody gives one by managing teams', () => {
  const one = variant('vygl', 'teams', 1, ({ operations }) => ({
    operations: { ...operations, manage_teams: 'scans:run' as Permission },
    delegation: [],
  }));
  const history = [founded(one, olga), joined(tim, 'member')];
  expect(assignable(history, tim, 'member', 'viewer')).toEqual([]);
});
