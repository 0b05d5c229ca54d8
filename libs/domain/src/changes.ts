/** How a fact changes the tables of an organization, and with every row the indexes over it. */
import type { GrantFact, KeyOwner, Metadata, TeamMemberSource } from './events.js';
import {
  later,
  type ApiKeyId,
  type GrantId,
  type Instant,
  type InvitationId,
  type MemberId,
  type RoleId,
  type Scope,
  type TeamId,
} from './ids.js';
import type { PolicyValues } from './policies.js';
import {
  COMMAND_MEMORY,
  COMMANDS_REMEMBERED,
  ENDED_MEMORY,
  type Ended,
  type Grant,
  type GrantSource,
  type Invitation,
  type Member,
  type Organization,
  type TeamPlace,
} from './state.js';

/** Sources whose grants count for the last-holder rule: given to this person, by a person. */
const DIRECT: ReadonlySet<GrantSource> = new Set<GrantSource>([
  'founder',
  'configuration',
  'invitation',
  'direct',
  'transfer',
  'join_request',
]);

/** May this grant stand for the last-holder rule, as far as time is left out of it? */
export const isLasting = (grant: Grant): boolean =>
  grant.scope === 'organization' && grant.expiresAt === undefined && DIRECT.has(grant.source);

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

export function endMembership(organization: Organization, id: MemberId): void {
  const member = organization.members.get(id);
  if (member === undefined) return;
  organization.members.delete(id);
  reindexMember(organization, member, undefined);
  endKeys(organization, id);
  end(organization, id, 'deleted');
  organization.former.set(id, {
    id,
    tag: member.tag,
    ...(member.user === undefined ? {} : { user: member.user }),
  });
  if (member.tag !== null) organization.formerByTag.add(member.tag, id);
  if (member.user !== undefined) organization.formerByUser.add(member.user, id);
}

function reindexMember(
  organization: Organization,
  before: Member | undefined,
  after: Member | undefined,
): void {
  organization.activeMembers +=
    Number(after?.status === 'active') - Number(before?.status === 'active');
  if (before?.user !== after?.user) {
    if (before?.user !== undefined) organization.memberByUser.delete(before.user);
    if (after?.user !== undefined) organization.memberByUser.set(after.user, after.id);
  }
  if (before?.tag !== after?.tag) {
    if (before?.tag != null) organization.memberByTag.delete(before.tag);
    if (after?.tag != null) organization.memberByTag.set(after.tag, after.id);
  }
  if (before?.teams !== after?.teams) {
    for (const { team } of before?.teams ?? []) organization.teamMembers.remove(team, before!.id);
    for (const { team } of after?.teams ?? []) organization.teamMembers.add(team, after!.id);
  }
  if (before?.grants !== after?.grants) {
    countRoles(organization, before?.grants ?? [], after?.grants ?? []);
    for (const grant of before?.grants ?? []) {
      if (isLasting(grant)) organization.directHolders.remove(grant.role, before!.id);
    }
    for (const grant of after?.grants ?? []) {
      if (isLasting(grant)) organization.directHolders.add(grant.role, after!.id);
    }
  }
}

export function addInvitation(organization: Organization, invitation: Invitation): void {
  organization.invitations.set(invitation.id, invitation);
  organization.invitationsByTag.add(invitation.tag, invitation.id);
  countRoles(organization, [], invitation.grants);
}

/** @param member who it became, where it was accepted. */
export function endInvitation(
  organization: Organization,
  id: InvitationId,
  how: Ended,
  member?: MemberId,
): void {
  const invitation = organization.invitations.get(id);
  if (invitation === undefined) return;
  organization.invitations.delete(id);
  organization.invitationsByTag.remove(invitation.tag, id);
  countRoles(organization, invitation.grants, []);
  end(organization, id, how);
  if (invitation.member === member) return;
  organization.former.set(invitation.member, { id: invitation.member, tag: invitation.tag });
  organization.formerByTag.add(invitation.tag, invitation.member);
}

