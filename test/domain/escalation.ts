/**
 * Which roles a group can come to hold, and in how few acts: a search in breadth over everything the
 * rules themselves let its people and its service accounts do. Shares no code with `reach`.
 *
 * A group holds a set of roles. Where a person may have many, one of them has all that people have;
 * else there is one for each role, or for each base role at each scope with what goes beside it. One
 * service account has all the roles of accounts. An act gives one role at one scope; a role of one's
 * own making is defined and given in one. With a key of somebody who is there comes all they hold; no
 * act stands in the way of another.
 */
import type { Catalogue } from '#domain/catalogue.js';
import type { Context } from '#domain/context.js';
import { createApiKey, rotateApiKey } from '#domain/decide/api-key.js';
import { changeRoles } from '#domain/decide/change-roles.js';
import { invite } from '#domain/decide/invitation.js';
import { defineRole } from '#domain/decide/role.js';
import { changeServiceAccountRoles, createServiceAccount } from '#domain/decide/service-account.js';
import { addTeamMember, createTeam, setTeamRoles } from '#domain/decide/team.js';
import type { ActorFact, MembershipEvent } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import type { Instant, OrganizationId, Permission } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { emptyOrganization, overlay, type Organization } from '#domain/state.js';

export const NOW = '2026-03-01T12:00:00.000Z' as Instant;
/** Where somebody holds something, and any other space. */
export const SPACE = 'space_a';
export const OTHER_SPACE = 'any_space';
/** Where others can hold something, and the one who is asked about does not. */
export const THIRD_SPACE = 'space_b';

export interface Holding {
  readonly role: string;
  readonly scope: string;
  readonly expiresAt?: string;
  /** In the hands of an account they made, or of somebody who is there; absent: of a person. */
  readonly by?: string;
  readonly notBefore?: string;
}
export interface CustomRole {
  readonly role: string;
  readonly permissions: readonly string[];
}
/** A service account that is there, `svc_…`, or a member, `mem_…`; it can have a key. */
export interface Other {
  readonly id: string;
  readonly held: readonly Holding[];
  readonly key?: { readonly expiresAt?: string };
}
/** A catalogue, roles of the organization's own, what one member holds at the start, and others do. */
export interface Start {
  readonly catalogue: Catalogue;
  readonly customs: readonly CustomRole[];
  readonly held: readonly Holding[];
  readonly others?: readonly Other[];
}

export const text = ({ role, scope, expiresAt }: Holding): string =>
  [role, scope, expiresAt ?? 'for good'].join(' ');

const happen = (organization: Organization, ...events: readonly object[]): Organization => {
  for (const event of events) {
    evolve(organization, {
      event: event as never,
      metadata: { occurredAt: NOW, actor: SYSTEM } as never,
      revision: 0,
    });
  }
  return organization;
};
const SYSTEM = { kind: 'system', id: 'configuration' };
const platform = emptyOrganization('platform' as OrganizationId);

export const userOf = (member: string): ActorFact =>
  ({ kind: 'user', id: member.replace('mem_', 'usr_'), via: 'internal' }) as ActorFact;

export const contextOf = (catalogue: Catalogue, actor: ActorFact): Context => {
  let ids = 0;
  return {
    now: NOW,
    actor,
    catalogue,
    platform: { organization: platform, catalogue },
    latest: () => undefined,
    newId: ((kind: string) => `${kind}_new_${ids++}`) as Context['newId'],
  };
};

const granted = (held: readonly Holding[], of: string) =>
  held.map((one, index) => ({ id: `grant_${of}_${index}`, ...one }));
const joins = (member: string, held: readonly Holding[]) => ({
  type: 'member.join',
  source: 'direct',
  member,
  user: member.replace('mem_', 'usr_'),
  tag: null,
  email: null,
  displayEmail: null,
  name: null,
  authentication: 'local',
  grants: granted(held, member),
  replaced: [],
  teams: [],
});
const defines = ({ role, permissions }: CustomRole, scopes: Iterable<string>) => ({
  type: 'role.define',
  role,
  name: role,
  scopes: [...scopes],
  permissions,
});

const account = (id: string, held: readonly Holding[]) => ({
  type: 'service_account.create',
  account: id,
  name: 'A',
  grants: granted(held, id),
});
const keyed = (
  owner: string,
  key: string,
  { expiresAt }: { readonly expiresAt?: string } = {},
) => ({
  type: 'api_key.create',
  key,
  owner,
  name: 'K',
  scopes: [],
  ...(expiresAt === undefined ? {} : { expiresAt }),
  secretHash: '',
});
const keyOf = (id: string): string => `key_${id}`;

