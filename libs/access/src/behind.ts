/** Which grants stand behind a yes: each of them alone would do. */
import type { Catalogue, Role } from '#domain/catalogue.js';
import { PLATFORM, type Instant, type Permission, type RoleId, type Scope } from '#domain/ids.js';
import { findRole, gives, inForce, isRead, PLATFORM_PERMISSION } from '#domain/permissions.js';
import type { ActiveMember, Grant, Organization, ServiceAccount, Team } from '#domain/state.js';
import type { Place } from './place.js';
import { standsBehind } from './principals.js';
import type { Principal } from './questions.js';

export type Giver = ActiveMember | ServiceAccount;

/** A grant that allows it, or being a member at all. */
export interface Behind {
  /** The role that has the permission; for an implicit one the grant is of another role. */
  readonly role: RoleId;
  /** Where the role holds. */
  readonly scope: Scope;
  readonly isImplicit: boolean;
  /** Given in the platform organization. */
  readonly isAbroad: boolean;
  /** What of the platform's powers lets the role do this in every organization. */
  readonly power?: Permission;
  readonly holder: Giver['id'];
  /** Absent: an implicit role that every member has. */
  readonly grant?: Grant;
  /** Whose grant it is, if a team's. */
  readonly team?: Team['id'];
}

/**
 * What allows it, of an organization and a space where anything can be allowed; empty: nothing
 * does. Says the same as `isAllowed`, and why.
 */
export function behind(
  place: Place,
  principal: Principal,
  permission: Permission,
  scope: Scope,
  now: Instant,
): Behind[] {
  const { organization, catalogue, platform } = place;
  const { here, there } = standsBehind(organization, platform.organization, principal, now);
  const local = here === undefined ? [] : inHand(organization, catalogue, here, now);
  const fits = (one: InHand) => gives(one, permission, scope, catalogue);
  const isAbroad = organization.id === PLATFORM;
  const given = local.filter(fits).map((one) => told(one, { isAbroad }));
  if (there === undefined || platform.organization.status !== 'active') return given;
  const abroad = inHand(platform.organization, platform.catalogue, there, now);
  return [
    ...given,
    ...abroad.flatMap((one) => powers(one, permission, catalogue)),
    ...reaching(place, there, now)
      .filter(fits)
      .map((one) => told(one, { isAbroad: true })),
  ];
}

interface InHand {
  readonly role: Role;
  readonly scope: Scope;
  readonly holder: Giver['id'];
  readonly grant?: Grant;
  readonly team?: Team['id'];
}

const told = (
  { role, scope, holder, grant, team }: InHand,
  { isAbroad, power }: { readonly isAbroad: boolean; readonly power?: Permission },
): Behind => ({
  role: role.id,
  scope,
  isImplicit: role.kind === 'implicit',
  isAbroad,
  holder,
  ...(power === undefined ? {} : { power }),
  ...(grant === undefined ? {} : { grant }),
  ...(team === undefined ? {} : { team }),
});

/** Every role in force, with the grant it comes from; implicit ones once for each. */
function inHand(
  organization: Organization,
  catalogue: Catalogue,
  holder: Giver,
  now: Instant,
): InHand[] {
  const grants = grantsBehind(organization, holder).flatMap(({ grant, team }): InHand[] => {
    if (!inForce(grant, now)) return [];
    if (grant.scope !== 'organization' && !organization.spaces.has(grant.scope)) return [];
    const role = findRole(organization, catalogue, grant.role);
    if (role === undefined) return [];
    const { scope } = grant;
    return [{ role, scope, holder: holder.id, grant, ...(team === undefined ? {} : { team }) }];
  });
  if (!('status' in holder)) return grants;
  const implicit = [...catalogue.roles.values()].filter(({ kind }) => kind === 'implicit');
  const alongside = implicit.flatMap((role): InHand[] =>
    role.scopes.has('organization')
      ? [{ role, scope: 'organization', holder: holder.id }]
      : grants.map((one) => ({ ...one, role })),
  );
  return [...grants, ...alongside];
}

const grantsBehind = (
  organization: Organization,
  holder: Giver,
): { readonly grant: Grant; readonly team?: Team['id'] }[] => {
  const own = holder.grants.map((grant) => ({ grant }));
  if (!('status' in holder)) return own;
  const teams = new Set(holder.teams.map(({ team }) => team));
  const shared = [...teams].flatMap((team) =>
    (organization.teams.get(team)?.grants ?? []).map((grant) => ({ grant, team })),
  );
  return [...own, ...shared];
};

/** What a role of the platform lets its holder do in every organization. */
function powers(one: InHand, permission: Permission, catalogue: Catalogue): Behind[] {
  const has = (power: string) => one.role.permissions.has(power as Permission);
  const { operate, read } = PLATFORM_PERMISSION;
  const power = has(operate)
    ? operate
    : has(read) && isRead(catalogue, permission)
      ? read
      : undefined;
  if (power === undefined) return [];
  const everywhere = { ...one, scope: 'organization' as const };
  return [told(everywhere, { isAbroad: true, power: power as Permission })];
}

/** Platform grants of this catalogue's roles (`mondoo/iam-manager`), as they are held here. */
function reaching({ organization, catalogue, platform }: Place, there: Giver, now: Instant) {
  if (organization.id === PLATFORM) return [];
  const prefix = `${catalogue.id}/`;
  return grantsBehind(platform.organization, there).flatMap(({ grant, team }): InHand[] => {
    if (!inForce(grant, now) || !grant.role.startsWith(prefix)) return [];
    const role = catalogue.roles.get(grant.role.slice(prefix.length) as RoleId);
    if (role === undefined) return [];
    const held = { role, scope: 'organization' as const, holder: there.id, grant };
    return [{ ...held, ...(team === undefined ? {} : { team }) }];
  });
}
