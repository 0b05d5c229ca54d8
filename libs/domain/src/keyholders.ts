/** Those who hold roles already, and whom whoever has a key of theirs acts as. */
import type { Catalogue } from './catalogue.js';
import type { RoleAtScope } from './delegation.js';
import type { Instant, MemberId, Scope, ServiceAccountId } from './ids.js';
import { grantsOf, inForce, lasts, rightsOfHolder, unended, type Held } from './permissions.js';
import type { ActiveMember, ApiKey, Organization, ServiceAccount } from './state.js';

/** A service account, or a member. */
export interface Keyholder {
  readonly id: MemberId | ServiceAccountId;
  /** All that has not ended: whoever makes a key has to be able to give it, now and later. */
  readonly grants: readonly RoleAtScope[];
  /** What is done with a key of it rests on this. */
  readonly held: readonly Held[];
  /** Of the keys it has, the one that lasts longest. */
  readonly key?: { readonly expiresAt?: Instant };
}

export const isAccount = ({ id }: Pick<Keyholder, 'id'>): boolean => id.startsWith('svc_');

/** Where the right to a key of it is asked. */
export const keyScopes = (one: Keyholder): readonly Scope[] =>
  isAccount(one) && one.grants.length > 0
    ? [...new Set(one.grants.map(({ scope }) => scope))]
    : ['organization'];

/** Of those who hold the same, one. */
export interface Keyholders {
  readonly holders: readonly Keyholder[];
  /** Until then it is so, if nothing happens; absent: for good. */
  readonly until?: Instant;
}

/** Every account, and every member who holds something. A bit of it at a time, there may be many. */
export function* keyholders(
  organization: Organization,
  catalogue: Catalogue,
  now: Instant,
): Generator<void, Keyholders> {
  const found = new Map<string, Keyholder>();
  let until: Instant | undefined;
  let seen = 0;
  for (const one of [...organization.serviceAccounts.values(), ...organization.members.values()]) {
    if (++seen % 500 === 0) yield;
    if ('status' in one && one.status !== 'active') continue;
    for (const time of timesOf(organization, one)) {
      if (time > now && (until === undefined || time < until)) until = time;
    }
    const holder = keyholderOf(organization, catalogue, one, now);
    if ('status' in one && holder.held.every(({ role }) => role.kind === 'implicit')) continue;
    const name = nameOf(holder);
    if (!found.has(name)) found.set(name, holder);
  }
  return { holders: [...found.values()], ...(until === undefined ? {} : { until }) };
}

function keyholderOf(
  organization: Organization,
  catalogue: Catalogue,
  one: ActiveMember | ServiceAccount,
  now: Instant,
): Keyholder {
  const { held } = rightsOfHolder(organization, catalogue, one, now);
  // Whoever may give a key a new secret may make another, but where that is a right of its own.
  const { operations } = catalogue;
  const isApart = operations.get('rotate_api_key') !== operations.get('create_api_key');
  const [key] = (isApart ? keysOf(organization, one) : [])
    // What a key may by its scopes asks for more.
    .filter((each) => inForce(each, now) && each.scopes.length === 0)
    .sort((a, b) => (lasts(a.expiresAt, b.expiresAt) ? -1 : 1));
  const grants = unended(grantsHeld(organization, one), now);
  return { id: one.id, grants, held, ...(key === undefined ? {} : { key }) };
}

const grantsHeld = (organization: Organization, one: ActiveMember | ServiceAccount) =>
  'status' in one ? grantsOf(organization, one) : one.grants;

const keysOf = (organization: Organization, { id }: ActiveMember | ServiceAccount): ApiKey[] =>
  [...organization.keysByOwner.of(id)].flatMap((key) => organization.apiKeys.get(key) ?? []);

const timesOf = (organization: Organization, one: ActiveMember | ServiceAccount): Instant[] =>
  [
    ...grantsHeld(organization, one).flatMap(({ notBefore, expiresAt }) => [notBefore, expiresAt]),
    ...keysOf(organization, one).map(({ expiresAt }) => expiresAt),
  ].filter((time) => time !== undefined);

const nameOf = (one: Keyholder): string =>
  [
    isAccount(one),
    one.key && (one.key.expiresAt ?? 'for good'),
    ...one.grants.map(({ role, scope, expiresAt }) => [role, scope, expiresAt].join(' ')).sort(),
    // What has still to begin is not held.
    ...one.held.map(({ role, scope }) => [role.id, scope].join(' ')).sort(),
  ].join();
