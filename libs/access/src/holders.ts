/** Who holds a permission: teams are resolved to their members, and what the platform gives counts. */
import type { Role } from '#domain/catalogue.js';
import {
  PLATFORM,
  type Instant,
  type MemberId,
  type OrganizationId,
  type Permission,
  type Scope,
  type SpaceId,
  type TeamId,
  type UserId,
} from '#domain/ids.js';
import { customRole, isAllowed, isLeft } from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import type { ApiKey, Organization, ServiceAccount } from '#domain/state.js';
import { requirePermission } from './decide.js';
import type { Listing, Lodger } from './directory.js';
import type { Moment } from './moment.js';
import type { Place } from './place.js';
import { find } from './principals.js';
import {
  kindOf,
  prefixOf,
  type Freshness,
  type Principal,
  type PrincipalKind,
} from './questions.js';
import { LOOKS, walk, type Candidate, type From, type Stretch } from './stretch.js';

/** Who may do this, here? */
export interface HoldersQuestion extends Freshness {
  /** Absent: now. */
  readonly at?: Moment;
  readonly permission: Permission;
  /** Absent: at the organization itself. */
  readonly space?: SpaceId;
  /** Only those of this kind; absent: everybody, once. Members are people too: each a `user`. */
  readonly kind?: PrincipalKind;
}

/** A person who is no member here, and holds it through the platform, is a `user`. */
export interface HolderRow {
  readonly kind: PrincipalKind;
  readonly id: Principal;
}

/**
 * By id: the organization's own keys, members and service accounts, then whoever holds it through
 * the platform alone. Everybody is there once: as a member where they are an active one. Refuses
 * `permission.unknown` and `space.not_found`.
 */
export function holders(
  place: Place,
  listing: Listing,
  { permission, space, kind }: Omit<HoldersQuestion, keyof Freshness | 'at'>,
  from: From,
  now: Instant,
): Stretch<HolderRow> {
  const { organization, catalogue } = place;
  requirePermission(catalogue, permission);
  const state = space === undefined ? undefined : organization.spaces.get(space);
  if (space !== undefined && state === undefined) {
    refuse('space.not_found', `There is no space ${space} in this organization.`);
  }
  const isOpen = isLeft(state, catalogue, permission);
  if (organization.status !== 'active' || !isOpen) return { rows: [] };
  const gone: Lodger[] = [];
  const stretch = walk(
    candidates(
      place,
      listing,
      { permission, scope: space ?? 'organization', kind },
      from,
      now,
      gone,
    ),
    from,
  );
  for (const principal of gone) listing.forgetPrincipal(organization.id, principal);
  return stretch;
}

interface Wanted {
  readonly permission: Permission;
  readonly scope: Scope;
  readonly kind?: PrincipalKind | undefined;
}

/** Members times roles that are looked through for those who hold them: some milliseconds' work. */
const SOUGHT = 200_000;

const HERE = 0;
const ABROAD = 1;

/** @param gone takes those that were met and are no more. */
function* candidates(
  place: Place,
  listing: Listing,
  wanted: Wanted,
  { after = [HERE, ''] }: From,
  now: Instant,
  gone: Lodger[],
): Generator<Candidate<HolderRow>> {
  const { organization, platform } = place;
  const [part, last] = after as [number, string];
  const row = (id: Principal): HolderRow | undefined => {
    const told = toldAs(organization, id, wanted.kind);
    return told !== undefined && holds(place, id, wanted, now) ? told : undefined;
  };
  if (part === HERE) {
    const few = someOf(place, wanted.permission)?.filter((id) => id > last);
    for (const id of few?.sort() ?? lodgers(listing, organization.id, last, wanted.kind)) {
      if (!isHere(organization, id)) gone.push(id);
      yield { at: [HERE, id], row: row(id) };
    }
  }
  if (organization.id === PLATFORM || platform.organization.status !== 'active') return;
  // No member of the platform is one here by the same id.
  if (wanted.kind === 'member') return;
  for (const id of lodgers(listing, PLATFORM, part === ABROAD ? last : '', wanted.kind)) {
    const member = platform.organization.members.get(id as MemberId);
    const person = kindOf(id) === 'member' ? member?.user : id;
    const isMember = person !== undefined && isActiveMember(organization, person as UserId);
    yield { at: [ABROAD, id], row: person === undefined || isMember ? undefined : row(person) };
  }
}

