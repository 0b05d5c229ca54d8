/**
 * Colluders: members with given roles, machines and puppets of theirs, who may do anything they
 * are let do, together, in an organization with others in it. What they must never reach is
 * worked out beforehand from the tables written by hand.
 */
import type { Context } from '#domain/context.js';
import { changeRoles } from '#domain/decide/change-roles.js';
import { invite } from '#domain/decide/invitation.js';
import { join } from '#domain/decide/join.js';
import { deactivateMember, reactivateMember } from '#domain/decide/member.js';
import { changePolicies } from '#domain/decide/organization.js';
import { createApiKey } from '#domain/decide/api-key.js';
import { defineRole } from '#domain/decide/role.js';
import { createServiceAccount } from '#domain/decide/service-account.js';
import { createSpace } from '#domain/decide/space.js';
import { addTeamMember, createTeam, setTeamRoles } from '#domain/decide/team.js';
import type { ActorFact, MembershipEvent } from '#domain/events.js';
import type { Instant, InvitationId, MemberId, RoleId, Scope } from '#domain/ids.js';
import { propose, type Cast } from './commands.js';
import { dice, type Dice } from './dice.js';
import { object } from './judge.js';
import {
  closure,
  factOf,
  grantsOfMember,
  isOver,
  mayActOn,
  withImplicit,
  type Holding,
  type Setting,
} from './oracle.js';
import type { Plain } from './plain.js';
import { carryOut, compare, PAUSES, told } from './run.js';
import { FACTS } from './tables.js';
import type { Product } from './versions.js';
import {
  addressOf,
  ADMINISTRATOR,
  asSystem,
  asUser,
  FOUNDER,
  foundWorld,
  must,
  PEOPLE,
  wait,
  type Attempt,
  type Decision,
  type Person,
  type World,
} from './world.js';

/** A role that a colluder starts with; `days`: for how long. */
export interface Start {
  readonly role: string;
  readonly scope?: 'organization' | 'space_a' | 'space_b';
  readonly days?: number;
}

export interface Scheme {
  readonly product: Product;
  /** What each colluder starts with. */
  readonly colluders: readonly (readonly Start[])[];
  readonly steps: readonly number[];
  /** Do the honest now and then take something away from the colluders? */
  readonly backlash?: boolean;
}

const DAY = 24 * 3600 * 1000;
const MAX_COLLUDERS = 3;
const TRIES = 6;
/** The founder and two others are honest; then come the colluders, and then their puppets. */
const HONEST = PEOPLE.slice(0, 3);
const COLLUDERS = PEOPLE.slice(3, 3 + MAX_COLLUDERS);
const PUPPETS = PEOPLE.slice(3 + MAX_COLLUDERS);

const memberOf = (who: Person): MemberId => `mem_${who.user}` as MemberId;

/** What the scheme may come to, and whom it may not touch. */
export interface Bounds {
  readonly reach: readonly Holding[];
  /** Reaches the scopes that come later too. */
  readonly scopes: readonly string[];
  readonly start: Plain;
}

function enlist(world: World, who: Person, starts: readonly Start[]): void {
  const newcomer = {
    member: memberOf(who),
    user: who.user,
    address: addressOf(who, memberOf(who)),
    name: null,
    authentication: 'local' as const,
  };
  const direct = starts.filter(
    ({ scope = 'organization', days }) => scope === 'organization' && days === undefined,
  );
  const configuration = asSystem('configuration');
  const command = {
    newcomer,
    source: 'configuration' as const,
    roles: direct.map(({ role }) => role as RoleId),
  };
  must(world, 'main', configuration, (context) => join(command, context));
  for (const { role, scope = 'organization', days } of starts) {
    if (scope === 'organization' && days === undefined) continue;
    const expiresAt =
      days === undefined
        ? {}
        : { expiresAt: new Date(Date.parse(world.now) + days * DAY).toISOString() as Instant };
    const wanted = {
      kind: 'change',
      add: [{ role: role as RoleId, ...expiresAt }],
      remove: [],
    } as const;
    const change = { member: newcomer.member, scope: scope as Scope, wanted };
    must(world, 'main', configuration, (context) => changeRoles(change, context));
  }
}

