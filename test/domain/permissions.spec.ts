import { describe, expect, test } from '@jest/globals';
import type { Permission, Scope } from '#domain/ids.js';
import { effectivePermissions, rightsOf } from '#domain/permissions.js';
import {
  account,
  by,
  contextOf,
  days,
  fold,
  founded,
  hours,
  joined,
  people,
  role,
  root,
  space,
  team,
  teamOf,
  type Circumstances,
  type History,
  type Someone,
  machine,
} from '../support/given.js';

const { olga, ivan, vic } = people('olga', 'ivan', 'vic');
const [north, south] = [space('north'), space('south')];
const mondoo = founded('mondoo', olga);

/** Everything somebody may at a scope. */
const effective = (
  history: History,
  as: Someone,
  scope: Scope = 'organization',
  more: Circumstances = {},
): Set<string> => {
  const organization = fold(history);
  const { catalogue, platform, actor, now } = contextOf(organization, { ...more, as });
  const rights = rightsOf(organization, catalogue, platform, actor, now);
  return effectivePermissions(organization, catalogue, rights, scope);
};
const ORG_MEMBER = [
  'organizations:view',
  'organizations:list_workspaces',
  'organizations:list_assigned_policies',
  'organizations:list_risk_factors',
];
const SPACE_MEMBER = [
  'spaces:view',
  'workspaces:list',
  'policies:list_assigned',
  'risk_factors:list',
];

