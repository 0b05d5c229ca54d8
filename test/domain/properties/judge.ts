/**
 * What must hold of every decision, checked on the plain fold before and after it: nobody gives
 * what they may not, nobody acts on whom they may not, every id is fresh, and the rest of the
 * invariants. Each check throws an `Objection` with a sentence.
 */
import type { ActorFact, MembershipEvent } from '#domain/events.js';
import {
  factOf,
  grantsOfMember,
  hasForGood,
  isOver,
  isRunning,
  levelOf,
  mayActOn,
  mayGive,
  powerOf,
  POWERLESS,
  standingOf,
  type Holding,
  type Power,
  type Setting,
} from './oracle.js';
import { isWaiting, type Plain, type PlainInvitation } from './plain.js';
import { FACTS } from './tables.js';

export class Objection extends Error {}

export const object = (sentence: string): never => {
  throw new Objection(sentence);
};

/** A decision, as its judge sees it. */
export interface Case {
  readonly catalogue: string;
  readonly before: Plain;
  readonly after: Plain;
  readonly platform: Plain;
  readonly actor: ActorFact;
  readonly now: string;
  readonly events: readonly MembershipEvent[];
  /** The seats that the catalogue in force gives, where the organization has set none. */
  readonly seats: number | undefined;
}

const settingOf = ({ catalogue, before }: Case): Setting => ({ catalogue, plain: before });

const show = ({ role, scope, notBefore, expiresAt }: Holding): string =>
  `${role} at ${scope} ${notBefore === undefined ? '' : `from ${notBefore} `}until ${expiresAt ?? 'for ever'}`;

const earlier = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

/** What `after` has that `before` had not: the same grant under another role is new. */
function gained<G extends Holding & { readonly id: string }>(
  before: readonly G[] | undefined,
  after: readonly G[],
): G[] {
  const had = new Set((before ?? []).map(({ id, role }) => `${id} ${role}`));
  return after.filter(({ id, role }) => !had.has(`${id} ${role}`));
}

/** Nobody gives what they may not: to no person, team, machine, invitation, policy, role or key. */
export function judgeGifts(of: Case): void {
  const { before, after, platform, actor, now, events } = of;
  const setting = settingOf(of);
  const own = powerOf(setting, platform, actor, now);
  const give = (power: Power, what: Holding, to: string): void => {
    if (isOver(what, now)) return;
    if (!mayGive({ ...setting, plain: after }, power, what) && !mayGive(setting, power, what)) {
      object(
        `${to} got ${show(what)} from somebody who may not give it: ${power.held.map(show).join(', ') || 'nothing held'}`,
      );
    }
  };

  const accepted = events.find((event) => event.type === 'member.accept');
  const joined = events.find((event) => event.type === 'member.join');
  let power: Power | undefined = own;
  if (accepted !== undefined)
    power = inviterPower(of, before.invitations.get(accepted.invitation)!);
  if (joined?.source === 'founder') power = undefined;

  if (power !== undefined) {
    for (const [id, member] of after.members) {
      const old = before.members.get(id);
      for (const grant of gained(old?.grants, member.grants)) give(power, grant, id);
      const teams = new Set(old?.teams.map(({ team }) => team));
      for (const { team } of member.teams.filter((place) => !teams.has(place.team))) {
        for (const grant of after.teams.get(team)!.grants) give(power, grant, id);
      }
    }
    for (const table of ['teams', 'accounts', 'invitations'] as const) {
      for (const [id, one] of after[table]) {
        const old = before[table].get(id) as
          { grants: readonly (Holding & { id: string })[] } | undefined;
        // What an invitation past its time is remapped to is given to nobody, unless it is resent.
        const isPast = 'inviter' in one && isOver(one, now);
        if (!isPast) for (const grant of gained(old?.grants, one.grants)) give(power, grant, id);
        if (
          !('teams' in one) ||
          (old !== undefined && one.generation === (old as PlainInvitation).generation)
        )
          continue;
        // Invited, or invited again: everything in it is given by whoever sends it now.
        for (const grant of liveGrants(after, one)) give(power, grant, id);
      }
    }
  }
  const role = after.policies.ssoDefaultRole;
  if (typeof role === 'string' && role !== before.policies.ssoDefaultRole) {
    give(own, { role, scope: 'organization' }, 'the policy');
  }
  for (const [id, custom] of after.roles) {
    const old = before.roles.get(id)?.permissions ?? [];
    for (const permission of custom.permissions) {
      if (old.includes(permission) || hasForGood(setting, own, permission)) continue;
      object(`the role ${id} got ${permission} from somebody who does not have it for good`);
    }
  }
  for (const [id, key] of after.keys) {
    const old = before.keys.get(id);
    const isLonger = old !== undefined && earlier(old.expiresAt, key.expiresAt) !== key.expiresAt;
    if (old !== undefined && old.secretHash === key.secretHash && !isLonger) continue;
    if (key.owner === 'organization' || key.owner === own.member) continue;
    for (const grant of ownersGrants(before, key.owner)) {
      if (isOver(grant, now)) continue;
      // What is given by the key stays when the key has ended: its own end does not count.
      give(own, grant, `the holder of ${id}, for ${key.owner},`);
      if (!mayActOn(setting, own, grant, now)) {
        object(`${id} was made for ${key.owner}, who holds ${show(grant)}`);
      }
    }
  }
}

