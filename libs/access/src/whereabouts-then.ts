/** Where a principal held a permission: as organizations stood at a moment of the past. */
import type { ActorFact } from '#domain/events.js';
import { PLATFORM, type Instant, type OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { isKnown } from './known.js';
import type { Listings } from './listings.js';
import type { Cut, Past, Then } from './past.js';
import type { PermissionIndex } from './permission-index.js';
import { kindOf, type Principal } from './questions.js';
import { LOOKS, Walk, type Candidate, type From, type Stretch } from './stretch.js';
import {
  isOneself,
  organizationsOf,
  placesIn,
  type WhereQuestion,
  type WhereRow,
} from './whereabouts.js';

/** Events that are read for one look: in one go some thousands, or one organization. */
const EVENTS_A_LOOK = 2;

/**
 * As `whereabouts`, of then; an organization that was not there yet is not in it. What is asked
 * about oneself is told of those organizations alone in which one is somebody now.
 */
export async function whereaboutsThen(
  { index, past, listings }: { index: PermissionIndex; past: Past; listings: Listings },
  question: Omit<WhereQuestion, 'since' | 'at'>,
  cut: Cut,
  actor: ActorFact,
  from: From,
  now: Instant,
): Promise<Stretch<WhereRow>> {
  const { principal, organization, permission } = question;
  index.requirePermission(permission);
  const [begun, space] = (from.after ?? []) as [OrganizationId?, string?];
  const all = isOneself(principal, actor)
    ? knownTo(index, principal, actor, begun ?? organization, now)
    : organizationsEver(index, principal, begun ?? organization);
  const walk = new Walk<WhereRow>(from);
  // Taken at once, for organizations come while what happened in them is read: as many as are looked
  // at, the one that was begun before, and one more if there is more.
  for (const id of [...first(all, (from.looks ?? LOOKS) + 2)]) {
    if (organization !== undefined && id !== organization) break;
    if (!walk.goesOn()) break;
    const then = index.isQuarantined(id) ? 'unreadable' : await past.by(id, cut).catch(unreadable);
    const last = id === begun ? (space ?? '') : undefined;
    if (!walk.along(candidates(id, then, listings, question, last))) break;
  }
  return walk.done;
}

function* candidates(
  id: OrganizationId,
  then: Then | 'unreadable' | undefined,
  listings: Listings,
  question: Omit<WhereQuestion, 'since' | 'at'>,
  last: string | undefined,
): Generator<Candidate<WhereRow>> {
  if (then === undefined || then === 'unreadable') {
    const row = then && { organization: id, quarantined: true as const };
    if (last === undefined) yield { at: [id], row };
    return;
  }
  const looks = 1 + Math.floor(then.revision / EVENTS_A_LOOK);
  for (const one of placesIn(then.place, listings.of(then), question, last, then.at)) {
    yield one.at.length === 1 ? { ...one, looks } : one;
  }
}

/** Where a principal may ever have held something: nobody remembers where a person was, and what
 * the platform gave may be anywhere. */
function organizationsEver(
  { directory }: PermissionIndex,
  principal: Principal,
  from: OrganizationId | undefined,
): Iterable<OrganizationId> {
  const home = directory.home(principal);
  const isOfOneAlone = home !== undefined && (home !== PLATFORM || kindOf(principal) === 'member');
  if (!isOfOneAlone) return directory.organizations(from);
  return from !== undefined && home < from ? [] : [home];
}

function* knownTo(
  index: PermissionIndex,
  principal: Principal,
  actor: ActorFact,
  from: OrganizationId | undefined,
  now: Instant,
): Generator<OrganizationId> {
  for (const id of organizationsOf(index, principal, from, now)) {
    if (isKnown(index, id, actor, now)) yield id;
  }
}

function* first<T>(all: Iterable<T>, most: number): Generator<T> {
  let left = most;
  for (const one of all) {
    if (left === 0) return;
    left -= 1;
    yield one;
  }
}

const unreadable = (error: unknown): 'unreadable' => {
  if (error instanceof Refusal && error.code === 'read.quarantined') return 'unreadable';
  throw error;
};
