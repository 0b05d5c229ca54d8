/** What EventStoreDB and its client do to appends, one story each, and how each append ends. */
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { describe, expect, test } from '@jest/globals';
import { appendSettled } from '#commands/appending.js';
import {
  DamagedEvent,
  type EncodedEvent,
  type EventLog,
  LogStopped,
  LogUnavailable,
} from '#eventlog/event-log.js';
import { Chain, readAll } from '../contract/events.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { eventually, staged, TIMES } from '../support/eventstoredb/stage.js';

const run = promisify(execFile);
const stage = staged();
const faults = () => stage().server.faults;
/** Nobody gives up. */
const settle = (log: EventLog, events: readonly EncodedEvent[]) =>
  appendSettled(log, events, new AbortController().signal);

/** The stream holds these events once, and nothing else. */
const holdsOnce = async (log: EventLog, chain: Chain) =>
  expect((await readAll(log, chain.stream)).map(({ id }) => id)).toEqual(
    chain.events.map(({ id }) => id),
  );

describe('an append', () => {
  test.each([
    ['never answered, and written', { kind: 'never' }],
    ['never answered, and lost', { kind: 'never', written: false }],
    ['answered too late', { kind: 'late', by: 3000 }],
    ['half-closed after it was written', { kind: 'half_close' }],
    ['half-closed before', { kind: 'half_close', written: false }],
  ] as const)('%s is unknown in time, and settled by the same append again', async (_, fault) => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    faults().plan('append', fault);
    const began = performance.now();
    const events = chain.renames(3);
    expect(await log.append(events)).toMatchObject({ outcome: 'unknown' });
    expect(performance.now() - began).toBeLessThan(TIMES.append + 1000);
    expect(await log.append(events)).toMatchObject({ outcome: 'committed', revision: 2 });
    await holdsOnce(log, chain);
  });

  test.each([300, 900, 1500])(
    'is unknown in time where what is before it is read first, and comes after %d ms',
    async (by) => {
      const chain = new Chain('organization-a');
      const others = await stage().open();
      await others.append(chain.renames(2));
      const log = await stage().open({ times: { read: 2000 } });
      faults().plan('read', { kind: 'late', by });
      faults().plan('append', { kind: 'half_close' });
      const began = performance.now();
      const events = chain.renames(1);
      expect(await log.append(events)).toMatchObject({ outcome: 'unknown' });
      expect(performance.now() - began).toBeLessThan(TIMES.append + 1000);
      faults().clear();
      expect(await settle(log, events)).toMatchObject({ outcome: 'committed', revision: 2 });
      await holdsOnce(log, chain);
    },
  );

  test('is unknown in time where all that would tell a conflict is read late', async () => {
    await (await stage().open()).append(new Chain('organization-a').renames(2));
    const log = await stage().open({ times: { read: 2000 } });
    const [, , third] = new Chain('organization-a').renames(3, 'another');
    faults().plan('read', { kind: 'late', by: 700 });
    faults().plan('read', { kind: 'late', by: 1700 });
    const began = performance.now();
    expect(await log.append([third!])).toMatchObject({ outcome: 'unknown' });
    expect(performance.now() - began).toBeLessThan(TIMES.append + 1000);
    faults().clear();
    expect(await log.append([third!])).toEqual({ outcome: 'conflict', actual: 1 });
  });

  test.each([
    ['after it was written', { kind: 'cut' }],
    ['in the middle of a batch', { kind: 'cut', written: false }],
  ] as const)(
    'whose connection is cut %s is all or nothing, and then there once',
    async (_, fault) => {
      const log = await stage().open();
      const chain = new Chain('organization-a');
      faults().plan('append', fault);
      const events = chain.renames(200);
      expect(await log.append(events)).toMatchObject({ outcome: 'unknown' });
      expect([0, 200]).toContain((await readAll(log, 'organization-a')).length);
      expect(await settle(log, events)).toMatchObject({ revision: 199 });
      await holdsOnce(log, chain);
    },
  );

  test('at a node that is starting is repeated until it has started', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    faults().plan('append', { kind: 'not_ready' }, 3);
    const settled = await settle(log, chain.renames(1));
    expect(settled).toMatchObject({ outcome: 'committed', revision: 0 });
    await holdsOnce(log, chain);
  });

  test('at a node that leads no more goes to the one that does', async () => {
    const leader = await EventStoreDouble.start();
    const log = await stage().open();
    faults().plan('append', { kind: 'not_leader', port: leader.port }, Infinity);
    const settled = await settle(log, new Chain('organization-a').renames(1));
    expect(settled).toMatchObject({ outcome: 'committed', revision: 0 });
    expect(leader.store.stream('organization-a')).toHaveLength(1);
    await log.close();
    await leader.stop();
  });

  test('goes its own way: what others send over the shared stream of the client does it no harm', async () => {
    const log = await stage().open();
    const other = EventStoreDBClient.connectionString(stage().server.url);
    faults().plan('batch', { kind: 'never' }, Infinity);
    const hanging = other.appendToStream('other', jsonEvent({ type: 'T', data: {} }));
    hanging.catch(() => undefined);
    const chain = new Chain('organization-a');
    for (let i = 0; i < 3; i++) {
      const outcome = await log.append(chain.renames(1));
      expect(outcome).toMatchObject({ outcome: 'committed', revision: i });
    }
    await other.dispose();
  });

  test('is in none of those answers that end a process which shares the stream of the client', async () => {
    const log = await stage().open();
    faults().plan('batch', { kind: 'unknown_correlation' }, Infinity);
    const sharing = `
      const { EventStoreDBClient, jsonEvent } = require('@eventstore/db-client');
      const client = EventStoreDBClient.connectionString(process.argv[1]);
      client.appendToStream('other', jsonEvent({ type: 'T', data: {} })).catch(() => undefined);
    `;
    const other = run(process.execPath, ['-e', sharing, stage().server.url]);
    await expect(other).rejects.toMatchObject({ code: 1 });
    expect(stage().server.store.stream('other')).toHaveLength(1);
    const settled = await settle(log, new Chain('organization-a').renames(1));
    expect(settled).toMatchObject({ outcome: 'committed', revision: 0 });
  });

  test('that was written is known again after a restart, as exactly that', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    const events = chain.renames(3);
    const first = await log.append(events);
    await log.append(chain.renames(2));
    await stage().server.kill();
    await stage().server.up();
    expect(await settle(log, events)).toEqual(first);
    await holdsOnce(log, chain);
  });

  test('of events that were decided on another history is a conflict', async () => {
    const log = await stage().open();
    await log.append(new Chain('organization-a').renames(2));
    const [, , third] = new Chain('organization-a').renames(3, 'another');
    expect(await log.append([third!])).toEqual({ outcome: 'conflict', actual: 1 });
    const elsewhere = await stage().open();
    expect(await elsewhere.append([third!])).toEqual({ outcome: 'conflict', actual: 1 });
  });
});

