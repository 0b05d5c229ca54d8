/** Who would gain and lose what: the difference between two states of one organization. */
import { affected, inhabitants } from '#domain/affected.js';
import type { Catalogue } from '#domain/catalogue.js';
import type { MembershipEvent } from '#domain/events.js';
import type { Instant, MemberId, Permission, Scope, ServiceAccountId } from '#domain/ids.js';
import {
  effectivePermissions,
  grantsOf,
  NO_RIGHTS,
  rightsOfHolder,
  type Rights,
} from '#domain/permissions.js';
import type { Organization } from '#domain/state.js';
import type { PermissionChange } from './request.js';

/** An organization at a moment, with the catalogue it is on. */
export class Standing {
  /** By what is held and where it is asked: most principals hold the same. */
  readonly #known = new Map<string, ReadonlySet<Permission>>();

  constructor(
    readonly organization: Organization,
    readonly catalogue: Catalogue,
  ) {}

  permissions(rights: Rights, scope: Scope): ReadonlySet<Permission> {
    const held = rights.held.map((one) => `${one.role.id}@${one.scope}`);
    const key = `${scope} ${held.sort().join(' ')}`;
    const known =
      this.#known.get(key) ??
      effectivePermissions(this.organization, this.catalogue, rights, scope);
    this.#known.set(key, known);
    return known;
  }
}

type Principal = MemberId | ServiceAccountId;

/**
 * What `events` change for each principal they reach: at the organization, and at each space what
 * goes beyond that.
 */
export function permissionChanges(
  before: Standing,
  after: Standing,
  events: readonly MembershipEvent[],
  now: Instant,
): PermissionChange[] {
  const changes: PermissionChange[] = [];
  for (const principal of affectedBy(before, after, events)) {
    const was = rightsAt(before, principal, now);
    const is = rightsAt(after, principal, now);
    const everywhere = difference(before, after, was, is, 'organization');
    if (isChange(everywhere)) changes.push({ principal, scope: 'organization', ...everywhere });
    for (const scope of spacesOf(before, after, principal, events)) {
      const there = difference(before, after, was, is, scope);
      const beyond = {
        gained: there.gained.filter((one) => !everywhere.gained.includes(one)),
        lost: there.lost.filter((one) => !everywhere.lost.includes(one)),
      };
      if (isChange(beyond)) changes.push({ principal, scope, ...beyond });
    }
  }
  return changes;
}

/** Members and accounts whose permissions the events can change. */
function affectedBy(
  before: Standing,
  after: Standing,
  events: readonly MembershipEvent[],
): ReadonlySet<Principal> {
  const around = [before.organization, after.organization];
  const all = events.flatMap((event) => [
    // What is held everywhere is held at a space as long as it is open.
    ...(SPACES.has(event.type) ? around.flatMap((one) => [...inhabitants(one)]) : []),
    ...affected(event, around),
  ]);
  return new Set(
    (all as Principal[]).filter((one) =>
      around.some(
        ({ members, serviceAccounts }) =>
          members.has(one as MemberId) || serviceAccounts.has(one as ServiceAccountId),
      ),
    ),
  );
}

const SPACES: ReadonlySet<MembershipEvent['type']> = new Set<MembershipEvent['type']>([
  'space.create',
  'space.deactivate',
  'space.reactivate',
  'space.delete',
]);

function rightsAt(
  { organization, catalogue }: Standing,
  principal: Principal,
  now: Instant,
): Rights {
  const holder =
    organization.members.get(principal as MemberId) ??
    organization.serviceAccounts.get(principal as ServiceAccountId);
  if (holder === undefined || ('status' in holder && holder.status === 'inactive')) {
    return NO_RIGHTS;
  }
  return rightsOfHolder(organization, catalogue, holder, now);
}

/** Spaces where the principal holds something of its own, and those that change themselves. */
function spacesOf(
  before: Standing,
  after: Standing,
  principal: Principal,
  events: readonly MembershipEvent[],
): ReadonlySet<Scope> {
  const scopes = new Set<Scope>();
  for (const event of events) if ('space' in event) scopes.add(event.space);
  for (const { organization } of [before, after]) {
    const member = organization.members.get(principal as MemberId);
    const account = organization.serviceAccounts.get(principal as ServiceAccountId);
    const grants = member === undefined ? account?.grants : grantsOf(organization, member);
    for (const { scope } of grants ?? []) scopes.add(scope);
  }
  scopes.delete('organization');
  return scopes;
}

interface Difference {
  readonly gained: readonly Permission[];
  readonly lost: readonly Permission[];
}

function difference(
  before: Standing,
  after: Standing,
  was: Rights,
  is: Rights,
  scope: Scope,
): Difference {
  const had = before.permissions(was, scope);
  const has = after.permissions(is, scope);
  return {
    gained: [...has].filter((one) => !had.has(one)),
    lost: [...had].filter((one) => !has.has(one)),
  };
}

const isChange = ({ gained, lost }: Difference): boolean => gained.length + lost.length > 0;
