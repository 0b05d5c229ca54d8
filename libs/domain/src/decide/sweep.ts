/**
 * What time has done, written down. Nothing is wrong while this does not run: every question is
 * decided by the clock it is asked with.
 */
import type { Context } from '../context.js';
import type { MembershipEvent, RevokeReason } from '../events.js';
import type { Instant, MemberId } from '../ids.js';
import { goodUntil } from '../indexes.js';
import { restingOn, type Sender } from '../inviters.js';
import { refuse } from '../refusals.js';
import type { Invitation, Member, Organization } from '../state.js';
import { forbiddingLoss } from './inviter.js';

/**
 * Where something may be due: an invitation, somebody's grants and all the invitations that rest
 * on them, or every open invitation.
 */
export type Place = Sender | 'invitations';

export interface Sweep {
  /** At most this many facts at a time; the rest comes with the next sweep. */
  readonly limit: number;
  /** Where to look; everywhere if left out. */
  readonly places?: readonly Place[];
  /** Only what has lost its ground, not what time alone has done. */
  readonly lostOnly?: boolean;
}

export const sweep =
  (command: Sweep, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    if (context.actor.kind !== 'system') {
      refuse('permission.denied', 'Only the service itself sweeps.');
    }
    if (organization.status === 'absent') return [];
    const events: MembershipEvent[] = [];
    for (const event of due(organization, context, command)) {
      if (events.push(event) >= command.limit) break;
    }
    return events;
  };

function* due(
  organization: Organization,
  context: Context,
  { places, lostOnly = false }: Sweep,
): Generator<MembershipEvent> {
  const { now } = context;
  for (const invitation of invitationsAt(organization, places)) {
    const { id } = invitation;
    const reason = lost(organization, context, invitation);
    if (reason !== undefined) yield { type: 'member.invite_revoke', invitation: id, reason };
    else if (lostOnly) continue;
    else if (
      invitation.status === 'pending' &&
      hasPassed(goodUntil(organization, invitation), now)
    ) {
      yield { type: 'member.invite_expire', invitation: id };
    }
  }
  if (lostOnly || organization.status === 'deleted') return;
  for (const { id: member, grants } of membersAt(organization, places)) {
    for (const grant of grants) {
      if (hasPassed(grant.expiresAt, now)) {
        yield { type: 'member.grant_expire', member, grant: grant.id };
      } else if (hasPassed(grant.notBefore, now) && !grant.started) {
        yield { type: 'member.grant_start', member, grant: grant.id };
      }
    }
  }
}

const hasPassed = (moment: Instant | undefined, now: Instant): boolean =>
  moment !== undefined && moment <= now;

function membersAt(
  { members }: Organization,
  places: readonly Place[] | undefined,
): Iterable<Member> {
  if (places === undefined) return members.values();
  return [...new Set(places)].flatMap((place) => members.get(place as MemberId) ?? []);
}

/** The invitations to look at, ended ones left out. */
export function invitationsAt(
  organization: Organization,
  places: readonly Place[] | undefined,
): Iterable<Invitation> {
  const { invitations } = organization;
  if (places?.includes('invitations') ?? true) return invitations.values();
  const found = new Set(places?.flatMap((place) => [...restingOn(organization, place as Sender)]));
  return [...found].flatMap((id) => invitations.get(id) ?? []);
}

/** Why an open invitation can't be accepted any more, whatever its expiry. */
function lost(
  organization: Organization,
  context: Context,
  invitation: Invitation,
): RevokeReason | undefined {
  const { teams, status } = invitation;
  if (organization.status === 'deleted') {
    return status === 'pending' ? 'organization_deleted' : undefined;
  }
  if (goodUntil(organization, invitation) === undefined) {
    return teams.length > 0 ? 'team_deleted' : 'space_deleted';
  }
  // While it is suspended nobody has rights here, which is no loss; its end is looked at again.
  if (status !== 'pending' || organization.status === 'suspended') return undefined;
  return forbiddingLoss(organization, context, invitation);
}
