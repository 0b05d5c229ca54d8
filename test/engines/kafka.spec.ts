/** Publishing to a real Kafka; see `tools/engines/kafka.mjs`. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { KafkaPublisher } from '#publishing/kafka.js';
import { TopicUnusable } from '#publishing/publisher.js';
import { complaintsOf } from '../publishing/support/promise.js';
import { Collector } from '../support/collector.js';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';
import {
  fresh,
  kafka,
  KAFKA_BROKERS,
  Reader,
  type Read,
  withKafka,
  withoutDuplicates,
} from './support/kafka.js';

await withKafka('the topics of a service', () => {
  const prefix = fresh('membership');
  let collector: Collector;
  let service: TestService;
  let ada: HttpClient;
  let member: string;
  const roles = (body: object) => ada.patch(`/organizations/acme/members/${member}/roles`, body);

  beforeAll(async () => {
    collector = await Collector.start();
    const settings = { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '3' };
    const others = { PLATFORM_ADMINS: 'root@example.com', ...collector.settings };
    service = await TestService.start({ ...settings, ...others });
    ada = await service.signIn('ada@example.com', { name: 'Ada Lovelace' });
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    const invitation = { email: 'ben@example.com', roles: ['viewer'] };
    await ada.post('/organizations/acme/invitations', invitation);
    const ben = await service.signIn('ben@example.com');
    const token = await service.linkOf('ben@example.com');
    member = (await ben.post<{ id: string }>('/invitations/accept', { token })).body.id;
  });
  afterAll(async () => {
    await service.stop();
    await collector.stop();
  });

  const inFeed = async (question: string, who = ada) => {
    const { body } = await who.get<{ items: Record<string, unknown>[] }>(
      `/events?${question}&beginning=true&limit=200`,
    );
    return body.items;
  };
  const published = () =>
    eventually(async () => {
      const { body } = await service.anybody.get<{
        followers: { name: string; lag: number; reason?: string }[];
      }>('//health/ready');
      const relays = body.followers.filter(({ name }) => name.startsWith(prefix));
      const isDone = relays.length === 2 && relays.every(({ lag, reason }) => lag === 0 && !reason);
      return isDone || undefined;
    }, 'published log');

  test('hold what the feed tells, message by message, in the order of each organization', async () => {
    await published();
    const root = await service.signIn('root@example.com', { platformAdmin: true });
    const feed = await inFeed('', root);
    const reader = await Reader.of(`${prefix}.events`);
    const read = await reader.reads(feed.length);
    for (const { id, partitionkey } of feed) {
      const same = read.filter(({ headers }) => headers['ce_id'] === id);
      expect(same).toHaveLength(1);
      expect(same[0]!.key).toBe(partitionkey);
    }
    const ofAcme = feed.filter(({ stream }) => stream === 'organization-acme');
    expect(
      read.filter(({ key }) => key === 'acme').map(({ value, headers }) => ({ value, headers })),
    ).toEqual(
      ofAcme.map((one) => ({
        value: one['data'],
        headers: {
          'content-type': 'application/json',
          ...Object.fromEntries(
            Object.entries(one)
              .filter(([name]) => !['data', 'cursor', 'datacontenttype'].includes(name))
              .map(([name, value]) => [`ce_${name}`, String(value)]),
          ),
        },
      })),
    );
    expect(new Set(read.filter(({ key }) => key === 'acme').map((one) => one.partition)).size).toBe(
      1,
    );
    await reader.stop();
  });

  test('tell who gains and loses what, by which event', async () => {
    await roles({ add: [{ role: 'editor' }] });
    await roles({ remove: ['editor'] });
    const reader = await Reader.of(`${prefix}.permission-changes`);
    const changed = await eventually(() => {
      const found = withoutDuplicates(reader.read).filter(
        ({ value }) => (value['event'] as { type: string }).type === 'member.role_change',
      );
      return found.length === 2 ? found : undefined;
    }, 'both changes');
    const [gained, lost] = changed.map(({ value }) => value['changes'] as object[]);
    expect(gained).toMatchObject([{ principal: member, scope: 'organization', change: 'gained' }]);
    expect(lost).toEqual([{ ...gained![0], change: 'lost' }]);
    expect(changed.map(({ key, headers }) => [key, headers['ce_type']])).toEqual([
      ['acme', 'permissions.change'],
      ['acme', 'permissions.change'],
    ]);
    await reader.stop();
  });

  test('have what their document says, with those keys and headers, and nothing else', async () => {
    // Traced, for the header that says so.
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const more = { add: [{ role: 'editor' }] };
    await ada.patch(`/organizations/acme/members/${member}/roles`, more, { traceparent });
    await published();
    for (const [channel, topic] of [
      ['events', 'events'],
      ['permissionChanges', 'permission-changes'],
    ] as const) {
      const reader = await Reader.of(`${prefix}.${topic}`);
      const isTraced = ({ headers }: Read) => headers['ce_traceparent']?.includes('a'.repeat(32));
      await eventually(() => reader.read.some(isTraced) || undefined, 'traced message', 30_000);
      const keyed = reader.read.map(({ headers }) => headers['ce_partitionkey']);
      expect(reader.read.map(({ key }) => key)).toEqual(keyed);
      for (const one of reader.read) expect([one, complaintsOf(channel, one)]).toEqual([one, []]);
      await reader.stop();
    }
  });

  test('are made so that nothing is lost from them', async () => {
    const admin = kafka().admin();
    await admin.connect();
    const topics = ['events', 'permission-changes'].map((name) => `${prefix}.${name}`);
    const { topics: found } = await admin.fetchTopicMetadata({ topics });
    expect(found.map(({ partitions }) => partitions.length)).toEqual([3, 3]);
    const settings = {
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'max.message.bytes': '2097152',
      'message.timestamp.type': 'CreateTime',
      'min.insync.replicas': '1',
      'unclean.leader.election.enable': 'false',
    };
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: Object.keys(settings),
      })),
    });
    for (const { configEntries } of resources) {
      const values = configEntries.map(({ configName, configValue }) => [configName, configValue]);
      expect(Object.fromEntries(values)).toEqual(settings);
    }
    await admin.disconnect();
  });
});

await withKafka('a publisher', () => {
  const options = { brokers: KAFKA_BROKERS.split(','), tls: false, partitions: 1 };

  test('refuses a topic that is compacted, for it would keep one event of each organization', async () => {
    const topic = fresh('compacted');
    const admin = kafka().admin();
    await admin.connect();
    await admin.createTopics({
      topics: [{ topic, configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }],
    });
    await admin.disconnect();
    const publisher = new KafkaPublisher(options);
    await expect(publisher.prepare(topic)).rejects.toThrow(TopicUnusable);
    await publisher.close();
  });

  test('that has nothing to do takes less than a hundredth of a core', async () => {
    const here = import.meta.dirname;
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...['--import', join(here, '../eventlog/typescript.mjs'), join(here, 'idle-publisher.ts')],
      ...[KAFKA_BROKERS, fresh('idle')],
    ]);
    const share = Number(stdout);
    console.log(`an idle publisher takes ${(share * 100).toFixed(2)} % of a core`);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.01);
  });
});
