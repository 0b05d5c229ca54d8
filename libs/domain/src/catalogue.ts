/**
 * What a catalogue says, in two forms: the content as it is written in YAML and stored in
 * `catalogue.publish`, and the compiled form that rules ask. Loading and compiling live in
 * `libs/catalogues`.
 */
import type { CatalogueId, Permission, RoleId, Scope } from './ids.js';
import type { PolicyPath, PolicyValues } from './policies.js';

/** A permission's level: a grant at a space gives only space-level ones. */
export type Level = 'organization' | 'space';
/** What takes the place of a role, if anything does: a role may be called `constructor`. */
export const successorOf = (remap: { readonly [role: string]: RoleId }, role: RoleId): RoleId =>
  Object.hasOwn(remap, role) ? remap[role]! : role;

export const levelOf = (scope: Scope): Level =>
  scope === 'organization' ? 'organization' : 'space';

export type RoleKind = 'base' | 'specialized' | 'service_account' | 'implicit';

/** What members and others can do to an organization through this service. The closed list. */
export const OPERATIONS = [
  'view_organization',
  'update_organization',
  'change_policies',
  'delete_organization',
  'adopt_catalogue',
  'view_space',
  'create_space',
  'update_space',
  'deactivate_space',
  'reactivate_space',
  'delete_space',
  'view_members',
  'invite',
  'resend_invitation',
  'revoke_invitation',
  'change_roles',
  'update_member',
  'deactivate_member',
  'reactivate_member',
  'remove_member',
  'erase_member',
  'transfer_ownership',
  'view_roles',
  'manage_roles',
  'view_teams',
  'manage_teams',
  'view_service_accounts',
  'create_service_account',
  'update_service_account',
  'change_service_account_roles',
  'delete_service_account',
  'view_api_keys',
  'create_api_key',
  'update_api_key',
  'rotate_api_key',
  'revoke_api_key',
  'view_audit',
  'read_access',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What a catalogue may map: an operation, or one word for several. */
export type MappedOperation = Operation | 'manage_api_keys';

/** What a catalogue has mapped for these as well, where it does not map them themselves. */
export const BROADER: { readonly [O in Operation]?: MappedOperation } = {
  change_service_account_roles: 'update_service_account',
  view_api_keys: 'manage_api_keys',
  create_api_key: 'manage_api_keys',
  update_api_key: 'manage_api_keys',
  rotate_api_key: 'manage_api_keys',
  revoke_api_key: 'manage_api_keys',
};

/** Names roles one by one, or by kind with exceptions. `'*'` is every role of the catalogue. */
export type RoleSelector =
  | readonly RoleId[]
  | { readonly kinds: readonly RoleKind[] | '*'; readonly except?: readonly RoleId[] };

/** How many roles of which kind a member holds at one scope. */
export type RolesPerMember =
  | 'one'
  | 'many'
  | {
      readonly base: 'one' | 'many';
      readonly specialized: 'many';
      /** Specialized roles only beside one of these base roles. */
      readonly specializedWith?: readonly RoleId[];
    };

/** A catalogue as data: JSON of the YAML file, defaults filled in. */
export interface CatalogueContent {
  readonly id: CatalogueId;
  readonly version: number;
  readonly name: string;
  readonly description?: string;
  readonly scopes: readonly Level[];
  readonly rolesPerMember: RolesPerMember;
  /** Resource → actions: a plain list is organization-level. */
  readonly permissions: {
    readonly [resource: string]:
      | readonly string[]
      | { readonly organization?: readonly string[]; readonly space?: readonly string[] };
  };
  readonly roles: readonly {
    readonly id: RoleId;
    readonly name: string;
    readonly kind: RoleKind;
    readonly scopes: readonly (Level | 'platform')[];
    /** `resource:action`, `resource:*`, `*:action` or `*`. */
    readonly permissions: readonly string[];
    /** Taken away again from `permissions` and `includes`; the same patterns. */
    readonly except?: readonly string[];
    /** Every permission of these roles as well. */
    readonly includes?: readonly RoleId[];
    /** Given and managed only by holders whose delegation entry names it, never by the subset rule. */
    readonly explicit?: boolean;
    readonly description: string;
  }[];
  readonly delegation: readonly {
    readonly holder: RoleId;
    readonly mayAssign: RoleSelector;
    readonly mayManage: RoleSelector;
    /** For roles the entry does not name: `subset` falls back on the subset rule; default `none`. */
    readonly otherwise?: 'subset' | 'none';
  }[];
  readonly policies: {
    readonly protectedRole: RoleId;
    readonly founderRole: RoleId;
    readonly ssoDefaultRole?: RoleId;
    readonly removal: 'allowed' | 'deactivate_only';
    readonly invitation: {
      /** ISO 8601 duration. */
      readonly ttl: string;
      readonly matchEmail: boolean;
      readonly onInviterLoss: 'keep' | 'revoke';
    };
    readonly emailDomains: {
      readonly external: 'allow' | 'refuse';
      readonly providers: 'allow' | 'refuse';
    };
    readonly seats?: number;
    readonly catalogueAdoption: 'manual' | 'follow';
    /** Policy paths, or their first part, that an organization may change for itself. */
    readonly overridable: readonly string[];
  };
  readonly operations: { readonly [O in MappedOperation]?: Permission };
  /** What a deactivated space still gives. */
  readonly inactiveSpace: readonly Permission[];
  readonly routes: readonly {
    readonly method: string;
    /** A path template: `/software/monitoring/{uuid}`. */
    readonly path: string;
    readonly permission: Permission;
  }[];
  /** What API keys can carry; apart from permissions. */
  readonly apiScopes: readonly string[];
  readonly notes: readonly string[];
}

/** A role ready to be asked. */
export interface Role {
  readonly id: RoleId;
  readonly name: string;
  readonly kind: RoleKind | 'custom';
  readonly scopes: ReadonlySet<Level | 'platform'>;
  readonly permissions: ReadonlySet<Permission>;
  readonly explicit: boolean;
  readonly description: string;
}

export interface Delegation {
  readonly mayAssign: ReadonlySet<RoleId>;
  readonly mayManage: ReadonlySet<RoleId>;
  readonly otherwise: 'subset' | 'none';
}

/** A catalogue ready to be asked. Made by `compile` in `libs/catalogues`. */
export interface Catalogue {
  readonly id: CatalogueId;
  readonly version: number;
  /** SHA-256 of the content's RFC 8785 form, hex. */
  readonly sha256: string;
  readonly name: string;
  readonly content: CatalogueContent;
  readonly scopes: ReadonlySet<Level>;
  readonly rolesPerMember: RolesPerMember;
  readonly permissions: ReadonlyMap<Permission, Level>;
  readonly roles: ReadonlyMap<RoleId, Role>;
  readonly delegation: ReadonlyMap<RoleId, Delegation>;
  readonly protectedRole: RoleId;
  readonly founderRole: RoleId;
  readonly removal: 'allowed' | 'deactivate_only';
  /** What each policy is where the organization has set none; `seats` and `ssoDefaultRole` may be absent. */
  readonly policies: Partial<PolicyValues>;
  readonly overridable: (path: PolicyPath) => boolean;
  readonly operations: ReadonlyMap<Operation, Permission>;
  readonly inactiveSpace: ReadonlySet<Permission>;
  readonly apiScopes: ReadonlySet<string>;
}
