/** Escalation at one place: the ways on which more and more is given, the short ones first. */
import { levelOf, type Catalogue, type Operation, type Role } from './catalogue.js';
import { givesOperation, lacking, type RoleAtScope } from './delegation.js';
import { isPossible, possibleInTurns } from './giving.js';
import {
  byKeys,
  handsOf,
  isCompanion,
  isKey,
  isKeyOf,
  isMany,
  isSame,
  isSingle,
  NOTHING,
  OWN,
  powers,
  withImplicit,
  type Hands,
  type Place,
  type Step,
  type Wanted,
  type Way,
} from './hands.js';
import type { Instant, MemberId, RoleId, Scope, ServiceAccountId } from './ids.js';
import { isAccount, type Keyholder } from './keyholders.js';
import { covers, customRole, gives, implicitRoles, lasts, type Held } from './permissions.js';

/** One act on the way: the operation that makes it possible, and the role it gives. */
export interface Act extends Omit<RoleAtScope, 'role'> {
  readonly operation: Operation;
  /** Absent: of `manage_roles` a role of one's own making, of all that is held there; else none. */
  readonly role?: RoleId;
  /** Somebody who is there already, whose key is made or who is changed once there is one; with a
   * key comes all that it holds. */
  readonly principal?: MemberId | ServiceAccountId;
}

/** A role that is not held and could be, and the fewest acts that lead to it, itself the last. */
export interface Reach extends RoleAtScope {
  readonly acts: readonly [...Act[], Act];
}

/** Ways that are gone, times roles to be given: where there are more, the rest is not. */
const MOST = 10_000;

/** Where it is looked for: at the organization and at spaces, with those whose keys could be had. */
export interface Search extends Place {
  readonly scopes: readonly Scope[];
  readonly holders: readonly Keyholder[];
}

/** What is found, and all that can be given in the end, each after what it needs. */
export interface Found {
  readonly rows: readonly Reach[];
  readonly all: readonly Step[];
}

/** Searched in breadth: all that one act gives, then two, until there is nothing more to find.
 * @param scopes what is looked for there, of all that can be given. */
export function* search(place: Search, scopes: readonly Scope[]): Generator<void, Found> {
  const wanted = candidates(place).filter(
    ({ role, scope }) => role !== NOTHING && scopes.includes(scope),
  );
  const all = yield* reachable(place);
  const given = new Set(all.map(({ held }) => nameOf(held)));
  const left = new Set(wanted.filter((one) => given.has(nameOf(one))));
  const reached: Held[] = [...place.rights.held];
  const rows: Reach[] = [];
  let gone = 0;
  for (let ways: readonly Way[] = [[]]; left.size > 0;) {
    const found = new Map<Wanted, Way>();
    for (const way of ways) {
      const rest = [...left].filter((one) => !found.has(one));
      for (const step of yield* possibleInTurns(place, way, rest)) {
        found.set(step.held, [...way, step]);
      }
    }
    for (const one of left) {
      const way = found.get(one);
      if (isIn(reached, one)) left.delete(one);
      else if (way !== undefined) {
        rows.push(told(one, way));
        reached.push(one);
        left.delete(one);
      }
    }
    if (left.size > 0) ways = yield* further(place, ways);
    gone += ways.length * all.length;
    // No way is longer than all that can be given, one after the other.
    if (gone <= MOST && ways[0] !== undefined && ways[0].length < all.length) continue;
    const known = new Map<string, Way>();
    for (const one of left) {
      if (isIn(reached, one)) continue;
      const way = yield* needed(place, all, one, known);
      rows.push(told(one, yield* withoutDetours(place, way)));
      reached.push(one);
    }
    break;
  }
  return { rows, all };
}

/** Of all steps those without which it can't be given, and what these need in turn. */
function* needed(
  place: Search,
  all: readonly Step[],
  wanted: Wanted,
  known: Map<string, Way>,
): Generator<void, Way> {
  const name = nameOf(wanted);
  const before = known.get(name);
  if (before !== undefined) return before;
  const end = all.findIndex(({ held }) => nameOf(held) === name);
  let needs: Way = withKeysOnce(all.slice(0, end));
  for (let size = Math.max(1, needs.length); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < needs.length;) {
      const rest = [...needs.slice(0, from), ...needs.slice(from + size)];
      if (isPossible(place, rest, [wanted])) needs = rest;
      else from += size;
      yield;
    }
  }
  const ways = new Set<Step>();
  for (const { held } of needs) {
    for (const step of yield* needed(place, all, held, known)) ways.add(step);
  }
  const way = [...ways, all[end]!];
  known.set(name, way);
  return way;
}

/** Of a way those steps without which the rest can't be gone. */
function* withoutDetours(place: Place, way: Way): Generator<void, Way> {
  let needs = way;
  for (const step of [...way.slice(0, -1)].reverse()) {
    const rest = needs.filter((one) => one !== step);
    const isGone = rest.every(({ held }, n) => isPossible(place, rest.slice(0, n), [held]));
    if (isGone) needs = rest;
    yield;
  }
  return needs;
}

