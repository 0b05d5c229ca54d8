import type { Catalogue } from '../catalogue.js';
import type { Address, Context } from '../context.js';
import {
  authorize,
  delegates,
  enter,
  isHere,
  mayAssign,
  mayManage,
  type RoleAtScope,
} from '../delegation.js';
import type { MembershipEvent, Sealed } from '../events.js';
import {
  later,
  type CommandId,
  type Instant,
  type InvitationId,
  type MemberId,
  type RoleId,
  type Scope,
  type TeamId,
} from '../ids.js';
import {
  gives,
  has,
  isTrusted,
  PLATFORM_PERMISSION,
  rightsOf,
  unended,
  type Rights,
} from '../permissions.js';
import { Refusal, refuse } from '../refusals.js';
import type { Grant, Invitation, Member, Organization } from '../state.js';
import { knownAs, isSingleRole } from './member.js';
import { INVITATION_TTL } from './organization.js';
import {
  distinct,
  foresee,
  FOR_PEOPLE,
  grantFact,
  isMade,
  isOpen,
  keepsProtectedRole,
  policy,
  requireCount,
  requireRoles,
  requireScope,
  requireTimes,
  sameGrant,
  seatFor,
  seatsPromised,
  type Newcomer,
  type WantedGrant,
} from './requirements.js';

export interface Invite {
  readonly invitation: InvitationId;
  /** Who it becomes, and whose key the sealed values are under. */
  readonly member: MemberId;
  readonly address: Address;
  readonly grants: readonly WantedGrant[];
  readonly teams: readonly TeamId[];
  readonly message?: Sealed;
  /** How long the link is good for, in seconds; the policy's time where left out. */
  readonly expiresIn?: number;
  /** What to do when the address has an open invitation at one of these scopes. */
  readonly onExisting: 'reject' | 'resend' | 'replace';
  readonly batch?: CommandId;
  readonly joinRequest?: string;
}

export const invite =
  (command: Invite, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    const rights = enter(organization, context);
    if (isMade(organization, organization.invitations, command.invitation)) return [];
    const { address, teams } = command;
    const grants = distinct(command.grants);
    for (const scope of scopesOf(organization, command)) {
      requireScope(organization, scope);
      authorize(organization, context, 'invite', scope);
    }
    requireRoles(organization, context, grants, FOR_PEOPLE);
    requireTimes(grants, context.now);
    if (grants.length + teams.length === 0) refuse('role.count', 'Name at least one role or team.');
    if (grants.length > 0) requireCount(organization, context, grants);
    mayAssign(organization, context, rights, [...grants, ...teamRoles(organization, teams)]);
    acceptsDomain(organization, context, address);
    notYetIn(organization, context, command);
    const expiresAt = expiry(organization, context, command.expiresIn);

    const existing = sameScope(organization, context, command);
    if (existing.length > 0 && command.onExisting === 'reject') {
      refuse(
        'invitation.pending_exists',
        `Invitation ${existing[0]!.id} to this address is open; resend, replace or revoke it.`,
      );
    }
    if (existing.length > 0 && command.onExisting === 'resend') {
      return existing.flatMap(({ id: invitation }) =>
        resend(
          { invitation, address, ...optional('expiresIn', command.expiresIn) },
          context,
        )(organization),
      );
    }
    const replaced = existing.flatMap(({ id }) =>
      withdrawal(organization, context, id, 'replaced'),
    );
    const afterwards = foresee(organization, replaced, context);
    if (!afterwards.memberByTag.has(address.tag)) hasSeat(afterwards, context, address);
    return [
      ...replaced,
      {
        type: 'member.invite',
        invitation: command.invitation,
        member: command.member,
        tag: address.tag,
        email: address.email,
        displayEmail: address.displayEmail,
        grants: grants.map((grant) => grantFact(grant, context.newId('grant'))),
        teams: [...new Set(teams)],
        ...optional('message', command.message),
        expiresAt,
        generation: 1,
        ...optional('batch', command.batch),
        ...optional('joinRequest', command.joinRequest),
      },
    ];
  };

const optional = <K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };

/** Several invitations, all or none; a refusal names the row. */
export const inviteAll =
  (rows: readonly Invite[], context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    enter(organization, context);
    let ahead = organization;
    return rows.flatMap((row, index) => {
      try {
        const events = invite(row, context)(ahead);
        ahead = foresee(ahead, events, context);
        return events;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const errors = [{ pointer: `/invitations/${index}`, detail: error.message }];
        throw new Refusal(error.code, `Row ${index}: ${error.message}`, errors);
      }
    });
  };

/** Every scope an invitation reaches, its teams' included. */
function scopesOf(
  organization: Organization,
  { grants, teams }: { grants: readonly { readonly scope: Scope }[]; teams: readonly TeamId[] },
): Set<Scope> {
  const scopes = teams.map((id) => {
    const team = organization.teams.get(id);
    return team?.scope ?? refuse('team.not_found', `There is no team ${id} in this organization.`);
  });
  return new Set([...grants.map((grant) => grant.scope), ...scopes]);
}

