/** A long history and an index that follows its log, asked everything that can be asked. */
import type { ActorFact } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { Access, BATCH_LIMIT } from '#access/access.js';
import type { Moment } from '#access/moment.js';
import { catalogueNow, namesIn, permissionsOf, SETUP, type Tally } from '../../access/histories.js';
import { TestLog } from '../../access/log.js';
import {
  judgeEach,
  judgeKey,
  permissionOfRoute,
  unrouted,
  type Told,
} from '../../access/oracle.js';
import { START, World } from '../../access/world.js';
import { all, ORGANIZATIONS, Past, USERS } from './lists.js';

export const EVENTS = 2000;
/** Of each history: by lists and one after the other while it is written, and of its past. */
const LISTED = 25_000;
const WRITTEN = 25_000;
const PASSED = 50_000;
const PLACES = 50;

const REQUESTS = [
  { method: 'GET', path: '/documents/7' },
  { method: 'POST', path: '/billing' },
  { method: 'DELETE', path: '/documents/7' },
];

/** A principal in an organization, at a moment of the past or now. */
interface About {
  readonly organization: string;
  readonly principal: string;
  readonly at?: Moment;
}
/** Without a space, at the organization itself. */
interface Put {
  readonly permission: string;
  readonly space?: string;
}
const placed = (space: string | undefined): { space?: string } =>
  space === undefined ? {} : { space };
const putAt = (
  spaces: readonly (string | undefined)[],
  permissions: readonly string[],
): readonly Put[] =>
  spaces.flatMap((space) => permissions.map((permission) => ({ permission, ...placed(space) })));

export class Story {
  readonly world: World;
  readonly #log = new TestLog();
  readonly #stop = new AbortController();
  readonly #access: Access;
  readonly #running: Promise<void>;
  #now = START;

  /** @param lasts no organization is deleted before there are so many events. */
  constructor(
    private readonly random: () => number,
    private readonly tally: Tally,
    lasts: number,
  ) {
    this.world = new World(lasts);
    while (this.world.events.length < EVENTS) this.#move();
    // What has ended can be asked about as well.
    for (let n = 0; n < 40; n++) this.#move();
    this.#access = new Access(this.#log.log, { now: () => this.#now, patience: 60_000 });
    this.#running = this.#access.run(this.#stop.signal);
  }

