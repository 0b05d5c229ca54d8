/** Of people and accounts who have come some way: who of them may give what, and by which operation. */
import type { Catalogue, Operation, Role } from './catalogue.js';
import { delegates, givesOperation, lacking, type RoleAtScope } from './delegation.js';
import { isAccount, keyScopes, type Keyholder } from './keyholders.js';
import type { Instant, Permission, RoleId, Scope } from './ids.js';
import {
  covers,
  gives,
  has,
  implicitRoles,
  lasts,
  PLATFORM_PERMISSION,
  until,
  type Held,
  type Rights,
} from './permissions.js';
import type { Organization } from './state.js';

/** Of one's own making. */
export const OWN = '' as RoleId;

/** What an account has that holds no role, and can be given one. */
export const NOTHING: Role = {
  id: '' as RoleId,
  name: '',
  kind: 'service_account',
  scopes: new Set(),
  permissions: new Set(),
  explicit: true,
  description: '',
};

export const isSame = (a: Role, b: Role): boolean => a === b || (a.id === b.id && a.id !== OWN);

/** In whose hands it is: a person's or a service account's who come to it, or somebody's who is there. */
export type Hands = 'person' | 'account' | Keyholder;

/** What somebody could come to hold. */
export interface Wanted extends Held {
  readonly by: Hands;
}

export interface Step {
  readonly held: Wanted;
  readonly operation: Operation;
}
/** Acts one after the other. */
export type Way = readonly Step[];

export interface Place {
  readonly organization: Organization;
  readonly catalogue: Catalogue;
  readonly rights: Rights;
}

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

const FOR_PEOPLE: readonly Operation[] = ['change_roles', 'invite', 'manage_teams'];
const FOR_ACCOUNTS = ['create_service_account', 'change_service_account_roles'] as const;
export const FOR_KEYS: readonly Operation[] = ['create_api_key', 'rotate_api_key'];

/** Do they hold anything by which something is given? */
export function mayAny({ catalogue, rights }: Place, held: readonly Held[]): boolean {
  const operations = [...FOR_PEOPLE, ...FOR_ACCOUNTS, ...FOR_KEYS];
  const permissions = operations.flatMap((one) => catalogue.operations.get(one) ?? []);
  return (
    has(rights, PLATFORM_PERMISSION.operate) ||
    held.some(({ role }) => permissions.some((one) => role.permissions.has(one)))
  );
}

/** What comes with a key of somebody who is there. */
export const isKeyOf = (by: Hands, { role, scope, expiresAt }: Held): by is Keyholder =>
  typeof by === 'object' &&
  (role === NOTHING ||
    byKeys(by).some(
      (one) => isSame(one.role, role) && one.scope === scope && one.expiresAt === expiresAt,
    ));

/** What is held with a new key, and with the one there is, if it is given a new secret. */
export const byKeys = ({ held, key }: Keyholder): Held[] => [
  ...held,
  ...(key === undefined ? [] : until(held, key.expiresAt)),
];

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
  const can = (operation: Operation): boolean => may(place, held, operation, wanted.scope);
  const operation =
    by === 'person'
      ? FOR_PEOPLE.find((one) => can(one) && isHeldBy(place, way, held, wanted, one))
      : by === 'account' && makesAccount(place, held, wanted)
        ? 'create_service_account'
        : // No change of an account's roles is given an end.
          wanted.expiresAt === undefined &&
            can('change_service_account_roles') &&
            isChanged(place, way, held, wanted)
          ? 'change_service_account_roles'
          : undefined;
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

export const isMany = ({ rolesPerMember: rule }: Catalogue): boolean =>
  rule === 'many' || (rule !== 'one' && rule.base === 'many');
/** Is it one of which a person has a single one at a scope? */
export const isSingle = ({ rolesPerMember: rule }: Catalogue, { kind }: Role): boolean =>
  rule === 'one' || kind === 'base';
/** Are further roles held beside it? */
export const isCompanion = ({ rolesPerMember: rule }: Catalogue, { id }: Role): boolean =>
  typeof rule !== 'string' && (rule.specializedWith?.includes(id) ?? true);

/** What they hold who have come this way, all people and all accounts they made together. */
export function handsOf({ rights }: Place, way: Way, by: Hands): readonly Held[] {
  const given = way.filter(({ held }) => held.by === by);
  if (by === 'account') return given.map(({ held }) => held);
  if (by === 'person') return [...rights.held, ...given.map(({ held }) => held)];
  const keys = given.filter(isKey);
  if (keys.length === 0) return [];
  const isNew = keys.some(({ operation }) => operation === 'create_api_key');
  const blank = keys.filter(({ held }) => held.role === NOTHING);
  return [
    ...(isNew ? by.held : until(by.held, by.key?.expiresAt)),
    ...[...blank, ...given.filter((step) => !isKey(step))].map(({ held }) => held),
  ];
}

/** With a key comes all that its owner holds. */
export const isKey = ({ operation }: Step): boolean => FOR_KEYS.includes(operation);

/**
 * What one of them can hold at once, as far as it counts at these scopes: in catalogues with one role
 * a person each of the helpers has another.
 */
export function powers(place: Place, way: Way, scopes: readonly Scope[]): (readonly Held[])[] {
  const { catalogue, rights } = place;
  const counting = (some: readonly Held[]): Held[] =>
    some.filter((one) => scopes.some((scope) => covers(one.scope, scope)));
  const others = new Map<Hands, Step[]>();
  for (const step of way) {
    const { by } = step.held;
    if (by === 'person') continue;
    const steps = others.get(by) ?? [];
    steps.push(step);
    others.set(by, steps);
  }
  const theirs = [...others].map(([by, steps]) => counting(handsOf(place, steps, by)));
  const people = way.map(({ held }) => held).filter(({ by }) => by === 'person');
  const all = [...rights.held.filter(({ role }) => role.kind !== 'implicit'), ...counting(people)];
  if (isMany(catalogue)) return [...theirs, withImplicit(catalogue, all)];
  const at = (where: Scope) => [
    undefined,
    ...all.filter((one) => isSingle(catalogue, one.role) && one.scope === where),
  ];
  const isBeside = (extra: Held, chosen: readonly Held[]): boolean =>
    chosen.some((one) => one.scope === extra.scope && isCompanion(catalogue, one.role));
  let chosen: (readonly Held[])[] = [[]];
  for (const scope of new Set<Scope>(['organization', ...scopes])) {
    chosen = at(scope).flatMap((one) =>
      chosen.map((other) => (one === undefined ? other : [...other, one])),
    );
  }
  const hands = chosen.map((some) => {
    const extras = all.filter((extra) => !isSingle(catalogue, extra.role) && isBeside(extra, some));
    return withImplicit(catalogue, [...some, ...extras]);
  });
  return [...theirs, rights.held, ...hands];
}

export const withImplicit = (catalogue: Catalogue, held: readonly Held[]): Held[] => {
  const plain = held.filter(({ role }) => role.kind !== 'implicit');
  return [...plain, ...implicitRoles(catalogue, plain)];
};
