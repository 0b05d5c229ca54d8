/** The indexes over the tables of an organization: what every row puts into them and takes out. */
import type { ActorFact } from './events.js';
import type { Instant, RoleId, Scope, Tag } from './ids.js';
import type { Table } from './layer.js';
import { countMoment } from './moments.js';
import {
  tagsOf,
  type ApiKey,
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

/** A row as it was and as it is; absent: there is none. */
type Reindex<Row> = (
  organization: Organization,
  before: Row | undefined,
  after: Row | undefined,
) => void;

export const reindexMember: Reindex<Member> = (organization, before, after) => {
  const { memberByUser, memberByTag, teamMembers, directHolders } = organization;
  organization.activeMembers +=
    Number(after?.status === 'active') - Number(before?.status === 'active');
  if (before?.user !== after?.user) {
    if (before?.user !== undefined) memberByUser.delete(before.user);
    if (after?.user !== undefined) memberByUser.set(after.user, after.id);
  }
  if (before?.tag !== after?.tag) {
    if (before?.tag != null) memberByTag.delete(before.tag);
    if (after?.tag != null) memberByTag.set(after.tag, after.id);
    for (const tag of [before?.tag, after?.tag]) if (tag != null) promise(organization, tag);
  }
  if (before?.teams !== after?.teams) {
    for (const { team } of before?.teams ?? []) teamMembers.remove(team, before!.id);
    for (const { team } of after?.teams ?? []) teamMembers.add(team, after!.id);
  }
  if (before?.grants !== after?.grants) {
    for (const grant of before?.grants ?? []) {
      if (isLasting(grant)) directHolders.remove(grant.role, before!.id);
    }
    for (const grant of after?.grants ?? []) {
      if (isLasting(grant)) directHolders.add(grant.role, after!.id);
    }
  }
  reindexGrants(organization, before, after);
};

export const reindexInvitation: Reindex<Invitation> = (organization, before, after) => {
  const { invitationsByTag, invitationsByTeam, invitationsByInviter } = organization;
  if (before?.tag !== after?.tag) {
    if (before !== undefined) invitationsByTag.remove(before.tag, before.id);
    if (after !== undefined) invitationsByTag.add(after.tag, after.id);
  }
  if (before?.teams !== after?.teams) {
    for (const team of before?.teams ?? []) invitationsByTeam.remove(team, before!.id);
    for (const team of after?.teams ?? []) invitationsByTeam.add(team, after!.id);
  }
  if (before?.inviter !== after?.inviter) {
    if (before !== undefined) {
      for (const one of restsOn(before.inviter)) invitationsByInviter.remove(one, before.id);
    }
    if (after !== undefined) {
      for (const one of restsOn(after.inviter)) invitationsByInviter.add(one, after.id);
    }
  }
  reindexGrants(organization, before, after);
  for (const row of [before, after]) if (row !== undefined) promise(organization, row.tag);
};

/** Ids of whoever an act rests on: who did it, for whom, and the member that is. */
const restsOn = (actor: ActorFact): string[] => {
  if (actor.kind === 'system' || actor.kind === 'link') return [];
  const { id, member } = actor;
  const person = actor.kind === 'user' ? undefined : actor.actingFor;
  return [id, person, member].filter((one) => one !== undefined);
};

/** A team is at home in its space, whatever it holds there. */
export const reindexTeam: Reindex<Team> = (organization, before, after) => {
  const { holdersBySpace } = organization;
  if (before !== undefined && before.scope !== 'organization' && before.scope !== after?.scope) {
    holdersBySpace.remove(before.scope, before.id);
  }
  reindexGrants(organization, before, after);
  if (after !== undefined && after.scope !== 'organization') {
    holdersBySpace.add(after.scope, after.id);
  }
  if ((before === undefined) === (after === undefined)) return;
  for (const id of organization.invitationsByTeam.of((before ?? after)!.id)) {
    promise(organization, organization.invitations.get(id)!.tag);
  }
};

export const reindexAccount: Reindex<ServiceAccount> = (organization, before, after) =>
  reindexGrants(organization, before, after);

export const reindexKey: Reindex<ApiKey> = ({ keysByOwner }, before, after) => {
  if (before?.owner === after?.owner) return;
  if (before !== undefined) keysByOwner.remove(before.owner, before.id);
  if (after !== undefined) keysByOwner.add(after.owner, after.id);
};

export const reindexFormer: Reindex<Former> = ({ formerByTag, formerByUser }, before, after) => {
  if (before !== undefined) {
    for (const tag of tagsOf(before)) formerByTag.remove(tag, before.id);
    if (before.user !== undefined) formerByUser.remove(before.user, before.id);
  }
  if (after !== undefined) {
    for (const tag of tagsOf(after)) formerByTag.add(tag, after.id);
    if (after.user !== undefined) formerByUser.add(after.user, after.id);
  }
};

interface Holding {
  readonly id: Holder;
  readonly grants: readonly { readonly role: RoleId; readonly scope: Scope }[];
}

/** Who holds a role, or anything at a space, or is invited to it. */
const reindexGrants: Reindex<Holding> = (organization, before, after) => {
  if (before?.grants === after?.grants) return;
  const { roleUses, holdersByRole, holdersBySpace } = organization;
  for (const { role, scope } of before?.grants ?? []) {
    count(roleUses, role, -1);
    holdersByRole.remove(role, before!.id);
    if (scope !== 'organization') holdersBySpace.remove(scope, before!.id);
  }
  for (const { role, scope } of after?.grants ?? []) {
    count(roleUses, role, 1);
    holdersByRole.add(role, after!.id);
    if (scope !== 'organization') holdersBySpace.add(scope, after!.id);
  }
};

/** Counts one more, or one less. */
function count<K>(counts: Table<K, number>, key: K, by: 1 | -1): void {
  const number = (counts.get(key) ?? 0) + by;
  if (number === 0) counts.delete(key);
  else counts.set(key, number);
}

export const reindexCommand: Reindex<Remembered> = ({ commandsBy }, before, after) => {
  if (before !== undefined) count(commandsBy, before.by, -1);
  if (after !== undefined) count(commandsBy, after.by, 1);
};

/** Until when an invitation can be accepted; `undefined`: nothing that it invited to is there any more. */
export const goodUntil = (
  { teams }: Organization,
  { grants, teams: into, expiresAt }: Invitation,
): Instant | undefined =>
  into.some((team) => teams.has(team)) ? expiresAt : lastEndWithin(grants, expiresAt);

/** When the last of these grants ends, or the invitation, if that is before; `undefined`: of no grant. */
export function lastEndWithin(
  grants: readonly { readonly expiresAt?: Instant }[],
  expiresAt: Instant,
): Instant | undefined {
  const last = grants
    .map((grant) => grant.expiresAt ?? expiresAt)
    .sort()
    .at(-1);
  return last === undefined || last < expiresAt ? last : expiresAt;
}

/** The seat an address is promised: until the last of its pending invitations ends, and none while
 * a member has the address. */
function promise(organization: Organization, tag: Tag): void {
  const { promised, promises } = organization;
  const before = promised.get(tag);
  const after = promisedUntil(organization, tag);
  if (before === after) return;
  if (before !== undefined) countMoment(promises, before, -1);
  if (after === undefined) return promised.delete(tag);
  countMoment(promises, after, 1);
  promised.set(tag, after);
}

function promisedUntil(organization: Organization, tag: Tag): Instant | undefined {
  if (organization.memberByTag.has(tag)) return undefined;
  let until: Instant | undefined;
  for (const id of organization.invitationsByTag.of(tag)) {
    const invitation = organization.invitations.get(id);
    if (invitation?.status !== 'pending') continue;
    const good = goodUntil(organization, invitation);
    if (good !== undefined && (until === undefined || until < good)) until = good;
  }
  return until;
}
