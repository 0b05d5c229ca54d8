/** The producer on a real Kafka, where its requests are refused, fail, or meet a leader that moves. */
import { afterEach, expect, test } from '@jest/globals';
import { CloudEvent } from 'cloudevents';
import kafkajs from 'kafkajs';
import type { Message } from '#publishing/envelope.js';
import { KafkaPublisher } from '#publishing/kafka.js';
import { NotPublished } from '#publishing/publisher.js';
// @ts-expect-error a tool, in JavaScript
import * as engine from '../../tools/engines/kafka.mjs';
import { eventually } from '../support/service.js';
import { fresh, kafka, KAFKA_BROKERS, Reader, type Read, withKafka } from './support/kafka.js';
import {
  onTheWay,
  outOfSequence,
  partitionsOf,
  type Produce,
  type Way,
} from './support/requests.js';

const { startKafka } = engine as {
  startKafka(count: number): Promise<{ readonly brokers: string; stop(): Promise<void> }>;
};

const message = (organization: string, streamrevision: number): Message =>
  new CloudEvent<object>({
    id: `${organization} ${streamrevision}`,
    type: 'organization.rename',
    source: 'urn:test',
    time: new Date().toISOString(),
    partitionkey: organization,
    stream: `organization-${organization}`,
    streamrevision,
    data: {},
  });
/** One of each organization. */
const many = (streamrevision: number) =>
  Array.from({ length: 12 }, (_, n) => message(`o${n}`, streamrevision));

const idsIn = (read: readonly Read[]) => read.map(({ headers }) => headers['ce_id']);

await withKafka('a producer', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  const watch = (way: Way<Produce>) => ends.push(onTheWay('produce', way));
  const publishes = async (partitions: number, topic = fresh('produced')) => {
    const brokers = KAFKA_BROKERS.split(',');
    const publisher = new KafkaPublisher({ brokers, tls: false, partitions });
    ends.push(() => publisher.close());
    await publisher.prepare(topic);
    const publish = (...messages: Message[]) => publisher.publish(topic, messages);
    return { topic, publish };
  };

  test.each([
    [
      'is out of its sequence',
      /out of order sequence/,
      (request: Produce, sent: number) => (sent === 0 ? request : outOfSequence(request)),
    ],
    [
      'has an epoch that is over',
      /an old epoch/,
      // The broker has heard of a later one, which the producer itself never did.
      (request: Produce, sent: number) =>
        sent === 0 ? { ...request, producerEpoch: request.producerEpoch + 1 } : request,
    ],
  ])('that %s is replaced, and what it could not send arrives once', async (_, why, spoilt) => {
    const producers: string[] = [];
    watch((request, send) => {
      const isFirst = request.producerId === (producers[0] ?? request.producerId);
      producers.push(request.producerId);
      return send(isFirst ? spoilt(request, producers.length - 1) : request);
    });
    const { topic, publish } = await publishes(1);
    await publish(message('acme', 0));
    const refused = publish(message('acme', 1));
    await expect(refused).rejects.toThrow(NotPublished);
    await expect(refused).rejects.toThrow(why);
    await publish(message('acme', 1));
    await publish(message('acme', 2));
    expect(new Set(producers).size).toBe(2);
    const reader = await Reader.of(topic);
    expect(idsIn(await reader.reads(3))).toEqual(['acme 0', 'acme 1', 'acme 2']);
    await reader.stop();
  });

  test('that hears no answer asks again, and what it has sent is there once', async () => {
    let asked = 0;
    watch(async (request, send) => {
      const answer = await send(request);
      asked += 1;
      if (asked === 1) throw new kafkajs.KafkaJSConnectionError('the answer is lost');
      return answer;
    });
    const { topic, publish } = await publishes(1);
    await publish(message('acme', 0));
    await publish(message('acme', 1));
    expect(asked).toBe(3);
    const reader = await Reader.of(topic);
    await eventually(() => idsIn(reader.read).includes('acme 1') || undefined, 'both', 30_000);
    expect(idsIn(reader.read)).toEqual(['acme 0', 'acme 1']);
    await reader.stop();
  });

  test('does not say of what nobody has acknowledged that it is there', async () => {
    watch(() => Promise.resolve({ topics: [] }));
    const { publish } = await publishes(1);
    await expect(publish(message('acme', 0))).rejects.toThrow(NotPublished);
  });

  test('has one request at a time under way for each partition, which is of that alone', async () => {
    const underWay = new Set<number>();
    const twice: number[] = [];
    const sent: number[][] = [];
    watch(async (request, send) => {
      const partitions = partitionsOf(request);
      sent.push(partitions);
      twice.push(...partitions.filter((one) => underWay.has(one)));
      for (const one of partitions) underWay.add(one);
      try {
        return await send(request);
      } finally {
        for (const one of partitions) underWay.delete(one);
      }
    });
    const { publish } = await publishes(3);
    for (let revision = 0; revision < 5; revision += 1) await publish(...many(revision));
    expect(twice).toEqual([]);
    expect(sent.map(({ length }) => length)).toEqual(Array(15).fill(1));
    expect(new Set(sent.flat()).size).toBe(3);
  });

  test('that fails in one partition says so only when the other ones have answered', async () => {
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let sent = 0;
    watch(async (request, send) => {
      sent += 1;
      if (sent === 1) throw Object.assign(new Error('spoilt'), { retriable: false });
      await held;
      return send(request);
    });
    const { publish } = await publishes(2);
    let isOver = false;
    const published = publish(...many(0)).finally(() => {
      isOver = true;
    });
    const rejected = expect(published).rejects.toThrow('spoilt');
    await eventually(() => sent === 2 || undefined, 'request of the other partition');
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    expect(isOver).toBe(false);
    answer();
    await rejected;
  });
});

