/**
 * Any command of any rule, by any actor, with arguments that make sense and arguments that do not.
 * Everything is chosen from what is, what was and what never was in this world.
 */
import * as acceptance from '#domain/decide/accept.js';
import { adoptCatalogue, type AdoptCatalogue } from '#domain/decide/adoption.js';
import * as apiKey from '#domain/decide/api-key.js';
import * as roles from '#domain/decide/change-roles.js';
import * as erasure from '#domain/decide/erasure.js';
import * as invitation from '#domain/decide/invitation.js';
import * as joining from '#domain/decide/join.js';
import * as member from '#domain/decide/member.js';
import * as organization from '#domain/decide/organization.js';
import * as role from '#domain/decide/role.js';
import * as account from '#domain/decide/service-account.js';
import * as space from '#domain/decide/space.js';
import { sweep } from '#domain/decide/sweep.js';
import * as team from '#domain/decide/team.js';
import type { ActorFact } from '#domain/events.js';
import type {
  ApiKeyId,
  InvitationId,
  MemberId,
  Permission,
  RoleId,
  Scope,
  ServiceAccountId,
  SpaceId,
  TeamId,
} from '#domain/ids.js';
import type { PolicyChanges } from '#domain/policies.js';
import type { Dice } from './dice.js';
import { levelOf } from './oracle.js';
import { isWaiting } from './plain.js';
import { FACTS } from './tables.js';
import { versions } from './versions.js';
import {
  addressOf,
  asSystem,
  asUser,
  catalogueOf,
  OPERATORS,
  PEOPLE,
  TRUSTED,
  type Attempt,
  type Decision,
  type Person,
  type Side,
  type World,
} from './world.js';

const HOUR = 60 * 60;
const DAY = 24 * HOUR;

/** Who plays: which actors commands are given by, and who can come in. */
export interface Cast {
  readonly actor: (world: World, side: Side, dice: Dice) => ActorFact;
  readonly people: readonly Person[];
  /** What they are after: asked for more often than other roles. */
  readonly coveted?: readonly string[];
  /** Command → how many times as often as usual. */
  readonly often?: Readonly<Record<string, number>>;
  /** Does the service itself act too: directories, sign-on, sweeping, configuration? */
  readonly system: boolean;
}

/** Things of one kind: those that are there, those that have ended, and one that never was. */
const pick = <T extends string>(
  dice: Dice,
  there: readonly string[],
  gone: readonly string[],
  foreign: string,
): T =>
  dice.weighted<string>([
    [there.length === 0 ? 0 : 85, dice.one(there)],
    [gone.length === 0 ? 0 : 9, dice.one(gone)],
    [there.length + gone.length === 0 ? 1 : 6, foreign],
  ]) as T;

const split = <V extends { readonly id: string }>(
  all: Iterable<V>,
  isThere: (value: V) => boolean,
): [string[], string[]] => {
  const there: string[] = [];
  const gone: string[] = [];
  for (const one of all) (isThere(one) ? there : gone).push(one.id);
  return [there, gone];
};

interface Hand {
  readonly world: World;
  readonly side: Side;
  readonly dice: Dice;
  readonly cast: Cast;
}

const aMember = ({ side, dice }: Hand): MemberId => {
  const [there, gone] = split(side.plain.members.values(), (one) => one.status !== 'removed');
  return pick(dice, there, gone, 'mem_foreign');
};
const anActive = ({ side }: Hand) =>
  [...side.plain.members.values()].filter((one) => one.status === 'active');
const aTeam = ({ side, dice }: Hand): TeamId =>
  pick(dice, ...split(side.plain.teams.values(), (one) => !one.deleted), 'team_foreign');
const anAccount = ({ side, dice }: Hand): ServiceAccountId =>
  pick(dice, ...split(side.plain.accounts.values(), (one) => !one.deleted), 'svc_foreign');
const aKey = ({ side, dice }: Hand): ApiKeyId =>
  pick(dice, ...split(side.plain.keys.values(), (one) => !one.revoked), 'key_foreign');
const anInvitation = ({ side, dice }: Hand): InvitationId =>
  pick(dice, ...split(side.plain.invitations.values(), isWaiting), 'inv_foreign');
