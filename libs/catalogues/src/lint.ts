/** What is allowed in a catalogue but worth a second look. */
import type { Catalogue, CatalogueContent, Operation, Role } from '#domain/catalogue.js';
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

/** What an organization can't do without: one of each line. */
const ESSENTIAL: readonly (readonly Operation[])[] = [
  ['view_organization'],
  ['adopt_catalogue'],
  ['view_members'],
  ['invite'],
  ['change_roles'],
  ['remove_member', 'deactivate_member'],
];

/** Where the first is offered, so is one of the others: what can be made can be seen, and be ended. */
const FOLLOWING: readonly (readonly [Operation, ...(readonly Operation[])])[] = [
  ['invite', 'revoke_invitation'],
  ['deactivate_member', 'reactivate_member'],
  ['create_space', 'view_space'],
  ['create_space', 'delete_space', 'deactivate_space'],
  ['deactivate_space', 'reactivate_space'],
  ['manage_roles', 'view_roles'],
  ['manage_teams', 'view_teams'],
  ['create_service_account', 'view_service_accounts'],
  ['create_service_account', 'delete_service_account'],
  ['create_api_key', 'view_api_keys'],
  ['create_api_key', 'revoke_api_key'],
];

/** What the rest of a catalogue is for nothing without. */
const wantedBy = ({ scopes, roles, apiScopes }: Catalogue): (readonly [string, Operation])[] => [
  ...(scopes.has('space') ? [['there are spaces', 'create_space'] as const] : []),
  ...([...roles.values()].some(({ kind }) => kind === 'service_account')
    ? [['there are roles of service accounts', 'create_service_account'] as const]
    : []),
  ...(apiScopes.size > 0 ? [['there are apiScopes', 'create_api_key'] as const] : []),
];

/**
 * What is missed. An area of which nothing is offered (spaces, teams, roles of one's own, service
 * accounts, API keys) is one that the product does not have, and what is merely left out is its choice.
 */
const missing = (catalogue: Catalogue): string[] => {
  const isOffered = (operation: Operation) => catalogue.operations.has(operation);
  const words = (some: readonly Operation[]) => `${some.join(' or ')} is not offered`;
  return [
    ...ESSENTIAL.filter((some) => !some.some(isOffered)).map(words),
    ...FOLLOWING.filter(([first, ...some]) => isOffered(first) && !some.some(isOffered)).map(
      ([first, ...some]) => `${first} is offered, but ${words(some)}`,
    ),
    ...wantedBy(catalogue)
      .filter(([, operation]) => !isOffered(operation))
      .map(([why, operation]) => `${why}, but ${words([operation])}`),
  ];
};

/** Operations that are missed, or that no role can carry out. */
const operationWarnings = (catalogue: Catalogue): Warning[] => {
  const { operations, roles, removal } = catalogue;
  const warnings = missing(catalogue).map((message) =>
    warning('operation.not_offered', ['operations'], message),
  );
  for (const [operation, permission] of operations) {
    if ([...roles.values()].some((role) => role.permissions.has(permission))) continue;
    const message = `no role has "${permission}"`;
    warnings.push(warning('operation.nobody', ['operations', operation], message));
  }
  if (removal === 'allowed' && !operations.has('remove_member')) {
    const message = 'removal is allowed, but remove_member is not offered';
    warnings.push(warning('policy.removal_not_offered', ['policies', 'removal'], message));
  }
  return warnings;
};

/** Holders who may give roles that have what their own role lacks. */
const escalations = ({ delegation, roles }: Catalogue): Warning[] =>
  [...delegation.entries()].flatMap(([holder, { mayAssign }], index) => {
    const own = roles.get(holder)?.permissions ?? new Set();
    const lacked = [...mayAssign].flatMap((id) => {
      const more = [...(roles.get(id)?.permissions ?? [])].filter((one) => !own.has(one));
      return more.length === 0 ? [] : [`"${id}" (${shortened(more)})`];
    });
    if (lacked.length === 0) return [];
    const path = ['delegation', index, 'mayAssign'];
    const message = `"${holder}" may give what it has not itself: ${lacked.join(', ')}`;
    return [warning('delegation.escalation', path, message)];
  });

/** Permissions that are named. */
const NAMED = 3;

const shortened = (permissions: readonly string[]): string => {
  const more = permissions.length - NAMED;
  const named = permissions.slice(0, NAMED).join(', ');
  return more > 0 ? `${named} and ${more} more` : named;
};
