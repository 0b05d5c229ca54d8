/** What EventStoreDB and its client do to those who follow, one story each: nothing is lost or doubled. */
import { setTimeout as pause } from 'node:timers/promises';
import { type AllStreamSubscription, EventStoreDBClient } from '@eventstore/db-client';
import { describe, expect, test } from '@jest/globals';
import type { Recorded } from '#domain/events.js';
import { appendSettled } from '#commands/appending.js';
import { AheadOfLog, DamagedEvent, type EncodedEvent, type EventLog } from '#eventlog/event-log.js';
import { verify } from '#eventlog/chain.js';
import { Connection } from '#eventlog/esdb/connection.js';
import type { StoredEvent } from '#eventlog/esdb/store.js';
import { subscribed } from '#eventlog/esdb/subscription.js';
import { Chain, followUntil, headsOf } from '../contract/events.js';
import { eventually, staged, TIMES } from '../support/eventstoredb/stage.js';

const stage = staged();
const faults = () => stage().server.faults;
const settle = (log: EventLog, events: readonly EncodedEvent[]) =>
  appendSettled(log, events, new AbortController().signal);
const eventsOf = async (log: EventLog): Promise<Recorded[]> => {
  const events: Recorded[] = [];
  for await (const batch of log.read('organization-a')) events.push(...batch);
  return events;
};
const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id);

describe('a follower goes on where it was', () => {
  test.each(['too_slow', 'silently'] as const)(
    'when the server ends its subscription: %s',
    async (how) => {
      const log = await stage().open();
      const chain = new Chain('organization-a');
      await log.append(chain.renames(3));
      const follower = stage().follow(log);
      await follower.until(3);
      await eventually(() => faults().live.size > 0);
      for (let i = 0; i < 3; i++) {
        faults().endSubscriptions(how);
        await log.append(chain.renames(2));
      }
      await follower.until(9);
      expect(ids(follower.seen)).toEqual(ids(chain.events));
    },
  );

  test('when the server is killed, again and again, under load', async () => {
    const log = await stage().open();
    const { server } = stage();
    const chains = Array.from({ length: 16 }, (_, i) => new Chain(`organization-${i}`));
    const follower = stage().follow(log);
    const writing = chains.map(async (chain) => {
      for (let i = 0; i < 10; i++) await settle(log, chain.renames(3));
    });
    for (let i = 0; i < 4; i++) {
      await pause(200);
      await server.kill(i % 2 === 0 ? 'all' : 'nothing');
      await server.up();
    }
    await Promise.all(writing);
    await follower.until(16 * 30);
    expect(ids(follower.seen)).toEqual(ids(await followUntil(log, null, 16 * 30)));
    for (const chain of chains) {
      const mine = follower.seen.filter(({ stream }) => stream === chain.stream);
      expect(ids(mine)).toEqual(ids(chain.events));
    }
  });

  test('when the subscription falls silent without a word', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    await log.append(chain.renames(1));
    const follower = stage().follow(log);
    await follower.until(1);
    faults().silent = true;
    await log.append(chain.renames(2));
    await pause(300);
    expect(follower.seen).toHaveLength(1);
    faults().silent = false;
    // Nothing more is written that could wake what sleeps.
    await follower.until(3);
  });

  test('when the server is frozen, and moves again', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    const follower = stage().follow(log);
    await log.append(chain.renames(1));
    await follower.until(1);
    stage().server.freeze();
    const settling = settle(log, chain.renames(2));
    await pause(2000);
    stage().server.thaw();
    await settling;
    await follower.until(3);
    expect(ids(follower.seen)).toEqual(ids(chain.events));
  });

  test('when the client closes its subscription, and says neither end nor error', async () => {
    const { subscribeToAll } = EventStoreDBClient.prototype;
    const running: AllStreamSubscription[] = [];
    EventStoreDBClient.prototype.subscribeToAll = function (...how) {
      const subscription = subscribeToAll.apply(this, how);
      running.push(subscription);
      return subscription;
    };
    try {
      const log = await stage().open({ times: { silence: 3_600_000 } });
      const chain = new Chain('organization-a');
      await log.append(chain.renames(1));
      const follower = stage().follow(log);
      await eventually(() => faults().live.size > 0);
      running[0]!.destroy();
      await log.append(chain.renames(2));
      await follower.until(3);
      expect(ids(follower.seen)).toEqual(ids(chain.events));
    } finally {
      EventStoreDBClient.prototype.subscribeToAll = subscribeToAll;
    }
  });

  test('whatever the checkpoints of the server say', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    await log.append(chain.renames(1));
    const follower = stage().follow(log);
    await follower.until(1);
    // Checkpoints tell of the end, while nothing of what leads there was handed out.
    faults().checkpointsAhead = true;
    faults().skips = () => true;
    for (let i = 0; i < 5; i++) await settle(log, chain.renames(500));
    expect(follower.seen).toHaveLength(1);
    faults().clear();
    faults().endSubscriptions('too_slow');
    await follower.until(2501);
    expect(ids(follower.seen)).toEqual(ids(chain.events));
  });
});