const aSpace = ({ side, dice }: Hand): SpaceId =>
  pick(
    dice,
    ...split(side.plain.spaces.values(), (one) => one.status !== 'deleted'),
    'space_foreign',
  );
const aCustomRole = ({ side, dice }: Hand): RoleId =>
  pick(dice, ...split(side.plain.roles.values(), (one) => !one.retired), 'role_foreign');

const aScope = (hand: Hand): Scope => {
  const spaces = FACTS[hand.side.catalogueId]!.hasSpaces;
  return hand.dice.chance(spaces ? 55 : 95) ? 'organization' : aSpace(hand);
};

const ODD_ROLES = ['nobody', 'mondoo/iam-manager', 'mondoo/owner', 'constructor', '__proto__', ''];

/** A role of any kind that can be held at the scope, mostly. */
const aRole = (
  hand: Hand,
  scope: Scope,
  kinds: readonly string[] = ['base', 'specialized'],
): RoleId => {
  const { side, dice } = hand;
  const { coveted = [] } = hand.cast;
  if (coveted.length > 0 && dice.chance(20)) return dice.one(coveted) as RoleId;
  const level = levelOf(scope);
  const all = Object.entries(FACTS[side.catalogueId]!.roles);
  const fit = all.filter(([, fact]) => kinds.includes(fact.kind) && fact.scopes.includes(level));
  const bases = fit.filter(([, fact]) => fact.kind === 'base');
  return dice.weighted<string>([
    [bases.length === 0 ? 0 : 40, dice.one(bases)?.[0] ?? ''],
    [fit.length === 0 ? 0 : 35, dice.one(fit)?.[0] ?? ''],
    [8, dice.one(all)[0]],
    [side.plain.roles.size === 0 ? 0 : 14, aCustomRole(hand)],
    [side.name === 'platform' ? 12 : 2, dice.one(ODD_ROLES)],
  ]) as RoleId;
};

const aTime = ({ world, dice }: Hand): never => {
  const hours = dice.chance(8) ? dice.one([-1, 0]) : dice.one([1, 6, 24, 24 * 8, 24 * 40]);
  return new Date(Date.parse(world.now) + hours * HOUR * 1000).toISOString() as never;
};

const times = (hand: Hand, percent = 25) => ({
  ...(hand.dice.chance(percent / 2) ? { notBefore: aTime(hand) } : {}),
  ...(hand.dice.chance(percent) ? { expiresAt: aTime(hand) } : {}),
});

/** Grants for a person: as many as the catalogue allows, mostly. */
const grants = (hand: Hand) => {
  const { dice, side } = hand;
  const { perMember } = FACTS[side.catalogueId]!;
  const scope = aScope(hand);
  const first = { role: aRole(hand, scope), scope, ...times(hand) };
  if (dice.chance(perMember === 'one' ? 92 : 55)) return [first];
  const other = dice.chance(60) ? scope : aScope(hand);
  const role = perMember === 'one-base' && dice.chance(70) ? ('viewer' as RoleId) : first.role;
  return [
    { ...first, role },
    { role: aRole(hand, other), scope: other, ...times(hand) },
  ];
};

const fresh = (hand: Hand, prefix: string): string => `${prefix}_${hand.world.ids++}`;

/** Mostly a new id; now and then one that is taken, as when a command is sent once more. */
const newOr = <T extends string>(hand: Hand, prefix: string, taken: Iterable<string>): T => {
  const all = [...taken];
  return (all.length > 0 && hand.dice.chance(5) ? hand.dice.one(all) : fresh(hand, prefix)) as T;
};

const sealed = { subject: 'mem_x', sealed: 'sealed' };
const NAMES = ['Red', 'Green', 'Blue', 'Owner'];

const anInvite = (hand: Hand): invitation.Invite => {
  const { dice, side, cast } = hand;
  const who = dice.one(cast.people);
  const id = newOr<InvitationId>(
    hand,
    'inv',
    [...side.plain.invitations.values()].filter(isWaiting).map((one) => one.id),
  );
  const into = dice.chance(25) ? [aTeam(hand)] : [];
  return {
    invitation: id,
    member: fresh(hand, 'mem') as MemberId,
    address: addressOf(who, 'mem_x'),
    grants: into.length > 0 && dice.chance(50) ? [] : grants(hand),
    teams: into,
    onExisting: dice.weighted([
      [2, 'reject'],
      [1, 'resend'],
      [1, 'replace'],
    ] as const),
    ...(dice.chance(40)
      ? { expiresIn: dice.chance(10) ? dice.one([60, 31 * DAY]) : dice.one([HOUR, DAY, 30 * DAY]) }
      : {}),
    ...(dice.chance(10) ? { message: sealed } : {}),
  };
};

