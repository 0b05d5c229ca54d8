/**
 * What is taken from one and then given to another is never seen the other way round: whoever sees
 * the later one hold it never again sees an earlier one hold it.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ActorFact, DomainEvent } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { Told } from '#access/change-stream/watched.js';
import type { AccessQuestion } from '#access/questions.js';
import { created, joined, PUBLISHED } from './facts.js';
import { TestLog } from './log.js';
import { Subscriber } from './subscriber.js';

const PERMISSION = 'documents:edit';
const PLACES = ['acme', 'beta', 'platform'] as const;
const NOW = '2026-03-01T12:00:00.000Z';
const SERVICE = { kind: 'system', id: 'configuration', via: 'internal' } as ActorFact;

type Place = (typeof PLACES)[number];
/** Where each holds it, one after the other; where the platform gives it, asked about in `asked`. */
interface Holding {
  readonly place: Place;
  readonly asked: 'acme' | 'beta';
}

let log: TestLog;
let nodes: Access[];
let stop: AbortController;
let running: Promise<void>[];

beforeEach(async () => {
  log = new TestLog();
  stop = new AbortController();
  nodes = [1, 2].map(() => new Access(log.log, { now: () => Date.parse(NOW), patience: 20_000 }));
  running = nodes.map((node) => node.run(stop.signal));
  await log.append(PUBLISHED);
  for (const place of PLACES) await happens(place, created(place === 'platform' ? place : 'works'));
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await log.log.close();
});

/** The revision that the organization is at from there on. */
const happens = async (organization: string, event: object): Promise<number> => {
  const stream = `organization-${organization}`;
  await log.append([{ stream, event: event as DomainEvent }]);
  return log.revision(stream);
};

/** One who holds it for a time, and never again. */
class Holder {
  readonly #grant: object;

  constructor(
    readonly name: string,
    readonly holding: Holding,
  ) {
    const role = this.holding.place === 'platform' ? 'works/editor' : 'editor';
    this.#grant = { id: `grant_${name}`, role, scope: 'organization' };
  }

  async joins(): Promise<void> {
    await happens(this.holding.place, joined(this.name));
  }

  async takes(): Promise<void> {
    await this.#changes({ added: [this.#grant], removed: [] });
  }

  async gives(): Promise<void> {
    await this.#changes({ added: [], removed: [`grant_${this.name}`] });
  }

  #changes(change: object): Promise<number> {
    const type = 'member.role_change';
    const member = `mem_${this.name}`;
    return happens(this.holding.place, { type, member, ...change, cause: 'direct' });
  }

  get organization(): OrganizationId {
    const { place, asked } = this.holding;
    return (place === 'platform' ? asked : place) as OrganizationId;
  }

  get question(): AccessQuestion {
    const principal = `usr_${this.name}`;
    return { organization: this.organization, principal, permission: PERMISSION } as AccessQuestion;
  }
}

const handovers = fc.array(
  fc.record({ place: fc.constantFrom(...PLACES), asked: fc.constantFrom('acme', 'beta') }),
  { minLength: 2, maxLength: 12 },
) as fc.Arbitrary<Holding[]>;

const order = (first: number): [Access, Access] =>
  first === 0 ? [nodes[0]!, nodes[1]!] : [nodes[1]!, nodes[0]!];

/** Of all, at one moment, at most one holds it; how many. */
async function atOnce(node: Access, holders: readonly Holder[]): Promise<number> {
  const { results } = await node.checkBatch(holders.map(({ question }) => question));
  const held = holders.filter((_, n) => results[n]!.allowed).map(({ name }) => name);
  expect(held.slice(1)).toEqual([]);
  return held.length;
}

/**
 * Once this one holds it, none of those before does: on the same node, and on another, that is asked
 * as of the revision at which this one was seen to.
 */
async function afterwards(
  [node, other]: [Access, Access],
  later: Holder,
  earlier: readonly Holder[],
): Promise<number> {
  const { allowed, revision } = await node.check(later.question);
  if (!allowed) return 0;
  const asked = [node];
  // What the platform gave is of no revision of the organization.
  if (later.holding.place !== 'platform') {
    await other.check({ ...later.question, atLeast: revision });
    asked.push(other);
  }
  for (const one of [...earlier].reverse()) {
    for (const each of asked) {
      const { reason } = await each.check(one.question);
      expect([one.name, reason]).not.toEqual([one.name, 'granted']);
    }
  }
  return 1;
}

test('whoever asks, of one moment or of one after the other, on one node or on two', async () => {
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(handovers, fc.infiniteStream(fc.nat()), async (holdings, numbers) => {
      const any = (below: number): number => Number(numbers.next().value) % below;
      const holders = holdings.map((one) => new Holder(`h${(named += 1)}`, one));
      for (const one of holders) await one.joins();
      const watching = await watched(holders);
      let isOver = false;
      const reading = async (ask: () => Promise<number>): Promise<void> => {
        while (!isOver) {
          seen += await ask();
          await new Promise(setImmediate);
        }
      };
      const readers = Promise.all([
        reading(() => atOnce(nodes[any(2)]!, holders)),
        reading(() => {
          const n = 1 + any(holders.length - 1);
          return afterwards(order(any(2)), holders[n]!, holders.slice(0, n));
        }),
      ]).finally(() => (isOver = true));
      for (const [n, one] of holders.entries()) {
        if (n > 0) await holders[n - 1]!.gives();
        await one.takes();
        for (let turns = any(4); turns > 0; turns -= 1) await new Promise(setImmediate);
      }
      isOver = true;
      await readers;
      expect(await watching.seen).toEqual(holders.map(({ name }) => name));
      await holders.at(-1)!.gives();
    }),
    { numRuns: 60 },
  );
  expect(seen).toBeGreaterThan(100);
}, 120_000);
let named = 0;

/**
 * Those who are seen to hold it by one who is told what happens, never two at once. Resolves once
 * what is held at the beginning is told.
 */
async function watched(holders: readonly Holder[]): Promise<{ seen: Promise<string[]> }> {
  const subscriber = new Subscriber();
  const stream = nodes[0]!.watch({ from: 'state' }, () => Promise.resolve(SERVICE), stop.signal);
  for (let isSynced = false; !isSynced;) {
    const { value: told } = (await stream.next()) as { value: Told };
    subscriber.take(told);
    isSynced = told.tells === 'synced';
  }
  const follow = async (): Promise<string[]> => {
    const seen: string[] = [];
    for await (const told of stream) {
      subscriber.take(told);
      const held = holders.filter((one) =>
        subscriber.allows(one.organization, `usr_${one.name}`, PERMISSION, undefined, NOW),
      );
      expect(held.slice(1)).toEqual([]);
      const [one] = held;
      if (one !== undefined && seen.at(-1) !== one.name) seen.push(one.name);
      if (one === holders.at(-1)) break;
    }
    return seen;
  };
  return { seen: follow() };
}
