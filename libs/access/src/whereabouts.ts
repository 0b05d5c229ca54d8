/** Where a principal holds a permission: at organizations and, within them, at spaces. */
import type { Permission, OrganizationId, Scope, SpaceId, UserId } from '#domain/ids.js';
import { PLATFORM, type Instant } from '#domain/ids.js';
import type { ActorFact } from '#domain/events.js';
import { has, isAllowed, PLATFORM_PERMISSION, type Rights } from '#domain/permissions.js';
import { askedAcross, isUnknown, mayRead } from './asking.js';
import type { Listing } from './directory.js';
import type { CommonMoment } from './moment.js';
import type { Freshness } from './questions.js';
import type { PermissionIndex } from './permission-index.js';
import type { Place } from './place.js';
import { find } from './principals.js';
import { kindOf, type Principal } from './questions.js';
import { walk, type Candidate, type From, type Stretch } from './stretch.js';

/** Where may this principal do this? */
export interface WhereQuestion {
  readonly principal: Principal;
  readonly permission: Permission;
  /** Only at organizations, or only at spaces; absent: at both. */
  readonly kind?: 'organization' | 'space';
  /** Only in this one. */
  readonly organization?: OrganizationId;
  /** Absent: now. */
  readonly at?: CommonMoment;
  /** A revision the answer may not come from before. */
  readonly since?: Freshness;
}

/** A scope at which it is held; without a space the organization itself. */
export interface WhereRow {
  readonly organization: OrganizationId;
  readonly space?: SpaceId;
  /** It can't be said whether anything is held here, until the organization is repaired. */
  readonly quarantined?: true;
}

/**
 * By organization, each before its spaces, by id. Refuses `permission.unknown` where no catalogue
 * has it; in an organization whose catalogue does not have it nobody holds it.
 */
export function whereabouts(
  index: PermissionIndex,
  question: Omit<WhereQuestion, 'since' | 'at'>,
  from: From,
  now: Instant,
): Stretch<WhereRow> {
  index.requirePermission(question.permission);
  return walk(candidates(index, question, from, now), from);
}

function* candidates(
  index: PermissionIndex,
  question: Omit<WhereQuestion, 'since' | 'at'>,
  { after = [] }: From,
  now: Instant,
): Generator<Candidate<WhereRow>> {
  const { principal, organization } = question;
  const [begun, space] = after as [OrganizationId?, SpaceId?];
  for (const id of organizationsOf(index, principal, begun ?? organization, now)) {
    if (organization !== undefined && id !== organization) return;
    const last = id === begun ? (space ?? '') : undefined;
    if (index.isQuarantined(id)) {
      if (last === undefined) yield { at: [id], row: { organization: id, quarantined: true } };
      continue;
    }
    yield* placesIn(index.organization(id), index.directory, question, last, now);
  }
}

/** @param last the space that was looked at last; absent: the organization itself was not yet. */
export function* placesIn(
  place: Place,
  listing: Listing,
  { principal, permission, kind }: Pick<WhereQuestion, 'principal' | 'permission' | 'kind'>,
  last: string | undefined,
  now: Instant,
): Generator<Candidate<WhereRow>> {
  if (last === undefined) {
    yield {
      at: [place.organization.id],
      row: kind === 'space' ? undefined : here(place, principal, permission, now),
    };
  }
  if (kind === 'organization') return;
  yield* within(listing, place, principal, permission, last ?? '', now);
}

const rightsIn = (
  { organization, catalogue, platform }: Place,
  principal: Principal,
  now: Instant,
): Rights => find(organization, catalogue, platform, principal, now).rights;

function here(place: Place, principal: Principal, permission: Permission, now: Instant) {
  const { organization, catalogue } = place;
  const rights = rightsIn(place, principal, now);
  return isAllowed(organization, catalogue, rights, permission, 'organization')
    ? { organization: organization.id }
    : undefined;
}

