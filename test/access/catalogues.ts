/** Three versions of a small catalogue with everything a catalogue can say about permissions, and two
 * of the platform's. */
import type { CatalogueContent } from '#domain/catalogue.js';
import { readCatalogueFile } from '#catalogues/load.js';

export const platform = readCatalogueFile('catalogues/platform.yaml').content!;

const works = (
  version: number,
  change: { readonly [F in keyof CatalogueContent]?: unknown },
): CatalogueContent =>
  ({
    id: 'works',
    version,
    name: 'Works',
    scopes: ['organization', 'space'],
    rolesPerMember: 'many',
    permissions: {
      documents: { space: ['view', 'edit', 'delete'] },
      members: { organization: ['manage'], space: ['view'] },
      billing: ['view', 'pay'],
      spaces: { organization: ['create'], space: ['view', 'reactivate'] },
    },
    roles: [
      role('owner', 'base', ['*']),
      role('editor', 'base', ['documents:*'], {
        includes: ['viewer'],
        except: ['documents:delete'],
      }),
      role('viewer', 'base', ['*:view']),
      role('clerk', 'specialized', ['billing:*']),
      role('bot', 'service_account', ['documents:view', 'documents:edit']),
      role('org-member', 'implicit', ['billing:view'], { scopes: ['organization'] }),
      role('space-member', 'implicit', ['spaces:view'], { scopes: ['space'] }),
    ],
    delegation: [],
    policies: {
      protectedRole: 'owner',
      founderRole: 'owner',
      removal: 'allowed',
      invitation: { ttl: 'P7D', matchEmail: true, onInviterLoss: 'keep' },
      emailDomains: { external: 'allow', providers: 'allow' },
      catalogueAdoption: 'manual',
      overridable: [],
    },
    operations: {
      view_organization: 'billing:view',
      view_members: 'members:view',
      invite: 'members:manage',
      read_access: 'members:view',
      change_roles: 'members:manage',
      update_service_account: 'members:manage',
    },
    inactiveSpace: ['spaces:view', 'spaces:reactivate'],
    routes: [
      { method: 'GET', path: '/documents/{id}', permission: 'documents:view' },
      { method: 'POST', path: '/billing', permission: 'billing:pay' },
    ],
    apiScopes: ['docs:read', 'docs:write'],
    notes: [],
    ...change,
  }) as unknown as CatalogueContent;

const role = (id: string, kind: string, permissions: string[], more: object = {}) => ({
  id,
  name: id,
  kind,
  scopes: ['organization', 'space'],
  permissions,
  description: id,
  ...more,
});

const first = works(1, {});

/** Without clerks; documents are deleted by editors too, and billing is no longer implicit. */
const second = works(2, {
  roles: [
    role('owner', 'base', ['*']),
    role('editor', 'base', ['documents:*'], { includes: ['viewer'] }),
    role('viewer', 'base', ['documents:view', 'members:view']),
    role('bot', 'service_account', ['documents:view']),
    role('org-member', 'implicit', ['spaces:create'], { scopes: ['organization'] }),
    role('space-member', 'implicit', ['spaces:view', 'members:view'], { scopes: ['space'] }),
  ],
});

/** What editors and viewers may do is the other way round, members are seen in no space, and other
 * requests need other permissions. */
const third = works(3, {
  permissions: {
    documents: { space: ['view', 'edit', 'delete', 'share'] },
    members: ['view', 'manage'],
    billing: ['view', 'pay'],
    spaces: { organization: ['create'], space: ['view', 'reactivate'] },
  },
  routes: [
    { method: 'GET', path: '/documents/{id}', permission: 'documents:share' },
    { method: 'DELETE', path: '/documents/{id}', permission: 'documents:delete' },
  ],
  apiScopes: ['docs:read', 'docs:write', 'docs:share'],
  roles: [
    role('owner', 'base', ['*']),
    role('viewer', 'base', ['documents:*', 'members:view']),
    role('editor', 'base', ['documents:view']),
    role('bot', 'service_account', ['*:view']),
    role('space-member', 'implicit', ['spaces:view'], { scopes: ['space'] }),
  ],
});

export const versions: readonly CatalogueContent[] = [first, second, third];

/** Auditors read no organization any more, and services read them all. */
const CHANGED: { readonly [role: string]: readonly string[] } = {
  'platform-auditor': ['*:view'],
  'platform-service': ['access:check', 'subjects:act_for', 'organizations:read'],
};
const secondOfPlatform = {
  ...platform,
  version: 2,
  roles: platform.roles.map((one) => ({
    ...one,
    permissions: CHANGED[one.id] ?? one.permissions,
  })),
} as CatalogueContent;

/** By the catalogue, in order. */
export const published: { readonly [catalogue: string]: readonly CatalogueContent[] } = {
  platform: [platform, secondOfPlatform],
  works: versions,
};

/** What each adoption of `works` needs, by the version adopted. */
export const remaps: { readonly [version: number]: { readonly [role: string]: string } } = {
  2: { clerk: 'viewer' },
  3: { clerk: 'editor', editor: 'viewer', viewer: 'editor' },
};
