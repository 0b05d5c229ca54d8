import { levelOf, successorOf, type Catalogue, type Role } from '../catalogue.js';
import type { Context } from '../context.js';
import { authorize, mayAssign, mayManage } from '../delegation.js';
import type { MembershipEvent, OrganizationEvent } from '../events.js';
import type { Instant, RoleId, Scope } from '../ids.js';
import { findRole, unended, type Rights } from '../permissions.js';
import { refuse } from '../refusals.js';
import type { Grant, Organization } from '../state.js';
import { whatIsLeft } from './invitation.js';
import { requireSeats } from './seats.js';
import {
  distinct,
  ended,
  FOR_ACCOUNTS,
  FOR_PEOPLE,
  isForeign,
  isInUse,
  isOpen,
  keepsProtectedRole,
  knownRole,
  policy,
  requireCount,
} from './requirements.js';

export interface AdoptCatalogue {
  /** The version to adopt, of the catalogue the organization is on. */
  readonly target: Catalogue;
  /** Role of the pinned version → role that takes its place. */
  readonly remap: { readonly [role: string]: RoleId };
}

const ANYBODYS = new Set([...FOR_PEOPLE, ...FOR_ACCOUNTS]);

export const adoptCatalogue =
  ({ target, remap }: AdoptCatalogue, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    const rights = authorize(organization, context, 'adopt_catalogue');
    const { version, id } = organization.catalogue;
    if (target.id !== id) refuse('catalogue.not_found', `The organization is on ${id}.`);
    if (target.version === version) return [];
    if (target.version < version) {
      refuse('catalogue.older_version', `The organization is on version ${version} already.`);
    }
    nothingVanishes(organization, context, target, remap);
    requireSeats(organization, policy(organization, target, 'seats'));
    const after = { ...context, catalogue: target };
    for (const role of Object.values(remap)) {
      const { kind } = knownRole(organization, after, role, ANYBODYS);
      if (kind === 'implicit') refuse('role.not_invitable', `${role} can't be given to anyone.`);
    }
    mayName(organization, context, rights, target, remap);
    // A role that is no more must go; taking away one that stays is the actor's doing.
    const taken = Object.keys(remap)
      .map((role) => ({ role: role as RoleId, scope: 'organization' as const }))
      .filter(({ role }) => target.roles.has(role) || organization.customRoles.has(role));
    mayAssign(organization, context, rights, ended(taken, context));
    mayManage(organization, context, rights, taken);
    asManyAsAllowed(organization, context, target, remap);
    const event: OrganizationEvent = {
      type: 'organization.catalogue_adopt',
      from: version,
      to: target.version,
      sha256: target.sha256,
      remap,
    };
    return keepsProtectedRole(organization, context, [event], target);
  };

/**
 * Refuses successors that the actor may not give by the new version. Of a role that is no more its holders
 * give what they gave. The protected one by a new name nobody gives, as somebody has to hold it; its
 * holders give what they will.
 */
function mayName(
  organization: Organization,
  context: Context,
  rights: Rights,
  target: Catalogue,
  remap: AdoptCatalogue['remap'],
): void {
  const { protectedRole: before, roles, delegation } = context.catalogue;
  const heir = target.roles.get(target.protectedRole)!;
  const isRenamed =
    !target.roles.has(before) && !roles.has(heir.id) && successorOf(remap, before) === heir.id;
  const given = Object.entries(remap).filter(([role]) => !isRenamed || role !== before);
  const held = rights.held.map((one) =>
    isRenamed && one.role.id === before ? { ...one, role: heir } : one,
  );
  const gone = [...delegation].filter(([holder]) => !target.roles.has(holder));
  const catalogue = { ...target, delegation: new Map([...gone, ...target.delegation]) };
  mayAssign(
    organization,
    { ...context, catalogue },
    { ...rights, held },
    given.map(([, role]) => ({ role, scope: 'organization' })),
  );
}

