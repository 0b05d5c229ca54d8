/** Who a principal is in an organization. */
import type { Catalogue } from '#domain/catalogue.js';
import type { ActorFact } from '#domain/events.js';
import type { ApiKeyId, Instant, MemberId, UserId } from '#domain/ids.js';
import {
  grantsOf,
  inForce,
  NO_RIGHTS,
  rightsOf,
  rightsOfHolder,
  type Platform,
  type Rights,
} from '#domain/permissions.js';
import type { ActiveMember, Grant, Member, Organization, ServiceAccount } from '#domain/state.js';
import type { Place } from './place.js';
import { kindOf, type Principal, type Reason } from './questions.js';

/** Whose grants decide for a principal, where it stands for somebody: here, and in the platform. */
export function standsBehind(
  organization: Organization,
  platform: Organization,
  principal: Principal,
  now: Instant,
): {
  readonly here?: ActiveMember | ServiceAccount | undefined;
  readonly there?: ActiveMember | ServiceAccount | undefined;
} {
  const { here, there } = known(organization, platform, principal, now);
  return { here: good(here), there: good(there) };
}

const good = ({ holder, absent }: Known): ActiveMember | ServiceAccount | undefined =>
  absent !== undefined || holder === undefined || isInactive(holder)
    ? undefined
    : (holder as ActiveMember | ServiceAccount);

interface Timed {
  readonly notBefore?: Instant;
  readonly expiresAt?: Instant;
}

/** What decides for a principal in one organization, at one moment. */
export interface Standing {
  readonly rights: Rights;
  /** Why it is nobody here, if it is nobody. */
  readonly absent: Reason | undefined;
  /** Its grants, in force or not; those of the platform organization are not among them. */
  readonly grants: readonly Grant[];
  readonly at: Instant;
}

/** Works out who the principal is at `now`. */
export function find(
  organization: Organization,
  catalogue: Catalogue,
  platform: Platform,
  principal: Principal,
  now: Instant,
): Standing {
  const who = known(organization, platform.organization, principal, now);
  return standingOf({ organization, catalogue, platform }, who, now);
}

function standingOf(place: Place, { actor, here, there }: Who, now: Instant): Standing {
  const { organization, catalogue, platform } = place;
  const rights = rightsHere(organization, catalogue, platform, actor, here, now);
  const absent = here.absent ?? (here.known ? undefined : (there.absent ?? 'no_membership'));
  return { rights, absent, grants: grantsHeld(organization, here.holder), at: now };
}

/** A standing, and how far it reaches. */
export interface Lasting {
  readonly standing: Standing;
  /** Equal for principals for whom every answer is the same, as long as nothing happens. */
  readonly likeness: string;
  /** It stays so until just before this; absent: without end. */
  readonly until?: Instant;
}

/** As `find`, and for how long that stays so if nothing happens. */
export function findLasting(place: Place, principal: Principal, now: Instant): Lasting {
  const { organization, platform } = place;
  const who = known(organization, platform.organization, principal, now);
  const standing = standingOf(place, who, now);
  const { here, there } = who;
  const abroad = grantsHeld(platform.organization, there.holder);
  const keys = [here.key, there.key].filter((key) => key !== undefined);
  const isMember = standing.rights.member !== undefined;
  const ours = [standing.absent, isMember, ...phases(standing.grants, now)];
  // Whom the platform has deactivated keeps grants there that give nothing.
  const likeness = [...ours, there.absent, ...phases(abroad, now)].join();
  const until = nextBoundary([...standing.grants, ...abroad, ...keys], now);
  return { standing, likeness, ...(until === undefined ? {} : { until }) };
}

/** What of a grant makes a difference now. */
const phases = (grants: readonly Grant[], now: Instant): string[] =>
  grants.map((grant) => {
    const isEarly = grant.notBefore !== undefined && now < grant.notBefore;
    return `${grant.role}@${grant.scope}:${isEarly ? 'not_yet' : inForce(grant, now)}`;
  });

/** When the next of these begins or ends. */
const nextBoundary = (timed: readonly Timed[], now: Instant): Instant | undefined =>
  timed
    .flatMap(({ notBefore, expiresAt }) => [notBefore ?? now, expiresAt ?? now])
    .filter((one) => one > now)
    .sort()[0];