/** An organization with its spaces and the roles of its own, and the others. */
export function empty({ catalogue, customs, others = [] }: Omit<Start, 'held'>): Organization {
  const organization = emptyOrganization('acme' as OrganizationId);
  const create = { type: 'organization.create', name: 'A', catalogue: catalogue.id, version: 1 };
  const spaces = catalogue.scopes.has('space') ? [SPACE, THIRD_SPACE, OTHER_SPACE] : [];
  return happen(
    organization,
    { ...create, sha256: '', ownDomains: [] },
    ...spaces.map((space) => ({ type: 'space.create', space, name: space })),
    ...customs.map((one) => defines(one, catalogue.scopes)),
    ...others.map(({ id, held }) => (isAccount(id) ? account(id, held) : joins(id, held))),
    ...others.flatMap(({ id, key }) => (key === undefined ? [] : [keyed(id, keyOf(id), key)])),
  );
}
const isAccount = (id: string): boolean => id.startsWith('svc_');

/** Where Ann holds all this. */
export const given = (start: Start): Organization => happen(empty(start), joins(ANN, start.held));
export const ANN = 'mem_ann';

/** The fewest acts to each role that is reached, but for what lasts no longer than another of no
 * more acts; nothing where there are more than so many groups of as many acts to look at, or where
 * the rules would be asked too often. */
export function fewestActs(start: Start, most = 200): Map<string, number> | undefined {
  try {
    return lookedFor(start, most);
  } catch (error) {
    if (error instanceof TooMuch) return undefined;
    throw error;
  }
}
class TooMuch extends Error {}
const MOST_ASKED = 400_000;

function lookedFor(start: Start, most: number): Map<string, number> | undefined {
  const bare = empty(start);
  const groups = new Groups(start, bare);
  const roles = candidates(start).filter(({ role }) => role !== NONE);
  const wanted = new Set(roles.filter((one) => !isOutlasted(one, start.held)));
  // Also what is held already, in other hands.
  const reachable = groups.everything(candidates(start));
  for (const one of wanted) if (!reachable.some((other) => same(one, other))) wanted.delete(one);
  const fewest = new Map<string, number>();
  const reached: Holding[] = [];
  let layer: readonly Group[] = [{ taken: [], made: [], keys: [] }];
  for (let acts = 1; ; acts++) {
    const asked = layer.map((group) => ({ group, inIt: groups.of(group) }));
    const now = [...wanted].filter((one) => asked.some(({ inIt }) => inIt.give(one)));
    reached.push(...now);
    for (const one of now) {
      const rest = reached.filter((other) => text(other) !== text(one));
      if (!isOutlasted(one, rest)) fewest.set(text(one), acts);
    }
    for (const one of wanted) if (isOutlasted(one, reached)) wanted.delete(one);
    if (wanted.size === 0) break;
    layer = distinct(asked.flatMap(({ group, inIt }) => inIt.next(group)));
    if (layer.length > most) return undefined;
  }
  // Of a space where nothing is held only what is not so at any.
  const places = new Set(['organization', OTHER_SPACE, ...start.held.map(({ scope }) => scope)]);
  for (const one of [...reached].filter(({ scope }) => !places.has(scope))) {
    const acts = fewest.get(text(one));
    const anywhere = reached.filter(
      (other) =>
        other.scope === OTHER_SPACE && (fewest.get(text(other)) ?? Infinity) <= (acts ?? 0),
    );
    if (isOutlasted({ ...one, scope: OTHER_SPACE }, anywhere)) fewest.delete(text(one));
  }
  return fewest;
}

/** As `text`, and in whose hands. */
const nameOf = (one: Holding): string => `${text(one)} ${one.by ?? 'person'}`;
const same = (a: Holding, b: Holding): boolean => nameOf(a) === nameOf(b);
const inHands = (some: readonly Holding[], { by }: Holding): Holding[] =>
  some.filter((one) => one.by === by);
const isOutlasted = (one: Holding, by: readonly Holding[]): boolean =>
  by.some(
    ({ role, scope, expiresAt }) =>
      role === one.role &&
      scope === one.scope &&
      (expiresAt === undefined || (one.expiresAt !== undefined && one.expiresAt <= expiresAt)),
  );

