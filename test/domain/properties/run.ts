/** Runs a history, judging every decision; what went wrong is told as a story. */
import { asMember } from '#commands/decision.js';
import { join } from '#domain/decide/join.js';
import { evolve } from '#domain/evolve.js';
import { overlay, type Organization } from '#domain/state.js';
import { isAllowed, rightsOf } from '#domain/permissions.js';
import type { ActorFact, MembershipEvent } from '#domain/events.js';
import type { Context } from '#domain/context.js';
import { changePolicies } from '#domain/decide/organization.js';
import { createSpace } from '#domain/decide/space.js';
import { sweep, type Place } from '#domain/decide/sweep.js';
import type { MemberId, Permission, RoleId, Scope, SpaceId } from '#domain/ids.js';
import { dice, type Dice } from './dice.js';
import { anybody, propose, type Cast } from './commands.js';
import { dumpPlain, dumpState, text } from './dump.js';
import {
  judgeFreshness,
  judgeGifts,
  judgeHarm,
  judgeInvitations,
  judgeLink,
  type Link,
  judgeState,
  object,
  type Case,
} from './judge.js';
import { isOver } from './oracle.js';
import { judgePermitted } from './permitted.js';
import type { Plain } from './plain.js';
import { FACTS } from './tables.js';
import { versions, type Product } from './versions.js';
import {
  addressOf,
  asSystem,
  asUser,
  attempted,
  catalogueOf,
  commit,
  contextOf,
  FOUNDER,
  foundWorld,
  OPERATORS,
  PEOPLE,
  recorded,
  wait,
  type Attempt,
  type Outcome,
  type Side,
  type World,
} from './world.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
export const PAUSES = [1, 60 * SECOND, HOUR, 24 * HOUR, 8 * 24 * HOUR];

/** Commands that may well do something once more, and why. */
const NEW_EVERY_TIME: Readonly<Record<string, string>> = {
  resend: 'every time sends a new link',
  changeProfile: 'only who can open the name knows that it is the same',
  sweep: 'takes the next portion, where a limit was set',
};

/** A second time, the same command does nothing or is refused. */
const isDone = ({ name, command }: Attempt): boolean => {
  if (name in NEW_EVERY_TIME) return false;
  // Asked to resend what is there, `invite` is `resend`.
  const rows = [command].flat() as { readonly onExisting?: string }[];
  return !(name.startsWith('invite') && rows.some((row) => row.onExisting === 'resend'));
};

const caseOf = (
  world: World,
  of: Side,
  before: Plain,
  actor: ActorFact,
  events: readonly MembershipEvent[],
): Case => {
  const seats = versions(of.catalogueId).find(
    ({ version }) => version === of.plain.catalogue.version,
  )?.policies.seats;
  return {
    catalogue: of.catalogueId,
    before,
    after: of.plain,
    platform: of.name === 'platform' ? before : world.platform.plain,
    actor,
    now: world.now,
    events,
    seats,
  };
};

/** Every key an index of this organization could have. */
const names = ({ plain }: Side): Set<string> =>
  new Set([
    ...plain.teams.keys(),
    ...plain.accounts.keys(),
    ...[...PEOPLE, ...OPERATORS].flatMap(({ user, tag }) => [user, tag]),
    ...plain.members.keys(),
    ...plain.roles.keys(),
    ...[plain.members, plain.invitations, plain.teams, plain.accounts].flatMap((holders) =>
      [...holders.values()].flatMap(({ grants }) => grants.map(({ role }) => role as string)),
    ),
    ...[...versions(plain.catalogue.id)[0]!.roles.keys()],
    ...plain.spaces.keys(),
    ...[...plain.invitations.values()].flatMap(({ inviter }) => [
      inviter.id,
      ...('actingFor' in inviter && inviter.actingFor !== undefined ? [inviter.actingFor] : []),
      ...('member' in inviter && inviter.member !== undefined ? [inviter.member] : []),
    ]),
    'organization',
  ]);

/** The state, the state through overlays, and the plain fold say the same. */
export function compare(of: Side): void {
  const all = names(of);
  const wanted = text(dumpPlain(of.plain));
  const direct = text(dumpState(of.state, all));
  if (direct !== wanted) object(`the state differs from the plain fold:\n${direct}\n${wanted}`);
  const layered = text(dumpState(of.layered, all));
  if (layered !== direct) object(`overlays differ from the state:\n${layered}\n${direct}`);
}

/** The time's own facts, written down: what a sweeper would do, but for lost inviters. */
function swept(world: World, of: Side): { state: Organization; any: boolean } {
  const { now } = world;
  const events: MembershipEvent[] = [];
  for (const one of of.plain.invitations.values()) {
    if (one.status === 'pending' && one.expiresAt <= now) {
      events.push({ type: 'member.invite_expire', invitation: one.id as never });
    }
  }
  for (const one of of.plain.members.values()) {
    if (one.status === 'removed') continue;
    for (const grant of one.grants) {
      if (!isOver(grant, now)) continue;
      events.push({ type: 'member.grant_expire', member: one.id as never, grant: grant.id });
    }
  }
  const state = overlay(of.state);
  const actor = { kind: 'system', id: 'sweeper', via: 'internal' } as const;
  for (const event of events) evolve(state, recorded(event, actor, now, 0));
  return { state, any: events.length > 0 };
}

