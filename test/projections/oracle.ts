/**
 * What the read models must hold, folded from a history in the plainest way there is. Shares no
 * code with the projections.
 */
import type { GrantFact, RoleChangeCause, Sealed } from '#domain/events.js';
import { plainText, type Happened } from '../support/histories.js';

type Row = Record<string, unknown>;
interface Holder extends Row {
  grants: Row[];
}
interface Place {
  team: string;
  member: string;
  source: string;
  group: string;
}

export class Expected {
  name = '';
  status = 'active';
  version = 0;
  policies: Row = {};
  revision = -1;
  members = new Map<string, Holder>();
  invitations = new Map<string, Holder>();
  spaces = new Map<string, Row>();
  teams = new Map<string, Holder>();
  places: Place[] = [];
  accounts = new Map<string, Holder>();
  keys = new Map<string, Row>();
  roles = new Map<string, Row>();
}

/** What a sealed value says; `null` for none, and for one that is erased. */
export type Opened = (value: Sealed | null | undefined) => string | null;

/** Organization by stream. */
export function expected(
  history: readonly Happened[],
  opened: Opened = plainText,
): Map<string, Expected> {
  const all = new Map<string, Expected>();
  for (const happened of history) {
    if (!happened.stream.startsWith('organization-')) continue;
    const one = all.get(happened.stream) ?? new Expected();
    all.set(happened.stream, one);
    fold(one, happened, opened);
  }
  return all;
}

const held = (grants: readonly GrantFact[], source: string, by: unknown): Row[] =>
  grants.map(({ id, role, scope, notBefore, expiresAt }) => ({
    id,
    role,
    scope,
    notBefore: notBefore ?? null,
    expiresAt: expiresAt ?? null,
    source,
    by,
  }));
const source = (cause: RoleChangeCause): string =>
  ['catalogue_adopt', 'role_retired', 'scope_removal'].includes(cause) ? 'direct' : cause;
const keep = (grants: Row[], removed: readonly string[]): Row[] =>
  grants.filter((grant) => !removed.includes(grant['id'] as string));

