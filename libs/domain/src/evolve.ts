/**
 * The fold: what each event makes of an organization. Total: it never refuses, throws or looks at
 * a clock. It writes into the tables it is given (the base, or an overlay of it), so that an event
 * costs the same in a small and in a huge organization.
 */
import {
  changeInvitation,
  changeMember,
  changedPolicies,
  deactivate,
  deleteAccount,
  deleteTeam,
  end,
  endInvitation,
  endKey,
  endMembership,
  endSpace,
  forget,
  granted,
  isPlace,
  putAccount,
  putInvitation,
  putKey,
  putMember,
  putTeam,
  remapRoles,
  remember,
  resendInvitation,
  withGrants,
} from './changes.js';
import type { Metadata, MembershipEvent, RecordedMembershipEvent, Sealed } from './events.js';
import { type TeamId } from './ids.js';
import { tagsOf, type Member, type Organization, type TeamPlace } from './state.js';

/** Folds one stored event into the organization. */
export function evolve(
  organization: Organization,
  { event, metadata, revision }: Pick<RecordedMembershipEvent, 'event' | 'metadata' | 'revision'>,
): void {
  organization.occurredAt = metadata.occurredAt;
  remember(organization, metadata, revision);
  apply(organization, event, metadata, revision);
}

/** A name that the event does not say stays as it was. */
const namedBy = (
  { name }: { readonly name: Sealed | null },
  member: Member | undefined,
  revision: number,
): number => (name === null && member !== undefined ? member.named : revision);

/** Another address than before: that one is still the person's, to be forgotten with them. */
function addressed(
  { tag }: Pick<Member, 'tag'>,
  member: Member | undefined,
): Pick<Member, 'tag' | 'earlierTags'> {
  const earlierTags = member === undefined ? [] : tagsOf(member).filter((one) => one !== tag);
  return { tag, ...(earlierTags.length === 0 ? {} : { earlierTags }) };
}

function apply(
  organization: Organization,
  event: MembershipEvent,
  metadata: Metadata,
  revision: number,
): void {
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
      endSpace(organization, event.space);
      return;

    case 'member.invite': {
      const { invitation, member, tag, teams, expiresAt, generation, joinRequest } = event;
      putInvitation(organization, {
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
      const { generation, expiresAt } = event;
      const sent = { generation, expiresAt, inviter: metadata.actor };
      resendInvitation(organization, event.invitation, sent);
      return;
    }
    case 'member.invite_revoke':
      endInvitation(organization, event.invitation, 'revoked');
      return;
    case 'member.invite_decline':
      endInvitation(organization, event.invitation, 'declined');
      return;
    case 'member.invite_expire':
      changeInvitation(organization, event.invitation, { status: 'expired' });
      return;
    case 'member.invite_erase':
      endInvitation(organization, event.invitation, 'revoked');
      forget(organization, event.member);
      return;

    case 'member.accept': {
      endInvitation(organization, event.invitation, 'accepted', event);
      const member = organization.members.get(event.member);
      const place = (team: TeamId): TeamPlace => ({ team, source: 'invitation' });
      putMember(organization, member, {
        id: event.member,
        status: 'active',
        ...addressed(event, member),
        user: event.user,
        authentication: event.authentication,
        named: namedBy(event, member, revision),
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
        ...addressed(event, member),
        ...(event.user === undefined ? {} : { user: event.user }),
        authentication: event.authentication,
        named: namedBy(event, member, revision),
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
      deactivate(organization, event.member, event.cause);
      return;
    case 'member.reactivate':
      changeMember(organization, event.member, (member) => ({
        id: member.id,
        status: 'active',
        tag: member.tag,
        ...(member.earlierTags === undefined ? {} : { earlierTags: member.earlierTags }),
        ...(member.user === undefined ? {} : { user: member.user }),
        authentication: member.authentication,
        named: member.named,
        grants: member.grants,
        teams: member.teams,
        accepted: member.accepted,
      }));
      return;
    case 'member.remove':
      endMembership(organization, event.member);
      return;
    case 'member.profile_change':
      changeMember(organization, event.member, (member) => ({ ...member, named: revision }));
      return;
    case 'member.personal_data_erase':
      forget(organization, event.member);
      return;

    case 'team.create':
      putTeam(organization, {
        id: event.team,
        name: event.name,
        scope: event.scope,
        ...(event.externalGroup === undefined ? {} : { externalGroup: event.externalGroup }),
        grants: [],
      });
      return;
    case 'team.rename': {
      const team = organization.teams.get(event.team);
      if (team !== undefined) putTeam(organization, { ...team, name: event.name });
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
      putTeam(organization, { ...team, grants });
      return;
    }

    case 'service_account.create':
      putAccount(organization, {
        id: event.account,
        name: event.name,
        ...(event.description === undefined ? {} : { description: event.description }),
        grants: granted(event.grants, 'direct'),
      });
      return;
    case 'service_account.change': {
      const account = organization.serviceAccounts.get(event.account);
      if (account === undefined) return;
      putAccount(organization, {
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
      putAccount(organization, { ...account, grants });
      return;
    }
    case 'service_account.delete':
      deleteAccount(organization, event.account);
      return;

    case 'api_key.create': {
      const { key, owner, name, scopes, secretHash, expiresAt } = event;
      putKey(organization, {
        id: key,
        owner,
        name,
        scopes,
        secretHash,
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
      return;
    }
    case 'api_key.change': {
      const key = organization.apiKeys.get(event.key);
      if (key === undefined) return;
      const { expiresAt, ...rest } = key;
      const expiry = event.expiresAt === undefined ? expiresAt : event.expiresAt;
      putKey(organization, {
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
      putKey(organization, { ...key, secretHash: event.secretHash });
      return;
    }
    case 'api_key.revoke':
      endKey(organization, event.key);
      return;

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
