/** How a fact changes the tables of an organization, and with every row the indexes over it. */
import type {
  ActorFact,
  GrantFact,
  Metadata,
  StatusChangeCause,
  TeamMemberSource,
} from './events.js';
import {
  later,
  type ApiKeyId,
  type CommandId,
  type GrantId,
  type Instant,
  type InvitationId,
  type MemberId,
  type RoleId,
  type ServiceAccountId,
  type SpaceId,
  type TeamId,
  type UserId,
} from './ids.js';
import {
  reindexAccount,
  reindexCommand,
  reindexFormer,
  reindexInvitation,
  reindexKey,
  reindexMember,
  reindexTeam,
} from './indexes.js';
import { heldBy, restingOn, type Sender } from './inviters.js';
import type { PolicyValues } from './policies.js';
import {
  COMMAND_MEMORY,
  COMMANDS_REMEMBERED,
  ENDED_MEMORY,
  type ApiKey,
  type Ended,
  type Former,
  type Grant,
  type GrantSource,
  type Holder,
  type Invitation,
  type Member,
  type Organization,
  type Remembered,
  type ServiceAccount,
  type Team,
  type TeamPlace,
} from './state.js';

/** The grants of an event as they are held. */
export const granted = (facts: readonly GrantFact[], source: GrantSource): Grant[] =>
  facts.map((fact) => ({ ...fact, source }));

export const withGrants = (
  holder: { readonly grants: readonly Grant[] } | undefined,
  removed: readonly GrantId[],
  added: readonly Grant[],
): Grant[] => [...(holder?.grants ?? []).filter((grant) => !removed.includes(grant.id)), ...added];

/** Is this the place in the team that this source (and group) gave? */
export const isPlace = (
  place: TeamPlace,
  team: TeamId,
  source: TeamMemberSource,
  group: string | undefined,
): boolean => place.team === team && place.source === source && place.group === group;

