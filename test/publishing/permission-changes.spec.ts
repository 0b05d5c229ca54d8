/** Permission changes as messages: what the change stream tells, whose folding `test/access` judges. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Catalogues } from '#catalogues/catalogues.js';
import { organizationOf, type ActorFact, type Recorded } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { Told } from '#access/change-stream/watched.js';
import type { Message } from '#publishing/envelope.js';
import {
  PermissionChanges,
  type PermissionChangesOptions,
} from '#publishing/permission-changes.js';
import type { PermissionChangeData } from '#publishing/published.js';
import { damage } from '../support/damage.js';
import { created, joined, PUBLISHED } from '../access/facts.js';
import { histories } from '../access/histories.js';
import { keptIn } from '../access/kept.js';
import { TestLog } from '../access/log.js';
import { World } from '../access/world.js';
import { complaints } from './support/promise.js';

type Changed = Extract<Told, { tells: 'change' }>;
const service = () =>
  Promise.resolve({ kind: 'system', id: 'configuration', via: 'internal' } as ActorFact);

/** What the change stream tells of all organizations from the first event on. */
async function watched(log: TestLog): Promise<Changed[]> {
  const stop = new AbortController();
  const access = new Access(log.log, { patience: 60_000 });
  const running = access.run(stop.signal);
  const head = await log.log.head();
  const all: Changed[] = [];
  for await (const next of access.watch({ from: { after: null } }, service, stop.signal)) {
    if (next.tells === 'change') all.push(next);
    if (next.tells === 'heartbeat' && next.after?.position === head) break;
  }
  stop.abort();
  await running;
  return all;
}

async function eventsIn(log: TestLog): Promise<Recorded[]> {
  const head = await log.log.head();
  const all: Recorded[] = [];
  for await (const batch of log.log.follow(null, new AbortController().signal)) {
    all.push(...batch);
    if (all.at(-1)?.position === head) break;
  }
  return all;
}

/** @param events where the log is damaged. */
async function published(
  log: TestLog,
  after?: Recorded,
  events?: readonly Recorded[],
  known: Pick<PermissionChangesOptions, 'snapshots' | 'organizations'> = {},
): Promise<Message[]> {
  const catalogues = new Catalogues();
  for (const { event } of PUBLISHED) {
    if (event.type === 'catalogue.publish') catalogues.add(event.content);
  }
  const catalogueOf = catalogues.get.bind(catalogues);
  const options = { log: log.log, source: 'urn:test', catalogueOf, ...known };
  const telling = new PermissionChanges(options, after?.position ?? null);
  const all = events ?? (await eventsIn(log));
  const rest = all.filter(({ position }) => position > (after?.position ?? -1n));
  const messages: Message[] = [];
  for await (const one of telling.of(rest)) messages.push(one);
  return messages;
}

const dataOf = ({ data }: Message) => data as PermissionChangeData;
const bare = (messages: readonly Message[]) => messages.map((one) => one.toJSON());
const rowsOf = (rows: readonly object[]) => JSON.parse(JSON.stringify(rows)) as unknown;

test('they are what the change stream tells, the same wherever they are begun, and as promised', async () => {
  let told = 0;
  await fc.assert(
    fc.asyncProperty(histories(60, 1), fc.nat(), async ({ moves }, choice) => {
      const world = new World();
      for (const move of moves) world.move(move);
      const log = new TestLog();
      await log.append(world.events);
      const messages = await published(log);
      told += messages.length;
      for (const { dataschema, data } of messages) expect(complaints(dataschema, data)).toEqual([]);

      const stream = await watched(log);
      const flat = (rows: readonly object[], by: string) =>
        rowsOf(rows.map((row) => ({ by, ...row })));
      expect(messages.map(dataOf).flatMap((one) => flat(one.changes, one.event.id))).toEqual(
        stream.flatMap((one) => flat(one.changes, one.event!.id)),
      );
      expect(messages.map(dataOf).flatMap((one) => flat(one.spaces, one.event.id))).toEqual(
        stream.flatMap((one) => flat(one.spaces, one.event!.id)),
      );

      const events = await eventsIn(log);
      const after = events[choice % events.length]!;
      const later = new Set(
        events.filter((one) => one.position > after.position).map(({ id }) => id),
      );
      const wanted = messages.filter((one) => later.has(dataOf(one).event.id));
      expect(bare(await published(log, after))).toEqual(bare(wanted));
      const snapshots = await keptIn(log, choice, ['acme', 'beta', 'platform']);
      const organizations = (position: bigint) => Promise.resolve(thereBy(events, position));
      expect(bare(await published(log, after, undefined, { snapshots, organizations }))).toEqual(
        bare(wanted),
      );
      await snapshots.close();
      await log.log.close();
    }),
    { numRuns: 25 },
  );
  expect(told).toBeGreaterThan(100);
});

test('an event that changes much comes in parts that can be told apart, and say that there are more', async () => {
  const stream = 'organization-acme';
  const log = new TestLog();
  const members = Array.from({ length: 1_200 }, (_, n) => joined(String(n), { role: 'editor' }));
  const events = [created('works'), ...members, { type: 'organization.suspend' }] as object[];
  await log.append(PUBLISHED);
  await log.append(events.map((event) => ({ stream, event: event as Recorded['event'] })));
  const messages = (await published(log)).filter(
    (one) => dataOf(one).event.type === 'organization.suspend',
  );
  const lost = messages.flatMap((one) => dataOf(one).changes.map(({ principal }) => principal));
  expect(lost).toHaveLength(1_200);
  expect(new Set(lost).size).toBe(1_200);
  expect(messages.length).toBeGreaterThan(1);
  expect(messages.map((one) => one['part'])).toEqual(messages.map((_, n) => n));
  expect(messages.map((one) => dataOf(one).more)).toEqual(
    messages.map((_, n) => n < messages.length - 1),
  );
  expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
  await log.log.close();
});