/** Who a principal is here, and there in the platform. */
interface Who {
  readonly actor: Actor | undefined;
  readonly here: Known;
  readonly there: Known;
}

function known(
  organization: Organization,
  platform: Organization,
  principal: Principal,
  now: Instant,
): Who {
  const here = look(organization, principal, now);
  const actor = actorOf(principal, here.holder);
  const there = actor === undefined ? UNKNOWN : look(platform, actor.id, now);
  return { actor, here, there };
}

function rightsHere(
  organization: Organization,
  catalogue: Catalogue,
  platform: Platform,
  actor: Actor | undefined,
  here: Known,
  now: Instant,
): Rights {
  if (actor !== undefined) return rightsOf(organization, catalogue, platform, actor, now);
  // A member is somebody in this organization alone; without a user, the platform gives nothing.
  return here.holder !== undefined && isActiveMember(here.holder)
    ? rightsOfHolder(organization, catalogue, here.holder, now)
    : NO_RIGHTS;
}

type Actor = Extract<ActorFact, { kind: 'user' | 'service_account' | 'api_key' }>;

/** The principal as the one who acts: for a member, the person it is, while it is active. */
function actorOf(principal: Principal, holder: Holder | undefined): Actor | undefined {
  const via = 'internal';
  switch (kindOf(principal)) {
    case 'user':
      return { kind: 'user', id: principal as UserId, via };
    case 'service_account':
      return { kind: 'service_account', id: principal as ServiceAccount['id'], via };
    case 'api_key':
      return { kind: 'api_key', id: principal as ApiKeyId, via };
    case 'member':
      return holder !== undefined && isActiveMember(holder) && holder.user !== undefined
        ? { kind: 'user', id: holder.user, via }
        : undefined;
  }
}

type Holder = Member | ServiceAccount;

/** Whether and as what a principal is known in one organization. */
interface Known {
  readonly known: boolean;
  readonly holder?: Holder | undefined;
  readonly key?: Timed;
  readonly absent?: Reason | undefined;
}

const UNKNOWN: Known = { known: false };

function look(organization: Organization, principal: Principal, now: Instant): Known {
  switch (kindOf(principal)) {
    case 'member':
      return asHolder(organization.members.get(principal as MemberId));
    case 'user': {
      const id = organization.memberByUser.get(principal as UserId);
      return id === undefined ? UNKNOWN : asHolder(organization.members.get(id));
    }
    case 'service_account':
      return asHolder(organization.serviceAccounts.get(principal as ServiceAccount['id']));
    case 'api_key':
      return findKey(organization, principal as ApiKeyId, now);
  }
}

const asHolder = (holder: Holder | undefined): Known =>
  holder === undefined
    ? UNKNOWN
    : { known: true, holder, absent: isInactive(holder) ? 'deactivated' : undefined };

/** The key and whoever stands behind it; behind an organization's own key stands nobody. */
export function findKey(organization: Organization, id: ApiKeyId, now: Instant): Known {
  const key = organization.apiKeys.get(id);
  if (key === undefined) {
    return organization.ended.has(id) ? { known: false, absent: 'key_revoked' } : UNKNOWN;
  }
  const holder =
    organization.members.get(key.owner as MemberId) ??
    organization.serviceAccounts.get(key.owner as ServiceAccount['id']);
  const expired = key.expiresAt !== undefined && key.expiresAt <= now;
  const inactive = holder !== undefined && isInactive(holder);
  return {
    known: true,
    holder,
    key,
    absent: inactive ? 'deactivated' : expired ? 'key_expired' : undefined,
  };
}

const isInactive = (holder: Holder): boolean => 'status' in holder && holder.status === 'inactive';
const isActiveMember = (holder: Holder): holder is ActiveMember =>
  'status' in holder && holder.status === 'active';

const grantsHeld = (organization: Organization, holder: Holder | undefined): readonly Grant[] => {
  if (holder === undefined) return [];
  return 'status' in holder ? grantsOf(organization, holder) : holder.grants;
};
