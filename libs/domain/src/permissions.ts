/**
 * What a principal may do, worked out from the state. One definition for the rules and for the
 * effective-permission cache.
 *
 * A question is (permission, scope, moment). A grant answers it when it is in force, its role has
 * the permission, and its scope covers the one asked: an organization grant covers every space, a
 * space grant only that space and only space-level permissions. An implicit role comes with being
 * an active member (organization) or with having access to a space (space).
 */
import type { Catalogue, Operation, Role } from './catalogue.js';
import type { ActorFact } from './events.js';
import { PLATFORM, type Instant, type Permission, type RoleId, type Scope } from './ids.js';
import type {
  ActiveMember,
  ApiKey,
  CustomRole,
  Grant,
  Member,
  Organization,
  ServiceAccount,
  Space,
} from './state.js';

/** A role in somebody's hands. */
export interface Held {
  readonly role: Role;
  readonly scope: Scope;
  /** Absent: without end. */
  readonly expiresAt?: Instant;
}

/** Everything that decides what one principal may do in one organization at one moment. */
export interface Rights {
  /** The member whose rights these are, if it is one. */
  readonly member?: ActiveMember;
  /** The service itself (sweeper, configuration, …): no permission and no delegation is asked. */
  readonly system: boolean;
  /** What the platform organization grants (`organizations:operate`, …), each until when; `undefined`:
   * without end. */
  readonly platform: ReadonlyMap<Permission, Instant | undefined>;
  readonly held: readonly Held[];
}

export const NO_RIGHTS: Rights = { system: false, platform: new Map(), held: [] };

/** Permissions of the `platform` catalogue that mean something in every organization. */
export const PLATFORM_PERMISSION = {
  /** Create organizations in other people's name. */
  create: 'organizations:create',
  /** Every command and every permission, in every organization. */
  operate: 'organizations:operate',
  /** Every operation that only reads, in every organization. */
  read: 'organizations:read',
  suspend: 'organizations:suspend',
  seats: 'seats:update',
  /** Ask what anyone may do, anywhere. */
  check: 'access:check',
  actFor: 'subjects:act_for',
  erase: 'people:erase',
} as const satisfies Record<string, string>;

/** Operations that change nothing. */
export const READ_OPERATIONS: ReadonlySet<Operation> = new Set<Operation>([
  'view_organization',
  'view_space',
  'view_members',
  'view_roles',
  'view_teams',
  'view_service_accounts',
  'view_api_keys',
  'view_audit',
  'read_access',
]);

/** Is the grant in force at this moment? */
export const inForce = (
  grant: {
    readonly notBefore?: Instant | undefined;
    readonly expiresAt?: Instant | undefined;
  },
  now: Instant,
): boolean =>
  (grant.notBefore === undefined || grant.notBefore <= now) &&
  (grant.expiresAt === undefined || now < grant.expiresAt);

/** Has the grant ended? From then on it counts for nothing, whether or not that is written down. */
export const hasEnded = (grant: { readonly expiresAt?: Instant }, now: Instant): boolean =>
  grant.expiresAt !== undefined && grant.expiresAt <= now;

/** The grants that have not ended; they may still have to begin. */
export const unended = <G extends { readonly expiresAt?: Instant }>(
  grants: readonly G[],
  now: Instant,
): G[] => grants.filter((grant) => !hasEnded(grant, now));

/** A role by id: the catalogue's, or the organization's own. */
export function findRole(
  organization: Organization,
  catalogue: Catalogue,
  id: RoleId,
): Role | undefined {
  const role = catalogue.roles.get(id);
  if (role !== undefined) return role;
  const custom = organization.customRoles.get(id);
  return custom === undefined ? undefined : customRole(custom, catalogue);
}

/** As roles, what organizations have made: asked for again and again, and never changed. */
const CUSTOM = new WeakMap<Catalogue, WeakMap<CustomRole, Role>>();

/** A custom role as a role; permissions the catalogue no longer has give nothing. */
export function customRole(custom: CustomRole, catalogue: Catalogue): Role {
  const known = CUSTOM.get(catalogue) ?? new WeakMap<CustomRole, Role>();
  CUSTOM.set(catalogue, known);
  const role = known.get(custom) ?? {
    id: custom.id,
    name: custom.name,
    kind: 'custom',
    scopes: new Set(custom.scopes),
    permissions: new Set(custom.permissions.filter((one) => catalogue.permissions.has(one))),
    explicit: false,
    description: custom.description ?? '',
  };
  known.set(custom, role);
  return role;
}

