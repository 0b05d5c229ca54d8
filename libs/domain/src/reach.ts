/**
 * Escalation: what a member could come to hold by acts they are allowed to do. They may have
 * helpers: whoever they invite, change or add to a team does what that one may, and so on. Judged
 * as of now, by the same relation as the acts themselves; deactivated spaces count as active.
 */
import { levelOf, type Catalogue, type Operation, type Role } from './catalogue.js';
import { givesOperation, lacking, type RoleAtScope } from './delegation.js';
import {
  isCompanion,
  isMany,
  isSingle,
  OWN,
  possible,
  powers,
  withImplicit,
  type Place,
  type Step,
  type Wanted,
  type Way,
} from './giving.js';
import type { Instant, RoleId, Scope, SpaceId } from './ids.js';
import {
  covers,
  customRole,
  gives,
  implicitRoles,
  lasts,
  type Held,
  type Rights,
} from './permissions.js';
import type { Organization } from './state.js';

/** Stands for every space at which nothing particular is held, also those still to come. */
export const ANY_SPACE = 'any_space' as SpaceId;

/** One act on the way: the operation that makes it possible, and the role it gives. */
export interface Act extends Omit<RoleAtScope, 'role'> {
  readonly operation: Operation;
  /** Absent: a role of one's own making, of all that is held there. */
  readonly role?: RoleId;
}

/** A role that is not held and could be, and the fewest acts that lead to it, itself the last. */
export interface Reach extends RoleAtScope {
  readonly acts: readonly [...Act[], Act];
}

/** Ways that are gone, times roles to be given: where there are more, the rest is not. */
const MOST = 10_000;

/** Where it is looked for: at the organization, and at one space. */
interface Search extends Place {
  readonly scopes: readonly Scope[];
}

/**
 * Every role at every scope that can be reached, each for as long as possible; the fewest acts come
 * first. Searched in breadth: all that one act gives, then two, until there is nothing more to find.
 * Where there are too many ways to go them all, what is left has one of which no act can be left out,
 * which need not be the shortest. A bit of it at a time: with hundreds of roles it takes seconds.
 */
export function* reaching(
  organization: Organization,
  catalogue: Catalogue,
  rights: Rights,
): Generator<void, Reach[]> {
  const held = new Set(rights.held.map(({ scope }) => scope));
  held.delete('organization');
  // What is held at one space is of no use at another.
  const spaces = catalogue.scopes.has('space') ? [ANY_SPACE, ...held] : [undefined];
  const known = new Map<string, Found>();
  const rows: Reach[] = [];
  for (const space of spaces) {
    const here = rights.held.filter((one) => one.scope === 'organization' || one.scope === space);
    const ends = [...new Set(here.flatMap(({ expiresAt }) => expiresAt ?? []))].sort();
    const scopes: Scope[] = ['organization', ...(space === undefined ? [] : [space])];
    const place = { organization, catalogue, rights: { ...rights, held: here }, scopes };
    const wanted = candidates(place).filter(
      ({ scope }) => scope !== 'organization' || space === spaces[0],
    );
    const name = likeness(here, space, ends);
    const found = known.get(name) ?? { space, ends, rows: yield* search(place, wanted) };
    known.set(name, found);
    rows.push(...found.rows.map((one) => moved(one, found, { space, ends })));
  }
  return rows.sort((a, b) => a.acts.length - b.acts.length);
}

/** What can be reached at a space, and when what is held there, or above, ends. */
interface Found {
  readonly space: Scope | undefined;
  readonly ends: readonly Instant[];
  readonly rows: readonly Reach[];
}

/** The same for two spaces at which the same is held, be it until other moments in the same order. */
const likeness = (held: readonly Held[], space: Scope | undefined, ends: readonly Instant[]) =>
  held
    .map(({ role, scope, expiresAt }) =>
      [scope === space, role.id, expiresAt && ends.indexOf(expiresAt)].join(' '),
    )
    .sort()
    .join();

/** What is found at one space, as it is at another that is alike. */
function moved(row: Reach, from: Found, to: Omit<Found, 'rows'>): Reach {
  if (from.space === to.space) return row;
  const there = <T extends Omit<Act, 'operation' | 'role'>>({ expiresAt, ...one }: T) => ({
    ...one,
    scope: one.scope === from.space ? to.space! : one.scope,
    ...(expiresAt === undefined ? {} : { expiresAt: to.ends[from.ends.indexOf(expiresAt)]! }),
  });
  return { ...there(row), acts: row.acts.map(there) as unknown as Reach['acts'] };
}

