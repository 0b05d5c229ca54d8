/** Forgetting a person: their data keys are destroyed, the facts stay. */
import type { Context } from '../context.js';
import { actorRights, authorize, enter, mayManage, unknownOrganization } from '../delegation.js';
import type { MembershipEvent } from '../events.js';
import type { InvitationId, MemberId, Tag, UserId } from '../ids.js';
import { grantsOf, has, isTrusted, PLATFORM_PERMISSION, rightsOf } from '../permissions.js';
import { refuse } from '../refusals.js';
import { tagsOf, type Former, type Member, type Organization } from '../state.js';
import { teamRoles } from './invitation.js';
import { personOf } from './organization.js';
import { keepsProtectedRole } from './requirements.js';

/** Who is to be forgotten: a member, present or former, or a person by user. */
export type Erase = { readonly member: MemberId } | ErasedPerson;

export interface ErasedPerson {
  readonly user: UserId;
  /** Of the person's verified address: invitations to it are the person's, too. */
  readonly tag?: Tag;
  /** Something is stored of this user as an actor here, member or not. */
  readonly acted?: boolean;
}

/**
 * Ends the membership (or deactivates it for good where the catalogue removes nobody), closes
 * invitations to the address and destroys the keys of everything that was ever stored of this
 * person here. By the person, even while suspended; by whoever may `erase_member` and manage
 * every role held, if it is a member that is named; or by the platform.
 *
 * @param limit about how many facts at a time: the end comes with the first, and decided again, it
 * goes on where it stopped.
 */
export const erase =
  (command: Erase, context: Context, limit = Infinity) =>
  (organization: Organization): MembershipEvent[] => {
    if (organization.status === 'absent') unknownOrganization(organization);
    const people = subjects(organization, command);
    mayErase(organization, context, command, people);
    const events: MembershipEvent[] = [];
    for (const event of forgetting(organization, context, command, people)) {
      if (events.length >= limit) return keepsProtectedRole(organization, context, events);
      events.push(event);
    }
    keepsProtectedRole(organization, context, events);
    return [...events, ...actorErased(context, command, events)];
  };

/** Before anybody looks where a person is: whoever may not forget people learns nothing of that. */
export const mayForgetPeople =
  (context: Context) =>
  (platform: Organization): [] => {
    if (has(enter(platform, context), PLATFORM_PERMISSION.erase)) return [];
    return refuse(
      'permission.denied',
      `To forget a person wherever they are you need ${PLATFORM_PERMISSION.erase}.`,
    );
  };

/** Is it the fact that an erasure of this member ends with? */
export const isLastOf = (command: Erase, event: MembershipEvent): boolean =>
  'member' in command &&
  event.type === 'member.personal_data_erase' &&
  event.member === command.member;

/** What leads to the rest of the person is forgotten after it, the member that is named at last. */
function* forgetting(
  organization: Organization,
  context: Context,
  command: Erase,
  people: readonly (Member | Former)[],
): Generator<MembershipEvent> {
  const [one] = people;
  if (one !== undefined && 'status' in one) yield* ending(context, one);
  const all = [...new Set([...people, ...samePerson(organization, people)])];
  const tags = new Set(all.flatMap(tagsOf));
  if ('user' in command && command.tag !== undefined) tags.add(command.tag);
  for (const tag of tags) {
    for (const id of organization.invitationsByTag.of(tag)) yield* closing(organization, id);
  }
  const sharing = new Set([...tags].flatMap((tag) => [...organization.formerByTag.of(tag)]));
  for (const { id } of all) sharing.delete(id);
  for (const id of sharing) yield erased(organization.former.get(id)!);
  for (const one of all.reverse()) if (!isForgotten(one)) yield erased(one);
}

/**
 * The user as an actor who is no member: what was stored of earlier commands, and what will be of
 * this one. The fact has to name a member, and there is none: the id is a fresh one, so that it can
 * be nobody's, now or later, and whoever reads the fact by its member finds nothing to do. What
 * counts is the user, whose key goes. A version of the fact without a member would have every
 * reader look twice for the same.
 */
function actorErased(
  { newId }: Context,
  command: Erase,
  events: readonly MembershipEvent[],
): MembershipEvent[] {
  if (!('user' in command)) return [];
  const { user, acted = false } = command;
  const isNamed = events.some(
    (event) => event.type === 'member.personal_data_erase' && event.user === user,
  );
  if (isNamed || (!acted && events.length === 0)) return [];
  return [{ type: 'member.personal_data_erase', member: newId('member'), user }];
}