export function changedPolicies(
  policies: Partial<PolicyValues>,
  changes: { readonly [path: string]: unknown },
): Partial<PolicyValues> {
  const entries = Object.entries({ ...policies, ...changes });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

export function changeMember(
  organization: Organization,
  id: MemberId,
  change: (member: Member) => Member,
): void {
  const member = organization.members.get(id);
  if (member !== undefined) putMember(organization, member, change(member));
}

/** Puts a member in the place of what it was before, and every index with it. */
export function putMember(
  organization: Organization,
  before: Member | undefined,
  after: Member,
): void {
  organization.members.set(after.id, after);
  reindexMember(organization, before, after);
}

export function deactivate(
  organization: Organization,
  id: MemberId,
  cause: StatusChangeCause,
): void {
  leaveBehind(organization, id);
  changeMember(organization, id, (member) => ({ ...member, status: 'inactive', cause }));
}

export function endMembership(organization: Organization, id: MemberId): void {
  const member = organization.members.get(id);
  if (member === undefined) return;
  leaveBehind(organization, id);
  organization.members.delete(id);
  reindexMember(organization, member, undefined);
  endKeys(organization, id);
  end(organization, id, 'deleted');
  putFormer(organization, {
    id,
    tag: member.tag,
    ...(member.earlierTags === undefined ? {} : { earlierTags: member.earlierTags }),
    ...(member.user === undefined ? {} : { user: member.user }),
  });
}

function putFormer(organization: Organization, former: Former): void {
  const before = organization.former.get(former.id);
  organization.former.set(former.id, former);
  reindexFormer(organization, before, former);
}

export function putInvitation(organization: Organization, invitation: Invitation): void {
  const before = organization.invitations.get(invitation.id);
  organization.invitations.set(invitation.id, invitation);
  reindexInvitation(organization, before, invitation);
}

export function changeInvitation(
  organization: Organization,
  id: InvitationId,
  changes: Partial<Invitation>,
): void {
  const invitation = organization.invitations.get(id);
  if (invitation !== undefined) putInvitation(organization, { ...invitation, ...changes });
}

/** Sent by somebody else, or once more. */
export function resendInvitation(
  organization: Organization,
  id: InvitationId,
  sent: Pick<Invitation, 'generation' | 'expiresAt' | 'inviter'>,
): void {
  const invitation = organization.invitations.get(id);
  if (invitation === undefined) return;
  const { inviterHeld: _, ...asItWas } = invitation;
  putInvitation(organization, { ...asItWas, ...sent, status: 'pending' });
}

/** Whoever goes leaves what they sent resting on what they held. */
function leaveBehind(organization: Organization, sender: Sender): void {
  for (const id of restingOn(organization, sender)) {
    const invitation = organization.invitations.get(id);
    const inviterHeld = invitation && heldBy(organization, invitation.inviter);
    if (inviterHeld !== undefined) changeInvitation(organization, id, { inviterHeld });
  }
}

/** @param by who accepted it: the member who was invited, or one they were already. */
export function endInvitation(
  organization: Organization,
  id: InvitationId,
  how: Ended,
  by?: { readonly member: MemberId; readonly user: UserId },
): void {
  const invitation = organization.invitations.get(id);
  if (invitation === undefined) return;
  organization.invitations.delete(id);
  reindexInvitation(organization, invitation, undefined);
  end(organization, id, how);
  if (invitation.member === by?.member) return;
  const user = by === undefined ? {} : { user: by.user };
  putFormer(organization, { id: invitation.member, tag: invitation.tag, ...user });
}

/** Nothing personal is left of this one. */
export function forget(organization: Organization, id: MemberId): void {
  const former = organization.former.get(id);
  if (former !== undefined) {
    organization.former.delete(id);
    reindexFormer(organization, former, undefined);
  }
  // Deactivated for good: the id stays, what names the person goes.
  changeMember(organization, id, ({ user: _, earlierTags: __, ...member }) => ({
    ...member,
    tag: null,
  }));
}

export function putTeam(organization: Organization, team: Team): void {
  const before = organization.teams.get(team.id);
  organization.teams.set(team.id, team);
  reindexTeam(organization, before, team);
}

export function deleteTeam(organization: Organization, id: TeamId): void {
  const team = organization.teams.get(id);
  if (team === undefined) return;
  for (const member of [...organization.teamMembers.of(id)]) {
    changeMember(organization, member, (one) => ({
      ...one,
      teams: one.teams.filter((place) => place.team !== id),
    }));
  }
  organization.teams.delete(id);
  reindexTeam(organization, team, undefined);
  end(organization, id, 'deleted');
}

export function putAccount(organization: Organization, account: ServiceAccount): void {
  const before = organization.serviceAccounts.get(account.id);
  organization.serviceAccounts.set(account.id, account);
  reindexAccount(organization, before, account);
}

export function deleteAccount(organization: Organization, id: ServiceAccountId): void {
  const account = organization.serviceAccounts.get(id);
  if (account === undefined) return;
  leaveBehind(organization, id);
  organization.serviceAccounts.delete(id);
  reindexAccount(organization, account, undefined);
  end(organization, id, 'deleted');
  endKeys(organization, id);
}

/** Every grant at a space ends, and the teams that live there. */
export function endSpace(organization: Organization, space: SpaceId): void {
  const holders = [...organization.holdersBySpace.of(space)];
  for (const id of holders) {
    if (organization.teams.get(id as TeamId)?.scope === space) {
      deleteTeam(organization, id as TeamId);
    }
  }
  changeGrants(organization, holders, (grants) => grants.filter(({ scope }) => scope !== space));
}

/** Every grant of these roles, and every open invitation to them, is one of the successor; all at
 * once, so that roles can change places. */
export function remapRoles(
  organization: Organization,
  successors: ReadonlyMap<string, RoleId>,
): void {
  const successor = (role: RoleId): RoleId => successors.get(role) ?? role;
  const holders = [...successors.keys()].flatMap((role) => [
    ...organization.holdersByRole.of(role as RoleId),
  ]);
  changeGrants(organization, holders, (grants) =>
    withoutTwins(grants.map((grant) => ({ ...grant, role: successor(grant.role) }))),
  );
  const { ssoDefaultRole } = organization.policies;
  if (ssoDefaultRole !== undefined && successors.has(ssoDefaultRole)) {
    organization.policies = {
      ...organization.policies,
      ssoDefaultRole: successor(ssoDefaultRole),
    };
  }
}

/** Of grants alike in role, scope and time, the first. */
export function withoutTwins<
  G extends Pick<Grant, 'role' | 'scope'> & {
    readonly notBefore?: string;
    readonly expiresAt?: string;
  },
>(grants: readonly G[]): G[] {
  const seen = new Set<string>();
  return grants.filter(({ role, scope, notBefore, expiresAt }) => {
    const key = JSON.stringify([role, scope, notBefore, expiresAt]);
    return !seen.has(key) && seen.add(key);
  });
}

/** Changes the grants of these, each once. */
function changeGrants(
  organization: Organization,
  holders: readonly Holder[],
  change: <G extends Omit<Grant, 'source'>>(grants: readonly G[]) => readonly G[],
): void {
  for (const id of new Set(holders)) {
    changeMember(organization, id as MemberId, (member) => ({
      ...member,
      grants: change(member.grants),
    }));
    const team = organization.teams.get(id as TeamId);
    if (team !== undefined) putTeam(organization, { ...team, grants: change(team.grants) });
    const account = organization.serviceAccounts.get(id as ServiceAccountId);
    if (account !== undefined) {
      putAccount(organization, { ...account, grants: change(account.grants) });
    }
    const invitation = organization.invitations.get(id as InvitationId);
    if (invitation !== undefined) {
      changeInvitation(organization, invitation.id, { grants: change(invitation.grants) });
    }
  }
}

export function putKey(organization: Organization, key: ApiKey): void {
  const before = organization.apiKeys.get(key.id);
  organization.apiKeys.set(key.id, key);
  reindexKey(organization, before, key);
}

export function endKey(organization: Organization, id: ApiKeyId): void {
  const key = organization.apiKeys.get(id);
  if (key === undefined) return;
  leaveBehind(organization, id);
  organization.apiKeys.delete(id);
  reindexKey(organization, key, undefined);
  end(organization, id, { revokedFrom: key.owner });
}

function endKeys(organization: Organization, owner: MemberId | ServiceAccountId): void {
  for (const key of [...organization.keysByOwner.of(owner)]) endKey(organization, key);
}

export function end(organization: Organization, id: string, how: Ended): void {
  organization.ended.set(id, how);
  while (organization.ended.size > ENDED_MEMORY) {
    organization.ended.delete(organization.ended.keys().next().value);
  }
}

export function remember(organization: Organization, metadata: Metadata, revision: number): void {
  const { commandId, requestDigest: digest, occurredAt: at, actor } = metadata;
  if (digest === undefined) return;
  const known = organization.commands.get(commandId);
  // The events of one command occur at one moment; a key used again later is another command.
  const isSame = known?.at === at;
  const first = isSame ? known.first : revision;
  // The oldest stand first.
  if (!isSame) forgetCommand(organization, commandId);
  putCommand(organization, commandId, {
    digest,
    at,
    by: principalOf(actor),
    first,
    last: revision,
  });
  const forgotten = later(at, -COMMAND_MEMORY) satisfies Instant;
  for (const [id, command] of organization.commands.entries()) {
    if (command.at >= forgotten && organization.commands.size <= COMMANDS_REMEMBERED) break;
    forgetCommand(organization, id);
  }
}

/** Whose idempotency keys those of the actor are: all of a member's are counted together. */
export const principalOf = (actor: ActorFact): string =>
  ('member' in actor ? actor.member : undefined) ?? actor.id;

function putCommand(organization: Organization, id: CommandId, command: Remembered): void {
  reindexCommand(organization, organization.commands.get(id), command);
  organization.commands.set(id, command);
}

function forgetCommand(organization: Organization, id: CommandId): void {
  reindexCommand(organization, organization.commands.get(id), undefined);
  organization.commands.delete(id);
}
