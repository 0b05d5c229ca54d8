/** What somebody may have meant by a permission that there is not. */
import { expect, test } from '@jest/globals';
import { likelyPermission } from '#domain/suggest.js';

const KNOWN = [
  'members:view',
  'members:invite',
  'members:remove',
  'spaces:view',
  'billing:view',
  'policies:edit',
  'registry:view',
];

test.each([
  ['members:inv', 'members:invite'],
  ['members:invit', 'members:invite'],
  ['members:veiw', 'members:view'],
  ['space:view', 'spaces:view'],
  ['member:invite', 'members:invite'],
  ['policy:edit', 'policies:edit'],
  ['policy:edti', 'policies:edit'],
  ['registries:view', 'registry:view'],
])('%s is like %s', (name, meant) => {
  expect(likelyPermission(name, KNOWN)).toBe(
    `unknown permission "${name}": did you mean "${meant}"?`,
  );
});

test.each(['members:delete', 'billing:manage', 'planets:view', 'policy:assign', 'polity:rest'])(
  '%s is like none',
  (name) => {
    expect(likelyPermission(name, KNOWN)).toBe(`unknown permission "${name}"`);
  },
);
