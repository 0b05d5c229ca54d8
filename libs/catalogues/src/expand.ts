/** What a catalogue's short forms stand for: levels, permission patterns, includes, selectors. */
import type { CatalogueContent, Level, RoleKind, RoleSelector } from '#domain/catalogue.js';
import type { Permission, RoleId } from '#domain/ids.js';

export type RoleEntry = CatalogueContent['roles'][number];

/** Every permission of the catalogue with its level, in the order written. */
export const permissionLevels = (content: CatalogueContent): Map<Permission, Level> => {
  const levels = new Map<Permission, Level>();
  for (const [resource, actions] of Object.entries(content.permissions)) {
    for (const level of ['organization', 'space'] as const) {
      for (const action of actionsAt(actions, level)) {
        levels.set(`${resource}:${action}` as Permission, level);
      }
    }
  }
  return levels;
};

/** A plain list of actions is organization-level. */
const actionsAt = (
  actions: CatalogueContent['permissions'][string],
  level: Level,
): readonly string[] => {
  if (isList(actions)) return level === 'organization' ? actions : [];
  return actions[level] ?? [];
};

/** `Array.isArray` for read-only lists, which it does not narrow. */
export const isList = <T, O extends object>(value: readonly T[] | O): value is readonly T[] =>
  Array.isArray(value);

/** The permissions that `resource:action`, `resource:*`, `*:action` or `*` stands for. */
export const matching = (pattern: string, known: Iterable<Permission>): Permission[] => {
  if (!pattern.includes('*')) return [...known].filter((permission) => permission === pattern);
  const [resource = '*', action = '*'] = pattern.split(':');
  return [...known].filter((permission) => {
    const [itsResource, itsAction] = permission.split(':');
    return (
      (resource === '*' || resource === itsResource) && (action === '*' || action === itsAction)
    );
  });
};

/**
 * The permissions of every role: its own and those of the roles it includes, less its `except`.
 * In the catalogue's order. Roles of a cycle get what was gathered before it closed, and unknown
 * names count for nothing: `check` reports both.
 */
export const rolePermissions = (content: CatalogueContent): Map<RoleId, Set<Permission>> => {
  const known = [...permissionLevels(content).keys()];
  const entries = new Map(content.roles.map((role) => [role.id, role]));
  const done = new Map<RoleId, Set<Permission>>();

  const gather = (role: RoleEntry, above: readonly RoleId[]): Set<Permission> => {
    const before = done.get(role.id);
    if (before !== undefined) return before;
    const all = new Set(role.permissions.flatMap((pattern) => matching(pattern, known)));
    for (const id of role.includes ?? []) {
      const included = entries.get(id);
      if (included === undefined || id === role.id || above.includes(id)) continue;
      for (const permission of gather(included, [...above, role.id])) all.add(permission);
    }
    for (const pattern of role.except ?? []) {
      for (const permission of matching(pattern, known)) all.delete(permission);
    }
    const ordered = new Set(known.filter((permission) => all.has(permission)));
    done.set(role.id, ordered);
    return ordered;
  };
  for (const role of content.roles) gather(role, []);
  return done;
};

/** Roles that are given by nobody: everyone who belongs has them. */
const NEVER_GIVEN: RoleKind = 'implicit';

/** The roles a selector names. `kinds: '*'` is every role that can be given. */
export const selectedRoles = (selector: RoleSelector, roles: readonly RoleEntry[]): Set<RoleId> => {
  if (isList(selector)) return new Set(selector);
  const { kinds, except = [] } = selector;
  return new Set(
    roles
      .filter(({ kind }) => kind !== NEVER_GIVEN && (kinds === '*' || kinds.includes(kind)))
      .map(({ id }) => id)
      .filter((id) => !except.includes(id)),
  );
};
