/**
 * The plainest fold there is, for judging the real one: maps that keep everything for ever, no
 * index at all. Every index of the state is recomputed here by looking through everything.
 * Shares no code with the domain, only the names of its facts.
 */
import type { ActorFact, GrantFact, MembershipEvent } from '#domain/events.js';

export interface PlainGrant extends GrantFact {
  readonly source: string;
  readonly started?: true;
}
export interface PlainMember {
  readonly id: string;
  readonly status: 'active' | 'inactive' | 'removed';
  readonly cause?: string;
  readonly tag: string | null;
  /** Of the addresses before that. */
  readonly earlierTags?: readonly string[];
  readonly user?: string;
  readonly authentication: string;
  readonly grants: readonly PlainGrant[];
  readonly teams: readonly {
    readonly team: string;
    readonly source: string;
    readonly group?: string;
  }[];
  readonly accepted: readonly string[];
}
export interface PlainInvitation {
  readonly id: string;
  readonly status: 'pending' | 'expired' | 'accepted' | 'declined' | 'revoked';
  readonly member: string;
  readonly tag: string;
  readonly grants: readonly GrantFact[];
  readonly teams: readonly string[];
  readonly expiresAt: string;
  readonly generation: number;
  readonly inviter: ActorFact;
  readonly joinRequest?: string;
  readonly acceptedBy?: string;
  /** The person that member is. */
  readonly acceptedAs?: string;
}
export interface PlainTeam {
  readonly id: string;
  readonly name: string;
  readonly scope: string;
  readonly externalGroup?: string;
  readonly grants: readonly PlainGrant[];
  readonly deleted?: true;
}
export interface PlainAccount {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly grants: readonly PlainGrant[];
  readonly deleted?: true;
}
export interface PlainKey {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: string;
  readonly secretHash: string;
  readonly revoked?: true;
}
export interface PlainRole {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly scopes: readonly string[];
  readonly permissions: readonly string[];
  readonly retired?: true;
}

export interface Plain {
  status: string;
  name: string;
  catalogue: { readonly id: string; readonly version: number; readonly sha256: string };
  policies: Readonly<Record<string, unknown>>;
  occurredAt: string;
  spaces: Map<string, { readonly id: string; readonly name: string; readonly status: string }>;
  members: Map<string, PlainMember>;
  invitations: Map<string, PlainInvitation>;
  teams: Map<string, PlainTeam>;
  accounts: Map<string, PlainAccount>;
  keys: Map<string, PlainKey>;
  roles: Map<string, PlainRole>;
  /** Members, and would-be members, whose data is destroyed. */
  erased: Set<string>;
}

export const nothing = (): Plain => ({
  status: 'absent',
  name: '',
  catalogue: { id: '', version: 0, sha256: '' },
  policies: {},
  occurredAt: '1970-01-01T00:00:00.000Z',
  spaces: new Map(),
  members: new Map(),
  invitations: new Map(),
  teams: new Map(),
  accounts: new Map(),
  keys: new Map(),
  roles: new Map(),
  erased: new Set(),
});

/** The same once more, to be changed apart. */
const fork = (plain: Plain): Plain => ({
  ...plain,
  spaces: new Map(plain.spaces),
  members: new Map(plain.members),
  invitations: new Map(plain.invitations),
  teams: new Map(plain.teams),
  accounts: new Map(plain.accounts),
  keys: new Map(plain.keys),
  roles: new Map(plain.roles),
  erased: new Set(plain.erased),
});

/** What is after these events; `before` stays what it was. */
export function after(
  before: Plain,
  events: readonly MembershipEvent[],
  at: string,
  actor: ActorFact,
): Plain {
  const plain = fork(before);
  for (const event of events) {
    plain.occurredAt = at;
    note(plain, event, actor);
  }
  return plain;
}

const change = <V>(map: Map<string, V>, id: string, by: (value: V) => V): void => {
  const value = map.get(id);
  if (value !== undefined) map.set(id, by(value));
};

/** `null` and `undefined` are no values. */
const compact = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

const withSource = (grants: readonly GrantFact[], source: string): PlainGrant[] =>
  grants.map((grant) => ({ ...grant, source }));

