/**
 * Brokers of a real Kafka killed and begun again under load, and the relay with them: nothing is
 * lost, nothing is doubled once what was seen is dropped by revision, and each organization's
 * events are in order.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { MembershipEvent } from '#domain/events.js';
import { StoredCheckpoints } from '#publishing/checkpoints.js';
import { Envelopes } from '#publishing/envelope.js';
import { KafkaPublisher } from '#publishing/kafka.js';
import { eventsIn, Relay } from '#publishing/relay.js';
import { SqliteReadStore } from '#readstore/sqlite-store.js';
// @ts-expect-error a tool, in JavaScript
import * as engine from '../../tools/engines/kafka.mjs';
import { TestLog } from '../access/log.js';
import { kafka, Reader, withoutDuplicates } from '../engines/support/kafka.js';
import { eventually } from '../support/service.js';
import { told, unlessInGate } from '../support/skipping.js';
import { randomness, scaled } from './support/running.js';

interface Cluster {
  readonly brokers: string;
  kill(n: number): Promise<void>;
  start(n: number): Promise<void>;
  stop(): Promise<void>;
}
const { missing, startKafka } = engine as {
  missing(): string | undefined;
  startKafka(count: number): Promise<Cluster>;
};

const EVENTS = scaled(200_000);
const KILLS = Math.max(2, scaled(50));
const PER_SECOND = 1_000;
const ORGANIZATIONS = 40;
const TOPIC = 'proof.events';
/** Three need some memory, and time to agree. */
const BROKERS = EVENTS >= 50_000 && totalmem() > 8e9 ? 3 : 1;

const reason = unlessInGate(missing());

const stops: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(stops.map((stop) => stop())));

(reason === undefined ? describe : describe.skip)(`publishing${told(reason)}`, () => {
  test(`${EVENTS} events at ${PER_SECOND}/s, a broker of ${BROKERS} killed ${KILLS} times`, async () => {
    const random = randomness('publishing');
    const folder = mkdtempSync(join(tmpdir(), 'publishing-'));
    const written = new TestLog(join(folder, 'events.db'));
    const store = new SqliteReadStore(join(folder, 'read.db'));
    const cluster = await startKafka(BROKERS);
    stops.push(() => cluster.stop());
    let failures = 0;
    let position: bigint | null = null;

    /** One relay after the other, as when a node is ended and another begins. */
    const begin = () => {
      const brokers = cluster.brokers.split(',');
      const publisher = new KafkaPublisher({ brokers, tls: false, partitions: 6 });
      const relay = new Relay({
        name: TOPIC,
        log: written.log,
        checkpoints: new StoredCheckpoints(store, TOPIC),
        tell: () => eventsIn(new Envelopes('urn:proof')),
        prepare: () => publisher.prepare(TOPIC),
        publish: (messages) => publisher.publish(TOPIC, messages),
        onError: () => (failures += 1),
        onMoved: (at) => (position = at),
        backoff: () => 200,
      });
      const stop = new AbortController();
      const running = relay.run(stop.signal);
      return async () => {
        stop.abort();
        await running;
        void publisher.close();
      };
    };

    let end = begin();
    let killed = 0;
    const killing = (async () => {
      for (; killed < KILLS; killed += 1) {
        await sleep(random() * ((EVENTS / KILLS / PER_SECOND) * 1_000));
        const broker = Math.floor(random() * BROKERS);
        await cluster.kill(broker);
        if (killed % 5 === 4) {
          await end();
          end = begin();
        }
        await sleep(200 + random() * 800);
        await cluster.start(broker);
      }
    })();

    // A share of them for each kill, so that all of them happen under load.
    for (let count = 0, at = performance.now(); count < EVENTS;) {
      const [now, share] = [performance.now(), Math.ceil((EVENTS * (killed + 1)) / KILLS)];
      const due = Math.floor(((now - at) / 1_000) * PER_SECOND);
      at = now;
      const length = Math.max(0, Math.min(500, due, share - count, EVENTS - count));
      const events = Array.from({ length }, (_, n) => ({
        stream: `organization-o${(count + n) % ORGANIZATIONS}`,
        event: { type: 'organization.rename', name: `${count + n}` } satisfies MembershipEvent,
      }));
      if (events.length > 0) await written.append(events);
      count += events.length;
      await sleep(20);
    }
    await killing;
    const restored = performance.now();
    const head = await written.log.head();
    await eventually(() => position === head || undefined, 'published log', 120_000);
    const lag = performance.now() - restored;
    await end();

    const admin = kafka(cluster.brokers).admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(TOPIC);
    await admin.disconnect();
    const there = offsets.reduce((sum, { high }) => sum + Number(high), 0);
    const reader = await Reader.of(TOPIC, cluster.brokers);
    const read = await eventually(
      () => (reader.read.length >= EVENTS && isQuiet(reader) ? reader.read : undefined),
      `all of ${there}`,
      300_000,
    );
    await reader.stop();
    const kept = withoutDuplicates(read);
    console.log(
      `${EVENTS} events, ${KILLS} kills, ${failures} failed batches, ${read.length} messages read, ` +
        `${read.length - kept.length} dropped, ${Math.round(lag)} ms behind after the last kill`,
    );

    for (let organization = 0; organization < ORGANIZATIONS; organization += 1) {
      const stream = `organization-o${organization}`;
      const mine = kept.filter(({ headers }) => headers['ce_stream'] === stream);
      const ids: string[] = [];
      for await (const batch of written.log.read(stream)) ids.push(...batch.map(({ id }) => id));
      expect(mine.map(({ headers }) => headers['ce_id'])).toEqual(ids);
      expect(new Set(mine.map(({ partition }) => partition)).size).toBe(ids.length === 0 ? 0 : 1);
    }
    expect(kept).toHaveLength(EVENTS);
    await written.log.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
});

/** Nothing has come for a while. */
let [known, since] = [0, 0];
function isQuiet({ read }: Reader): boolean {
  if (read.length !== known) [known, since] = [read.length, Date.now()];
  return Date.now() - since > 3_000;
}
