/**
 * Which roles a group can come to hold, and in how few acts: a search in breadth over everything the
 * rules themselves let its people and its service accounts do. Shares no code with `reach`.
 *
 * A group holds a set of roles. Where a person may have many, one of them has all that people have;
 * else there is one for each role, or for each base role at each scope with what goes beside it. One
 * service account has all the roles of accounts. An act gives one role at one scope; a role of one's
 * own making is defined and given in one.
 */
import type { Catalogue } from '#domain/catalogue.js';
import type { Context } from '#domain/context.js';
import { createApiKey } from '#domain/decide/api-key.js';
import { changeRoles } from '#domain/decide/change-roles.js';
import { invite } from '#domain/decide/invitation.js';
import { defineRole } from '#domain/decide/role.js';
import { createServiceAccount } from '#domain/decide/service-account.js';
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

export interface Holding {
  readonly role: string;
  readonly scope: string;
  readonly expiresAt?: string;
  /** In the hands of a service account: roles for accounts always are, custom ones can be. */
  readonly byAccount?: true;
}
export interface CustomRole {
  readonly role: string;
  readonly permissions: readonly string[];
}
/** A catalogue, roles of the organization's own, and what one member holds at the start. */
export interface Start {
  readonly catalogue: Catalogue;
  readonly customs: readonly CustomRole[];
  readonly held: readonly Holding[];
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

/** An organization with two spaces and the roles of its own, where nobody holds anything. */
export function empty({ catalogue, customs }: Omit<Start, 'held'>): Organization {
  const organization = emptyOrganization('acme' as OrganizationId);
  const create = { type: 'organization.create', name: 'A', catalogue: catalogue.id, version: 1 };
  const spaces = catalogue.scopes.has('space') ? [SPACE, OTHER_SPACE] : [];
  return happen(
    organization,
    { ...create, sha256: '', ownDomains: [] },
    ...spaces.map((space) => ({ type: 'space.create', space, name: space })),
    ...customs.map((one) => defines(one, catalogue.scopes)),
  );
}

/** Where Ann holds all this. */
export const given = (start: Start): Organization => happen(empty(start), joins(ANN, start.held));
export const ANN = 'mem_ann';

/** The fewest acts to each role that is reached, but for what lasts no longer than another of no
 * more acts; nothing where there are more than so many groups of as many acts to look at. */
export function fewestActs(start: Start, most = 200): Map<string, number> | undefined {
  const bare = empty(start);
  const groups = new Groups(start, bare);
  const wanted = new Set(candidates(start).filter((one) => !isOutlasted(one, start.held)));
  // Also what is held already, in other hands.
  const reachable = groups.everything(candidates(start));
  for (const one of wanted) if (!reachable.some((other) => same(one, other))) wanted.delete(one);
  const fewest = new Map<string, number>();
  const reached: Holding[] = [];
  let layer: readonly Group[] = [{ taken: [], made: [] }];
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
  return fewest;
}

/** As `text`, and in whose hands. */
const nameOf = (one: Holding): string => `${text(one)} ${one.byAccount ? 'account' : 'person'}`;
const same = (a: Holding, b: Holding): boolean => nameOf(a) === nameOf(b);
const inHands = (some: readonly Holding[], { byAccount }: Holding): Holding[] =>
  some.filter((one) => one.byAccount === byAccount);
const isOutlasted = (one: Holding, by: readonly Holding[]): boolean =>
  by.some(
    ({ role, scope, expiresAt }) =>
      role === one.role &&
      scope === one.scope &&
      (expiresAt === undefined || (one.expiresAt !== undefined && one.expiresAt <= expiresAt)),
  );

function candidates({ catalogue, customs, held }: Start): Holding[] {
  const spaces = catalogue.scopes.has('space') ? [OTHER_SPACE] : [];
  const scopes = new Set(['organization', ...spaces, ...held.map(({ scope }) => scope)]);
  const ends = new Set([undefined, ...held.map(({ expiresAt }) => expiresAt)]);
  const roles = [
    ...[...catalogue.roles.values()].map((one) => ({
      ...one,
      byAccount: one.kind === 'service_account',
    })),
    ...[false, true].flatMap((byAccount) =>
      customs.map(({ role }) => ({
        id: role,
        kind: 'custom',
        scopes: catalogue.scopes,
        byAccount,
      })),
    ),
  ].filter(({ kind }) => kind !== 'implicit');
  return roles.flatMap(({ id, scopes: levels, byAccount }) =>
    [...scopes]
      .filter((scope) => levels.has(scope === 'organization' ? scope : 'space'))
      .flatMap((scope) =>
        [...ends].map((expiresAt) => ({
          role: id,
          scope,
          ...(expiresAt === undefined ? {} : { expiresAt }),
          ...(byAccount ? { byAccount } : {}),
        })),
      ),
  );
}

/** What has been given, and the roles that were made for it. */
interface Group {
  readonly taken: readonly Holding[];
  readonly made: readonly CustomRole[];
}

const distinct = (groups: readonly Group[]): Group[] => [
  ...new Map(groups.map((one) => [one.taken.map(nameOf).sort().join(), one])).values(),
];

class Groups {
  constructor(
    private readonly start: Start,
    private readonly bare: Organization,
  ) {}