/** What an outcome leaves in force, for comparing two that should come to the same. */
function effect(world: World, from: Organization, { events }: Outcome): string {
  const state = overlay(from);
  const actor = { kind: 'system', id: 'sweeper', via: 'internal' } as const;
  for (const event of events) evolve(state, recorded(event, actor, world.now, 0));
  const lasting = <G extends { readonly expiresAt?: string; readonly id: string }>(
    grants: readonly G[],
  ) =>
    grants
      .filter((grant) => !isOver(grant, world.now))
      .map(({ id: _, ...grant }) => text(grant))
      .sort();
  return text({
    status: state.status,
    members: [...state.members.values()].map(({ id, status, grants, teams }) => [
      id,
      status,
      lasting(grants),
      teams,
    ]),
    invitations: [...state.invitations.values()].map(({ id, generation, grants }) => [
      id,
      generation,
      lasting(grants),
    ]),
    keys: [...state.apiKeys.values()],
    accounts: [...state.serviceAccounts.values()].map(({ id, grants }) => [id, lasting(grants)]),
    teams: [...state.teams.values()].map(({ id, grants }) => [id, lasting(grants)]),
  });
}

/** Nothing is wrong while the sweeper is dead: what has ended is ended, written down or not. */
function judgeSweeping(world: World, attempt: Attempt, ids: number, outcome: Outcome): void {
  // It is the one who writes.
  if (attempt.name === 'sweep') return;
  const of = world[attempt.on];
  const { state, any } = swept(world, of);
  if (!any) return;
  const there = attempted(world, attempt, { next: ids }, state);
  if (there.refused?.code !== outcome.refused?.code) {
    object(
      `with the sweeper ${there.refused?.code ?? 'done'}, without it ${outcome.refused?.code ?? 'done'}`,
    );
  }
  if (effect(world, state, there) !== effect(world, of.state, outcome)) {
    object(
      `with the sweeper ${effect(world, state, there)}, without it ${effect(world, of.state, outcome)}`,
    );
  }
}

/** Looking only where the events have said that something is due finds all there is to find. */
function judgeAgenda(world: World): void {
  const { main, platform, now } = world;
  const passed = (of: Side): Place[] =>
    [...of.agenda.values()].flatMap((due) => (due.at <= now ? [due.place] : []));
  const found = (places?: Place[]): string[] => {
    const context = contextOf(world, main, asSystem('sweeper'), { next: 0 });
    const command = { limit: Infinity, ...(places === undefined ? {} : { places }) };
    return sweep(command, context)(main.state).map(text).sort();
  };
  const abroad: Place[] = passed(platform).length > 0 ? ['invitations'] : [];
  const there = found([...passed(main), ...abroad]);
  const everywhere = found();
  if (text(there) !== text(everywhere)) object(`due ${text(everywhere)}, found ${text(there)}`);
}

/** One command of one actor: decided, judged, folded, judged again. */
export function carryOut(world: World, asked: Attempt, thorough: boolean): Outcome {
  const of = world[asked.on];
  const before = of.plain;
  // As the write path records whoever acts, so that what rests on them is found by it later.
  const attempt = { ...asked, actor: asMember(of.state, asked.actor) };
  const ids = { next: world.ids };
  const start = world.ids;
  const outcome = attempted(world, attempt, ids);
  const { now } = world;
  world.story.push(() => tell(now, attempt, outcome));
  judgePermitted(world, attempt, outcome);
  if (thorough) {
    const over = attempted(world, attempt, { next: start }, of.layered);
    const same = text(over.events) === text(outcome.events);
    if (!same || over.refused?.code !== outcome.refused?.code) {
      object('on overlays it is decided otherwise');
    }
    judgeSweeping(world, attempt, start, outcome);
  }
  world.ids = ids.next;
  if (outcome.events.length === 0) {
    // Only time has passed, perhaps.
    if (thorough) judgeState(caseOf(world, of, before, attempt.actor, []));
    return outcome;
  }
  commit(world, of, outcome.events, attempt.actor);
  const decision = caseOf(world, of, before, attempt.actor, outcome.events);
  judgeState(decision);
  judgeFreshness(decision, world.seen);
  judgeInvitations(decision);
  if (attempt.name === 'accept') judgeLink(decision, attempt.command as Link);
  judgeGifts(decision);
  judgeHarm(decision);
  if (isDone(attempt)) {
    const again = attempted(world, attempt, { next: world.ids });
    if (again.events.length > 0) object(`a second time gives ${text(again.events)}`);
  }
  return outcome;
}

const tell = (now: string, { name, command, actor, on }: Attempt, outcome: Outcome): string =>
  JSON.stringify([
    now,
    on,
    name,
    name === 'adoptCatalogue'
      ? {
          version: (command as { target: { version: number } }).target.version,
          remap: (command as { remap: unknown }).remap,
        }
      : command,
    actor,
    outcome.refused?.code ?? outcome.events,
  ]);