/** Every grant of a member, its teams' included. */
export const grantsOf = (organization: Organization, member: Member): Grant[] => {
  const teams = new Set(member.teams.map((place) => place.team));
  return [
    ...member.grants,
    ...[...teams].flatMap((team) => organization.teams.get(team)?.grants ?? []),
  ];
};

/** Roles in force among these grants; a grant at a deleted space is none. */
function held(
  organization: Organization,
  catalogue: Catalogue,
  grants: readonly Grant[],
  now: Instant,
): Held[] {
  const roles: Held[] = [];
  for (const grant of grants) {
    if (!inForce(grant, now)) continue;
    if (grant.scope !== 'organization' && !organization.spaces.has(grant.scope)) continue;
    const role = findRole(organization, catalogue, grant.role);
    if (role === undefined) continue;
    const { scope, expiresAt } = grant;
    roles.push({ role, scope, ...(expiresAt === undefined ? {} : { expiresAt }) });
  }
  return roles;
}

/** What comes with being a member: the implicit roles of the organization and of each space. */
export function implicitRoles(catalogue: Catalogue, roles: readonly Held[]): Held[] {
  const implicit = [...catalogue.roles.values()].filter((role) => role.kind === 'implicit');
  const scopes = new Set(roles.map((one) => one.scope));
  return implicit.flatMap((role): Held[] => {
    if (role.scopes.has('organization')) return [{ role, scope: 'organization' }];
    return [...scopes].map((scope) => ({ role, scope, ...lastEnd(roles, scope) }));
  });
}

/** Access to a scope ends when the last role held there does. */
function lastEnd(roles: readonly Held[], scope: Scope): Pick<Held, 'expiresAt'> {
  const here = roles.filter((one) => one.scope === scope);
  const ends = here.flatMap(({ expiresAt }) => expiresAt ?? []).sort();
  return ends.length < here.length ? {} : { expiresAt: ends.at(-1)! };
}

/** The rights of an active member, or of a service account; empty while suspended or deleted. */
export function rightsOfHolder(
  organization: Organization,
  catalogue: Catalogue,
  holder: ActiveMember | ServiceAccount,
  now: Instant,
): Rights {
  const isMember = 'status' in holder;
  const grants = isMember ? grantsOf(organization, holder) : holder.grants;
  const rights = rightsOfGrants(organization, catalogue, grants, { now, isMember });
  return isMember && rights !== NO_RIGHTS ? { ...rights, member: holder } : rights;
}

/** The rights these grants give; a member has the implicit roles besides. */
export function rightsOfGrants(
  organization: Organization,
  catalogue: Catalogue,
  grants: readonly Grant[],
  { now, isMember }: { readonly now: Instant; readonly isMember: boolean },
): Rights {
  if (organization.status !== 'active') return NO_RIGHTS;
  const roles = held(organization, catalogue, grants, now);
  const implicit = isMember ? implicitRoles(catalogue, roles) : [];
  return { ...NO_RIGHTS, held: [...roles, ...implicit] };
}

/** The platform organization and its catalogue. */
export interface Platform {
  readonly organization: Organization;
  readonly catalogue: Catalogue;
}

/** What an actor may do in an organization: what it holds there and what the platform gives it. */
export function rightsOf(
  organization: Organization,
  catalogue: Catalogue,
  platform: Platform,
  actor: ActorFact,
  now: Instant,
): Rights {
  if (actor.kind === 'system') return { ...NO_RIGHTS, system: true };
  if (actor.kind === 'link' || !isTrusted(platform, actor, now)) return NO_RIGHTS;
  const here = holderOf(organization, actor, now);
  const local = here === undefined ? NO_RIGHTS : rightsOfHolder(organization, catalogue, here, now);
  const held = untilKeyEnds(organization, actor, local.held);
  const there = holderOf(platform.organization, actor, now);
  if (there === undefined) return { ...local, held };
  const above = (some: readonly Held[]) => untilKeyEnds(platform.organization, actor, some);
  const power = above(rightsOfHolder(platform.organization, platform.catalogue, there, now).held);
  const abroad = above(platformGrants(organization, catalogue, platform, there, now));
  return { ...local, platform: endsOf(power), held: [...held, ...abroad] };
}