  /** All that is given in the end. */
  everything(wanted: readonly Holding[]): Holding[] {
    let group: Group = { taken: [], made: [] };
    for (;;) {
      const inIt = this.of(group);
      const more = inIt.everyNext(wanted);
      if (more.taken.length === 0) return [...group.taken];
      group = { taken: [...group.taken, ...more.taken], made: [...group.made, ...more.made] };
    }
  }

  of(group: Group): InGroup {
    return new InGroup(this.start, this.bare, group);
  }
}

/** One group, and what it may do. */
class InGroup {
  readonly #organization: Organization;
  readonly #actors: readonly ActorFact[];

  constructor(
    private readonly start: Start,
    private readonly bare: Organization,
    private readonly group: Group,
  ) {
    const { catalogue, held } = start;
    const people = [...held, ...group.taken.filter((one) => !one.byAccount)];
    const accounts = group.taken.filter((one) => one.byAccount);
    const hands = [held, ...this.#hands(people)];
    const account = { type: 'service_account.create', account: ACCOUNT, name: 'A' };
    this.#organization = happen(
      overlay(bare),
      ...group.made.map((one) => defines(one, catalogue.scopes)),
      ...hands.map((theirs, index) => joins(`mem_${index}`, theirs)),
      joins(BLANK, []),
      ...(accounts.length === 0 ? [] : [{ ...account, grants: granted(accounts, ACCOUNT) }]),
    );
    this.#actors = [
      ...hands.map((_, index) => userOf(`mem_${index}`)),
      ...(accounts.length === 0
        ? []
        : [{ kind: 'service_account', id: ACCOUNT, via: 'internal' } as unknown as ActorFact]),
    ];
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
    return this.#actors.some((actor) =>
      wanted.byAccount ? this.#makesAccount(actor, wanted) : this.#gives(actor, wanted),
    );
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
      ({ id, user, grants }) => id === BLANK || user === actor.id || grants.length === 1,
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
    const account = { account: 'svc_new', name: 'A', grants: [wanted] };
    const key = { key: 'key_new', owner: 'svc_new', name: 'K', scopes: [], secretHash: '' };
    return this.#may(actor, [createServiceAccount, account], [createApiKey, key]);
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
      const { taken, made } = this.group;
      const before = made.filter((one) => one.role !== role.role);
      const after = new InGroup(this.start, this.bare, { taken, made: [...before, role] });
      return [...scopes]
        .flatMap((scope): Holding[] => [
          { role: role.role, scope },
          { role: role.role, scope, byAccount: true },
        ])
        .filter((one) => after.give(one))
        .map((holding) => ({ role, holding }));
    });
  }

  #may(actor: ActorFact, ...acts: readonly (readonly [unknown, object])[]): boolean {
    const context = contextOf(this.start.catalogue, actor);
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
    const isKnown = (one: Holding): boolean => isOutlasted(one, inHands(known, one));
    const open = candidates(this.start).filter((one) => !isKnown(one));
    return [
      ...open
        .filter((one) => this.give(one))
        .map((one) => ({ ...group, taken: [...group.taken, one] })),
      ...this.#makes()
        .filter(({ holding }) => !isKnown(holding))
        .map(({ role, holding }) => ({
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
const BLANK = 'mem_blank';
const ACCOUNT = 'svc_all';
