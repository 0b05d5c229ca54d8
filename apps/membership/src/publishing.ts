/** What is published where, as the settings say. */
import { readFileSync } from 'node:fs';
import type { Catalogues } from '#catalogues/catalogues.js';
import type { EventLog } from '#eventlog/event-log.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import { StoredCheckpoints } from '#publishing/checkpoints.js';
import { Envelopes, sourceOf } from '#publishing/envelope.js';
import { organizationsKept } from '#publishing/organizations.js';
import { PermissionChanges } from '#publishing/permission-changes.js';
import type { Publisher } from '#publishing/publisher.js';
import { eventsIn, Relay, type RelayOptions, type Telling } from '#publishing/relay.js';
import type { ReadStore } from '#readstore/store.js';
import type { Keyring } from '#vault/keyring.js';
import { Secrets } from '#vault/secrets.js';
import type { Vault } from '#vault/vault.js';
import type { Config } from './config.js';
import { publishTraced } from './tracing/followers.js';
import type { Tracing } from './tracing/tracing.js';

interface Around {
  readonly log: EventLog;
  readonly vault: Vault;
  readonly store: ReadStore;
  readonly catalogues: Catalogues;
  readonly snapshots?: Snapshots | undefined;
  readonly tracing?: Tracing | undefined;
}
type Reports = Pick<RelayOptions, 'onError' | 'onLost' | 'onMoved' | 'onStandBy'>;

/** How events are published, the same on every way out. */
export const envelopesOf = (
  { PUBLISHED_PERSONAL_DATA }: Pick<Config, 'PUBLISHED_PERSONAL_DATA'>,
  { log, vault }: { readonly log: { readonly id: string }; readonly vault: Vault },
): Envelopes =>
  new Envelopes(sourceOf(log), PUBLISHED_PERSONAL_DATA === 'open' ? vault : undefined);

/** Under keys of the ring that wraps: whoever has the vault's keys has these. */
export const webhookSecrets = ({ wrapping }: Keyring): Secrets => new Secrets(wrapping, 'webhooks');

/** Kafka, where the settings name one. */
export async function kafkaOf(config: Config): Promise<Publisher | undefined> {
  if (config.KAFKA_BROKERS.length === 0) return undefined;
  const { KafkaPublisher } = await import('#publishing/kafka.js');
  return new KafkaPublisher({
    brokers: config.KAFKA_BROKERS,
    tls: config.KAFKA_TLS === 'on',
    ...(config.KAFKA_CA === undefined ? {} : { authority: readFileSync(config.KAFKA_CA, 'utf8') }),
    ...(config.KAFKA_SASL === undefined ? {} : { sasl: config.KAFKA_SASL }),
    partitions: config.KAFKA_PARTITIONS,
    ...(config.KAFKA_REPLICATION === undefined ? {} : { replication: config.KAFKA_REPLICATION }),
  });
}

/** Milliseconds in which events are gathered into one batch. */
const PACE = 25;

/** What goes out, each as a topic of its own. */
const TELLS = ['events', 'permission-changes'] as const;
type Named = Pick<Config, 'KAFKA_TOPIC_PREFIX'>;

const topicOf = ({ KAFKA_TOPIC_PREFIX }: Named, tells: (typeof TELLS)[number]): string =>
  `${KAFKA_TOPIC_PREFIX}.${tells}`;
export const topicNames = (config: Named): string[] => TELLS.map((one) => topicOf(config, one));

/** A relay for each topic, with a checkpoint of its own. */
export function topicsOf(
  config: Pick<Config, 'KAFKA_TOPIC_PREFIX' | 'PUBLISHED_PERSONAL_DATA'>,
  around: Around,
  publisher: Publisher,
  told: (topic: string) => Reports = () => ({}),
): Relay[] {
  const { log, store, catalogues, snapshots, tracing } = around;
  const envelopes = envelopesOf(config, around);
  const catalogueOf = catalogues.get.bind(catalogues);
  const organizations = (position: bigint) => organizationsKept(store, log.id, position);
  const changes = { log, source: sourceOf(log), catalogueOf, snapshots, organizations };
  const tellings: Readonly<Record<(typeof TELLS)[number], (after: bigint | null) => Telling>> = {
    events: () => eventsIn(envelopes),
    'permission-changes': (after) => new PermissionChanges(changes, after),
  };
  return TELLS.map((name) => {
    const topic = topicOf(config, name);
    return new Relay({
      name: topic,
      log,
      checkpoints: new StoredCheckpoints(store, topic),
      tell: tellings[name],
      prepare: (isBegun) => publisher.prepare(topic, isBegun),
      publish: (messages) => {
        const publish = () => publisher.publish(topic, messages);
        return tracing ? publishTraced(tracing, topic, messages, publish) : publish();
      },
      pace: PACE,
      ...told(topic),
    });
  });
}
