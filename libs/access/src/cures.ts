/** Which grants would turn a no into a yes, and who may give them. */
import { setImmediate as breath } from 'node:timers/promises';
import { levelOf, type Role } from '#domain/catalogue.js';
import type { Context } from '#domain/context.js';
import { changeRoles, type WantedRoles } from '#domain/decide/change-roles.js';
import { FOR_ACCOUNTS, FOR_PEOPLE } from '#domain/decide/requirements.js';
import { changeServiceAccountRoles } from '#domain/decide/service-account.js';
import { delegates, permits } from '#domain/delegation.js';
import type { MemberEvent, ServiceAccountEvent } from '#domain/events.js';
import {
  PLATFORM,
  type GrantId,
  type Instant,
  type MemberId,
  type Permission,
  type RoleId,
  type Scope,
} from '#domain/ids.js';
import {
  customRole,
  endsOf,
  gives,
  grantsOf,
  isAllowed,
  NO_RIGHTS,
  rightsOfHolder,
  unended,
  type Rights,
} from '#domain/permissions.js';
import { Refusal } from '#domain/refusals.js';
import type { Grant, Member, Team } from '#domain/state.js';
import type { Giver } from './behind.js';
import type { Place } from './place.js';
import { standsBehind } from './principals.js';
import type { Principal, Reason } from './questions.js';

/** A grant that would allow it. */
export interface Cure {
  readonly holder: Giver['id'];
  readonly role: RoleId;
  readonly scope: Scope;
  /** Where one role at a scope is all that is allowed: the grants whose place it would take. */
  readonly replaces: readonly GrantId[];
  readonly givers: Givers;
}

/** Who may give it. */
export interface Givers {
  /** Each alone is enough, at the narrowest scope at which it is. */
  readonly roles: readonly { readonly role: RoleId; readonly scope: Scope }[];
  /** The first of the members who may, now. */
  readonly members: readonly MemberId[];
  /** How many there are, of those looked at. */
  readonly count: number;
  /** There may be more: only so many were looked at. */
  readonly more: boolean;
}

/** Members named. */
const NAMED = 5;
/** Members asked whether they may: for one grant, for all together, and for each at the least. */
const LOOKS = 500;
const ALL_LOOKS = 2_000;
const FEWEST_LOOKS = 20;
/** Roles that are tried in one go: some milliseconds' work. */
const SLICE = 50;

/** What no grant changes: everything else is denied for want of one. */
const CURABLE: ReadonlySet<Reason> = new Set(['no_role', 'wrong_scope', 'not_yet', 'expired']);

/**
 * The smallest grants that would allow it, each by itself, that the rules of the organization let
 * somebody give; the smallest of them first. Smaller is what gives no more at no wider scope. Empty
 * where nobody stands behind the principal, and where no grant is what is missing. Whatever else there
 * is to do gets a turn in between: there can be hundreds of roles, and as many who may give each.
 * @param place nobody changes it meanwhile.
 * @param within of members who may give it, only those who hold a role themselves at this space.
 */
