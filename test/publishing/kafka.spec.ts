/** What of the client can be seen without a Kafka; the rest is in `test/engines/kafka.spec.ts`. */
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import '#publishing/kafka.js';

interface Queue {
  readonly throttleCheckTimeoutId: unknown;
  throttledUntil: number;
  push(request: object): void;
  fulfillRequest(response: object): void;
  destroy(): void;
}

const queues: Queue[] = [];
afterEach(() => queues.forEach((one) => one.destroy()));

test('the client looks at what it has to send while there is something, and no longer', async () => {
  const load = createRequire(import.meta.url);
  const RequestQueue = load('kafkajs/src/network/requestQueue/index.js') as new (
    options: object,
  ) => Queue;
  const logger = { debug: () => undefined, warn: () => undefined };
  const queue = new RequestQueue({ maxInFlightRequests: 1, requestTimeout: 1_000, logger });
  queues.push(queue);
  const sent: number[] = [];
  const request = (correlationId: number) => ({
    entry: { correlationId, resolve: () => undefined, reject: () => undefined },
    expectResponse: true,
    sendRequest: () => sent.push(correlationId),
  });
  queue.push(request(1));
  queue.fulfillRequest({ correlationId: 1, size: 0, payload: {} });
  expect(queue.throttleCheckTimeoutId).toBeNull();

  queue.throttledUntil = Date.now() + 50;
  queue.push(request(2));
  expect([sent, queue.throttleCheckTimeoutId === null]).toEqual([[1], false]);
  await delay(100);
  expect(sent).toEqual([1, 2]);
  queue.fulfillRequest({ correlationId: 2, size: 0, payload: {} });
  expect(queue.throttleCheckTimeoutId).toBeNull();
});
