import { describe, expect, test } from '@jest/globals';
import { catalogue, gives, permissionsAt, role, sorted } from './support/files.js';
import { ACTIONS, ADMIN_ALONE, MATRICES, READ_ONLY } from './tables/wasviking.js';

const wasviking = catalogue('wasviking');

const cells = Object.entries(MATRICES).flatMap(([of, matrix]) =>
  Object.entries(ACTIONS).flatMap(([module, actions]) =>
    actions.map((action) => ({
      of,
      permission: `${module}:${action}`,
      granted: matrix[module]?.includes(action) === true,
    })),
  ),
);

describe('WASViking: the four tables', () => {
  test('has four roles, spelt as the portal spells them', () => {
    expect([...wasviking.roles.keys()]).toEqual(['Admin', 'Manager', 'Analyst', 'ReadOnly']);
  });

  test.each(cells)('$of, $permission: $granted', ({ of, permission, granted }) => {
    expect(gives(wasviking, of, permission)).toBe(granted);
  });

  test.each(['Manager', 'Analyst', 'ReadOnly'])('%s has nothing beside its table', (of) => {
    const table = Object.entries(MATRICES[of]!).flatMap(([module, actions]) =>
      actions.map((action) => `${module}:${action}`),
    );
    expect(permissionsAt(wasviking, of, 'organization')).toEqual(sorted(table));
  });

  test('Admin has everything, and nothing exists beside the tables and its full access', () => {
    const named = Object.entries(ACTIONS).flatMap(([module, actions]) =>
      actions.map((action) => `${module}:${action}`),
    );
    const all = sorted([...named, ...ADMIN_ALONE]);
    expect(permissionsAt(wasviking, 'Admin', 'organization')).toEqual(all);
    expect(sorted(wasviking.permissions.keys())).toEqual(all);
  });

  test.each(ADMIN_ALONE)('%s is the Admin’s alone', (permission) => {
    const holders = [...wasviking.roles.keys()].filter((id) => gives(wasviking, id, permission));
    expect(holders).toEqual(['Admin']);
  });

  test('ReadOnly has no create, edit, delete, export or admin actions', () => {
    const actions = [...role(wasviking, 'ReadOnly').permissions].map((one) => one.split(':')[1]);
    expect(new Set(actions)).toEqual(new Set(['view']));
    expect(actions).toHaveLength(Object.values(READ_ONLY).flat().length);
  });

  test('Manager lacks Vulnerabilities and Usage, which those it manages have', () => {
    for (const permission of ['vulnerabilities:view', 'usage:view']) {
      expect(gives(wasviking, 'Manager', permission)).toBe(false);
      expect(gives(wasviking, 'Analyst', permission)).toBe(true);
      expect(gives(wasviking, 'ReadOnly', permission)).toBe(true);
    }
  });

  test('users are never deleted: no permission says so', () => {
    expect(wasviking.permissions.has('users:delete' as never)).toBe(false);
    expect(wasviking.removal).toBe('deactivate_only');
  });

  test('API scopes are a list of their own', () => {
    expect([...wasviking.apiScopes]).toEqual(['findings:read', 'scans:run', 'sca:submit']);
    for (const scope of wasviking.apiScopes) {
      expect(wasviking.permissions.has(scope as never)).toBe(false);
    }
  });
});
