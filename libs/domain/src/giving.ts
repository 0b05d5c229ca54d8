/** Of people and accounts who have come some way: who of them may give what, and by which operation. */
import type { Catalogue, Operation } from './catalogue.js';
import { delegates, givesOperation, lacking, type RoleAtScope } from './delegation.js';
import {
  FOR_KEYS,
  handsOf,
  isCompanion,
  isKey,
  isKeyOf,
  isMany,
  isSingle,
  NOTHING,
  OWN,
  powers,
  type Place,
  type Step,
  type Wanted,
  type Way,
} from './hands.js';
import type { Instant, Permission, Scope } from './ids.js';
import { isAccount, keyScopes, type Keyholder } from './keyholders.js';
import { gives, has, lasts, PLATFORM_PERMISSION, type Held } from './permissions.js';

/** As `possible`, a bit of it at a time. */
export function* possibleInTurns(
  place: Place,
  way: Way,
  wanted: readonly Wanted[],
): Generator<void, Step[]> {
  const hands: HandsAt = new Map();
  const steps: Step[] = [];
  for (let from = 0; from < wanted.length; from += 100) {
    steps.push(...possible(place, way, wanted.slice(from, from + 100), hands));
    yield;
  }
  return steps;
}

/** What each can hold, as far as it counts at some scopes. */
type HandsAt = Map<string, readonly (readonly Held[])[]>;

/** Which of these somebody who has come this far may give, and by which operation. */
export function* possible(
  place: Place,
  way: Way,
  wanted: Iterable<Wanted>,
  hands: HandsAt = new Map(),
): Generator<Step> {
  for (const one of wanted) {
    const scopes = isKeyOf(one.by, one) ? keyScopes(one.by) : [one.scope];
    const name = scopes.join();
    const here =
      hands.get(name) ?? powers(place, way, scopes).filter((held) => mayAny(place, held));
    hands.set(name, here);
    for (const held of here) {
      const operation = mayWith(place, way, held, one);
      if (operation === undefined) continue;
      yield { held: one, operation };
      break;
    }
  }
}

/** May somebody who has come this far give any of it? */
export const isPossible = (place: Place, way: Way, wanted: Iterable<Wanted>): boolean =>
  possible(place, way, wanted).next().done !== true;

const FOR_PEOPLE: readonly Operation[] = ['change_roles', 'invite', 'manage_teams'];
const FOR_ACCOUNTS: readonly Operation[] = [
  'create_service_account',
  'change_service_account_roles',
];
/** Do they hold anything by which something is given? */
function mayAny({ catalogue, rights }: Place, held: readonly Held[]): boolean {
  const operations = [...FOR_PEOPLE, ...FOR_ACCOUNTS, ...FOR_KEYS];
  const permissions = operations.flatMap((one) => catalogue.operations.get(one) ?? []);
  return (
    has(rights, PLATFORM_PERMISSION.operate) ||
    held.some(({ role }) => permissions.some((one) => role.permissions.has(one)))
  );
}

function mayWith(
  place: Place,
  way: Way,
  held: readonly Held[],
  wanted: Wanted,
): Operation | undefined {
  const { by } = wanted;
  if (isKeyOf(by, wanted)) return keyOf(place, held, by, wanted);
  if (wanted.role === NOTHING) {
    return makesAccount(place, held, wanted) ? 'create_service_account' : undefined;
  }
  const { catalogue } = place;
  const rights = { ...place.rights, held };
  const isOwn = wanted.role.id === OWN;
  const mayAssign = isOwn
    ? lacking(rights, given(wanted, catalogue), wanted.scope, catalogue).length === 0
    : mayDo(place, held, 'mayAssign', inPlace(wanted));
  if (!mayAssign || (isOwn && !isMade(place, way, wanted))) return undefined;
  const isOfUse = (operation: Operation): boolean =>
    may(place, held, operation, wanted.scope) &&
    (by === 'person'
      ? isHeldBy(place, way, held, wanted, operation)
      : operation === 'create_service_account'
        ? by === 'account' && makesAccount(place, held, wanted)
        : isChanged(place, way, held, wanted));
  const operation = by === 'person' ? FOR_PEOPLE.find(isOfUse) : FOR_ACCOUNTS.find(isOfUse);
  return operation !== undefined && isOwn ? 'manage_roles' : operation;
}

/** Is there anybody who may make this role, and holds all of it for good? */
const isMade = (place: Place, way: Way, { role }: Held): boolean =>
  powers(place, way, ['organization']).some((held) => {
    const rights = { ...place.rights, held };
    return (
      givesOperation(place, rights, 'manage_roles', 'organization') &&
      lacking(rights, [...role.permissions], 'organization', place.catalogue).length === 0
    );
  });

const may = (place: Place, held: readonly Held[], operation: Operation, scope: Scope): boolean =>
  place.catalogue.operations.has(operation) &&
  givesOperation(place, { ...place.rights, held }, operation, scope);