test('a follower slower than what is kept in memory reads on from the store', async () => {
  const log = await stage().open({ recent: 7 });
  const chain = new Chain('organization-a');
  const stop = new AbortController();
  const seen: string[] = [];
  const slow = (async () => {
    for await (const events of log.follow(null, stop.signal)) {
      seen.push(...ids(events));
      await pause(30);
    }
  })();
  for (let i = 0; i < 30; i++) await settle(log, chain.renames(5));
  await eventually(() => seen.length >= 150);
  stop.abort();
  await slow;
  expect(seen).toEqual(ids(chain.events));
});

test('what is not taken in time is left with the server, which cuts that off, and comes after all', async () => {
  const log = await stage().open();
  const chain = new Chain('organization-a');
  await log.append(chain.renames(1));
  const connection = new Connection(stage().server.url, TIMES);
  const newest = () => log.head();
  const stop = new AbortController();
  const about = { connection, times: TIMES, prefixes: ['organization-'], newest };
  const source = subscribed(about, null, stop.signal);
  const taken = async () => (await source.next()).value as readonly StoredEvent[];
  const seen = [...(await taken())];
  await eventually(() => faults().live.size > 0);
  for (let i = 0; i < 60; i++) {
    await settle(log, chain.renames(50, 'x'.repeat(4000)));
    await pause(10);
  }
  await eventually(() => faults().cutOff > 0);
  expect(faults().cutOff).toBe(1);
  // The queue, and what was on its way.
  const waited = await taken();
  expect(waited.length).toBeLessThan(1100);
  seen.push(...waited);
  while (seen.length < chain.events.length) seen.push(...(await taken()));
  stop.abort();
  await source.next();
  expect(ids(seen)).toEqual(ids(chain.events));
  await connection.close();
});

test('a page that comes slowly is read to its end, though it takes longer than silence may', async () => {
  const log = await stage().open();
  const chain = new Chain('organization-a');
  await log.append(chain.renames(20));
  // Silence of half a second is too long; two seconds of a record every tenth are not.
  faults().plan('read', { kind: 'slow', by: 100 }, 1000);
  expect(ids(await eventsOf(log))).toEqual(ids(chain.events));
});

describe('what a subscription does not hand on as it should', () => {
  test('twice is handed on once', async () => {
    const log = await stage().open();
    faults().repeats = (_, revision) => revision % 2 === 0;
    const chain = new Chain('organization-a');
    const follower = stage().follow(log);
    await eventually(() => faults().live.size > 0);
    for (let i = 0; i < 4; i++) await log.append(chain.renames(5));
    await follower.until(20);
    await pause(100);
    expect(ids(follower.seen)).toEqual(ids(chain.events));
  });

  test('in the middle of a stream is read there, before what follows it', async () => {
    const log = await stage().open();
    faults().skips = (_, revision) => revision === 2 || revision === 3;
    const chain = new Chain('organization-a');
    const follower = stage().follow(log);
    await eventually(() => faults().live.size > 0);
    for (let i = 0; i < 5; i++) await log.append(chain.renames(1));
    await follower.until(5);
    expect(ids(follower.seen)).toEqual(ids(chain.events));
  });

  test('at the end of a stream is found by the audit, and no checkpoint goes back', async () => {
    const words: string[] = [];
    const onTrouble = (told: string) => words.push(told);
    const log = await stage().open({ times: { audit: 300 }, onTrouble });
    faults().skips = (stream, revision) => stream === 'organization-a' && revision === 1;
    const a = new Chain('organization-a');
    const b = new Chain('organization-b');
    await log.append(a.renames(1));
    const follower = stage().follow(log);
    await follower.until(1);
    await log.append(a.renames(1));
    await log.append(b.renames(1));
    await eventually(() => follower.seen.some(({ id }) => id === a.events[1]!.id));
    const places = new Set(follower.seen.map(({ stream, revision }) => `${stream}/${revision}`));
    expect([...places].sort()).toEqual([
      'organization-a/0',
      'organization-a/1',
      'organization-b/0',
    ]);
    expect(follower.seen.at(-1)).toMatchObject({ stream: 'organization-b' });
    expect(words).toHaveLength(1);
  });
});