const exchange = (
  grants: readonly PlainGrant[],
  removed: readonly string[],
  added: readonly PlainGrant[],
): PlainGrant[] => [...grants.filter((grant) => !removed.includes(grant.id)), ...added];

function note(plain: Plain, event: MembershipEvent, actor: ActorFact): void {
  switch (event.type) {
    case 'organization.create':
      plain.status = 'active';
      plain.name = event.name;
      plain.catalogue = { id: event.catalogue, version: event.version, sha256: event.sha256 };
      plain.policies = { 'emailDomains.own': event.ownDomains };
      return;
    case 'organization.rename':
      plain.name = event.name;
      return;
    case 'organization.policy_change': {
      const all = Object.entries({ ...plain.policies, ...event.changes });
      plain.policies = Object.fromEntries(all.filter(([, value]) => value !== null));
      return;
    }
    case 'organization.catalogue_adopt':
      plain.catalogue = { ...plain.catalogue, version: event.to, sha256: event.sha256 };
      rename(plain, event.remap);
      return;
    case 'organization.suspend':
      plain.status = 'suspended';
      return;
    case 'organization.resume':
      plain.status = 'active';
      return;
    case 'organization.delete':
      plain.status = 'deleted';
      return;
    case 'space.create':
      plain.spaces.set(event.space, {
        id: event.space,
        name: event.name,
        status: 'active' as const,
      });
      return;
    case 'space.rename':
      change(plain.spaces, event.space, (space) => ({ ...space, name: event.name }));
      return;
    case 'space.deactivate':
      change(plain.spaces, event.space, (space) => ({ ...space, status: 'inactive' as const }));
      return;
    case 'space.reactivate':
      change(plain.spaces, event.space, (space) => ({ ...space, status: 'active' as const }));
      return;
    case 'space.delete':
      change(plain.spaces, event.space, (space) => ({ ...space, status: 'deleted' }));
      for (const team of plain.teams.values()) {
        if (team.scope === event.space && !team.deleted) deleteTeam(plain, team.id);
      }
      everyGrant(plain, (grants) => grants.filter((grant) => grant.scope !== event.space));
      return;
    case 'member.invite':
      plain.invitations.set(
        event.invitation,
        compact({
          id: event.invitation,
          status: 'pending' as const,
          member: event.member,
          tag: event.tag,
          grants: event.grants,
          teams: event.teams,
          expiresAt: event.expiresAt,
          generation: event.generation,
          inviter: actor,
          joinRequest: event.joinRequest!,
        }),
      );
      return;
    case 'member.invite_resend':
      change(plain.invitations, event.invitation, (invitation) => ({
        ...invitation,
        status: 'pending' as const,
        generation: event.generation,
        expiresAt: event.expiresAt,
        inviter: actor,
      }));
      return;
    case 'member.invite_revoke':
      conclude(plain, event.invitation, 'revoked');
      return;
    case 'member.invite_decline':
      conclude(plain, event.invitation, 'declined');
      return;
    case 'member.invite_expire':
      change(plain.invitations, event.invitation, (one) => ({
        ...one,
        status: 'expired' as const,
      }));
      return;
    case 'member.invite_erase':
      conclude(plain, event.invitation, 'revoked');
      plain.erased.add(event.member);
      return;
    case 'member.accept': {
      change(plain.invitations, event.invitation, (one) => ({
        ...one,
        status: 'accepted' as const,
        acceptedBy: event.member,
        acceptedAs: event.user,
      }));
      const held = plain.members.get(event.member);
      const before = [held?.tag ?? [], held?.earlierTags ?? []].flat();
      const earlierTags = before.filter((tag) => tag !== event.tag);
      plain.members.set(event.member, {
        id: event.member,
        status: 'active' as const,
        tag: event.tag,
        ...(earlierTags.length > 0 && { earlierTags }),
        user: event.user,
        authentication: event.authentication,
        grants: exchange(
          held?.grants ?? [],
          event.replaced,
          withSource(event.grants, 'invitation'),
        ),
        teams: [
          ...(held?.teams ?? []),
          ...event.teams.map((team) => ({ team, source: 'invitation' })),
        ],
        accepted: [...(held?.accepted ?? []), event.invitation],
      });
      return;
    }
    case 'member.join':
      plain.members.set(
        event.member,
        compact({
          id: event.member,
          status: 'active' as const,
          tag: event.tag,
          user: event.user!,
          authentication: event.authentication,
          grants: withSource(event.grants, event.source),
          teams: [],
          accepted: [],
        }),
      );
      return;
    case 'member.identity_link':
      change(plain.members, event.member, (member) => ({
        ...member,
        user: event.user,
        authentication: event.authentication,
      }));
      return;
    case 'member.role_change': {
      const same = ['direct', 'transfer', 'invitation', 'sso', 'scim'].includes(event.cause);
      const added = withSource(event.added, same ? event.cause : 'direct');
      change(plain.members, event.member, (member) => ({
        ...member,
        grants: exchange(member.grants, event.removed, added),
      }));
      return;
    }
    case 'member.grant_start':
      change(plain.members, event.member, (member) => ({
        ...member,
        grants: member.grants.map((one) =>
          one.id === event.grant ? { ...one, started: true as const } : one,
        ),
      }));
      return;
    case 'member.grant_expire':
      change(plain.members, event.member, (member) => ({
        ...member,
        grants: exchange(member.grants, [event.grant], []),
      }));
      return;
    case 'member.deactivate':
      change(plain.members, event.member, (member) => ({
        ...member,
        status: 'inactive' as const,
        cause: event.cause,
      }));
      return;
    case 'member.reactivate':
      change(plain.members, event.member, ({ cause: _, ...member }) => ({
        ...member,
        status: 'active' as const,
      }));
      return;
    case 'member.remove':
      change(plain.members, event.member, (member) => ({ ...member, status: 'removed' as const }));
      revokeKeys(plain, event.member);
      return;
    case 'member.profile_change':
      return;
    case 'member.personal_data_erase':
      plain.erased.add(event.member);
      change(plain.members, event.member, ({ user: _, earlierTags: __, ...member }) => ({
        ...member,
        tag: null,
      }));
      return;
    case 'team.create':
      plain.teams.set(
        event.team,
        compact({
          id: event.team,
          name: event.name,
          scope: event.scope,
          externalGroup: event.externalGroup!,
          grants: [],
        }),
      );
      return;
    case 'team.rename':
      change(plain.teams, event.team, (team) => ({ ...team, name: event.name }));
      return;
    case 'team.delete':
      deleteTeam(plain, event.team);
      return;
    case 'team.member_add':
      change(plain.members, event.member, (member) => ({
        ...member,
        teams: [
          ...member.teams,
          compact({ team: event.team, source: event.source, group: event.group! }),
        ],
      }));
      return;
    case 'team.member_remove':
      change(plain.members, event.member, (member) => ({
        ...member,
        teams: member.teams.filter(
          ({ team, source, group }) =>
            team !== event.team || source !== event.source || group !== event.group,
        ),
      }));
      return;
    case 'team.role_change':
      change(plain.teams, event.team, (team) => ({
        ...team,
        grants: exchange(team.grants, event.removed, withSource(event.added, 'team')),
      }));
      return;
    case 'service_account.create':
      plain.accounts.set(
        event.account,
        compact({
          id: event.account,
          name: event.name,
          description: event.description!,
          grants: withSource(event.grants, 'direct'),
        }),
      );
      return;
    case 'service_account.change':
      change(plain.accounts, event.account, (account) => ({
        ...account,
        ...compact({ name: event.name!, description: event.description! }),
      }));
      return;
    case 'service_account.role_change':
      change(plain.accounts, event.account, (account) => ({
        ...account,
        grants: exchange(account.grants, event.removed, withSource(event.added, 'direct')),
      }));
      return;
    case 'service_account.delete':
      change(plain.accounts, event.account, (account) => ({ ...account, deleted: true as const }));
      revokeKeys(plain, event.account);
      return;
    case 'api_key.create': {
      const { key: id, owner, name, scopes, secretHash } = event;
      const expiresAt = event.expiresAt!;
      plain.keys.set(id, compact({ id, owner, name, scopes, expiresAt, secretHash }));
      return;
    }
    case 'api_key.change':
      change(plain.keys, event.key, ({ expiresAt, ...key }) => {
        const expiry = event.expiresAt === undefined ? expiresAt : (event.expiresAt ?? undefined);
        const { name, scopes } = event;
        return { ...key, ...compact({ name: name!, scopes: scopes!, expiresAt: expiry! }) };
      });
      return;
    case 'api_key.rotate':
      change(plain.keys, event.key, (key) => ({ ...key, secretHash: event.secretHash }));
      return;
    case 'api_key.revoke':
      change(plain.keys, event.key, (key) => ({ ...key, revoked: true as const }));
      return;
    case 'role.define': {
      const { role: id, name, scopes, permissions } = event;
      const description = event.description!;
      plain.roles.set(id, compact({ id, name, description, scopes, permissions }));
      return;
    }
    case 'role.change':
      change(plain.roles, event.role, (role) => ({
        ...role,
        ...compact({
          name: event.name!,
          description: event.description!,
          permissions: event.permissions!,
        }),
      }));
      return;
    case 'role.retire':
      change(plain.roles, event.role, (role) => ({ ...role, retired: true as const }));
      if (event.remapTo !== undefined) rename(plain, { [event.role]: event.remapTo });
      return;
    default:
      event satisfies never;
  }
}

