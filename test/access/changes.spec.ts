/** The change stream: folded, it answers as a check does; resumed anywhere, it goes on as it would. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ActorFact, DomainEvent, Mark } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { Told, Watched } from '#access/change-stream/watched.js';
import { markOf } from '#eventlog/mark.js';
import { created, joined, PUBLISHED } from './facts.js';
import { catalogueNow, histories, namesIn, permissionsOf, placeOf, SETUP } from './histories.js';
import { keptIn } from './kept.js';
import { TestLog } from './log.js';
import { judge } from './oracle.js';
import { Subscriber } from './subscriber.js';
import { START, World } from './world.js';

const USERS = ['usr_ann', 'usr_bob', 'usr_cyn', 'usr_dan', 'usr_eve', 'usr_none'];
const ORGANIZATIONS = ['acme', 'beta', 'platform'];
const one = <T>(list: readonly T[], choice: number): T => list[choice % list.length]!;
/** The service itself, of whom no permission is asked. */
const service = () =>
  Promise.resolve({ kind: 'system', id: 'configuration', via: 'internal' } as ActorFact);

interface Stage {
  readonly world: World;
  readonly log: TestLog;
  readonly access: Access;
  /** What the stream says until everything in the log is told. */
  readonly told: (watched: Watched, by?: Access) => Promise<Told[]>;
  at: number;
}

async function staged(
  moves: Parameters<World['move']>[0][],
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const world = new World();
  for (const move of moves) world.move(move);
  const log = new TestLog();
  const stop = new AbortController();
  const access = new Access(log.log, { now: () => stage.at, patience: 60_000 });
  const told = async (watched: Watched, by = access): Promise<Told[]> => {
    const head = await log.log.head();
    const all: Told[] = [];
    for await (const next of by.watch(watched, service, stop.signal)) {
      all.push(next);
      if (next.tells === 'closed' && watched.organization !== undefined) break;
      const isAll = watched.organization !== undefined || next.after?.position === head;
      if (next.tells === 'heartbeat' && isAll) break;
    }
    return all;
  };
  const stage: Stage = { world, log, access, told, at: START };
  const running = access.run(stop.signal);
  try {
    await play(stage);
  } finally {
    stop.abort();
    await running;
    await log.log.close();
  }
}

/** Appends these events of the history; from then on nothing is answered from before them. */
async function written({ world, log, access }: Stage, from: number, to: number): Promise<void> {
  await log.append(world.events.slice(from, to));
  for (const organization of ORGANIZATIONS as OrganizationId[]) {
    access.acknowledged(organization, log.revision(`organization-${organization}`));
  }
}

/** Compares what is folded with the oracle and the cache: everybody, everywhere, everything. */
async function compare(
  { world, access, at }: Stage,
  subscriber: Subscriber,
  so: number,
  tally: { allowed: number; future: number },
): Promise<void> {
  const events = world.events.slice(0, so);
  const moment = new Date(at).toISOString();
  for (const organization of ORGANIZATIONS) {
    const names = namesIn(world, so, organization, false);
    const abroad = namesIn(world, so, 'platform', false).filter((id) => !id.startsWith('mem_'));
    const principals = [...new Set([...names, ...abroad, ...USERS])].filter(
      (id) => !id.startsWith('space_'),
    );
    const spaces = [undefined, ...names.filter((id) => id.startsWith('space_')), 'space_none'];
    const permissions = permissionsOf(catalogueNow(events, organization, world));
    for (const principal of principals) {
      for (const space of spaces) {
        for (const permission of permissions) {
          const asked = { organization, principal, permission, space };
          const { allowed } = await access.check(asked as never);
          const folded = subscriber.allows(organization, principal, permission, space, moment);
          if (allowed) tally.allowed += 1;
          // The oracle is slow: of what is alike it is asked now and then, of what is held always.
          const isJudged = allowed || (principal.length + permission.length) % 7 === 0;
          if (folded === allowed && !isJudged) continue;
          const { allowed: judged } = judge(events, asked, moment);
          if (folded !== allowed || folded !== judged) {
            const story = events
              .slice(SETUP)
              .map((e) => `${e.at} ${e.stream} ${JSON.stringify(e.event)}`);
            throw new Error(
              `${JSON.stringify({ ...asked, moment, folded, allowed, judged })}\n${story.join('\n')}`,
            );
          }
        }
      }
    }
  }
}