function candidates({ catalogue, customs, held, others = [] }: Start): Holding[] {
  const spaces = catalogue.scopes.has('space') ? [OTHER_SPACE] : [];
  const theirs = others.flatMap((other) => other.held);
  const all = [...held, ...theirs];
  const scopes = new Set(['organization', ...spaces, ...all.map(({ scope }) => scope)]);
  const ends = new Set([
    undefined,
    ...all.map(({ expiresAt }) => expiresAt),
    ...others.map(({ key }) => key?.expiresAt),
  ]);
  const accounts = [ACCOUNT, ...others.map(({ id }) => id).filter(isAccount)];
  const roles = [
    ...[...catalogue.roles.values()].map(({ id, kind, scopes: levels }) => ({ id, kind, levels })),
    ...customs.map(({ role }) => ({ id: role, kind: 'custom', levels: catalogue.scopes })),
  ].filter(({ kind }) => kind !== 'implicit');
  const hands = (kind: string): { readonly by?: string }[] => [
    ...(kind === 'service_account' ? [] : [{}]),
    ...(kind === 'service_account' || kind === 'custom' ? accounts.map((by) => ({ by })) : []),
  ];
  const given = roles.flatMap(({ id, kind, levels }) =>
    [...scopes]
      .filter((scope) => levels.has(scope === 'organization' ? scope : 'space'))
      .flatMap((scope) => hands(kind).map((by) => ({ role: String(id), scope, ...by }))),
  );
  const withKeys = others.flatMap(({ id, held: has }) =>
    has.map(({ role, scope }) => ({ role, scope, by: id })),
  );
  const everything = [...given, ...withKeys].flatMap((one): Holding[] =>
    [...ends].map((expiresAt) => ({ ...one, ...(expiresAt === undefined ? {} : { expiresAt }) })),
  );
  const blank = [...ends].map((expiresAt) => ({
    ...{ role: NONE, scope: 'organization', by: ACCOUNT },
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }));
  return [...new Map([...blank, ...everything].map((one) => [nameOf(one), one])).values()];
}
/** What an account is made with that is given its roles later. */
const NONE = 'none';

/** What has been given, the roles that were made for it, and the keys of others. */
interface Group {
  readonly taken: readonly Holding[];
  readonly made: readonly CustomRole[];
  readonly keys: readonly Key[];
}
/** A new one, or the one there was. */
interface Key {
  readonly of: string;
  readonly isNew: boolean;
  readonly until: string | undefined;
}
const nameOfKey = ({ of, isNew, until }: Key): string => [of, isNew, until].join(' ');

const distinct = (groups: readonly Group[]): Group[] => [
  ...new Map(
    groups.map((one) => [
      [...one.taken.map(nameOf), ...one.keys.map(nameOfKey)].sort().join(),
      one,
    ]),
  ).values(),
];

class Groups {
  #asked = 0;

  constructor(
    private readonly start: Start,
    private readonly bare: Organization,
  ) {}

  /** All that is given in the end. */
  everything(wanted: readonly Holding[]): Holding[] {
    let group: Group = { taken: [], made: [], keys: [] };
    for (;;) {
      const inIt = this.of(group);
      const more = inIt.everyNext(wanted);
      if (more.taken.length + more.keys.length === 0) return [...group.taken];
      group = {
        taken: [...group.taken, ...more.taken],
        made: [...group.made, ...more.made],
        keys: [...group.keys, ...more.keys],
      };
    }
  }

  of(group: Group): InGroup {
    return new InGroup(this.start, this.bare, group, () => {
      if (++this.#asked > MOST_ASKED) throw new TooMuch();
    });
  }
}

/** One group, and what it may do. */
class InGroup {
  readonly #organization: Organization;
  readonly #actors: readonly ActorFact[];
  /** Those they made, each with one role. */
  readonly #accounts: readonly { readonly id: string; readonly until: string | undefined }[];

