/** A state and the plain fold in one comparable form; indexes of the plain one are looked up anew. */
import type { ActorFact } from '#domain/events.js';
import type { Group, Table } from '#domain/layer.js';
import { momentsAfter } from '#domain/moments.js';
import type { Organization } from '#domain/state.js';
import { isWaiting, type Plain, type PlainGrant } from './plain.js';

type Dump = Record<string, unknown>;

/** JSON with sorted keys, so that equal things are equal texts. */
export const text = (value: unknown): string =>
  JSON.stringify(value, (_key, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

const byId = <T extends { readonly id: string }>(all: readonly T[]): T[] =>
  [...all].sort((a, b) => (a.id < b.id ? -1 : 1));

const sortedGrants = <T extends { readonly grants: readonly { readonly id: string }[] }>(
  of: T,
): T => ({
  ...of,
  grants: byId(of.grants),
});

const table = <K, V>(layer: Table<K, V>): [K, V][] =>
  [...layer.entries()].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));

const group = <K extends string, V>(groups: Group<K, V>, keys: ReadonlySet<string>): Dump => {
  const entries = [...keys].sort().map((key): [string, string[]] => {
    const values = [...groups.of(key as K)].map(String).sort();
    if (values.length !== groups.count(key as K)) throw new Error(`count of ${key} is wrong`);
    return [key, values];
  });
  return Object.fromEntries(entries.filter(([, values]) => values.length > 0));
};

/** @param names every key that an index could have: what a group has under others is not seen. */
export function dumpState(state: Organization, names: ReadonlySet<string>): Dump {
  const sizes = [
    state.spaces,
    state.members,
    state.memberByUser,
    state.memberByTag,
    state.former,
    state.invitations,
    state.teams,
    state.serviceAccounts,
    state.apiKeys,
    state.customRoles,
    state.promised,
    state.roleUses,
    state.ended,
  ] as readonly Table<unknown, unknown>[];
  for (const layer of sizes) {
    if (layer.size !== [...layer.entries()].length) throw new Error('the size of a table is wrong');
  }
  return {
    status: state.status,
    name: state.name,
    catalogue: state.catalogue,
    policies: state.policies,
    occurredAt: state.occurredAt,
    activeMembers: state.activeMembers,
    spaces: table(state.spaces),
    // What inviters held is told in going.spec.ts. Where the name stands is told in evolve.spec.ts: the plain fold counts no revisions.
    members: table(state.members).map(([, { named: _, ...member }]) => sortedGrants(member)),
    memberByUser: table(state.memberByUser),
    memberByTag: table(state.memberByTag),
    former: table(state.former).map(([, former]) => former),
    formerByTag: group(state.formerByTag, names),
    formerByUser: group(state.formerByUser, names),
    invitations: table(state.invitations).map(([, { inviterHeld: _, ...invitation }]) =>
      sortedGrants(invitation),
    ),
    invitationsByTag: group(state.invitationsByTag, names),
    invitationsByTeam: group(state.invitationsByTeam, names),
    invitationsByInviter: group(state.invitationsByInviter, names),
    promised: table(state.promised),
    promisedAfter: [...state.promised.values()]
      .sort()
      .map((at) => [at, momentsAfter(state.promises, at)]),
    teams: table(state.teams).map(([, team]) => sortedGrants(team)),
    teamMembers: group(state.teamMembers, names),
    serviceAccounts: table(state.serviceAccounts).map(([, account]) => sortedGrants(account)),
    apiKeys: table(state.apiKeys).map(([, key]) => key),
    keysByOwner: group(state.keysByOwner, names),
    customRoles: table(state.customRoles).map(([, role]) => role),
    directHolders: group(state.directHolders, names),
    holdersByRole: group(state.holdersByRole, names),
    holdersBySpace: group(state.holdersBySpace, names),
    roleUses: table(state.roleUses),
    ended: table(state.ended),
  };
}

/** Collects values under keys, both sorted. */
const gathered = (pairs: readonly (readonly [string, string])[]): Dump => {
  const groups = new Map<string, Set<string>>();
  for (const [key, value] of pairs) {
    groups.set(key, (groups.get(key) ?? new Set()).add(value));
  }
  const keys = [...groups.keys()].sort();
  return Object.fromEntries(keys.map((key) => [key, [...groups.get(key)!].sort()]));
};

/** Everyone an invitation rests on. */
const senders = (inviter: ActorFact): string[] => {
  if (inviter.kind === 'system' || inviter.kind === 'link') return [];
  const person = 'actingFor' in inviter ? inviter.actingFor : undefined;
  return [inviter.id, person, inviter.member].filter((one) => one !== undefined);
};

/** Given to a person by a person, in the whole organization, without end. */
const isLastingDirect = ({ source, scope, expiresAt }: PlainGrant): boolean =>
  ['founder', 'configuration', 'invitation', 'direct', 'transfer', 'join_request'].includes(
    source,
  ) &&
  scope === 'organization' &&
  expiresAt === undefined;

