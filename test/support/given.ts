/**
 * `given(history).when(rule, command, circumstances).then(events | refusal | nothing)`: a rule told
 * as events. People, ids and the clock are fixed, so that a test reads the same every time.
 */
import { expect } from '@jest/globals';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compile } from '#catalogues/compile.js';
import { readCatalogueFile } from '#catalogues/load.js';
import type { Catalogue, CatalogueContent } from '#domain/catalogue.js';
import { isLasting } from '#domain/indexes.js';
import type { Address, Context } from '#domain/context.js';
import type {
  ActorFact,
  EventOf,
  GrantFact,
  JoinSource,
  KeyOwner,
  MembershipEvent,
  Metadata,
  RemoveReason,
  Sealed,
  StatusChangeCause,
} from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import {
  ID_PREFIX,
  later,
  PLATFORM,
  type ApiKeyId,
  type CatalogueId,
  type CommandId,
  type GrantId,
  type IdKind,
  type Instant,
  type InvitationId,
  type MemberId,
  type NewId,
  type OrganizationId,
  type RoleId,
  type Scope,
  type ServiceAccountId,
  type SpaceId,
  type Tag,
  type TeamId,
  type UserId,
} from '#domain/ids.js';
import type { PolicyChanges } from '#domain/policies.js';
import { Refusal, type RefusalCode } from '#domain/refusals.js';
import { momentsAfter } from '#domain/moments.js';
import { emptyOrganization, type Organization } from '#domain/state.js';
import type { Newcomer } from '#domain/decide/requirements.js';

// ── Time ────────────────────────────────────────────────────────────────────────────────────

/** When every command is given, unless it says otherwise. */
export const NOW = '2026-03-01T12:00:00.000Z' as Instant;
const HOUR = 60 * 60 * 1000;
/** So many hours after (or, negative, before) now. */
export const hours = (count: number): Instant => later(NOW, count * HOUR);
/** So many days after (or before) now. */
export const days = (count: number): Instant => hours(count * 24);

// ── Ids ─────────────────────────────────────────────────────────────────────────────────────

export const ACME = 'org_acme' as OrganizationId;
export const role = (id: string): RoleId => id as RoleId;
export const space = (name: string): SpaceId => `space_${name}` as SpaceId;
export const team = (name: string): TeamId => `team_${name}` as TeamId;
export const grantId = (name: string): GrantId => `grant_${name}` as GrantId;
export const invitationId = (name: string): InvitationId => `inv_${name}` as InvitationId;
export const accountId = (name: string): ServiceAccountId => `svc_${name}` as ServiceAccountId;
export const keyId = (name: string): ApiKeyId => `key_${name}` as ApiKeyId;

/** `grant_1`, `mem_2`, … counted from one. */
export const countingIds = (): NewId => {
  let count = 0;
  return ((kind: IdKind) => `${ID_PREFIX[kind]}_${++count}`) as NewId;
};

// ── People ──────────────────────────────────────────────────────────────────────────────────

/** Everything about somebody, known by a first name. */
export interface Someone {
  readonly name: string;
  readonly user: UserId;
  readonly member: MemberId;
  readonly address: Address;
  /** As the one who acts. */
  readonly actor: Extract<ActorFact, { kind: 'user' }>;
}

const FREE = ['gmail.com', 'yahoo.com'];
const DISPOSABLE = ['mailinator.com'];

/** An address as rules see it. */
export function address(email: string, subject = email): Address {
  const domain = email.slice(email.indexOf('@') + 1);
  const provider = FREE.includes(domain)
    ? 'free'
    : DISPOSABLE.includes(domain)
      ? 'disposable'
      : 'business';
  const sealed = (field: string): Sealed => ({ subject, sealed: `${field} ${email}` });
  return {
    tag: `tag ${email}` as Tag,
    domain,
    provider,
    email: sealed('email'),
    displayEmail: sealed('displayEmail'),
  };
}

/** Somebody at acme.com, unless another address is given. */
export function someone(name: string, email = `${name}@acme.com`): Someone {
  const user = `usr_${name}` as UserId;
  const member = `mem_${name}` as MemberId;
  return {
    name,
    user,
    member,
    address: address(email, member),
    actor: { kind: 'user', id: user, via: 'http' },
  };
}

/** Several at once: `const { olga, adam } = people('olga', 'adam')`. */
export const people = <N extends string>(...names: N[]): Record<N, Someone> =>
  Object.fromEntries(names.map((name) => [name, someone(name)])) as Record<N, Someone>;

