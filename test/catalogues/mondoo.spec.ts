import { describe, expect, test } from '@jest/globals';
import { catalogue, gives, permissionsAt, role, sorted } from './support/files.js';
import { ROLES } from './tables/mondoo.js';

const mondoo = catalogue('mondoo');
const rows = Object.entries(ROLES).map(([id, row]) => ({ id, ...row }));
const ofKind = (kind: string) => rows.filter((row) => row.kind === kind);

describe('Mondoo: the role tables', () => {
  test('has 3 base, 34 specialized, 8 service-account and 2 implicit roles', () => {
    const kinds = ['base', 'specialized', 'service_account', 'implicit'];
    expect(kinds.map((kind) => ofKind(kind).length)).toEqual([3, 34, 8, 2]);
    expect(sorted(mondoo.roles.keys())).toEqual(sorted(Object.keys(ROLES)));
    expect(mondoo.roles.size).toBe(47);
  });

  test.each(rows)('$id: $name, $kind, at $scopes', ({ id, name, kind, scopes }) => {
    const found = role(mondoo, id);
    expect({ name: found.name, kind: found.kind, scopes: sorted(found.scopes) }).toEqual({
      name,
      kind,
      scopes: sorted(scopes),
    });
  });

  test.each(rows)('$id has what its sentence says', ({ id, has, andNoMore }) => {
    const given = permissionsAt(mondoo, id, 'organization');
    expect(given).toEqual(expect.arrayContaining([...has]));
    if (andNoMore) expect(given).toEqual(sorted(has));
  });

  const refused = rows.flatMap(({ id, cannot }) =>
    cannot.map((permission) => ({ id, permission })),
  );
  test.each(refused)('$id can’t $permission', ({ id, permission }) => {
    expect(mondoo.permissions.has(permission as never)).toBe(true);
    expect(gives(mondoo, id, permission)).toBe(false);
  });

  test('Owner has every permission except granting IAM Manager', () => {
    const lacks = [...mondoo.permissions.keys()].filter((one) => !gives(mondoo, 'owner', one));
    expect(lacks).toEqual(['memberships:assign_iam_manager']);
    const granters = rows.filter(({ id }) => gives(mondoo, id, 'memberships:assign_iam_manager'));
    expect(granters.map(({ id }) => id)).toEqual(['iam-manager', 'platform-admin']);
  });

  test('Owner does every action available to Editor, and Editor to Viewer', () => {
    for (const [upper, lower] of [
      ['owner', 'editor'],
      ['editor', 'viewer'],
    ] as const) {
      const above = role(mondoo, upper).permissions;
      expect([...role(mondoo, lower).permissions].filter((one) => !above.has(one))).toEqual([]);
    }
  });

  test('Viewer only reads', () => {
    const verbs = [...role(mondoo, 'viewer').permissions].map((one) => one.split(':')[1]!);
    expect(sorted(new Set(verbs))).toEqual([
      'browse',
      'list',
      'list_assigned',
      'list_assigned_policies',
      'list_risk_factors',
      'list_workspaces',
      'view',
      'view_aggregate',
      'view_settings',
    ]);
  });

  test('only Owner and Audit Log Viewer read the audit log', () => {
    const readers = rows.filter(({ id }) => gives(mondoo, id, 'audit_log:view'));
    expect(readers.map(({ id }) => id)).toEqual(['owner', 'audit-log-viewer']);
  });
});

describe('Mondoo: what a grant at one space gives', () => {
  test.each([
    'spaces:create',
    'organizations:view',
    'organizations:create',
    'organizations:update',
    'organizations:delete',
    'billing:view',
    'billing:update_account',
    'sso:configure',
    'scim:configure',
    'members:deactivate',
    'personal_data:erase',
  ])('a space’s Owner has no %s', (permission) => {
    expect(permissionsAt(mondoo, 'owner', 'organization')).toContain(permission);
    expect(permissionsAt(mondoo, 'owner', 'space')).not.toContain(permission);
  });

  test('Space Manager’s "create" has effect only above a space', () => {
    expect(gives(mondoo, 'space-manager', 'spaces:create')).toBe(true);
    expect(permissionsAt(mondoo, 'space-manager', 'space')).toEqual([
      'resource_contacts:set',
      'spaces:deactivate',
      'spaces:delete',
      'spaces:reactivate',
      'spaces:update',
    ]);
  });

  test('Org Member reaches into no space, Space Member not out of one', () => {
    expect(permissionsAt(mondoo, 'org-member', 'space')).toEqual([]);
    expect(permissionsAt(mondoo, 'space-member', 'space')).toEqual(
      permissionsAt(mondoo, 'space-member', 'organization'),
    );
  });

  test('a deactivated space gives its own view, reactivation and deletion', () => {
    expect(sorted(mondoo.inactiveSpace)).toEqual([
      'spaces:delete',
      'spaces:reactivate',
      'spaces:view',
    ]);
  });
});

describe('Mondoo: stacking', () => {
  const union = (...ids: string[]): Set<string> =>
    new Set(ids.flatMap((id) => [...role(mondoo, id).permissions]));

  test('Viewer with Policy Editor edits policies and still can’t assign them', () => {
    const stacked = union('viewer', 'policy-editor');
    expect(stacked.has('policies:edit')).toBe(true);
    expect(stacked.has('policies:view')).toBe(true);
    expect(stacked.has('policies:assign')).toBe(false);
  });

  test('requester and reviewer together may do both', () => {
    const stacked = union('exception-requester', 'exception-reviewer');
    expect(stacked.has('exceptions:request') && stacked.has('exceptions:approve')).toBe(true);
    expect(stacked.has('exceptions:delete')).toBe(false);
  });

  test('a near-Owner can leave out the one capability not to delegate', () => {
    const all = rows.filter(({ kind }) => kind === 'base' || kind === 'specialized');
    const nearly = all
      .map(({ id }) => id)
      .filter((id) => id !== 'owner' && id !== 'billing-manager');
    const stacked = union(...nearly);
    expect(stacked.has('organizations:delete')).toBe(true);
    expect([...stacked].filter((one) => one.startsWith('billing:'))).toEqual([]);
  });
});
