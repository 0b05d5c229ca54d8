import type { Context } from '../context.js';
import type { MembershipEvent } from '../events.js';
import { type Instant, type InvitationId, type RoleId } from '../ids.js';
import { isTrusted, PLATFORM_PERMISSION, unended } from '../permissions.js';
import { refuse } from '../refusals.js';
import type { Grant, Invitation, Member, Organization } from '../state.js';
import { isSingleRole } from './change-roles.js';
import { whatIsLeft } from './invitation.js';
import { forbiddingLoss } from './inviter.js';
import { knownAs } from './join.js';
import {
  FOR_PEOPLE,
  grantFact,
  isOpen,
  keepsProtectedRole,
  policy,
  requireCount,
  requireRoles,
  sameGrant,
  type Newcomer,
} from './requirements.js';
import { seatFor } from './seats.js';

/** What a link says: which invitation, and which of its generations. */
export interface Link {
  readonly invitation: InvitationId;
  readonly generation: number;
}

/** Whoever holds the link needs no other right, and may say so twice. */
export const decline =
  (link: Link, { now }: Context) =>
  (organization: Organization): MembershipEvent[] => {
    requireLive(organization);
    if (organization.ended.get(link.invitation) === 'declined') return [];
    const { id: invitation } = opened(organization, link, now);
    return [{ type: 'member.invite_decline', invitation }];
  };

/** The invitation a link opens. Every link that is not good is refused alike. */
export function opened(organization: Organization, link: Link, now: Instant): Invitation {
  requireLive(organization);
  const invitation = organization.invitations.get(link.invitation);
  if (invitation === undefined || !isOpen(organization, invitation, now)) return deadLink();
  return invitation.generation === link.generation ? invitation : deadLink();
}

/** With its organization every link is dead, those that were used included. */
function requireLive({ status }: Organization): void {
  if (status !== 'active' && status !== 'suspended') deadLink();
}

/** The one answer to a link that opens nothing, whatever the reason. */
export const deadLink = (): never =>
  refuse(
    'invitation.link_invalid',
    'This link is not good, or not any more. If you have accepted already, you are in; if not, ask for a new one.',
  );

export interface Accept extends Link {
  /** Who has signed in; the address is present only when it is verified. */
  readonly newcomer: Newcomer & { readonly user: NonNullable<Newcomer['user']> };
}

export const accept =
  ({ newcomer, ...link }: Accept, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    const { now, catalogue, platform, actor } = context;
    if (!isTrusted(platform, actor, now)) {
      refuse('permission.denied', `Acting for people needs ${PLATFORM_PERMISSION.actFor}.`);
    }
    requireLive(organization);
    if (hasAccepted(organization, link.invitation, newcomer)) return [];
    const invitation = opened(organization, link, now);
    if (organization.status === 'suspended') {
      refuse('organization.suspended', 'The organization is suspended; try again later.');
    }
    const { address, user } = newcomer;
    if (address === null) {
      return refuse('email.not_verified', 'Sign in with a verified e-mail address to accept.');
    }
    const mustMatch = policy(organization, catalogue, 'invitation.matchEmail') ?? true;
    if (mustMatch && address.tag !== invitation.tag) {
      refuse('invitation.email_mismatch', 'Sign in with the address that was invited.');
    }
    const left = whatIsLeft(organization, invitation, now);
    const { grants } = left;
    requireRoles(organization, context, grants, FOR_PEOPLE);
    stillGiven(organization, context, invitation);
    const member = knownAs(organization, newcomer);
    if (member?.status === 'inactive') {
      refuse('member.inactive', 'This membership is deactivated; ask for it to be reactivated.');
    }
    if (member === undefined) seatFor(organization, context);
    const { added, replaced } = taken(organization, context, member, grants);
    const inTeam = new Set(member?.teams.map((place) => place.team));
    return keepsProtectedRole(organization, context, [
      {
        type: 'member.accept',
        invitation: invitation.id,
        generation: invitation.generation,
        member: member?.id ?? invitation.member,
        user,
        tag: address.tag,
        email: address.email,
        displayEmail: address.displayEmail,
        name: newcomer.name,
        authentication: member?.authentication ?? newcomer.authentication,
        grants: added.map((grant) => grantFact(grant, grant.id)),
        replaced: replaced.map((grant) => grant.id),
        teams: left.teams.filter((team) => !inTeam.has(team)),
      },
    ]);
  };

const hasAccepted = (
  organization: Organization,
  invitation: InvitationId,
  { user }: Pick<Newcomer, 'user'>,
): boolean => {
  const id = user === undefined ? undefined : organization.memberByUser.get(user);
  const member = id === undefined ? undefined : organization.members.get(id);
  return member?.accepted.includes(invitation) ?? false;
};

/** Refuses when whoever invited, or resent last, may not give this any more. */
function stillGiven(organization: Organization, context: Context, invitation: Invitation): void {
  if (forbiddingLoss(organization, context, invitation) === undefined) return;
  refuse(
    'invitation.inviter_lost_authority',
    'Whoever invited you can no longer give this role; ask for a new invitation.',
  );
}

/** Which grants are new, and which they take the place of, for somebody already in: the single
 * role of a scope, and what can't stand beside the new one. */
function taken(
  organization: Organization,
  context: Context,
  member: Member | undefined,
  grants: Invitation['grants'],
): { added: Invitation['grants']; replaced: readonly Grant[] } {
  const held = unended(member?.grants ?? [], context.now);
  const added = grants.filter((grant) => !held.some((one) => sameGrant(one, grant)));
  const isReplaced = (one: Grant): boolean =>
    added.some(
      (grant) =>
        grant.scope === one.scope &&
        isSingleRole(context, grant.role) &&
        (isSingleRole(context, one.role) || !takesCompanions(context, grant.role)),
    );
  const replaced = held.filter(isReplaced);
  requireCount(organization, context, [...held.filter((one) => !replaced.includes(one)), ...added]);
  return { added, replaced };
}

/** Can specialized roles be held beside this base role? */
function takesCompanions({ catalogue }: Context, role: RoleId): boolean {
  const rule = catalogue.rolesPerMember;
  return typeof rule === 'object' && (rule.specializedWith?.includes(role) ?? true);
}