export async function cures(
  place: Place,
  principal: Principal,
  permission: Permission,
  scope: Scope,
  reason: Reason,
  now: Instant,
  within: Scope = 'organization',
): Promise<Cure[]> {
  const { organization, catalogue, platform } = place;
  if (!CURABLE.has(reason)) return [];
  const { here } = standsBehind(organization, platform.organization, principal, now);
  if (here === undefined) return [];
  const kinds = 'status' in here ? FOR_PEOPLE : FOR_ACCOUNTS;
  const scopes = [...new Set<Scope>([scope, 'organization'])];
  const offered = scopes.flatMap((at) =>
    rolesOf(place)
      .filter(({ kind, scopes: levels }) => kinds.has(kind) && levels.has(levelOf(at)))
      .map((role) => ({ role, scope: at })),
  );
  const helping: (Helping & Given)[] = [];
  for (const [index, one] of offered.entries()) {
    if (index % SLICE === SLICE - 1) await breath();
    const gives = given(place, here, one.role, one.scope, now);
    if (!isAllowed(organization, catalogue, gives, permission, scope)) continue;
    const wanted = howToGive(place, here, one.role.id, one.scope, now);
    if (wanted === undefined) continue;
    helping.push({ ...one, ...wanted, permissions: permissionsOf(place, one) });
  }
  const smallest = helping
    .filter((one) => !helping.some((other) => isSmaller(other, one, helping)))
    .sort((a, b) => a.permissions.size - b.permissions.size);
  const share = Math.floor(ALL_LOOKS / smallest.length);
  const looks = Math.max(FEWEST_LOOKS, Math.min(LOOKS, share));
  const acting = new Map(scopes.map((at) => [at, actingAt(place, here, at)]));
  const all: Cure[] = [];
  for (const one of smallest) {
    const { role, scope: at, replaces } = one;
    const givers = giversOf(place, here, one, acting.get(at)!, now, { within, looks });
    all.push({ holder: here.id, role: role.id, scope: at, replaces, givers });
    await breath();
  }
  return all;
}

const rolesOf = ({ organization, catalogue }: Omit<Place, 'platform'>): Role[] => [
  ...catalogue.roles.values(),
  ...[...organization.customRoles.values()].map((one) => customRole(one, catalogue)),
];

/** What the holder would have from this grant alone; in the platform that is power as well. */
function given(place: Place, holder: Giver, role: Role, scope: Scope, now: Instant) {
  const grant = { id: NEW, role: role.id, scope, source: 'direct' } as Grant;
  const alone = { ...holder, grants: [grant], ...('status' in holder ? { teams: [] } : {}) };
  const rights = rightsOfHolder(place.organization, place.catalogue, alone, now);
  return place.organization.id === PLATFORM ? { ...rights, platform: endsOf(rights.held) } : rights;
}

interface Helping {
  readonly role: Role;
  readonly scope: Scope;
  readonly permissions: ReadonlySet<Permission>;
}

const permissionsOf = (
  { catalogue }: Place,
  one: Pick<Helping, 'role' | 'scope'>,
): ReadonlySet<Permission> =>
  new Set([...one.role.permissions].filter((each) => gives(one, each, one.scope, catalogue)));

/** Of two that are alike the first is the smaller one. */
function isSmaller(a: Helping, b: Helping, order: readonly Helping[]): boolean {
  const isNoWider = a.scope === b.scope || b.scope === 'organization';
  if (a === b || !isNoWider || ![...a.permissions].every((one) => b.permissions.has(one))) {
    return false;
  }
  const isLess = a.scope !== b.scope || a.permissions.size < b.permissions.size;
  return isLess || order.indexOf(a) < order.indexOf(b);
}

const NEW = 'grant_new' as GrantId;
type Command = (context: Context) => readonly (MemberEvent | ServiceAccountEvent)[];

interface Given {
  readonly replaces: readonly GrantId[];
  readonly command: Command;
}

/** The change that gives it, if the organization's rules let anybody: beside what is held, or in
 * its place. */
function howToGive(
  place: Place,
  holder: Giver,
  role: RoleId,
  scope: Scope,
  now: Instant,
): Given | undefined {
  const ways: WantedRoles[] = [
    { kind: 'change', add: [{ role }], remove: [] },
    { kind: 'set', roles: [role] },
  ];
  for (const wanted of ways) {
    const command: Command = (context) =>
      'status' in holder
        ? changeRoles({ member: holder.id, scope, wanted }, context)(place.organization)
        : changeServiceAccountRoles(
            { account: holder.id, scope, wanted },
            context,
          )(place.organization);
    const events = tried(() => command(contextOf(place, SYSTEM, now)));
    if (events === undefined || events.length === 0) continue;
    const replaces = events.flatMap((event) => ('removed' in event ? event.removed : []));
    return { replaces, command };
  }
  return undefined;
}