/** Somebody who is about to come in, signed in with a verified address. */
export const newcomer = (
  one: Someone,
  more: Partial<Newcomer> = {},
): Newcomer & { user: UserId } => ({
  member: one.member,
  user: one.user,
  address: one.address,
  name: { subject: one.member, sealed: `name ${one.name}` },
  authentication: 'local',
  ...more,
});

/** The service itself. */
export const system = (
  id: 'sweeper' | 'configuration' | 'catalogue' | 'scim' | 'sso',
): ActorFact => ({
  kind: 'system',
  id,
  via: 'internal',
});
/** A service account as the one who acts. */
export const account = (name: string, actingFor?: Someone): ActorFact => ({
  kind: 'service_account',
  id: accountId(name),
  ...(actingFor === undefined ? {} : { actingFor: actingFor.user }),
  via: 'grpc',
});
/** A key as the one who acts. */
export const key = (name: string, actingFor?: Someone): ActorFact => ({
  kind: 'api_key',
  id: keyId(name),
  ...(actingFor === undefined ? {} : { actingFor: actingFor.user }),
  via: 'http',
});

// ── Catalogues ──────────────────────────────────────────────────────────────────────────────

const DIRECTORY = fileURLToPath(new URL('../../catalogues/', import.meta.url));
const known = new Map<string, Catalogue>();
const register = (content: CatalogueContent): Catalogue => {
  const compiled = compile(content);
  known.set(`${content.id}@${content.version}`, compiled);
  return compiled;
};

/** A catalogue of this project, read when it is first asked for, or one that a test made. */
export function catalogue(id: string, version = 1): Catalogue {
  const found = known.get(`${id}@${version}`);
  if (found !== undefined) return found;
  const { content, problems } = readCatalogueFile(`${DIRECTORY}${id}.yaml`);
  if (content?.version !== version || problems.length > 0) {
    throw new Error(`no catalogue ${id} version ${version}`);
  }
  return register(content);
}

/** Another catalogue: one of the project's, changed. A new id, or the next version of the same. */
export const variant = (
  of: string,
  id: string,
  version: number,
  change: (content: CatalogueContent) => Partial<CatalogueContent>,
): Catalogue => {
  const { content } = catalogue(of);
  const changed = { ...content, ...change(content), id: id as CatalogueId, version };
  return register(changed);
};

/** Of those read by now, and of those in the directory. */
function latest(id: CatalogueId): Catalogue | undefined {
  if (existsSync(`${DIRECTORY}${id}.yaml`)) catalogue(id);
  const versions = [...known.values()].filter((one) => one.id === id);
  return versions.sort((a, b) => b.version - a.version).at(0);
}

// ── Histories ───────────────────────────────────────────────────────────────────────────────

/** An event of a history, with who did it and when. */
export interface Happened {
  readonly event: MembershipEvent;
  readonly actor: ActorFact;
  readonly at: Instant;
}
export type History = readonly (MembershipEvent | Happened | History)[];

/** What somebody did, and when. */
export const by = (
  one: Someone | ActorFact,
  events: MembershipEvent | readonly MembershipEvent[],
  at: Instant = days(-1),
): History =>
  [events].flat().map((event) => ({ event, actor: 'actor' in one ? one.actor : one, at }));

/** `owner`, `owner@north` (at a space), or with times and an id. */
export type Held = string | (Omit<Partial<GrantFact>, 'role'> & { readonly role: string });

/** A grant as an event has it; its id tells whose it is: `grant_alice_owner`. */
export function grant(whose: string, held: Held): GrantFact {
  const [id, where] = (typeof held === 'string' ? held : held.role).split('@');
  const more = typeof held === 'string' ? {} : held;
  const suffix = where === undefined ? '' : `_${where}`;
  return {
    id: grantId(`${whose}_${id}${suffix}`),
    scope: where === undefined ? 'organization' : space(where),
    ...more,
    role: role(id!),
  };
}

/** A member who came in without an invitation. */
export const joined = (
  one: Someone,
  held: Held | readonly Held[],
  source: JoinSource = 'configuration',
  more: Partial<Extract<MembershipEvent, { type: 'member.join' }>> = {},
): MembershipEvent => ({
  type: 'member.join',
  source,
  member: one.member,
  user: one.user,
  tag: one.address.tag,
  email: one.address.email,
  displayEmail: one.address.displayEmail,
  name: null,
  authentication: 'local',
  grants: [held].flat().map((each) => grant(one.name, each)),
  replaced: [],
  teams: [],
  ...more,
});