/** Organizations of which there was an event by then. */
const thereBy = (events: readonly Recorded[], position: bigint): OrganizationId[] => {
  const streams = events.filter((one) => one.position <= position).map(({ stream }) => stream);
  return [...new Set(streams)].flatMap((stream) => organizationOf(stream) ?? []);
};

test('begun later it reads neither what commands have kept nor the whole log', async () => {
  const log = new TestLog();
  await log.append(PUBLISHED);
  const happens = (id: string, ...events: object[]) =>
    log.append(
      events.map((event) => ({
        stream: `organization-${id}`,
        event: event as Recorded['event'],
      })),
    );
  await happens('platform', created('platform'));
  await happens('acme', created('works'), ...['ann', 'ben', 'eve'].map((name) => joined(name)));
  const snapshots = await keptIn(log, 3, ['acme']);
  const events = await eventsIn(log);
  const [after] = events.slice(-1);
  await happens('platform', joined('pat', { role: 'works/clerk' }));
  const reads: string[] = [];
  const { read, heads } = log.log;
  log.log.read = (stream, ...from) => {
    reads.push(`${stream} from ${from[0] ?? 0}`);
    return read.call(log.log, stream, ...from);
  };
  let whole = 0;
  log.log.heads = () => {
    whole += 1;
    return heads.call(log.log);
  };
  const asked: bigint[] = [];
  const organizations = (position: bigint) => {
    asked.push(position);
    return Promise.resolve(thereBy(events, position));
  };
  const messages = await published(log, after, undefined, { snapshots, organizations });
  expect(messages.map((one) => dataOf(one).organization)).toEqual(['acme']);
  // The last event, to know the snapshot by, and what comes after it.
  expect(reads.filter((one) => one.startsWith('organization-acme'))).toEqual([
    'organization-acme from 3',
    'organization-acme from 4',
  ]);
  expect({ whole, asked }).toEqual({ whole: 0, asked: [after!.position] });

  const unknown = { snapshots, organizations: () => Promise.resolve(undefined) };
  expect(bare(await published(log, after, undefined, unknown))).toEqual(bare(messages));
  expect(whole).toBe(1);
  await snapshots.close();
  await log.log.close();
});

test('a stream is read once, also that of a platform which is not there', async () => {
  const log = new TestLog();
  await log.append(PUBLISHED);
  const events = [created('works'), ...['ann', 'ben', 'eve'].map((name) => joined(name))];
  await log.append(
    events.map((event) => ({ stream: 'organization-acme', event: event as Recorded['event'] })),
  );
  const streams: string[] = [];
  const read = log.log.read.bind(log.log);
  log.log.read = (...of) => {
    streams.push(of[0]);
    return read(...of);
  };
  expect((await published(log)).length).toBeGreaterThan(0);
  expect(streams.length).toBeGreaterThan(0);
  expect(streams).toEqual([...new Set(streams)]);
  await log.log.close();
});

test('one organization that is lost takes nothing from what is said of the others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'changes-'));
  const log = new TestLog(join(folder, 'log.db'));
  await log.append(PUBLISHED);
  const happens = (id: string, event: object) =>
    log.append([{ stream: `organization-${id}`, event: event as Recorded['event'] }]);
  await happens('platform', created('platform'));
  for (const id of ['acme', 'beta', 'core']) await happens(id, created('works'));
  const [before] = (await eventsIn(log)).slice(-1);
  await happens('platform', joined('pat', { role: 'works/clerk' }));
  await happens('platform', { type: 'member.remove', member: 'mem_pat', reason: 'direct' });
  const events = (await eventsIn(log)).filter(({ position }) => position > before!.position);
  damage(folder, 'organization-acme', 0);
  const messages = await published(log, before, events);
  expect(messages.map(dataOf).map(({ event, organization }) => [event.type, organization])).toEqual(
    [
      ['member.join', 'beta'],
      ['member.join', 'core'],
      ['member.remove', 'beta'],
      ['member.remove', 'core'],
    ],
  );
  await log.log.close();
  rmSync(folder, { recursive: true });
});

test('the log is asked once which organizations it has, and those that come later are known', async () => {
  const log = new TestLog();
  await log.append(PUBLISHED);
  const happens = (id: string, event: object) =>
    log.append([{ stream: `organization-${id}`, event: event as Recorded['event'] }]);
  await happens('platform', created('platform'));
  await happens('acme', created('works'));
  const [before] = (await eventsIn(log)).slice(-1);
  await happens('platform', joined('pat', { role: 'works/clerk' }));
  const [early] = (await eventsIn(log)).slice(-1);
  await happens('beta', created('works'));
  await happens('platform', { type: 'member.remove', member: 'mem_pat', reason: 'direct' });
  let asked = 0;
  const heads = log.log.heads.bind(log.log);
  log.log.heads = async function* () {
    asked += 1;
    for await (const head of heads()) {
      // As it was when the first event of the platform was told.
      if (head.stream !== 'organization-beta') yield head;
    }
  };
  const told = (messages: readonly Message[]) =>
    messages.map(dataOf).map(({ event, organization }) => `${event.type} ${organization}`);
  expect(told(await published(log, before))).toEqual([
    'member.join acme',
    'organization.create beta',
    'member.remove acme',
    'member.remove beta',
  ]);
  expect(asked).toBe(1);
  const later = ['organization.create beta', 'member.remove acme', 'member.remove beta'];
  expect(told(await published(log, early))).toEqual(later);
  // Who begins at the first event has seen them all.
  expect(told(await published(log)).slice(-3)).toEqual(later);
  expect(asked).toBe(2);
  await log.log.close();
});
