/**
 * What the five sources say about roles, by hand, as far as the subset rule needs it: an oracle of
 * escalation that shares nothing with the catalogue files nor with the rules. Who may give what
 * stands in `test/catalogues/tables/delegation.ts`.
 */
import { EDITOR_ADDS, OWNER_ADDS, VIEWER } from '../../catalogues/tables/mondoo-classic.js';
import { ADDITIONAL } from '../../catalogues/tables/mondoo-classic.js';
import { ROLES as MONDOO_ROLES } from '../../catalogues/tables/mondoo.js';
import { ADDS, HIERARCHY } from '../../catalogues/tables/vygl.js';
import { MATRICES } from '../../catalogues/tables/wasviking.js';

export interface RoleFact {
  readonly kind: 'base' | 'specialized' | 'service_account' | 'implicit';
  readonly scopes: readonly ('organization' | 'space' | 'platform')[];
  /** Permissions, or `resource:*`, or `*`. */
  readonly permissions: readonly string[];
  /** Not these, whatever `permissions` says. */
  readonly except?: readonly string[];
  /** Is it for nobody who is not named as its giver? */
  readonly explicit: boolean;
  /** Does whoever holds it give what they have (the subset rule), besides what the table names? */
  readonly subset: boolean;
}

export interface CatalogueFacts {
  readonly roles: Readonly<Record<string, RoleFact>>;
  /** Is the permission one that only a grant in the whole organization gives? */
  readonly isOrganizationLevel: (permission: string) => boolean;
  readonly protectedRole: string;
  readonly hasSpaces: boolean;
  /** How many roles one person holds at one scope. */
  readonly perMember: 'one' | 'one-base' | 'many';
}

const EXPLICIT = ['owner', 'iam-manager', 'scim-identity-manager', 'platform-admin'];
const BY_TABLE_ALONE = ['owner', 'iam-manager', 'platform-admin'];

/** "Full" roles, whose tables of sentences are not their whole content. */
const MONDOO_WHOLE: Readonly<Record<string, readonly string[]>> = {
  owner: ['*'],
  'platform-admin': [
    'organizations:*',
    'spaces:*',
    'members:*',
    'memberships:*',
    'teams:*',
    'integrations:*',
    'integration_settings:*',
    'policies:*',
    'compliance_frameworks:*',
    'billing:*',
    'dashboards:*',
    'scim_mappings:*',
  ],
  viewer: [
    ...[
      'organizations:view',
      'organizations:list_workspaces',
      'organizations:list_assigned_policies',
    ],
    ...['organizations:list_risk_factors', 'spaces:view', 'workspaces:list'],
    ...['policies:list_assigned', 'risk_factors:list', 'spaces:view_settings'],
    ...['resource_contacts:view', 'members:view', 'roles:view', 'teams:view', 'assets:view'],
    ...['annotations:view', 'ci_cd_projects:view', 'asset_routing_rules:view'],
    ...['asset_routing_tables:view', 'findings:view', 'vulnerabilities:view', 'vex_documents:view'],
    ...['scores:view', 'scores:view_aggregate', 'policies:view', 'policy_registry:view'],
    ...['query_packs:view', 'query_registry:browse', 'resource_registry:browse'],
    ...['compliance_frameworks:view', 'risk_factors:view', 'exceptions:view', 'cases:view'],
    ...['integrations:view', 'integration_settings:view', 'security_models:view', 'agents:view'],
    ...['workspaces:view', 'workflows:view', 'scheduled_workflows:view', 'reports:view'],
    'dashboards:view',
  ],
  editor: [
    ...['members:*', 'memberships:assign', 'memberships:remove', 'integrations:*'],
    ...['integration_settings:*', 'policies:*', 'query_packs:*', 'compliance_frameworks:*'],
    ...['exceptions:*', 'cases:*', 'tickets:*', 'dashboards:*', 'agents:*', 'service_accounts:*'],
    ...['api_tokens:*', 'registration_tokens:*', 'organizations:update', 'spaces:update'],
  ],
};