/** What is done with a key rests on the key: nothing of it outlasts the key's end. */
function untilKeyEnds(
  organization: Organization,
  actor: ActorFact,
  held: readonly Held[],
): readonly Held[] {
  if (actor.kind !== 'api_key' || actor.actingFor !== undefined) return held;
  const end = organization.apiKeys.get(actor.id)?.expiresAt;
  return until(held, end);
}

/** All this, for no longer than that; absent: as it is. */
export const until = (held: readonly Held[], end: Instant | undefined): readonly Held[] =>
  end === undefined
    ? held
    : held.map((one) => (lasts(end, one.expiresAt) ? one : { ...one, expiresAt: end }));

/** Every permission of what is held, and when the last of it ends. */
export function endsOf(held: readonly Held[]): Map<Permission, Instant | undefined> {
  const ends = new Map<Permission, Instant | undefined>();
  for (const { role, expiresAt } of held) {
    for (const permission of role.permissions) {
      if (ends.has(permission) && lasts(ends.get(permission), expiresAt)) continue;
      ends.set(permission, expiresAt);
    }
  }
  return ends;
}

/** Does what ends then (absent: never) last at least until this moment (absent: for good)? */
export const lasts = (end: Instant | undefined, until: Instant | undefined): boolean =>
  end === undefined || (until !== undefined && until <= end);

/** Is this actor somebody in the organization: an active member, a service account, a good key? */
export function standsIn(organization: Organization, actor: ActorFact, now: Instant): boolean {
  if (holderOf(organization, actor, now) !== undefined) return true;
  if (actor.kind !== 'api_key' || actor.actingFor !== undefined) return false;
  const key = organization.apiKeys.get(actor.id);
  return key?.owner === 'organization' && inForce(key, now);
}

/** May this actor stand in for the person it says it acts for? Only the platform can allow it. */
export function isTrusted(platform: Platform, actor: ActorFact, now: Instant): boolean {
  if (actor.kind !== 'service_account' && actor.kind !== 'api_key') return true;
  if (actor.actingFor === undefined) return true;
  const account = accountOf(platform.organization, actor, now);
  if (account === undefined || 'status' in account) return false;
  const power = rightsOfHolder(platform.organization, platform.catalogue, account, now);
  const actFor = PLATFORM_PERMISSION.actFor as Permission;
  return power.held.some((one) => one.role.permissions.has(actFor));
}

/** Does the platform give the actor this power? As `has(rightsOf(…), …)`, from the platform alone. */
export function isEmpowered(
  platform: Platform,
  actor: ActorFact,
  power: (typeof PLATFORM_PERMISSION)[keyof typeof PLATFORM_PERMISSION],
  now: Instant,
): boolean {
  if (actor.kind === 'system') return true;
  if (actor.kind === 'link' || !isTrusted(platform, actor, now)) return false;
  const { organization, catalogue } = platform;
  const holder = holderOf(organization, actor, now);
  if (holder === undefined) return false;
  const { held } = rightsOfHolder(organization, catalogue, holder, now);
  return held.some(({ role }) => role.permissions.has(power as Permission));
}

/** Platform grants of this catalogue's roles (`mondoo/iam-manager`), as held here. */
function platformGrants(
  organization: Organization,
  catalogue: Catalogue,
  platform: Platform,
  holder: ActiveMember | ServiceAccount,
  now: Instant,
): Held[] {
  if (organization.id === PLATFORM || organization.status !== 'active') return [];
  if (platform.organization.status !== 'active') return [];
  const prefix = `${catalogue.id}/`;
  const grants = 'status' in holder ? grantsOf(platform.organization, holder) : holder.grants;
  return grants.flatMap((grant): Held[] => {
    if (!inForce(grant, now) || !grant.role.startsWith(prefix)) return [];
    const role = catalogue.roles.get(grant.role.slice(prefix.length) as RoleId);
    if (role === undefined) return [];
    const { expiresAt } = grant;
    return [{ role, scope: 'organization', ...(expiresAt === undefined ? {} : { expiresAt }) }];
  });
}

/** Whose grants decide for this actor, if it is somebody here: a member, or a service account. */
function holderOf(
  organization: Organization,
  actor: ActorFact,
  now: Instant,
): ActiveMember | ServiceAccount | undefined {
  switch (actor.kind) {
    case 'user':
      return activeMemberOf(organization, actor.id);
    case 'service_account':
    case 'api_key':
      return actor.actingFor === undefined
        ? accountOf(organization, actor, now)
        : activeMemberOf(organization, actor.actingFor);
    case 'link':
    case 'system':
      return undefined;
  }
}

