/** An invitation rests on whoever sent it last: still somebody here, who may still give what it gives. */
import type { Context } from '../context.js';
import { delegates, givesOperation, isHere } from '../delegation.js';
import type { RevokeReason } from '../events.js';
import type { Scope } from '../ids.js';
import { rightsOf, type Rights } from '../permissions.js';
import type { Invitation, Organization } from '../state.js';
import { teamRoles, whatIsLeft } from './invitation.js';

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
  if (!isHere(organization, inviter, rights, now)) return 'inviter_left';
  const { grants, teams } = whatIsLeft(organization, invitation, now);
  const roles = [...grants, ...teamRoles(organization, teams)];
  const mayGive =
    roles.every((role) => delegates(organization, catalogue, rights, 'mayAssign', role)) &&
    roles.every(({ scope }) => mayInvite(context, rights, scope));
  return mayGive ? undefined : 'inviter_lost_authority';
}

/** Has the inviter the right to invite there, be the space active or not? */
const mayInvite = (context: Context, rights: Rights, scope: Scope): boolean =>
  (['invite', 'resend_invitation'] as const).some((operation) =>
    givesOperation(context, rights, operation, scope),
  );