/** Inviting into a team is assigning every role it holds. */
export const teamRoles = (organization: Organization, teams: readonly TeamId[]): RoleAtScope[] =>
  teams.flatMap((id) => organization.teams.get(id)?.grants ?? []);

/** The organization's domain policy. */
function acceptsDomain(
  organization: Organization,
  { catalogue }: Context,
  { domain, provider }: Pick<Address, 'domain' | 'provider'>,
): void {
  if (provider !== 'business') {
    if (policy(organization, catalogue, 'emailDomains.providers') === 'refuse') {
      refuse(
        'email.domain_refused',
        `${domain} is a ${provider} provider; use a business address.`,
      );
    }
  }
  const own = policy(organization, catalogue, 'emailDomains.own') ?? [];
  if (
    policy(organization, catalogue, 'emailDomains.external') === 'refuse' &&
    !own.includes(domain)
  ) {
    refuse(
      'email.domain_refused',
      `${domain} is none of the organization's own domains, and its policy allows no others.`,
    );
  }
}

/** An active member gets no second invitation to what it has; an inactive one is reactivated. */
function notYetIn(
  organization: Organization,
  { now }: Context,
  { address, grants, teams }: Invite,
): void {
  const id = organization.memberByTag.get(address.tag);
  const member = id === undefined ? undefined : organization.members.get(id);
  if (member?.status === 'inactive') {
    refuse('member.inactive', `The member ${member.id} is deactivated; reactivate instead.`);
  }
  if (member === undefined) return;
  const has = (wanted: WantedGrant): boolean =>
    unended(member.grants, now).some(
      (held) => held.role === wanted.role && held.scope === wanted.scope,
    );
  const within = (team: TeamId): boolean => member.teams.some((place) => place.team === team);
  if (grants.every(has) && teams.every(within)) {
    refuse('member.exists', `The member ${member.id} has this already.`);
  }
}

function expiry(
  organization: Organization,
  { catalogue, now }: Context,
  expiresIn: number | undefined,
): Instant {
  const seconds = expiresIn ?? policy(organization, catalogue, 'invitation.ttl')!;
  if (seconds < INVITATION_TTL.min || seconds > INVITATION_TTL.max) {
    refuse('invitation.expiry_out_of_range', 'An invitation is good for 1 hour to 30 days.');
  }
  return later(now, seconds * 1000);
}

/** Open invitations of the address that share a scope with this one. */
function sameScope(
  organization: Organization,
  { now }: Context,
  wanted: Pick<Invite, 'grants' | 'teams'> & { address: Pick<Address, 'tag'> },
  except?: InvitationId,
): Invitation[] {
  const scopes = scopesOf(organization, wanted);
  return [...organization.invitationsByTag.of(wanted.address.tag)].flatMap((id) => {
    const other = organization.invitations.get(id);
    if (other === undefined || id === except || !isOpen(other, now)) return [];
    const teams = other.teams.filter((team) => organization.teams.has(team));
    const theirs = scopesOf(organization, { grants: other.grants, teams });
    return [...theirs].some((scope) => scopes.has(scope)) ? [other] : [];
  });
}

/** A seat for an open invitation, a new one or one sent anew; one address takes one seat, however
 * often invited. */
function hasSeat(
  organization: Organization,
  context: Context,
  { tag }: Pick<Address, 'tag'>,
): void {
  if (policy(organization, context.catalogue, 'seats') === undefined) return;
  seatFor(organization, context, seatsPromised(organization, context.now, tag));
}

export interface Resend {
  readonly invitation: InvitationId;
  /** The invited address once more: the domain policy may have changed. */
  readonly address: Pick<Address, 'tag' | 'domain' | 'provider'>;
  readonly expiresIn?: number;
}

/** A fresh link with a new expiry; the old one is dead at once. */
export const resend =
  (command: Resend, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    const rights = enter(organization, context);
    const invitation = openOrExpired(organization, command.invitation);
    const { address } = command;
    if (address.tag !== invitation.tag) {
      refuse('invitation.not_found', 'This invitation is for another address.');
    }
    const { grants, teams } = whatIsLeft(organization, invitation, context.now);
    const scopes = scopesOf(organization, { grants, teams });
    for (const scope of scopes.size === 0 ? (['organization'] as const) : scopes) {
      authorize(organization, context, 'resend_invitation', scope);
    }
    if (grants.length + teams.length === 0) {
      refuse('invitation.not_pending', 'Nothing it invited to is left; revoke it and invite anew.');
    }
    requireRoles(organization, context, grants, FOR_PEOPLE);
    mayAssign(organization, context, rights, [...grants, ...teamRoles(organization, teams)]);
    acceptsDomain(organization, context, address);
    const others = sameScope(organization, context, { address, grants, teams }, invitation.id);
    if (others.length > 0) {
      refuse('invitation.pending_exists', `Invitation ${others[0]!.id} has taken its place.`);
    }
    if (!organization.memberByTag.has(address.tag)) hasSeat(organization, context, address);
    return [
      {
        type: 'member.invite_resend',
        invitation: invitation.id,
        generation: invitation.generation + 1,
        expiresAt: expiry(organization, context, command.expiresIn),
      },
    ];
  };