const ownersGrants = (plain: Plain, owner: string): readonly Holding[] =>
  plain.accounts.get(owner)?.grants ?? grantsOfMember(plain, owner);

/** Its grants and those of its teams, as far as they are there. */
const liveGrants = (plain: Plain, { grants, teams }: PlainInvitation): Holding[] => [
  ...grants,
  ...teams.flatMap((id) => {
    const team = plain.teams.get(id);
    return team === undefined || team.deleted ? [] : team.grants;
  }),
];

/** "Who was removed and comes back is a new member": the one who invited is gone. */
function hasComeBack(plain: Plain, inviter: ActorFact): boolean {
  if (!('member' in inviter)) return false;
  const person = 'actingFor' in inviter ? inviter.actingFor : inviter.id;
  return [...plain.members.values()].some(
    ({ id, user, status }) => status !== 'removed' && user === person && id !== inviter.member,
  );
}

/** Whoever invited, or resent last; `undefined` where the policy keeps what somebody gone sent. */
function inviterPower(of: Case, { inviter }: PlainInvitation): Power | undefined {
  const { before, platform, now } = of;
  const power = powerOf(settingOf(of), platform, inviter, now);
  const isHere =
    power.unlimited ||
    power.held.length > 0 ||
    standingOf(before, inviter, now) !== undefined ||
    standingOf(platform, inviter, now) !== undefined;
  // Every catalogue's own policy is to revoke.
  const loss = before.policies['invitation.onInviterLoss'] ?? 'revoke';
  const isGone = !isHere || hasComeBack(before, inviter);
  if (isGone && loss === 'keep') return undefined;
  return isGone ? POWERLESS : power;
}