test('what the audit finds ends with the newest event, however long it has counted', async () => {
  const log = await stage().open({ times: { audit: 300 } });
  const [a, b] = [new Chain('organization-a'), new Chain('organization-b')];
  faults().skips = (stream, revision) => stream === 'organization-a' && revision === 1;
  await log.append(a.renames(1));
  const follower = stage().follow(log);
  await follower.until(1);
  await log.append(a.renames(1));
  await log.append(b.renames(1));
  await follower.until(2);
  // From here on it counts, and gets no answer.
  faults().chance = (operation) => (operation === 'read' ? { kind: 'never' } : undefined);
  await pause(700);
  await log.append(b.renames(1));
  await follower.until(3);
  faults().clear();
  await eventually(() => follower.seen.some(({ id }) => id === a.events[1]!.id));
  // All that is late comes at once.
  expect(follower.seen.at(-1)!.id).toBe(b.events[1]!.id);
});

describe('what is left out at the end of the log', () => {
  const places = (events: readonly Recorded[]) =>
    events.map(({ stream, revision }) => `${stream}/${revision}`);

  test('is found by the audit, though nothing of ours comes after it', async () => {
    const words: string[] = [];
    const onTrouble = (told: string) => words.push(told);
    const log = await stage().open({ times: { audit: 300 }, onTrouble });
    faults().skips = (_, revision) => revision > 0;
    const a = new Chain('organization-a');
    await log.append(a.renames(1));
    const follower = stage().follow(log);
    await follower.until(1);
    await log.append(a.renames(2));
    await eventually(() => follower.seen.at(-1)!.id === a.events[2]!.id);
    expect([...new Set(places(follower.seen))]).toEqual([0, 1, 2].map((n) => `${a.stream}/${n}`));
    expect(follower.seen.at(-1)!.position).toBe(await log.head());
    expect(words).toHaveLength(1);
  });

  test('and comes after all is not handed on again, and no place goes back', async () => {
    const log = await stage().open({ times: { audit: 300 } });
    const [a, b] = [new Chain('organization-a'), new Chain('organization-b')];
    await log.append(a.renames(1));
    const follower = stage().follow(log);
    await follower.until(1);
    faults().silent = true;
    for (let i = 0; i < 3; i++) await log.append(b.renames(2));
    await follower.until(7);
    faults().silent = false;
    await log.append(a.renames(1));
    await follower.until(8);
    expect(ids(follower.seen)).toEqual(ids([a.events[0]!, ...b.events, a.events[1]!]));
  });
});

describe('the log among others on its server', () => {
  test('follows, counts and ends with its own events', async () => {
    const mine = await stage().open({ namespace: 'mine-' });
    const theirs = await stage().open({ namespace: 'theirs-' });
    const chain = new Chain('organization-a');
    for (let i = 0; i < 200; i++) {
      await theirs.append(new Chain(`organization-${i}`).renames(1));
      if (i % 50 === 7) await mine.append(chain.renames(1));
    }
    const seen = await followUntil(mine, null, 4);
    expect(ids(seen)).toEqual(ids(chain.events));
    expect(await mine.head()).toBe(seen[3]!.position);
    expect(await headsOf(mine)).toMatchObject([{ stream: 'organization-a', revision: 3 }]);
    expect(mine.id).not.toBe(theirs.id);
  });

  test('knows a place that is none of its own', async () => {
    const log = await stage().open();
    await log.append(new Chain('organization-a').renames(300));
    const end = (await log.head())!;
    await expect(followUntil(log, end - 1n, 1)).rejects.toThrow(AheadOfLog);
  });

  test('takes only streams that its followers would see', async () => {
    const log = await stage().open();
    await expect(log.append(new Chain('other-a').renames(1))).rejects.toThrow(TypeError);
  });
});

describe('an event that was changed in the store', () => {
  test('is never served, is told with its place, and is found by verify', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    await log.append(chain.renames(5));
    expect((await verify(log)).findings).toEqual([]);
    const data = Buffer.from(JSON.stringify({ name: 'changed' }));
    stage().server.store.overwrite('organization-a', 2, { data });
    const reading = followUntil(log, null, 5);
    await expect(reading).rejects.toThrow(DamagedEvent);
    const [found] = log.health().damaged ?? [];
    expect(found).toMatchObject({ stream: 'organization-a', revision: 2 });
    expect(ids(await followUntil(log, found!.position!, 2))).toEqual(ids(chain.events.slice(3)));
    await expect(log.read('organization-a').next()).rejects.toThrow(DamagedEvent);
    expect((await verify(log)).findings).toMatchObject([{ revision: 2, problem: 'damaged' }]);
  });
});
