/**
 * Escalation: what a member could come to hold by acts they are allowed to do. They may have
 * helpers: whoever they invite, change or add to a team does what that one may, and so on; with a key
 * of somebody they do what that one may. Judged as of now, by the same relation as the acts
 * themselves, as if no act stood in the way of another; deactivated spaces count as active.
 */
import type { Catalogue, Operation } from './catalogue.js';
import type { RoleAtScope } from './delegation.js';
import { isPossible, possible, possibleInTurns } from './giving.js';
import {
  byKeys,
  FOR_KEYS,
  handsOf,
  isKeyOf,
  NOTHING,
  powers,
  type Step,
  type Wanted,
  type Way,
} from './hands.js';
import type { Instant, Scope, ServiceAccountId, SpaceId } from './ids.js';
import { isAccount, keyholders, type Keyholder, type Keyholders } from './keyholders.js';
import { covers, has, lasts, PLATFORM_PERMISSION, type Held, type Rights } from './permissions.js';
import type { Organization } from './state.js';
import {
  candidates,
  endsOf,
  isIn,
  MOST_CHANGED,
  ownRoles,
  search,
  type Act,
  type Found,
  type Reach,
  type Search,
} from './ways.js';

export type { Act, Reach };

/** Stands for every space at which nothing particular is held, also those still to come. */
export const ANY_SPACE = 'any_space' as SpaceId;

/** What can be reached, and how long that is so for as long as the member holds what they do. */
export interface Reached {
  readonly rows: readonly Reach[];
  /** Somebody whose key counts, or would, holds something else from then; absent: nobody does. */
  readonly until?: Instant;
}

/** Where there are more whose keys could be had, they are no shorter way to what is given anyway. */
const FEW_KEYS = 20;

/**
 * Every role at every scope that can be reached, each for as long as possible; the fewest acts come
 * first. Where there are too many ways to go them all, what is left has one of which no act can be
 * left out, which need not be the shortest. A bit of it at a time: with hundreds of roles it takes
 * seconds.
 */
export function* reaching(
  organization: Organization,
  catalogue: Catalogue,
  rights: Rights,
  now: Instant,
): Generator<void, Reached> {
  let holders: Keyholder[] = [];
  let everybody: Keyholders | undefined;
  for (;;) {
    const found = yield* everywhere({ organization, catalogue, rights, holders });
    let more: readonly Keyholder[] = [];
    if (found.mayHaveKeys) {
      everybody ??= yield* keyholders(organization, catalogue, now);
      const others = everybody.holders.filter(
        (one) => one.id !== rights.member?.id && !holders.includes(one),
      );
      more = yield* found.ofUse(others);
    }
    if (more.length === 0) {
      const rows = found.rows.sort((a, b) => a.acts.length - b.acts.length);
      const until = everybody?.until;
      return { rows, ...(until === undefined ? {} : { until }) };
    }
    holders = [...holders, ...more];
  }
}

type Whole = Omit<Search, 'scopes'>;

/** Searched at one space after the other: what is held at one is of no use at another, but for those
 * at which somebody holds something whose key, or a change of whom, is. */
function* everywhere(whole: Whole): Generator<void, Everywhere> {
  const linked = new Set<Scope>();
  for (;;) {
    const found = new Everywhere(whole, yield* apart(whole, [...linked]));
    const more = yield* found.links();
    if (more.length === 0) return found;
    for (const space of more) linked.add(space);
  }
}

/** What is found at a space, and at those that are searched with each. */
interface At extends Found {
  readonly space: Scope | undefined;
  /** One that was searched, and where the same is found. */
  readonly like?: At;
  readonly place: Search;
}