/** Somebody who was provisioned and has never signed in. */
export function provisioned(one: Someone, held: Held | readonly Held[]): MembershipEvent {
  const { user: _, ...event } = joined(one, held, 'scim') as Extract<
    MembershipEvent,
    { type: 'member.join' }
  >;
  return event;
}

/** An organization on a catalogue, its first founder and its members; spaces `north` and `south`
 * where the catalogue knows spaces. */
export function founded(
  on: string | Catalogue,
  founder: Someone,
  ...members: readonly (readonly [Someone, Held | readonly Held[]])[]
): History {
  const of = typeof on === 'string' ? catalogue(on) : on;
  const created: MembershipEvent = {
    type: 'organization.create',
    name: 'Acme',
    catalogue: of.id,
    version: of.version,
    sha256: of.sha256,
    ownDomains: ['acme.com'],
  };
  const spaces = of.scopes.has('space') ? ['north', 'south'] : [];
  return by(
    founder,
    [
      created,
      joined(founder, of.founderRole, 'founder'),
      ...spaces.map((name): MembershipEvent => ({
        type: 'space.create',
        space: space(name),
        name,
      })),
      ...members.map(([one, held]) => joined(one, held)),
    ],
    days(-30),
  );
}

export interface Invited {
  readonly id?: string;
  readonly held?: Held | readonly Held[];
  readonly teams?: readonly string[];
  readonly by?: Someone | ActorFact;
  readonly at?: Instant;
  readonly expiresAt?: Instant;
}

/** An open invitation: `inv_<name>` for the member `mem_<name>`, good for six days more. */
export function invited(one: Someone, from: Someone, more: Invited = {}): History {
  const { id = one.name, held = [], teams = [], at = days(-1), expiresAt = days(6) } = more;
  return by(
    more.by ?? from,
    {
      type: 'member.invite',
      invitation: invitationId(id),
      member: (id === one.name ? one.member : `mem_${id}`) as MemberId,
      tag: one.address.tag,
      email: one.address.email,
      displayEmail: one.address.displayEmail,
      grants: [held].flat().map((each) => grant(`inv_${id}`, each)),
      teams: teams.map(team),
      expiresAt,
      generation: 1,
    },
    at,
  );
}

/** A team with roles and members. */
export const teamOf = (
  name: string,
  held: readonly Held[],
  members: readonly Someone[] = [],
  scope: Scope = 'organization',
): MembershipEvent[] => [
  { type: 'team.create', team: team(name), name, scope },
  {
    type: 'team.role_change',
    team: team(name),
    added: held.map((one) => grant(name, one)),
    removed: [],
    cause: 'direct',
  },
  ...members.map((one): MembershipEvent => ({
    type: 'team.member_add',
    team: team(name),
    member: one.member,
    source: 'direct',
  })),
];

/** A service account `svc_<name>` with roles. */
export const machine = (name: string, ...held: readonly Held[]) =>
  ({
    type: 'service_account.create',
    account: accountId(name),
    name,
    grants: held.map((one) => grant(name, one)),
  }) as const satisfies MembershipEvent;

/** A key `key_<name>` of somebody, a service account or the organization. */
export const keyFor = (
  owner: KeyOwner,
  name = 'k',
  more: Partial<EventOf<'api_key.create'>> = {},
): EventOf<'api_key.create'> => ({
  type: 'api_key.create',
  key: keyId(name),
  owner,
  name,
  scopes: [],
  secretHash: 'x',
  ...more,
});

export const removed = (one: Someone, reason: RemoveReason = 'removed') =>
  ({ type: 'member.remove', member: one.member, reason }) as const satisfies MembershipEvent;
export const deactivated = (one: Someone, cause: StatusChangeCause = 'direct') =>
  ({ type: 'member.deactivate', member: one.member, cause }) as const satisfies MembershipEvent;

/** The platform organization: Root runs it, Audra audits, `svc_trusted` may act for people. */
export const root = someone('root', 'root@platform.example');
export const audra = someone('audra', 'audra@platform.example');
export const PLATFORM_HISTORY: History = by(system('configuration'), [
  {
    type: 'organization.create',
    name: 'Platform',
    catalogue: 'platform' as CatalogueId,
    version: 1,
    sha256: catalogue('platform').sha256,
    ownDomains: [],
  },
  joined(root, 'platform-admin', 'configuration'),
  joined(audra, 'platform-auditor', 'configuration'),
  machine('trusted', 'platform-service'),
]);

