/** The Kafka that the environment names, as a reader of its topics. */
import { afterAll, describe } from '@jest/globals';
import kafkajs, { type Consumer, type Kafka, type KafkaMessage } from 'kafkajs';
import { eventually } from '../../support/service.js';
import { onServer } from './servers.js';

export const KAFKA_BROKERS = process.env['KAFKA_BROKERS'] ?? '';

/** `describe` where there is a Kafka. */
export const withKafka = (name: string, suite: () => void): Promise<void> =>
  onServer('KAFKA_BROKERS', () => describe(name, suite));

export const kafka = (brokers = KAFKA_BROKERS): Kafka =>
  new kafkajs.Kafka({
    brokers: brokers.split(','),
    clientId: 'test',
    logLevel: kafkajs.logLevel.NOTHING,
  });

/** A name nobody has used. */
export const fresh = (name: string): string => `${name}-${Date.now()}-${process.pid}`;

export interface Read {
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Record<string, unknown>;
}

const asRead = (partition: number, { offset, key, headers, value }: KafkaMessage): Read => ({
  partition,
  offset,
  key: String(key),
  headers: Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, one]) => [name, String(one)]),
  ),
  value: JSON.parse(String(value)) as Record<string, unknown>,
});

const readers = new Set<Reader>();
afterAll(() => Promise.all([...readers].map((one) => one.stop())));

/** Reads topics from their first message on, until the suite ends. */
export class Reader {
  readonly read: Read[] = [];
  #consumer: Consumer | undefined;

  static async of(topic: string, brokers = KAFKA_BROKERS): Promise<Reader> {
    const reader = new Reader();
    readers.add(reader);
    const consumer = kafka(brokers).consumer({ groupId: fresh('reader'), retry: { retries: 50 } });
    reader.#consumer = consumer;
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message }) => {
        reader.read.push(asRead(partition, message));
        return Promise.resolve();
      },
    });
    return reader;
  }

  /** Waits until so many are read. */
  async reads(count: number, patience = 30_000): Promise<readonly Read[]> {
    const enough = () => (this.read.length >= count ? this.read : undefined);
    return eventually(enough, `${count} messages (there are ${this.read.length})`, patience);
  }

  /** All that is on a topic to which nothing is added any more. */
  static async all(topic: string, brokers: string, patience: number): Promise<readonly Read[]> {
    const admin = kafka(brokers).admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const reader = await Reader.of(topic, brokers);
    const count = offsets.reduce((sum, { high }) => sum + Number(high), 0);
    const read = await reader.reads(count, patience);
    await reader.stop();
    return read;
  }

  async stop(): Promise<void> {
    readers.delete(this);
    await this.#consumer?.disconnect();
  }
}

/** Drops what has been seen, as docs/events.md says. */
export function withoutDuplicates(messages: readonly Read[]): Read[] {
  const seen = new Map<string, readonly [number, number]>();
  return messages.filter(({ key, headers }) => {
    const from = `${key} ${headers['ce_stream']}`;
    const at = [Number(headers['ce_streamrevision']), Number(headers['ce_part'] ?? 0)] as const;
    const last = seen.get(from) ?? [-1, 0];
    if (at[0] < last[0] || (at[0] === last[0] && at[1] <= last[1])) return false;
    seen.set(from, at);
    return true;
  });
}