/** @param wanted what is looked for, of all that can be given there. */
function* search(place: Search, wanted: readonly Wanted[]): Generator<void, Reach[]> {
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
      for (const step of possible(place, way, rest)) found.set(step.held, [...way, step]);
      yield;
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
      rows.push(told(one, yield* needed(place, all, one, known)));
      reached.push(one);
    }
    break;
  }
  return rows;
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
  let needs: Way = all.slice(0, end);
  for (let size = Math.max(1, needs.length); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < needs.length;) {
      const rest = [...needs.slice(0, from), ...needs.slice(from + size)];
      if ([...possible(place, rest, [wanted])].length > 0) needs = rest;
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

const told = (held: Held, way: Way): Reach => ({
  ...atScope(held),
  acts: way.map(({ operation, held: one }) => {
    const { role, ...where } = atScope(one);
    return { operation, ...(role === OWN ? {} : { role }), ...where };
  }) as [...Act[], Act],
});

const atScope = ({ role, scope, expiresAt }: Held): RoleAtScope => ({
  role: role.id,
  scope,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

/** Is it among these, for as long? */
const isIn = (some: readonly Held[], one: Held): boolean =>
  some.some(
    (held) =>
      held.scope === one.scope &&
      lasts(held.expiresAt, one.expiresAt) &&
      (held.role === one.role || (held.role.id === one.role.id && one.role.id !== OWN)),
  );

/** All that can be given in the end, each after what it needs. */
function* reachable(place: Search): Generator<void, Step[]> {
  const wanted = candidates(place);
  const given = new Map<string, Step>();
  for (let before = -1; before !== given.size;) {
    before = given.size;
    const way = [...given.values()];
    const rest = [...wanted, ...ownRoles(place, way)].filter((one) => !given.has(nameOf(one)));
    for (const step of possible(place, way, rest)) given.set(nameOf(step.held), step);
    yield;
  }
  return [...given.values()];
}

const nameOf = ({ by, role, scope, expiresAt }: Wanted): string =>
  [by, role.id, scope, expiresAt, ...(role.id === OWN ? role.permissions : [])].join(' ');

/** Every role there is to be given, where it can be held, for as long as something held lasts; the
 * longest comes first. */
function candidates({ organization, catalogue, rights, scopes }: Search): Wanted[] {
  const ends = new Set(rights.held.flatMap(({ expiresAt }) => expiresAt ?? []));
  const times = [
    {},
    ...[...ends]
      .sort()
      .map((expiresAt) => ({ expiresAt }))
      .reverse(),
  ];
  const roles = [
    ...[...catalogue.roles.values()].filter(({ kind }) => kind !== 'implicit'),
    ...[...organization.customRoles.values()].map((one) => customRole(one, catalogue)),
  ];
  return scopes.flatMap((scope) =>
    roles
      .filter((role) => role.scopes.has(levelOf(scope)))
      .flatMap((role) =>
        times.flatMap((time) => handsFor(role).map((by) => ({ role, scope, ...time, by }))),
      ),
  );
}

const handsFor = ({ kind }: Role): Wanted['by'][] =>
  kind === 'custom' ? ['person', 'account'] : [kind === 'service_account' ? 'account' : 'person'];

/** Roles that could be made, each of all that whoever makes it holds in the organization for good. */
function ownRoles(place: Search, way: Way): Wanted[] {
  const { catalogue } = place;
  if (!catalogue.operations.has('manage_roles')) return [];
  const all = [...catalogue.permissions.keys()];
  return powers(place, way, 'organization').flatMap((held) => {
    const rights = { ...place.rights, held };
    if (!givesOperation(place, rights, 'manage_roles', 'organization')) return [];
    const missing = new Set(lacking(rights, all, 'organization', catalogue));
    const role = {
      id: OWN,
      kind: 'custom',
      permissions: new Set(all.filter((p) => !missing.has(p))),
    } as Pick<Role, 'id' | 'kind' | 'permissions'> as Role;
    return place.scopes.flatMap((scope) => handsFor(role).map((by) => ({ role, scope, by })));
  });
}

/** These ways, each gone one act further in every way that can be of use. */
function* further(place: Search, ways: readonly Way[]): Generator<void, Way[]> {
  const next = new Map<string, Way>();
  const all = candidates(place);
  for (const way of ways) {
    const known = [...way.map((step) => step.held)];
    const rest = [...all, ...ownRoles(place, way)].filter((one) => {
      const alike = known.filter(({ by }) => by === one.by);
      return !isIn(one.by === 'person' ? [...place.rights.held, ...alike] : alike, one);
    });
    for (const step of useful(place, way, [...possible(place, way, rest)])) {
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
    seatOf(place, a.step.held) === seatOf(place, b.step.held) &&
    covers(b.step.held.scope, a.step.held.scope) &&
    lasts(b.step.held.expiresAt, a.step.held.expiresAt) &&
    [...a.adds].every((one) => b.adds.has(one));
  return rated
    .filter(
      (a, index) =>
        !rated.some((b, other) => a !== b && isLess(a, b) && (other < index || !isLess(b, a))),
    )
    .map(({ step }) => step);
}

/** What can take whose place in somebody's hands. */
function seatOf({ catalogue }: Place, { by, role, scope }: Wanted): string {
  if (by === 'account' || isMany(catalogue)) return by;
  return `${isSingle(catalogue, role) ? 'single' : 'further'} ${scope}`;
}

/** What it lets its holder do, without what the same hands can do anyway. */
function added(place: Place, way: Way, wanted: Wanted): Set<string> {
  const { catalogue, rights } = place;
  const adds = powersOf(catalogue, wanted, wanted.scope);
  const isAccounts = wanted.by === 'account';
  if (!isAccounts && !isMany(catalogue)) return adds;
  const hands = way.flatMap(({ held }) => (held.by === wanted.by ? [held] : []));
  const all = isAccounts ? hands : withImplicit(catalogue, [...rights.held, ...hands]);
  for (const one of all) {
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
    ...(one.role.kind === 'implicit'
      ? []
      : implicitRoles(catalogue, [one])
          .filter((each) => covers(each.scope, scope))
          .flatMap((each) => [...powersOf(catalogue, each, scope)])),
  ]);
}
