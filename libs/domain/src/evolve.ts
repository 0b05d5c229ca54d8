/**
 * The fold: what each event makes of an organization. Total: it never refuses, throws or looks at
 * a clock. It writes into the tables it is given (the base, or an overlay of it), so that an event
 * costs the same in a small and in a huge organization.
 */
import type {
  GrantFact,
  Metadata,
  MembershipEvent,
  RecordedMembershipEvent,
  TeamMemberSource,
} from './events.js';
import {
  later,
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

/** Folds one stored event into the organization. */
export function evolve(
  organization: Organization,
  { event, metadata, revision }: Pick<RecordedMembershipEvent, 'event' | 'metadata' | 'revision'>,
): void {
  organization.occurredAt = metadata.occurredAt;
  remember(organization, metadata, revision);
  apply(organization, event, metadata);
}

function apply(organization: Organization, event: MembershipEvent, metadata: Metadata): void {
  switch (event.type) {
    case 'organization.create':
      organization.status = 'active';
      organization.name = event.name;
      organization.catalogue = {
        id: event.catalogue,
        version: event.version,
        sha256: event.sha256,
      };
      organization.policies = { 'emailDomains.own': event.ownDomains };
      return;
    case 'organization.rename':
      organization.name = event.name;
      return;
    case 'organization.policy_change':
      organization.policies = changedPolicies(organization.policies, event.changes);
      return;
    case 'organization.catalogue_adopt':
      organization.catalogue = {
        ...organization.catalogue,
        version: event.to,
        sha256: event.sha256,
      };
      remapRoles(organization, new Map(Object.entries(event.remap)));
      return;
    case 'organization.suspend':
      organization.status = 'suspended';
      return;
    case 'organization.resume':
      organization.status = 'active';
      return;
    case 'organization.delete':
      organization.status = 'deleted';
      return;

    case 'space.create':
      organization.spaces.set(event.space, { id: event.space, name: event.name, status: 'active' });
      return;
    case 'space.rename':
    case 'space.deactivate':
    case 'space.reactivate': {
      const space = organization.spaces.get(event.space);
      if (space === undefined) return;
      organization.spaces.set(
        event.space,
        event.type === 'space.rename'
          ? { ...space, name: event.name }
          : { ...space, status: event.type === 'space.reactivate' ? 'active' : 'inactive' },
      );
      return;
    }
    case 'space.delete':
      organization.spaces.delete(event.space);
      end(organization, event.space, 'deleted');
      endScope(organization, event.space);
      return;

    case 'member.invite': {
      const { invitation, member, tag, teams, expiresAt, generation, joinRequest } = event;
      addInvitation(organization, {
        id: invitation,
        status: 'pending',
        member,
        tag,
        grants: event.grants,
        teams,
        expiresAt,
        generation,
        inviter: metadata.actor,
        ...(joinRequest === undefined ? {} : { joinRequest }),
      });
      return;
    }
    case 'member.invite_resend': {
      const invitation = organization.invitations.get(event.invitation);
      if (invitation === undefined) return;
      organization.invitations.set(invitation.id, {
        ...invitation,
        status: 'pending',
        generation: event.generation,
        expiresAt: event.expiresAt,
        inviter: metadata.actor,
      });
      return;
    }
    case 'member.invite_revoke':
      endInvitation(organization, event.invitation, 'revoked');
      return;
    case 'member.invite_decline':
      endInvitation(organization, event.invitation, 'declined');
      return;
    case 'member.invite_expire': {
      const invitation = organization.invitations.get(event.invitation);
      if (invitation === undefined) return;
      organization.invitations.set(invitation.id, { ...invitation, status: 'expired' });
      return;
    }
    case 'member.invite_erase':
      endInvitation(organization, event.invitation, 'revoked');
      forget(organization, event.member);
      return;

    case 'member.accept': {
      endInvitation(organization, event.invitation, 'accepted', event.member);
      const member = organization.members.get(event.member);
      const place = (team: TeamId): TeamPlace => ({ team, source: 'invitation' });
      putMember(organization, member, {
        id: event.member,
        status: 'active',
        tag: event.tag,
        user: event.user,
        authentication: event.authentication,
        grants: withGrants(member, event.replaced, granted(event.grants, 'invitation')),
        teams: [...(member?.teams ?? []), ...event.teams.map(place)],
        accepted: [...(member?.accepted ?? []), event.invitation],
      });
      return;
    }
    case 'member.join': {
      const member = organization.members.get(event.member);
      const place = (team: TeamId): TeamPlace => ({ team, source: 'direct' });
      putMember(organization, member, {
        id: event.member,
        status: 'active',
        tag: event.tag,
        ...(event.user === undefined ? {} : { user: event.user }),
        authentication: event.authentication,
        grants: withGrants(member, event.replaced, granted(event.grants, event.source)),
        teams: [...(member?.teams ?? []), ...event.teams.map(place)],
        accepted: member?.accepted ?? [],
      });
      return;
    }
    case 'member.identity_link':
      changeMember(organization, event.member, (member) => ({
        ...member,
        user: event.user,
        authentication: event.authentication,
      }));
      return;
    case 'member.role_change': {
      const source =
        event.cause === 'catalogue_adopt' ||
        event.cause === 'role_retired' ||
        event.cause === 'scope_removal'
          ? 'direct'
          : event.cause;
      changeMember(organization, event.member, (member) => ({
        ...member,
        grants: withGrants(member, event.removed, granted(event.added, source)),
      }));
      return;
    }
    case 'member.grant_start':
      changeMember(organization, event.member, (member) => ({
        ...member,
        grants: member.grants.map((grant) =>
          grant.id === event.grant ? { ...grant, started: true } : grant,
        ),
      }));
      return;
    case 'member.grant_expire':
      changeMember(organization, event.member, (member) => ({
        ...member,
        grants: withGrants(member, [event.grant], []),
      }));
      return;
    case 'member.deactivate':
      changeMember(organization, event.member, (member) => ({
        ...member,
        status: 'inactive',
        cause: event.cause,
      }));
      return;
    case 'member.reactivate':
      changeMember(organization, event.member, (member) => ({
        id: member.id,
        status: 'active',
        tag: member.tag,
        ...(member.user === undefined ? {} : { user: member.user }),
        authentication: member.authentication,
        grants: member.grants,
        teams: member.teams,
        accepted: member.accepted,
      }));
      return;
    case 'member.remove':
      removeMember(organization, event.member);
      return;
    case 'member.profile_change':
      return;
    case 'member.personal_data_erase':
      forget(organization, event.member);
      return;

    case 'team.create':
      organization.teams.set(event.team, {
        id: event.team,
        name: event.name,
        scope: event.scope,
        ...(event.externalGroup === undefined ? {} : { externalGroup: event.externalGroup }),
        grants: [],
      });
      return;
    case 'team.rename': {
      const team = organization.teams.get(event.team);
      if (team !== undefined) organization.teams.set(team.id, { ...team, name: event.name });
      return;
    }
    case 'team.delete':
      deleteTeam(organization, event.team);
      return;
    case 'team.member_add':
      changeMember(organization, event.member, (member) => ({
        ...member,
        teams: [
          ...member.teams,
          {
            team: event.team,
            source: event.source,
            ...(event.group === undefined ? {} : { group: event.group }),
          },
        ],
      }));
      return;
    case 'team.member_remove':
      changeMember(organization, event.member, (member) => ({
        ...member,
        teams: member.teams.filter(
          (place) => !isPlace(place, event.team, event.source, event.group),
        ),
      }));
      return;
    case 'team.role_change': {
      const team = organization.teams.get(event.team);
      if (team === undefined) return;
      const grants = withGrants(team, event.removed, granted(event.added, 'team'));
      countRoles(organization, team.grants, grants);
      organization.teams.set(team.id, { ...team, grants });
      return;
    }

    case 'service_account.create':
      countRoles(organization, [], event.grants);
      organization.serviceAccounts.set(event.account, {
        id: event.account,
        name: event.name,
        ...(event.description === undefined ? {} : { description: event.description }),
        grants: granted(event.grants, 'direct'),
      });
      return;
    case 'service_account.change': {
      const account = organization.serviceAccounts.get(event.account);
      if (account === undefined) return;
      organization.serviceAccounts.set(account.id, {
        ...account,
        ...(event.name === undefined ? {} : { name: event.name }),
        ...(event.description === undefined ? {} : { description: event.description }),
      });
      return;
    }
    case 'service_account.role_change': {
      const account = organization.serviceAccounts.get(event.account);
      if (account === undefined) return;
      const grants = withGrants(account, event.removed, granted(event.added, 'direct'));
      countRoles(organization, account.grants, grants);
      organization.serviceAccounts.set(account.id, { ...account, grants });
      return;
    }
    case 'service_account.delete': {
      const account = organization.serviceAccounts.get(event.account);
      if (account === undefined) return;
      countRoles(organization, account.grants, []);
      organization.serviceAccounts.delete(account.id);
      end(organization, account.id, 'deleted');
      endKeys(organization, account.id);
      return;
    }

    case 'api_key.create': {
      const { key, owner, name, scopes, secretHash, expiresAt } = event;
      organization.apiKeys.set(key, {
        id: key,
        owner,
        name,
        scopes,
        secretHash,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
      organization.keysByOwner.add(owner, key);
      return;
    }
    case 'api_key.change': {
      const key = organization.apiKeys.get(event.key);
      if (key === undefined) return;
      const { expiresAt, ...rest } = key;
      const expiry = event.expiresAt === undefined ? expiresAt : event.expiresAt;
      organization.apiKeys.set(key.id, {
        ...rest,
        ...(event.name === undefined ? {} : { name: event.name }),
        ...(event.scopes === undefined ? {} : { scopes: event.scopes }),
        ...(expiry === undefined || expiry === null ? {} : { expiresAt: expiry }),
      });
      return;
    }
    case 'api_key.rotate': {
      const key = organization.apiKeys.get(event.key);
      if (key === undefined) return;
      organization.apiKeys.set(key.id, { ...key, secretHash: event.secretHash });
      return;
    }
    case 'api_key.revoke': {
      const key = organization.apiKeys.get(event.key);
      if (key === undefined) return;
      organization.apiKeys.delete(key.id);
      organization.keysByOwner.remove(key.owner, key.id);
      end(organization, key.id, 'revoked');
      return;
    }

    case 'role.define': {
      const { role, name, description, scopes, permissions } = event;
      organization.customRoles.set(role, {
        id: role,
        name,
        ...(description === undefined ? {} : { description }),
        scopes,
        permissions,
      });
      return;
    }
    case 'role.change': {
      const role = organization.customRoles.get(event.role);
      if (role === undefined) return;
      organization.customRoles.set(role.id, {
        ...role,
        ...(event.name === undefined ? {} : { name: event.name }),
        ...(event.description === undefined ? {} : { description: event.description }),
        ...(event.permissions === undefined ? {} : { permissions: event.permissions }),
      });
      return;
    }
    case 'role.retire':
      organization.customRoles.delete(event.role);
      end(organization, event.role, 'retired');
      if (event.remapTo !== undefined) {
        remapRoles(organization, new Map([[event.role, event.remapTo]]));
      }
      return;
    default:
      event satisfies never;
  }
}

/** The grants of an event as they are held. */
const granted = (facts: readonly GrantFact[], source: GrantSource): Grant[] =>
  facts.map((fact) => ({ ...fact, source }));

const withGrants = (
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

function changedPolicies(
  policies: Partial<PolicyValues>,
  changes: { readonly [path: string]: unknown },
): Partial<PolicyValues> {
  const entries = Object.entries({ ...policies, ...changes });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

function changeMember(
  organization: Organization,
  id: MemberId,
  change: (member: Member) => Member,
): void {
  const member = organization.members.get(id);
  if (member !== undefined) putMember(organization, member, change(member));
}

/** Puts a member in the place of what it was before, and every index with it. */
function putMember(organization: Organization, before: Member | undefined, after: Member): void {
  organization.members.set(after.id, after);
  reindexMember(organization, before, after);
}

function removeMember(organization: Organization, id: MemberId): void {
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

function addInvitation(organization: Organization, invitation: Invitation): void {
  organization.invitations.set(invitation.id, invitation);
  organization.invitationsByTag.add(invitation.tag, invitation.id);
  countRoles(organization, [], invitation.grants);
}

/** @param member who it became, where it was accepted. */
function endInvitation(
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
function forget(organization: Organization, id: MemberId): void {
  const former = organization.former.get(id);
  if (former !== undefined) {
    organization.former.delete(id);
    if (former.tag !== null) organization.formerByTag.remove(former.tag, id);
    if (former.user !== undefined) organization.formerByUser.remove(former.user, id);
  }
  // Deactivated for good: the id stays, what names the person goes.
  changeMember(organization, id, ({ user: _, ...member }) => ({ ...member, tag: null }));
}

function deleteTeam(organization: Organization, id: TeamId): void {
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
function endScope(organization: Organization, scope: Scope): void {
  const outside = (grant: { readonly scope: Scope }): boolean => grant.scope !== scope;
  for (const team of [...organization.teams.values()]) {
    if (team.scope === scope) deleteTeam(organization, team.id);
  }
  changeGrants(organization, (grants) => (grants.every(outside) ? grants : grants.filter(outside)));
}

/** Every grant of these roles, and every open invitation to them, is one of the successor; all at
 * once, so that roles can change places. */
function remapRoles(organization: Organization, successors: ReadonlyMap<string, RoleId>): void {
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

function countRoles(
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

function endKeys(organization: Organization, owner: MemberId | (string & {})): void {
  for (const key of [...organization.keysByOwner.of(owner as MemberId)]) {
    organization.apiKeys.delete(key);
    end(organization, key, 'revoked');
  }
  organization.keysByOwner.clear(owner as MemberId);
}

function end(organization: Organization, id: string, how: Ended): void {
  organization.ended.set(id, how);
  while (organization.ended.size > ENDED_MEMORY) {
    organization.ended.delete(organization.ended.keys().next().value);
  }
}

function remember(organization: Organization, metadata: Metadata, revision: number): void {
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