const wantedRoles = (hand: Hand, scope: Scope, kinds: readonly string[]): roles.WantedRoles => {
  const { dice } = hand;
  const role = (): RoleId => aRole(hand, scope, kinds);
  if (dice.chance(50)) {
    return {
      kind: 'set',
      roles: dice.chance(10) ? [] : dice.chance(70) ? [role()] : [role(), role()],
    };
  }
  return {
    kind: 'change',
    add: dice.chance(75) ? [{ role: role(), ...times(hand, 40) }] : [],
    remove: dice.chance(50) ? [role()] : [],
  };
};

const newcomer = (hand: Hand, who: Person): acceptance.Accept['newcomer'] => ({
  member: fresh(hand, 'mem') as MemberId,
  user: who.user,
  address: hand.dice.chance(95) ? addressOf(who, 'mem_x') : null,
  name: null,
  authentication: hand.dice.one(['local', 'sso', 'scim'] as const),
});

const somePermissions = (hand: Hand): Permission[] =>
  hand.dice.chance(4)
    ? ['nothing:at_all' as Permission]
    : hand.dice.some([...catalogueOf(hand.side).permissions.keys()], hand.dice.one([1, 3, 8]));

const somePolicies = (hand: Hand): PolicyChanges => {
  const { dice, side } = hand;
  const one = (): PolicyChanges =>
    dice.one<() => PolicyChanges>([
      () => ({ 'invitation.ttl': dice.one([60, HOUR, DAY, 40 * DAY]) }),
      () => ({ 'invitation.matchEmail': dice.chance(50) }),
      () => ({ 'invitation.onInviterLoss': dice.one(['keep', 'revoke'] as const) }),
      () => ({ 'emailDomains.own': ['own.example'] }),
      () => ({ 'emailDomains.external': dice.one(['allow', 'refuse'] as const) }),
      () => ({ 'emailDomains.providers': dice.one(['allow', 'refuse', null] as const) }),
      () => ({ ssoDefaultRole: dice.chance(85) ? aRole(hand, 'organization') : null }),
      () => ({ seats: dice.one([1, 3, 4, 6, null]) }),
      () => ({ seats: anActive({ ...hand, side }).length + dice.below(3) }),
      () => ({ catalogueAdoption: dice.one(['manual', 'follow'] as const) }),
    ])();
  return dice.chance(70) ? one() : { ...one(), ...one() };
};

const owner = (hand: Hand): never =>
  hand.dice.weighted<string>([
    [4, aMember(hand)],
    [5, anAccount(hand)],
    [1, 'organization'],
  ]) as never;

interface Kind {
  readonly weight: number;
  readonly make: (hand: Hand) => { command: unknown; decide: Decision; actor?: ActorFact };
}

/** Who gives the command is drawn by the cast. */
const kind = <C>(
  weight: number,
  make: (hand: Hand) => C,
  rule: (command: C, context: never) => (organization: never) => unknown,
): Kind => ({
  weight,
  make: (hand) => {
    const command = make(hand);
    return { command, decide: ((context: never) => rule(command, context)) as Decision };
  },
});

/** Given by the service itself, mostly. */
const bySystem = <C>(
  weight: number,
  actor: Parameters<typeof asSystem>[0],
  make: (hand: Hand) => C,
  rule: (command: C, context: never) => (organization: never) => unknown,
): Kind => {
  const made = kind(weight, make, rule);
  return {
    weight,
    make: (hand) => ({
      ...made.make(hand),
      ...(hand.dice.chance(hand.cast.system ? 90 : 0) ? { actor: asSystem(actor) } : {}),
    }),
  };
};