const conclude = (plain: Plain, id: string, status: PlainInvitation['status']): void =>
  change(plain.invitations, id, (one): PlainInvitation =>
    isWaiting(one) ? { ...one, status } : one,
  );

/** Neither accepted nor declined nor revoked. */
export const isWaiting = ({ status }: PlainInvitation): boolean =>
  status === 'pending' || status === 'expired';

const revokeKeys = (plain: Plain, owner: string): void => {
  for (const key of [...plain.keys.values()]) {
    if (key.owner === owner) plain.keys.set(key.id, { ...key, revoked: true as const });
  }
};

const deleteTeam = (plain: Plain, id: string): void => {
  change(plain.teams, id, (team) => ({ ...team, deleted: true as const }));
  for (const member of [...plain.members.values()]) {
    const teams = member.teams.filter(({ team }) => team !== id);
    plain.members.set(member.id, { ...member, teams });
  }
};

/** Changes the grants of everyone who is there and of every invitation that waits. */
function everyGrant(plain: Plain, by: <G extends GrantFact>(grants: readonly G[]) => G[]): void {
  for (const one of [...plain.members.values()]) {
    if (one.status === 'removed') continue;
    plain.members.set(one.id, { ...one, grants: by(one.grants) });
  }
  for (const one of [...plain.teams.values()]) {
    if (!one.deleted) plain.teams.set(one.id, { ...one, grants: by(one.grants) });
  }
  for (const one of [...plain.accounts.values()]) {
    if (!one.deleted) plain.accounts.set(one.id, { ...one, grants: by(one.grants) });
  }
  for (const one of [...plain.invitations.values()]) {
    if (isWaiting(one)) plain.invitations.set(one.id, { ...one, grants: by(one.grants) });
  }
}

/** Roles take other names, all at once; what then is there twice over is there once. */
function rename(plain: Plain, names: Readonly<Record<string, string>>): void {
  const named = (role: string): string => (Object.hasOwn(names, role) ? names[role]! : role);
  everyGrant(plain, (grants) => {
    if (grants.every((grant) => named(grant.role) === grant.role)) return [...grants];
    const renamed = grants.map((grant) => ({
      ...grant,
      role: named(grant.role) as typeof grant.role,
    }));
    const key = (g: GrantFact): string => [g.role, g.scope, g.notBefore, g.expiresAt].join(' ');
    return renamed.filter((one, i) => renamed.findIndex((other) => key(other) === key(one)) === i);
  });
  const role = plain.policies.ssoDefaultRole;
  if (typeof role === 'string') {
    plain.policies = { ...plain.policies, ssoDefaultRole: named(role) };
  }
}
