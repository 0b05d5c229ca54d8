import type { Catalogue, Level } from '../catalogue.js';
import type { Context } from '../context.js';
import { authorize, lacking, mayAssign, mayManage } from '../delegation.js';
import type { MembershipEvent, RoleEvent } from '../events.js';
import type { Permission, RoleId } from '../ids.js';
import { findRole, type Rights } from '../permissions.js';
import { refuse } from '../refusals.js';
import type { CustomRole, Organization } from '../state.js';
import { likelyPermission } from '../suggest.js';
import { isSingleRole } from './change-roles.js';
import {
  FOR_PEOPLE,
  isInUse,
  isMade,
  keepsProtectedRole,
  requireRoles,
  usesOf,
} from './requirements.js';

export interface DefineRole {
  readonly role: RoleId;
  readonly name: string;
  readonly description?: string;
  readonly scopes: readonly Level[];
  readonly permissions: readonly Permission[];
}

export const defineRole =
  (command: DefineRole, context: Context) =>
  (organization: Organization): RoleEvent[] => {
    const rights = authorize(organization, context, 'manage_roles');
    if (isMade(organization, organization.customRoles, command.role)) return [];
    const { role, name, description } = command;
    freeName(organization, context.catalogue, command);
    const offered = command.scopes.filter((scope) => !context.catalogue.scopes.has(scope));
    if (offered.length > 0) {
      refuse(
        'role.wrong_scope',
        `The catalogue ${context.catalogue.id} has no scope ${offered[0]}.`,
      );
    }
    holdsAll(context, rights, command.permissions);
    return [
      {
        type: 'role.define',
        role,
        name,
        ...(description === undefined ? {} : { description }),
        scopes: [...new Set(command.scopes)],
        permissions: [...new Set(command.permissions)],
      },
    ];
  };

export interface ChangeRole {
  readonly role: RoleId;
  readonly name?: string;
  readonly description?: string;
  readonly permissions?: readonly Permission[];
}

/** Whoever changes a role acts on everyone who holds it. */
export const changeRole =
  (command: ChangeRole, context: Context) =>
  (organization: Organization): RoleEvent[] => {
    const rights = authorize(organization, context, 'manage_roles');
    const role = customOf(organization, command.role);
    mayManage(organization, context, rights, [{ role: role.id, scope: 'organization' }]);
    const { name, description } = command;
    if (name !== undefined && name !== role.name) {
      freeName(organization, context.catalogue, { role: role.id, name });
    }
    const permissions = command.permissions && [...new Set(command.permissions)];
    if (permissions !== undefined) holdsAll(context, rights, permissions);
    const changed = {
      ...(name === undefined || name === role.name ? {} : { name }),
      ...(description === undefined || description === role.description ? {} : { description }),
      ...(permissions === undefined || samePermissions(permissions, role.permissions)
        ? {}
        : { permissions }),
    };
    if (Object.keys(changed).length === 0) return [];
    return [{ type: 'role.change', role: role.id, ...changed }];
  };

const samePermissions = (a: readonly Permission[], b: readonly Permission[]): boolean =>
  a.length === b.length && a.every((permission) => b.includes(permission));

export interface RetireRole {
  readonly role: RoleId;
  /** What everyone who has the role, or is invited to it, has from here on. */
  readonly remapTo?: RoleId;
}

export const retireRole =
  ({ role: id, remapTo }: RetireRole, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    const rights = authorize(organization, context, 'manage_roles');
    if (organization.ended.get(id) === 'retired') return [];
    const role = customOf(organization, id);
    mayManage(organization, context, rights, [{ role: id, scope: 'organization' }]);
    const isDefault = organization.policies.ssoDefaultRole === id;
    if (remapTo === undefined) {
      if (isDefault || isInUse(organization, id, context.now)) {
        refuse('role.in_use', 'The role is in use; name in remapTo what takes its place.');
      }
      return [{ type: 'role.retire', role: id }];
    }
    mayReplace(organization, context, rights, role, remapTo);
    return keepsProtectedRole(organization, context, [{ type: 'role.retire', role: id, remapTo }]);
  };

/** The successor is assigned to everyone who has the role, wherever that is. */
function mayReplace(
  organization: Organization,
  context: Context,
  rights: Rights,
  role: CustomRole,
  successor: RoleId,
): void {
  if (successor === role.id) refuse('request.invalid', 'A role does not take its own place.');
  if (findRole(organization, context.catalogue, successor) === undefined) {
    refuse('role.unknown', `There is no role ${successor}.`);
  }
  if (isSingleRole(context, successor) !== isSingleRole(context, role.id)) {
    refuse('role.count', `${successor} can't be held in as many as ${role.name}.`);
  }
  for (const { grant, kinds } of usesOf(organization, role.id, context.now)) {
    const { scope, expiresAt } = grant;
    const wanted = { role: successor, scope, ...(expiresAt === undefined ? {} : { expiresAt }) };
    requireRoles(organization, context, [wanted], kinds);
    mayAssign(organization, context, rights, [wanted]);
  }
  if (organization.policies.ssoDefaultRole === role.id) {
    const wanted = [{ role: successor, scope: 'organization' as const }];
    requireRoles(organization, context, wanted, FOR_PEOPLE);
    mayAssign(organization, context, rights, wanted);
  }
}

/** A custom role holds no permission that its definer lacks. */
function holdsAll(
  { catalogue }: Context,
  rights: Rights,
  permissions: readonly Permission[],
): void {
  const known = catalogue.permissions;
  const unknown = permissions.filter((permission) => !known.has(permission));
  if (unknown.length > 0) {
    const what = unknown.map((permission) => likelyPermission(permission, known.keys())).join('; ');
    refuse('role.permission_unknown', `In the catalogue ${catalogue.id}: ${what}`);
  }
  const missing = lacking(rights, permissions, 'organization', catalogue);
  if (missing.length > 0) {
    refuse('delegation.permission_lacking', `You do not have ${missing.join(', ')} yourself.`);
  }
}

/** Refuses a name that another role has, whatever its case. */
function freeName(
  organization: Organization,
  catalogue: Catalogue,
  { role, name }: Pick<DefineRole, 'role' | 'name'>,
): void {
  const others = [...catalogue.roles.values(), ...organization.customRoles.values()];
  const isTaken = others.some(
    (other) => other.id !== role && other.name.toLowerCase() === name.toLowerCase(),
  );
  if (isTaken) {
    refuse('role.exists', `There is a role named ${name} already.`);
  }
}

function customOf(organization: Organization, id: RoleId): CustomRole {
  return (
    organization.customRoles.get(id) ??
    refuse('role.unknown', `There is no custom role ${id} in this organization.`)
  );
}
