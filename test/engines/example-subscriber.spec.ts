/** The subscriber of the documentation, on a topic, ended and begun again while more comes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Seats } from '../../docs/example-subscriber/seats.js';
import { fromTopic } from '../../docs/example-subscriber/sources.js';
import { eventually, TestService } from '../support/service.js';
import { fresh, KAFKA_BROKERS, withKafka } from './support/kafka.js';

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
});
