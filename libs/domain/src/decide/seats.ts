/** How many may be members, where that is limited. */
import type { Context } from '../context.js';
import type { Instant, Tag } from '../ids.js';
import { momentsAfter } from '../moments.js';
import { refuse } from '../refusals.js';
import type { Organization } from '../state.js';
import { policy } from './requirements.js';

/** Refuses a limit that those who are active exceed already. */
export function requireSeats({ activeMembers }: Organization, seats: number | undefined): void {
  if (seats !== undefined && seats < activeMembers) {
    refuse('seats.exhausted', `${activeMembers} members are active; free seats first.`);
  }
}

/** Refuses when one more active member would be one too many. */
export function seatFor(organization: Organization, { catalogue }: Context, taken = 0): void {
  const seats = policy(organization, catalogue, 'seats');
  if (seats !== undefined && organization.activeMembers + taken + 1 > seats) {
    refuse('seats.exhausted', `All ${seats} seats are taken; free one or ask for more.`);
  }
}

/** How many seats open invitations will take, those to one address apart. */
export function seatsPromised(
  { promised, promises }: Organization,
  now: Instant,
  apart: Tag,
): number {
  const until = promised.get(apart);
  return momentsAfter(promises, now) - (until !== undefined && now < until ? 1 : 0);
}
