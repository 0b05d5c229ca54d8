import { describe, expect, test } from '@jest/globals';
import { catalogue, gives, permissionsAt, role, sorted } from './support/files.js';
import { ADDS, HIERARCHY } from './tables/vygl.js';

const vygl = catalogue('vygl');

describe('Vygl: a strict hierarchy', () => {
  test('has four roles', () => {
    expect(sorted(vygl.roles.keys())).toEqual(sorted(HIERARCHY));
  });

  test.each([
    ['owner', 'admin'],
    ['admin', 'member'],
    ['member', 'viewer'],
  ])('%s is a strict superset of %s', (upper, lower) => {
    const above = role(vygl, upper).permissions;
    const below = role(vygl, lower).permissions;
    expect([...below].filter((one) => !above.has(one))).toEqual([]);
    expect(above.size).toBeGreaterThan(below.size);
  });

  test.each(HIERARCHY)('%s has what its sentence and those below say, and no more', (id) => {
    const below = HIERARCHY.slice(HIERARCHY.indexOf(id));
    const said = below.flatMap((one) => ADDS[one]);
    expect(permissionsAt(vygl, id, 'organization')).toEqual(sorted(said));
  });

  test('every permission of the catalogue is in one sentence', () => {
    expect(sorted(vygl.permissions.keys())).toEqual(sorted(Object.values(ADDS).flat()));
  });

  test.each([
    ['viewer', 'findings:triage'],
    ['viewer', 'findings:comment'],
    ['viewer', 'projects:create'],
    ['viewer', 'scans:run'],
    ['viewer', 'audit_log:view'],
    ['member', 'members:invite'],
    ['member', 'members:change_role'],
    ['member', 'members:remove'],
    ['member', 'api_keys:create'],
    ['member', 'integrations:update'],
    ['member', 'settings:update'],
    ['admin', 'organization:update'],
    ['admin', 'organization:transfer_ownership'],
    ['admin', 'organization:delete'],
  ])('%s can’t %s', (id, permission) => {
    expect(vygl.permissions.has(permission as never)).toBe(true);
    expect(gives(vygl, id, permission)).toBe(false);
  });

  test('an API key’s scope is no role’s permission', () => {
    expect(vygl.apiScopes.has('scan:write')).toBe(true);
    expect(vygl.permissions.has('scan:write' as never)).toBe(false);
  });
});