/** The organization before the scheme begins: honest holders of whatever there is to be had. */
function scene({ product, colluders }: Scheme): World {
  const world = foundWorld(product);
  const facts = FACTS[product]!;
  const founder = asUser(FOUNDER);
  const by = (actor: ActorFact, decide: Decision): readonly MembershipEvent[] =>
    must(world, 'main', actor, decide);
  if (facts.hasSpaces) {
    for (const space of ['space_a', 'space_b'] as never[]) {
      by(founder, (context: Context) => createSpace({ space, name: space }, context));
    }
  }
  const bases = Object.keys(facts.roles).filter((role) => facts.roles[role]!.kind === 'base');
  enlist(world, HONEST[1]!, [{ role: bases[0]! }]);
  enlist(world, HONEST[2]!, [{ role: product === 'mondoo' ? 'iam-manager' : bases.at(-1)! }]);
  const administrator = asUser(ADMINISTRATOR);
  if (product === 'mondoo') {
    const accounts = [
      ['svc_tooling', 'platform-admin', 'organization'],
      ['svc_scim', 'scim-identity-manager', 'organization'],
      ['svc_agent', 'agent', 'space_a'],
    ] as const;
    for (const [account, role, scope] of accounts) {
      const grants = [{ role: role as RoleId, scope: scope as Scope }];
      const command = { account: account as never, name: account, grants };
      by(administrator, (context) => createServiceAccount(command, context));
      const key = {
        key: `key_${account}` as never,
        owner: account as never,
        name: account,
        scopes: [],
        secretHash: account,
      };
      by(administrator, (context) => createApiKey(key, context));
    }
    const team = { team: 'team_owners' as never, name: 'Owners', scope: 'organization' as const };
    by(founder, (context) => createTeam(team, context));
    const roles = { team: team.team, scope: team.scope, roles: ['owner' as RoleId] };
    by(founder, (context) => setTeamRoles(roles, context));
    const place = { team: team.team, member: memberOf(HONEST[1]!), source: 'direct' as const };
    by(founder, (context) => addTeamMember(place, context));
  }
  if (product === 'mondoo' || product === 'wasviking') {
    const powerful =
      product === 'mondoo' ? ['billing:view', 'personal_data:erase'] : ['users:update'];
    const role = {
      role: 'role_powerful' as RoleId,
      name: 'Powerful',
      scopes: ['organization'] as const,
      permissions: powerful as never[],
    };
    by(founder, (context) => defineRole(role, context));
    if (product === 'mondoo') {
      const wanted = { kind: 'change', add: [{ role: role.role }], remove: [] } as const;
      const change = { member: memberOf(HONEST[1]!), scope: 'organization' as const, wanted };
      by(founder, (context) => changeRoles(change, context));
    }
  }
  // Somebody of the ring was invited to everything once, and let the link go by.
  const missed = {
    invitation: 'inv_missed' as InvitationId,
    member: 'mem_missed' as MemberId,
    address: {
      ...addressOf(PUPPETS[0]!, 'mem_missed'),
      domain: FOUNDER.domain,
      provider: 'business' as const,
    },
    grants: [{ role: facts.protectedRole as RoleId, scope: 'organization' as const }],
    teams: [],
    expiresIn: 3600,
    onExisting: 'reject' as const,
  };
  by(founder, (context: Context) => invite(missed, context));
  wait(world, DAY / 12);
  colluders.forEach((starts, i) => enlist(world, COLLUDERS[i]!, starts));
  return world;
}

/** Everybody the colluders can act as: themselves, their puppets, what they made. */
class Ring {
  readonly users: readonly Person[];
  readonly machines = new Set<string>();
  readonly keys = new Set<string>();

  constructor(members: number) {
    this.users = [...COLLUDERS.slice(0, members), ...PUPPETS];
  }

  /** What these events, of one of them, put into their hands. */
  gain(events: readonly MembershipEvent[]): void {
    for (const event of events) {
      if (event.type === 'service_account.create') this.machines.add(event.account);
      if (event.type === 'api_key.create' || event.type === 'api_key.rotate') {
        this.keys.add(event.key);
      }
    }
  }
}