/** By which operation somebody comes to a key with which this is held. */
function keyOf(
  place: Place,
  held: readonly Held[],
  by: Keyholder,
  wanted: Held,
): Operation | undefined {
  const { organization, rights } = place;
  const isThere = (scope: Scope): boolean =>
    scope === 'organization' ||
    organization.spaces.has(scope) ||
    has(rights, PLATFORM_PERMISSION.operate);
  const mayAll = by.grants.every(
    (one) => mayDo(place, held, 'mayAssign', one) && mayDo(place, held, 'mayManage', one),
  );
  if (!mayAll || !keyScopes(by).every(isThere)) return undefined;
  const isHad = (operation: Operation): boolean => {
    const isNew = operation === 'create_api_key';
    if (!isNew && (by.key === undefined || !lasts(by.key.expiresAt, wanted.expiresAt)))
      return false;
    const theirs = by.grants.length > 0 ? held : lasting(held, isNew ? wanted : by.key!);
    return keyScopes(by).every((scope) => may(place, theirs, operation, scope));
  };
  return FOR_KEYS.find(isHad);
}

/** A key of whoever holds nothing lasts no longer than the right to it. */
const lasting = (held: readonly Held[], { expiresAt }: Pick<Held, 'expiresAt'>): Held[] =>
  held.filter((one) => lasts(one.expiresAt, expiresAt));

/** An account is of use to whoever has a key of it. One that holds nothing can be given roles later. */
const makesAccount = (place: Place, held: readonly Held[], wanted: Wanted): boolean => {
  const theirs = wanted.role === NOTHING ? lasting(held, wanted) : held;
  return (
    may(place, held, 'create_service_account', wanted.scope) &&
    may(place, theirs, 'create_api_key', wanted.scope) &&
    manages(place, held, wanted)
  );
};

/** Is there an account they have a key of for as long, on which they may act? */
function isChanged(place: Place, way: Way, held: readonly Held[], wanted: Wanted): boolean {
  const { by, scope } = wanted;
  // No change of an account's roles is given an end.
  if (wanted.expiresAt !== undefined) return false;
  if (typeof by === 'object') {
    const isManaged = (one: RoleAtScope): boolean =>
      one.scope !== scope || mayDo(place, held, 'mayManage', one);
    const keys = way.filter((step) => step.held.by === by && isKey(step));
    const isHad = keys.some((step) => lasts(endOf(step), wanted.expiresAt));
    return isAccount(by) && isHad && by.grants.every(isManaged);
  }
  // Each could be an account of its own.
  return handsOf(place, way, by).some((one) =>
    one.role === NOTHING
      ? lasts(one.expiresAt, wanted.expiresAt)
      : one.scope !== scope || manages(place, held, one),
  );
}

/** Of a key that is had; absent: it has none. */
const endOf = ({ operation, held: { by, role, expiresAt } }: Step): Instant | undefined => {
  if (role === NOTHING) return expiresAt;
  return operation === 'create_api_key' || typeof by !== 'object' ? undefined : by.key?.expiresAt;
};

/** May they act on whoever holds this? */
const manages = (place: Place, held: readonly Held[], one: Held): boolean => {
  const { catalogue, rights } = place;
  if (one.role.id !== OWN) return mayDo(place, held, 'mayManage', inPlace(one));
  const lasting = held.map(({ role, scope }) => ({ role, scope }));
  return (
    lacking({ ...rights, held: lasting }, given(one, catalogue), one.scope, catalogue).length === 0
  );
};

const inPlace = ({ role, ...where }: Held): RoleAtScope => ({ role: role.id, ...where });

/** What is acted on is acted on at once, before anything that is held has ended. */
const AT_ONCE = '' as Instant;

const mayDo = (
  { organization, catalogue, rights }: Place,
  held: readonly Held[],
  act: 'mayAssign' | 'mayManage',
  { role, scope, expiresAt }: RoleAtScope,
): boolean => {
  const end = act === 'mayManage' ? AT_ONCE : expiresAt;
  const asked = { role, scope, ...(end === undefined ? {} : { expiresAt: end }) };
  return delegates(organization, catalogue, { ...rights, held }, act, asked);
};

/** Permissions of a role where it is held. */
const given = (one: Held, catalogue: Catalogue): Permission[] =>
  [...one.role.permissions].filter((permission) => gives(one, permission, one.scope, catalogue));

/** Does it find somebody who can hold it? A team holds nothing that ends; some roles are held only
 * beside another, which whoever gives it has, gives as well, or may act on. */
function isHeldBy(
  place: Place,
  way: Way,
  held: readonly Held[],
  wanted: Wanted,
  operation: Operation,
): boolean {
  const { catalogue } = place;
  const rule = catalogue.rolesPerMember;
  if (operation === 'manage_teams') return rule !== 'one' && wanted.expiresAt === undefined;
  if (isMany(catalogue) || isSingle(catalogue, wanted.role)) return true;
  const around = handsOf(place, way, 'person');
  return around.some(
    (one) =>
      one.scope === wanted.scope &&
      isSingle(catalogue, one.role) &&
      isCompanion(catalogue, one.role) &&
      lasts(one.expiresAt, wanted.expiresAt) &&
      ((operation === 'change_roles' &&
        (held.includes(one) || mayDo(place, held, 'mayManage', inPlace(one)))) ||
        mayDo(place, held, 'mayAssign', inPlace(one))),
  );
}
