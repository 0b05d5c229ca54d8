/** Escalation: `domain/reach.ts` asked about a member as the index knows it. */
import type { Instant, MemberId } from '#domain/ids.js';
import { reach, type Reach } from '#domain/reach.js';
import { refuse } from '#domain/refusals.js';
import type { Place } from './place.js';
import { find } from './principals.js';
import type { Freshness } from './questions.js';

/** What could this member come to hold? */
export interface ReachQuestion extends Freshness {
  readonly member: MemberId;
}

/** Refuses `member.not_found`. */
export function reachOf(
  { organization, catalogue, platform }: Place,
  member: MemberId,
  now: Instant,
): Reach[] {
  if (!organization.members.has(member)) {
    refuse('member.not_found', `There is no member ${member} in this organization.`);
  }
  const { rights } = find(organization, catalogue, platform, member, now);
  return reach(organization, catalogue, rights);
}
