/**
 * Escalation: what a member could come to hold by acts they are allowed to do. They may have
 * helpers: whoever they invite, change or add to a team does what that one may, and so on. Judged
 * as of now, by the same relation as the acts themselves; deactivated spaces count as active.
 */
import { levelOf, type Catalogue, type Operation, type Role } from './catalogue.js';
import { delegates, givesOperation, lacking, type RoleAtScope } from './delegation.js';
import type { Instant, Permission, RoleId, Scope, SpaceId } from './ids.js';
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

/** What somebody could be given: a person, or a service account. */
interface Wanted extends Held {
  readonly by: 'person' | 'account';
}

interface Step {
  readonly held: Wanted;
  readonly operation: Operation;
}
/** Acts one after the other. */
type Way = readonly Step[];

interface Place {
  readonly organization: Organization;
  readonly catalogue: Catalogue;
  readonly rights: Rights;
}

/** Ways of as many acts, times roles to be given: where there are more, not all are gone. */
const MOST = 10_000;

/**
 * Every role at every scope that can be reached, each for as long as possible; the fewest acts come
 * first. Searched in breadth: all that one act gives, then two, until there is nothing more to find.
 * Where there are too many ways to go them all, what is left has one of which no act can be left out,
 * which need not be the shortest.
 */
export function reach(organization: Organization, catalogue: Catalogue, rights: Rights): Reach[] {
  const place = { organization, catalogue, rights };
  const wanted = candidates(place);
  const all = reachable(place, wanted);
  const given = new Set(all.map(({ held }) => held));
  const left = new Set(wanted.filter((one) => given.has(one)));
  const reached: Held[] = [...rights.held];
  const rows: Reach[] = [];
  for (let ways: readonly Way[] = [[]]; left.size > 0;) {
    const found = new Map<Wanted, Way>();
    for (const way of ways) {
      const rest = [...left].filter((one) => !found.has(one));
      for (const step of possible(place, way, rest)) found.set(step.held, [...way, step]);
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
    if (left.size > 0) ways = further(place, ways);
    if (ways.length * all.length <= MOST) continue;
    const known = new Map<Wanted, Way>();
    for (const one of left) {
      if (isIn(reached, one)) continue;
      rows.push(told(one, needed(place, all, one, known)));
      reached.push(one);
    }
    return rows.sort((a, b) => a.acts.length - b.acts.length);
  }
  return rows;
}

/** Of all steps those without which it can't be given, and what these need in turn. */
function needed(place: Place, all: readonly Step[], wanted: Wanted, known: Map<Wanted, Way>): Way {
  const before = known.get(wanted);
  if (before !== undefined) return before;
  const end = all.findIndex(({ held }) => held === wanted);
  let needs: Way = all.slice(0, end);
  for (let size = Math.max(1, needs.length); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < needs.length;) {
      const rest = [...needs.slice(0, from), ...needs.slice(from + size)];
      if ([...possible(place, rest, [wanted])].length > 0) needs = rest;
      else from += size;
    }
  }
  const way = [...new Set(needs.flatMap(({ held }) => needed(place, all, held, known))), all[end]!];
  known.set(wanted, way);
  return way;
}

const OWN = '' as RoleId;

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
function reachable(place: Place, wanted: readonly Wanted[]): Step[] {
  const given = new Map<string, Step>();
  for (let before = -1; before !== given.size;) {
    before = given.size;
    const way = [...given.values()];
    const rest = [...wanted, ...ownRoles(place, way)].filter((one) => !given.has(nameOf(one)));
    for (const step of possible(place, way, rest)) given.set(nameOf(step.held), step);
  }
  return [...given.values()];
}

const nameOf = ({ by, role, scope, expiresAt }: Wanted): string =>
  [by, role.id, scope, expiresAt, ...(role.id === OWN ? role.permissions : [])].join(' ');

/** Every role there is to be given, where it can be held, for as long as something held lasts; the
 * longest comes first. */
function candidates({ organization, catalogue, rights }: Place): Wanted[] {
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
  return scopesOf({ catalogue, rights }).flatMap((scope) =>
    roles
      .filter((role) => role.scopes.has(levelOf(scope)))
      .flatMap((role) =>
        times.flatMap((time) => handsFor(role).map((by) => ({ role, scope, ...time, by }))),
      ),
  );
}

const scopesOf = ({ catalogue, rights }: Omit<Place, 'organization'>): Scope[] => [
  ...new Set<Scope>([
    'organization',
    ...(catalogue.scopes.has('space') ? [ANY_SPACE] : []),
    ...rights.held.map((one) => one.scope),
  ]),
];

const handsFor = ({ kind }: Role): Wanted['by'][] =>
  kind === 'custom' ? ['person', 'account'] : [kind === 'service_account' ? 'account' : 'person'];

/** Roles that could be made, each of all that whoever makes it holds in the organization for good. */
function ownRoles(place: Place, way: Way): Wanted[] {
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
    return scopesOf(place).flatMap((scope) => handsFor(role).map((by) => ({ role, scope, by })));
  });
}

