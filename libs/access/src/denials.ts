/** Why an answer is no, in the order that `REASONS` promises. */
import type { Catalogue } from '#domain/catalogue.js';
import type { Permission, Scope } from '#domain/ids.js';
import { covers, findRole, inForce, isHeld, isLeft } from '#domain/permissions.js';
import type { Organization } from '#domain/state.js';
import type { Standing } from './principals.js';
import type { Reason } from './questions.js';

/** For a question that `isAllowed` has answered with no. */
export function whyNot(
  organization: Organization,
  catalogue: Catalogue,
  { rights, absent, grants, at }: Standing,
  permission: Permission,
  scope: Scope,
): Reason {
  if (organization.status === 'deleted') return 'organization_deleted';
  if (organization.status !== 'active') return 'suspended';
  const space = scope === 'organization' ? undefined : organization.spaces.get(scope);
  if (scope !== 'organization' && space === undefined) return 'space_not_found';
  const isClosed = !isLeft(space, catalogue, permission);
  // Whom the platform lets in is somebody, member or not.
  if (isClosed && isHeld(catalogue, rights, permission, scope)) return 'space_inactive';
  if (absent !== undefined) return absent;
  if (isClosed) return 'space_inactive';
  const isSpaceLevel = catalogue.permissions.get(permission) === 'space';
  let best: Reason = 'no_role';
  for (const grant of grants) {
    if (grant.scope !== 'organization' && !organization.spaces.has(grant.scope)) continue;
    if (!findRole(organization, catalogue, grant.role)?.permissions.has(permission)) continue;
    const fits = covers(grant.scope, scope) && (grant.scope === 'organization' || isSpaceLevel);
    if (fits && grant.notBefore !== undefined && at < grant.notBefore) return 'not_yet';
    if (fits) best = 'expired';
    else if (best === 'no_role' && inForce(grant, at)) best = 'wrong_scope';
  }
  return best;
}
