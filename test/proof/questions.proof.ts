/**
 * Ten million questions of histories of two thousand events, with everything in them that can happen:
 * the index answers as the naive oracle does, now and of any past moment. A principal is asked about
 * every permission at every place, for the oracle goes through all the events for each principal.
 */
import { expect, test } from '@jest/globals';
import type { OrganizationId } from '#domain/ids.js';
import { Access, BATCH_LIMIT } from '#access/access.js';
import type { Moment } from '#access/moment.js';
import type { AccessQuestion } from '#access/questions.js';
import { catalogueNow, namesIn, permissionsOf, SETUP, type Tally } from '../access/histories.js';
import { TestLog } from '../access/log.js';
import { judgeEach } from '../access/oracle.js';
import { START, World } from '../access/world.js';
import { randomness, scaled } from './support/running.js';

const EVENTS = 2000;
const HISTORIES = 100;
/** Of each history; half of them while it is written, half of its past. */
const QUESTIONS = 100_000;
const PLACES = 50;
/** Where one of these is never the answer, of ten histories or more, they say too little. */
const REASONS = [
  ['granted', 'no_role', 'wrong_scope', 'expired', 'not_yet', 'no_membership', 'deactivated'],
  ['suspended', 'space_inactive', 'space_not_found', 'key_revoked', 'key_expired'],
].flat();

test('the index answers as the naive oracle does, ten million times', async () => {
  const random = randomness('questions');
  const tally: Tally = new Map();
  let asked = 0;
  let events = 0;
  const runs = scaled(HISTORIES);
  const began = Date.now();
  for (let run = 1; run <= runs; run++) {
    const story = new Story(random, tally);
    try {
      asked += await story.isAskedWhileItIsWritten();
      asked += await story.isAskedAboutItsPast();
    } finally {
      await story.end();
    }
    events += story.world.events.length;
    const seconds = Math.round((Date.now() - began) / 1000);
    console.log(`${run} of ${runs} histories, ${asked} questions, ${seconds} s`);
  }
  const told = [...tally].sort(([, a], [, b]) => b - a).map(([what, n]) => `  ${n} ${what}`);
  console.log(`${asked} questions of ${events} events, no disagreement\n${told.join('\n')}`);
  // One or two histories may be without one of them.
  for (const reason of runs < 10 ? [] : REASONS)
    expect([reason, tally.get(reason) ?? 0]).not.toEqual([reason, 0]);
});

/** One history: a world, its log, and an index that follows that. */
class Story {
  readonly world = new World(EVENTS);
  readonly #log = new TestLog();
  readonly #stop = new AbortController();
  readonly #access: Access;
  readonly #running: Promise<void>;
  #now = START;

  constructor(
    private readonly random: () => number,
    private readonly tally: Tally,
  ) {
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

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#log.log.close();
  }

  /** Also within a millisecond of when a grant begins or ends. */
  async isAskedWhileItIsWritten(): Promise<number> {
    const { events, boundaries } = this.world;
    let written = 0;
    let asked = 0;
    for (let place = 1; place <= PLACES; place++) {
      const end = Math.max(SETUP, Math.floor((events.length * place) / PLACES));
      await this.#log.append(events.slice(written, end));
      written = end;
      for (const id of ['acme', 'beta', 'platform'] as OrganizationId[]) {
        this.#access.acknowledged(id, this.#log.revision(`organization-${id}`));
      }
      const latest = Date.parse(events[end - 1]!.at);
      while (asked < (QUESTIONS / 2 / PLACES) * place) {
        const isNear = boundaries.length > 0 && this.#number(2) === 0;
        this.#now = isNear ? this.#one(boundaries) + this.#number(3) - 1 : latest;
        asked += await this.#isAsked(end, new Date(this.#now).toISOString());
      }
    }
    return asked;
  }

  async isAskedAboutItsPast(): Promise<number> {
    const { events } = this.world;
    this.#now = this.world.now;
    let asked = 0;
    while (asked < QUESTIONS / 2) {
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

  #organization = (): string => this.#one(['beta', 'platform', ...Array<string>(6).fill('acme')]);

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
    const some = Array.from({ length: 6 }, () => this.#late(['space_none', ...spaces]));
    const permissions = permissionsOf(catalogueNow(happened, organization, this.world));
    const questions = [undefined, ...new Set(some)].flatMap((space) =>
      permissions.map((permission) => ({
        organization,
        principal,
        permission,
        ...(space === undefined ? {} : { space }),
      })),
    );
    expect(questions.length).toBeLessThanOrEqual(BATCH_LIMIT);
    const { results } = await this.#access.checkBatch(questions as unknown as AccessQuestion[], at);
    const judged = judgeEach(happened, { organization, principal }, questions, now);
    results.forEach(({ allowed, reason }, n) => {
      this.tally.set(reason, (this.tally.get(reason) ?? 0) + 1);
      if (allowed === judged[n]!.allowed && reason === judged[n]!.reason) return;
      const told = { ...questions[n], at, now, end, index: { allowed, reason }, oracle: judged[n] };
      throw new Error(JSON.stringify(told));
    });
    return questions.length;
  }
}