/** The present of the history, or a time-boxed grant's beginning or end that is yet to come. */
const momentsFrom = (world: World, now: number, choice: number): number[] => {
  const later = world.boundaries.filter((at) => at > now);
  return [now, ...(later.length === 0 ? [] : [one(later, choice) + (choice % 3) - 1])];
};

test('folded from event 0, it allows what a check and the oracle allow, at any moment to come', async () => {
  const tally = { allowed: 0, future: 0 };
  const ask = async ({ moves, questions }: { moves: never[]; questions: number[][] }) =>
    staged(moves, async (stage) => {
      const { world, told } = stage;
      const subscriber = new Subscriber();
      let after: Mark | null = null;
      let done = 0;
      const asked = questions
        .map(([place, choice]) => ({
          so: Math.max(SETUP, placeOf(world, place!)),
          choice: choice!,
        }))
        .sort((a, b) => a.so - b.so);
      for (const { so, choice } of asked) {
        await written(stage, done, so);
        done = so;
        const now = Date.parse(world.events[so - 1]!.at);
        stage.at = now;
        for (const next of await told({ from: { after } })) {
          subscriber.take(next);
          after = next.after ?? after;
        }
        for (const at of momentsFrom(world, now, choice)) {
          stage.at = at;
          if (at > now) tally.future += 1;
          await compare(stage, subscriber, so, tally);
        }
      }
    });
  await fc.assert(fc.asyncProperty(histories(100, 3) as never, ask as never), {
    numRuns: 20,
    endOnFailure: true,
    interruptAfterTimeLimit: 90_000,
  });
  expect(tally.allowed).toBeGreaterThan(1000);
  expect(tally.future).toBeGreaterThan(10);
}, 120_000);

/** What was told as lines, whatever messages it came in. */
const lines = (all: readonly Told[], organization?: string): string[] =>
  all.flatMap((told) => {
    if (told.tells !== 'change' || (organization ?? told.organization) !== told.organization) {
      return [];
    }
    const { event, changes, spaces, revision } = told;
    const about = [told.organization, revision, event?.id ?? ''].join(' ');
    return [...spaces, ...changes].map((row) => `${about} ${JSON.stringify(row)}`);
  });

/** An event that was told in part is told again as a whole. */
const later = (all: readonly Told[], than: Mark | null): Told[] =>
  all.filter((told) => told.tells === 'change' && told.event!.position > (than?.position ?? -1n));

test('goes on from every cursor as it would have gone on, for one organization as for all', async () => {
  let resumed = 0;
  const ask = async ({ moves }: { moves: never[] }) =>
    staged(moves, async (stage) => {
      const { world, told } = stage;
      await written(stage, 0, world.events.length);
      const all = await told({ from: { after: null } });
      for (const organization of ORGANIZATIONS as OrganizationId[]) {
        const alone = await told({ organization, from: { after: null } });
        const isDeleted = alone.some(({ tells }) => tells === 'closed');
        // Of one that is deleted and watched alone only that is told.
        expect(lines(alone)).toEqual(isDeleted ? [] : lines(all, organization));
        for (const { after, tells } of alone) {
          if (tells !== 'change') continue;
          const rest = await told({ organization, from: { after: after! } });
          expect(lines(rest)).toEqual(lines(later(alone, after!)));
          resumed += 1;
        }
      }
      const cursors = all.filter(({ tells }) => tells === 'change').map(({ after }) => after!);
      for (const after of cursors.filter((_, place) => place % 10 === 0)) {
        const rest = await told({ from: { after } });
        expect(lines(rest)).toEqual(lines(later(all, after)));
      }
    });
  await fc.assert(fc.asyncProperty(histories(80, 0) as never, ask as never), {
    numRuns: 15,
    endOnFailure: true,
    interruptAfterTimeLimit: 60_000,
  });
  expect(resumed).toBeGreaterThan(50);
}, 90_000);