function openOrExpired(organization: Organization, id: InvitationId): Invitation {
  const invitation = organization.invitations.get(id);
  if (invitation !== undefined) return invitation;
  const how = organization.ended.get(id);
  return how === undefined
    ? refuse('invitation.not_found', `There is no invitation ${id} in this organization.`)
    : refuse('invitation.not_pending', `The invitation ${id} was ${how}.`);
}

/** What an invitation still invites to: spaces and teams may be gone, grants have ended. */
const whatIsLeft = (
  organization: Organization,
  { grants, teams }: Invitation,
  now: Instant,
): Pick<Invitation, 'grants' | 'teams'> => ({
  grants: unended(grants, now).filter(
    ({ scope }) => scope === 'organization' || organization.spaces.has(scope),
  ),
  teams: teams.filter((team) => organization.teams.has(team)),
});

export interface OneInvitation {
  readonly invitation: InvitationId;
}

export const revoke =
  ({ invitation }: OneInvitation, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    enter(organization, context);
    if (organization.ended.get(invitation) === 'revoked') return [];
    return withdrawal(organization, context, invitation, 'asked');
  };

/** Revokes: the link is dead at once. */
function withdrawal(
  organization: Organization,
  context: Context,
  id: InvitationId,
  reason: 'asked' | 'replaced',
): MembershipEvent[] {
  const invitation = openOrExpired(organization, id);
  const left = whatIsLeft(organization, invitation, context.now);
  const scopes = scopesOf(organization, left);
  let rights: Rights | undefined;
  for (const scope of scopes.size === 0 ? (['organization'] as const) : scopes) {
    rights = authorize(organization, context, 'revoke_invitation', scope);
  }
  const roles = [...left.grants, ...teamRoles(organization, left.teams)];
  mayManage(organization, context, rights!, roles);
  return [{ type: 'member.invite_revoke', invitation: id, reason }];
}

/** What a link says: which invitation, and which of its generations. */
export interface Link {
  readonly invitation: InvitationId;
  readonly generation: number;
}

export const decline =
  (link: Link, { now }: Context) =>
  (organization: Organization): MembershipEvent[] => {
    if (organization.ended.get(link.invitation) === 'declined') return [];
    const { id: invitation } = opened(organization, link, now);
    return [{ type: 'member.invite_decline', invitation }];
  };

/** The invitation a link opens. Every link that is not good is refused alike. */
export function opened(organization: Organization, link: Link, now: Instant): Invitation {
  const invitation = organization.invitations.get(link.invitation);
  const exists = organization.status === 'active' || organization.status === 'suspended';
  if (!exists || invitation === undefined || !isOpen(invitation, now)) return deadLink();
  return invitation.generation === link.generation ? invitation : deadLink();
}

/** The one answer to a link that opens nothing, whatever the reason. */
export const deadLink = (): never =>
  refuse('invitation.link_invalid', 'This link is not good, or not any more; ask for a new one.');

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
    if (grants.length + left.teams.length === 0) deadLink();
    requireRoles(organization, context, grants, FOR_PEOPLE);
    stillGiven(organization, context, invitation, [
      ...grants,
      ...teamRoles(organization, left.teams),
    ]);
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
        authentication: newcomer.authentication,
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

/** Is the inviter, or who resent last, still one who may give this? */
function stillGiven(
  organization: Organization,
  { catalogue, platform, now }: Context,
  { inviter }: Invitation,
  roles: readonly RoleAtScope[],
): void {
  const rights = rightsOf(organization, catalogue, platform, inviter, now);
  const here = isHere(organization, inviter, rights, now);
  const keeps = policy(organization, catalogue, 'invitation.onInviterLoss') === 'keep';
  if (!here && keeps) return;
  const allowed =
    here &&
    roles.every((role) => delegates(organization, catalogue, rights, 'mayAssign', role)) &&
    roles.every(({ scope }) => mayInvite(catalogue, rights, scope));
  if (!allowed) {
    refuse(
      'invitation.inviter_lost_authority',
      'Whoever invited you can no longer give this role; ask for a new invitation.',
    );
  }
}

/** Has the inviter the right to invite there, be the space active or not? */
const mayInvite = (catalogue: Catalogue, rights: Rights, scope: Scope): boolean =>
  has(rights, PLATFORM_PERMISSION.operate) ||
  (['invite', 'resend_invitation'] as const).some((operation) => {
    const permission = catalogue.operations.get(operation);
    return (
      permission !== undefined &&
      rights.held.some((one) => gives(one, permission, scope, catalogue))
    );
  });

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
