/**
 * Escalation: what a member could come to hold by acts they are allowed to do. They may have
 * helpers: whoever they invite, change or add to a team does what that one may, and so on. Judged
 * as of now, by the same relation as the acts themselves; deactivated spaces count as active.
 */
import { levelOf, type Catalogue, type Operation, type Role } from './catalogue.js';
import { delegates, givesOperation, type RoleAtScope } from './delegation.js';
import type { Instant, Permission, RoleId, Scope, SpaceId } from './ids.js';
import { covers, customRole, gives, implicitRoles, type Held, type Rights } from './permissions.js';
import type { Organization } from './state.js';

/** Stands for every space at which nothing particular is held, also those still to come. */
export const ANY_SPACE = 'any_space' as SpaceId;

/** One act on the way: the operation that makes it possible, and the role it gives. */
export interface Act extends Omit<RoleAtScope, 'role'> {
  readonly operation: Operation;
  /** Absent: a role of one's own making, of all that is held there. */
  readonly role?: RoleId;
}

/** A role that is not held and could be, with acts none of which can be left out. */
export interface Reach extends RoleAtScope {
  readonly acts: readonly [...Act[], Act];
}

interface Step {
  readonly held: Held;
  readonly acts: readonly [...Step[], Step];
  readonly operation: Operation;
}
/** The step itself comes last among its acts. */
const step = (held: Held, operation: Operation, before: readonly Step[]): Step => {
  const made = { held, operation } as { -readonly [F in keyof Step]: Step[F] };
  made.acts = [...before, made];
  return made;
};

interface Place {
  readonly organization: Organization;
  readonly catalogue: Catalogue;
  readonly rights: Rights;
}

/**
 * Every role at every scope that can be reached, each for as long as possible; the fewest acts come
 * first. Where each act rests on one before it there is no shorter way.
 */
export function reach(organization: Organization, catalogue: Catalogue, rights: Rights): Reach[] {
  const place = { organization, catalogue, rights };
  const left = new Set(candidates(place));
  const steps: Step[] = [];
  const isReached = (one: Held): boolean =>
    [...rights.held, ...steps.map(({ held }) => held)].some(
      (held) => held.role.id === one.role.id && held.scope === one.scope && outlasts(held, one),
    );
  for (let before = -1; before !== steps.length;) {
    before = steps.length;
    const known = [...steps];
    for (const one of left) {
      if (isReached(one)) left.delete(one);
      else if (may(place, known, one) !== undefined) {
        left.delete(one);
        steps.push(shortest(place, known, one));
      }
    }
  }
  return steps.filter(({ held }) => held.role.id !== OWN).map(told);
}

const OWN = '' as RoleId;

const told = ({ held, acts }: Step): Reach => ({
  ...atScope(held),
  acts: acts.map(({ operation, held: one }) => {
    const { role, ...where } = atScope(one);
    return { operation, ...(role === OWN ? {} : { role }), ...where };
  }) as [...Act[], Act],
});