const SYSTEM: Context['actor'] = { kind: 'system', id: 'configuration', via: 'internal' };

const contextOf = (
  { catalogue, platform }: Place,
  actor: Context['actor'],
  now: Instant,
): Context => ({
  now,
  actor,
  catalogue,
  platform,
  latest: () => undefined,
  newId: (() => NEW) as unknown as Context['newId'],
});

function tried<T>(decide: () => T): T | undefined {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

interface Acting {
  readonly role: Role;
  readonly at: Scope;
  readonly rights: Rights;
}

/** Roles with which somebody may change what such a holder holds at the scope, each where it is held;
 * the narrowest first. */
function actingAt(place: Place, holder: Giver, scope: Scope): Acting[] {
  const { organization, catalogue } = place;
  const operation = 'status' in holder ? 'change_roles' : 'change_service_account_roles';
  return rolesOf(place).flatMap((role) =>
    [...new Set<Scope>([scope, 'organization'])]
      .filter((at) => role.scopes.has(levelOf(at)))
      .map((at) => ({ role, at, rights: { ...NO_RIGHTS, held: [{ role, scope: at }] } }))
      .filter(({ rights }) => permits(organization, catalogue, rights, operation, scope)),
  );
}

/** By role: what the delegation relation says. By member: what the rule itself says to each. */
function giversOf(
  place: Place,
  holder: Giver,
  { role, scope, command }: Helping & Given,
  acting: readonly Acting[],
  now: Instant,
  { within, looks }: { readonly within: Scope; readonly looks: number },
): Givers {
  const { organization, catalogue } = place;
  const grants = 'status' in holder ? grantsOf(organization, holder) : holder.grants;
  const managed = unended(grants, now).filter((one) => one.scope === scope);
  const enough = acting.filter(
    ({ rights }) =>
      delegates(organization, catalogue, rights, 'mayAssign', { role: role.id, scope }) &&
      managed.every(({ role: id }) => {
        const target = { role: id, scope, expiresAt: now };
        return delegates(organization, catalogue, rights, 'mayManage', target);
      }),
  );
  const members: MemberId[] = [];
  let looked = 0;
  // Those of whom several roles together are enough have one that may act at all.
  for (const id of candidates(place, [...enough, ...acting], looks)) {
    if ((looked += 1) > looks) break;
    const member = organization.members.get(id);
    if (member?.user === undefined || !isWithin(member, within, now)) continue;
    const actor = { kind: 'user', id: member.user, member: id, via: 'internal' } as const;
    if (tried(() => command(contextOf(place, actor, now))) !== undefined) members.push(id);
  }
  return {
    roles: enough
      .filter((one, index) => enough.findIndex((other) => other.role === one.role) === index)
      .map((one) => ({ role: one.role.id, scope: one.at })),
    members: members.slice(0, NAMED),
    count: members.length,
    more: looked > looks,
  };
}

const isWithin = ({ grants }: Pick<Member, 'grants'>, scope: Scope, now: Instant): boolean =>
  scope === 'organization' || unended(grants, now).some((one) => one.scope === scope);

/** Active members who have one of these roles: by themselves, in a team, or as everybody has it. */
function candidates(
  { organization }: Place,
  acting: Iterable<Acting>,
  most: number,
): Set<MemberId> {
  const found = new Set<MemberId>();
  const add = (id: string) => {
    if (organization.members.get(id as MemberId)?.status === 'active') found.add(id as MemberId);
  };
  for (const { role } of acting) {
    const { members, holdersByRole } = organization;
    for (const holder of role.kind === 'implicit' ? members.keys() : holdersByRole.of(role.id)) {
      if (found.size > most) return found;
      add(holder);
      if (!organization.teams.has(holder as Team['id'])) continue;
      for (const member of organization.teamMembers.of(holder as Team['id'])) {
        if (found.size > most) return found;
        add(member);
      }
    }
  }
  return found;
}
