import type { Context } from '../context.js';
import { authorize, enter, mayAssign, mayManage, type RoleAtScope } from '../delegation.js';
import type {
  GrantFact,
  JoinSource,
  MemberEvent,
  MembershipEvent,
  RemoveReason,
  RoleChangeCause,
  Sealed,
  StatusChangeCause,
} from '../events.js';
import type { GrantId, Instant, MemberId, RoleId, Scope, Tag, UserId } from '../ids.js';
import { grantsOf, isTrusted, unended, type Rights } from '../permissions.js';
import { refuse } from '../refusals.js';
import type { Grant, Member, Organization } from '../state.js';
import { personOf } from './organization.js';
import {
  activeMember,
  distinct,
  ended,
  FOR_PEOPLE,
  grantFact,
  isOpen,
  keepsProtectedRole,
  memberOf,
  policy,
  requireCount,
  requireRoles,
  requireScope,
  requireTimes,
  sameGrant,
  seatFor,
  type Newcomer,
  type WantedGrant,
} from './requirements.js';

/** What a change of roles asks for at one scope. */
export type WantedRoles =
  /** Exactly these, without times. */
  | { readonly kind: 'set'; readonly roles: readonly RoleId[] }
  | {
      readonly kind: 'change';
      readonly add: readonly {
        readonly role: RoleId;
        readonly notBefore?: Instant;
        readonly expiresAt?: Instant;
      }[];
      readonly remove: readonly RoleId[];
    };

export interface ChangeRoles {
  readonly member: MemberId;
  readonly scope: Scope;
  readonly wanted: WantedRoles;
}

export const changeRoles =
  (command: ChangeRoles, context: Context) =>
  (organization: Organization): MemberEvent[] => {
    enter(organization, context);
    const member = memberOf(organization, command.member);
    requireScope(organization, command.scope);
    const rights = authorize(organization, context, 'change_roles', command.scope);
    const held = unended(member.grants, context.now);
    const { added, removed, kept } = difference(held, command.wanted, command.scope);
    if (added.length === 0 && removed.length === 0) return [];
    requireRoles(organization, context, added, FOR_PEOPLE);
    requireTimes(added, context.now);
    requireCount(organization, context, [...kept, ...added]);
    if (kept.length + added.length === 0) keepsARole(context, command.scope);
    mayDelegate(organization, context, rights, member, command.scope, { added, removed });
    const event = roleChange(member, added, removed, 'direct', context);
    return keepsProtectedRole(organization, context, [event]);
  };

/** What stands against what is wanted, at one scope. */
export function difference<G extends WantedGrant>(
  grants: readonly G[],
  wanted: WantedRoles,
  scope: Scope,
): { added: WantedGrant[]; removed: G[]; kept: G[] } {
  const elsewhere = grants.filter((grant) => grant.scope !== scope);
  const here = grants.filter((grant) => grant.scope === scope);
  const asked: WantedGrant[] =
    wanted.kind === 'set'
      ? [...new Set(wanted.roles)].map((role) => ({ role, scope }))
      : distinct(wanted.add.map((one) => ({ ...one, scope })));
  const replaces = (grant: G): boolean =>
    wanted.kind === 'set' ||
    wanted.remove.includes(grant.role) ||
    wanted.add.some((one) => one.role === grant.role);
  const isAsked = (grant: G): boolean => asked.some((one) => sameGrant(one, grant));
  const removed = here.filter((grant) => replaces(grant) && !isAsked(grant));
  const stays = here.filter((grant) => !removed.includes(grant));
  const added = asked.filter((one) => !here.some((grant) => sameGrant(grant, one)));
  return { added, removed, kept: [...elsewhere, ...stays] };
}

/** In a one-role catalogue nobody is without a role: that would be removal by another name. */
function keepsARole({ catalogue }: Context, scope: Scope): void {
  if (catalogue.rolesPerMember === 'one' && scope === 'organization') {
    refuse('role.count', `${catalogue.name}: a member has one role; remove the member instead.`);
  }
}