const atScope = ({ role, scope, expiresAt }: Held): RoleAtScope => ({
  role: role.id,
  scope,
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

/** Every role there is to be given, where it can be held, for as long as something held lasts. */
function candidates({ organization, catalogue, rights }: Place): Held[] {
  const spaces = catalogue.scopes.has('space') ? [ANY_SPACE] : [];
  const scopes = new Set<Scope>([
    'organization',
    ...spaces,
    ...rights.held.map((one) => one.scope),
  ]);
  const ends = [...new Set(rights.held.flatMap(({ expiresAt }) => expiresAt ?? []))]
    .sort()
    .reverse();
  const roles = [
    ...[...catalogue.roles.values()].filter(({ kind }) => kind !== 'implicit'),
    ...[...organization.customRoles.values()].map((one) => customRole(one, catalogue)),
  ];
  return [...scopes].flatMap((scope) => {
    const fitting = roles.filter((role) => role.scopes.has(levelOf(scope)));
    return [
      { role: OWN_ROLE, scope },
      ...fitting.flatMap((role): Held[] => [
        { role, scope },
        ...ends.map((expiresAt) => ({ role, scope, expiresAt })),
      ]),
    ];
  });
}

const OWN_ROLE = { id: OWN, kind: 'custom', permissions: new Set<Permission>() } as Pick<
  Role,
  'id' | 'kind' | 'permissions'
> as Role;

/** The operation by which somebody who has taken these steps may give this. */
function may(place: Place, steps: readonly Step[], wanted: Held): Operation | undefined {
  for (const held of powers(place, steps, wanted.scope)) {
    const operation = mayWith(place, held, wanted);
    if (operation !== undefined) return operation;
  }
  return undefined;
}

const FOR_PEOPLE: readonly Operation[] = ['change_roles', 'invite', 'manage_teams'];

function mayWith(place: Place, held: readonly Held[], wanted: Held): Operation | undefined {
  const { organization, catalogue } = place;
  const rights = { ...place.rights, held };
  const { scope, role } = wanted;
  const can = (operation: Operation): boolean =>
    givesOperation(place, rights, operation, scope) && catalogue.operations.has(operation);
  if (role.id === OWN) {
    const isOffered = givesOperation(place, rights, 'manage_roles', 'organization');
    return isOffered && FOR_PEOPLE.some(can) ? 'manage_roles' : undefined;
  }
  if (!delegates(organization, catalogue, rights, 'mayAssign', atScope(wanted))) return undefined;
  if (role.kind !== 'service_account') return FOR_PEOPLE.find(can);
  // An account is of use to whoever has a key of it.
  return can('create_service_account') && can('create_api_key')
    ? 'create_service_account'
    : undefined;
}

/**
 * What one of them can hold at once, as far as it counts at this scope: in catalogues with one role
 * a person each of the helpers has another.
 */
function* powers(
  { catalogue, rights }: Place,
  steps: readonly Step[],
  scope: Scope,
): Generator<readonly Held[]> {
  const here = steps.map(({ held }) => held).filter((one) => covers(one.scope, scope));
  const isAccounts = ({ role }: Held): boolean => role.kind === 'service_account';
  const people = here.filter((one) => !isAccounts(one));
  const accounts = here.filter(isAccounts);
  if (accounts.length > 0) yield accounts;
  const rule = catalogue.rolesPerMember;
  if (rule === 'many' || (rule !== 'one' && rule.base === 'many')) {
    return yield withImplicit(catalogue, [...rights.held, ...people]);
  }
  yield rights.held;
  const start = rights.held.filter(({ role }) => role.kind !== 'implicit');
  const isSingle = ({ role }: Held): boolean => rule === 'one' || role.kind === 'base';
  const all = [...start, ...people];
  const at = (where: Scope) => [
    undefined,
    ...all.filter((one) => isSingle(one) && one.scope === where),
  ];
  const isBeside = (extra: Held, chosen: readonly Held[]): boolean =>
    chosen.some(
      ({ scope: where, role }) =>
        where === extra.scope &&
        (rule === 'one' || (rule.specializedWith?.includes(role.id) ?? true)),
    );
  for (const above of at('organization')) {
    for (const below of scope === 'organization' ? [undefined] : at(scope)) {
      const chosen = [above, below].filter((one) => one !== undefined);
      const extras = all.filter((one) => !isSingle(one) && isBeside(one, chosen));
      yield withImplicit(catalogue, [...chosen, ...extras]);
    }
  }
}

const withImplicit = (catalogue: Catalogue, held: readonly Held[]): Held[] => {
  const plain = held.filter(({ role }) => role.kind !== 'implicit');
  return [...plain, ...implicitRoles(catalogue, plain)];
};

/** With one of the steps before, the shorter the better; else with what can't be left out. */
function shortest(place: Place, steps: readonly Step[], wanted: Held): Step {
  const ways = [[], ...steps.map(({ acts }) => acts as readonly Step[])].sort(
    (a, b) => a.length - b.length,
  );
  for (const way of ways) {
    const operation = may(place, way, wanted);
    if (operation !== undefined) return taken(place, way, wanted, operation);
  }
  let needed: readonly Step[] = steps;
  for (const one of [...steps].reverse()) {
    // Without it, and without what rests on it.
    const rest = needed.filter(({ acts }) => !acts.includes(one));
    if (may(place, rest, wanted) !== undefined) needed = rest;
  }
  return taken(place, needed, wanted, may(place, needed, wanted)!);
}

function taken(place: Place, way: readonly Step[], wanted: Held, operation: Operation): Step {
  if (wanted.role.id !== OWN) return step(wanted, operation, way);
  const power = [...powers(place, way, wanted.scope)].find(
    (held) => mayWith(place, held, wanted) !== undefined,
  )!;
  // It is defined for the whole organization and for good.
  const lasting = power.filter((one) => outlasts(one, wanted));
  const permissions = [...place.catalogue.permissions.keys()].filter((permission) =>
    lasting.some((one) => gives(one, permission, 'organization', place.catalogue)),
  );
  return step(
    { ...wanted, role: { ...OWN_ROLE, permissions: new Set(permissions) } },
    operation,
    way,
  );
}

const outlasts = (one: { readonly expiresAt?: Instant }, other: { readonly expiresAt?: Instant }) =>
  one.expiresAt === undefined ||
  (other.expiresAt !== undefined && other.expiresAt <= one.expiresAt);