/** What gives somebody something comes before what merely makes or takes away. */
const OFTEN = {
  ...{ accept: 2, resend: 3, addTeamMember: 5, setTeamRoles: 3, changeRoles: 2 },
  ...{ createApiKey: 2, rotateApiKey: 3, retireRole: 4, adoptCatalogue: 2, changePolicies: 2 },
  ...{
    createTeam: 0.5,
    createSpace: 0.5,
    changeProfile: 0.2,
    deleteOrganization: 0.05,
    sweep: 0.2,
  },
  ...{ leave: 0.02, erase: 0.05, removeMember: 0.2, deactivateMember: 0.2, transferOwnership: 0.3 },
};

/** Colluders seldom weaken themselves: mostly they leave their own roles alone. */
const isFoolish = ({ name, command }: Attempt, thrown: Dice): boolean =>
  ['changeRoles', 'removeMember', 'deactivateMember'].includes(name) &&
  COLLUDERS.some((who) => memberOf(who) === (command as { readonly member: string }).member) &&
  thrown.chance(85);

const castOf = (ring: Ring, coveted: readonly string[]): Cast => ({
  people: ring.users,
  system: false,
  coveted,
  often: OFTEN,
  actor: ({ main }, _side, thrown) => {
    const inside = ring.users.filter(({ user }) =>
      [...main.plain.members.values()].some((one) => one.user === user && one.status === 'active'),
    );
    return thrown.weighted<() => ActorFact>([
      [inside.length === 0 ? 0 : 70, () => asUser(thrown.one(inside))],
      [5, () => asUser(thrown.one(ring.users))],
      [
        ring.keys.size === 0 ? 0 : 12,
        () => ({ kind: 'api_key', id: thrown.one([...ring.keys]) as never, via: 'http' }),
      ],
      [
        ring.machines.size === 0 ? 0 : 10,
        () => ({
          kind: 'service_account',
          id: thrown.one([...ring.machines]) as never,
          via: 'grpc',
        }),
      ],
      [
        ring.machines.size === 0 ? 0 : 4,
        () => ({
          kind: 'service_account',
          id: thrown.one([...ring.machines]) as never,
          actingFor: FOUNDER.user,
          via: 'grpc',
        }),
      ],
    ])();
  },
});

/** A scope that came later is like any space nobody starts in. */
const asKnown = ({ scopes }: Bounds, scope: string): string =>
  scopes.includes(scope) ? scope : 'space_later';

const isReached = (bounds: Bounds, { role, scope, expiresAt }: Holding): boolean =>
  bounds.reach.some(
    (one) =>
      one.role === role &&
      one.scope === asKnown(bounds, scope) &&
      (one.expiresAt === undefined || (expiresAt !== undefined && expiresAt <= one.expiresAt)),
  );

/** Is everything this role gives at this scope among what the closure gives there, for as long? */
function isWithin(bounds: Bounds, setting: Setting, held: Holding): boolean {
  if (isReached(bounds, held)) return true;
  const custom = setting.plain.roles.get(held.role);
  if (custom === undefined) return false;
  const facts = FACTS[setting.catalogue]!;
  const isSpace = held.scope !== 'organization';
  const reachable = bounds.reach.filter(
    (one) =>
      (one.scope === 'organization' || one.scope === asKnown(bounds, held.scope)) &&
      (one.expiresAt === undefined ||
        (held.expiresAt !== undefined && held.expiresAt <= one.expiresAt)),
  );
  return custom.permissions.every(
    (permission) =>
      (isSpace && facts.isOrganizationLevel(permission)) ||
      reachable.some((one) => gives(factOf(setting, one.role), permission)),
  );
}

const gives = (fact: ReturnType<typeof factOf>, permission: string): boolean =>
  fact !== undefined &&
  fact.permissions.some(
    (one) =>
      one === '*' ||
      one === permission ||
      (one.endsWith(':*') && permission.startsWith(one.slice(0, -1))),
  ) &&
  !(fact.except ?? []).includes(permission);

