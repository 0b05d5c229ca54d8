/** A relay on a real log and a real checkpoint; where it hands on to fails as it is told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CloudEvent } from 'cloudevents';
import { RelayCheckpointLost, StoredCheckpoints } from '#publishing/checkpoints.js';
import { Envelopes, type Message } from '#publishing/envelope.js';
import { TopicLost } from '#publishing/publisher.js';
import { eventsIn, Relay, RelayPositionUnknown, type RelayOptions } from '#publishing/relay.js';
import { SqliteReadStore } from '#readstore/sqlite-store.js';
import type { StandBy } from '#readstore/store.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import { TestLog } from '../access/log.js';
import { upgrade } from '../support/next-release.mjs';
import { eventually } from '../support/service.js';

const NAME = 'test.events';
const never = new Promise<never>(() => {});

describe('a relay', () => {
  let folder: string;
  let written: TestLog;
  let store: SqliteReadStore;
  let checkpoints: StoredCheckpoints;
  const stops = new Set<() => Promise<unknown>>();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'relay-'));
    written = new TestLog();
    store = new SqliteReadStore(join(folder, 'read.db'));
    checkpoints = new StoredCheckpoints(store, NAME);
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
    stops.clear();
    await written.log.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const happens = (organization: string, count: number) =>
    written.append(
      Array.from({ length: count }, (_, n) => ({
        stream: `organization-${organization}`,
        event: { type: 'organization.rename', name: `${organization} ${n}` } as const,
      })),
    );
  /** Runs one until the test ends; what it ended with is what `ended` says. */
  const runs = (publish: RelayOptions['publish'], more: Partial<RelayOptions> = {}) => {
    const relay = new Relay({
      name: NAME,
      log: written.log,
      checkpoints,
      tell: () => eventsIn(new Envelopes('urn:test')),
      publish,
      backoff: () => 10,
      ...more,
    });
    const stop = new AbortController();
    const ended = relay.run(stop.signal).then(
      () => undefined,
      (error: unknown) => error,
    );
    const end = () => {
      stop.abort();
      return ended;
    };
    stops.add(end);
    return { relay, ended, end };
  };
  const inOrder = (messages: readonly Message[]) =>
    messages.map((one) => `${String(one['partitionkey'])} ${String(one['streamrevision'])}`);
  const position = async () => (await checkpoints.find(NAME))?.position;

  test('leaves out nothing that only a newer program knows, and goes on once it is upgraded', async () => {
    const file = join(folder, 'events.db');
    const writing = new TestLog(file);
    const rename = (organization: string, schemaVersion: number) => ({
      stream: `organization-${organization}`,
      event: { type: 'organization.rename', name: organization } as const,
      schemaVersion,
    });
    await writing.append([rename('a', 1), rename('b', 2), rename('c', 1)]);
    await writing.log.close();
    const log = new SqliteEventLog(file);
    const got: Message[] = [];
    const publish = (messages: readonly Message[]) => Promise.resolve(void got.push(...messages));
    const { relay, end } = runs(publish, { log });
    await eventually(() => relay.health().status === 'failing' || undefined, 'trouble');
    expect(relay.health().failure).toBeInstanceOf(UnknownEvent);
    expect(inOrder(got)).toEqual(['a 0']);
    const downgrade = upgrade();
    try {
      await eventually(() => got.length === 3 || undefined, 'the rest');
      expect(inOrder(got)).toEqual(['a 0', 'b 0', 'c 0']);
    } finally {
      downgrade();
      await end();
      await log.close();
    }
  });

  test('hands on everything, in order, from the first event on, and goes on as more comes', async () => {
    await happens('a', 3);
    const got: Message[] = [];
    runs((messages) => Promise.resolve(void got.push(...messages)));
    await eventually(() => got.length === 3 || undefined, 'the first three');
    await happens('b', 2);
    await eventually(() => got.length === 5 || undefined, 'the next two');
    expect(inOrder(got)).toEqual(['a 0', 'a 1', 'a 2', 'b 0', 'b 1']);
    await eventually(
      async () => (await position()) === (await written.log.head()) || undefined,
      'end',
    );
  });

  test('has no checkpoint beyond what is acknowledged', async () => {
    await happens('a', 3);
    let acknowledge: () => void = () => undefined;
    let asked = 0;
    runs(() => {
      asked += 1;
      return new Promise((resolve) => {
        acknowledge = resolve;
      });
    });
    await eventually(() => asked === 1 || undefined, 'message');
    await happens('a', 2);
    await delay(100);
    expect([asked, await position()]).toEqual([1, null]);
    acknowledge();
    await eventually(() => asked === 2 || undefined, 'next message');
    const first = await position();
    expect(first).not.toBeNull();
    expect(first! < (await written.log.head())!).toBe(true);
  });

  test('hands on the same again, and nothing later before it, for as long as it fails', async () => {
    await happens('a', 2);
    const tries: string[][] = [];
    const errors: unknown[] = [];
    const { relay } = runs(
      (messages) => {
        tries.push(inOrder(messages));
        return tries.length < 4 ? Promise.reject(new Error('no')) : Promise.resolve();
      },
      { onError: (error) => errors.push(error), backoff: () => 50 },
    );
    await eventually(() => tries.length === 2 || undefined, 'second try');
    expect(relay.health()).toMatchObject({ status: 'failing', position: null });
    await happens('a', 1);
    await eventually(() => tries.length === 5 || undefined, 'the rest');
    expect(tries).toEqual([...Array(4).fill(['a 0', 'a 1']), ['a 2']]);
    expect(errors).toHaveLength(3);
    expect(relay.health()).toMatchObject({ status: 'running' });
  });

  test('hands on no more at once than a broker takes, however much an event says', async () => {
    await happens('a', 1);
    const sizes = [
      ...Array<number>(2_500).fill(10),
      ...Array<number>(5).fill(200_000),
      700_000,
      10,
    ];
    const messages = sizes.map(
      (size, n) =>
        new CloudEvent<object>({
          id: `${n}`,
          type: 'a',
          source: 'b',
          data: { is: 'x'.repeat(size) },
        }),
    );
    const handed: string[][] = [];
    const bytes: number[] = [];
    const publish = (some: readonly Message[]) => {
      handed.push(some.map(({ id }) => id));
      bytes.push(JSON.stringify(some.map(({ data }) => data)).length);
      return Promise.resolve();
    };
    runs(publish, { tell: () => ({ of: () => Readable.from(messages) }) });
    await eventually(
      async () => (await position()) === (await written.log.head()) || undefined,
      'end',
    );
    expect(handed.flat()).toEqual(messages.map(({ id }) => id));
    expect(Math.max(...handed.map(({ length }) => length))).toBe(1_000);
    for (const [index, some] of handed.entries()) {
      if (some.length > 1) expect(bytes[index]).toBeLessThanOrEqual(512 * 1024);
    }
  });

  test('goes on where it was, and says again what it does not know to be acknowledged', async () => {
    await happens('a', 2);
    const got: Message[] = [];
    const first = runs((messages) => {
      got.push(...messages);
      // It arrives, and nobody hears of it.
      return never;
    });
    await eventually(() => got.length === 2 || undefined, 'messages');
    void first.end();
    runs((messages) => Promise.resolve(void got.push(...messages)));
    await eventually(() => got.length === 4 || undefined, 'the same again');
    await happens('a', 1);
    await eventually(() => got.length === 5 || undefined, 'one more');
    expect(inOrder(got)).toEqual(['a 0', 'a 1', 'a 0', 'a 1', 'a 2']);
    expect(new Set(got.map(({ id }) => id)).size).toBe(3);
  });

  test('that is told to end waits for what is under way, and notes that it is there', async () => {
    await happens('a', 2);
    let acknowledge: (() => void) | undefined;
    const first = runs(
      () =>
        new Promise((resolve) => {
          acknowledge = resolve;
        }),
    );
    const acknowledged = await eventually(() => acknowledge, 'messages');
    const ended = first.end();
    await happens('a', 1);
    acknowledged();
    await ended;
    const got: Message[] = [];
    runs((messages) => Promise.resolve(void got.push(...messages)));
    await eventually(() => got.length > 0 || undefined, 'the rest');
    expect(inOrder(got)).toEqual(['a 2']);
  });

  test('of which there are two ends with the one that lost', async () => {
    await happens('a', 1);
    let letGo: (() => void) | undefined;
    const slow = runs(
      () =>
        new Promise((resolve) => {
          letGo = resolve;
        }),
    );
    await eventually(() => letGo, 'message');
    const quick = runs(() => Promise.resolve());
    await eventually(async () => (await position()) !== null || undefined, 'the quick one');
    letGo!();
    expect(await slow.ended).toBeInstanceOf(RelayCheckpointLost);
    expect(quick.relay.health()).toMatchObject({ status: 'running' });
  });

  test('does not go on in the middle where what it published is gone, and says it all again when asked', async () => {
    await happens('a', 2);
    const first = runs(() => Promise.resolve());
    const head = await written.log.head();
    await eventually(async () => (await position()) === head || undefined, 'end');
    await first.end();
    const got: Message[] = [];
    const publish = (messages: readonly Message[]) => Promise.resolve(void got.push(...messages));
    const prepare = (isBegun: boolean) =>
      isBegun && got.length === 0 ? Promise.reject(new TopicLost(NAME)) : Promise.resolve();
    const { relay, end } = runs(publish, { prepare });
    await happens('a', 1);
    await eventually(() => relay.health().failure, 'failure');
    expect(relay.health()).toMatchObject({ status: 'failing', failure: expect.any(TopicLost) });
    await end();
    expect(got).toEqual([]);

    let lost = 0;
    runs(publish, { prepare, onLost: () => void (lost += 1) });
    await eventually(() => got.length === 3 || undefined, 'everything');
    expect([lost, inOrder(got)]).toEqual([1, ['a 0', 'a 1', 'a 2']]);
  });

  test('says that it stands by while another node publishes', async () => {
    class HeldElsewhere extends StoredCheckpoints {
      override async acquire(standBy: StandBy, signal: AbortSignal): Promise<void> {
        await standBy();
        return super.acquire(standBy, signal);
      }
    }
    await happens('a', 1);
    let told = 0;
    const got: Message[] = [];
    runs((messages) => Promise.resolve(void got.push(...messages)), {
      checkpoints: new HeldElsewhere(store, NAME),
      onStandBy: () => void (told += 1),
    });
    await eventually(() => got.length === 1 || undefined, 'message');
    expect(told).toBe(1);
  });

  test('that has failed is well again once nothing is left to hand on, though nothing comes', async () => {
    await happens('a', 1);
    const first = runs(() => Promise.resolve());
    const head = await written.log.head();
    await eventually(async () => (await position()) === head || undefined, 'end');
    await first.end();
    let isAway = true;
    const prepare = () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve());
    const { relay } = runs(() => Promise.resolve(), { prepare });
    await eventually(() => relay.health().status === 'failing' || undefined, 'failure');
    isAway = false;
    await eventually(() => relay.health().status === 'running' || undefined, 'end of the failure');
    expect(relay.health()).not.toHaveProperty('failure');
  });

  test('that has failed is well again when another node publishes', async () => {
    let isAway = true;
    class HeldElsewhere extends StoredCheckpoints {
      override async acquire(standBy: StandBy, signal: AbortSignal): Promise<void> {
        if (isAway) throw new Error('away');
        await standBy();
        await delay(60_000, undefined, { signal }).catch(() => undefined);
      }
    }
    const { relay } = runs(() => Promise.resolve(), {
      checkpoints: new HeldElsewhere(store, NAME),
    });
    await eventually(() => relay.health().status === 'failing' || undefined, 'failure');
    isAway = false;
    await eventually(() => relay.health().status === 'running' || undefined, 'end of the failure');
  });

  test('does not go on in another log', async () => {
    await happens('a', 1);
    const { end } = runs(() => Promise.resolve());
    await eventually(async () => (await position()) !== null || undefined, 'end');
    await end();
    const other = new TestLog();
    const { relay } = runs(() => Promise.resolve(), { log: other.log });
    await eventually(() => relay.health().failure, 'failure');
    expect(relay.health()).toMatchObject({ status: 'failing' });
    expect(relay.health().failure).toBeInstanceOf(RelayPositionUnknown);
    await other.log.close();
  });
});
