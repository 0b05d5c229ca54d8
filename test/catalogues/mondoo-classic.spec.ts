import { describe, expect, test } from '@jest/globals';
import { catalogue, gives, permissionsAt, role, sorted } from './support/files.js';
import { ADDITIONAL, EDITOR_ADDS, OWNER_ADDS, VIEWER } from './tables/mondoo-classic.js';

const classic = catalogue('mondoo-classic');
const mondoo = catalogue('mondoo');

describe('Mondoo classic: three base roles and ten additional ones', () => {
  test('has 13 roles, all of them in the organization and at spaces', () => {
    const ids = ['viewer', 'editor', 'owner', ...ADDITIONAL];
    expect(sorted(classic.roles.keys())).toEqual(sorted(ids));
    for (const id of ids) {
      const { scopes, kind } = role(classic, id);
      expect(sorted(scopes)).toEqual(['organization', 'space']);
      expect(kind).toBe(ADDITIONAL.includes(id) ? 'specialized' : 'base');
    }
  });

  test('Viewer reads what its list names', () => {
    expect(permissionsAt(classic, 'viewer', 'organization')).toEqual(sorted(VIEWER));
  });

  test.each(EDITOR_ADDS)('Editor adds %s', (permission) => {
    expect(gives(classic, 'viewer', permission)).toBe(false);
    expect(gives(classic, 'editor', permission)).toBe(true);
  });

  test('Owner is Editor and the spaces and organizations', () => {
    const editor = role(classic, 'editor').permissions;
    const adds = [...role(classic, 'owner').permissions].filter((one) => !editor.has(one));
    expect(sorted(adds)).toEqual(sorted(OWNER_ADDS));
    expect([...editor].filter((one) => !gives(classic, 'owner', one))).toEqual([]);
  });

  test.each(ADDITIONAL)('%s has the content it has in Mondoo, and is a part of Editor', (id) => {
    expect(sorted(role(classic, id).permissions)).toEqual(sorted(role(mondoo, id).permissions));
    expect(
      [...role(classic, id).permissions].filter((one) => !gives(classic, 'editor', one)),
    ).toEqual([]);
  });

  test('at a space, Owner can’t create spaces nor touch the organization, only see that it exists', () => {
    const there = permissionsAt(classic, 'owner', 'space');
    expect(there).toContain('spaces:delete');
    expect(there).not.toContain('spaces:create');
    expect(there.filter((one) => one.startsWith('organizations:'))).toEqual(['organizations:view']);
  });
});
