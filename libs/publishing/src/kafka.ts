/** Kafka through kafkajs: the one file that knows either. */
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka as Binding } from 'cloudevents';
import kafkajs, {
  type Admin,
  type ITopicMetadata,
  type Kafka,
  type KafkaConfig,
  type Message as KafkaMessage,
  type Producer,
} from 'kafkajs';
import { groupedBy } from '#readstore/grouped-by.js';
import type { Message } from './envelope.js';
import { configuration, faultsOf, wordsFor } from './kafka-topics.js';
import { NotPublished, Publisher, TopicLost, TopicUnusable } from './publisher.js';

/** Its names can't be imported one by one: it is no ES module. */
const { ConfigResourceTypes, logLevel, Partitioners } = kafkajs;

export interface KafkaOptions {
  /** `host:port`, those that are asked first. */
  readonly brokers: readonly string[];
  readonly tls: boolean;
  /** Certificates, PEM, of who has signed the brokers'; absent: those that Node.js trusts. */
  readonly authority?: string;
  readonly sasl?: Sasl;
  /** Of topics that are made. More of them later would break the order of what is there. */
  readonly partitions: number;
  /** Copies of each topic that is made; absent: three, or as many as there are brokers. */
  readonly replication?: number;
}

export interface Sasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** Milliseconds: to connect, for one request, for all of a call, and to take leave. */
const CONNECT = 3_000;
const REQUEST = 10_000;
const CALL = 30_000;
const LEAVE = 2_000;

/**
 * One batch at most is under way for each partition, and each is a call of its own: kafkajs repeats
 * a call of many only to brokers that have not answered it yet, and so says that messages are there
 * whose partition meanwhile went to one that had. The producer is idempotent, which spares duplicates
 * where a request is repeated; after any failure it is thrown away, for after some it never recovers,
 * and whoever publishes begins again.
 */
export class KafkaPublisher extends Publisher {
  readonly #kafka: Kafka;
  /** Which partition a key is in, of topics that are prepared. */
  readonly #partitions = new Map<string, (key: string) => number>();
  #producer: Promise<Producer> | undefined;

  constructor(private readonly options: KafkaOptions) {
    super();
    this.#kafka = new kafkajs.Kafka(configOf(options));
  }

  prepare(topic: string, isBegun = false): Promise<void> {
    return this.#asAdmin((admin) => this.#prepare(admin, topic, isBegun));
  }

  examine(topic: string): Promise<readonly string[]> {
    return this.#asAdmin(async (admin) => {
      if (!(await admin.listTopics()).includes(topic)) {
        return ['it is not there; the service makes it when it first publishes there'];
      }
      const partitions = await partitionsIn(admin, topic);
      const copies = Math.min(...partitions.map(({ replicas }) => replicas.length));
      const headless = partitions.filter(({ leader }) => leader === -1);
      return [
        ...headless.map(({ partitionId }) => `its partition ${partitionId} has no leader`),
        ...faultsOf(await settingsOf(admin, topic, Object.keys(configuration(copies))), copies),
      ];
    });
  }

  async #asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.#kafka.admin();
    try {
      return await within(
        CALL,
        admin.connect().then(() => work(admin)),
      );
    } catch (error) {
      throw inWords(error);
    } finally {
      await leave(admin);
    }
  }

  async #prepare(admin: Admin, topic: string, isBegun: boolean): Promise<void> {
    const { brokers } = await admin.describeCluster();
    const { partitions, replication = Math.min(3, brokers.length) } = this.options;
    if (!(await admin.listTopics()).includes(topic)) {
      if (isBegun) throw new TopicLost(topic);
      const configEntries = Object.entries(configuration(replication)).map(([name, value]) => ({
        name,
        value,
      }));
      const made = { topic, numPartitions: partitions, replicationFactor: replication };
      await admin.createTopics({ topics: [{ ...made, configEntries }], waitForLeaders: true });
    }
    this.#partitions.set(topic, partitionsOf(topic, await partitionsIn(admin, topic)));
    const found = await settingsOf(admin, topic, ['cleanup.policy']);
    if (found['cleanup.policy']?.includes('compact')) {
      throw new TopicUnusable(
        `${topic} is compacted, which keeps one event of each organization; set its cleanup.policy to delete, or give another KAFKA_TOPIC_PREFIX`,
      );
    }
  }

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    const producer = (this.#producer ??= this.#connected());
    try {
      const records = messages.map(recordOf);
      await within(
        CALL,
        producer.then((one) => this.#send(one, topic, records)),
      );
    } catch (error) {
      if (this.#producer === producer) this.#producer = undefined;
      void producer.then(leave, () => undefined);
      throw inWords(error);
    }
  }

  /** Ends when all have: what is still on its way would come after what is sent next. */
  async #send(producer: Producer, topic: string, records: readonly Keyed[]): Promise<void> {
    const partitionOf = this.#partitions.get(topic);
    if (partitionOf === undefined) throw new NotPublished(`${topic} is not prepared`);
    const placed = records.map((record) => ({ ...record, partition: partitionOf(record.key) }));
    const batches = groupedBy(placed, ({ partition }) => partition);
    const sent = [...batches.values()].map((batch) =>
      producer.send({ topic, acks: -1, messages: batch }),
    );
    for (const result of await Promise.allSettled(sent)) {
      if (result.status === 'rejected') throw inWords(result.reason);
      if (result.value.length === 0) throw new NotPublished('Kafka has not said that it is there');
    }
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.then(leave, () => undefined);
  }

  async #connected(): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      void leave(producer);
      throw error;
    }
  }
}