function* within(
  listing: Listing,
  place: Place,
  principal: Principal,
  permission: Permission,
  last: string,
  now: Instant,
): Generator<Candidate<WhereRow>> {
  const { organization, catalogue } = place;
  const { id, spaces, status } = organization;
  if (status !== 'active' || !catalogue.permissions.has(permission)) return;
  const rights = rightsIn(place, principal, now);
  const gone: SpaceId[] = [];
  for (const space of spacesOf(listing, id, rights, permission, last)) {
    if (!spaces.has(space)) gone.push(space);
    const isHeld = isAllowed(organization, catalogue, rights, permission, space);
    yield { at: [id, space], row: isHeld ? { organization: id, space } : undefined };
  }
  for (const space of gone) listing.forgetSpace(id, space);
}

/** Those at which the permission may be held: all of them, or where a role that gives it is. */
function spacesOf(
  listing: Listing,
  organization: OrganizationId,
  rights: Rights,
  permission: Permission,
  last: string,
): Iterable<SpaceId> {
  const giving = rights.held.filter(({ role }) => role.permissions.has(permission));
  const scopes = new Set<Scope>(giving.map(({ scope }) => scope));
  if (scopes.has('organization') || hasPower(rights)) return listing.spaces(organization, last);
  return ([...scopes] as SpaceId[]).filter((space) => space > last).sort();
}

const hasPower = (rights: Rights): boolean =>
  has(rights, PLATFORM_PERMISSION.operate) || has(rights, PLATFORM_PERMISSION.read);

/** Organizations in which the principal may hold something, from `from` on. */
export function organizationsOf(
  index: PermissionIndex,
  principal: Principal,
  from: OrganizationId | undefined,
  now: Instant,
): Iterable<OrganizationId> {
  const { directory } = index;
  if (isPowerful(index, principal, now)) return directory.organizations(from);
  if (kindOf(principal) === 'user') return directory.organizationsOf(principal as UserId, from);
  const home = directory.home(principal);
  return home === undefined || (from !== undefined && home < from) ? [] : [home];
}

/** Does the platform give the principal anything in other organizations? A member is somebody at
 * home alone. */
function isPowerful(index: PermissionIndex, principal: Principal, now: Instant): boolean {
  if (kindOf(principal) === 'member' || index.revision(PLATFORM) < 0) return false;
  if (index.isQuarantined(PLATFORM)) return false;
  const { organization, catalogue, platform } = index.organization(PLATFORM);
  const { absent, grants, rights } = find(organization, catalogue, platform, principal, now);
  // A platform grant of another catalogue's role names that catalogue.
  return (
    absent === undefined && (hasPower(rights) || grants.some(({ role }) => role.includes('/')))
  );
}

/**
 * Refuses unless the actor may read where the principal holds something: oneself; of a member, an
 * account or a key whoever may read about it in its organization; in the one that is asked about
 * whoever may read there; else whom the platform lets ask across organizations. What is in an
 * organization the actor is not in answers as what is nowhere.
 */
export function mayReadWhereabouts(
  index: PermissionIndex,
  { principal, organization }: Pick<WhereQuestion, 'principal' | 'organization'>,
  actor: ActorFact,
  now: Instant,
): void {
  if (isOneself(principal, actor)) return;
  const reading = { actor, operation: 'read_access' } as const;
  for (const id of [index.directory.home(principal), organization]) {
    if (id === undefined || index.isQuarantined(id)) continue;
    try {
      return mayRead(index.organization(id), { ...reading, about: [principal] }, now);
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  const instead =
    organization === undefined
      ? 'ask about a member, a service account or an API key (mem_…, svc_…, key_…) of an organization that you are in'
      : `there is no organization ${organization}, or you are not a member of it`;
  askedAcross(() => mayRead(index.organization(PLATFORM), reading, now), instead);
}

export const isOneself = (principal: Principal, actor: ActorFact): boolean =>
  principal === (('actingFor' in actor ? actor.actingFor : undefined) ?? actor.id);