/** Nothing anybody holds that was not there at the start lies outside of what the ring can reach. */
function judgeReach(bounds: Bounds, world: World, ring: Ring): void {
  const { plain, catalogueId } = world.main;
  const setting = { catalogue: catalogueId, plain };
  const { start } = bounds;
  const tables = [
    [start.members, plain.members],
    [start.teams, plain.teams],
    [start.accounts, plain.accounts],
    [start.invitations, plain.invitations],
  ] as readonly (readonly [ReadonlyMap<string, Holder>, ReadonlyMap<string, Holder>])[];
  for (const [before, now] of tables) {
    for (const [id, one] of now) {
      const had = new Set(before.get(id)?.grants.map((g) => `${g.id} ${g.role}`));
      for (const grant of one.grants) {
        if (had.has(`${grant.id} ${grant.role}`) || isWithin(bounds, setting, grant)) continue;
        object(`${id} holds ${JSON.stringify(grant)}, out of reach`);
      }
    }
  }
  for (const id of ring.keys) {
    const key = plain.keys.get(id)!;
    if (key.revoked || key.owner === 'organization') continue;
    const isOwn = ring.users.some(({ user }) => plain.members.get(key.owner)?.user === user);
    if (isOwn || start.members.get(key.owner)?.status === 'removed') continue;
    const grants = plain.accounts.get(key.owner)?.grants ?? grantsOfMember(plain, key.owner);
    for (const grant of grants) {
      if (isOver(grant, world.now) || isWithin(bounds, setting, grant)) continue;
      object(`the key ${id} acts with ${JSON.stringify(grant)} of ${key.owner}, out of reach`);
    }
  }
  const role = plain.policies.ssoDefaultRole;
  const isNew = typeof role === 'string' && role !== start.policies.ssoDefaultRole;
  if (isNew && !isWithin(bounds, setting, { role, scope: 'organization' })) {
    object(`whoever signs on gets ${role}, out of reach`);
  }
}

interface Holder {
  readonly grants: readonly (Holding & { readonly id: string })[];
}

/** Whoever holds a role that nobody of the ring could ever act on is as untouched as at the start. */
function judgeUntouched(bounds: Bounds, world: World): void {
  const { plain, catalogueId } = world.main;
  const { start } = bounds;
  if (plain.status === 'deleted') return;
  const power = { unlimited: false, held: bounds.reach };
  const setting = { catalogue: catalogueId, plain: start };
  // As of the start, when everything the ring will ever hold was still in force.
  const isSafe = (grants: readonly Holding[]): boolean =>
    grants.some((grant) => !mayActOn(setting, power, grant, start.occurredAt));
  for (const who of HONEST) {
    const id = memberOf(who);
    const before = start.members.get(id)!;
    if (!isSafe(grantsOfMember(start, id))) continue;
    const now = plain.members.get(id)!;
    if (now.status !== 'active') object(`${id} is ${now.status}, whom nobody may act on`);
    for (const grant of before.grants) {
      if (
        isSafe([grant]) &&
        !now.grants.some((one) => one.id === grant.id && one.role === grant.role)
      ) {
        object(`${id} has lost ${grant.role}`);
      }
    }
  }
  for (const [table, gone] of [
    ['accounts', 'deleted'],
    ['teams', 'deleted'],
  ] as const) {
    for (const [id, before] of start[table]) {
      const isSpaceGone = before.grants.some(
        ({ scope }) => plain.spaces.get(scope)?.status === 'deleted',
      );
      if (isSpaceGone || !isSafe(before.grants)) continue;
      const now = plain[table].get(id)!;
      const isLess = before.grants.some((grant) => !now.grants.some((one) => one.id === grant.id));
      if (now[gone] || isLess) object(`${id} is not what it was`);
    }
  }
  for (const [id, key] of start.keys) {
    const grants = start.accounts.get(key.owner)?.grants ?? grantsOfMember(start, key.owner);
    if (!isSafe(grants)) continue;
    const now = plain.keys.get(id)!;
    if (now.revoked || now.secretHash !== key.secretHash)
      object(`the key ${id} is not what it was`);
  }
}