await withKafka('two brokers', () => {
  test('a leader that moves while messages are on their way takes none of them with it', async () => {
    const cluster = await startKafka(2);
    const admin = kafka(cluster.brokers).admin();
    await admin.connect();
    const topic = fresh('moved');
    const replicaAssignment = [
      { partition: 0, replicas: [1] },
      { partition: 1, replicas: [2] },
    ];
    await admin.createTopics({ topics: [{ topic, replicaAssignment }], waitForLeaders: true });
    const leaderOf = async (partition: number) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]!.partitions.find(({ partitionId }) => partitionId === partition)!.leader;
    };
    const brokers = cluster.brokers.split(',');
    const publisher = new KafkaPublisher({ brokers, tls: false, partitions: 2 });
    await publisher.prepare(topic);

    let moved = false;
    let isAnswered = false;
    const end = onTheWay('produce', async (request, send, broker) => {
      if (broker === 1 && !isAnswered) {
        const answer = await send(request);
        isAnswered = true;
        return answer;
      }
      if (broker === 2 && !moved) {
        moved = true;
        await eventually(() => isAnswered || undefined, 'answer of the other broker');
        const partitionAssignment = [{ partition: 1, replicas: [1] }];
        await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
        const isThere = async () => (await leaderOf(1)) === 1 || undefined;
        await eventually(isThere, 'other leader', 60_000);
      }
      return send(request);
    });
    try {
      const messages = many(0);
      await publisher.publish(topic, messages);
      expect(moved).toBe(true);
      const reader = await Reader.of(topic, cluster.brokers);
      const read = await reader.reads(messages.length);
      expect(new Set(idsIn(read))).toEqual(new Set(messages.map(({ id }) => id)));
      expect(new Set(read.map(({ partition }) => partition)).size).toBe(2);
      await reader.stop();
    } finally {
      end();
      await publisher.close();
      await admin.disconnect();
      await cluster.stop();
    }
  }, 180_000);
});