/** Which of these somebody who has come this far may give, and by which operation. */
function* possible(place: Place, way: Way, wanted: Iterable<Wanted>): Generator<Step> {
  const hands = new Map<Scope, readonly (readonly Held[])[]>();
  for (const one of wanted) {
    const here = hands.get(one.scope) ?? powers(place, way, one.scope);
    hands.set(one.scope, here);
    for (const held of here) {
      const operation = mayWith(place, way, held, one);
      if (operation === undefined) continue;
      yield { held: one, operation };
      break;
    }
  }
}

const FOR_PEOPLE: readonly Operation[] = ['change_roles', 'invite', 'manage_teams'];

function mayWith(
  place: Place,
  way: Way,
  held: readonly Held[],
  wanted: Wanted,
): Operation | undefined {
  const { catalogue } = place;
  const rights = { ...place.rights, held };
  const { scope, role } = wanted;
  const can = (operation: Operation): boolean =>
    catalogue.operations.has(operation) && givesOperation(place, rights, operation, scope);
  const isOwn = role.id === OWN;
  const mayAssign = isOwn
    ? lacking(rights, given(wanted, catalogue), scope, catalogue).length === 0
    : mayDo(place, held, 'mayAssign', wanted);
  if (!mayAssign) return undefined;
  const operation =
    wanted.by === 'person'
      ? FOR_PEOPLE.find((one) => can(one) && isHeldBy(place, way, held, wanted, one))
      : // An account is of use to whoever has a key of it.
        (['create_service_account'] as const).find(
          (one) =>
            can(one) && can('create_api_key') && (isOwn || mayDo(place, held, 'mayManage', wanted)),
        );
  return operation !== undefined && isOwn ? 'manage_roles' : operation;
}

/** What is acted on is acted on at once, before anything that is held has ended. */
const AT_ONCE = '' as Instant;

const mayDo = (
  { organization, catalogue, rights }: Place,
  held: readonly Held[],
  act: 'mayAssign' | 'mayManage',
  { role, scope, expiresAt }: Held,
): boolean => {
  const until = act === 'mayManage' ? AT_ONCE : expiresAt;
  const asked = { role: role.id, scope, ...(until === undefined ? {} : { expiresAt: until }) };
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
  const around = [...place.rights.held, ...way.map((step) => step.held)];
  return around.some(
    (one) =>
      one.scope === wanted.scope &&
      isSingle(catalogue, one.role) &&
      isCompanion(catalogue, one.role) &&
      lasts(one.expiresAt, wanted.expiresAt) &&
      ((operation === 'change_roles' &&
        (held.includes(one) || mayDo(place, held, 'mayManage', one))) ||
        mayDo(place, held, 'mayAssign', one)),
  );
}

const isMany = ({ rolesPerMember: rule }: Catalogue): boolean =>
  rule === 'many' || (rule !== 'one' && rule.base === 'many');
/** Is it one of which a person has a single one at a scope? */
const isSingle = ({ rolesPerMember: rule }: Catalogue, { kind }: Role): boolean =>
  rule === 'one' || kind === 'base';
/** Are further roles held beside it? */
const isCompanion = ({ rolesPerMember: rule }: Catalogue, { id }: Role): boolean =>
  typeof rule !== 'string' && (rule.specializedWith?.includes(id) ?? true);

/**
 * What one of them can hold at once, as far as it counts at this scope: in catalogues with one role
 * a person each of the helpers has another.
 */
function powers(place: Place, way: Way, scope: Scope): (readonly Held[])[] {
  const { catalogue, rights } = place;
  const here = way.map(({ held }) => held).filter((one) => covers(one.scope, scope));
  const people = here.filter(({ by }) => by === 'person');
  const accounts = here.filter(({ by }) => by === 'account');
  const theirs = accounts.length > 0 ? [accounts] : [];
  if (isMany(catalogue)) {
    return [...theirs, withImplicit(catalogue, [...rights.held, ...people])];
  }
  const start = rights.held.filter(({ role }) => role.kind !== 'implicit');
  const all = [...start, ...people];
  const at = (where: Scope) => [
    undefined,
    ...all.filter((one) => isSingle(catalogue, one.role) && one.scope === where),
  ];
  const isBeside = (extra: Held, chosen: readonly Held[]): boolean =>
    chosen.some((one) => one.scope === extra.scope && isCompanion(catalogue, one.role));
  const below = scope === 'organization' ? [undefined] : at(scope);
  const hands = at('organization').flatMap((one) =>
    below.map((other) => {
      const chosen = [one, other].filter((each) => each !== undefined);
      const extras = all.filter(
        (extra) => !isSingle(catalogue, extra.role) && isBeside(extra, chosen),
      );
      return withImplicit(catalogue, [...chosen, ...extras]);
    }),
  );
  return [...theirs, rights.held, ...hands];
}

const withImplicit = (catalogue: Catalogue, held: readonly Held[]): Held[] => {
  const plain = held.filter(({ role }) => role.kind !== 'implicit');
  return [...plain, ...implicitRoles(catalogue, plain)];
};

/** These ways, each gone one act further in every way that can be of use. */
function further(place: Place, ways: readonly Way[]): Way[] {
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