/** The member and the former members the command names. */
function subjects(organization: Organization, command: Erase): (Member | Former)[] {
  if ('member' in command) {
    const one = organization.members.get(command.member) ?? organization.former.get(command.member);
    return one === undefined ? [] : [one];
  }
  const id = organization.memberByUser.get(command.user);
  const member = id === undefined ? undefined : organization.members.get(id);
  const formerly = [...organization.formerByUser.of(command.user)].map((one) =>
    organization.former.get(one)!,
  );
  return member === undefined ? formerly : [member, ...formerly];
}

function mayErase(
  organization: Organization,
  context: Context,
  command: Erase,
  people: readonly (Member | Former)[],
): void {
  const { actor, catalogue, platform, now } = context;
  const rights = rightsOf(organization, catalogue, platform, actor, now);
  if (has(rights, PLATFORM_PERMISSION.erase)) return;
  const person = isTrusted(platform, actor, now) ? personOf(actor) : undefined;
  const oneself =
    person !== undefined &&
    ('user' in command ? command.user === person : people.some((one) => one.user === person));
  if (oneself) return;
  const may = authorize(organization, context, 'erase_member');
  if ('user' in command) {
    refuse(
      'permission.denied',
      'Only the person and the platform forget a person wherever it is; name the member instead.',
    );
  }
  if (people.length === 0) {
    if (organization.ended.has(command.member)) return;
    refuse('member.not_found', 'There is no such member in this organization.');
  }
  for (const one of people) {
    if ('status' in one) mayManage(organization, context, may, grantsOf(organization, one));
  }
}

/** The former members that are the same users. */
const samePerson = (
  { former, formerByUser }: Organization,
  people: readonly (Member | Former)[],
): Former[] =>
  people.flatMap(({ user }) =>
    user === undefined ? [] : [...formerByUser.of(user)].map((id) => former.get(id)!),
  );

function ending({ catalogue }: Context, member: Member): MembershipEvent[] {
  if (member.status === 'inactive' && member.cause === 'erased') return [];
  const { id } = member;
  return catalogue.removal === 'deactivate_only'
    ? [{ type: 'member.deactivate', member: id, cause: 'erased' }]
    : [{ type: 'member.remove', member: id, reason: 'erased' }];
}

/** Deactivated for good, with nothing left that names the person. */
const isForgotten = (one: Member | Former): boolean =>
  'status' in one &&
  one.status === 'inactive' &&
  one.cause === 'erased' &&
  one.user === undefined &&
  tagsOf(one).length === 0;

const erased = ({ id, user }: Member | Former): MembershipEvent => ({
  type: 'member.personal_data_erase',
  member: id,
  ...(user === undefined ? {} : { user }),
});

/** Revokes and forgets an invitation. */
function closing(organization: Organization, invitation: InvitationId): MembershipEvent[] {
  const { member } = organization.invitations.get(invitation)!;
  return [
    { type: 'member.invite_revoke', invitation, reason: 'erased' },
    { type: 'member.invite_erase', invitation, member },
  ];
}

export interface EraseInvitation {
  readonly invitation: InvitationId;
  /** Who it would have become; absent: no such invitation is on record. */
  readonly member?: MemberId;
}

/** Forgets whom an invitation, open or ended, was for. The platform may in a deleted one, too. */
export const eraseInvitation =
  ({ invitation: id, member: named }: EraseInvitation, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    if (organization.status === 'absent') unknownOrganization(organization);
    const actor = actorRights(organization, context);
    const isPlatform = has(actor, PLATFORM_PERMISSION.erase);
    const rights = isPlatform ? actor : authorize(organization, context, 'erase_member');
    const invitation = organization.invitations.get(id);
    const member =
      named ??
      invitation?.member ??
      refuse('invitation.not_found', 'There is no such invitation in this organization.');
    const former = organization.former.get(member);
    if (organization.members.has(member) || former?.user !== undefined) {
      refuse('invitation.not_pending', 'It was accepted; erase the member instead.');
    }
    if (invitation === undefined) {
      if (former === undefined) return [];
      return [{ type: 'member.invite_erase', invitation: id, member }];
    }
    const { grants, teams } = invitation;
    if (former !== undefined) {
      refuse('invitation.not_found', 'This invitation is for somebody else.');
    }
    const roles = [...grants, ...teamRoles(organization, teams)];
    if (!isPlatform) mayManage(organization, context, rights, roles);
    return closing(organization, id);
  };
