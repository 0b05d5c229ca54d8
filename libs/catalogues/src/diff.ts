/** What changes from one version of a catalogue to another: who would gain or lose what. */
import type { Catalogue, CatalogueContent, Level, Role } from '#domain/catalogue.js';
import type { Permission, RoleId } from '#domain/ids.js';

/** A value that differs; `undefined` where a side does not have it. */
export interface Change {
  readonly from: unknown;
  readonly to: unknown;
}

export interface Gains<T> {
  readonly gained: readonly T[];
  readonly lost: readonly T[];
}

export interface CatalogueDiff {
  readonly roles: Gains<RoleId>;
  /** Roles of both sides whose kind, scopes or explicitness differ. */
  readonly roleChanges: readonly (Change & { readonly role: RoleId; readonly field: string })[];
  /** Per role of both sides, what its holders gain and lose. */
  readonly permissions: readonly (Gains<Permission> & { readonly role: RoleId })[];
  /** Permissions of both sides that moved to another level. */
  readonly levels: readonly { readonly permission: Permission; from: Level; to: Level }[];
  readonly delegation: readonly {
    readonly holder: RoleId;
    readonly mayAssign: Gains<RoleId>;
    readonly mayManage: Gains<RoleId>;
    /** What holds for roles the entry does not name. Without an entry: `subset`. */
    readonly otherwise?: Change;
  }[];
  /** Policies, `scopes`, `rolesPerMember`, `overridable`, by name. */
  readonly policies: readonly (Change & { readonly policy: string })[];
  readonly operations: readonly (Change & { readonly operation: string })[];
  readonly routes: readonly (Change & { readonly method: string; readonly path: string })[];
  readonly inactiveSpace: Gains<Permission>;
  readonly apiScopes: Gains<string>;
}

/** Everything that differs from `a` to `b`; names, descriptions and notes don't count. */
export const diff = (a: Catalogue, b: Catalogue): CatalogueDiff => ({
  roles: gains(a.roles.keys(), b.roles.keys()),
  roleChanges: both(a.roles, b.roles).flatMap(([role, from, to]) =>
    changes(facets(from), facets(to)).map(({ key, ...change }) => ({
      role,
      field: key,
      ...change,
    })),
  ),
  permissions: both(a.roles, b.roles).flatMap(([role, from, to]) => {
    const change = gains(from.permissions, to.permissions);
    return isEmpty(change) ? [] : [{ role, ...change }];
  }),
  levels: both(a.permissions, b.permissions).flatMap(([permission, from, to]) =>
    from === to ? [] : [{ permission, from, to }],
  ),
  delegation: delegationChanges(a, b),
  policies: changes(policiesOf(a), policiesOf(b)).map(({ key, ...change }) => ({
    policy: key,
    ...change,
  })),
  operations: changes(a.operations, b.operations).map(({ key, ...change }) => ({
    operation: key,
    ...change,
  })),
  routes: changes(routesOf(a.content), routesOf(b.content)).map(({ key, ...change }) => {
    const [method = '', path = ''] = key.split(' ');
    return { method, path, ...change };
  }),
  inactiveSpace: gains(a.inactiveSpace, b.inactiveSpace),
  apiScopes: gains(a.apiScopes, b.apiScopes),
});

const gains = <T>(from: Iterable<T>, to: Iterable<T>): Gains<T> => {
  const before = new Set(from);
  const after = new Set(to);
  return {
    gained: [...after].filter((one) => !before.has(one)),
    lost: [...before].filter((one) => !after.has(one)),
  };
};

const isEmpty = ({ gained, lost }: Gains<unknown>): boolean =>
  gained.length === 0 && lost.length === 0;

/** Keys of both maps, with both values. */
const both = <K, V>(a: ReadonlyMap<K, V>, b: ReadonlyMap<K, V>): [K, V, V][] =>
  [...a].flatMap(([key, from]) => {
    const to = b.get(key);
    return to === undefined ? [] : [[key, from, to]];
  });

/** Keys whose values differ, compared as JSON. */
const changes = (
  a: ReadonlyMap<string, unknown>,
  b: ReadonlyMap<string, unknown>,
): (Change & { key: string })[] =>
  [...new Set([...a.keys(), ...b.keys()])]
    .map((key) => ({ key, from: a.get(key), to: b.get(key) }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));

const facets = ({ kind, scopes, explicit }: Role): Map<string, unknown> =>
  new Map<string, unknown>([
    ['kind', kind],
    ['scopes', [...scopes].sort()],
    ['explicit', explicit],
  ]);

const delegationChanges = (a: Catalogue, b: Catalogue): CatalogueDiff['delegation'] =>
  [...new Set([...a.delegation.keys(), ...b.delegation.keys()])].flatMap((holder) => {
    const [from, to] = [a.delegation.get(holder), b.delegation.get(holder)];
    const mayAssign = gains(from?.mayAssign ?? [], to?.mayAssign ?? []);
    const mayManage = gains(from?.mayManage ?? [], to?.mayManage ?? []);
    const otherwise = { from: from?.otherwise ?? 'subset', to: to?.otherwise ?? 'subset' };
    const isSame = otherwise.from === otherwise.to;
    if (isSame && isEmpty(mayAssign) && isEmpty(mayManage)) return [];
    return [{ holder, mayAssign, mayManage, ...(isSame ? {} : { otherwise }) }];
  });

const policiesOf = (catalogue: Catalogue): Map<string, unknown> =>
  new Map<string, unknown>([
    ['scopes', [...catalogue.scopes].sort()],
    ['rolesPerMember', catalogue.rolesPerMember],
    ['protectedRole', catalogue.protectedRole],
    ['founderRole', catalogue.founderRole],
    ['removal', catalogue.removal],
    ...Object.entries(catalogue.policies),
    ['overridable', [...catalogue.content.policies.overridable].sort()],
  ]);

const routesOf = ({ routes }: CatalogueContent): Map<string, string> =>
  new Map(routes.map(({ method, path, permission }) => [`${method} ${path}`, permission]));