function* apart(whole: Whole, linked: readonly Scope[]): Generator<void, At[]> {
  const { organization, catalogue, rights, holders } = whole;
  const own = new Set(scopesOf([...rights.held, ...holders.flatMap(({ grants }) => grants)]));
  for (const scope of own) {
    if (linked.includes(scope) || !organization.spaces.has(scope as SpaceId)) own.delete(scope);
  }
  const known = new Map<string, At>();
  const all: At[] = [];
  for (const space of catalogue.scopes.has('space') ? [ANY_SPACE, ...own] : [undefined]) {
    const scopes: Scope[] = ['organization', ...linked, ...(space === undefined ? [] : [space])];
    const isHere = ({ scope }: { readonly scope: Scope }): boolean => scopes.includes(scope);
    const place = {
      ...whole,
      scopes,
      rights: { ...rights, held: rights.held.filter(isHere) },
      holders: holders.filter(({ grants }) => grants.length === 0 || grants.some(isHere)),
    };
    const isAlone = all.length > 0 && !mayLink(whole);
    const name = likeness(place, space);
    const before = known.get(name);
    const here =
      before === undefined
        ? { place, space, ...(yield* search(place, isAlone ? [space!] : scopes)) }
        : moved(before, { place, space });
    known.set(name, here);
    all.push(here);
  }
  return all;
}

/** Can what is held at one space lead to something elsewhere? */
const mayLink = ({ catalogue, holders }: Whole): boolean =>
  holders.length > 0 || catalogue.operations.has('change_service_account_roles');

const scopesOf = (some: readonly { readonly scope: Scope }[]): Scope[] =>
  [...new Set(some.map(({ scope }) => scope))].filter((scope) => scope !== 'organization');

/** The same for two spaces at which the same is held, be it until other moments in the same order. */
function likeness(place: Search, space: Scope | undefined): string {
  const { rights, holders } = place;
  const ends = endsOf(place);
  const isOwn = holders.some(({ grants }) => grants.some(({ scope }) => scope === space));
  const held = rights.held.map(({ role, scope, expiresAt }) =>
    [scope === space, role.id, expiresAt && ends.indexOf(expiresAt)].join(' '),
  );
  return [...held.sort(), isOwn && space].join();
}

/** What is found at one space, as it is at another that is alike. */
function moved(like: At, to: Pick<At, 'place' | 'space'>): At {
  const { rows, all, ...from } = like;
  const [before, after] = [endsOf(from.place), endsOf(to.place)];
  const there = <T extends Pick<Held, 'scope' | 'expiresAt'>>({ expiresAt, ...one }: T) => ({
    ...one,
    scope: one.scope === from.space ? to.space! : one.scope,
    ...(expiresAt === undefined ? {} : { expiresAt: after[before.indexOf(expiresAt)]! }),
  });
  return {
    ...to,
    like,
    rows: rows.map((row) => ({
      ...there(row),
      acts: row.acts.map(there) as unknown as Reach['acts'],
    })),
    all: all.map((step) => ({ ...step, held: there(step.held) })),
  };
}

/** Accounts that are had where this space is. */
const hadAt = ({ all }: At): Way => all.filter(({ held }) => held.by !== 'person');

/** The key of an account that holds nothing. */
const BLANK: Step = {
  operation: 'create_api_key',
  held: {
    role: NOTHING,
    scope: 'organization',
    by: { id: 'svc_' as ServiceAccountId, grants: [], held: [] },
  },
};

/** What is found wherever it was searched. */
class Everywhere {
  readonly rows: Reach[];
  readonly #first: At;
  readonly #rest: readonly At[];
  readonly #open = new Map<At, boolean>();

