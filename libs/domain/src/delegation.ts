/**
 * Who may give which role to whom: the guard against escalation. The relation itself is data, in
 * the catalogue; here is how it is read.
 */
import type { Catalogue, Operation, Role } from './catalogue.js';
import type { Context } from './context.js';
import { PLATFORM, type Instant, type Permission, type RoleId, type Scope } from './ids.js';
import {
  covers,
  findRole,
  gives,
  has,
  isAllowed,
  isLeft,
  isTrusted,
  lasts,
  NO_RIGHTS,
  PLATFORM_PERMISSION,
  READ_OPERATIONS,
  rightsOf,
  standsIn,
  unended,
  type Held,
  type Rights,
} from './permissions.js';
import { refuse } from './refusals.js';
import type { Organization } from './state.js';

/** A role at a scope, until a moment (absent: without end). */
export interface RoleAtScope {
  readonly role: RoleId;
  readonly scope: Scope;
  readonly expiresAt?: Instant;
}

/** What the acting principal may do here. */
export const actorRights = (organization: Organization, context: Context): Rights =>
  rightsOf(organization, context.catalogue, context.platform, context.actor, context.now);

/** May the actor carry out this operation at this scope? A deactivated space is closed to the platform, too. */
export function permits(
  organization: Organization,
  catalogue: Catalogue,
  rights: Rights,
  operation: Operation,
  scope: Scope,
): boolean {
  if (rights.system) return true;
  const permission = catalogue.operations.get(operation);
  const space = scope === 'organization' ? undefined : organization.spaces.get(scope);
  if (!isLeft(space, catalogue, permission)) return false;
  if (has(rights, PLATFORM_PERMISSION.operate)) return true;
  if (has(rights, PLATFORM_PERMISSION.read) && READ_OPERATIONS.has(operation)) return true;
  return permission !== undefined && isAllowed(organization, catalogue, rights, permission, scope);
}

/** Refuses unless there is such an organization and the actor is somebody in it, or has power over
 * all: to everyone else it is as if it did not exist. Gives the actor's rights. */
export function enter(organization: Organization, context: Context): Rights {
  const { actor, now, platform } = context;
  const exists = organization.status !== 'absent' && organization.status !== 'deleted';
  const rights = actorRights(organization, context);
  const known =
    rights.system ||
    rights.platform.size > 0 ||
    rights.held.length > 0 ||
    (standsIn(organization, actor, now) && isTrusted(platform, actor, now));
  if (!exists || !known) unknownOrganization(organization);
  return rights;
}

/** Is the actor here still, by whatever its rights come from? */
export const isHere = (
  organization: Organization,
  actor: Context['actor'],
  rights: Rights,
  now: Instant,
): boolean =>
  rights.system ||
  rights.platform.size > 0 ||
  rights.held.length > 0 ||
  standsIn(organization, actor, now);

/** Whoever asks across organizations has not named the platform. */
const FOR_THE_PLATFORM = 'This is for members of the platform alone.';

/** The one answer for an organization that does not exist and for one the asker is not in. */
export const unknownOrganization = ({ id }: Pick<Organization, 'id'>): never =>
  refuse(
    'organization.not_found',
    id === PLATFORM
      ? FOR_THE_PLATFORM
      : `There is no organization ${id}, or you are not a member of it.`,
  );

/**
 * Refuses unless the actor may carry out the operation at the scope, and gives its rights.
 * `operation.not_offered` where the catalogue does not map it, whoever asks.
 */
export function authorize(
  organization: Organization,
  context: Context,
  operation: Operation,
  scope: Scope = 'organization',
): Rights {
  return authorizeAt(organization, context, enter(organization, context), operation, scope);
}

/** `authorize` for an actor whose rights are known. */
export function authorizeAt(
  organization: Organization,
  { catalogue }: Pick<Context, 'catalogue'>,
  rights: Rights,
  operation: Operation,
  scope: Scope,
): Rights {
  requireOffered(catalogue, operation);
  if (permits(organization, catalogue, rights, operation, scope)) return rights;
  const isClosed =
    scope !== 'organization' && organization.spaces.get(scope)?.status === 'inactive';
  if (isClosed && givesOperation({ catalogue }, rights, operation, scope)) {
    refuse('space.inactive', `Space ${scope} is deactivated; reactivate it first.`);
  }
  if (organization.status === 'suspended') {
    refuse('organization.suspended', 'The organization is suspended; only the platform can act.');
  }
  const where = scope === 'organization' ? 'the organization' : `space ${scope}`;
  const permission = catalogue.operations.get(operation);
  return refuse(
    'permission.denied',
    `${operation} at ${where} needs the permission ${permission}.`,
  );
}

/** Refuses what goes on by itself until a moment (absent: for good), where the right to it ends before
 * at each of these scopes. */
export function requireLasting(
  context: Context,
  rights: Rights,
  operation: Operation,
  scopes: Iterable<Scope>,
  until: Instant | undefined,
): void {
  const held = rights.held.filter((one) => lasts(one.expiresAt, until));
  if (mayAll(rights, until)) return;
  // Power over all that ends before is left out, too.
  const lasting = { ...NO_RIGHTS, held };
  if ([...scopes].some((one) => givesOperation(context, lasting, operation, one))) return;
  refuse(
    'delegation.beyond_expiry',
    `Your right to ${operation} ends by time; give an expiresAt no later than that.`,
  );
}

/**
 * `authorizeAt` each of these scopes, to end what is held there. Whoever has the right in the
 * organization has it at a deactivated space, too: else nobody could.
 */
export function authorizeToEnd(
  organization: Organization,
  context: Context,
  rights: Rights,
  operation: Operation,
  scopes: Iterable<Scope>,
): void {
  const everywhere = permits(organization, context.catalogue, rights, operation, 'organization');
  for (const scope of scopes) {
    authorizeAt(organization, context, rights, operation, everywhere ? 'organization' : scope);
  }
}