/** Policies as the platform sets them, whatever the catalogue lets an organization change. */
export const policies = (changes: PolicyChanges): History =>
  by(root, { type: 'organization.policy_change', changes });

const flatten = (history: History): Happened[] =>
  history.flatMap((one) => {
    if (Array.isArray(one)) return flatten(one as History);
    const single = one as MembershipEvent | Happened;
    return 'event' in single
      ? [single]
      : [{ event: single, actor: system('configuration'), at: days(-1) }];
  });

/** Metadata as a store would have it, as far as the fold looks at it. */
export const metadata = (
  actor: ActorFact,
  at: Instant,
  more: Partial<Metadata> = {},
): Metadata => ({
  commandId: 'cmd_1' as CommandId,
  actor,
  correlationId: 'correlation',
  occurredAt: at,
  schemaVersion: 1,
  catalogueVersion: 1,
  previousHash: '0'.repeat(64),
  hash: '0'.repeat(64),
  ...more,
});

/** Folds a history, onto what is there already or into an organization of its own. */
export function fold(
  history: History,
  onto: Organization | OrganizationId = ACME,
  from = 0,
): Organization {
  const organization = typeof onto === 'string' ? emptyOrganization(onto) : onto;
  for (const [index, { event, actor, at }] of flatten(history).entries()) {
    evolve(organization, { event, metadata: metadata(actor, at), revision: from + index });
  }
  return organization;
}

// ── State as it can be compared ─────────────────────────────────────────────────────────────

interface Table {
  entries(): Iterable<[unknown, unknown]>;
}

/** Everything an organization holds, as plain data: two states are equal when these are. */
export function plain(organization: Organization): Record<string, unknown> {
  const keys = {
    formerByTag: organization.former,
    formerByUser: organization.former,
    invitationsByTag: organization.invitations,
    invitationsByTeam: organization.invitations,
    invitationsByInviter: organization.invitations,
    holdersByRole: organization.roleUses,
    holdersBySpace: organization.spaces,
    teamMembers: organization.teams,
    keysByOwner: organization.apiKeys,
    directHolders: organization.roleUses,
  };
  const entries = Object.entries(organization).filter(([name]) => !(name in keys));
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const isTable = typeof value === 'object' && value !== null && 'overlay' in value;
      return [name, isTable ? [...(value as Table).entries()] : value];
    }),
  );
}

/** Holds the state's indexes against what they index, worked out anew. */
export function expectConsistent(organization: Organization): void {
  const members = [...organization.members.values()];
  expect(organization.activeMembers).toBe(members.filter((one) => one.status === 'active').length);
  expect(new Map(organization.memberByUser.entries())).toEqual(
    new Map(
      members.flatMap((one) => (one.user === undefined ? [] : [[one.user, one.id] as const])),
    ),
  );
  expect(new Map(organization.memberByTag.entries())).toEqual(
    new Map(members.flatMap((one) => (one.tag === null ? [] : [[one.tag, one.id] as const]))),
  );
  const uses = new Map<RoleId, number>();
  for (const table of [
    organization.members,
    organization.teams,
    organization.serviceAccounts,
    organization.invitations,
  ]) {
    for (const { id, grants } of table.values()) {
      for (const one of grants) uses.set(one.role, (uses.get(one.role) ?? 0) + 1);
      for (const one of grants) {
        expect(organization.holdersByRole.has(one.role, id)).toBe(true);
        if (one.scope === 'organization') continue;
        expect(organization.holdersBySpace.has(one.scope, id)).toBe(true);
      }
    }
  }
  expect(new Map(organization.roleUses.entries())).toEqual(uses);
  for (const id of uses.keys()) {
    const holders = members.filter(({ grants }) =>
      grants.some((one) => one.role === id && isLasting(one)),
    );
    expect(new Set(organization.directHolders.of(id))).toEqual(
      new Set(holders.map((one) => one.id)),
    );
  }
  const promised = new Map<Tag, Instant>();
  for (const { status, tag, expiresAt, grants, teams } of organization.invitations.values()) {
    if (status !== 'pending' || members.some((one) => one.tag === tag)) continue;
    const ends = teams.some((team) => organization.teams.has(team))
      ? [expiresAt]
      : grants.map((grant) => grant.expiresAt ?? expiresAt);
    for (const end of ends) {
      const until = end < expiresAt ? end : expiresAt;
      if (until > (promised.get(tag) ?? '')) promised.set(tag, until);
    }
  }
  expect(new Map(organization.promised.entries())).toEqual(promised);
  for (const at of [organization.occurredAt, ...promised.values()]) {
    const later = [...promised.values()].filter((one) => one > at);
    expect(momentsAfter(organization.promises, at)).toBe(later.length);
  }
  for (const id of organization.teams.keys()) {
    const within = members.filter(({ teams }) => teams.some((one) => one.team === id));
    expect(new Set(organization.teamMembers.of(id))).toEqual(new Set(within.map((one) => one.id)));
  }
  for (const one of organization.invitations.values()) {
    expect(organization.invitationsByTag.has(one.tag, one.id)).toBe(true);
    for (const team of one.teams) {
      expect(organization.invitationsByTeam.has(team, one.id)).toBe(true);
    }
  }
  for (const one of organization.apiKeys.values()) {
    expect(organization.keysByOwner.has(one.owner, one.id)).toBe(true);
  }
  for (const one of organization.former.values()) {
    if (one.tag !== null) expect(organization.formerByTag.has(one.tag, one.id)).toBe(true);
    if (one.user !== undefined) expect(organization.formerByUser.has(one.user, one.id)).toBe(true);
  }
}