/** A key is needed once, for all that comes with it. */
function withKeysOnce(way: Way): Way {
  const keyOf = ({ held, operation }: Step) => JSON.stringify([operation, inHands(held.by)]);
  const first = new Map(
    way
      .filter(isKey)
      .reverse()
      .map((step) => [keyOf(step), step]),
  );
  return way.filter((step) => !isKey(step) || first.get(keyOf(step)) === step);
}

const told = (held: Held, way: Way): Reach => ({
  ...atScope(held),
  acts: way.map(({ operation, held: one }) => {
    const { role, ...where } = atScope(one);
    return {
      operation,
      ...(role === OWN ? {} : { role }),
      ...where,
      ...(typeof one.by === 'object' ? { principal: one.by.id } : {}),
    };
  }) as [...Act[], Act],
});

const atScope = ({ role, scope, expiresAt }: Held): RoleAtScope => ({
  role: role.id,
  scope,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

/** Is it among these, for as long? */
export const isIn = (some: readonly Held[], one: Held): boolean =>
  some.some(
    (held) =>
      held.scope === one.scope &&
      lasts(held.expiresAt, one.expiresAt) &&
      (isSame(held.role, one.role) || isWithin(one.role, held.role)),
  );

/** Of two of one's own making. */
const isWithin = (one: Role, other: Role): boolean =>
  one.id === OWN &&
  one !== NOTHING &&
  other.id === OWN &&
  [...one.permissions].every((each) => other.permissions.has(each));

/** All that can be given in the end, each after what it needs. */
function* reachable(place: Search): Generator<void, Step[]> {
  const wanted = candidates(place);
  const given = new Map<string, Step>();
  for (let before = -1; before !== given.size;) {
    before = given.size;
    const way = [...given.values()];
    const rest = [...wanted, ...ownRoles(place, way)].filter((one) => !given.has(nameOf(one)));
    for (const step of yield* possibleInTurns(place, way, rest)) {
      given.set(nameOf(step.held), step);
    }
  }
  return [...given.values()];
}

const inHands = (by: Hands): string => (typeof by === 'object' ? by.id : by);

export const nameOf = ({ by, role, scope, expiresAt }: Wanted): string =>
  [inHands(by), ...[role.id, scope, expiresAt], ...(role.id === OWN ? role.permissions : [])].join(
    ' ',
  );

/** Every role there is to be given, where it can be held, for as long as something held lasts, and
 * all that comes with a key; the longest comes first. */
export function candidates(place: Search): Wanted[] {
  const { organization, catalogue, scopes, holders } = place;
  const times = [undefined, ...endsOf(place).reverse()];
  const roles = [
    ...[...catalogue.roles.values()].filter(({ kind }) => kind !== 'implicit'),
    ...[...organization.customRoles.values()].map((one) => customRole(one, catalogue)),
  ];
  const given = scopes.flatMap((scope) =>
    roles
      .filter((role) => role.scopes.has(levelOf(scope)))
      .flatMap((role) => handsFor(place, role).map((by) => ({ role, scope, by }))),
  );
  const withKeys = holders.flatMap((by) =>
    byKeys(by)
      .filter(({ role, scope }) => role.kind !== 'implicit' && scopes.includes(scope))
      .map((one) => ({ ...one, by })),
  );
  const accounts = [
    'account' as const,
    ...holders.filter((one) => isAccount(one) && one.held.length === 0),
  ];
  const blank = accounts.map((by) => ({ role: NOTHING, scope: 'organization' as const, by }));
  return times.flatMap((expiresAt) => [
    ...blank.map((one) => ({ ...one, ...(expiresAt === undefined ? {} : { expiresAt }) })),
    ...withKeys.filter((one) => one.expiresAt === expiresAt),
    ...given.map((one) => ({ ...one, ...(expiresAt === undefined ? {} : { expiresAt }) })),
  ]);
}

/** When something that is held there ends, or comes with a key and does. */
export const endsOf = ({ rights, holders }: Pick<Search, 'rights' | 'holders'>): Instant[] => {
  const keys = holders.flatMap(({ key }) => key ?? []);
  const held = [...rights.held, ...holders.flatMap(byKeys), ...keys];
  return [...new Set(held.flatMap(({ expiresAt }) => expiresAt ?? []))].sort();
};

/** Of those accounts whose keys could be had so many are given further roles. */
export const MOST_CHANGED = 20;

const handsFor = ({ holders }: Search, { kind }: Role): Hands[] => [
  ...(kind === 'service_account' ? [] : ['person' as const]),
  ...(kind === 'service_account' || kind === 'custom'
    ? ['account' as const, ...holders.filter(isAccount).slice(0, MOST_CHANGED)]
    : []),
];

/** Roles that could be made, each of all that whoever makes it holds in the organization for good. */
export function ownRoles(place: Search, way: Way): Wanted[] {
  const { catalogue } = place;
  if (!catalogue.operations.has('manage_roles')) return [];
  const all = [...catalogue.permissions.keys()];
  return powers(place, way, ['organization']).flatMap((held) => {
    const rights = { ...place.rights, held };
    if (!givesOperation(place, rights, 'manage_roles', 'organization')) return [];
    const missing = new Set(lacking(rights, all, 'organization', catalogue));
    const role = {
      id: OWN,
      kind: 'custom',
      permissions: new Set(all.filter((p) => !missing.has(p))),
    } as Pick<Role, 'id' | 'kind' | 'permissions'> as Role;
    return place.scopes.flatMap((scope) =>
      handsFor(place, role).map((by) => ({ role, scope, by })),
    );
  });
}

/** These ways, each gone one act further in every way that can be of use. */
function* further(place: Search, ways: readonly Way[]): Generator<void, Way[]> {
  const next = new Map<string, Way>();
  const all = candidates(place);
  for (const way of ways) {
    const rest = [...all, ...ownRoles(place, way)].filter(
      (one) => !isIn(handsOf(place, way, one.by), one),
    );
    for (const step of useful(place, way, yield* possibleInTurns(place, way, rest))) {
      const longer = [...way, step];
      const name = longer.map(({ held }) => nameOf(held)).sort();
      next.set(name.join(), longer);
    }
    yield;
  }
  return [...next.values()];
}

/** Steps without those that add nothing, and of two of which one adds all that the other does, that one. */
function useful(place: Place, way: Way, steps: readonly Step[]): Step[] {
  const rated = steps
    .map((step) => ({ step, adds: added(place, way, step.held) }))
    .filter(({ adds }) => adds.size > 0);
  type Rated = (typeof rated)[number];
  const isLess = (a: Rated, b: Rated): boolean =>
    isKey(a.step) || isKey(b.step)
      ? isKey(a.step) && isKey(b.step) && a.step.held.by === b.step.held.by && isNoBetter(a, b)
      : isCovered(a, b);
  const isCovered = (a: Rated, b: Rated): boolean =>
    seatOf(place, a.step.held) === seatOf(place, b.step.held) &&
    covers(b.step.held.scope, a.step.held.scope) &&
    lasts(b.step.held.expiresAt, a.step.held.expiresAt) &&
    [...a.adds].every((one) => b.adds.has(one));
  // One that is made has no end.
  const isNoBetter = (a: Rated, b: Rated): boolean =>
    a.step.operation === b.step.operation || b.step.operation === 'create_api_key';
  return rated
    .filter(
      (a, index) =>
        !rated.some((b, other) => a !== b && isLess(a, b) && (other < index || !isLess(b, a))),
    )
    .map(({ step }) => step);
}

/** What can take whose place in somebody's hands. */
function seatOf({ catalogue }: Place, { by, role, scope }: Wanted): string {
  if (by !== 'person' || isMany(catalogue)) return inHands(by);
  return `${isSingle(catalogue, role) ? 'single' : 'further'} ${scope}`;
}

/** What it lets its holder do, without what the same hands can do anyway. */
function added(place: Place, way: Way, wanted: Wanted): Set<string> {
  const { catalogue } = place;
  const { by } = wanted;
  if (isKeyOf(by, wanted)) {
    const adds = by.held.flatMap((one) => [...powersOf(catalogue, one, one.scope)]);
    return new Set(['has a key', ...adds]);
  }
  // Whoever may act on no holder of a role that they give gives it to an account that holds none yet.
  if (wanted.role === NOTHING) return new Set(['has a key']);
  const implicit = by === 'person' ? implicitRoles(catalogue, [wanted]) : [];
  const adds = new Set(
    [wanted, ...implicit.filter(({ scope }) => covers(scope, wanted.scope))].flatMap((one) => [
      ...powersOf(catalogue, one, wanted.scope),
    ]),
  );
  if (by === 'person' && !isMany(catalogue)) return adds;
  const hands = handsOf(place, way, by);
  // It can be given more.
  if (by === 'account' && hands.length === 0) adds.add('has an account');
  for (const one of by === 'person' ? withImplicit(catalogue, hands) : hands) {
    if (!covers(one.scope, wanted.scope) || !lasts(one.expiresAt, wanted.expiresAt)) continue;
    for (const power of powersOf(catalogue, one, wanted.scope)) adds.delete(power);
  }
  return adds;
}

function powersOf(catalogue: Catalogue, one: Held, scope: Scope): Set<string> {
  const { role } = one;
  const entry = catalogue.delegation.get(role.id);
  const has = [...role.permissions].filter((each) => gives(one, each, scope, catalogue));
  const isSubset = (entry?.otherwise ?? 'subset') === 'subset';
  const isSeat = !isMany(catalogue) && isSingle(catalogue, role) && isCompanion(catalogue, role);
  return new Set([
    ...has.map((each) => `may ${each}`),
    ...(isSubset ? has.map((each) => `gives ${each}`) : []),
    ...[...(entry?.mayAssign ?? [])].map((each) => `assigns ${each}`),
    ...[...(entry?.mayManage ?? [])].map((each) => `manages ${each}`),
    ...(isSeat ? [`beside ${role.id}`] : []),
  ]);
}