  constructor(
    private readonly start: Start,
    private readonly bare: Organization,
    private readonly group: Group,
    private readonly onAsked: () => void,
  ) {
    const { catalogue, held } = start;
    const people = [...held, ...group.taken.filter((one) => one.by === undefined)];
    const made = group.taken.filter((one) => one.by === ACCOUNT);
    const accounts = made.filter(({ role }) => role !== NONE);
    const hands = [held, ...this.#hands(people)];
    const keys = group.keys.map((key) => this.#ours(key));
    this.#organization = happen(
      overlay(bare),
      ...group.made.map((one) => defines(one, catalogue.scopes)),
      ...hands.map((theirs, index) => joins(`mem_${index}`, theirs)),
      joins(BLANK, []),
      ...(accounts.length === 0 ? [] : [account(ACCOUNT, accounts)]),
      // Each could be an account of its own.
      ...made.map((one, index) => account(`svc_one_${index}`, one.role === NONE ? [] : [one])),
      ...keys.flatMap(({ events }) => events),
    );
    this.#accounts = made.map(({ role, expiresAt }, index) => ({
      id: `svc_one_${index}`,
      until: role === NONE ? expiresAt : undefined,
    }));
    this.#actors = [
      ...hands.map((_, index) => userOf(`mem_${index}`)),
      ...(accounts.length === 0
        ? []
        : [{ kind: 'service_account', id: ACCOUNT, via: 'internal' } as unknown as ActorFact]),
      ...keys.map(({ actor }) => actor),
    ];
  }

  /** Somebody as they were, with what was given to them besides, and a key. */
  #ours({ of: id, isNew, until }: Key): { events: object[]; actor: ActorFact } {
    const { held } = this.start.others!.find((one) => one.id === id)!;
    const added = this.group.taken.filter((one) => one.by === id && !isOf(held, one));
    const self = `${id}_ours_${isNew ? 'new' : 'old'}_${until}`;
    const all = [...held, ...added.map(({ by: _, ...one }) => one)];
    return {
      events: [
        isAccount(id) ? account(self, all) : joins(self, held),
        keyed(self, keyOf(self), until === undefined ? {} : { expiresAt: until }),
      ],
      actor: { kind: 'api_key', id: keyOf(self) } as unknown as ActorFact,
    };
  }

  /** What each of them holds. */
  #hands(people: readonly Holding[]): (readonly Holding[])[] {
    const { rolesPerMember: rule, roles } = this.start.catalogue;
    if (rule === 'many' || (rule !== 'one' && rule.base === 'many')) return [people];
    const isBase = ({ role }: Holding): boolean =>
      rule === 'one' || roles.get(role as never)?.kind === 'base';
    const at = (scope: string): (readonly Holding[])[] => {
      const here = people.filter((one) => one.scope === scope);
      const further = (base: Holding): Holding[] =>
        rule !== 'one' && (rule.specializedWith ?? [base.role]).includes(base.role as never)
          ? here.filter((one) => !isBase(one))
          : [];
      return here
        .filter(isBase)
        .flatMap((base) =>
          further(base).length > 0 ? [[base], [base, ...further(base)]] : [[base]],
        );
    };
    const inAll = at('organization');
    // What is held at one space counts for nothing at another.
    const spaces = new Set(
      people.map(({ scope }) => scope).filter((one) => one !== 'organization'),
    );
    const inOne = [...spaces].flatMap(at);
    return [
      ...inAll,
      ...inOne,
      ...inAll.flatMap((one) => inOne.map((other) => [...one, ...other])),
    ];
  }

  /** Does a rule let one of them give it? */
  give(wanted: Holding): boolean {
    const { by } = wanted;
    if (by !== undefined && by !== ACCOUNT) {
      const { held } = this.start.others!.find(({ id }) => id === by)!;
      const keys = this.#keys().filter((key) => this.#isWith(key, wanted));
      if (keys.some((key) => this.#takes(key))) return true;
      const isOurs = this.group.keys.some(
        ({ of, until }) => of === by && isWithin(wanted.expiresAt, until),
      );
      if (!isOurs || !isAccount(by) || isOf(held, wanted)) return false;
    }
    return this.#actors.some((actor) =>
      by === undefined
        ? this.#gives(actor, wanted)
        : by === ACCOUNT
          ? this.#makesAccount(actor, wanted) ||
            (wanted.role !== NONE &&
              this.#accounts.some(
                ({ id, until }) =>
                  isWithin(wanted.expiresAt, until) && this.#changes(actor, id, wanted),
              ))
          : this.#changes(actor, by, wanted),
    );
  }

  /** Keys there could be; one of somebody who holds nothing ends when the right to it does. */
  #keys(): Key[] {
    const { others = [] } = this.start;
    const ends = new Set(candidates(this.start).map(({ expiresAt }) => expiresAt));
    return others.flatMap(({ id, held, key }): Key[] => [
      ...[...(held.length === 0 ? ends : [undefined])].map((until) => ({
        of: id,
        isNew: true,
        until,
      })),
      ...(key === undefined ? [] : [{ of: id, isNew: false, until: key.expiresAt }]),
    ]);
  }

  /** Does this come with the key? */
  #isWith({ of, until }: Key, wanted: Holding): boolean {
    if (wanted.by !== of) return false;
    return this.start
      .others!.find(({ id }) => id === of)!
      .held.some(
        ({ role, scope, notBefore, expiresAt }) =>
          role === wanted.role &&
          scope === wanted.scope &&
          notBefore === undefined &&
          isWithin(wanted.expiresAt, expiresAt) &&
          isWithin(wanted.expiresAt, until),
      );
  }

  /** Can they come to it? A new one that lasts as long as what its owner holds will do. */
  #takes({ of, isNew, until }: Key): boolean {
    const { held } = this.start.others!.find(({ id }) => id === of)!;
    const end =
      held
        .map(({ expiresAt }) => expiresAt ?? '9')
        .sort()
        .at(-1) ?? '9';
    const make = { key: 'key_new', owner: of, name: 'K', scopes: [], secretHash: 'new' };
    const ends = held.length === 0 ? [until] : [undefined, end === '9' ? undefined : end];
    return this.#actors.some((actor) =>
      isNew
        ? ends.some((expiresAt) =>
            this.#may(actor, [
              createApiKey,
              { ...make, ...(expiresAt === undefined ? {} : { expiresAt }) },
            ]),
          )
        : this.#may(actor, [rotateApiKey, { key: keyOf(of), secretHash: 'n' }]),
    );
  }

  /** What changes an account's roles gives them no end. */
  #changes(actor: ActorFact, id: string, { role, scope, expiresAt }: Holding): boolean {
    if (expiresAt !== undefined) return false;
    const add = [{ role }];
    const change = { account: id, scope, wanted: { kind: 'change', add, remove: [] } };
    return this.#may(actor, [changeServiceAccountRoles, change]);
  }

  #gives(actor: ActorFact, wanted: Holding): boolean {
    const { role, scope, expiresAt } = wanted;
    const times = expiresAt === undefined ? {} : { expiresAt };
    const change = (member: string, beside: readonly Holding[] = []) => ({
      member,
      scope,
      wanted: { kind: 'change', add: [...beside, { role, ...times }], remove: [] },
    });
    const whom = [...this.#organization.members.values()].filter(
      ({ id, user, grants }) =>
        !this.#isOther(id) && (id === BLANK || user === actor.id || grants.length === 1),
    );
    const bases = [[], ...this.#bases(scope)];
    const invitations = bases.map((base) => ({
      invitation: 'inv_new',
      member: 'mem_new',
      address: { tag: 'tag', email: {}, displayEmail: {}, domain: 'acme.test' },
      grants: [...base, wanted],
      teams: [],
      onExisting: 'reject',
    }));
    const team = { team: 'team_new', name: 'T', scope };
    const place = { team: 'team_new', member: BLANK, source: 'direct' };
    return (
      whom.some(({ id }) => this.#may(actor, [changeRoles, change(id)])) ||
      bases.some((base) => this.#may(actor, [changeRoles, change(BLANK, base)])) ||
      invitations.some((one) => this.#may(actor, [invite, one])) ||
      (expiresAt === undefined &&
        this.#may(
          actor,
          [createTeam, team],
          [setTeamRoles, { team: 'team_new', scope, roles: [role] }],
          [addTeamMember, place],
        ))
    );
  }

  #isOther(id: string): boolean {
    return (this.start.others ?? []).some((one) => id.startsWith(one.id));
  }

  #bases(scope: string): Holding[][] {
    const { catalogue, held } = this.start;
    if (typeof catalogue.rolesPerMember === 'string') return [];
    return [...held, ...this.group.taken]
      .filter((one) => one.scope === scope)
      .filter(({ role }) => catalogue.roles.get(role as never)?.kind === 'base')
      .map((one) => [one]);
  }

  /** An account is of use to whoever has a key of it. */
  #makesAccount(actor: ActorFact, wanted: Holding): boolean {
    const grants = wanted.role === NONE ? [] : [wanted];
    const account = { account: 'svc_new', name: 'A', grants };
    const key = { key: 'key_new', owner: 'svc_new', name: 'K', scopes: [], secretHash: '' };
    const { expiresAt } = wanted;
    return [key, ...(expiresAt === undefined ? [] : [{ ...key, expiresAt }])].some((one) =>
      this.#may(actor, [createServiceAccount, account], [createApiKey, one]),
    );
  }

  /** Roles of their own making, of all that whoever makes one has. */
  #makes(): { role: CustomRole; holding: Holding }[] {
    const { catalogue } = this.start;
    const scopes = new Set(['organization', ...candidates(this.start).map((one) => one.scope)]);
    const define = (permissions: readonly Permission[]) => ({
      role: `own_${permissions.join()}`,
      name: 'own',
      scopes: [...catalogue.scopes],
      permissions,
    });
    const all = [...catalogue.permissions.keys()];
    const roles = this.#actors
      .filter((actor) => this.#may(actor, [defineRole, define([])]))
      .map((actor) => all.filter((one) => this.#may(actor, [defineRole, define([one])])))
      .map((permissions) => define(permissions));
    // Many can make the same.
    return [...new Map(roles.map((one) => [one.role, one])).values()].flatMap((role) => {
      const before = this.group.made.filter((one) => one.role !== role.role);
      const made = { ...this.group, made: [...before, role] };
      const after = new InGroup(this.start, this.bare, made, this.onAsked);
      const accounts = [
        ACCOUNT,
        ...(this.start.others ?? []).map(({ id }) => id).filter(isAccount),
      ];
      return [...scopes]
        .flatMap((scope): Holding[] => [
          { role: role.role, scope },
          ...accounts.map((by) => ({ role: role.role, scope, by })),
        ])
        .filter((one) => after.give(one))
        .map((holding) => ({ role, holding }));
    });
  }

  #may(actor: ActorFact, ...acts: readonly (readonly [unknown, object])[]): boolean {
    const context = contextOf(this.start.catalogue, actor);
    this.onAsked();
    const ahead = acts.length > 1 ? overlay(this.#organization) : this.#organization;
    try {
      for (const [rule, command] of acts) {
        const decide = rule as (command: object, context: Context) => Decide;
        const events = decide(command, context)(ahead);
        if (acts.length > 1) happen(ahead, ...events);
      }
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  /** Every group that is one act further. */
  next(group: Group): Group[] {
    const known = [...this.start.held, ...group.taken];
    const keys = this.#keys().filter((key) => !isTaken(group, key) && this.#takes(key));
    const isKnown = (one: Holding): boolean => isOutlasted(one, inHands(known, one));
    const open = candidates(this.start).filter((one) => !isKnown(one));
    return [
      ...keys.map((key) => ({
        ...group,
        keys: [...group.keys, key],
        taken: [...group.taken, ...candidates(this.start).filter((one) => this.#isWith(key, one))],
      })),
      ...open
        .filter((one) => !keys.some((key) => this.#isWith(key, one)) && this.give(one))
        .map((one) => ({ ...group, taken: [...group.taken, one] })),
      ...this.#makes()
        .filter(({ holding }) => !isKnown(holding))
        .map(({ role, holding }) => ({
          ...group,
          taken: [...group.taken, holding],
          made: [...group.made.filter((one) => one.role !== role.role), role],
        })),
    ];
  }

  /** All that one act gives and that is not given yet. */
  everyNext(wanted: readonly Holding[]): Group {
    const { taken } = this.group;
    const made = this.#makes().filter(({ holding }) => !taken.some((one) => same(one, holding)));
    return {
      keys: this.#keys().filter((key) => !isTaken(this.group, key) && this.#takes(key)),
      taken: [
        ...wanted.filter((one) => !taken.some((other) => same(one, other)) && this.give(one)),
        ...made.map(({ holding }) => holding),
      ],
      made: made
        .map(({ role }) => role)
        .filter((role, i, all) => all.findIndex((one) => one.role === role.role) === i)
        .filter((role) => this.group.made.every((one) => one.role !== role.role)),
    };
  }
}

type Decide = (organization: Organization) => readonly MembershipEvent[];
const isTaken = ({ keys }: Group, { of, until }: Key): boolean =>
  keys.some((one) => one.of === of && isWithin(until, one.until));
/** Does this end no later than that? */
const isWithin = (one: string | undefined, end: string | undefined): boolean =>
  end === undefined || (one !== undefined && one <= end);
/** Is it held by them anyway, if only for a while? */
const isOf = (held: readonly Holding[], { role, scope, expiresAt }: Holding): boolean =>
  held.some(
    (one) =>
      one.role === role &&
      one.scope === scope &&
      one.expiresAt === expiresAt &&
      one.notBefore === undefined,
  );
const BLANK = 'mem_blank';
const ACCOUNT = 'svc_all';
