/** What many rules demand, each in one place. */
import { levelOf, type Catalogue, type Role } from '../catalogue.js';
import type { Address, Context } from '../context.js';
import type { RoleAtScope } from '../delegation.js';
import type { Authentication, GrantFact, Metadata, MembershipEvent, Sealed } from '../events.js';
import { evolve } from '../evolve.js';
import {
  PLATFORM,
  type CatalogueId,
  type GrantId,
  type Instant,
  type InvitationId,
  type MemberId,
  type RoleId,
  type Scope,
  type ServiceAccountId,
  type TeamId,
  type UserId,
} from '../ids.js';
import { goodUntil, isLasting } from '../indexes.js';
import type { Table } from '../layer.js';
import { findRole, inForce, unended } from '../permissions.js';
import type { PolicyPath, PolicyValues } from '../policies.js';
import { refuse } from '../refusals.js';
import { overlay, type Grant, type Invitation, type Member, type Organization } from '../state.js';

/** Somebody who is about to become a member. */
export interface Newcomer {
  /** Whose data key the sealed values are under. */
  readonly member: MemberId;
  readonly user?: UserId;
  readonly address: Address | null;
  readonly name: Sealed | null;
  readonly authentication: Authentication;
}

/** A grant that is asked for. */
export interface WantedGrant {
  readonly role: RoleId;
  readonly scope: Scope;
  readonly notBefore?: Instant;
  readonly expiresAt?: Instant;
}

/** What an organization has of its own, whatever its catalogue lists: the platform sets the seats,
 * and the first domains come with the founder. */
const ALWAYS_OWN: ReadonlySet<PolicyPath> = new Set(['seats', 'emailDomains.own']);

/** A policy of the organization: its own value, where the catalogue lets it have one, else the
 * catalogue's. What it set under another version is not in force where this one does not. */
export const policy = <P extends PolicyPath>(
  { policies }: Pick<Organization, 'policies'>,
  catalogue: Catalogue,
  path: P,
): PolicyValues[P] | undefined => {
  const isOwn = ALWAYS_OWN.has(path) || catalogue.overridable(path);
  return (isOwn ? policies[path] : undefined) ?? catalogue.policies[path];
};

/** The member, whatever its status. */
export const memberOf = (organization: Organization, id: MemberId): Member =>
  organization.members.get(id) ??
  refuse('member.not_found', `There is no member ${id} in this organization.`);

/** The member, who must be active. */
export function activeMember(organization: Organization, id: MemberId): Member {
  const member = memberOf(organization, id);
  if (member.status !== 'active') {
    refuse('member.inactive', `The member ${id} is deactivated; reactivate it first.`);
  }
  return member;
}

/** Refuses a scope that is no scope of this organization. */
export function requireScope(organization: Organization, scope: Scope): void {
  if (scope !== 'organization' && !organization.spaces.has(scope)) {
    refuse('space.not_found', `There is no space ${scope} in this organization.`);
  }
}

/** Kinds of role that people and teams can hold. */
export const FOR_PEOPLE: ReadonlySet<Role['kind']> = new Set(['base', 'specialized', 'custom']);
/** Kinds of role that service accounts can hold. */
export const FOR_ACCOUNTS: ReadonlySet<Role['kind']> = new Set(['service_account', 'custom']);

/** In the platform organization a role of another catalogue is named `<catalogue>/<role>`. */
export const isForeign = ({ id }: Organization, role: RoleId): boolean =>
  id === PLATFORM && role.includes('/');

function platformRole({ latest }: Context, id: RoleId): Role | undefined {
  const [catalogue, role] = id.split('/');
  const found = latest(catalogue as CatalogueId)?.roles.get(role as RoleId);
  return found?.scopes.has('platform')
    ? { ...found, scopes: new Set(['organization']) }
    : undefined;
}

/**
 * Refuses unless the roles wanted are all known, of these kinds, and allowed at their scope.
 */
export function requireRoles(
  organization: Organization,
  context: Context,
  wanted: readonly { readonly role: RoleId; readonly scope: Scope }[],
  kinds: ReadonlySet<Role['kind']>,
): void {
  for (const { role: id, scope } of wanted) {
    requireScope(organization, scope);
    const role = knownRole(organization, context, id, kinds);
    if (!kinds.has(role.kind)) {
      refuse('role.not_invitable', `The ${role.kind} role ${id} can't be given this way.`);
    }
    const level = levelOf(scope);
    if (!role.scopes.has(level)) {
      const scopes = [...role.scopes].join(', ');
      refuse(
        'role.wrong_scope',
        `The role ${id} can't be held at ${level} scope, only at ${scopes}.`,
      );
    }
  }
}

