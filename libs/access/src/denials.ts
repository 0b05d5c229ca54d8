/** Why an answer is no, in the order that `REASONS` promises. */
import type { Catalogue } from '#domain/catalogue.js';
import type { Permission, Scope } from '#domain/ids.js';
import { covers, findRole } from '#domain/permissions.js';
import type { Grant, Organization } from '#domain/state.js';
import type { Standing } from './principals.js';
import type { Reason } from './questions.js';

/** For a question that `isAllowed` has answered with no. `now` in milliseconds. */
export function whyNot(
  organization: Organization,
  catalogue: Catalogue,
  { absent, grants }: Standing,
  permission: Permission,
  scope: Scope,
  now: number,
): Reason {
  if (organization.status === 'deleted') return 'organization_deleted';
  if (organization.status !== 'active') return 'suspended';
  const space = scope === 'organization' ? undefined : organization.spaces.get(scope);
  if (scope !== 'organization' && space === undefined) return 'space_not_found';
  if (absent !== undefined) return absent;
  if (space?.status === 'inactive' && !catalogue.inactiveSpace.has(permission)) {
    return 'space_inactive';
  }
  const isSpaceLevel = catalogue.permissions.get(permission) === 'space';
  let best: Reason = 'no_role';
  for (const grant of grants) {
    if (grant.scope !== 'organization' && !organization.spaces.has(grant.scope)) continue;
    if (!findRole(organization, catalogue, grant.role)?.permissions.has(permission)) continue;
    const fits = covers(grant.scope, scope) && (grant.scope === 'organization' || isSpaceLevel);
    const reason = fits ? timeOf(grant, now) : 'wrong_scope';
    if (reason === 'not_yet') return reason;
    if (best !== 'expired') best = reason;
  }
  return best;
}

/** A grant that fits and gives the permission, and does not give it now: too early or too late. */
const timeOf = (grant: Grant, now: number): 'not_yet' | 'expired' =>
  grant.notBefore !== undefined && now < Date.parse(grant.notBefore) ? 'not_yet' : 'expired';