/** Nobody acts on somebody above them: no role, place, key, status or membership is taken away. */
export function judgeHarm(of: Case): void {
  const { before, after, platform, actor, now, events } = of;
  const setting = settingOf(of);
  const own = powerOf(setting, platform, actor, now);
  if (own.unlimited) return;
  const acts = (grants: readonly Holding[], on: string): void => {
    for (const grant of grants) {
      if (isOver(grant, now) || mayActOn(setting, own, grant, now)) continue;
      object(
        `${on}, who holds ${show(grant)}, was acted on by ${own.held.map(show).join(', ') || 'somebody with nothing'}`,
      );
    }
  };
  const person = 'actingFor' in actor && actor.actingFor !== undefined ? actor.actingFor : actor.id;
  const isOneself = (id: string): boolean =>
    id === own.member || before.members.get(id)?.user === person;
  const theirs = (plain: Plain, id: string, scope: string): Holding[] =>
    grantsOfMember(plain, id).filter((grant) => grant.scope === scope);

  for (const event of events) {
    switch (event.type) {
      case 'member.role_change': {
        const id = event.member;
        if (isOneself(id)) break;
        const scopes = new Set([
          ...event.added.map(({ scope }) => scope),
          ...(before.members.get(id)?.grants ?? [])
            .filter((grant) => event.removed.includes(grant.id))
            .map(({ scope }) => scope),
        ]);
        for (const scope of scopes) acts(theirs(before, id, scope), id);
        break;
      }
      case 'member.deactivate':
      case 'member.reactivate':
      case 'member.remove':
        if (!isOneself(event.member)) acts(grantsOfMember(before, event.member), event.member);
        break;
      case 'team.delete':
      case 'team.member_remove':
        if (event.type === 'team.member_remove' && isOneself(event.member)) break;
        acts(before.teams.get(event.team)?.grants ?? [], event.team);
        break;
      case 'team.role_change': {
        const gone = before.teams.get(event.team)?.grants ?? [];
        acts(
          gone.filter((grant) => event.removed.includes(grant.id)),
          event.team,
        );
        break;
      }
      case 'service_account.role_change': {
        const grants = before.accounts.get(event.account)?.grants ?? [];
        const scopes = new Set(
          [...event.added, ...grants.filter((one) => event.removed.includes(one.id))].map(
            ({ scope }) => scope as string,
          ),
        );
        acts(
          grants.filter(({ scope }) => scopes.has(scope)),
          event.account,
        );
        break;
      }
      case 'service_account.delete':
        acts(before.accounts.get(event.account)?.grants ?? [], event.account);
        break;
      case 'api_key.revoke': {
        const { owner } = before.keys.get(event.key)!;
        if (owner !== own.member) acts(ownersGrants(before, owner), event.key);
        break;
      }
      case 'member.invite_revoke':
        // What is open for somebody who is removed or forgotten goes with the person.
        if (event.reason !== 'asked' && event.reason !== 'replaced') break;
        // Sent and replaced within one batch, it was one's own.
        if (!before.invitations.has(event.invitation)) break;
        acts(
          // A role remapped to one that can't be held there gives nothing: it can't be resent either.
          liveGrants(before, before.invitations.get(event.invitation)!).filter((grant) =>
            isPlaced(setting, grant),
          ),
          event.invitation,
        );
        break;
      case 'role.change':
      case 'role.retire':
        acts([{ role: event.role, scope: 'organization' }], event.role);
        break;
      case 'organization.catalogue_adopt':
        for (const table of ['members', 'teams', 'accounts', 'invitations'] as const) {
          for (const [id, one] of before[table]) {
            const kept = new Set(after[table].get(id)!.grants.map((g) => `${g.id} ${g.role}`));
            const lost = one.grants.filter((g) => !kept.has(`${g.id} ${g.role}`));
            if (!('status' in one) || one.status !== 'removed') {
              acts(
                lost.filter(({ role }) => !isDropped(of, event, role)),
                id,
              );
            }
          }
        }
        break;
      default:
        break;
    }
  }
}

/** Can the role be held at that scope at all? One nobody knows is left to the other checks. */
const isPlaced = (setting: Setting, { role, scope }: Holding): boolean =>
  factOf(setting, role)?.scopes.includes(levelOf(scope)) ?? true;

/** A role that the version adopted has no more: that is its author's doing, not the adopter's. */
const isDropped = ({ catalogue }: Case, { to }: { readonly to: number }, role: string): boolean =>
  to === 3 && DROPPED_ROLES[catalogue] === role;
const DROPPED_ROLES: Readonly<Record<string, string>> = {
  mondoo: 'bi-viewer',
  'mondoo-classic': 'ticket-creator',
  wasviking: 'Analyst',
  vygl: 'viewer',
  'cve-project': 'analyst',
  platform: 'platform-auditor',
};

