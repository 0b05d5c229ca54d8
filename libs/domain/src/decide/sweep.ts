/**
 * What time has done, written down. Nothing is wrong while this does not run: every question is
 * decided by the clock it is asked with.
 */
import type { Context } from '../context.js';
import type { GrantFact, MembershipEvent, RevokeReason } from '../events.js';
import type { GrantId, Instant, InvitationId } from '../ids.js';
import { refuse } from '../refusals.js';
import { isHere } from '../delegation.js';
import { rightsOf } from '../permissions.js';
import type { Invitation, Organization } from '../state.js';
import { policy } from './requirements.js';

export interface Sweep {
  /** At most this many facts at a time; the rest comes with the next sweep. */
  readonly limit: number;
  /** Only the invitations that this took the ground from; left out: all that is due. */
  readonly because?: MembershipEvent;
}

export const sweep =
  ({ limit, because }: Sweep, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    if (context.actor.kind !== 'system') {
      refuse('permission.denied', 'Only the service itself sweeps.');
    }
    if (organization.status === 'absent') return [];
    const events: MembershipEvent[] = [];
    const all =
      because === undefined ? due(organization, context) : lostBy(organization, context, because);
    for (const event of all) {
      if (events.push(event) >= limit) break;
    }
    return events;
  };

function* due(organization: Organization, context: Context): Generator<MembershipEvent> {
  const { now } = context;
  for (const invitation of organization.invitations.values()) {
    const { id } = invitation;
    const reason = lost(organization, context, invitation);
    if (reason !== undefined) yield { type: 'member.invite_revoke', invitation: id, reason };
    else if (invitation.status === 'pending' && hasPassed(invitation.expiresAt, now)) {
      yield { type: 'member.invite_expire', invitation: id };
    }
  }
  if (organization.status === 'deleted') return;
  for (const { id: member, grants } of organization.members.values()) {
    for (const grant of grants) {
      if (hasPassed(grant.expiresAt, now)) {
        yield { type: 'member.grant_expire', member, grant: grant.id };
      } else if (hasPassed(grant.notBefore, now) && !grant.started) {
        yield { type: 'member.grant_start', member, grant: grant.id };
      }
    }
  }
}

/** What can't be accepted any more since this happened. */
function* lostBy(
  organization: Organization,
  context: Context,
  because: MembershipEvent,
): Generator<MembershipEvent> {
  for (const invitation of organization.invitations.values()) {
    if (!restsOn(invitation, because)) continue;
    const reason = lost(organization, context, invitation);
    if (reason === undefined) continue;
    yield { type: 'member.invite_revoke', invitation: invitation.id, reason };
  }
}

/** Did the invitation rest on what the event ended? As far as that can be told from the two. */
function restsOn({ inviter, teams }: Invitation, event: MembershipEvent): boolean {
  switch (event.type) {
    case 'organization.delete':
      return true;
    case 'member.remove':
    case 'member.deactivate':
      return 'member' in inviter && inviter.member === event.member;
    case 'service_account.delete':
      return inviter.id === event.account;
    case 'api_key.revoke':
      return inviter.id === event.key;
    case 'team.delete':
      return teams.includes(event.team);
    default:
      return false;
  }
}

const hasPassed = (moment: Instant | undefined, now: Instant): boolean =>
  moment !== undefined && moment <= now;

/** Why an open invitation can't be accepted any more, whatever its expiry. */
function lost(
  organization: Organization,
  { catalogue, platform, now }: Context,
  { grants, teams, inviter, status }: Invitation,
): RevokeReason | undefined {
  if (organization.status === 'deleted') {
    return status === 'pending' ? 'organization_deleted' : undefined;
  }
  if (grants.length === 0 && !teams.some((team) => organization.teams.has(team))) {
    return teams.length > 0 ? 'team_deleted' : 'space_deleted';
  }
  if (status !== 'pending') return undefined;
  if (policy(organization, catalogue, 'invitation.onInviterLoss') === 'keep') return undefined;
  const rights = rightsOf(organization, catalogue, platform, inviter, now);
  return isHere(organization, inviter, rights, now) ? undefined : 'inviter_left';
}

/** Something that comes due: an invitation ends, a grant begins or ends. */
export interface Due {
  readonly item: InvitationId | `${GrantId} ${'begins' | 'ends'}` | 'lost';
  readonly at: Instant;
}

/** What the event makes due in its organization, and when. */
export function becomesDue(event: MembershipEvent, occurredAt: Instant): Due[] {
  switch (event.type) {
    case 'member.invite':
    case 'member.invite_resend':
      return [{ item: event.invitation, at: event.expiresAt }];
    case 'member.accept':
    case 'member.join':
      return event.grants.flatMap(timesOf);
    case 'member.role_change':
      return event.added.flatMap(timesOf);
    // Invitations rest on their inviter, and on where they invite to.
    case 'member.remove':
    case 'member.deactivate':
    case 'service_account.delete':
    case 'api_key.revoke':
    case 'space.delete':
    case 'team.delete':
      return [{ item: 'lost', at: occurredAt }];
    default:
      return [];
  }
}

/** Is it an invitation that comes due? With its organization it does at once, and nothing else. */
export const isInvitation = (item: Due['item']): item is InvitationId =>
  item !== 'lost' && !item.includes(' ');

/** What is not due any more after the event; one of a removed member's may be left out. */
export function settles(event: MembershipEvent): Due['item'][] {
  switch (event.type) {
    case 'member.accept':
    case 'member.invite_revoke':
    case 'member.invite_decline':
    case 'member.invite_expire':
    case 'member.invite_erase':
      return [event.invitation];
    case 'member.role_change':
      return event.removed.flatMap((id): Due['item'][] => [`${id} begins`, `${id} ends`]);
    case 'member.grant_start':
      return [`${event.grant} begins`];
    case 'member.grant_expire':
      return [`${event.grant} begins`, `${event.grant} ends`];
    default:
      return [];
  }
}

const timesOf = ({ id, notBefore, expiresAt }: GrantFact): Due[] => [
  ...(notBefore === undefined ? [] : [{ item: `${id} begins`, at: notBefore } as const]),
  ...(expiresAt === undefined ? [] : [{ item: `${id} ends`, at: expiresAt } as const]),
];
