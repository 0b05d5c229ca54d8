/**
 * What a member may do, read from the columns: `isAllowed` and `whyNot` at once, without making
 * anything. For members whom the platform gives nothing; everybody else is asked about by the
 * domain's own functions.
 */
import type { Catalogue, Role } from '#domain/catalogue.js';
import type { Instant, Permission, RoleId, Scope } from '#domain/ids.js';
import { covers, inForce } from '#domain/permissions.js';
import type { Organization } from '#domain/state.js';
import type { Reason } from '../questions.js';
import type { Memberships } from './memberships.js';
import { NONE } from './names.js';

export interface Asked {
  readonly organization: Organization;
  readonly catalogue: Catalogue;
  readonly permission: Permission;
  readonly scope: Scope;
  readonly now: Instant;
}

/** What a grant can say to a question, from the least to the most. */
const SAID = ['no_role', 'wrong_scope', 'expired', 'not_yet', 'granted'] as const;
type Said = number;
const NO_ROLE = SAID.indexOf('no_role');
const WRONG_SCOPE = SAID.indexOf('wrong_scope');
const EXPIRED = SAID.indexOf('expired');
const NOT_YET = SAID.indexOf('not_yet');
const GRANTED = SAID.indexOf('granted');

/** A role that is held, by a member or by its team. */
interface Held {
  readonly role: RoleId;
  readonly scope: Scope;
  readonly notBefore?: Instant | undefined;
  readonly expiresAt?: Instant | undefined;
}

/** @param row `NONE` for nobody. */
export function reasonFor(memberships: Memberships, row: number, asked: Asked): Reason {
  const { organization, catalogue, permission, scope } = asked;
  if (organization.status === 'deleted') return 'organization_deleted';
  if (organization.status !== 'active') return 'suspended';
  const space = scope === 'organization' ? undefined : organization.spaces.get(scope);
  if (scope !== 'organization' && space === undefined) return 'space_not_found';
  if (row === NONE) return 'no_membership';
  if (!memberships.isActive(row)) return 'deactivated';
  if (space?.status === 'inactive' && !catalogue.inactiveSpace.has(permission)) {
    return 'space_inactive';
  }
  const implicit = implicitOf(catalogue);
  if (implicit.everywhere.has(permission)) return 'granted';
  let most = NO_ROLE;
  const { holdings } = memberships;
  for (let at = holdings.first(row); at !== NONE; at = holdings.after(at)) {
    const thing = holdings.thing(at);
    if (thing.team !== undefined) {
      for (const grant of organization.teams.get(thing.team)?.grants ?? []) {
        most = Math.max(most, said(grant, asked, implicit));
      }
    } else most = Math.max(most, said(thing, asked, implicit));
    if (most === GRANTED) break;
  }
  return SAID[most]!;
}

function said(grant: Held, asked: Asked, { withAccess }: Implicit): Said {
  const { organization, catalogue, permission, scope, now } = asked;
  if (grant.scope !== 'organization' && !organization.spaces.has(grant.scope)) return NO_ROLE;
  const isGiven = gives(organization, catalogue, grant.role, permission);
  if (isGiven === undefined) return NO_ROLE;
  const fits =
    covers(grant.scope, scope) &&
    (grant.scope === 'organization' || catalogue.permissions.get(permission) === 'space');
  const isInForce = inForce(grant, now);
  if (isInForce && fits && (isGiven || withAccess.has(permission))) return GRANTED;
  if (!isGiven) return NO_ROLE;
  if (!fits) return isInForce ? WRONG_SCOPE : NO_ROLE;
  return grant.notBefore !== undefined && now < grant.notBefore ? NOT_YET : EXPIRED;
}

/** Does the role give the permission? `undefined`: there is no such role. */
function gives(
  { customRoles }: Organization,
  { roles }: Catalogue,
  id: RoleId,
  permission: Permission,
): boolean | undefined {
  const role = roles.get(id);
  return role === undefined
    ? customRoles.get(id)?.permissions.includes(permission)
    : role.permissions.has(permission);
}

/** What the implicit roles of a catalogue give: to every member, and with access to a scope. */
interface Implicit {
  readonly everywhere: ReadonlySet<Permission>;
  readonly withAccess: ReadonlySet<Permission>;
}

const IMPLICIT = new WeakMap<Catalogue, Implicit>();

function implicitOf(catalogue: Catalogue): Implicit {
  const known = IMPLICIT.get(catalogue);
  if (known !== undefined) return known;
  const roles = [...catalogue.roles.values()].filter(({ kind }) => kind === 'implicit');
  const all = (some: readonly Role[]) => new Set(some.flatMap((one) => [...one.permissions]));
  const implicit = {
    everywhere: all(roles.filter(({ scopes }) => scopes.has('organization'))),
    withAccess: all(roles.filter(({ scopes }) => !scopes.has('organization'))),
  };
  IMPLICIT.set(catalogue, implicit);
  return implicit;
}