/** Ids that an event names for the first time. */
function newIds(event: MembershipEvent): string[] {
  switch (event.type) {
    case 'space.create':
      return [event.space];
    case 'member.invite':
      return [event.invitation, event.member, ...event.grants.map(({ id }) => id)];
    case 'member.join':
      return [event.member, ...event.grants.map(({ id }) => id)];
    case 'team.create':
      return [event.team];
    case 'service_account.create':
      return [event.account, ...event.grants.map(({ id }) => id)];
    case 'member.role_change':
    case 'team.role_change':
    case 'service_account.role_change':
      return event.added.map(({ id }) => id);
    case 'api_key.create':
      return [event.key];
    case 'role.define':
      return [event.role];
    default:
      return [];
  }
}

export function judgeFreshness({ events }: Case, seen: Set<string>): void {
  for (const id of events.flatMap(newIds)) {
    if (seen.has(id)) object(`${id} is not fresh`);
    seen.add(id);
  }
}

/** Accepted at most once, by the generation that is good, in time; in an organization at work. */
export function judgeInvitations({ before, events, now }: Case): void {
  for (const event of events) {
    if (event.type !== 'member.accept') continue;
    const one = before.invitations.get(event.invitation) ?? object(`${event.invitation} never was`);
    if (one.status !== 'pending') object(`${one.id} was ${one.status} and is accepted`);
    if (one.generation !== event.generation) object(`${one.id} is accepted by an old link`);
    if (one.expiresAt <= now) object(`${one.id} is accepted after its expiry`);
    if (before.status !== 'active')
      object(`${one.id} is accepted in a ${before.status} organization`);
    const known = before.members.get(event.member);
    if (known?.status === 'inactive') object(`${event.member} came back by invitation`);
    if (known === undefined && event.member !== one.member) object(`${event.member} is nobody`);
    const offered = new Set(one.grants.map(({ id }) => id));
    if (!event.grants.every(({ id }) => offered.has(id)))
      object(`${one.id} gave more than it said`);
  }
}

/** What somebody came with. */
export interface Link {
  readonly invitation: string;
  readonly generation: number;
}

/** The link that was used is the one sent last: an older one is dead. */
export function judgeLink({ before }: Case, { invitation, generation }: Link): void {
  const current = before.invitations.get(invitation)!.generation;
  if (generation !== current) object(`link ${generation} of ${invitation} opens ${current}`);
}

/** What holds of an organization at any moment, whatever has happened. */
export function judgeState(of: Case): void {
  const { after: plain, now, catalogue, seats } = of;
  const facts = FACTS[catalogue]!;
  const members = [...plain.members.values()].filter((one) => one.status !== 'removed');
  const active = members.filter((one) => one.status === 'active');
  const isThere = (id: string): boolean => plain.teams.has(id) && !plain.teams.get(id)!.deleted;
  const open = [...plain.invitations.values()].filter(
    (one) =>
      one.status === 'pending' &&
      now < one.expiresAt &&
      // Nobody can accept one to nothing.
      (one.grants.some((grant) => !isOver(grant, now)) || one.teams.some(isThere)),
  );

  if (plain.status === 'active' || plain.status === 'suspended') {
    const hasHolder = active.some(
      ({ user, grants }) =>
        user !== undefined &&
        grants.some(
          (grant) =>
            grant.role === facts.protectedRole &&
            grant.scope === 'organization' &&
            grant.expiresAt === undefined &&
            isRunning(grant, now) &&
            [
              'founder',
              'configuration',
              'invitation',
              'direct',
              'transfer',
              'join_request',
            ].includes(grant.source),
        ),
    );
    // Every world is founded with one.
    if (!hasHolder) object(`nobody holds ${facts.protectedRole} any more`);
  }

  for (const key of ['user', 'tag'] as const) {
    const values = members.flatMap((one) => one[key] ?? []);
    if (new Set(values).size !== values.length) object(`two memberships share a ${key}`);
  }

  const places = open.flatMap((one) => {
    const teams = one.teams.flatMap((id) => {
      const team = plain.teams.get(id);
      return team === undefined || team.deleted ? [] : [team.scope];
    });
    const scopes = [...new Set([...one.grants.map(({ scope }) => scope as string), ...teams])];
    return scopes.map((scope) => `${one.tag} at ${scope}`);
  });
  if (new Set(places).size !== places.length)
    object(`an address is invited twice: ${places.join(', ')}`);

  const limit = (plain.policies.seats as number | undefined) ?? seats;
  if (limit !== undefined && active.length > limit && takesSeat(of)) {
    object(`${active.length} members are active on ${limit} seats`);
  }
  const invited = of.events.some(
    ({ type }) => type === 'member.invite' || type === 'member.invite_resend',
  );
  if (invited && limit !== undefined) {
    const tags = new Set(members.map(({ tag }) => tag));
    const promised = new Set(open.map(({ tag }) => tag).filter((tag) => !tags.has(tag)));
    const isNew = of.events.some(
      (event) =>
        (event.type === 'member.invite' && promised.has(event.tag)) ||
        (event.type === 'member.invite_resend' &&
          promised.has(plain.invitations.get(event.invitation)!.tag)),
    );
    if (isNew && active.length + promised.size > limit) {
      object(`${active.length} members and ${promised.size} invitations on ${limit} seats`);
    }
  }
  judgeKinds(of, plain);
}