const MONDOO: CatalogueFacts = {
  roles: Object.fromEntries(
    Object.entries(MONDOO_ROLES).map(([id, { kind, scopes, has }]) => [
      id,
      {
        kind,
        scopes,
        permissions: [
          ...(MONDOO_WHOLE[id] ?? has),
          ...(id === 'editor' ? MONDOO_WHOLE.viewer! : []),
        ],
        except: id === 'owner' ? ['memberships:assign_iam_manager'] : [],
        explicit: EXPLICIT.includes(id),
        subset: !BY_TABLE_ALONE.includes(id),
      },
    ]),
  ),
  isOrganizationLevel: (permission) => {
    const [resource, action] = permission.split(':');
    if (resource === 'spaces') return action === 'create';
    if (resource === 'members') return action !== 'view';
    if (resource === 'roles') return action === 'manage';
    return (
      ['organizations', 'personal_data', 'billing', 'sso', 'scim'].includes(resource!) ||
      resource!.startsWith('scim_')
    );
  },
  protectedRole: 'owner',
  hasSpaces: true,
  perMember: 'many',
};

const EVERYWHERE = ['organization', 'space'] as const;
const classic = (
  kind: RoleFact['kind'],
  permissions: readonly string[],
  subset: boolean,
): RoleFact => ({ kind, scopes: EVERYWHERE, permissions, explicit: false, subset });

const CLASSIC: CatalogueFacts = {
  roles: {
    owner: classic('base', [...VIEWER, ...EDITOR_ADDS, ...OWNER_ADDS, '*'], false),
    editor: classic('base', ['memberships:*', ...VIEWER, ...EDITOR_ADDS], false),
    viewer: classic('base', VIEWER, true),
    ...Object.fromEntries(
      ADDITIONAL.map((id) => [id, classic('specialized', MONDOO_ROLES[id]!.has, true)]),
    ),
  },
  isOrganizationLevel: (permission) =>
    permission === 'spaces:create' || /^(organizations|personal_data):/.test(permission),
  protectedRole: 'owner',
  hasSpaces: true,
  perMember: 'one-base',
};

const whole = (permissions: readonly string[], explicit = false): RoleFact => ({
  kind: 'base',
  scopes: ['organization'],
  permissions,
  explicit,
  subset: false,
});

const single = (
  roles: Readonly<Record<string, RoleFact>>,
  protectedRole: string,
): CatalogueFacts => ({
  roles,
  protectedRole,
  isOrganizationLevel: () => true,
  hasSpaces: false,
  perMember: 'one',
});

const cells = (role: string): string[] =>
  Object.entries(MATRICES[role]!).flatMap(([module, actions]) =>
    actions.map((action) => `${module}:${action}`),
  );

export const FACTS: Readonly<Record<string, CatalogueFacts>> = {
  mondoo: MONDOO,
  'mondoo-classic': CLASSIC,
  wasviking: single(
    {
      Admin: whole(['*'], true),
      Manager: whole(cells('Manager')),
      Analyst: whole(cells('Analyst')),
      ReadOnly: whole(cells('ReadOnly')),
    },
    'Admin',
  ),
  vygl: single(
    Object.fromEntries(
      HIERARCHY.map((role, i) => [
        role,
        whole(
          HIERARCHY.slice(i).flatMap((below) => ADDS[below]),
          role === 'owner',
        ),
      ]),
    ),
    'owner',
  ),
  'cve-project': single(
    { admin: whole(['*'], true), analyst: whole([]), viewer: whole([]) },
    'admin',
  ),
  platform: {
    ...single(
      {
        'platform-admin': whole(['*'], true),
        'platform-auditor': whole([]),
        'platform-service': { ...whole([], true), kind: 'service_account' },
      },
      'platform-admin',
    ),
    perMember: 'many',
  },
};