const placeChange = (hand: Hand): team.TeamPlaceChange => {
  const { dice } = hand;
  const source = dice.weighted([
    [6, 'direct'],
    [1, 'scim'],
    [1, 'oidc_group'],
    [1, 'invitation'],
  ] as const);
  const group = source === 'oidc_group' ? { group: dice.one(['g1', 'g2']) } : {};
  return { team: aTeam(hand), member: aMember(hand), source, ...group };
};

export const KINDS: Readonly<Record<string, Kind>> = {
  invite: kind(12, anInvite, invitation.invite),
  inviteAll: kind(
    2,
    (hand) => Array.from({ length: 1 + hand.dice.below(3) }, () => anInvite(hand)),
    invitation.inviteAll,
  ),
  resend: kind(
    4,
    (hand) => {
      const id = anInvitation(hand);
      const tag = hand.side.plain.invitations.get(id)?.tag;
      const right = PEOPLE.find((one) => one.tag === tag);
      const who = right !== undefined && hand.dice.chance(95) ? right : hand.dice.one(PEOPLE);
      const expiresIn = hand.dice.chance(30)
        ? { expiresIn: hand.dice.one([60, HOUR, HOUR, DAY, DAY]) }
        : {};
      return { invitation: id, address: addressOf(who, 'mem_x'), ...expiresIn };
    },
    invitation.resend,
  ),
  revoke: kind(2, (hand) => ({ invitation: anInvitation(hand) }), invitation.revoke),
  accept: {
    weight: 16,
    make: (hand) => {
      const { dice, side, cast } = hand;
      const id = anInvitation(hand);
      const found = side.plain.invitations.get(id);
      const invited = cast.people.find((one) => one.tag === found?.tag);
      const right = found?.generation ?? 1;
      // A link that was sent anew is mostly tried in its old form by whoever has both.
      const isOld = dice.chance(right > 1 ? 50 : 5);
      const isInvited = invited !== undefined && dice.chance(isOld ? 100 : 85);
      const who = isInvited ? invited : dice.one(cast.people);
      const generation = isOld ? right - 1 : right;
      const command = { invitation: id, generation, newcomer: newcomer(hand, who) };
      return {
        command,
        actor: asUser(who),
        decide: (context) => acceptance.accept(command, context),
      };
    },
  },
  decline: {
    weight: 1,
    make: (hand) => {
      const id = anInvitation(hand);
      const generation = hand.side.plain.invitations.get(id)?.generation ?? 1;
      const command = { invitation: id, generation: generation - hand.dice.below(2) };
      return {
        command,
        actor: { kind: 'link', id, via: 'http' },
        decide: (context) => acceptance.decline(command, context),
      };
    },
  },
  changeRoles: kind(
    12,
    (hand) => {
      const scope = aScope(hand);
      return {
        member: aMember(hand),
        scope,
        wanted: wantedRoles(hand, scope, ['base', 'specialized']),
      };
    },
    roles.changeRoles,
  ),
  transferOwnership: kind(
    2,
    (hand) => ({ to: aMember(hand), demoteTo: aRole(hand, 'organization') }),
    roles.transferOwnership,
  ),
  deactivateMember: kind(
    3,
    (hand) => ({
      member: aMember(hand),
      cause: hand.dice.one(['direct', 'direct', 'scim', 'sso'] as const),
    }),
    member.deactivateMember,
  ),
  reactivateMember: kind(
    3,
    (hand) => ({
      member: aMember(hand),
      cause: hand.dice.one(['direct', 'direct', 'scim', 'sso'] as const),
    }),
    member.reactivateMember,
  ),
  removeMember: kind(
    3,
    (hand) => ({
      member: aMember(hand),
      scope: aScope(hand),
      reason: hand.dice.one(['removed', 'deprovisioned'] as const),
    }),
    member.removeMember,
  ),
  leave: kind(1, () => ({}), member.leave),
  changeProfile: kind(1, (hand) => ({ member: aMember(hand), name: null }), member.changeProfile),
  join: bySystem(
    4,
    'sso',
    (hand): joining.Join => {
      const { dice, cast } = hand;
      const source = dice.one(['sso', 'scim', 'domain', 'configuration', 'join_request'] as const);
      const named = source === 'configuration' || dice.chance(hand.cast.system ? 30 : 0);
      const { user, ...rest } = newcomer(hand, dice.one(cast.people));
      return {
        newcomer: source === 'scim' && dice.chance(70) ? rest : { ...rest, user },
        source,
        ...(named ? { roles: [aRole(hand, 'organization')] } : {}),
      };
    },
    joining.join,
  ),
  linkIdentity: bySystem(
    2,
    'sso',
    (hand) => ({
      member: aMember(hand),
      user: hand.dice.one(hand.cast.people).user,
      authentication: 'sso' as const,
    }),
    joining.linkIdentity,
  ),
  createTeam: kind(
    4,
    (hand) => ({
      team: newOr<TeamId>(hand, 'team', hand.side.plain.teams.keys()),
      name: hand.dice.chance(20) ? hand.dice.one(NAMES) : fresh(hand, 'Team'),
      scope: aScope(hand),
    }),
    team.createTeam,
  ),
  renameTeam: kind(
    1,
    (hand) => ({ team: aTeam(hand), name: hand.dice.one(NAMES) }),
    team.renameTeam,
  ),
  deleteTeam: kind(1, (hand) => ({ team: aTeam(hand) }), team.deleteTeam),
  addTeamMember: kind(6, placeChange, team.addTeamMember),
  removeTeamMember: kind(2, placeChange, team.removeTeamMember),
  setTeamRoles: kind(
    6,
    (hand) => {
      const scope = aScope(hand);
      const roles = Array.from({ length: hand.dice.below(3) }, () => aRole(hand, scope));
      return { team: aTeam(hand), scope, roles };
    },
    team.setTeamRoles,
  ),
  createServiceAccount: kind(
    5,
    (hand) => {
      const scope = aScope(hand);
      const kinds = hand.dice.chance(85) ? ['service_account'] : ['base'];
      const one = { role: aRole(hand, scope, kinds), scope, ...times(hand) };
      return {
        account: newOr<ServiceAccountId>(hand, 'svc', hand.side.plain.accounts.keys()),
        name: 'Account',
        grants: hand.dice.chance(15) ? [] : [one],
      };
    },
    account.createServiceAccount,
  ),
  changeServiceAccount: kind(
    1,
    (hand) => ({ account: anAccount(hand), name: hand.dice.one(NAMES) }),
    account.changeServiceAccount,
  ),
  changeServiceAccountRoles: kind(
    3,
    (hand) => {
      const scope = aScope(hand);
      return {
        account: anAccount(hand),
        scope,
        wanted: wantedRoles(hand, scope, ['service_account']),
      };
    },
    account.changeServiceAccountRoles,
  ),
  deleteServiceAccount: kind(
    1,
    (hand) => ({ account: anAccount(hand) }),
    account.deleteServiceAccount,
  ),
  createApiKey: kind(
    6,
    (hand): apiKey.CreateApiKey => ({
      key: newOr<ApiKeyId>(hand, 'key', hand.side.plain.keys.keys()),
      owner: owner(hand),
      name: 'Key',
      scopes: hand.dice.chance(5) ? ['no:such'] : [],
      secretHash: fresh(hand, 'hash'),
      ...(hand.dice.chance(50) ? { expiresAt: aTime(hand) } : {}),
    }),
    apiKey.createApiKey,
  ),
  changeApiKey: kind(
    2,
    (hand): apiKey.ChangeApiKey => ({
      key: aKey(hand),
      ...(hand.dice.chance(50) ? { name: hand.dice.one(NAMES) } : {}),
      ...(hand.dice.chance(60) ? { expiresAt: hand.dice.chance(50) ? null : aTime(hand) } : {}),
    }),
    apiKey.changeApiKey,
  ),
  rotateApiKey: kind(
    2,
    (hand) => ({ key: aKey(hand), secretHash: fresh(hand, 'hash') }),
    apiKey.rotateApiKey,
  ),
  revokeApiKey: kind(1, (hand) => ({ key: aKey(hand) }), apiKey.revokeApiKey),
  defineRole: kind(
    4,
    (hand): role.DefineRole => ({
      role: newOr<RoleId>(hand, 'role', hand.side.plain.roles.keys()),
      name: hand.dice.chance(10) ? hand.dice.one(NAMES) : fresh(hand, 'Role'),
      scopes: hand.dice.one([['organization'], ['space'], ['organization', 'space']] as const),
      permissions: somePermissions(hand),
    }),
    role.defineRole,
  ),
  changeRole: kind(
    3,
    (hand): role.ChangeRole => ({
      role: aCustomRole(hand),
      ...(hand.dice.chance(30) ? { name: fresh(hand, 'Role') } : {}),
      ...(hand.dice.chance(70) ? { permissions: somePermissions(hand) } : {}),
    }),
    role.changeRole,
  ),
  retireRole: kind(
    3,
    (hand): role.RetireRole => ({
      role: aCustomRole(hand),
      ...(hand.dice.chance(75) ? { remapTo: aRole(hand, 'organization') } : {}),
    }),
    role.retireRole,
  ),
  createSpace: kind(
    3,
    (hand) => ({
      space: newOr<SpaceId>(
        hand,
        'space',
        split(hand.side.plain.spaces.values(), (one) => one.status !== 'deleted')[0],
      ),
      name: hand.dice.one(NAMES),
    }),
    space.createSpace,
  ),
  renameSpace: kind(
    1,
    (hand) => ({ space: aSpace(hand), name: hand.dice.one(NAMES) }),
    space.renameSpace,
  ),
  deactivateSpace: kind(1, (hand) => ({ space: aSpace(hand) }), space.deactivateSpace),
  reactivateSpace: kind(2, (hand) => ({ space: aSpace(hand) }), space.reactivateSpace),
  deleteSpace: kind(1, (hand) => ({ space: aSpace(hand) }), space.deleteSpace),
  changePolicies: kind(5, (hand) => ({ changes: somePolicies(hand) }), organization.changePolicies),
  adoptCatalogue: kind(
    2,
    (hand): AdoptCatalogue => {
      const { dice, side } = hand;
      const pairs = Array.from({ length: dice.below(3) }, () => {
        const scope = aScope(hand);
        const from = aRole(hand, scope, ['base', 'specialized', 'service_account']);
        return [from, aRole(hand, scope, ['base', 'specialized', 'service_account'])] as const;
      });
      const target = dice.one(versions(dice.chance(95) ? side.catalogueId : 'vygl'));
      return { target, remap: Object.fromEntries(pairs) };
    },
    adoptCatalogue,
  ),
  renameOrganization: kind(
    1,
    (hand) => ({ name: hand.dice.one(NAMES) }),
    organization.renameOrganization,
  ),
  changeOrganization: kind(
    1,
    (hand) => ({ name: hand.dice.one(NAMES), changes: somePolicies(hand) }),
    organization.changeOrganization,
  ),
  suspendOrganization: kind(1, () => ({}), organization.suspendOrganization),
  resumeOrganization: kind(3, () => ({}), organization.resumeOrganization),
  deleteOrganization: kind(1, () => ({}), organization.deleteOrganization),
  createOrganization: kind(
    1,
    (hand) => ({
      name: 'Again',
      founders: [newcomer(hand, hand.dice.one(hand.cast.people))],
      creation: 'anyone' as const,
    }),
    organization.createOrganization,
  ),
  erase: kind(
    2,
    (hand): erasure.Erase =>
      hand.dice.chance(60)
        ? { member: aMember(hand) }
        : { user: hand.dice.one(hand.cast.people).user },
    erasure.erase,
  ),
  eraseInvitation: kind(
    1,
    (hand): erasure.EraseInvitation => {
      const id = anInvitation(hand);
      const of = hand.side.plain.invitations.get(id)?.member ?? 'mem_foreign';
      return { invitation: id, member: (hand.dice.chance(90) ? of : aMember(hand)) as MemberId };
    },
    erasure.eraseInvitation,
  ),
  sweep: bySystem(4, 'sweeper', (hand) => ({ limit: hand.dice.one([1, 3, 1000]) }), sweep),
};

