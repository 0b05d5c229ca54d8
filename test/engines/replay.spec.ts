/** Everything once more, into fresh topics, beside the running service; which then goes on there. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { replay } from '../../apps/cli/src/replaying.js';
import { readConfig } from '../../apps/membership/src/config.js';
import { openReadStore } from '../../apps/membership/src/storage.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { dropSchema, freshSchema, urlOf } from '../support/postgres.js';
import { eventually, TestService } from '../support/service.js';
import { fresh, kafka, KAFKA_BROKERS, Reader, withKafka } from './support/kafka.js';
import { onServer } from './support/servers.js';

await withKafka('a replay', () => {
  test('publishes from event 0, says how far it is, and the service goes on after it', async () => {
    const prefix = fresh('replayed');
    let service = await TestService.start();
    const { dataDir } = service;
    let ada = await service.signIn('ada@example.com');
    const create = (id: string) =>
      ada.post('/organizations', { id, name: id, catalogue: 'mondoo' });
    await create('acme');
    const settings = { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '1' };
    const said: string[] = [];
    const config = readConfig({ NODE_ENV: 'test', DATA_DIR: dataDir, ...settings });
    await replay(config, (line) => said.push(line), new AbortController().signal);
    expect(said).toEqual([
      expect.stringMatching(/\.events: \d+ messages, 100 % of the log$/),
      expect.stringMatching(/\.permission-changes: \d+ messages, 100 % of the log$/),
      expect.stringContaining(`KAFKA_TOPIC_PREFIX=${prefix}`),
    ]);

    await service.service.stop();
    service = await TestService.start(settings, dataDir);
    ada = await service.signIn('ada@example.com');
    await create('beta');
    const reader = await Reader.of(`${prefix}.events`);
    await eventually(
      () => reader.read.some(({ key }) => key === 'beta') || undefined,
      'what came after the replay',
      30_000,
    );
    const ids = reader.read.map(({ headers }) => headers['ce_id']);
    expect(new Set(ids).size).toBe(ids.length);
    const acme = reader.read.filter(({ key }) => key === 'acme');
    expect(acme.map(({ headers }) => Number(headers['ce_streamrevision']))).toEqual([0, 1]);
    expect(reader.read.some(({ key }) => key === 'catalogue-mondoo')).toBe(true);
    await service.stop();
  });

  test('makes topics again that are gone, while the service does not go on in the middle', async () => {
    const prefix = fresh('lost');
    const settings = { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '1' };
    let service = await TestService.start(settings);
    const { dataDir } = service;
    const ada = await service.signIn('ada@example.com');
    await ada.post('/organizations', { id: 'acme', name: 'acme', catalogue: 'mondoo' });
    const relays = async () => {
      const { body } = await service.anybody.get<{
        followers: { name: string; lag: number; reason?: string }[];
      }>('//health/ready');
      return body.followers.filter(({ name }) => name.startsWith(prefix));
    };
    const isAll = async (of: (relay: { lag: number; reason?: string }) => boolean) =>
      (await relays()).every(of) || undefined;
    await eventually(() => isAll(({ lag }) => lag === 0), 'published log');
    await service.service.stop();
    const admin = kafka().admin();
    await admin.connect();
    const topics = [`${prefix}.events`, `${prefix}.permission-changes`];
    await admin.deleteTopics({ topics });

    service = await TestService.start(settings, dataDir);
    const config = readConfig({ NODE_ENV: 'test', DATA_DIR: dataDir, ...settings });
    const said: string[] = [];
    const again = () => replay(config, (line) => said.push(line), new AbortController().signal);
    await eventually(() => isAll(({ reason }) => /is gone/.test(reason ?? '')), 'reason');
    await expect(again()).rejects.toThrow(/stop the service/);
    expect(await admin.listTopics()).not.toEqual(expect.arrayContaining(topics));
    await service.service.stop();
    await again();
    expect(said.filter((line) => line.includes('made again'))).toHaveLength(2);
    await admin.disconnect();

    service = await TestService.start(settings, dataDir);
    const reader = await Reader.of(topics[0]!);
    const isThere = ({ headers }: Reader['read'][number]) => headers['ce_streamrevision'] === '1';
    await eventually(() => reader.read.some(isThere) || undefined, 'acme', 30_000);
    expect(reader.read.some(({ key }) => key === 'catalogue-mondoo')).toBe(true);
    expect(await isAll(({ reason }) => reason === undefined)).toBe(true);
    await service.stop();
  });
});

await onServer('POSTGRES_URL', () =>
  withKafka('a replay into topics that another process publishes', () => {
    test('says that it waits for that, and goes on when it ends', async () => {
      const service = await TestService.start();
      const { dataDir } = service;
      await service.service.stop();
      const [schema, prefix] = [freshSchema(), fresh('held')];
      const config = readConfig({
        ...{ NODE_ENV: 'test', DATA_DIR: dataDir, KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: prefix },
        ...{ DATABASE_URL: urlOf(), DATABASE_SCHEMA: schema },
      });
      const store = await openReadStore(config);
      const other = store.writer(`${prefix}.events`);
      await other.acquire(() => undefined, new AbortController().signal);
      const said: string[] = [];
      const ends = replay(config, (line) => said.push(line), new AbortController().signal);
      await eventually(() => said.length > 0 || undefined, 'word');
      expect(said).toEqual([expect.stringMatching(/another process publishes it/)]);
      other.release();
      await ends;
      expect(said.at(-1)).toMatch(/^done/);
      await store.close();
      await Promise.all(['read_models', 'vault'].map((part) => dropSchema(`${schema}_${part}`)));
    });
  }),
);

await onServer('POSTGRES_URL', () =>
  withKafka('membership replay', () => {
    test('says once more, of EventStoreDB and PostgreSQL, what the running service has published', async () => {
      const server = await EventStoreDouble.start();
      const [schema, prefix, again] = [freshSchema(), fresh('first'), fresh('again')];
      const settings = {
        ...{ EVENTSTORE_URL: server.url, DATABASE_URL: urlOf(), DATABASE_SCHEMA: schema },
        ...{ KAFKA_BROKERS, KAFKA_PARTITIONS: '1' },
      };
      const service = await TestService.start({ ...settings, KAFKA_TOPIC_PREFIX: prefix });
      const ada = await service.signIn('ada@example.com');
      for (const id of ['acme', 'beta']) {
        await ada.post('/organizations', { id, name: id, catalogue: 'mondoo' });
      }
      await service.caughtUp();
      const env = { PATH: process.env['PATH'], DATA_DIR: service.dataDir, ...settings };
      const program = ['dist/apps/cli/src/main.js', 'replay', '--prefix', again];
      const { stdout } = await promisify(execFile)(process.execPath, program, { env });
      expect(stdout.trim().split('\n')).toEqual([
        expect.stringMatching(/\.events: \d+ messages, 100 % of the log$/),
        expect.stringMatching(/\.permission-changes: \d+ messages, 100 % of the log$/),
        expect.stringContaining(`KAFKA_TOPIC_PREFIX=${again}`),
      ]);
      for (const topic of ['events', 'permission-changes']) {
        const [first, second] = await Promise.all(
          [prefix, again].map((one) => Reader.all(`${one}.${topic}`, KAFKA_BROKERS, 30_000)),
        );
        expect(first!.length).toBeGreaterThan(0);
        expect(second).toEqual(first);
      }
      await service.stop();
      await server.stop();
      for (const part of ['read_models', 'vault', 'snapshots']) {
        await dropSchema(`${schema}_${part}`);
      }
    });
  }),
);