test('is told the same, to the letter, where states are those that commands have kept', async () => {
  let resumed = 0;
  const ask = async ({ moves, questions }: { moves: never[]; questions: number[][] }) =>
    staged(moves, async (stage) => {
      const { world, told, log } = stage;
      await written(stage, 0, world.events.length);
      const all = await told({ from: { after: null } });
      const marks = all.filter(({ tells }) => tells === 'change').map(({ after }) => after!);
      for (const choice of questions.map(([first]) => first!)) {
        const stop = new AbortController();
        const snapshots = await keptIn(log, choice, ORGANIZATIONS);
        const other = new Access(log.log, { now: () => stage.at, patience: 60_000, snapshots });
        const running = other.run(stop.signal);
        const after = one(marks, choice);
        expect(lines(await told({ from: { after } }, other))).toEqual(lines(later(all, after)));
        resumed += 1;
        stop.abort();
        await running;
      }
    });
  await fc.assert(fc.asyncProperty(histories(150, 4) as never, ask as never), {
    numRuns: 15,
    endOnFailure: true,
    interruptAfterTimeLimit: 60_000,
  });
  expect(resumed).toBeGreaterThan(20);
}, 90_000);

test('is told in the same order, whatever the state before an event was folded from', async () => {
  const log = new TestLog();
  const stream = 'organization-acme';
  const happens = (...events: object[]) =>
    log.append(events.map((event) => ({ stream, event: event as DomainEvent })));
  await log.append(PUBLISHED);
  const role = { role: 'role_own', name: 'Own', scopes: ['organization'] };
  await happens(created('works'), { type: 'role.define', ...role, permissions: ['billing:pay'] });
  for (const name of ['a', 'b']) await happens(joined(name, { role: 'role_own' }));
  // The first to hold it is now the last to have got it.
  const change = { type: 'member.role_change', member: 'mem_a', cause: 'direct' };
  const grant = { role: 'role_own', scope: 'organization' };
  await happens({ ...change, removed: ['grant_a_0'], added: [] });
  await happens({ ...change, removed: [], added: [{ id: 'grant_again', ...grant }] });
  const after = markOf((await log.log.last(stream))!);
  const snapshots = await keptIn(log, after.revision, ['acme']);
  await happens({ type: 'role.change', role: 'role_own', permissions: [] });
  const order = async (options: object): Promise<unknown[]> => {
    const stop = new AbortController();
    const access = new Access(log.log, { patience: 60_000, ...options });
    const running = access.run(stop.signal);
    const told: unknown[] = [];
    const watched = { organization: 'acme' as OrganizationId, from: { after } };
    for await (const next of access.watch(watched, service, stop.signal)) {
      if (next.tells === 'heartbeat') break;
      if (next.tells === 'change') told.push(...next.changes.map(({ principal }) => principal));
    }
    stop.abort();
    await running;
    return told;
  };
  const folded = await order({});
  expect(folded).toHaveLength(2);
  expect(await order({ snapshots })).toEqual(folded);
  await log.log.close();
});

test('what is told at the beginning is what was told since event 0, folded', async () => {
  const tally = { allowed: 0, future: 0 };
  const ask = async ({ moves }: { moves: never[] }) =>
    staged(moves, async (stage) => {
      const { world, log, told } = stage;
      await written(stage, 0, world.events.length);
      stage.at = Date.parse(world.events.at(-1)!.at);
      const all = await told({ from: 'state' });
      const [synced, ...others] = all.filter(({ tells }) => tells === 'synced');
      expect([others, synced!.after?.position]).toEqual([[], await log.log.head()]);
      const subscriber = new Subscriber();
      for (const one of all) subscriber.take(one);
      for (const at of momentsFrom(world, stage.at, moves.length)) {
        stage.at = at;
        await compare(stage, subscriber, world.events.length, tally);
      }
    });
  await fc.assert(fc.asyncProperty(histories(100, 0) as never, ask as never), {
    numRuns: 8,
    endOnFailure: true,
    interruptAfterTimeLimit: 60_000,
  });
  expect(tally.allowed).toBeGreaterThan(500);
}, 90_000);