/** The role of this id; refuses (`role.unknown`, naming those of these kinds) where there is none. */
export function knownRole(
  organization: Organization,
  context: Context,
  id: RoleId,
  kinds: ReadonlySet<Role['kind']>,
): Role {
  const role = isForeign(organization, id)
    ? platformRole(context, id)
    : findRole(organization, context.catalogue, id);
  if (role !== undefined) return role;
  const known = [...context.catalogue.roles.values()].filter((one) => kinds.has(one.kind));
  const names = [...known.map((one) => one.id), ...organization.customRoles.keys()];
  return refuse('role.unknown', `There is no role ${id}; the roles are ${names.join(', ')}.`);
}

/** Refuses times that lie in the past or the wrong way round. */
export function requireTimes(wanted: readonly WantedGrant[], now: Instant): void {
  for (const { role, notBefore, expiresAt } of wanted) {
    if (notBefore !== undefined && notBefore < now) {
      refuse(
        'grant.times_invalid',
        `notBefore of ${role} lies in the past; leave it out for "now".`,
      );
    }
    if (expiresAt !== undefined && expiresAt <= (notBefore ?? now)) {
      refuse(
        'grant.times_invalid',
        `expiresAt of ${role} must lie after its beginning and after now.`,
      );
    }
  }
}

/** Refuses a set of direct grants that is more, or less, than the catalogue allows one person;
 * what has ended is not counted. */
export function requireCount(
  organization: Organization,
  { catalogue, now }: Context,
  wanted: readonly WantedGrant[],
): void {
  const rule = catalogue.rolesPerMember;
  if (rule === 'many') return;
  const grants = unended(wanted, now);
  const kindOf = (grant: WantedGrant): Role['kind'] | undefined =>
    findRole(organization, catalogue, grant.role)?.kind;
  for (const scope of new Set(grants.map((grant) => grant.scope))) {
    const here = grants.filter((grant) => grant.scope === scope);
    const single = rule === 'one' ? here : here.filter((grant) => kindOf(grant) === 'base');
    if (single.some((one, i) => single.slice(i + 1).some((other) => overlap(one, other)))) {
      refuse(
        'role.count',
        `${catalogue.name}: one ${rule === 'one' ? '' : 'base '}role per scope.`,
      );
    }
    if (rule === 'one' || rule.base === 'many') continue;
    if (single.length === 0) {
      refuse('role.count', `${catalogue.name}: exactly one base role is needed at each scope.`);
    }
    const companions = rule.specializedWith;
    const beside = single.filter((one) => companions?.includes(one.role) ?? true);
    const extras = here.filter((grant) => !single.includes(grant));
    if (!extras.every((extra) => beside.some((one) => spans(one, extra, now)))) {
      const which = companions?.join(', ') ?? 'a base role';
      refuse('role.count', `Further roles are given only beside ${which}, and no longer than it.`);
    }
  }
}

const overlap = (a: WantedGrant, b: WantedGrant): boolean =>
  (a.expiresAt === undefined || b.notBefore === undefined || b.notBefore < a.expiresAt) &&
  (b.expiresAt === undefined || a.notBefore === undefined || a.notBefore < b.expiresAt);

/** Is the first in force as long as the second is, from now on? */
const spans = (a: WantedGrant, b: WantedGrant, now: Instant): boolean =>
  (a.notBefore === undefined || a.notBefore <= (b.notBefore ?? now)) &&
  (a.expiresAt === undefined || (b.expiresAt !== undefined && b.expiresAt <= a.expiresAt));

/** A wanted grant as a fact, under a new id. */
export const grantFact = (wanted: WantedGrant, id: GrantId): GrantFact => ({
  id,
  role: wanted.role,
  scope: wanted.scope,
  ...(wanted.notBefore === undefined ? {} : { notBefore: wanted.notBefore }),
  ...(wanted.expiresAt === undefined ? {} : { expiresAt: wanted.expiresAt }),
});

/** Alike in role, scope and times. */
export const sameGrant = (a: WantedGrant, b: WantedGrant): boolean =>
  a.role === b.role &&
  a.scope === b.scope &&
  a.notBefore === b.notBefore &&
  a.expiresAt === b.expiresAt;

/** Taking away passes nothing on: the right to do it need not outlast now. */
export const ended = (grants: readonly RoleAtScope[], { now }: Context): RoleAtScope[] =>
  grants.map(({ role, scope }) => ({ role, scope, expiresAt: now }));

/** Each of them once. */
export const distinct = <G extends WantedGrant>(grants: readonly G[]): G[] =>
  grants.filter((one, index) => grants.findIndex((other) => sameGrant(one, other)) === index);

