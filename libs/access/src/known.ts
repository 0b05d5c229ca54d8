/** To whom an organization is known: to anybody else it does not exist, whatever state it is in. */
import type { ActorFact } from '#domain/events.js';
import { PLATFORM, type Instant, type OrganizationId, type UserId } from '#domain/ids.js';
import { isSomebody } from './asking.js';
import type { PermissionIndex } from './permission-index.js';
import type { Principal } from './questions.js';

/**
 * Is the actor somebody there, or has power over all? Of one that is quarantined: whoever was there
 * by the events that could be read.
 */
export function isKnown(
  index: PermissionIndex,
  id: OrganizationId,
  actor: ActorFact,
  now: Instant,
): boolean {
  if (actor.kind === 'system') return true;
  if (!index.isQuarantined(id)) {
    return index.revision(id) >= 0 && isSomebody(index.organization(id), actor, now);
  }
  return isListed(index, id, actor) || (id !== PLATFORM && isOfThePlatform(index, actor, now));
}

function isListed({ directory }: PermissionIndex, id: OrganizationId, actor: ActorFact): boolean {
  const self = ('actingFor' in actor ? actor.actingFor : undefined) ?? actor.id;
  if (directory.organizationsOf(self as UserId, id)[0] === id) return true;
  return directory.home(self as Principal) === id;
}

const isOfThePlatform = (index: PermissionIndex, actor: ActorFact, now: Instant): boolean =>
  !index.isQuarantined(PLATFORM) && isKnown(index, PLATFORM, actor, now);