/** What the honest do: time passes, the sweeper writes, people sign on, colluders are stopped. */
function interlude(world: World, ring: Ring, thrown: Dice, backlash: boolean): void {
  if (thrown.chance(15)) wait(world, thrown.one(PAUSES.slice(0, thrown.chance(80) ? 3 : 5)));
  const act = (name: string, actor: ActorFact, decide: Decision): void => {
    carryOut(world, { name, command: {}, actor, decide, on: 'main' }, false);
  };
  if (thrown.chance(6)) {
    const who = thrown.one(PUPPETS);
    const newcomer = {
      member: `mem_${world.ids++}` as MemberId,
      user: who.user,
      address: addressOf(who, 'mem_x'),
      name: null,
      authentication: 'sso' as const,
    };
    act('join', asSystem('sso'), (context) => join({ newcomer, source: 'sso' }, context));
  }
  if (!backlash || !thrown.chance(3)) return;
  const member = memberOf(thrown.one(ring.users));
  const administrator = asUser(ADMINISTRATOR);
  const command = { member, cause: 'direct' as const };
  thrown.one([
    () => act('deactivateMember', administrator, (context) => deactivateMember(command, context)),
    () => act('reactivateMember', administrator, (context) => reactivateMember(command, context)),
    () => {
      const scope = thrown.one([
        ...new Set(world.main.plain.members.get(member)?.grants.map((g) => g.scope) ?? []),
      ]);
      if (scope === undefined) return;
      const wanted = { kind: 'set', roles: [] } as const;
      act('changeRoles', administrator, (context) =>
        changeRoles({ member, scope, wanted }, context),
      );
    },
    () => {
      const changes = { 'invitation.onInviterLoss': thrown.one(['keep', 'revoke'] as const) };
      act('changePolicies', administrator, (context) => changePolicies({ changes }, context));
    },
  ])();
}

function boundsOf(world: World, scheme: Scheme): Bounds {
  const { plain, catalogueId } = world.main;
  const facts = FACTS[catalogueId]!;
  const scopes = facts.hasSpaces
    ? ['organization', 'space_a', 'space_b', 'space_later']
    : ['organization'];
  const starts = scheme.colluders.flatMap(
    (_, i) => plain.members.get(memberOf(COLLUDERS[i]!))!.grants,
  );
  // Whoever signs on has the role of the policy; the puppets can.
  const signOn = catalogueId === 'wasviking' ? [{ role: 'ReadOnly', scope: 'organization' }] : [];
  const start = withImplicit(catalogueId, [...starts, ...signOn]);
  const reach = closure({ catalogue: catalogueId, plain }, start, scopes);
  return { reach, scopes, start: plain };
}

/** What a scheme can come to, before it has begun. */
export const sceneOf = (scheme: Scheme): Bounds => boundsOf(scene(scheme), scheme);

/** Runs the scheme; throws with its story where it reaches what it must not. */
export function runScheme(scheme: Scheme, count?: (isDone: boolean) => void): World {
  const world = scene(scheme);
  const bounds = boundsOf(world, scheme);
  const ring = new Ring(scheme.colluders.length);
  const roles = Object.keys(FACTS[scheme.product]!.roles);
  const reached = new Set(bounds.reach.map(({ role }) => role));
  const cast = castOf(
    ring,
    roles.filter((role) => !reached.has(role)),
  );
  try {
    for (const seed of scheme.steps) {
      const thrown = dice(seed);
      interlude(world, ring, thrown, scheme.backlash ?? false);
      // They try until something works.
      for (let tries = 0, isDone = false; tries < TRIES && !isDone; tries++) {
        const attempt = propose(world, cast, thrown, 2);
        if (isFoolish(attempt, thrown)) continue;
        const { events } = carryOut(world, attempt, false);
        isDone = events.length > 0;
        count?.(isDone);
        if (!isDone) continue;
        ring.gain(events);
        judgeReach(bounds, world, ring);
        judgeUntouched(bounds, world);
      }
    }
    compare(world.main);
  } catch (error) {
    throw told(world, error);
  }
  return world;
}