const WEIGHTS = Object.entries(KINDS).map(([name, { weight }]) => [weight, name] as const);

const weightsOf = ({ often }: Cast): typeof WEIGHTS =>
  often === undefined
    ? WEIGHTS
    : WEIGHTS.map(([weight, name]) => [weight * (often[name] ?? 1), name] as const);

/** Rare, because not much happens after it. */
const isTooEarly = (name: string, dice: Dice): boolean =>
  name === 'deleteOrganization' && dice.chance(85);

/** What a command needs to be about something; most of the time it is. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  invitations: ['resend', 'revoke', 'accept', 'decline', 'eraseInvitation'],
  teams: ['renameTeam', 'deleteTeam', 'addTeamMember', 'removeTeamMember', 'setTeamRoles'],
  accounts: ['changeServiceAccount', 'changeServiceAccountRoles', 'deleteServiceAccount'],
  keys: ['changeApiKey', 'rotateApiKey', 'revokeApiKey'],
  roles: ['changeRole', 'retireRole'],
  spaces: ['renameSpace', 'deactivateSpace', 'reactivateSpace', 'deleteSpace', 'createSpace'],
};

const isPointless = ({ plain, catalogueId }: Side, name: string): boolean => {
  const needed = Object.keys(NEEDS).find((of) => NEEDS[of]!.includes(name));
  const table = needed === undefined ? undefined : plain[needed as 'teams'];
  const isOffered = (of: string, at: readonly string[]): boolean =>
    !name.toLowerCase().includes(of) || at.includes(catalogueId);
  return (
    table?.size === 0 ||
    !isOffered('team', ['mondoo']) ||
    !isOffered('serviceaccount', ['mondoo', 'mondoo-classic', 'platform']) ||
    (name === 'resumeOrganization' && plain.status !== 'suspended')
  );
};

/** Some command of somebody. */
export function propose(world: World, cast: Cast, dice: Dice, platformPercent = 8): Attempt {
  const side = dice.chance(platformPercent) ? world.platform : world.main;
  const hand = { world, side, dice, cast };
  const weights = weightsOf(cast);
  let name = dice.weighted(weights);
  const isUnwanted = (): boolean =>
    isTooEarly(name, dice) || (isPointless(side, name) && dice.chance(90));
  while (isUnwanted()) name = dice.weighted(weights);
  const { command, decide, actor } = KINDS[name]!.make(hand);
  return { name, command, decide, actor: actor ?? cast.actor(world, side, dice), on: side.name };
}