  #move(): void {
    const choices = Array.from({ length: 8 }, () => this.#number(2 ** 31));
    this.world.move({ what: this.#number(2 ** 31), choices });
  }

  #number = (below: number): number => Math.floor(this.random() * below);
  #one = <T>(list: readonly T[]): T => list[this.#number(list.length)]!;
  /** Of what came late more than of what came early: most of that is gone. */
  #late = <T>(list: readonly T[]): T =>
    list[Math.max(...Array.from({ length: 4 }, () => this.#number(list.length)))]!;
  #some = <T>(list: readonly T[], count: number): T[] => [
    ...new Set(Array.from({ length: count }, () => this.#late(list))),
  ];
  #organization = (): string => this.#one(['beta', 'platform', ...Array<string>(6).fill('acme')]);

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#log.log.close();
  }

  /** Also within a millisecond of when a grant begins or ends. Gives how many questions that were. */
  async isAskedWhileItIsWritten(): Promise<number> {
    const { events, boundaries } = this.world;
    let written = 0;
    let asked = 0;
    let listed = 0;
    for (let place = 1; place <= PLACES; place++) {
      const end = Math.max(SETUP, Math.floor((events.length * place) / PLACES));
      await this.#log.append(events.slice(written, end));
      written = end;
      for (const id of ORGANIZATIONS as OrganizationId[]) {
        this.#access.acknowledged(id, this.#log.revision(`organization-${id}`));
      }
      const latest = Date.parse(events[end - 1]!.at);
      const moment = (): string => {
        const isNear = boundaries.length > 0 && this.#number(2) === 0;
        this.#now = isNear ? this.#one(boundaries) + this.#number(3) - 1 : latest;
        return new Date(this.#now).toISOString();
      };
      const past = new Past(this.world, end);
      while (listed < (LISTED / PLACES) * place) {
        listed += await this.#listsHolders(past, moment());
        for (let n = 0; n < 3; n++) listed += await this.#listsPlaces(past, moment());
      }
      while (asked < (WRITTEN / PLACES) * place) asked += await this.#isAsked(end, moment());
    }
    return asked + listed;
  }

  async isAskedAboutItsPast(): Promise<number> {
    const { events } = this.world;
    this.#now = this.world.now;
    let asked = 0;
    while (asked < PASSED) {
      const organization = this.#organization();
      const stream = `organization-${organization}`;
      const { at: time } = events[SETUP + this.#number(events.length - SETUP)]!;
      if (this.#number(2) === 0) {
        const end = events.findLastIndex(({ at }) => at <= time) + 1;
        asked += await this.#isAsked(end, time, organization, { time });
        continue;
      }
      const own = events.flatMap((event, index) => (event.stream === stream ? index : []));
      const revision = this.#number(own.length);
      const last = own[revision]!;
      asked += await this.#isAsked(last + 1, events[last]!.at, organization, { revision });
    }
    return asked;
  }

  /** One principal, about everything everywhere. @param end how many events have happened. */
  async #isAsked(
    end: number,
    now: string,
    organization = this.#organization(),
    at?: Moment,
  ): Promise<number> {
    const happened = this.world.events.slice(0, end);
    const names = namesIn(this.world, end, organization, this.#number(7) === 0);
    const principal = this.#late(['usr_none', ...names.filter((id) => !id.startsWith('space_'))]);
    const spaces = names.filter((id) => id.startsWith('space_'));
    const places = [undefined, ...this.#some(['space_none', ...spaces], 6)];
    const permissions = permissionsOf(catalogueNow(happened, organization, this.world));
    const put = putAt(places, permissions);
    const about = { organization, principal, ...(at === undefined ? {} : { at }) };
    const told = judgeEach(happened, about, put, now);
    const judged = new Map(put.map((one, n) => [one, told[n]!]));
    await this.#checks(about, judged);
    // What is asked of the past is folded anew for each of these.
    const place = this.#one(places);
    const way = this.#number(16);
    if (way === 0) return put.length + (await this.#listsPermissions(about, place, judged));
    if (way === 1) {
      const request = this.#one(REQUESTS);
      const permission = permissionOfRoute(happened, organization, request);
      const isIt = (one: Put) => one.permission === permission && one.space === place;
      const [, expected = unrouted] = [...judged].find(([one]) => isIt(one)) ?? [];
      const asked = { ...about, ...placed(place), ...request };
      this.#same({ ...asked, now }, await this.#access.route(asked as never), expected, 'route ');
      return put.length + 1;
    }
    if (organization === 'platform' || !principal.startsWith('key_')) return put.length;
    const scope = this.#one(['docs:read', 'docs:write']);
    const asked = { organization, key: principal, scope, ...(at === undefined ? {} : { at }) };
    const expected = judgeKey(happened, organization, principal, scope, now);
    this.#same({ ...asked, now }, await this.#access.keyScope(asked as never), expected, 'key ');
    return put.length + 1;
  }

  async #checks({ at, ...about }: About, judged: ReadonlyMap<Put, Told>): Promise<void> {
    const questions = [...judged.keys()].map((put) => ({ ...about, ...put }));
    if (questions.length > BATCH_LIMIT) throw new Error(`${questions.length} at once`);
    const { results } = await this.#access.checkBatch(questions as never, at);
    const expected = [...judged.values()];
    results.forEach((answer, n) =>
      this.#same({ ...questions[n], at, now: this.#now }, answer, expected[n]!),
    );
  }

  /** All that somebody may do at a place. */
  async #listsPermissions(
    about: About,
    space: string | undefined,
    judged: ReadonlyMap<Put, Told>,
  ): Promise<number> {
    const there = [...judged].filter(([put]) => put.space === space);
    const expected = there.flatMap(([{ permission }, { allowed }]) => (allowed ? permission : []));
    const list = await this.#access.permissions({ ...about, ...placed(space) } as never).then(
      ({ permissions }): readonly string[] => permissions,
      (error: unknown) => {
        if (error instanceof Refusal && error.code === 'space.not_found') return [];
        throw error;
      },
    );
    this.#alike({ ...about, space, now: this.#now }, list, expected.sort(), 'permissions listed');
    return there.length;
  }

  /** Who holds each permission, at some places of one organization. */
  async #listsHolders(past: Past, now: string): Promise<number> {
    const organization = this.#organization();
    const left = past.spacesLeft(organization);
    const put = putAt(
      [undefined, ...(left.length === 0 ? [] : this.#some(left, 4))],
      past.permissions(organization),
    );
    const whom = [...past.principals(organization), ...USERS, ...past.abroad(organization)];
    const judged = new Map(
      whom.map((principal) => [
        principal,
        judgeEach(past.events, { organization, principal }, put, now),
      ]),
    );
    for (const [n, one] of put.entries()) {
      const question = { organization, ...one };
      const rows = await all((from) => this.#access.holders(question as never, from), this.#size());
      const expected = past.holders(organization, (id) => judged.get(id)![n]!.allowed);
      const got = rows.map(({ id }) => String(id)).sort();
      this.#alike({ ...question, now }, got, expected, 'holders listed');
    }
    return put.length * whom.length;
  }

  /** Where somebody holds each permission that there is. */
  async #listsPlaces(past: Past, now: string): Promise<number> {
    const principal = this.#late([...USERS, ...ORGANIZATIONS.flatMap(past.principals)]);
    const judged = ORGANIZATIONS.flatMap((organization) => {
      const spaces = [undefined, ...past.spaces(organization)];
      const put = putAt(spaces, past.permissions(organization));
      const told = judgeEach(past.events, { organization, principal }, put, now);
      return put.map((one, n) => ({ ...one, organization, ...told[n]! }));
    });
    const oneself = { kind: 'user', id: principal, via: 'internal' } as ActorFact;
    for (const permission of new Set(judged.map((one) => one.permission))) {
      const question = { principal, permission };
      const rows = await all(
        (from) => this.#access.whereabouts(question as never, oneself, from),
        this.#size(),
      );
      const text = ({ organization, space = '' }: { organization: string; space?: string }) =>
        `${organization} ${space}`;
      const expected = judged.filter((one) => one.allowed && one.permission === permission);
      this.#alike({ ...question, now }, rows.map(text), expected.map(text).sort(), 'places listed');
    }
    return judged.length;
  }

  #size = () => ({ rows: 1 + this.#number(40), looks: 20 + this.#number(80) });

  #same(asked: object, { allowed, reason }: Told, judged: Told, what = ''): void {
    this.#count(`${what}${reason}`, 1);
    if (allowed === judged.allowed && reason === judged.reason) return;
    throw new Error(JSON.stringify({ asked, index: { allowed, reason }, oracle: judged }));
  }

  #alike(asked: object, index: readonly string[], oracle: readonly string[], what: string): void {
    this.#count(what, index.length);
    if (index.join() === oracle.join()) return;
    throw new Error(JSON.stringify({ asked, index, oracle }));
  }

  #count = (what: string, count: number): void =>
    void this.tally.set(what, (this.tally.get(what) ?? 0) + count);
}
