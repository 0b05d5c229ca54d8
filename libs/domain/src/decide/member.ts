import type { Context } from '../context.js';
import {
  authorize,
  authorizeAt,
  authorizeSomewhere,
  enter,
  mayManage,
  unknownOrganization,
} from '../delegation.js';
import type {
  MemberEvent,
  MembershipEvent,
  RemoveReason,
  Sealed,
  StatusChangeCause,
} from '../events.js';
import type { Instant, MemberId, Scope, Tag } from '../ids.js';
import { grantsOf, isTrusted, unended, type Rights } from '../permissions.js';
import { refuse } from '../refusals.js';
import { tagsOf, type Invitation, type Member, type Organization } from '../state.js';
import { mayDelegate, roleChange } from './change-roles.js';
import { personOf } from './organization.js';
import { isOpen, keepsProtectedRole, memberOf, requireScope } from './requirements.js';
import { seatFor } from './seats.js';

/** Whole-member acts: the right at organization scope, and over every role at every scope. */
function mayActOn(
  organization: Organization,
  context: Context,
  rights: Rights,
  member: Member,
): void {
  mayManage(organization, context, rights, grantsOf(organization, member));
}

export interface ChangeStatus {
  readonly member: MemberId;
  readonly cause: Exclude<StatusChangeCause, 'erased'>;
}

export const deactivateMember =
  (command: ChangeStatus, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    const rights = authorize(organization, context, 'deactivate_member');
    const member = memberOf(organization, command.member);
    mayActOn(organization, context, rights, member);
    // A person's word stands above a directory's: it is written even where that came first.
    const isFinal =
      member.status === 'inactive' && (member.cause === 'direct' || member.cause === 'erased');
    if (isFinal || (member.status === 'inactive' && command.cause !== 'direct')) return [];
    const { cause } = command;
    return keepsProtectedRole(organization, context, [
      { type: 'member.deactivate', member: member.id, cause },
    ]);
  };

export const reactivateMember =
  (command: ChangeStatus, context: Context) =>
  (organization: Organization): MemberEvent[] => {
    const rights = authorize(organization, context, 'reactivate_member');
    const member = memberOf(organization, command.member);
    mayActOn(organization, context, rights, member);
    if (member.status === 'active') return [];
    if (member.cause === 'erased') {
      refuse('member.erased', 'This person is erased for good; invite anew.');
    }
    if (command.cause !== 'direct' && member.cause === 'direct') {
      refuse(
        'member.deactivated_by_person',
        'A person deactivated this member; a person reactivates it.',
      );
    }
    seatFor(organization, context);
    return [{ type: 'member.reactivate', member: member.id, cause: command.cause }];
  };

export interface RemoveMember {
  readonly member: MemberId;
  /** `organization`: the membership; a space: what is held directly there. */
  readonly scope: Scope;
  readonly reason: Extract<RemoveReason, 'removed' | 'deprovisioned'>;
}

/** @param limit how many facts at a time: the end comes with the last. */
export const removeMember =
  ({ member: id, scope, reason }: RemoveMember, context: Context, limit = Infinity) =>
  (organization: Organization): MembershipEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'remove_member');
    requireScope(organization, scope);
    authorizeAt(organization, context, rights, 'remove_member', scope);
    if (organization.ended.get(id) === 'deleted') return [];
    const member = memberOf(organization, id);
    if (scope !== 'organization') {
      return removeFromSpace(organization, context, rights, member, scope, reason);
    }
    mayActOn(organization, context, rights, member);
    return removal(organization, context, member, reason, { limit });
  };

function removeFromSpace(
  organization: Organization,
  context: Context,
  rights: Rights,
  member: Member,
  scope: Scope,
  reason: RemoveReason,
): MembershipEvent[] {
  const held = unended(member.grants, context.now);
  const here = held.filter((grant) => grant.scope === scope);
  mayDelegate(organization, context, rights, member, scope, { removed: here });
  if (here.length === 0) return [];
  // Whoever the organization has deactivated stays so, with nothing: they could be invited anew.
  const isActive = member.status === 'active';
  if (isActive && here.length === held.length && member.teams.length === 0) {
    return removal(organization, context, member, reason, { within: scope });
  }
  return [roleChange(member, [], here, 'scope_removal', context)];
}

/** Ends the membership, and before it what is still open for the same addresses, as far as that is
 * within the scope of whoever ends it. */
function removal(
  organization: Organization,
  context: Context,
  member: Member,
  reason: RemoveReason,
  { limit = Infinity, within = 'organization' }: { limit?: number; within?: Scope },
): MembershipEvent[] {
  const end: MembershipEvent = { type: 'member.remove', member: member.id, reason };
  keepsProtectedRole(organization, context, [end]);
  const revoked = tagsOf(member)
    .flatMap((tag) => openInvitations(organization, tag, context.now))
    .filter((id) => isWithin(organization.invitations.get(id)!, within))
    .map((invitation): MembershipEvent => ({
      type: 'member.invite_revoke',
      invitation,
      reason: 'invitee_removed',
    }));
  return revoked.length < limit ? [end, ...revoked] : revoked.slice(0, limit);
}

const isWithin = ({ grants, teams }: Invitation, scope: Scope): boolean =>
  scope === 'organization' || (teams.length === 0 && grants.every((one) => one.scope === scope));

const openInvitations = (organization: Organization, tag: Tag, now: Instant) =>
  [...organization.invitationsByTag.of(tag)].filter((id) => {
    const invitation = organization.invitations.get(id);
    return invitation !== undefined && isOpen(organization, invitation, now);
  });

/** One's own membership ends; no permission is asked, so it works while suspended, or deactivated.
 * @param limit as of `removeMember`. */
export const leave =
  (_: object, context: Context, limit = Infinity) =>
  (organization: Organization): MembershipEvent[] => {
    const { actor, platform, now } = context;
    const person = isTrusted(platform, actor, now) ? personOf(actor) : undefined;
    const id = person === undefined ? undefined : organization.memberByUser.get(person);
    const member = id === undefined ? undefined : organization.members.get(id);
    if (member === undefined) {
      const hasLeft = person !== undefined && [...organization.formerByUser.of(person)].length > 0;
      if (hasLeft) return [];
      enter(organization, context);
      return refuse('member.not_found', 'Only a person who is a member can leave.');
    }
    if (organization.status === 'deleted') unknownOrganization(organization);
    if (context.catalogue.removal === 'deactivate_only') {
      const { name } = context.catalogue;
      refuse('operation.not_offered', `${name} keeps every user: they are deactivated instead.`);
    }
    return removal(organization, context, member, 'left', { limit });
  };

export interface ChangeProfile {
  readonly member: MemberId;
  readonly name: Sealed | null;
  /** Revision of an event that gave the member this same name, found by whoever can open it. */
  readonly sameAs?: number;
}

export const changeProfile =
  ({ member: id, name, sameAs }: ChangeProfile, context: Context) =>
  (organization: Organization): MemberEvent[] => {
    const own = enter(organization, context).member?.id === id;
    if (!own) authorize(organization, context, 'update_member');
    const member = memberOf(organization, id);
    if (!own) mayActOn(organization, context, enter(organization, context), member);
    if (member.status === 'inactive' && member.cause === 'erased') {
      refuse('member.erased', 'This person is erased for good.');
    }
    if (sameAs === member.named) return [];
    return [{ type: 'member.profile_change', member: id, name }];
  };
