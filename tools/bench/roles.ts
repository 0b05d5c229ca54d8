/** What the roles of a catalogue give, as rows. */
import type { Catalogue, Level } from '#domain/catalogue.js';
import type { Permission, RoleId } from '#domain/ids.js';

export interface Given {
  readonly role: RoleId;
  readonly permission: Permission;
  readonly level: Level;
  /** Is it left when a space is deactivated? */
  readonly leftWhenClosed: boolean;
}

/**
 * One row for every permission of every role that members hold, and of the role that comes with
 * being a member of the organization. What comes with access to a space comes with every role held
 * at it, so it is written as given by each of them.
 */
export function givenByCatalogue({ roles, permissions, inactiveSpace }: Catalogue): Given[] {
  const all = [...roles.values()];
  const withAccess = all
    .filter(({ kind, scopes }) => kind === 'implicit' && !scopes.has('organization'))
    .flatMap((role) => [...role.permissions]);
  return all
    .filter(({ kind, scopes }) => kind !== 'implicit' || scopes.has('organization'))
    .filter(({ kind }) => kind !== 'service_account')
    .flatMap(({ id: role, kind, permissions: own }) =>
      [...new Set([...own, ...(kind === 'implicit' ? [] : withAccess)])].map((permission) => ({
        role,
        permission,
        level: permissions.get(permission)!,
        leftWhenClosed: inactiveSpace.has(permission),
      })),
    );
}

/** Permission → the roles that give it, among those rows. */
export function givers(catalogue: Catalogue): ReadonlyMap<Permission, readonly RoleId[]> {
  const rows = givenByCatalogue(catalogue);
  return new Map(
    [...catalogue.permissions.keys()].map((permission) => [
      permission,
      rows.filter((row) => row.permission === permission).map(({ role }) => role),
    ]),
  );
}

/** The roles that every active member of an organization holds at it. */
export const rolesOfEverybody = ({ roles }: Catalogue): RoleId[] =>
  [...roles.values()]
    .filter(({ kind, scopes }) => kind === 'implicit' && scopes.has('organization'))
    .map(({ id }) => id);
