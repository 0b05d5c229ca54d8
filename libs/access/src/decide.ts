/** Answers worked out by the domain's own functions, from an organization as it stands or stood. */
import type { Catalogue } from '#domain/catalogue.js';
import type { Instant, Permission, Scope, SpaceId } from '#domain/ids.js';
import { effectivePermissions, isAllowed } from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import { likelyPermission, unknown } from '#domain/suggest.js';
import { whyNot } from './denials.js';
import type { Place } from './place.js';
import { findKey, type Standing } from './principals.js';
import { VERDICTS, type KeyScopeQuestion, type Verdict } from './questions.js';

/** Refuses `permission.unknown`. */
export function decide(
  { organization, catalogue }: Omit<Place, 'platform'>,
  standing: Standing,
  permission: Permission,
  scope: Scope,
): Verdict {
  requirePermission(catalogue, permission);
  return isAllowed(organization, catalogue, standing.rights, permission, scope)
    ? VERDICTS.granted
    : VERDICTS[whyNot(organization, catalogue, standing, permission, scope)];
}

/** Refuses `permission.unknown`. */
export function requirePermission(catalogue: Catalogue, permission: Permission): void {
  if (!catalogue.permissions.has(permission)) unknownPermission(catalogue, permission);
}

/** Refuses `permission.unknown`. */
export function unknownPermission({ id, permissions }: Catalogue, permission: Permission): never {
  const what = likelyPermission(permission, permissions.keys());
  return refuse(
    'permission.unknown',
    `In the catalogue ${id}: ${what} (GET /api/v1/catalogues/${id} lists them)`,
  );
}

/** Refuses `api_key.scope_unknown`. */
export function decideScope(
  { organization, catalogue }: Omit<Place, 'platform'>,
  { key: id, scope }: Pick<KeyScopeQuestion, 'key' | 'scope'>,
  now: Instant,
): Verdict {
  if (!catalogue.apiScopes.has(scope)) {
    const what = unknown('scope', scope, catalogue.apiScopes);
    refuse('api_key.scope_unknown', `In the catalogue ${catalogue.id}: ${what}`);
  }
  if (organization.status === 'deleted') return VERDICTS.organization_deleted;
  if (organization.status === 'suspended') return VERDICTS.suspended;
  const key = organization.apiKeys.get(id);
  const { absent } = findKey(organization, id, now);
  if (absent !== undefined || key === undefined) return VERDICTS[absent ?? 'no_membership'];
  return key.scopes.includes(scope) ? VERDICTS.granted : VERDICTS.scope_missing;
}

/** Sorted. Refuses `space.not_found`. */
export function listAll(
  { organization, catalogue }: Omit<Place, 'platform'>,
  { rights }: Standing,
  space: SpaceId | undefined,
): Permission[] {
  if (space !== undefined && !organization.spaces.has(space)) {
    refuse('space.not_found', `There is no space ${space} in this organization.`);
  }
  const scope = space ?? 'organization';
  return [...effectivePermissions(organization, catalogue, rights, scope)].sort();
}
