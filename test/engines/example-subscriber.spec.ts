/** The subscriber of the documentation, on a topic, ended and begun again while more comes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CloudEvent } from 'cloudevents';
import kafkajs from 'kafkajs';
import { KafkaPublisher } from '#publishing/kafka.js';
import { Seats } from '../../docs/example-subscriber/seats.js';
import { fromTopic } from '../../docs/example-subscriber/sources.js';
import { eventually, TestService } from '../support/service.js';
import { fresh, KAFKA_BROKERS, withKafka } from './support/kafka.js';
import { onTheWay } from './support/requests.js';

await withKafka('the subscriber of the documentation', () => {
  test('counts every member once, whatever it reads again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'subscriber-'));
    const prefix = fresh('subscribed');
    const settings = { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '3' };
    const service = await TestService.start(settings);
    const ada = await service.signIn('ada@example.com');
    for (const id of ['acme', 'beta']) {
      await ada.post('/organizations', { id, name: id, catalogue: 'mondoo' });
    }
    const said: string[] = [];
    const follow = (groupId: string) => {
      const seats = new Seats(join(folder, 'seats.db'), (why) => said.push(why));
      const stop = new AbortController();
      const from = { brokers: KAFKA_BROKERS.split(','), topic: `${prefix}.events`, groupId };
      const running = fromTopic(seats, from, stop.signal);
      const end = async () => {
        stop.abort();
        await running;
        seats.close();
      };
      return { seats, end };
    };
    const counts = ({ of }: { of: (id: string) => number }, acme: number, beta: number) =>
      eventually(() => (of('acme') === acme && of('beta') === beta) || undefined, 'seats', 60_000);

    const first = follow(fresh('group'));
    await counts({ of: (id) => first.seats.of(id) }, 1, 1);
    await first.end();
    await ada.post('/organizations/beta/invitations', {
      email: 'ben@example.com',
      roles: ['viewer'],
    });
    const ben = await service.signIn('ben@example.com');
    const token = await service.linkOf('ben@example.com');
    await ben.post('/invitations/accept', { token });
    // Another group has no offsets, and reads all of it again.
    const second = follow(fresh('group'));
    await counts({ of: (id) => second.seats.of(id) }, 1, 2);
    expect(second.seats.of('acme')).toBe(1);
    await second.end();
    expect(said).toEqual([]);
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('goes on with another consumer after one that has crashed', async () => {
    const [brokers, topic] = [KAFKA_BROKERS.split(','), fresh('crashed')];
    const publisher = new KafkaPublisher({ brokers, tls: false, partitions: 1 });
    await publisher.prepare(topic);
    const joins = (streamrevision: number) =>
      publisher.publish(topic, [
        new CloudEvent<object>({
          ...{ id: `${streamrevision}`, source: 'urn:test', type: 'member.join' },
          ...{ datacontenttype: 'application/json', partitionkey: 'acme' },
          ...{ stream: 'organization-acme', streamrevision },
          data: { organization: 'acme', event: { member: `mem_${streamrevision}` } },
        }),
      ]);
    const said: string[] = [];
    const seats = new Seats(':memory:', (why) => said.push(why));
    const stop = new AbortController();
    const running = fromTopic(seats, { brokers, topic, groupId: fresh('group') }, stop.signal);
    const has = (count: number) =>
      eventually(() => seats.of('acme') === count || undefined, `${count} seats`, 60_000);
    await joins(0);
    await has(1);
    let asked = 0;
    const end = onTheWay('fetch', (request, send) => {
      asked += 1;
      if (asked === 1) throw new kafkajs.KafkaJSNonRetriableError('the reader is not let in');
      return send(request);
    });
    try {
      await eventually(() => asked > 0 || undefined, 'crash', 30_000);
      await joins(1);
      await has(2);
      expect(said).toEqual([]);
    } finally {
      end();
      stop.abort();
      await running;
      await publisher.close();
      seats.close();
    }
  });
});