/** Nothing personal is left of this one. */
export function forget(organization: Organization, id: MemberId): void {
  const former = organization.former.get(id);
  if (former !== undefined) {
    organization.former.delete(id);
    if (former.tag !== null) organization.formerByTag.remove(former.tag, id);
    if (former.user !== undefined) organization.formerByUser.remove(former.user, id);
  }
  // Deactivated for good: the id stays, what names the person goes.
  changeMember(organization, id, ({ user: _, ...member }) => ({ ...member, tag: null }));
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
  countRoles(organization, team.grants, []);
  organization.teams.delete(id);
  end(organization, id, 'deleted');
}

/** Every grant at a space ends, and the teams that live there. */
export function endScope(organization: Organization, scope: Scope): void {
  const outside = (grant: { readonly scope: Scope }): boolean => grant.scope !== scope;
  for (const team of [...organization.teams.values()]) {
    if (team.scope === scope) deleteTeam(organization, team.id);
  }
  changeGrants(organization, (grants) => (grants.every(outside) ? grants : grants.filter(outside)));
}

/** Every grant of these roles, and every open invitation to them, is one of the successor; all at
 * once, so that roles can change places. */
export function remapRoles(
  organization: Organization,
  successors: ReadonlyMap<string, RoleId>,
): void {
  const successor = (role: RoleId): RoleId => successors.get(role) ?? role;
  changeGrants(organization, (grants) =>
    grants.some(({ role }) => successors.has(role))
      ? withoutTwins(grants.map((grant) => ({ ...grant, role: successor(grant.role) })))
      : grants,
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
function withoutTwins<G extends Omit<Grant, 'source'>>(grants: readonly G[]): G[] {
  const seen = new Set<string>();
  return grants.filter(({ role, scope, notBefore, expiresAt }) => {
    const key = JSON.stringify([role, scope, notBefore, expiresAt]);
    return !seen.has(key) && seen.add(key);
  });
}

/** Changes the grants of everyone; the same array given back means no change. */
function changeGrants(
  organization: Organization,
  change: <G extends Omit<Grant, 'source'>>(grants: readonly G[]) => readonly G[],
): void {
  for (const member of [...organization.members.values()]) {
    const grants = change(member.grants);
    if (grants !== member.grants) putMember(organization, member, { ...member, grants });
  }
  for (const table of [
    organization.teams,
    organization.serviceAccounts,
    organization.invitations,
  ]) {
    const rows = table as typeof organization.teams;
    for (const [id, row] of [...rows.entries()]) {
      const grants = change(row.grants);
      if (grants === row.grants) continue;
      countRoles(organization, row.grants, grants);
      rows.set(id, { ...row, grants });
    }
  }
}

export function countRoles(
  organization: Organization,
  before: readonly { readonly role: RoleId }[],
  after: readonly { readonly role: RoleId }[],
): void {
  const add = (role: RoleId, by: number): void => {
    const count = (organization.roleUses.get(role) ?? 0) + by;
    if (count === 0) organization.roleUses.delete(role);
    else organization.roleUses.set(role, count);
  };
  for (const { role } of before) add(role, -1);
  for (const { role } of after) add(role, 1);
}

export function endKey(organization: Organization, id: ApiKeyId): void {
  const key = organization.apiKeys.get(id);
  if (key === undefined) return;
  organization.apiKeys.delete(id);
  organization.keysByOwner.remove(key.owner, id);
  end(organization, id, { revokedFrom: key.owner });
}

export function endKeys(organization: Organization, owner: KeyOwner): void {
  for (const key of [...organization.keysByOwner.of(owner)]) endKey(organization, key);
}

export function end(organization: Organization, id: string, how: Ended): void {
  organization.ended.set(id, how);
  while (organization.ended.size > ENDED_MEMORY) {
    organization.ended.delete(organization.ended.keys().next().value);
  }
}

export function remember(organization: Organization, metadata: Metadata, revision: number): void {
  const { commandId, requestDigest: digest, occurredAt: at } = metadata;
  if (digest === undefined) return;
  const known = organization.commands.get(commandId);
  // The events of one command occur at one moment; a key used again later is another command.
  const first = known?.at === at ? known.first : revision;
  organization.commands.set(commandId, { digest, at, first, last: revision });
  const forgotten = later(at, -COMMAND_MEMORY) satisfies Instant;
  for (const [id, command] of organization.commands.entries()) {
    if (command.at >= forgotten && organization.commands.size <= COMMANDS_REMEMBERED) break;
    organization.commands.delete(id);
  }
}
