import type { Context } from '../context.js';
import { enter } from '../delegation.js';
import type { JoinSource, MemberEvent, Sealed } from '../events.js';
import type { MemberId, RoleId, UserId } from '../ids.js';
import { refuse } from '../refusals.js';
import type { Member, Organization } from '../state.js';
import { roleChange } from './change-roles.js';
import {
  FOR_PEOPLE,
  grantFact,
  memberOf,
  policy,
  requireCount,
  requireRoles,
  sameGrant,
  type Newcomer,
  type WantedGrant,
} from './requirements.js';
import { seatFor } from './seats.js';

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