/** Those of an organization that may be of this kind: ids are in order, each kind's side by side. */
function* lodgers(
  listing: Listing,
  organization: OrganizationId,
  last: string,
  kind: PrincipalKind | undefined,
): Generator<Lodger> {
  const prefix = kind === undefined ? '' : prefixOf(kind === 'user' ? 'member' : kind);
  for (const id of listing.principals(organization, last > prefix ? last : prefix)) {
    if (!id.startsWith(prefix)) return;
    yield id;
  }
}

/** As one of this kind, if it is one: a member is a person, too. */
function toldAs(
  { members }: Organization,
  id: Principal,
  kind: PrincipalKind | undefined,
): HolderRow | undefined {
  const own = kindOf(id);
  if (kind === undefined || kind === own) return { kind: own, id };
  const user = kind === 'user' ? members.get(id as MemberId)?.user : undefined;
  return user === undefined ? undefined : { kind: 'user', id: user };
}

/** May the principal do this, by all that is known here? */
export function holds(
  { organization, catalogue, platform }: Place,
  principal: Principal,
  { permission, scope }: Wanted,
  now: Instant,
): boolean {
  const { rights } = find(organization, catalogue, platform, principal, now);
  return isAllowed(organization, catalogue, rights, permission, scope);
}

/**
 * Those who can hold the permission, some of whom do: whoever stands behind a role that gives it.
 * `undefined` where that is anybody, or more than is looked at in one go.
 */
function someOf({ organization, catalogue, platform }: Place, permission: Permission) {
  // In the platform itself power is with any role there that gives it.
  if (organization.id === PLATFORM) return undefined;
  const roles = [
    ...catalogue.roles.values(),
    ...[...organization.customRoles.values()].map((one) => customRole(one, catalogue)),
  ].filter((role: Role) => role.permissions.has(permission));
  if (roles.some(({ kind }) => kind === 'implicit')) return undefined;
  if (organization.members.size * roles.length > SOUGHT) return undefined;
  const found = new Set<Lodger>();
  let looked = 0;
  const everybody = function* (): Generator<Lodger | undefined> {
    for (const { user } of platform.organization.members.values()) {
      yield user === undefined ? undefined : organization.memberByUser.get(user);
    }
    for (const { id } of roles) {
      for (const holder of organization.holdersByRole.of(id)) yield* behind(organization, holder);
    }
  };
  for (const id of everybody()) {
    if (id !== undefined) found.add(id);
    if ((looked += 1) > LOOKS) return undefined;
  }
  return [...found];
}

/** A holder of grants, or a team's members, with their keys; behind an invitation is nobody yet. */
function* behind(organization: Organization, holder: string): Generator<Lodger | undefined> {
  const { teams, members, serviceAccounts, teamMembers, keysByOwner } = organization;
  yield undefined;
  if (teams.has(holder as TeamId)) {
    for (const member of teamMembers.of(holder as TeamId)) yield* behind(organization, member);
  } else if (
    members.has(holder as MemberId) ||
    serviceAccounts.has(holder as ServiceAccount['id'])
  ) {
    yield holder as Lodger;
    yield* keysByOwner.of(holder as ApiKey['owner']);
  }
}

const isHere = ({ members, serviceAccounts, apiKeys }: Organization, id: Lodger): boolean =>
  members.has(id as MemberId) ||
  serviceAccounts.has(id as ServiceAccount['id']) ||
  apiKeys.has(id as ApiKey['id']);

function isActiveMember({ memberByUser, members }: Organization, user: UserId): boolean {
  const id = memberByUser.get(user);
  return id !== undefined && members.get(id)?.status === 'active';
}