export function dumpPlain(plain: Plain): Dump {
  const members = byId([...plain.members.values()].filter((one) => one.status !== 'removed'));
  const removed = [...plain.members.values()].filter((one) => one.status === 'removed');
  const invitations = byId([...plain.invitations.values()].filter(isWaiting));
  const concluded = [...plain.invitations.values()].filter((one) => !isWaiting(one));
  const teams = byId([...plain.teams.values()].filter((one) => !one.deleted));
  const accounts = byId([...plain.accounts.values()].filter((one) => !one.deleted));
  const keys = byId([...plain.keys.values()].filter((one) => !one.revoked));
  const spaces = byId([...plain.spaces.values()].filter((one) => one.status !== 'deleted'));
  const former = byId(
    [
      ...removed.map(({ id, tag, earlierTags, user }) => ({
        id,
        tag,
        ...(earlierTags === undefined ? {} : { earlierTags }),
        ...(user === undefined ? {} : { user }),
      })),
      ...concluded
        .filter((one) => one.acceptedBy !== one.member)
        .map(({ member, tag, acceptedAs: user }) => ({
          id: member,
          tag,
          ...(user === undefined ? {} : { user }),
        })),
    ].filter(({ id }) => !plain.erased.has(id)),
  );
  const promised = new Map<string, string>();
  for (const { status, tag, expiresAt, grants, teams: into } of invitations) {
    if (status !== 'pending' || members.some((one) => one.tag === tag)) continue;
    const isToTeam = teams.some(({ id }) => into.includes(id));
    const ends = grants.map((grant) => grant.expiresAt ?? expiresAt);
    const until = isToTeam || ends.some((end) => end >= expiresAt) ? expiresAt : ends.sort().at(-1);
    if (until !== undefined && until > (promised.get(tag) ?? '')) promised.set(tag, until);
  }
  const moments = [...promised.values()].sort();
  const holders = [...members, ...teams, ...accounts, ...invitations];
  const atSpaces = [
    ...holders.flatMap(({ id, grants }) => grants.map(({ scope }) => [scope, id] as const)),
    ...teams.map(({ id, scope }) => [scope, id] as const),
  ];
  const uses = new Map<string, number>();
  for (const { grants } of holders) {
    for (const { role } of grants) uses.set(role, (uses.get(role) ?? 0) + 1);
  }
  const ended: [string, unknown][] = [
    ...concluded.map(({ id, status }): [string, string] => [id, status]),
    ...removed.map(({ id }): [string, string] => [id, 'deleted']),
    ...[...plain.spaces.values()]
      .filter((one) => one.status === 'deleted')
      .map(({ id }): [string, string] => [id, 'deleted']),
    ...[...plain.teams.values(), ...plain.accounts.values()]
      .filter((one) => one.deleted)
      .map(({ id }): [string, string] => [id, 'deleted']),
    ...[...plain.keys.values()]
      .filter((one) => one.revoked)
      .map(({ id, owner }): [string, unknown] => [id, { revokedFrom: owner }]),
    ...[...plain.roles.values()]
      .filter((one) => one.retired)
      .map(({ id }): [string, string] => [id, 'retired']),
  ];
  return {
    status: plain.status,
    name: plain.name,
    catalogue: plain.catalogue,
    policies: plain.policies,
    occurredAt: plain.occurredAt,
    activeMembers: members.filter((one) => one.status === 'active').length,
    spaces: spaces.map((space) => [space.id, space]),
    members: members.map(sortedGrants),
    memberByUser: members
      .flatMap(({ id, user }) => (user === undefined ? [] : [[user, id] as const]))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    memberByTag: members
      .flatMap(({ id, tag }) => (tag === null ? [] : [[tag, id] as const]))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    former,
    formerByTag: gathered(
      former.flatMap(({ id, tag, ...one }) => {
        const tags = [tag ?? [], 'earlierTags' in one ? one.earlierTags : []].flat();
        return tags.map((each) => [each, id] as const);
      }),
    ),
    formerByUser: gathered(
      former.flatMap((one) =>
        'user' in one && one.user !== undefined ? [[one.user, one.id] as const] : [],
      ),
    ),
    invitations: invitations.map(sortedGrants),
    invitationsByTag: gathered(invitations.map(({ id, tag }) => [tag, id] as const)),
    invitationsByTeam: gathered(
      invitations.flatMap(({ id, teams: into }) => into.map((team) => [team, id] as const)),
    ),
    invitationsByInviter: gathered(
      invitations.flatMap(({ id, inviter }) => senders(inviter).map((one) => [one, id] as const)),
    ),
    promised: [...promised].sort(([a], [b]) => (a < b ? -1 : 1)),
    promisedAfter: moments.map((at) => [at, moments.filter((one) => one > at).length]),
    teams: teams.map(sortedGrants),
    teamMembers: gathered(
      members.flatMap(({ id, teams: places }) => places.map(({ team }) => [team, id] as const)),
    ),
    serviceAccounts: accounts.map(sortedGrants),
    apiKeys: keys,
    keysByOwner: gathered(keys.map(({ id, owner }) => [owner, id] as const)),
    customRoles: byId([...plain.roles.values()].filter((one) => !one.retired)),
    directHolders: gathered(
      members.flatMap(({ id, grants }) =>
        grants.filter(isLastingDirect).map(({ role }) => [role, id] as const),
      ),
    ),
    holdersByRole: gathered(
      holders.flatMap(({ id, grants }) => grants.map(({ role }) => [role, id] as const)),
    ),
    holdersBySpace: gathered(atSpaces.filter(([scope]) => scope !== 'organization')),
    roleUses: [...uses].sort(([a], [b]) => (a < b ? -1 : 1)),
    ended: ended.sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}
