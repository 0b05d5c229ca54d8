/** What is allowed in a catalogue but worth a second look. */
import {
  OPERATIONS,
  type Catalogue,
  type CatalogueContent,
  type Operation,
  type Role,
} from '#domain/catalogue.js';
import type { RoleId } from '#domain/ids.js';
import { compile } from './compile.js';
import { readCatalogueFile } from './load.js';
import type { Finding, Path, Problem } from './problems.js';

export type WarningKind =
  | 'permission.unused'
  | 'permission.no_effect'
  | 'role.same'
  | 'role.ungivable'
  | 'operation.not_offered'
  | 'operation.nobody'
  | 'delegation.escalation'
  | 'policy.removal_not_offered';

export interface Warning extends Finding {
  readonly kind: WarningKind;
}

/** A file's problems and, if it has none, its warnings, each with its line. */
export function lintFile(file: string): {
  problems: readonly Problem[];
  warnings: (Problem & { readonly kind: WarningKind })[];
} {
  const { content, problems, locate } = readCatalogueFile(file);
  if (content === undefined || problems.length > 0) return { problems, warnings: [] };
  const warnings = lint(content).map(({ kind, ...finding }) => ({ ...locate(finding), kind }));
  return { problems, warnings };
}

/** Every warning about content that `check` found nothing wrong with. */
export function lint(content: CatalogueContent): Warning[] {
  const catalogue = compile(content);
  return [
    ...unusedPermissions(catalogue),
    ...roleWarnings(catalogue),
    ...operationWarnings(catalogue),
    ...escalations(catalogue),
  ];
}

const warning = (kind: WarningKind, path: Path, message: string): Warning => ({
  kind,
  path,
  message,
});

/** Permissions that no role gives. */
const unusedPermissions = ({ permissions, roles }: Catalogue): Warning[] => {
  const given = new Set([...roles.values()].flatMap((role) => [...role.permissions]));
  return [...permissions.keys()]
    .filter((permission) => !given.has(permission))
    .map((permission) => {
      const path = ['permissions', permission.split(':', 1)[0]!];
      return warning('permission.unused', path, `no role gives "${permission}"`);
    });
};

/** Roles that equal another, that nobody can give, or that name what has no effect. */
const roleWarnings = (catalogue: Catalogue): Warning[] => {
  const roles = [...catalogue.roles.values()];
  return roles.flatMap((role, index) => {
    const path = ['roles', index];
    const twin = roles.slice(0, index).find((other) => isSame(role, other));
    const idle = [...role.permissions].filter(
      (permission) =>
        !role.scopes.has('organization') &&
        !role.scopes.has('platform') &&
        catalogue.permissions.get(permission) === 'organization',
    );
    return [
      ...(twin === undefined
        ? []
        : [warning('role.same', path, `"${role.id}" gives the same as "${twin.id}"`)]),
      ...(role.explicit && !isNamed(catalogue, role.id)
        ? [warning('role.ungivable', path, `no delegation entry lets anybody give "${role.id}"`)]
        : []),
      ...idle.map((permission) =>
        warning(
          'permission.no_effect',
          [...path, 'permissions'],
          `"${permission}" is organization-level, but "${role.id}" is given at spaces only`,
        ),
      ),
    ];
  });
};

const isSame = (a: Role, b: Role): boolean =>
  a.kind === b.kind &&
  isEqual<string>(a.permissions, b.permissions) &&
  isEqual<string>(a.scopes, b.scopes);

const isEqual = <T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean =>
  a.size === b.size && [...a].every((one) => b.has(one));

const isNamed = ({ delegation }: Catalogue, id: RoleId): boolean =>
  [...delegation.values()].some((entry) => entry.mayAssign.has(id));

/** Operations that are not offered, or that no role can carry out. */
const operationWarnings = ({ operations, roles, removal }: Catalogue): Warning[] => {
  const warnings = OPERATIONS.flatMap((operation: Operation): Warning[] => {
    const permission = operations.get(operation);
    if (permission === undefined) {
      const message = `${operation} is not offered`;
      return [warning('operation.not_offered', ['operations'], message)];
    }
    if ([...roles.values()].some((role) => role.permissions.has(permission))) return [];
    const message = `no role has "${permission}"`;
    return [warning('operation.nobody', ['operations', operation], message)];
  });
  if (removal === 'allowed' && !operations.has('remove_member')) {
    const message = 'removal is allowed, but remove_member is not offered';
    warnings.push(warning('policy.removal_not_offered', ['policies', 'removal'], message));
  }
  return warnings;
};

/** Holders who may give a role that has what their own role lacks. */
const escalations = ({ delegation, roles }: Catalogue): Warning[] =>
  [...delegation.entries()].flatMap(([holder, { mayAssign }], index) => {
    const own = roles.get(holder)?.permissions ?? new Set();
    return [...mayAssign].flatMap((id) => {
      const more = [...(roles.get(id)?.permissions ?? [])].filter((one) => !own.has(one));
      if (more.length === 0) return [];
      const path = ['delegation', index, 'mayAssign'];
      const message = `"${holder}" may give "${id}", which has more than itself: ${more.join(', ')}`;
      return [warning('delegation.escalation', path, message)];
    });
  });