/** Refuses `operation.not_offered` where the catalogue does not map the operation, whoever asks. */
export function requireOffered({ id, operations }: Catalogue, operation: Operation): void {
  if (operations.has(operation)) return;
  refuse('operation.not_offered', `The catalogue ${id} does not offer ${operation}.`);
}

/** Does what the actor holds give the operation at the scope, be the space active or not? */
export function givesOperation(
  { catalogue }: Pick<Context, 'catalogue'>,
  rights: Rights,
  operation: Operation,
  scope: Scope,
): boolean {
  if (rights.system || has(rights, PLATFORM_PERMISSION.operate)) return true;
  const permission = catalogue.operations.get(operation);
  return (
    permission !== undefined && rights.held.some((one) => gives(one, permission, scope, catalogue))
  );
}

/**
 * Refuses unless the actor may carry out the operation at some scope, and gives its rights. Asked
 * before anything is looked up, so that whoever may not learns nothing of what there is, was or
 * is already so; the scope itself is asked for once it is known. Of what has ended it is not.
 */
export function authorizeSomewhere(
  organization: Organization,
  context: Context,
  operation: Operation,
): Rights {
  const rights = enter(organization, context);
  const isOffered = context.catalogue.operations.has(operation);
  const scopes = new Set(rights.held.map((one) => one.scope));
  if (isOffered && [...scopes].some((one) => givesOperation(context, rights, operation, one))) {
    return rights;
  }
  return authorizeAt(organization, context, rights, operation, 'organization');
}

type Act = 'mayAssign' | 'mayManage';

/** Refuses unless the actor may give (and take away) every one of these roles. */
export function mayAssign(
  organization: Organization,
  context: Context,
  rights: Rights,
  roles: readonly RoleAtScope[],
): void {
  for (const role of roles) {
    if (delegates(organization, context.catalogue, rights, 'mayAssign', role)) continue;
    const { expiresAt: _, ...anyTime } = role;
    if (couldNow(organization, context, rights, anyTime)) {
      refuse(
        'delegation.beyond_expiry',
        `Your right to assign ${role.role} ends by time; give an expiresAt no later than that.`,
      );
    }
    refuse('delegation.may_not_assign', `You may not assign or take away the role ${role.role}.`);
  }
}

/** Refuses unless the actor may act on whoever holds these roles; what has ended is not held. */
export function mayManage(
  organization: Organization,
  context: Context,
  rights: Rights,
  roles: readonly RoleAtScope[],
): void {
  for (const { role, scope } of unended(roles, context.now)) {
    // Acting on somebody passes nothing on, so no expiry is asked: it is as of now.
    const now = { role, scope, expiresAt: context.now };
    if (!delegates(organization, context.catalogue, rights, 'mayManage', now)) {
      refuse('delegation.may_not_manage', `You may not act on a holder of the role ${role}.`);
    }
  }
}

/** Would it be allowed if it ended at once? */
const couldNow = (
  organization: Organization,
  { catalogue, now }: Context,
  rights: Rights,
  role: RoleAtScope,
): boolean => delegates(organization, catalogue, rights, 'mayAssign', { ...role, expiresAt: now });

/** Has the actor every right, and for as long? */
const mayAll = (rights: Rights, until: Instant | undefined): boolean => {
  const operate = PLATFORM_PERMISSION.operate as Permission;
  return (
    rights.system || (rights.platform.has(operate) && lasts(rights.platform.get(operate), until))
  );
};

/**
 * Does anything the actor holds, there or above and for as long, let it do this with the role?
 * An entry of a held role that names it; else, for held roles without an entry (or with
 * `otherwise: subset`), the subset rule: the role gives nothing that those roles do not give at
 * that scope. A custom role is always under the subset rule, measured on all the actor holds.
 */
export function delegates(
  organization: Organization,
  catalogue: Catalogue,
  rights: Rights,
  act: Act,
  { role: id, scope, expiresAt }: RoleAtScope,
): boolean {
  if (mayAll(rights, expiresAt)) return true;
  const role = findRole(organization, catalogue, id);
  if (role === undefined) return false;
  const lasting = rights.held.filter(
    (one) => covers(one.scope, scope) && lasts(one.expiresAt, expiresAt),
  );
  if (role.kind === 'custom') return isSubset(role, lasting, scope, catalogue);
  const entryOf = (one: Held) => catalogue.delegation.get(one.role.id);
  if (lasting.some((one) => entryOf(one)?.[act].has(id))) return true;
  if (role.explicit) return false;
  const bySubset = lasting.filter((one) => (entryOf(one)?.otherwise ?? 'subset') === 'subset');
  return isSubset(role, bySubset, scope, catalogue);
}

/** Does everything the role would give at the scope come from these? */
const isSubset = (
  role: Role,
  from: readonly Held[],
  scope: Scope,
  catalogue: Catalogue,
): boolean => {
  const as: Held = { role, scope };
  return [...role.permissions].every(
    (permission) =>
      !gives(as, permission, scope, catalogue) ||
      from.some((one) => gives(one, permission, scope, catalogue)),
  );
};

/** Which of these permissions the actor lacks at the scope, as far as it lasts. */
export const lacking = (
  rights: Rights,
  permissions: readonly Permission[],
  scope: Scope,
  catalogue: Catalogue,
): Permission[] => {
  if (mayAll(rights, undefined)) return [];
  const lasting = rights.held.filter((one) => lasts(one.expiresAt, undefined));
  return permissions.filter(
    (permission) => !lasting.some((one) => gives(one, permission, scope, catalogue)),
  );
};