describe('64 writers', () => {
  test.each([
    ['kept what it had not acknowledged', 'all'],
    ['kept some of it', 'some'],
    ['lost it', 'nothing'],
  ] as const)('settle every append when the server is killed and %s', async (_, keeps) => {
    const { server } = stage();
    faults().flushing = 50;
    const log = await stage().open();
    const chains = Array.from({ length: 64 }, (__, i) => new Chain(`organization-${i}`));
    const writing = chains.map(async (chain) => {
      for (let i = 0; i < 4; i++) {
        const settled = await settle(log, chain.renames(2));
        expect(settled).toMatchObject({ outcome: 'committed', revision: 2 * i + 1 });
      }
    });
    const crashed = { lost: 0, kept: 0 };
    for (let i = 0; i < 3; i++) {
      await eventually(() => server.store.unflushed > 2);
      const { lost, kept } = await server.kill(keeps);
      crashed.lost += lost;
      crashed.kept += kept;
      await pause(50);
      await server.up();
    }
    await Promise.all(writing);
    for (const chain of chains) await holdsOnce(log, chain);
    expect([crashed.lost > 0, crashed.kept > 0]).toEqual([keeps !== 'all', keeps !== 'nothing']);
  });

  test('settle every append when the server is told to end, which acknowledges some until it does', async () => {
    const { server } = stage();
    const log = await stage().open();
    const chains = Array.from({ length: 64 }, (__, i) => new Chain(`organization-${i}`));
    let isOver = false;
    const writing = chains.map(async (chain) => {
      for (; !isOver; await pause(100)) {
        expect(await settle(log, chain.renames(1))).toMatchObject({ outcome: 'committed' });
      }
    });
    await eventually(() => server.store.count > 64);
    const before = server.store.count;
    await server.terminate();
    expect(server.store.count).toBeGreaterThan(before);
    // All of them have met a server that is not there.
    await pause(500);
    await server.up();
    isOver = true;
    await Promise.all(writing);
    for (const chain of chains) await holdsOnce(log, chain);
  });
});