/** The service account, or whoever stands behind the key. */
function accountOf(
  organization: Organization,
  actor: Extract<ActorFact, { kind: 'service_account' | 'api_key' }>,
  now: Instant,
): ActiveMember | ServiceAccount | undefined {
  if (actor.kind === 'service_account') return organization.serviceAccounts.get(actor.id);
  const key = organization.apiKeys.get(actor.id);
  return key === undefined ? undefined : ownerOf(organization, key, now);
}

/** Who stands behind a key that is good now; an organization's own key stands for nobody. */
export function ownerOf(
  organization: Organization,
  key: ApiKey,
  now: Instant,
): ActiveMember | ServiceAccount | undefined {
  if (!inForce(key, now) || key.owner === 'organization') return undefined;
  const member = organization.members.get(key.owner as ActiveMember['id']);
  if (member !== undefined) return member.status === 'active' ? member : undefined;
  return organization.serviceAccounts.get(key.owner as ServiceAccount['id']);
}

function activeMemberOf(
  organization: Organization,
  user: NonNullable<Member['user']>,
): ActiveMember | undefined {
  const id = organization.memberByUser.get(user);
  const member = id === undefined ? undefined : organization.members.get(id);
  return member?.status === 'active' ? member : undefined;
}

/** Does what is held at `from` reach `scope`? */
export const covers = (from: Scope, scope: Scope): boolean =>
  from === 'organization' || from === scope;

/** Does this one role, held here, give the permission at the scope? */
export const gives = (
  one: Held,
  permission: Permission,
  scope: Scope,
  catalogue: Catalogue,
): boolean =>
  covers(one.scope, scope) &&
  one.role.permissions.has(permission) &&
  (one.scope === 'organization' || catalogue.permissions.get(permission) === 'space');

/** Is the permission of use there? At a deactivated space only what the catalogue leaves is, whoever asks. */
export const isLeft = (
  space: Pick<Space, 'status'> | undefined,
  { inactiveSpace }: Catalogue,
  permission: Permission | undefined,
): boolean =>
  space?.status !== 'inactive' || (permission !== undefined && inactiveSpace.has(permission));

/**
 * May the principal do this at this scope? An unknown or deleted space: no. A deactivated one:
 * only what the catalogue lists as `inactiveSpace`.
 */
export function isAllowed(
  organization: Organization,
  catalogue: Catalogue,
  rights: Rights,
  permission: Permission,
  scope: Scope,
): boolean {
  if (organization.status !== 'active' || !catalogue.permissions.has(permission)) return false;
  if (scope !== 'organization') {
    const space = organization.spaces.get(scope);
    if (space === undefined || !isLeft(space, catalogue, permission)) return false;
  }
  return isHeld(catalogue, rights, permission, scope);
}

/** `isAllowed`, whatever state the organization and the space are in. */
export function isHeld(
  catalogue: Catalogue,
  rights: Rights,
  permission: Permission,
  scope: Scope,
): boolean {
  if (has(rights, PLATFORM_PERMISSION.operate)) return true;
  if (has(rights, PLATFORM_PERMISSION.read) && isRead(catalogue, permission)) return true;
  return rights.held.some((one) => gives(one, permission, scope, catalogue));
}

/** Does the platform give this actor the power named? */
export const has = (
  rights: Rights,
  power: (typeof PLATFORM_PERMISSION)[keyof typeof PLATFORM_PERMISSION],
): boolean => rights.system || rights.platform.has(power as Permission);

/** Does the permission only read, whatever it is asked for? */
export const isRead = (catalogue: Catalogue, permission: Permission): boolean => {
  const operations = [...catalogue.operations].filter(([, one]) => one === permission);
  return operations.length > 0 && operations.every(([operation]) => READ_OPERATIONS.has(operation));
};

/** Every permission the principal has at the scope: the union over all it holds. */
export function effectivePermissions(
  organization: Organization,
  catalogue: Catalogue,
  rights: Rights,
  scope: Scope,
): Set<Permission> {
  const all = [...catalogue.permissions.keys()];
  return new Set(all.filter((one) => isAllowed(organization, catalogue, rights, one, scope)));
}
