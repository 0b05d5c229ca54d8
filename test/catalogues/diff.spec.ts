import { describe, expect, test } from '@jest/globals';
import { compile } from '#catalogues/compile.js';
import { diff, type CatalogueDiff } from '#catalogues/diff.js';
import { contentOf, edited, MINIMAL } from './support/minimal.js';

const tiny = compile(contentOf(MINIMAL));
const against = (from: string, to: string): CatalogueDiff =>
  diff(tiny, compile(contentOf(edited(from, to))));

const NOTHING: CatalogueDiff = {
  roles: { gained: [], lost: [] },
  roleChanges: [],
  permissions: [],
  levels: [],
  delegation: [],
  policies: [],
  operations: [],
  routes: [],
  inactiveSpace: { gained: [], lost: [] },
  apiScopes: { gained: [], lost: [] },
};

/** What each edit changes, and nothing else does. */
const EDITS: readonly (readonly [string, string, string, object])[] = [
  ['a description', 'Looks at things.', 'Reads things.', {}],
  ['a version', 'version: 1', 'version: 2', {}],
  [
    'a role less, which others named',
    "  - id: org-member\n    name: Member\n    kind: implicit\n    scopes: [organization]\n    permissions: ['organization:view']\n    description: Belongs.\n",
    '',
    { roles: { gained: [], lost: ['org-member'] } },
  ],
  [
    'a permission for a role and those that include it',
    "    permissions: ['*:view']",
    "    permissions: ['*:view', 'organization:update']",
    {
      permissions: [
        { role: 'editor', gained: ['organization:update'], lost: [] },
        { role: 'viewer', gained: ['organization:update'], lost: [] },
      ],
    },
  ],
  [
    'a permission taken away',
    "['things:edit']",
    "['things:delete']",
    { permissions: [{ role: 'editor', gained: ['things:delete'], lost: ['things:edit'] }] },
  ],
  [
    'a level',
    '{ space: [view, edit, delete] }',
    '{ organization: [delete], space: [view, edit] }',
    { levels: [{ permission: 'things:delete', from: 'space', to: 'organization' }] },
  ],
  [
    'explicit',
    '    explicit: true\n',
    '',
    { roleChanges: [{ role: 'owner', field: 'explicit', from: true, to: false }] },
  ],
  [
    'delegation',
    'mayAssign: [viewer], mayManage: [viewer]',
    'mayAssign: [editor], mayManage: [viewer], otherwise: subset',
    {
      delegation: [
        {
          holder: 'editor',
          mayAssign: { gained: ['editor'], lost: ['viewer'] },
          mayManage: { gained: [], lost: [] },
          otherwise: { from: 'none', to: 'subset' },
        },
      ],
    },
  ],
  [
    'an entry less: back to the subset rule',
    '  - { holder: editor, mayAssign: [viewer], mayManage: [viewer] }\n',
    '',
    {
      delegation: [
        {
          holder: 'editor',
          mayAssign: { gained: [], lost: ['viewer'] },
          mayManage: { gained: [], lost: ['viewer'] },
          otherwise: { from: 'none', to: 'subset' },
        },
      ],
    },
  ],
  [
    'a policy',
    'ttl: P7D',
    'ttl: P14D',
    { policies: [{ policy: 'invitation.ttl', from: 604_800, to: 1_209_600 }] },
  ],
  [
    'the number of roles',
    'rolesPerMember: many',
    'rolesPerMember: one',
    { policies: [{ policy: 'rolesPerMember', from: 'many', to: 'one' }] },
  ],
  [
    'an operation more',
    'operations:\n',
    "operations:\n  invite: 'organization:update'\n",
    { operations: [{ operation: 'invite', from: undefined, to: 'organization:update' }] },
  ],
  [
    'a route of another permission',
    "new, permission: 'things:edit'",
    "new, permission: 'things:delete'",
    {
      routes: [{ method: 'GET', path: '/things/new', from: 'things:edit', to: 'things:delete' }],
    },
  ],
  [
    'what a deactivated space gives',
    "inactiveSpace: ['things:view']",
    "inactiveSpace: ['things:delete']\napiScopes: ['things:read']",
    {
      inactiveSpace: { gained: ['things:delete'], lost: ['things:view'] },
      apiScopes: { gained: ['things:read'], lost: [] },
    },
  ],
];

describe('the difference of two catalogues', () => {
  test('is nothing between a catalogue and itself', () => {
    expect(diff(tiny, tiny)).toEqual(NOTHING);
  });

  test.each(EDITS)('%s', (_, from, to, change) => {
    expect(against(from, to)).toEqual({ ...NOTHING, ...change });
  });

  test('the other way round, what was gained is lost', () => {
    const other = compile(contentOf(edited("['things:edit']", "['things:delete']")));
    expect(diff(other, tiny).permissions).toEqual([
      { role: 'editor', gained: ['things:edit'], lost: ['things:delete'] },
    ]);
  });
});
