/** What people and accounts who have come some way hold, and in whose hands it is. */
import type { Catalogue, Operation, Role } from './catalogue.js';
import type { RoleId, Scope } from './ids.js';
import type { Keyholder } from './keyholders.js';
import { covers, implicitRoles, until, type Held, type Rights } from './permissions.js';
import type { Organization } from './state.js';

/** Of one's own making. */
export const OWN = '' as RoleId;

/** What an account has that holds no role, and can be given one. */
export const NOTHING: Role = {
  id: OWN,
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

export const FOR_KEYS: readonly Operation[] = ['create_api_key', 'rotate_api_key'];

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
