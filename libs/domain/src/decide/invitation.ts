import type { Address, Context } from '../context.js';
import {
  authorize,
  authorizeAt,
  authorizeSomewhere,
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
  type Scope,
  type TeamId,
} from '../ids.js';
import { lasts, unended, type Rights } from '../permissions.js';
import { Refusal, refuse } from '../refusals.js';
import { overlay, type Invitation, type Organization } from '../state.js';
import { INVITATION_TTL } from './organization.js';
import {
  distinct,
  foresee,
  FOR_PEOPLE,
  goOn,
  grantFact,
  isMade,
  isOpen,
  policy,
  requireCount,
  requireRoles,
  requireScope,
  requireTimes,
  type WantedGrant,
} from './requirements.js';
import { seatFor, seatsPromised } from './seats.js';

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
    const rights = authorizeSomewhere(organization, context, 'invite');
    const { address, teams } = command;
    const grants = distinct(command.grants);
    for (const scope of scopesOf(organization, command)) {
      requireScope(organization, scope);
      authorizeAt(organization, context, rights, 'invite', scope);
    }
    if (isMade(organization, organization.invitations, command.invitation)) return [];
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

/**
 * Several invitations, all or none; a refusal names the row.
 * @param taken told what each row comes to
 */
export const inviteAll =
  (
    rows: readonly Invite[],
    context: Context,
    taken: (index: number, events: MembershipEvent[]) => void = () => undefined,
  ) =>
  (organization: Organization): MembershipEvent[] => {
    authorizeSomewhere(organization, context, 'invite');
    const ahead = overlay(organization);
    return rows.flatMap((row, index) => {
      try {
        const events = invite(row, context)(ahead);
        goOn(ahead, events, context);
        taken(index, events);
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

/** An active member gets no second invitation to what it has, and for as long; an inactive one is
 * reactivated. */
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
      (held) =>
        held.role === wanted.role &&
        held.scope === wanted.scope &&
        (held.notBefore ?? now) <= (wanted.notBefore ?? now) &&
        lasts(held.expiresAt, wanted.expiresAt),
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
    if (other === undefined || id === except || !isOpen(organization, other, now)) return [];
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
    const rights = authorizeSomewhere(organization, context, 'resend_invitation');
    const invitation = openOrExpired(organization, command.invitation);
    const { address } = command;
    if (address.tag !== invitation.tag) {
      refuse('invitation.not_found', 'This invitation is for another address.');
    }
    const { grants, teams } = whatIsLeft(organization, invitation, context.now);
    const scopes = scopesOf(organization, { grants, teams });
    for (const scope of scopes.size === 0 ? (['organization'] as const) : scopes) {
      authorizeAt(organization, context, rights, 'resend_invitation', scope);
    }
    if (grants.length + teams.length === 0) {
      refuse('invitation.not_pending', 'Nothing it invited to is left; revoke it and invite anew.');
    }
    requireRoles(organization, context, grants, FOR_PEOPLE);
    if (grants.length > 0) requireCount(organization, context, grants);
    mayAssign(organization, context, rights, [...grants, ...teamRoles(organization, teams)]);
    acceptsDomain(organization, context, address);
    const asItWas = { address, grants: invitation.grants, teams };
    const others = sameScope(organization, context, asItWas, invitation.id);
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
  return typeof how !== 'string'
    ? refuse('invitation.not_found', `There is no invitation ${id} in this organization.`)
    : refuse('invitation.not_pending', `The invitation ${id} was ${how}.`);
}

/** What an invitation still invites to: spaces and teams may be gone, grants have ended. */
export const whatIsLeft = (
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
    authorizeSomewhere(organization, context, 'revoke_invitation');
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