/** What the organization would be after these events; the organization itself stays as it is. */
export function foresee(
  organization: Organization,
  events: readonly MembershipEvent[],
  { now, actor }: Pick<Context, 'now' | 'actor'>,
): Organization {
  const next = overlay(organization);
  goOn(next, events, { now, actor });
  return next;
}

/** Takes a state that was laid over the organization these events further. */
export function goOn(
  ahead: Organization,
  events: readonly MembershipEvent[],
  { now, actor }: Pick<Context, 'now' | 'actor'>,
): void {
  const metadata = { occurredAt: now, actor } as Metadata;
  for (const event of events) evolve(ahead, { event, metadata, revision: 0 });
}

/**
 * Is there an active member, known as a user, with a lasting direct grant of the protected role?
 * @param apart who does not count.
 */
export function hasProtectedHolder(
  organization: Organization,
  role: RoleId,
  now: Instant,
  apart: ReadonlySet<MemberId> = NOBODY,
): boolean {
  for (const id of organization.directHolders.of(role)) {
    if (apart.has(id)) continue;
    const member = organization.members.get(id);
    if (member?.status !== 'active' || member.user === undefined) continue;
    const counts = (grant: Grant): boolean =>
      grant.role === role && isLasting(grant) && inForce(grant, now);
    if (member.grants.some(counts)) return true;
  }
  return false;
}

const NOBODY: ReadonlySet<MemberId> = new Set();

/** Whom the events change, if they are about single members and about nothing else. */
function membersChangedBy(events: readonly MembershipEvent[]): Set<MemberId> | undefined {
  const members = new Set<MemberId>();
  for (const event of events) {
    if (!event.type.startsWith('member.') || !('member' in event)) return undefined;
    members.add(event.member);
  }
  return members;
}

/**
 * Gives the events back unless they would leave the organization without a holder of its
 * protected role: the guard against locking everybody out. Of a deleted one nobody can be.
 *
 * @param after the catalogue in force afterwards, where the events change it.
 */
export function keepsProtectedRole<E extends MembershipEvent>(
  organization: Organization,
  context: Context,
  events: E[],
  after: Catalogue = context.catalogue,
): E[] {
  const { now, catalogue } = context;
  if (events.length === 0 || organization.status === 'deleted') return events;
  if (!hasProtectedHolder(organization, catalogue.protectedRole, now)) return events;
  // Mostly somebody else holds it, and that costs no look ahead.
  const changed = membersChangedBy(events);
  if (
    changed !== undefined &&
    hasProtectedHolder(organization, after.protectedRole, now, changed)
  ) {
    return events;
  }
  if (!hasProtectedHolder(foresee(organization, events, context), after.protectedRole, now)) {
    refuse(
      'member.last_holder',
      `This would leave nobody with the role ${after.protectedRole}; give it to another active member first.`,
    );
  }
  return events;
}

/** Where the role is held or invited to, with the kinds its holder may have. What has ended counts for
 * nothing, written down or not. */
export function* usesOf(
  organization: Organization,
  role: RoleId,
  now: Instant,
): Generator<{ readonly grant: WantedGrant; readonly kinds: ReadonlySet<Role['kind']> }> {
  const { members, teams, serviceAccounts, invitations } = organization;
  for (const id of organization.holdersByRole.of(role)) {
    const invitation = invitations.get(id as InvitationId);
    if (invitation !== undefined && !isOpen(organization, invitation, now)) continue;
    const account = serviceAccounts.get(id as ServiceAccountId);
    const holder = invitation ?? account ?? members.get(id as MemberId) ?? teams.get(id as TeamId);
    const kinds = account === undefined ? FOR_PEOPLE : FOR_ACCOUNTS;
    for (const grant of unended(holder?.grants ?? [], now)) {
      if (grant.role === role) yield { grant, kinds };
    }
  }
}

export const isInUse = (organization: Organization, role: RoleId, now: Instant): boolean =>
  usesOf(organization, role, now).next().done === false;

/** Has a thing of this id been made: is it there, or was it? What is made twice is made once. */
export const isMade = <I extends string>(
  organization: Organization,
  table: Table<I, unknown>,
  id: I,
): boolean => table.has(id) || organization.ended.has(id);

/** Is the invitation open: pending, not past its expiry, and to something that has not ended? */
export function isOpen(organization: Organization, invitation: Invitation, now: Instant): boolean {
  if (invitation.status !== 'pending') return false;
  const until = goodUntil(organization, invitation);
  return until !== undefined && now < until;
}