// ── given · when · then ─────────────────────────────────────────────────────────────────────

/** Around a command: who gives it, when, and what else it is decided with. */
export interface Circumstances {
  readonly as?: Someone | ActorFact;
  readonly at?: Instant;
  /** Replaces the platform organization. */
  readonly platform?: History;
}

type Rule<C> = (
  command: C,
  context: Context,
) => (organization: Organization) => readonly MembershipEvent[];

const platforms = new Map<History, Organization>();
/** Rules only read it, so one will do. */
function platformOf(history: History): Organization {
  const found = platforms.get(history) ?? fold(history, PLATFORM);
  platforms.set(history, found);
  return found;
}

export function contextOf(
  organization: Organization,
  { as = root, at = NOW, platform = PLATFORM_HISTORY }: Circumstances,
  on?: Catalogue,
): Context {
  const { id, version } = organization.catalogue;
  const isPlatform = organization.id === PLATFORM && organization.status !== 'absent';
  return {
    now: at,
    actor: 'actor' in as ? as.actor : as,
    catalogue: on ?? catalogue(id, version),
    platform: {
      organization: isPlatform ? organization : platformOf(platform),
      catalogue: catalogue('platform'),
    },
    latest,
    newId: countingIds(),
  };
}

/** A history of `org_acme`, or of the organization named. */
export function given(history: History, id: OrganizationId = ACME) {
  return {
    /** What it has come to. */
    organization: () => fold(history, id),
    /** @param on for commands on an organization that does not exist yet: its catalogue. */
    when<C>(rule: Rule<C>, command: C, circumstances: Circumstances = {}, on?: Catalogue) {
      const organization = fold(history, id);
      const context = contextOf(organization, circumstances, on);
      const before = plain(organization);
      const decided = (): readonly MembershipEvent[] => {
        try {
          return rule(command, context)(organization);
        } finally {
          expect(plain(organization)).toEqual(before);
        }
      };
      const after = (): Organization => {
        const { actor, now } = context;
        const events = decided().map((event): Happened => ({ event, actor, at: now }));
        return fold(events, organization);
      };
      return {
        /** Emits exactly these events, after which the state is in order. */
        then(events: readonly MembershipEvent[]): void {
          const actual = decided();
          expect(actual).toEqual(events);
          fold(by(context.actor, actual, context.now), organization);
          expectConsistent(organization);
        },
        /** Emits events that look like these. */
        thenLike(events: readonly object[]): void {
          const actual = decided();
          expect(actual).toHaveLength(events.length);
          expect(actual).toMatchObject(events);
          fold(by(context.actor, actual, context.now), organization);
          expectConsistent(organization);
        },
        /** Emits nothing: it is so already. */
        thenNothing(): void {
          expect(decided()).toEqual([]);
        },
        /** Refuses, in words that have these in them. */
        thenRefused(code: RefusalCode, words = ''): void {
          let outcome: unknown;
          let said = '';
          try {
            outcome = decided();
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            outcome = error.code;
            said = error.message;
          }
          expect(outcome).toBe(code);
          expect(said).toContain(words);
        },
        /** The state after it. */
        after,
        /** What it emits, for a history to go on with. */
        events: decided,
      };
    },
  };
}
