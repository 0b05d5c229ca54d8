/** An invitation rests on whoever sent it last: still somebody here, who may still give what it gives. */
import type { Context } from '../context.js';
import { delegates, givesOperation, isHere } from '../delegation.js';
import type { ActorFact, RevokeReason } from '../events.js';
import type { ApiKeyId, Scope } from '../ids.js';
import { personBehind } from '../inviters.js';
import { ownerOf, rightsOf, rightsOfGrants, rightsOfHolder, type Rights } from '../permissions.js';
import type { Invitation, Organization } from '../state.js';
import { teamRoles, whatIsLeft } from './invitation.js';
import { policy } from './requirements.js';

export type InviterLoss = Extract<RevokeReason, 'inviter_left' | 'inviter_lost_authority'>;

/** What has become of the inviter, if anything; policy says what follows from it. */
export function inviterLoss(
  organization: Organization,
  context: Context,
  invitation: Invitation,
): InviterLoss | undefined {
  const { inviter } = invitation;
  const { catalogue, platform, now } = context;
  const rights = rightsOf(organization, catalogue, platform, inviter, now);
  if (!hasComeBack(organization, inviter) && isHere(organization, inviter, rights, now)) {
    return mayGive(organization, context, invitation, rights)
      ? undefined
      : 'inviter_lost_authority';
  }
  // Going makes nothing good that they could not have sent any more.
  const behind =
    asTheyWent(organization, context, invitation) ?? behindExpired(organization, context, inviter);
  return behind === undefined || mayGive(organization, context, invitation, behind)
    ? 'inviter_left'
    : 'inviter_lost_authority';
}

/** What forbids the invitation to be accepted, by the organization's policy about those who left. */
export function forbiddingLoss(
  organization: Organization,
  context: Context,
  invitation: Invitation,
): InviterLoss | undefined {
  const loss = inviterLoss(organization, context, invitation);
  if (loss !== 'inviter_left' || !keepsWhatWasSent(organization, context)) return loss;
  return wasHere(organization, invitation) ? undefined : loss;
}

const keepsWhatWasSent = (organization: Organization, { catalogue }: Context): boolean =>
  policy(organization, catalogue, 'invitation.onInviterLoss') === 'keep';

/** Is the inviter a member again? Whoever left and comes back is a new one, and sent nothing. */
function hasComeBack({ memberByUser }: Organization, inviter: ActorFact): boolean {
  const person = personBehind(inviter);
  if (person === undefined || !('member' in inviter)) return false;
  const member = memberByUser.get(person);
  return member !== undefined && member !== inviter.member;
}

/** Was the inviter somebody of this organization, and not only of the platform? */
const wasHere = ({ apiKeys }: Organization, { inviter, inviterHeld }: Invitation): boolean =>
  inviterHeld !== undefined || apiKeys.has(inviter.id as ApiKeyId);

/** The rights that what a gone inviter held would give now. */
function asTheyWent(
  organization: Organization,
  { catalogue, now }: Context,
  { inviter, inviterHeld }: Invitation,
): Rights | undefined {
  if (inviterHeld === undefined) return undefined;
  const isMember = inviter.kind === 'user' || 'member' in inviter;
  return rightsOfGrants(organization, catalogue, inviterHeld, { now, isMember });
}

/** The rights of whoever stands behind a key that has only run out. */
function behindExpired(
  organization: Organization,
  { catalogue, now }: Context,
  inviter: ActorFact,
): Rights | undefined {
  if (inviter.kind !== 'api_key' || inviter.actingFor !== undefined) return undefined;
  const key = organization.apiKeys.get(inviter.id);
  if (key === undefined) return undefined;
  const { expiresAt: _, ...lasting } = key;
  const owner = ownerOf(organization, lasting, now);
  return owner && rightsOfHolder(organization, catalogue, owner, now);
}

function mayGive(
  organization: Organization,
  context: Context,
  invitation: Invitation,
  rights: Rights,
): boolean {
  const { catalogue, now } = context;
  const { grants, teams } = whatIsLeft(organization, invitation, now);
  const roles = [...grants, ...teamRoles(organization, teams)];
  return (
    roles.every((role) => delegates(organization, catalogue, rights, 'mayAssign', role)) &&
    roles.every(({ scope }) => mayInvite(context, rights, scope))
  );
}

/** Has the inviter the right to invite there, be the space active or not? */
const mayInvite = (context: Context, rights: Rights, scope: Scope): boolean =>
  (['invite', 'resend_invitation'] as const).some((operation) =>
    givesOperation(context, rights, operation, scope),
  );