/** Anybody at all, and mostly somebody who can do something. */
export const anybody: Cast = {
  people: PEOPLE,
  system: true,
  often: { accept: 1.5, resend: 2.5, join: 1.5, changePolicies: 1.5 },
  actor: (world, side, dice) => {
    const top = FACTS[side.catalogueId]!.protectedRole;
    const active = anActive({ world, side, dice, cast: anybody }).filter((one) => one.user);
    const strong = active.filter(({ grants: held }) => held.some((one) => one.role === top));
    const user = (id: string): ActorFact => ({ kind: 'user', id: id as never, via: 'http' });
    const hand = { world, side, dice, cast: anybody };
    const anyone = dice.one([...PEOPLE, ...OPERATORS]);
    return dice.weighted<() => ActorFact>([
      [30, () => user(dice.one(strong.length > 0 ? strong : active)?.user ?? 'usr_none')],
      [32, () => user(dice.one(active)?.user ?? 'usr_none')],
      [6, () => asUser(anyone)],
      [8, () => asUser(OPERATORS[0]!)],
      [
        side.plain.accounts.size === 0 ? 1 : 6,
        () => ({ kind: 'service_account', id: anAccount(hand), via: 'grpc' }),
      ],
      [
        side.plain.keys.size === 0 ? 1 : 8,
        () => ({ kind: 'api_key', id: aKey(hand), via: 'http' }),
      ],
      [4, () => ({ kind: 'service_account', id: TRUSTED, actingFor: anyone.user, via: 'grpc' })],
      [
        1,
        () => ({
          kind: 'api_key',
          id: 'key_trusted' as never,
          actingFor: anyone.user,
          via: 'http',
        }),
      ],
      [
        2,
        () => ({
          kind: 'service_account',
          id: anAccount(hand),
          actingFor: anyone.user,
          via: 'grpc',
        }),
      ],
      [1, () => ({ kind: 'link', id: anInvitation(hand), via: 'http' })],
      [
        2,
        () => asSystem(dice.one(['sweeper', 'configuration', 'catalogue', 'scim', 'sso'] as const)),
      ],
    ])();
  },
};