/** Delegation for a change of one member's roles at one scope. */
function mayDelegate(
  organization: Organization,
  context: Context,
  rights: Rights,
  member: Member,
  scope: Scope,
  { added, removed }: { added: readonly RoleAtScope[]; removed: readonly RoleAtScope[] },
): void {
  mayAssign(organization, context, rights, added);
  // Dropping one's own roles needs no delegation.
  if (rights.member?.id === member.id) return;
  mayAssign(organization, context, rights, ended(removed, context));
  mayManage(organization, context, rights, rolesAt(organization, member, scope));
}

const rolesAt = (organization: Organization, member: Member, scope: Scope): RoleAtScope[] =>
  grantsOf(organization, member).filter((grant) => grant.scope === scope);

const roleChange = (
  member: Member,
  added: readonly WantedGrant[],
  removed: readonly { readonly id: GrantId }[],
  cause: RoleChangeCause,
  { newId }: Context,
): MemberEvent => ({
  type: 'member.role_change',
  member: member.id,
  added: added.map((one): GrantFact => grantFact(one, newId('grant'))),
  removed: removed.map((one) => one.id),
  cause,
});

export interface TransferOwnership {
  readonly to: MemberId;
  /** What the one who gives it keeps in its place. */
  readonly demoteTo: RoleId;
}

export const transferOwnership =
  ({ to, demoteTo }: TransferOwnership, context: Context) =>
  (organization: Organization): MemberEvent[] => {
    const rights = authorize(organization, context, 'transfer_ownership');
    const role = context.catalogue.protectedRole;
    const heir = activeMember(organization, to);
    const owner = rights.member;
    const held = owner?.grants.filter((grant) => isAt(grant, role));
    if (owner === undefined || held === undefined || held.length === 0) {
      return refuse('permission.denied', `Only a member who holds ${role} can pass it on.`);
    }
    if (heir.id === owner.id) refuse('request.invalid', 'Ownership goes to another member.');
    if (demoteTo === role) refuse('request.invalid', `demoteTo takes the place of ${role}.`);
    const scope = 'organization';
    const isSingle = (grant: Grant): boolean => isSingleRole(context, grant.role);
    const gain = [{ role, scope } as const];
    const loss = [{ role: demoteTo, scope } as const];
    requireRoles(organization, context, [...gain, ...loss], FOR_PEOPLE);
    mayAssign(organization, context, rights, [...gain, ...loss]);
    mayManage(organization, context, rights, rolesAt(organization, heir, scope));
    const given = heir.grants.filter((g) => g.scope === scope && (isSingle(g) || g.role === role));
    const kept = heir.grants.filter((grant) => !given.includes(grant));
    requireCount(organization, context, [...kept, ...gain]);
    const rest = owner.grants.filter((grant) => !held.includes(grant));
    const drop = loss.filter((one) => !rest.some((grant) => sameGrant(grant, one)));
    requireCount(organization, context, [...rest, ...drop]);
    return keepsProtectedRole(organization, context, [
      roleChange(heir, gain, given, 'transfer', context),
      roleChange(owner, drop, held, 'transfer', context),
    ]);
  };

const isAt = (grant: Grant, role: RoleId): boolean =>
  grant.role === role && grant.scope === 'organization';