describe('effective permissions', () => {
  test('are the union over every grant in force', () => {
    const both = effective([mondoo, joined(ivan, ['team-manager', 'audit-log-viewer'])], ivan);
    const one = effective([mondoo, joined(ivan, 'team-manager')], ivan);
    const other = effective([mondoo, joined(ivan, 'audit-log-viewer')], ivan);
    expect(both).toEqual(new Set([...one, ...other]));
    expect(both.has('teams:delete') && both.has('audit_log:view')).toBe(true);
  });
  test('an organization’s grant covers every space, also one created later', () => {
    const later = by(olga, { type: 'space.create', space: space('later'), name: 'later' });
    const history = [mondoo, joined(ivan, 'viewer'), later];
    for (const scope of [north, south, space('later')]) {
      expect(effective(history, ivan, scope).has('assets:view')).toBe(true);
    }
  });
  test('a space’s grant is of that space, and of space-level permissions', () => {
    const history = [mondoo, joined(ivan, 'owner@north')];
    expect(effective(history, ivan, north).has('assets:delete')).toBe(true);
    expect(
      [...effective(history, ivan, north)].filter((one) => one.startsWith('billing:')),
    ).toEqual([]);
    expect(effective(history, ivan, north).has('spaces:create')).toBe(false);
    expect(effective(history, ivan, south)).toEqual(new Set(ORG_MEMBER));
    expect(
      effective([mondoo, joined(ivan, 'space-manager@north')], ivan, north).has('spaces:create'),
    ).toBe(false);
  });
  test('Mondoo: every member has Org Member, also of only a space, and Space Member where they are', () => {
    const history = [mondoo, joined(ivan, 'bi-viewer@north'), joined(vic, 'billing-manager')];
    expect(effective(history, ivan)).toEqual(new Set(ORG_MEMBER));
    for (const one of SPACE_MEMBER) expect(effective(history, ivan, north).has(one)).toBe(true);
    // Of the organization it speaks, so it says the same about every space, and nothing of a space.
    expect(effective(history, ivan, south)).toEqual(new Set(ORG_MEMBER));
    // Who is a member of the organization is one of each of its spaces.
    for (const one of SPACE_MEMBER) expect(effective(history, vic, south).has(one)).toBe(true);
  });
  test('of a member without roles: Org Member, no space', () => {
    const history = [mondoo, joined(ivan, [])];
    expect(effective(history, ivan)).toEqual(new Set(ORG_MEMBER));
    expect(effective(history, ivan, north)).toEqual(new Set(ORG_MEMBER));
  });
  test('come from teams as well, each once', () => {
    const history = [mondoo, joined(ivan, []), by(olga, teamOf('core', ['viewer@north'], [ivan]))];
    expect(effective(history, ivan, north).has('assets:view')).toBe(true);
    expect(effective(history, ivan, south).has('assets:view')).toBe(false);
    const gone = by(olga, { type: 'team.delete', team: team('core') });
    expect(effective([history, gone], ivan, north)).toEqual(new Set(ORG_MEMBER));
  });
  test('begin and end at the moment', () => {
    const history = [
      mondoo,
      joined(ivan, { role: 'viewer', notBefore: hours(1), expiresAt: hours(2) }),
    ];
    const at = (count: number) =>
      effective(history, ivan, north, { at: hours(count) }).has('assets:view');
    expect([0.99, 1, 1.99, 2].map(at)).toEqual([false, true, true, false]);
  });
  test('a deactivated space gives only its view, reactivation and deletion', () => {
    const history = [mondoo, by(olga, { type: 'space.deactivate', space: north })];
    expect(effective(history, olga, north)).toEqual(
      new Set(['spaces:view', 'spaces:reactivate', 'spaces:delete']),
    );
    expect(effective(history, olga, south).has('assets:delete')).toBe(true);
    const again = by(olga, { type: 'space.reactivate', space: north });
    expect(effective([history, again], olga, north).has('assets:delete')).toBe(true);
  });
  test('an unknown or deleted space gives nothing', () => {
    expect(effective(mondoo, olga, space('nowhere'))).toEqual(new Set());
    expect(
      effective([mondoo, by(olga, { type: 'space.delete', space: north })], olga, north),
    ).toEqual(new Set());
  });
  test('none of a removed, deactivated or erased member', () => {
    for (const event of [
      { type: 'member.remove', member: ivan.member, reason: 'removed' },
      { type: 'member.deactivate', member: ivan.member, cause: 'scim' },
      { type: 'member.personal_data_erase', member: ivan.member, user: ivan.user },
    ] as const) {
      expect(effective([mondoo, joined(ivan, 'owner'), by(olga, event)], ivan)).toEqual(new Set());
    }
  });
  test('none while suspended, none once deleted', () => {
    for (const type of ['organization.suspend', 'organization.delete'] as const) {
      expect(effective([mondoo, by(root, { type })], olga)).toEqual(new Set());
    }
  });
  test('of a custom role, as far as the catalogue still knows them', () => {
    const custom = by(olga, {
      type: 'role.define',
      role: role('role_x'),
      name: 'X',
      scopes: ['organization', 'space'],
      permissions: ['assets:view', 'gone:view', 'billing:view'] as Permission[],
    });
    const history = [mondoo, custom, joined(ivan, 'role_x'), joined(vic, 'role_x@north')];
    expect(effective(history, ivan)).toEqual(
      new Set([...ORG_MEMBER, ...SPACE_MEMBER, 'assets:view', 'billing:view']),
    );
    expect(effective(history, vic, north)).toEqual(
      new Set([...ORG_MEMBER, ...SPACE_MEMBER, 'assets:view']),
    );
    const narrowed = by(olga, { type: 'role.change', role: role('role_x'), permissions: [] });
    expect(effective([history, narrowed], vic, north)).toEqual(
      new Set([...ORG_MEMBER, ...SPACE_MEMBER]),
    );
  });
  test('a service account has its roles and no implicit ones', () => {
    const history = [
      mondoo,
      by(olga, machine('bot', { role: 'vex-importer@north', expiresAt: days(1) })),
    ];
    const as = (at = hours(0)) => {
      const organization = fold(history);
      const { catalogue, platform, now } = contextOf(organization, { at });
      const rights = rightsOf(organization, catalogue, platform, account('bot'), now);
      return effectivePermissions(organization, catalogue, rights, north);
    };
    expect(as()).toEqual(
      new Set(['vex_documents:upload', 'findings:upload_fex', 'sboms:upload', 'findings:close']),
    );
    expect(as(days(1))).toEqual(new Set());
  });
});