/** Refuses when something granted, invited or inside a custom role is no more in the new version. */
function nothingVanishes(
  organization: Organization,
  { now }: Context,
  target: Catalogue,
  remap: AdoptCatalogue['remap'],
): void {
  const known = (role: RoleId): boolean =>
    target.roles.has(role) || organization.customRoles.has(role) || isForeign(organization, role);
  const used = [...organization.roleUses.keys()];
  const { ssoDefaultRole } = organization.policies;
  if (ssoDefaultRole !== undefined) used.push(ssoDefaultRole);
  const lost = used.filter(
    (role) =>
      !known(successorOf(remap, role)) &&
      (role === ssoDefaultRole || isInUse(organization, role, now)),
  );
  if (lost.length > 0) {
    refuse(
      'catalogue.remap_needed',
      `Version ${target.version} has no role ${lost.join(', ')}; name in remap what takes its place.`,
    );
  }
  const misplaced = displaced(organization, now, target, remap);
  if (misplaced !== undefined) {
    refuse('catalogue.remap_needed', `Version ${target.version} does not allow ${misplaced}.`);
  }
  for (const role of organization.customRoles.values()) {
    const gone = role.permissions.filter((permission) => !target.permissions.has(permission));
    if (gone.length === 0) continue;
    refuse(
      'catalogue.remap_needed',
      `The custom role ${role.name} has ${gone.join(', ')}, which version ${target.version} lacks; change it first.`,
    );
  }
}

/** A grant at a scope, or in hands, that its role can't be held at or in any more; or one that whoever
 * joins would get. */
function displaced(
  organization: Organization,
  now: Instant,
  target: Catalogue,
  remap: AdoptCatalogue['remap'],
): string | undefined {
  const wrong = (held: RoleId, scope: Scope, kinds: ReadonlySet<Role['kind']>) => {
    const role = findRole(organization, target, successorOf(remap, held));
    const level = levelOf(scope);
    if (role === undefined) return undefined;
    if (!role.scopes.has(level)) return `${role.id} at ${level} scope`;
    return kinds.has(role.kind) ? undefined : `${role.id}, a ${role.kind} role, where it is held`;
  };
  const holders = [
    { table: organization.members, kinds: FOR_PEOPLE },
    { table: organization.teams, kinds: FOR_PEOPLE },
    { table: organization.invitations, kinds: FOR_PEOPLE },
    { table: organization.serviceAccounts, kinds: FOR_ACCOUNTS },
  ] as const;
  for (const { table, kinds } of holders) {
    for (const holder of table.values()) {
      if ('inviter' in holder && !isOpen(organization, holder, now)) continue;
      for (const { role, scope } of unended(holder.grants, now)) {
        const trouble = wrong(role, scope, kinds);
        if (trouble !== undefined) return trouble;
      }
    }
  }
  const { ssoDefaultRole } = organization.policies;
  return ssoDefaultRole && wrong(ssoDefaultRole, 'organization', FOR_PEOPLE);
}

/** Refuses a remap, a new rule or another kind of a role that leaves somebody with, or invited to, more,
 * or other, roles than one person can hold, or a team with roles where teams hold none. */
function asManyAsAllowed(
  organization: Organization,
  context: Context,
  target: Catalogue,
  remap: AdoptCatalogue['remap'],
): void {
  const rule = ({ rolesPerMember }: Catalogue): string => JSON.stringify(rolesPerMember);
  const isAnother = rule(target) !== rule(context.catalogue);
  const isChanged = ({ role }: Pick<Grant, 'role'>): boolean =>
    Object.hasOwn(remap, role) ||
    target.roles.get(role)?.kind !== context.catalogue.roles.get(role)?.kind;
  const open = [...organization.invitations.values()]
    .filter((invitation) => isOpen(organization, invitation, context.now))
    .map((invitation) => whatIsLeft(organization, invitation, context.now));
  for (const { grants } of [...organization.members.values(), ...open]) {
    if (!isAnother && !grants.some(isChanged)) continue;
    const remapped = grants.map((grant) => ({ ...grant, role: successorOf(remap, grant.role) }));
    requireCount(organization, { ...context, catalogue: target }, distinct(remapped));
  }
  if (!isAnother || target.rolesPerMember !== 'one') return;
  for (const { name, grants } of organization.teams.values()) {
    if (unended(grants, context.now).length === 0) continue;
    refuse(
      'team.holds_no_roles',
      `In version ${target.version} teams hold no roles; take those of ${name} first.`,
    );
  }
}