/** Is the role one of which a member holds a single one at a scope? */
export function isSingleRole({ catalogue }: Context, role: RoleId): boolean {
  const rule = catalogue.rolesPerMember;
  if (rule === 'many') return false;
  return rule === 'one' || (rule.base === 'one' && catalogue.roles.get(role)?.kind === 'base');
}

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
  (organization: Organization): MemberEvent[] => {
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

export const removeMember =
  ({ member: id, scope, reason }: RemoveMember, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    enter(organization, context);
    requireScope(organization, scope);
    const rights = authorize(organization, context, 'remove_member', scope);
    if (organization.ended.get(id) === 'deleted') return [];
    const member = memberOf(organization, id);
    if (scope !== 'organization') {
      return removeFromSpace(organization, context, rights, member, scope, reason);
    }
    mayActOn(organization, context, rights, member);
    return keepsProtectedRole(
      organization,
      context,
      removal(organization, context, member, reason),
    );
  };

function removeFromSpace(
  organization: Organization,
  context: Context,
  rights: Rights,
  member: Member,
  scope: Scope,
  reason: RemoveReason,
): MembershipEvent[] {
  mayManage(organization, context, rights, rolesAt(organization, member, scope));
  const held = unended(member.grants, context.now);
  const here = held.filter((grant) => grant.scope === scope);
  if (here.length === 0) return [];
  if (here.length === held.length && member.teams.length === 0) {
    return removal(organization, context, member, reason);
  }
  return [roleChange(member, [], here, 'scope_removal', context)];
}

/** Ends the membership, and what is still open for the same address. */
export function removal(
  organization: Organization,
  { now }: Context,
  member: Member,
  reason: RemoveReason,
): MembershipEvent[] {
  const open = member.tag === null ? [] : openInvitations(organization, member.tag, now);
  return [
    { type: 'member.remove', member: member.id, reason },
    ...open.map((invitation): MembershipEvent => ({
      type: 'member.invite_revoke',
      invitation,
      reason: reason === 'erased' ? 'erased' : 'invitee_removed',
    })),
  ];
}

const openInvitations = (organization: Organization, tag: Tag, now: Instant) =>
  [...organization.invitationsByTag.of(tag)].filter((id) => {
    const invitation = organization.invitations.get(id);
    return invitation !== undefined && isOpen(invitation, now);
  });

/** One's own membership ends; no permission is asked, and it works while suspended. */
export const leave =
  (_: object, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    const { actor, platform, now } = context;
    const person = isTrusted(platform, actor, now) ? personOf(actor) : undefined;
    if (person !== undefined && [...organization.formerByUser.of(person)].length > 0) {
      if (!organization.memberByUser.has(person)) return [];
    }
    enter(organization, context);
    const id = person === undefined ? undefined : organization.memberByUser.get(person);
    const member = id === undefined ? undefined : organization.members.get(id);
    if (member === undefined) {
      return refuse('member.not_found', 'Only a person who is a member can leave.');
    }
    if (context.catalogue.removal === 'deactivate_only') {
      const { name } = context.catalogue;
      refuse('operation.not_offered', `${name} keeps every user; ask to be deactivated.`);
    }
    return keepsProtectedRole(
      organization,
      context,
      removal(organization, context, member, 'left'),
    );
  };

export interface ChangeProfile {
  readonly member: MemberId;
  readonly name: Sealed | null;
}

export const changeProfile =
  ({ member: id, name }: ChangeProfile, context: Context) =>
  (organization: Organization): MemberEvent[] => {
    const own = enter(organization, context).member?.id === id;
    if (!own) authorize(organization, context, 'update_member');
    const member = memberOf(organization, id);
    if (!own) mayActOn(organization, context, enter(organization, context), member);
    if (member.status === 'inactive' && member.cause === 'erased') {
      refuse('member.erased', 'This person is erased for good.');
    }
    return [{ type: 'member.profile_change', member: id, name }];
  };

/** Somebody comes in without an invitation. */
export interface Join {
  readonly newcomer: Newcomer;
  readonly source: Exclude<JoinSource, 'founder'>;
  /** Roles at organization scope; left out for single sign-on: the policy's default role. */
  readonly roles?: readonly RoleId[];
  readonly externalId?: Sealed;
  readonly approvedBy?: MemberId;
}

export const join =
  (command: Join, context: Context) =>
  (organization: Organization): MemberEvent[] => {
    const { newcomer, source } = command;
    const rights = enter(organization, context);
    if (!rights.system) refuse('permission.denied', 'Only the service itself lets people join.');
    const scope = 'organization';
    const wanted = defaultRoles(organization, context, command).map(
      (role) => ({ role, scope }) as const,
    );
    requireRoles(organization, context, wanted, FOR_PEOPLE);
    const member = knownAs(organization, newcomer);
    if (member !== undefined) return rejoin(organization, context, member, command, wanted);
    if (newcomer.user === undefined && newcomer.address === null) {
      refuse('request.invalid', 'Name who joins by a user or by an address.');
    }
    if (organization.status !== 'active') {
      refuse('organization.suspended', 'Nobody can join while the organization is suspended.');
    }
    requireCount(organization, context, wanted);
    seatFor(organization, context);
    return [
      {
        type: 'member.join',
        source,
        member: newcomer.member,
        ...(newcomer.user === undefined ? {} : { user: newcomer.user }),
        tag: newcomer.address?.tag ?? null,
        email: newcomer.address?.email ?? null,
        displayEmail: newcomer.address?.displayEmail ?? null,
        name: newcomer.name,
        authentication: newcomer.authentication,
        grants: wanted.map((one) => grantFact(one, context.newId('grant'))),
        replaced: [],
        teams: [],
        ...(command.externalId === undefined ? {} : { externalId: command.externalId }),
        ...(command.approvedBy === undefined ? {} : { approvedBy: command.approvedBy }),
      },
    ];
  };

function defaultRoles(
  organization: Organization,
  { catalogue }: Context,
  { roles, source }: Join,
): readonly RoleId[] {
  if (roles !== undefined) return roles;
  const role = policy(organization, catalogue, 'ssoDefaultRole');
  return role === undefined
    ? refuse('role.count', `${catalogue.name} names no role for people who come in by ${source}.`)
    : [role];
}

/** The member this person already is, by user or by address. */
export function knownAs(
  organization: Organization,
  { user, address }: Pick<Newcomer, 'user' | 'address'>,
): Member | undefined {
  const byUser = user === undefined ? undefined : organization.memberByUser.get(user);
  const byTag = address === null ? undefined : organization.memberByTag.get(address.tag);
  const id = byUser ?? byTag;
  const member = id === undefined ? undefined : organization.members.get(id);
  const isOther = member?.user !== undefined && user !== undefined && member.user !== user;
  if (isOther || (byTag !== undefined && byTag !== id)) {
    refuse(
      'member.identity_taken',
      'This address belongs to a member who signs in as somebody else.',
    );
  }
  return member;
}

/** Already a member: the identity is linked where it was unknown; configured roles are added. */
function rejoin(
  organization: Organization,
  context: Context,
  member: Member,
  { newcomer, source }: Join,
  wanted: readonly WantedGrant[],
): MemberEvent[] {
  if (member.status === 'inactive') {
    refuse('member.inactive', `The member ${member.id} is deactivated; reactivate it first.`);
  }
  const events: MemberEvent[] = [];
  if (member.user === undefined && newcomer.user !== undefined) {
    events.push(link(member.id, newcomer.user, newcomer.authentication));
  }
  const missing = wanted.filter((one) => !member.grants.some((grant) => sameGrant(grant, one)));
  if (source === 'configuration' && missing.length > 0) {
    requireCount(organization, context, [...member.grants, ...missing]);
    events.push(roleChange(member, missing, [], 'direct', context));
  }
  return events;
}

const link = (
  member: MemberId,
  user: UserId,
  authentication: Newcomer['authentication'],
): MemberEvent => ({ type: 'member.identity_link', member, user, authentication });

export interface LinkIdentity {
  readonly member: MemberId;
  readonly user: UserId;
  readonly authentication: Newcomer['authentication'];
}

/** A provisioned member signs in for the first time. */
export const linkIdentity =
  ({ member: id, user, authentication }: LinkIdentity, context: Context) =>
  (organization: Organization): MemberEvent[] => {
    const rights = enter(organization, context);
    if (!rights.system) refuse('permission.denied', 'Only the service itself links identities.');
    const member = memberOf(organization, id);
    const holder = organization.memberByUser.get(user);
    if (holder === id) return [];
    if (holder !== undefined || member.user !== undefined) {
      refuse('member.identity_taken', 'This identity, or this member, is linked already.');
    }
    return [link(id, user, authentication)];
  };