/** Did anybody become active, or the limit change, in this decision? */
const takesSeat = ({ before, after, events }: Case): boolean => {
  const count = (plain: Plain): number =>
    [...plain.members.values()].filter((one) => one.status === 'active').length;
  return (
    count(after) > count(before) || events.some(({ type }) => type === 'organization.policy_change')
  );
};

/** Roles of machines for machines, roles of people for people, at the scopes they allow. */
function judgeKinds({ catalogue, now }: Case, plain: Plain): void {
  const setting = { catalogue, plain };
  const check = (grant: Holding, whose: string, isMachine: boolean): void => {
    // What time has ended gives nobody anything, whether or not that is written down by now.
    if (isOver(grant, now)) return;
    if (grant.role.includes('/') && catalogue === 'platform') return;
    const fact = factOf(setting, grant.role) ?? object(`${whose} holds the unknown ${grant.role}`);
    const isCustom = plain.roles.has(grant.role);
    const fits = isCustom || (fact.kind === 'service_account') === isMachine;
    if (!fits || fact.kind === 'implicit') object(`${whose} holds ${grant.role}`);
    const level = levelOf(grant.scope);
    if (!fact.scopes.includes(level)) object(`${whose} holds ${grant.role} at ${level} scope`);
    if (level === 'space' && (plain.spaces.get(grant.scope)?.status ?? 'deleted') === 'deleted') {
      object(`${whose} holds ${grant.role} at the deleted ${grant.scope}`);
    }
  };
  for (const one of plain.members.values()) {
    if (one.status === 'removed') continue;
    for (const grant of one.grants) check(grant, one.id, false);
    judgeCount({ catalogue, now }, plain, one.id);
  }
  for (const one of plain.teams.values()) {
    if (!one.deleted) for (const grant of one.grants) check(grant, one.id, false);
  }
  for (const one of plain.invitations.values()) {
    if (!isWaiting(one) || isOver(one, now)) continue;
    for (const grant of one.grants) check(grant, one.id, false);
  }
  for (const one of plain.accounts.values()) {
    if (!one.deleted) for (const grant of one.grants) check(grant, one.id, true);
  }
}

/** As many roles at a scope as the source allows, at this moment. */
function judgeCount(
  { catalogue, now }: Pick<Case, 'catalogue' | 'now'>,
  plain: Plain,
  id: string,
): void {
  const { perMember, roles } = FACTS[catalogue]!;
  if (perMember === 'many') return;
  const running = plain.members.get(id)!.grants.filter((grant) => isRunning(grant, now));
  for (const scope of new Set(running.map((grant) => grant.scope))) {
    const here = running.filter((grant) => grant.scope === scope);
    const bases = here.filter(({ role }) => perMember === 'one' || roles[role]?.kind === 'base');
    if (bases.length > 1) object(`${id} holds ${bases.map(show).join(' and ')}`);
  }
}
