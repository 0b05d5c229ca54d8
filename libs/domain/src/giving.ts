/** Of people and accounts who have come some way: who of them may give what, and by which operation. */
import type { Catalogue, Operation, Role } from './catalogue.js';
import { delegates, givesOperation, lacking } from './delegation.js';
import type { Instant, Permission, RoleId, Scope } from './ids.js';
import { covers, gives, implicitRoles, lasts, type Held, type Rights } from './permissions.js';
import type { Organization } from './state.js';

/** Of one's own making. */
export const OWN = '' as RoleId;

/** What somebody could be given: a person, or a service account. */
export interface Wanted extends Held {
  readonly by: 'person' | 'account';
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

/** Which of these somebody who has come this far may give, and by which operation. */
export function* possible(place: Place, way: Way, wanted: Iterable<Wanted>): Generator<Step> {
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

export const isMany = ({ rolesPerMember: rule }: Catalogue): boolean =>
  rule === 'many' || (rule !== 'one' && rule.base === 'many');
/** Is it one of which a person has a single one at a scope? */
export const isSingle = ({ rolesPerMember: rule }: Catalogue, { kind }: Role): boolean =>
  rule === 'one' || kind === 'base';
/** Are further roles held beside it? */
export const isCompanion = ({ rolesPerMember: rule }: Catalogue, { id }: Role): boolean =>
  typeof rule !== 'string' && (rule.specializedWith?.includes(id) ?? true);

/**
 * What one of them can hold at once, as far as it counts at this scope: in catalogues with one role
 * a person each of the helpers has another.
 */
export function powers(place: Place, way: Way, scope: Scope): (readonly Held[])[] {
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

export const withImplicit = (catalogue: Catalogue, held: readonly Held[]): Held[] => {
  const plain = held.filter(({ role }) => role.kind !== 'implicit');
  return [...plain, ...implicitRoles(catalogue, plain)];
};
