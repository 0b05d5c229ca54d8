/** The trace of a request goes on to the topic, and to whoever reads it. */
import { expect, test } from '@jest/globals';
import { Collector, parentsIn } from '../support/collector.js';
import { eventually, TestService } from '../support/service.js';
import { fresh, KAFKA_BROKERS, Reader, withKafka } from './support/kafka.js';

const CALLER = '00f067aa0ba902b7';

await withKafka('a trace', () => {
  test('goes from the caller through the append to rows, mail and both topics', async () => {
    const collector = await Collector.start();
    const prefix = fresh('traced');
    const settings = { KAFKA_BROKERS, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '1' };
    const service = await TestService.start({ ...settings, ...collector.settings });
    const ada = await service.signIn('ada@example.com');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    const trace = 'a'.repeat(32);
    const invitation = { email: 'ben@example.com', roles: ['member'] };
    const headers = { traceparent: `00-${trace}-${CALLER}-01` };
    await ada.post('/organizations/acme/invitations', invitation, headers);

    const [events, changes] = [`${prefix}.events`, `${prefix}.permission-changes`];
    const spans = await collector.collects(trace, 'project', 'send mail', `send ${events}`);
    const request = 'POST /api/v1/organizations/:organization/invitations';
    expect(parentsIn(spans)).toEqual({
      [request]: CALLER,
      transact: request,
      append: 'transact',
      project: 'transact',
      'send mail': 'transact',
      [`send ${events}`]: 'transact',
    });
    const command = spans.find(({ name }) => name === 'transact')!;
    const reader = await Reader.of(events);
    const told = await eventually(
      () => reader.read.find((one) => one.headers['ce_type'] === 'member.invite'),
      'invitation on the topic',
      30_000,
    );
    expect(told.headers['ce_traceparent']).toBe(`00-${trace}-${command.spanId}-01`);

    // An invitation changes nobody's permissions; to accept it does.
    const token = await service.linkOf('ben@example.com');
    const ben = await service.signIn('ben@example.com');
    const next = 'b'.repeat(32);
    const accepting = { traceparent: `00-${next}-${CALLER}-01` };
    await ben.post('/invitations/accept', { token }, accepting);
    const accepted = await collector.collects(next, `send ${events}`, `send ${changes}`);
    expect(parentsIn(accepted)).toMatchObject({
      [`send ${events}`]: 'transact',
      [`send ${changes}`]: 'transact',
    });
    await service.stop();
    await collector.stop();
  }, 120_000);
});