type Partition = ITopicMetadata['partitions'][number];
type Keyed = KafkaMessage & { readonly key: string };

async function partitionsIn(admin: Admin, topic: string): Promise<Partition[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics[0]?.partitions ?? [];
}

async function settingsOf(
  admin: Admin,
  topic: string,
  configNames: string[],
): Promise<Readonly<Record<string, string | undefined>>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames }],
  });
  const entries = resources[0]?.configEntries ?? [];
  return Object.fromEntries(
    entries.map(({ configName, configValue }) => [configName, configValue]),
  );
}

/** As every client of Kafka's own has it, so that whoever joins topics by key can. */
function partitionsOf(topic: string, partitionMetadata: Partition[]): (key: string) => number {
  const partitioner = Partitioners.DefaultPartitioner();
  return (key) => partitioner({ topic, partitionMetadata, message: { key, value: null } });
}

function recordOf(message: Message): Keyed {
  const { headers, body, key } = Binding.binary(message) as ReturnType<typeof Binding.binary> & {
    readonly key: string;
  };
  // What the SDK has no value for it writes as a header all the same, and the content type twice.
  const written = Object.entries(headers)
    .filter(([name, value]) => value !== undefined && name !== 'ce_datacontenttype')
    .map(([name, value]) => [name, String(value)]);
  return {
    key,
    value: JSON.stringify(body),
    headers: Object.fromEntries(written) as Record<string, string>,
    timestamp: String(Date.parse(message.time!)),
  };
}

const configOf = ({ brokers, tls, authority, sasl }: KafkaOptions): KafkaConfig => ({
  clientId: 'membership',
  brokers: [...brokers],
  ssl: tls && authority !== undefined ? { ca: [authority] } : tls,
  ...(sasl === undefined ? {} : { sasl: sasl as NonNullable<KafkaConfig['sasl']> }),
  connectionTimeout: CONNECT,
  requestTimeout: REQUEST,
  // What lasts longer is for whoever publishes to wait out, with a producer of its own.
  retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 },
  // What fails is thrown, and told by whoever publishes.
  logLevel: logLevel.NOTHING,
});

async function within<T>(patience: number, work: Promise<T>): Promise<T> {
  const given = new AbortController();
  const late = delay(patience, undefined, { signal: given.signal }).then(() => {
    throw new NotPublished(`Kafka has not answered for ${patience / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    given.abort();
    late.catch(() => undefined);
  }
}

/** The client's errors name brokers and topics, and nobody. */
const inWords = (error: unknown): Error =>
  error instanceof TopicUnusable || error instanceof NotPublished
    ? error
    : new NotPublished(wordsFor(error instanceof Error ? error.message : String(error)), {
        cause: error,
      });

/** Ends a client, which may never say that it has ended. */
async function leave(client: { disconnect(): Promise<void> }): Promise<void> {
  const patience = delay(LEAVE, undefined, { ref: false });
  await Promise.race([client.disconnect().catch(() => undefined), patience]);
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * kafkajs 2.2.4 looks at what is to be sent once every millisecond, for ever, from the first answer
 * on: 4 to 5 % of a core for each connection that rests. Where nothing is to be sent there is
 * nothing to look at; whatever comes later looks for itself.
 */
function tame(): void {
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/network/requestQueue/index.js') as {
    readonly prototype: RequestQueue;
  };
  const look = prototype.scheduleCheckPendingRequests;
  if (typeof look !== 'function') throw new Error('kafkajs is not the version that was tamed');
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) look.call(this);
  };
}
tame();
