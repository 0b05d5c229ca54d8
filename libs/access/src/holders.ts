/** Who holds a permission: teams are resolved to their members, and what the platform gives counts. */
import type { Role } from '#domain/catalogue.js';
import type { MemberId, Permission, Scope, SpaceId, TeamId, UserId } from '#domain/ids.js';
import { PLATFORM, type Instant } from '#domain/ids.js';
import { customRole, isAllowed } from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import type { ApiKey, Organization, ServiceAccount } from '#domain/state.js';
import { unknown } from '#catalogues/suggest.js';
import type { Directory, Lodger } from './directory.js';
import type { Place } from './permission-index.js';
import { find } from './principals.js';
import { kindOf, type Freshness, type Principal, type PrincipalKind } from './questions.js';
import { LOOKS, walk, type Candidate, type From, type Stretch } from './stretch.js';

/** Who may do this, here? */
export interface HoldersQuestion extends Freshness {
  readonly permission: Permission;
  /** Absent: at the organization itself. */
  readonly space?: SpaceId;
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
  directory: Directory,
  { permission, space }: Pick<HoldersQuestion, 'permission' | 'space'>,
  from: From,
  now: Instant,
): Stretch<HolderRow> {
  const { organization, catalogue } = place;
  if (!catalogue.permissions.has(permission)) {
    const what = unknown('permission', permission, catalogue.permissions.keys());
    refuse('permission.unknown', `In the catalogue ${catalogue.id}: ${what}`);
  }
  const state = space === undefined ? undefined : organization.spaces.get(space);
  if (space !== undefined && state === undefined) {
    refuse('space.not_found', `There is no space ${space} in this organization.`);
  }
  const isOpen = state?.status !== 'inactive' || catalogue.inactiveSpace.has(permission);
  if (organization.status !== 'active' || !isOpen) return { rows: [] };
  const gone: Lodger[] = [];
  const stretch = walk(
    candidates(place, directory, { permission, scope: space ?? 'organization' }, from, now, gone),
    from,
  );
  for (const principal of gone) directory.forgetPrincipal(organization.id, principal);
  return stretch;
}

interface Wanted {
  readonly permission: Permission;
  readonly scope: Scope;
}

const HERE = 0;
const ABROAD = 1;

/** @param gone takes those that were met and are no more. */
function* candidates(
  place: Place,
  directory: Directory,
  wanted: Wanted,
  { after = [HERE, ''] }: From,
  now: Instant,
  gone: Lodger[],
): Generator<Candidate<HolderRow>> {
  const { organization, platform } = place;
  const [part, last] = after as [number, string];
  const row = (id: Principal): HolderRow | undefined =>
    holds(place, id, wanted, now) ? { kind: kindOf(id), id } : undefined;
  if (part === HERE) {
    const few = someOf(place, wanted.permission)?.filter((id) => id > last);
    for (const id of few?.sort() ?? directory.principals(organization.id, last)) {
      if (!isHere(organization, id)) gone.push(id);
      yield { at: [HERE, id], row: row(id) };
    }
  }
  if (organization.id === PLATFORM || platform.organization.status !== 'active') return;
  for (const id of directory.principals(PLATFORM, part === ABROAD ? last : '')) {
    const member = platform.organization.members.get(id as MemberId);
    const person = kindOf(id) === 'member' ? member?.user : id;
    const isMember = person !== undefined && isActiveMember(organization, person as UserId);
    yield { at: [ABROAD, id], row: person === undefined || isMember ? undefined : row(person) };
  }
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
  const roles = [
    ...catalogue.roles.values(),
    ...[...organization.customRoles.values()].map((one) => customRole(one, catalogue)),
  ].filter((role: Role) => role.permissions.has(permission));
  if (roles.some(({ kind }) => kind === 'implicit')) return undefined;
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
