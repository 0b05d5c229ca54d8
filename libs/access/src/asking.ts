/** Who may ask: anyone about themselves; about others, who may read that here. */
import type { Operation } from '#domain/catalogue.js';
import { permits, requireOffered } from '#domain/delegation.js';
import type { ActorFact } from '#domain/events.js';
import type { Instant, Scope, UserId } from '#domain/ids.js';
import {
  has,
  isTrusted,
  PLATFORM_PERMISSION,
  rightsOf,
  standsIn,
  type Rights,
} from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import type { Organization } from '#domain/state.js';
import type { Place } from './permission-index.js';
import type { Principal } from './questions.js';

/** What somebody wants to read. */
export interface Reading {
  readonly actor: ActorFact;
  /** `read_access` for what others may do. */
  readonly operation: Operation;
  readonly scope?: Scope;
  /** Whom it is about, where it is about somebody; nobody needs a permission for themselves. */
  readonly about?: readonly Principal[];
}

/**
 * Refuses `permission.denied` unless the actor may read this, and `operation.not_offered` where
 * the catalogue has no such thing to read. To somebody who is nobody in the organization and has
 * no power over all, it does not exist (`organization.not_found`).
 */
export function mayRead(place: Place, reading: Reading, now: Instant): void {
  const { organization, catalogue, platform } = place;
  const { actor, operation, scope = 'organization', about } = reading;
  const rights = rightsOf(organization, catalogue, platform, actor, now);
  if (operation === 'read_access' && has(rights, PLATFORM_PERMISSION.check)) return;
  if (!isSomebody(place, actor, rights, now)) {
    const detail = `There is no organization ${organization.id}, or you are not a member of it.`;
    refuse('organization.not_found', detail);
  }
  if (about?.every((principal) => isOneself(organization, actor, principal))) return;
  requireOffered(catalogue, operation);
  // Who may read in the organization may read of every space, whatever state that is in.
  const scopes: Scope[] = ['organization', scope];
  if (scopes.some((one) => permits(organization, catalogue, rights, operation, one))) return;
  const permission = catalogue.operations.get(operation);
  refuse('permission.denied', `To read this about others you need ${permission}.`);
}

const isSomebody = (place: Place, actor: ActorFact, rights: Rights, now: Instant): boolean =>
  rights.platform.size > 0 ||
  (place.organization.status !== 'deleted' &&
    (rights.held.length > 0 ||
      (standsIn(place.organization, actor, now) && isTrusted(place.platform, actor, now))));

/** The person or account itself, or the member that person is here. */
function isOneself(organization: Organization, actor: ActorFact, principal: Principal): boolean {
  const self = ('actingFor' in actor ? actor.actingFor : undefined) ?? actor.id;
  return principal === self || principal === organization.memberByUser.get(self as UserId);
}