  constructor(
    private readonly whole: Whole,
    private readonly all: readonly At[],
  ) {
    [this.#first, ...this.#rest] = all as [At, ...At[]];
    const rest = this.#rest.flatMap(({ rows, space }) => rows.filter((row) => row.scope === space));
    this.rows = [...this.#first.rows, ...rest].filter((row) => !this.#isTold(row));
  }

  /** Is it so at any space, and the member holds nothing at this one? */
  #isTold(row: Reach): boolean {
    const places = ['organization', ANY_SPACE, ...scopesOf(this.whole.rights.held)];
    if (places.includes(row.scope)) return false;
    return fewest(this.#first.rows, { ...row, scope: ANY_SPACE }) <= row.acts.length;
  }

  /** Spaces that are not to be searched apart: with an account from there more is given elsewhere. */
  *links(): Generator<void, Scope[]> {
    if (!mayLink(this.whole)) return [];
    const links: Scope[] = [];
    for (const by of this.whole.holders) {
      const spaces = scopesOf(by.grants).filter(
        (space) => !this.#first.place.scopes.includes(space),
      );
      // By what is held in the organization alone it is the same at each.
      const isKeyHad = () => isPossible(this.whole, this.#first.all, this.#keysOf(by));
      const isWide = new Set(by.grants.map(({ scope }) => scope)).size > 1;
      if (isWide && spaces.length > 0 && !isKeyHad()) links.push(...spaces);
      yield;
    }
    for (const { rows, space } of this.#rest) {
      const above = rows.filter(({ scope }) => scope !== space);
      if (above.some((row) => row.acts.length < fewest(this.#first.rows, row))) links.push(space!);
      yield;
    }
    if (!this.#mayAny('change_service_account_roles')) return links;
    // The same is found at those that are alike.
    for (const other of this.all.filter(({ like }) => like === undefined)) {
      const from = this.#rest.filter((one) => one !== other && hadAt(one).length > 0);
      if (!(yield* this.#isOpen(other))) continue;
      if (!(yield* this.#isMore(other, from.flatMap(hadAt)))) continue;
      const alone: At[] = [];
      for (const one of from) if (yield* this.#isMore(other, hadAt(one))) alone.push(one);
      links.push(...(alone.length > 0 ? alone : from).map(({ space }) => space!));
    }
    return links;
  }

  /** Can accounts that are had be changed here, so that they get what they don't anyway? */
  *#isMore({ place, all }: At, had: Way): Generator<void, boolean> {
    const theirs = had.flatMap(({ held: { by } }) => (typeof by === 'object' ? [by] : []));
    const holders = [...new Set([...theirs, ...place.holders])];
    const given = handsOf(place, all, 'account');
    const way = [...all, ...had];
    const there = { ...place, holders };
    const wanted = [...candidates(there), ...ownRoles(there, way)].filter(
      (one) => one.by !== 'person' && !isKeyOf(one.by, one) && !isIn(given, one),
    );
    return (yield* possibleInTurns(place, way, wanted)).length > 0;
  }

  /** Would an account that holds nothing be given there what those that are had are not? */
  *#isOpen(at: At): Generator<void, boolean> {
    const known = this.#open.get(at) ?? (yield* this.#isMore(at, [BLANK]));
    this.#open.set(at, known);
    return known;
  }

  /** May any of them make keys of others? */
  get mayHaveKeys(): boolean {
    return FOR_KEYS.some((operation) => this.#mayAny(operation));
  }

  #mayAny(operation: Operation): boolean {
    const { catalogue, rights } = this.whole;
    const held = [...rights.held, ...this.all.flatMap(({ all }) => all.map((step) => step.held))];
    const permission = catalogue.operations.get(operation);
    return (
      has(rights, PLATFORM_PERMISSION.operate) ||
      (permission !== undefined && held.some(({ role }) => role.permissions.has(permission)))
    );
  }

  /** Of these those whose keys can be had, where there is a role then that there was not, or sooner. */
  *ofUse(some: readonly Keyholder[]): Generator<void, Keyholder[]> {
    const alike = new Map<string, Keyholder[]>();
    for (const one of [...some].sort(byUse)) {
      const name = [isAccount(one), ...scopesOf(one.grants)].join();
      const group = alike.get(name) ?? [];
      group.push(one);
      alike.set(name, group);
    }
    const isFar = some.length <= FEW_KEYS && this.rows.some(({ acts }) => acts.length > 2);
    const above = this.#first.all.filter(({ held }) => held.scope !== ANY_SPACE);
    const found: Keyholder[] = [];
    for (const group of alike.values()) {
      const spaces = scopesOf(group[0]!.grants);
      const way = [...above, ...spaces.flatMap((space) => this.#at(space))];
      const keys = group.flatMap((by) => this.#keysOf(by));
      const atOnce = new Set([...possible(this.whole, [], keys)].map(({ held }) => held.by));
      const hands = powers(this.whole, way, ['organization', ...spaces]);
      const had = new Map(
        [...possible(this.whole, way, keys.reverse())].map((key) => [
          key.held.by as Keyholder,
          key,
        ]),
      );
      for (const [one, key] of had) {
        const acts = one.held.map((held) => this.#fewest(held));
        const isSooner = isFar || (atOnce.has(one) && acts.some((n) => n > 1));
        const all = [...hands, ...found.map(({ held }) => held)];
        const isNew = ['organization' as const, ...spaces].some((scope) => {
          const here = one.held.filter((held) => covers(held.scope, scope));
          return !all.some((hand) => here.every((held) => isIn(hand, held)));
        });
        if (isSooner || isNew || (yield* this.#leads(one, key, found))) found.push(one);
        yield;
      }
      yield;
    }
    return found;
  }

  /** Something of what comes with its keys, that which lasts longest first. */
  #keysOf(by: Keyholder): Wanted[] {
    if (by.held.length > 0) {
      const [first, ...others] = byKeys(by).map((held) => ({ ...held, by }));
      return [first!, ...others.slice(-1)];
    }
    const ends = endsOf({ ...this.whole, holders: [...this.whole.holders, by] }).reverse();
    return [undefined, ...ends].map((expiresAt) => ({
      ...{ role: NOTHING, scope: 'organization', by },
      ...(expiresAt === undefined ? {} : { expiresAt }),
    }));
  }

  /** Is more given to it, once there is a key? */
  *#leads(one: Keyholder, key: Step, found: readonly Keyholder[]): Generator<void, boolean> {
    if (!isAccount(one) || !this.#mayAny('change_service_account_roles')) return false;
    if ([...this.whole.holders, ...found].filter(isAccount).length >= MOST_CHANGED) return false;
    for (const at of this.all) {
      if ((yield* this.#isOpen(at.like ?? at)) && (yield* this.#isMore(at, [key]))) return true;
    }
    return false;
  }

  /** What can be given at this space alone; where it was not searched, at any. */
  #at(space: Scope): Way {
    if (this.#first.place.scopes.includes(space)) return [];
    const here = this.#rest.find((one) => one.space === space);
    const { all } = here ?? moved(this.#first, { place: this.#first.place, space });
    return all.filter(({ held }) => held.scope !== 'organization');
  }

  #fewest({ role, scope, expiresAt }: Held): number {
    const one = { role: role.id, scope, ...(expiresAt === undefined ? {} : { expiresAt }) };
    if (role.kind === 'implicit' || isIn(this.whole.rights.held, { ...one, role })) return 0;
    return Math.min(
      fewest(this.rows, one),
      scope === 'organization' ? Infinity : fewest(this.#first.rows, { ...one, scope: ANY_SPACE }),
    );
  }
}

/** Those who hold little come first, and of these those who hold it longest: others add nothing to it. */
const byUse = (a: Keyholder, b: Keyholder): number =>
  a.grants.length - b.grants.length ||
  Number(lasts(b.held[0]?.expiresAt, a.held[0]?.expiresAt)) -
    Number(lasts(a.held[0]?.expiresAt, b.held[0]?.expiresAt));

/** The acts that lead to it, for as long. */
const fewest = (rows: readonly Reach[], wanted: RoleAtScope): number =>
  Math.min(
    ...rows
      .filter(
        ({ role, scope, expiresAt }) =>
          role === wanted.role && scope === wanted.scope && lasts(expiresAt, wanted.expiresAt),
      )
      .map(({ acts }) => acts.length),
  );