describe('what the store refuses for good', () => {
  test('since somebody has deleted the stream is told as damage', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    await log.append(chain.renames(2));
    stage().server.store.tombstone('organization-a', 'any');
    stage().server.store.flush();
    await expect(log.append(chain.renames(1))).rejects.toThrow(DamagedEvent);
    await expect(readAll(log, 'organization-a')).rejects.toThrow(/deleted the stream/);
    await expect((await stage().open()).append(chain.renames(1))).rejects.toThrow(DamagedEvent);
  });

  test('since this user may not do it is not tried again, and not written', async () => {
    const log = await stage().open();
    const events = new Chain('organization-a').renames(1);
    faults().plan('append', { kind: 'access_denied' });
    faults().plan('read', { kind: 'access_denied' });
    await expect(log.append(events)).rejects.toThrow(LogStopped);
    await expect(log.last('organization-a')).rejects.toThrow(/refuses this user/);
    expect(stage().server.store.stream('organization-a')).toBeUndefined();
    expect(await log.append(events)).toMatchObject({ outcome: 'committed', revision: 0 });
  });

  test('since it is set up for smaller appends is not tried again, and not written', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    stage().server.store.maxAppend = 100;
    await expect(log.append(chain.renames(10))).rejects.toThrow(/only smaller appends/);
    expect(await log.append(new Chain('organization-a').renames(1))).toMatchObject({ revision: 0 });
  });
});

describe('a server', () => {
  test('that is down makes appends unknown and reads fail, until it is up again', async () => {
    const log = await stage().open({ times: { patience: 300 } });
    const chain = new Chain('organization-a');
    await log.append(chain.renames(1));
    await stage().server.kill();
    const events = chain.renames(1);
    expect(await log.append(events)).toMatchObject({ outcome: 'unknown' });
    await expect(readAll(log, 'organization-a')).rejects.toThrow(LogUnavailable);
    expect(log.health()).toMatchObject({ status: 'unreachable' });
    await stage().server.up();
    expect(await settle(log, events)).toMatchObject({ revision: 1 });
    expect(log.health()).toEqual({ status: 'ok' });
    await holdsOnce(log, chain);
  });

  test('that is frozen makes appends unknown in time, and settles them once it moves', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    await log.append(chain.renames(1));
    stage().server.freeze();
    const began = performance.now();
    const events = chain.renames(1);
    expect(await log.append(events)).toMatchObject({ outcome: 'unknown' });
    expect(performance.now() - began).toBeLessThan(TIMES.append + 1000);
    const settling = settle(log, events);
    await pause(1500);
    stage().server.thaw();
    expect(await settling).toMatchObject({ outcome: 'committed', revision: 1 });
    await holdsOnce(log, chain);
  }, 20_000);

  test('to which a link is dead is reached over another', async () => {
    const log = await stage().open();
    const chain = new Chain('organization-a');
    await log.append(chain.renames(1));
    stage().server.freeze('connections');
    const settled = await settle(log, chain.renames(1));
    expect(settled).toMatchObject({ outcome: 'committed', revision: 1 });
    await holdsOnce(log, chain);
  }, 15_000);

  test.each([
    ['does not answer a read', { kind: 'never' }],
    ['cuts the connection of a read', { kind: 'cut' }],
    ['is starting', { kind: 'not_ready' }],
  ] as const)(
    'that %s is asked again',
    async (_, fault) => {
      const log = await stage().open();
      const chain = new Chain('organization-a');
      await log.append(chain.renames(5));
      faults().plan('read', fault, 2);
      await holdsOnce(log, chain);
    },
    20_000,
  );

  test('of a cluster that can not be found costs nothing but time', async () => {
    const { server } = stage();
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      const hosts = `127.0.0.1:${server.port},127.0.0.1:${server.port}`;
      const log = await stage().open({}, `esdb://${hosts}?tls=false`);
      const [a, b, c] = ['a', 'b', 'c'].map((name) => new Chain(`organization-${name}`).renames(1));
      faults().plan('append', { kind: 'never', written: false });
      const hanging = log.append(a!);
      await pause(100);
      server.refuse();
      faults().plan('append', { kind: 'unavailable' });
      expect(await log.append(b!)).toMatchObject({ outcome: 'unknown' });
      // The client looks for the cluster, and what hangs fails meanwhile.
      const looking = log.append(c!);
      await pause(300);
      server.cut();
      for (const outcome of [await hanging, await looking]) expect(outcome.outcome).toBe('unknown');
      await server.up();
      for (const events of [a!, b!, c!]) {
        expect(await settle(log, events)).toMatchObject({ outcome: 'committed' });
      }
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});