/** Whoever is removed, deactivated or suspended, and whatever has ended, may do nothing. */
export function judgePowerless(world: World): void {
  const of = world.main;
  const catalogue = catalogueOf(of);
  const permissions = [...catalogue.permissions.keys()];
  const context = contextOf(world, of, { kind: 'link', id: '' as never, via: 'http' }, { next: 0 });
  const nothingFor = (actor: ActorFact, why: string): void => {
    const rights = rightsOf(of.state, catalogue, context.platform, actor, world.now);
    if (rights.platform.size > 0) return;
    const scopes: Scope[] = ['organization', ...of.state.spaces.keys()];
    for (const scope of scopes) {
      const got = permissions.find((one: Permission) =>
        isAllowed(of.state, catalogue, rights, one, scope),
      );
      if (got !== undefined) object(`${text(actor)} has ${got} at ${scope} though ${why}`);
    }
  };
  const { plain } = of;
  const isDead = plain.status !== 'active';
  const users = new Map(
    [...plain.members.values()].flatMap((one) =>
      one.user !== undefined && one.status === 'active' ? [[one.user, one]] : [],
    ),
  );
  for (const { user } of PEOPLE) {
    // The platform's people have what the platform gives them.
    const isOperator = [...world.platform.plain.members.values()].some((one) => one.user === user);
    if (!isOperator && (isDead || !users.has(user))) {
      nothingFor({ kind: 'user', id: user, via: 'http' }, 'no active member');
    }
  }
  for (const key of plain.keys.values()) {
    const actor = { kind: 'api_key', id: key.id as never, via: 'http' } as const;
    const member = plain.members.get(key.owner);
    const account = plain.accounts.get(key.owner);
    const isOwned = member?.status === 'active' || (account !== undefined && !account.deleted);
    if (isDead || key.revoked || isOver(key, world.now) || !isOwned)
      nothingFor(actor, 'it is no good key');
  }
  for (const account of plain.accounts.values()) {
    if (!isDead && !account.deleted) continue;
    nothingFor({ kind: 'service_account', id: account.id as never, via: 'http' }, 'it is gone');
  }
}

export interface History {
  readonly product: Product;
  /** One number per step: who does what, and how long after. */
  readonly steps: readonly number[];
}

export class BrokenHistory extends Error {}

/** Somebody to deal with from the start: spaces, and members with all kinds of roles. */
export function populate(world: World, thrown: Dice): void {
  const facts = FACTS[world.main.catalogueId]!;
  const roles = Object.entries(facts.roles)
    .filter(([, one]) => one.kind === 'base' && one.scopes.includes('organization'))
    .map(([role]) => role as RoleId);
  for (const who of PEOPLE.slice(1, 1 + thrown.below(5))) {
    const command = {
      newcomer: {
        member: `mem_${who.user}` as MemberId,
        user: who.user,
        address: addressOf(who, 'mem_x'),
        name: null,
        authentication: 'local' as const,
      },
      source: 'configuration' as const,
      roles: [thrown.one(roles)],
    };
    const actor = asSystem('configuration');
    const decide = (context: Context) => join(command, context);
    carryOut(world, { name: 'join', command, actor, decide, on: 'main' }, true);
  }
  if (thrown.chance(40)) {
    const command = { changes: { seats: world.main.state.activeMembers + thrown.below(3) } };
    const decide = (context: Context) => changePolicies(command, context);
    const actor = asUser(OPERATORS[0]!);
    carryOut(world, { name: 'changePolicies', command, actor, decide, on: 'main' }, true);
  }
  for (const name of facts.hasSpaces ? ['space_a', 'space_b'] : []) {
    const command = { space: name as SpaceId, name };
    const decide = (context: Context) => createSpace(command, context);
    const actor = asUser(FOUNDER);
    carryOut(world, { name: 'createSpace', command, actor, decide, on: 'main' }, true);
  }
}

/** Runs it to its end; throws with the story where something is wrong. */
export function runHistory(
  { product, steps }: History,
  cast: Cast = anybody,
  count?: (name: string, outcome: Outcome) => void,
): World {
  const world = foundWorld(product);
  try {
    populate(world, dice(steps[0] ?? 0));
    for (const [index, seed] of steps.entries()) {
      const thrown = dice(seed);
      if (thrown.chance(30)) wait(world, thrown.one(PAUSES));
      const attempt = propose(world, cast, thrown);
      const outcome = carryOut(world, attempt, index % 3 === 0);
      count?.(attempt.name, outcome);
      if (index % 3 === 0) judgeAgenda(world);
    }
    compare(world.main);
    compare(world.platform);
    judgePowerless(world);
    judgeAgenda(world);
  } catch (error) {
    throw told(world, error);
  }
  return world;
}

/** The error with what led to it. */
export const told = (world: World, error: unknown): Error => {
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new BrokenHistory(
    `${reason}\n\n${world.main.catalogueId}:\n${world.story.map((tell) => tell()).join('\n')}`,
  );
};
