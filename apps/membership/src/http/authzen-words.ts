/** What the Authorization API of AuthZEN calls things, as what they are here. */
import type { OrganizationId, Permission, SpaceId } from '#domain/ids.js';
import { Refusal, refuse } from '#domain/refusals.js';
import { prefixOf, type Freshness, type Principal, type PrincipalKind } from '#access/questions.js';
import { readFreshness } from '#queries/revisions.js';
import { wireStatus } from '../refusals.js';
import type { Authentication } from './authentication.js';
import type { ContextBody, DecisionError, ResourceBody, SubjectBody } from './authzen-bodies.js';

export const SUBJECTS: readonly PrincipalKind[] = ['member', 'service_account', 'api_key', 'user'];
export const RESOURCES = ['organization', 'space'] as const;

/** Of a type that there is not there is nobody: no person has this id. */
const NOBODY = 'usr_' as Principal;

/** Refuses `principal.invalid` for a person whose issuer has to be said. */
export function principalOf({ type, id }: SubjectBody, authentication: Authentication): Principal {
  const kind = SUBJECTS.find((one) => one === type);
  if (kind === undefined) return NOBODY;
  const prefix = prefixOf(kind);
  if (id.startsWith(prefix)) return id as Principal;
  return kind === 'user' ? authentication.person(id).user : (`${prefix}${id}` as Principal);
}

export const permissionOf = ({ name }: { readonly name: string }): Permission => name as Permission;

/** Refuses `organization.not_found` for a type that there is not, and a space without its organization. */
export function placeOf(
  { type, id, properties }: ResourceBody,
  context: ContextBody | undefined,
): Freshness & { readonly space?: SpaceId } {
  if (!RESOURCES.some((one) => one === type)) {
    const detail = `There is no resource of type ${type}: ask about an organization or a space.`;
    return refuse('organization.not_found', detail);
  }
  const organization = (type === 'space' ? properties?.organization : id) as
    OrganizationId | undefined;
  if (organization === undefined) {
    return refuse('request.invalid', 'Say which organization the space is of.', [
      { pointer: '/resource/properties/organization', detail: 'must be given' },
    ]);
  }
  // Within, `organization` in the place of a space is all of it; to a caller it is no space.
  if (type === 'space' && id === 'organization') {
    return refuse('space.not_found', 'There is no space of this name.');
  }
  return {
    ...readFreshness(organization, context?.atLeast),
    ...(type === 'space' ? { space: id as SpaceId } : {}),
  };
}

/** What is not there, or not for the asker to know of. */
export const isNotFound = (error: unknown): error is Refusal =>
  error instanceof Refusal && error.kind === 'not_found';

export const errorOf = (refusal: Refusal): DecisionError => ({
  status: wireStatus(refusal).http,
  message: refusal.message,
});