function fold(org: Expected, { event, metadata }: Happened, text: Opened): void {
  org.revision += 1;
  const { actor, occurredAt: now } = metadata;
  const at = { updatedAt: now, revision: org.revision };
  const everyone = (): Holder[] => [
    ...org.members.values(),
    ...org.teams.values(),
    ...org.accounts.values(),
    ...[...org.invitations.values()].filter((one) =>
      ['pending', 'expired'].includes(one['status'] as string),
    ),
  ];
  const remap = (to: { readonly [role: string]: string }) => {
    const now = (grant: Row) => to[grant['role'] as string] ?? grant['role'];
    for (const holder of everyone()) {
      if (!holder.grants.some((grant) => (grant['role'] as string) in to)) continue;
      const seen: string[] = [];
      holder.grants = holder.grants
        .map((grant): Row => ({ ...grant, role: now(grant) }))
        .filter(({ role, scope, notBefore, expiresAt }) => {
          const key = JSON.stringify([role, scope, notBefore, expiresAt]);
          return seen.includes(key) ? false : seen.push(key);
        });
      Object.assign(holder, at);
    }
    const sso = org.policies['ssoDefaultRole'] as string;
    if (sso in to) org.policies['ssoDefaultRole'] = to[sso];
  };
  const invited = (invitation: string) =>
    [...org.members.values()].find(
      (one) => one['invitation'] === invitation && one['status'] === 'invited',
    );
  const endInvited = (invitation: string) => {
    const member = invited(invitation);
    if (member !== undefined) org.members.delete(member['id'] as string);
  };
  const endInvitation = (id: string, how: Row) => {
    const one = org.invitations.get(id)!;
    Object.assign(one, at, { endedAt: now }, how);
  };
  const blankInvitations = (member: string) => {
    for (const one of org.invitations.values()) {
      if (one['member'] === member) Object.assign(one, at, { email: null, displayEmail: null });
    }
  };
  const blank = (id: string) => {
    const member = org.members.get(id);
    const nothing = { user: null, email: null, displayEmail: null, name: null };
    if (member !== undefined) Object.assign(member, at, nothing);
    blankInvitations(id);
  };
  const endKeys = (owner: string) => {
    for (const key of org.keys.values()) {
      if (key['owner'] === owner && key['revokedAt'] === null) {
        Object.assign(key, at, { revokedAt: now });
      }
    }
  };
  // Into a team that is there, or to a grant that has not ended: as long as its link is good.
  const goodUntil = ({ teams, expiresAt, grants }: Holder): unknown => {
    if ((teams as string[]).some((team) => org.teams.has(team))) return expiresAt;
    const lasting = grants.filter(
      (grant) => ((grant['expiresAt'] ?? expiresAt) as string) >= (expiresAt as string),
    );
    if (lasting.length > 0) return expiresAt;
    return grants
      .map((grant) => grant['expiresAt'] as string)
      .reduce<string | null>((a, b) => (a === null || a < b ? b : a), null);
  };
  const place = (team: string, member: string, how: string, group = '') => {
    const known = org.places.some(
      (one) =>
        one.team === team && one.member === member && one.source === how && one.group === group,
    );
    if (!known) org.places.push({ team, member, source: how, group });
  };
  const endTeam = (team: string) => {
    for (const one of everyone()) {
      if ((one['teams'] as string[] | undefined)?.includes(team)) Object.assign(one, at);
    }
    org.teams.delete(team);
    org.places = org.places.filter((one) => one.team !== team);
  };

  switch (event.type) {
    case 'organization.create':
      org.name = event.name;
      org.version = event.version;
      org.policies = { 'emailDomains.own': event.ownDomains };
      break;
    case 'organization.rename':
      org.name = event.name;
      break;
    case 'organization.policy_change':
      for (const [path, value] of Object.entries(event.changes)) {
        if (value === null) delete org.policies[path];
        else org.policies[path] = value;
      }
      break;
    case 'organization.catalogue_adopt':
      org.version = event.to;
      remap(event.remap);
      break;
    case 'organization.suspend':
      org.status = 'suspended';
      break;
    case 'organization.resume':
      org.status = 'active';
      break;
    case 'organization.delete':
      org.status = 'deleted';
      // What ended before has a row still; so have members, pending invitations and keys now.
      for (const table of [org.spaces, org.teams, org.accounts, org.roles]) table.clear();
      org.places = [];
      for (const [id, one] of [...org.invitations]) {
        if (one['status'] !== 'pending') continue;
        endInvitation(id, { status: 'revoked', revokeReason: 'organization_deleted' });
      }
      for (const [id, one] of [...org.members]) {
        if (one['status'] === 'invited') org.members.delete(id);
      }
      for (const one of org.keys.values()) {
        if (one['revokedAt'] === null) Object.assign(one, at, { revokedAt: now });
      }
      break;
    case 'space.create':
      org.spaces.set(event.space, { id: event.space, name: event.name, status: 'active', ...at });
      break;
    case 'space.rename':
      Object.assign(org.spaces.get(event.space)!, at, { name: event.name });
      break;
    case 'space.deactivate':
      Object.assign(org.spaces.get(event.space)!, at, { status: 'inactive' });
      break;
    case 'space.reactivate':
      Object.assign(org.spaces.get(event.space)!, at, { status: 'active' });
      break;
    case 'space.delete':
      org.spaces.delete(event.space);
      for (const [id, team] of [...org.teams]) if (team['scope'] === event.space) endTeam(id);
      for (const holder of everyone()) {
        if (!holder.grants.some((grant) => grant['scope'] === event.space)) continue;
        holder.grants = holder.grants.filter((grant) => grant['scope'] !== event.space);
        Object.assign(holder, at);
      }
      break;
    case 'member.invite': {
      const { invitation, member, expiresAt, teams } = event;
      const grants = held(event.grants, 'invitation', actor);
      const personal = { email: text(event.email), displayEmail: text(event.displayEmail) };
      org.members.set(member, {
        id: member,
        status: 'invited',
        user: null,
        ...personal,
        name: null,
        authentication: null,
        invitation,
        invitedBy: actor,
        joinedAt: null,
        ...at,
        grants,
      });
      org.invitations.set(invitation, {
        id: invitation,
        status: 'pending',
        member,
        ...personal,
        generation: 1,
        expiresAt,
        invitedBy: actor,
        sentBy: actor,
        teams,
        revokeReason: null,
        acceptedBy: null,
        invitedAt: now,
        endedAt: null,
        ...at,
        grants,
      });
      break;
    }
    case 'member.invite_resend': {
      const { generation, expiresAt } = event;
      const sent = { status: 'pending', generation, expiresAt, sentBy: actor };
      Object.assign(org.invitations.get(event.invitation)!, at, sent);
      const member = invited(event.invitation);
      if (member) Object.assign(member, at, { invitedBy: actor });
      break;
    }
    case 'member.invite_revoke':
      endInvitation(event.invitation, { status: 'revoked', revokeReason: event.reason });
      endInvited(event.invitation);
      break;
    case 'member.invite_decline':
      endInvitation(event.invitation, { status: 'declined' });
      endInvited(event.invitation);
      break;
    case 'member.invite_expire':
      Object.assign(org.invitations.get(event.invitation)!, at, { status: 'expired' });
      break;
    case 'member.invite_erase':
      endInvitation(event.invitation, { status: 'revoked', revokeReason: 'erased' });
      endInvited(event.invitation);
      blank(event.member);
      break;
    case 'member.accept':
    case 'member.join': {
      const byInvitation = event.type === 'member.accept' ? event.invitation : null;
      const before = byInvitation === null ? undefined : invited(byInvitation);
      const giver = before?.['invitedBy'] ?? actor;
      const how = event.type === 'member.accept' ? 'invitation' : event.source;
      if (before !== undefined) org.members.delete(before['id'] as string);
      const known = org.members.get(event.member);
      org.members.set(event.member, {
        id: event.member,
        status: 'active',
        user: event.user ?? null,
        email: text(event.email),
        displayEmail: text(event.displayEmail),
        name: text(event.name) ?? known?.['name'] ?? null,
        authentication: event.authentication,
        // Of the invitation by which somebody first came in.
        invitation: known?.['invitation'] ?? byInvitation ?? null,
        invitedBy: known?.['invitedBy'] ?? before?.['invitedBy'] ?? null,
        joinedAt: known?.['joinedAt'] ?? now,
        ...at,
        grants: [...keep(known?.grants ?? [], event.replaced), ...held(event.grants, how, giver)],
      });
      for (const team of event.teams) {
        place(team, event.member, event.type === 'member.accept' ? 'invitation' : 'direct');
      }
      if (event.type === 'member.accept') {
        endInvitation(event.invitation, { status: 'accepted', acceptedBy: event.member });
      }
      break;
    }
    case 'member.identity_link': {
      const { user, authentication } = event;
      Object.assign(org.members.get(event.member)!, at, { user, authentication });
      break;
    }
    case 'member.role_change': {
      const member = org.members.get(event.member)!;
      const added = held(event.added, source(event.cause), actor);
      Object.assign(member, at, { grants: [...keep(member.grants, event.removed), ...added] });
      break;
    }
    case 'member.grant_start':
      Object.assign(org.members.get(event.member)!, at);
      break;
    case 'member.grant_expire': {
      const member = org.members.get(event.member)!;
      Object.assign(member, at, { grants: keep(member.grants, [event.grant]) });
      break;
    }
    case 'member.deactivate':
      Object.assign(org.members.get(event.member)!, at, { status: 'inactive' });
      break;
    case 'member.reactivate':
      Object.assign(org.members.get(event.member)!, at, { status: 'active' });
      break;
    case 'member.remove':
      Object.assign(org.members.get(event.member)!, at, { status: 'removed', grants: [] });
      org.places = org.places.filter((one) => one.member !== event.member);
      endKeys(event.member);
      break;
    case 'member.profile_change':
      Object.assign(org.members.get(event.member)!, at, { name: text(event.name) });
      break;
    case 'member.personal_data_erase':
      blank(event.member);
      break;
    case 'team.create': {
      const { team: id, name, scope, externalGroup = null } = event;
      org.teams.set(id, { id, name, scope, externalGroup, grants: [], ...at });
      break;
    }
    case 'team.rename':
      Object.assign(org.teams.get(event.team)!, at, { name: event.name });
      break;
    case 'team.delete':
      endTeam(event.team);
      break;
    case 'team.member_add':
      place(event.team, event.member, event.source, event.group);
      Object.assign(org.teams.get(event.team)!, at);
      Object.assign(org.members.get(event.member)!, at);
      break;
    case 'team.member_remove': {
      const { team, member, source: how, group = '' } = event;
      org.places = org.places.filter(
        (one) =>
          !(
            one.team === team &&
            one.member === member &&
            one.source === how &&
            one.group === group
          ),
      );
      Object.assign(org.teams.get(team)!, at);
      Object.assign(org.members.get(member)!, at);
      break;
    }
    case 'team.role_change': {
      const team = org.teams.get(event.team)!;
      const added = held(event.added, 'team', actor);
      Object.assign(team, at, { grants: [...keep(team.grants, event.removed), ...added] });
      break;
    }
    case 'service_account.create': {
      const { account: id, name, description = null } = event;
      const grants = held(event.grants, 'direct', actor);
      org.accounts.set(id, { id, name, description, grants, ...at });
      break;
    }
    case 'service_account.change': {
      const { account, type: _, ...change } = event;
      if (Object.keys(change).length > 0) Object.assign(org.accounts.get(account)!, at, change);
      break;
    }
    case 'service_account.role_change': {
      const account = org.accounts.get(event.account)!;
      const added = held(event.added, source(event.cause), actor);
      Object.assign(account, at, { grants: [...keep(account.grants, event.removed), ...added] });
      break;
    }
    case 'service_account.delete':
      org.accounts.delete(event.account);
      endKeys(event.account);
      break;
    case 'api_key.create': {
      const { key: id, owner, name, scopes, secretHash, expiresAt = null } = event;
      const row = { id, owner, name, scopes, secretHash, expiresAt, revokedAt: null };
      org.keys.set(id, { ...row, ...at });
      break;
    }
    case 'api_key.change': {
      const { key, type: _, ...change } = event;
      if (Object.keys(change).length > 0) Object.assign(org.keys.get(key)!, at, change);
      break;
    }
    case 'api_key.rotate':
      Object.assign(org.keys.get(event.key)!, at, { secretHash: event.secretHash });
      break;
    case 'api_key.revoke':
      Object.assign(org.keys.get(event.key)!, at, { revokedAt: now });
      break;
    case 'role.define': {
      const { role: id, name, description = null, scopes, permissions } = event;
      org.roles.set(id, { id, name, description, scopes, permissions, ...at });
      break;
    }
    case 'role.change': {
      const { role, type: _, ...change } = event;
      if (Object.keys(change).length > 0) Object.assign(org.roles.get(role)!, at, change);
      break;
    }
    case 'role.retire':
      org.roles.delete(event.role);
      if (event.remapTo !== undefined) remap({ [event.role]: event.remapTo });
      break;
    case 'catalogue.publish':
      break;
    default:
      event satisfies never;
  }
  if (org.status === 'deleted') return;
  for (const one of org.invitations.values()) {
    if (!['pending', 'expired'].includes(one['status'] as string)) continue;
    one['goodUntil'] = goodUntil(one);
  }
}
