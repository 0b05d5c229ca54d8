/** Everything once more, into fresh topics, beside the running service; which then goes on there. */
import { expect, test } from '@jest/globals';
import { readConfig } from '../../apps/membership/src/config.js';
import { replay } from '../../apps/cli/src/replaying.js';
import { eventually, TestService } from '../support/service.js';
import { fresh, KAFKA_BROKERS, Reader, withKafka } from './support/kafka.js';

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
});
