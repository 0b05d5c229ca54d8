/**
 * Random histories and explanations of what is asked about them, now or at a past moment: what is named
 * is taken away, what is proposed is given. Yes and no are the oracle's; whether it can be given is the
 * real rule's.
 */
import { expect } from '@jest/globals';
import { compile } from '#catalogues/compile.js';
import type { CatalogueContent } from '#domain/catalogue.js';
import type { Context } from '#domain/context.js';
import { changeRoles } from '#domain/decide/change-roles.js';
import { changeServiceAccountRoles } from '#domain/decide/service-account.js';
import type { ActorFact, DomainEvent } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import type { OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { emptyOrganization, overlay, type Organization } from '#domain/state.js';
import { Access } from '#access/access.js';
import type { Explanation } from '#access/explain.js';
import { joined } from './facts.js';
import {
  catalogueNow,
  followed,
  namesIn,
  permissionsOf,
  SETUP,
  type History,
} from './histories.js';
import { judge, type Asked, type Happened } from './oracle.js';
import { World, type Event } from './world.js';

/** How often it was so, that a test can say what it has looked at. */
export interface Tally {
  allowed: number;
  /** Allowed by several grants. */
  several: number;
  /** Grants that were proposed. */
  cured: number;
  /** Grants that somebody named gave. */
  given: number;
  /** Asked of a past moment. */
  past: number;
  /** Of principals to whom something was proposed. */
  readonly kinds: Set<string>;
}

/** Why a grant is what is missing. */
const CURABLE = ['no_role', 'wrong_scope', 'not_yet', 'expired'];
/** Who is shown everything. */
const SYSTEM = { kind: 'system', id: 'configuration', via: 'internal' } as ActorFact;

export const explained = ({ moves, questions }: History, tally: Tally): Promise<void> =>
  followed(moves, async (world, access) => {
    for (const choices of questions) await judged(world, access, choices, tally);
  });

const one = <T>(list: readonly T[], choice: number): T => list[choice % list.length]!;

async function judged(world: World, access: Access, choices: readonly number[], tally: Tally) {
  const [where, who, what, at, when] = choices as [number, number, number, number, number];
  const organization = one(['beta', 'platform', 'acme', 'acme', 'acme', 'acme'], where);
  const isPast = when % 2 === 0;
  const now = isPast ? one(world.events.slice(SETUP), when).at : new Date(world.now).toISOString();
  const events = world.events.filter((event) => event.at <= now);
  const names = namesIn(world, events.length, organization, who % 7 === 0);
  const principal = one(['usr_none', ...names.filter((id) => !id.startsWith('space_'))], who);
  const spaces = names.filter((id) => id.startsWith('space_'));
  const space = one([undefined, ...spaces], at);
  const content = catalogueNow(events, organization, world);
  const permission = one(permissionsOf(content), what);
  const asked = { organization, principal, permission, ...(space === undefined ? {} : { space }) };
  const moment = isPast ? { at: { time: now } } : {};
  const told = await access.explain({ ...asked, ...moment } as never, SYSTEM);
  const { allowed, reason } = told;
  expect({ asked, now, allowed, reason }).toEqual({ asked, now, ...judge(events, asked, now) });
  if (isPast) tally.past += 1;
  if (!allowed) {
    const above = catalogueNow(events, 'platform', world);
    return new Proposals(events, asked, told, now, content, above).judge(tally);
  }

  const fallen: Happened[] = [];
  const losses = lossesOf(events, told, organization);
  const still = () => judge([...events, ...fallen], asked, now).allowed;
  for (const loss of losses) {
    expect({ asked, told, fallen, allowed: still() }).toMatchObject({ allowed: true });
    fallen.push(loss);
  }
  expect({ asked, told, fallen, allowed: still() }).toMatchObject({ allowed: false });
  tally.allowed += 1;
  if (losses.length > 1) tally.several += 1;
  for (const { events: grounds } of told.grants) expect(grounds).not.toEqual([]);
}

const NOWHERE = emptyOrganization('platform' as OrganizationId);

type Wanted = Pick<Explanation['missing'][number], 'role' | 'scope'>;

/** What is proposed of a no. */
class Proposals {
  readonly #here: Organization;
  readonly #context: Omit<Context, 'actor'>;
  readonly #scopes: readonly string[];

  constructor(
    private readonly events: readonly Event[],
    private readonly asked: Asked,
    private readonly told: Explanation,
    private readonly now: string,
    content: CatalogueContent,
    above: CatalogueContent,
  ) {
    const platform = { organization: folded(events, 'platform'), catalogue: compile(above) };
    this.#here = folded(events, asked.organization);
    this.#context = {
      now: now as Context['now'],
      catalogue: compile(content),
      platform,
      latest: () => undefined,
      newId: (() => 'grant_cure') as unknown as Context['newId'],
    };
    this.#scopes = [...new Set([asked.space ?? 'organization', 'organization'])];
  }

  judge(tally: Tally): void {
    const { asked, told } = this;
    const { missing, reason } = told;
    const holder = CURABLE.includes(reason) ? this.#holder() : undefined;
    const helping = holder === undefined ? [] : this.#helping(holder);
    const isProposed = (wanted: Wanted): boolean =>
      missing.some(({ role, scope }) => role === wanted.role && scope === wanted.scope);
    // None smaller would do, and whatever would do is no smaller than one that is proposed.
    const larger = missing.filter((each) => helping.some((other) => this.#isSmaller(other, each)));
    const forgotten = helping.filter(
      (each) => !isProposed(each) && !missing.some((other) => this.#isNoLarger(other, each)),
    );
    const useless = missing.filter(
      ({ role, scope }) => !helping.some((each) => each.role === role && each.scope === scope),
    );
    expect({ asked, reason, larger, forgotten, useless }).toMatchObject({
      larger: [],
      forgotten: [],
      useless: [],
    });
    for (const each of missing) this.#isGiven(each, holder!, tally);
    tally.cured += missing.length;
    if (missing.length > 0) tally.kinds.add(asked.principal.split('_')[0]!);
  }

  /** The member, or the account, that stands behind the principal. */
  #holder(): string | undefined {
    const { principal } = this.asked;
    const { members, memberByUser, apiKeys, serviceAccounts } = this.#here;
    const id =
      memberByUser.get(principal as never) ?? apiKeys.get(principal as never)?.owner ?? principal;
    const isHere =
      members.get(id as never)?.status === 'active' || serviceAccounts.has(id as never);
    return isHere ? id : undefined;
  }

  /** Every grant that the rules let anybody give and with which it would be allowed. */
  #helping(holder: string): Wanted[] {
    const { catalogue } = this.#context;
    const roles = [...catalogue.roles.keys(), ...this.#here.customRoles.keys()];
    return this.#scopes.flatMap((scope) =>
      roles
        .map((role) => ({ role, scope }) as Wanted)
        .filter((each) => this.#isAllowedWith(this.#gives(SYSTEM, holder, each))),
    );
  }

  #isAllowedWith(given: readonly DomainEvent[] | undefined): boolean {
    const stream = `organization-${this.asked.organization}`;
    const after = (given ?? []).map((event) => ({ stream, event }));
    return after.length > 0 && judge([...this.events, ...after], this.asked, this.now).allowed;
  }

  /** What the rule says to it; nothing where it refuses. */
  #gives(
    actor: ActorFact,
    holder: string,
    { role, scope }: Wanted,
    organization = this.#here,
    platform = this.#context.platform.organization,
  ): readonly DomainEvent[] | undefined {
    const above = { ...this.#context.platform, organization: platform };
    const context = { ...this.#context, platform: above, actor };
    const change = { scope, wanted: { kind: 'change' as const, add: [{ role }], remove: [] } };
    try {
      return holder.startsWith('mem_')
        ? changeRoles({ member: holder as never, ...change }, context)(organization)
        : changeServiceAccountRoles({ account: holder as never, ...change }, context)(organization);
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  #permissions({ role, scope }: Wanted): readonly string[] {
    const { catalogue } = this.#context;
    const all =
      catalogue.roles.get(role)?.permissions ?? this.#here.customRoles.get(role)!.permissions;
    return [...all].filter((each) => {
      const level = catalogue.permissions.get(each);
      return level === 'space' || (level === 'organization' && scope === 'organization');
    });
  }

  #isNoLarger(a: Wanted, b: Wanted): boolean {
    const more = new Set(this.#permissions(b));
    const isNoWider = a.scope === b.scope || b.scope === 'organization';
    return isNoWider && this.#permissions(a).every((each) => more.has(each));
  }

  #isSmaller = (a: Wanted, b: Wanted): boolean => this.#isNoLarger(a, b) && !this.#isNoLarger(b, a);

  /** By each who is named, and by nobody else; by holders of the roles that are named. */
  #isGiven(proposed: Explanation['missing'][number], holder: string, tally: Tally): void {
    const { asked, now } = this;
    const { replaces, mayGive } = proposed;
    expect({ asked, holder: proposed.holder }).toEqual({ asked, holder });
    const actors = [...this.#here.members.values()].flatMap<{ id: string; actor: ActorFact }>(
      ({ id, status, user }) =>
        status === 'active' && user !== undefined
          ? [{ id, actor: { kind: 'user', id: user, via: 'internal' } }]
          : [],
    );
    const may = actors.flatMap(({ id, actor }) => {
      const events = this.#gives(actor, holder, proposed);
      if (events === undefined) return [];
      expect({ asked, now, proposed, events, does: this.#isAllowedWith(events) }).toMatchObject({
        events: [{ removed: replaces }],
        does: true,
      });
      return [String(id)];
    });
    // Whom the platform alone lets act here is counted only where looked at.
    const local = actors.filter(
      ({ actor }) => this.#gives(actor, holder, proposed, this.#here, NOWHERE) !== undefined,
    );
    const { members, count, more } = mayGive as Required<typeof mayGive>;
    const wrong = members.filter((id) => !may.includes(id));
    const unnamed =
      members.length < 5 ? local.filter(({ id }) => !members.some((one) => one === id)) : [];
    expect({ asked, now, proposed, wrong, unnamed, more }).toMatchObject({
      wrong: [],
      unnamed: [],
      more: false,
    });
    expect(count).toBeGreaterThanOrEqual(local.length);
    expect(count).toBeLessThanOrEqual(may.length);
    tally.given += members.length;
    const named = mayGive.roles.map(({ role, scope }) => `${role} ${scope}`);
    expect({ asked, now, proposed, named }).toEqual({
      ...{ asked, now, proposed },
      named: this.#givingRoles(holder, proposed),
    });
  }

  /** Roles with which a newcomer, who holds nothing else, may give it; each where it is narrowest. */
  #givingRoles(holder: string, proposed: Wanted): string[] {
    const { roles } = this.#context.catalogue;
    const scopes = new Set([proposed.scope, 'organization']);
    return [...roles.keys(), ...this.#here.customRoles.keys()].flatMap((role) => {
      const at = [...scopes].find((scope) => this.#mayGiveWith(role, scope, holder, proposed));
      return at === undefined ? [] : [`${role} ${at}`];
    });
  }

  #mayGiveWith(role: string, scope: string, holder: string, proposed: Wanted): boolean {
    const found = this.#context.catalogue.roles.get(role as never);
    const levels: ReadonlySet<string> =
      found?.scopes ?? new Set(this.#here.customRoles.get(role as never)!.scopes);
    if (!levels.has(scope === 'organization' ? scope : 'space')) return false;
    const after = overlay(this.#here);
    const isAccounts = found?.kind === 'service_account';
    const grants = [{ id: 'grant_new', role, scope }];
    const account = { type: 'service_account.create', account: 'svc_newcomer', name: 'N', grants };
    happen(after, isAccounts ? account : joined('newcomer', ...grants), this.now);
    const actor = isAccounts
      ? { kind: 'service_account', id: 'svc_newcomer', via: 'internal' }
      : { kind: 'user', id: 'usr_newcomer', via: 'internal' };
    return this.#gives(actor as ActorFact, holder, proposed, after) !== undefined;
  }
}

function folded(events: readonly Event[], id: string): Organization {
  const organization = emptyOrganization(id as OrganizationId);
  for (const { stream, event, at } of events) {
    if (stream === `organization-${id}`) happen(organization, event, at);
  }
  return organization;
}

const happen = (organization: Organization, event: object, at: string): void =>
  evolve(organization, {
    event: event as never,
    metadata: { occurredAt: at, actor: SYSTEM } as never,
    revision: 0,
  });

/** Each grant that is named is taken away, in the order they are told, and at the end the
 * membership, where that is what an implicit role comes with. */
function lossesOf(
  events: readonly Event[],
  { grants }: Explanation,
  organization: string,
): Happened[] {
  const taken = new Map<string, Happened>();
  let left: Happened | undefined;
  for (const { grant, source, events: grounds } of grants) {
    const home = source === 'platform' ? 'platform' : organization;
    const stream = `organization-${home}`;
    if (grant === undefined) {
      const inHome = events.filter((event) => event.stream === stream);
      const joined = inHome[grounds[0]!.revision]!.event as { member?: string };
      const event = { type: 'member.remove', member: joined.member, reason: 'left' } as unknown;
      left = { stream, event: event as DomainEvent };
      continue;
    }
    const giving = events.find(
      ({ stream: where, event }) =>
        where === stream &&
        event.type !== 'member.invite' &&
        JSON.stringify(event).includes(`"${grant}"`),
    )!.event as { member?: string; account?: string; team?: string };
    const { member, account, team } = giving;
    const change =
      member !== undefined
        ? { type: 'member.role_change', member }
        : account !== undefined
          ? { type: 'service_account.role_change', account }
          : { type: 'team.role_change', team };
    const event = { ...change, added: [], removed: [grant], cause: 'direct' } as unknown;
    taken.set(`${home} ${grant}`, { stream, event: event as DomainEvent });
  }

  return [...taken.values(), ...(left === undefined ? [] : [left])];
}
