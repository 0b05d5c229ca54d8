/** Webhooks on PostgreSQL: what one node does, and what becomes of it when there are two. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import { StoredCheckpoints } from '#publishing/checkpoints.js';
import { Envelopes } from '#publishing/envelope.js';
import { Deliveries, DeliveryQueue } from '#publishing/webhooks/deliveries.js';
import { Endpoints } from '#publishing/webhooks/endpoints.js';
import { Webhooks } from '#publishing/webhooks/webhooks.js';
import { PostgresReadStore } from '#readstore/postgres-store.js';
import { Secrets } from '#vault/secrets.js';
import { TestLog } from '../access/log.js';
import { Receiver } from '../publishing/support/receiver.js';
import { upgrade } from '../support/next-release.mjs';
import { dropSchema, freshSchema, inPostgres, urlOf } from '../support/postgres.js';
import { eventually } from '../support/service.js';
import { use } from '../support/stores.js';
import { onServer } from './support/servers.js';

const acme = 'acme' as OrganizationId;
const RING = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };
const now = (): Instant => new Date().toISOString() as Instant;

await onServer('POSTGRES_URL', async () => {
  use(inPostgres);
  await import('../publishing/webhooks.spec.js');

  describe('of two nodes that send webhooks', () => {
    let schema: string;
    let written: TestLog;
    let receiver: Receiver;
    let nodes: Awaited<ReturnType<typeof started>>[];

    /** A node as the service has it: what is set goes through it, whether it sends or not. */
    const started = async () => {
      const store = await PostgresReadStore.open({ url: urlOf(), schema, connections: 4 });
      const endpoints = new Endpoints(store, new Secrets(RING, 'webhooks'), now);
      const checkpoints = new StoredCheckpoints(store, 'webhooks');
      const errors: unknown[] = [];
      const webhooks = new Webhooks({
        log: written.log,
        envelopes: new Envelopes('urn:test'),
        checkpoints,
        endpoints,
        queue: new DeliveryQueue(store, checkpoints.writer),
        sending: { development: true },
        onError: (error) => errors.push(error),
      });
      const stop = new AbortController();
      const running = webhooks.run(stop.signal);
      const end = async () => {
        stop.abort();
        await running;
        await store.close();
      };
      const deliveries = new Deliveries(store);
      return { webhooks, endpoints, deliveries, checkpoints, errors, end };
    };
    const happens = (name: string) =>
      written.append([
        { stream: 'organization-acme', event: { type: 'organization.rename', name } },
      ]);
    const names = () =>
      receiver.events.map(({ data }) => (data as { event: { name: string } }).event.name);
    const received = (...expected: string[]) =>
      eventually(() => names().length >= expected.length || undefined, 'requests').then(() =>
        expect(names()).toEqual(expected),
      );
    const holds = ({ checkpoints }: (typeof nodes)[number]) => !checkpoints.lost.aborted;
    const sender = () => eventually(() => nodes.find(holds), 'one that sends');

    beforeEach(async () => {
      schema = freshSchema();
      written = new TestLog();
      receiver = await Receiver.start();
      nodes = [await started(), await started()];
    });
    afterEach(async () => {
      for (const node of nodes) await node.end();
      await receiver.stop();
      await written.log.close();
      await dropSchema(schema);
    });

    test('the one that stands by knows how far the other is', async () => {
      await happens('one');
      await happens('two');
      const head = await written.log.head();
      for (const { webhooks } of nodes) {
        await eventually(() => webhooks.health().position === head || undefined, 'both level');
      }
    });

    test('one sends what is set up through the other, and again what that asks for', async () => {
      const first = await sender();
      const other = nodes.find((one) => one !== first)!;
      const { id } = await other.endpoints.create(acme, { url: receiver.url }, -1);
      await happens('one');
      await received('one');
      expect(holds(other)).toBe(false);
      const event = { revision: 0, type: 'organization.rename' };
      await eventually(
        async () => (await other.deliveries.list(id, -1, 9)).length === 0 || undefined,
        'end',
      );
      await other.deliveries.again(acme, id, event, now());
      await received('one', 'one');
      await other.endpoints.remove(acme, id);
      expect(await first.endpoints.list(acme)).toEqual([]);
    });

    test('the other goes on when one stops, with nothing lost and nothing sent twice', async () => {
      const first = await sender();
      await first.endpoints.create(acme, { url: receiver.url }, -1);
      await happens('one');
      await received('one');
      nodes = nodes.filter((one) => one !== first);
      await first.end();
      expect(first.errors).toEqual([]);
      await happens('two');
      await received('one', 'two');
      expect(holds(nodes[0]!)).toBe(true);
    });

    test('what is under way when one gives way to a newer one is noted, and not sent again', async () => {
      for (const node of nodes) await node.end();
      await Promise.all([written.log.close(), dropSchema(schema)]);
      const folder = mkdtempSync(join(tmpdir(), 'webhooks-'));
      // Nothing is remembered of what was appended.
      const file = join(folder, 'events.db');
      written = new TestLog(file);
      const rename = (organization: string, name: string, schemaVersion: number) => ({
        stream: `organization-${organization}`,
        event: { type: 'organization.rename', name } as const,
        schemaVersion,
      });
      await written.append([rename('other', 'newer', 2)]);
      await written.append([rename('acme', 'one', 1), rename('acme', 'two', 1)]);
      await written.log.close();
      written = new TestLog(file);
      nodes = [await started(), await started()];
      const [node] = nodes as [(typeof nodes)[number]];
      const { id } = await node.endpoints.create(acme, { url: receiver.url }, 0);
      // Longer than a node sends before it meets the newer event, and another one comes to it.
      receiver.takes = 700;
      await node.deliveries.again(acme, id, { revision: 0, type: 'organization.rename' }, now());
      const errors = () => nodes.flatMap((one) => one.errors);
      const before = errors().length;
      await eventually(() => errors().length > before + 2 || undefined, 'nodes that give way');
      const downgrade = upgrade();
      try {
        await eventually(() => names().includes('two') || undefined, 'what comes after', 30_000);
        await eventually(
          async () => (await node.deliveries.list(id, -1, 9)).length === 0 || undefined,
          'end',
        );
        expect(names()).toEqual(['one', 'two']);
        expect(errors().filter((error) => !(error instanceof UnknownEvent))).toEqual([]);
      } finally {
        downgrade();
        for (const one of nodes) await one.end();
        nodes = [];
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
});
