/** Webhooks: what is sent where, signed how, and what becomes of it when it is not taken. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { openDatabase } from '#database/sqlite.js';
import type { Bindable } from '#database/values.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { StoredCheckpoints } from '#publishing/checkpoints.js';
import { Envelopes } from '#publishing/envelope.js';
import { Deliveries, DeliveryQueue } from '#publishing/webhooks/deliveries.js';
import { Endpoints, MOST_ENDPOINTS, OVERLAP } from '#publishing/webhooks/endpoints.js';
import {
  isPublic,
  lookupPublic,
  requireAddress,
  send,
  signed,
} from '#publishing/webhooks/sending.js';
import { chosen } from '#publishing/webhooks/turns.js';
import { Webhooks } from '#publishing/webhooks/webhooks.js';
import { SQLITE } from '#readstore/builds.js';
import { SqliteReadStore } from '#readstore/sqlite-store.js';
import type { Statement } from '#readstore/statement.js';
import type { ReadStore } from '#readstore/store.js';
import { Secrets } from '#vault/secrets.js';
import { TestLog } from '../access/log.js';
import { upgrade } from '../support/next-release.mjs';
import { eventually } from '../support/service.js';
import { place, type Place } from '../support/stores.js';
import { Receiver } from './support/receiver.js';

const acme = 'acme' as OrganizationId;
const RING = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };
const NEWER = { current: 'k2', keys: new Map([...RING.keys, ['k2', Buffer.alloc(32, 8)]]) };

describe('webhooks', () => {
  let folder: string;
  let written: TestLog;
  let there: Place;
  let store: ReadStore;
  let deliveries: Deliveries;
  let receiver: Receiver;
  let now: number;
  let stop: AbortController;
  let running: Promise<void>;

  const instant = () => new Date(now).toISOString() as Instant;
  const endpointsWith = (ring = RING, on = store) =>
    new Endpoints(on, new Secrets(ring, 'webhooks'), instant);
  const runs = async (
    waits: readonly number[] = [1_000, 1_000],
    ring = RING,
    /** Milliseconds in which an answer has to come. */
    patience = 500,
  ) => {
    const endpoints = endpointsWith(ring);
    const checkpoints = new StoredCheckpoints(store, 'webhooks');
    stop = new AbortController();
    const webhooks = new Webhooks({
      log: written.log,
      envelopes: new Envelopes('urn:test'),
      checkpoints,
      endpoints,
      queue: new DeliveryQueue(store, checkpoints.writer),
      sending: { development: true, patience },
      now: () => now,
      backoff: (attempts) => waits[attempts - 1],
    });
    await webhooks.open();
    running = webhooks.run(stop.signal);
    return { webhooks, endpoints };
  };
  const happens = (organization: string, ...names: string[]) =>
    written.append(
      names.map((name) => ({
        stream: `organization-${organization}`,
        event: { type: 'organization.rename', name } as const,
      })),
    );
  const listed = (id: string) => deliveries.list(id, -1, 9);
  const allSent = (id: string) =>
    eventually(async () => (await listed(id)).length === 0 || undefined, 'end');
  const received = (count: number) =>
    eventually(() => receiver.received.length >= count || undefined, `${count} requests`);
  const names = () =>
    receiver.events.map(({ data }) => (data as { event: { name: string } }).event.name);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'webhooks-'));
    written = new TestLog();
    there = await place(join(folder, 'read.db'));
    store = await there.open();
    deliveries = new Deliveries(store);
    receiver = await Receiver.start();
    now = Date.now();
    running = Promise.resolve();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    await receiver.stop();
    await written.log.close();
    await store.close();
    await there.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('are sent what happens in their organization from then on, signed, and nothing else', async () => {
    await happens('acme', 'before');
    const { endpoints } = await runs();
    // The sender may come to it only after the webhook is there.
    const { id, secret } = await endpoints.create(acme, { url: receiver.url }, 1);
    await happens('acme', 'just before');
    await happens('other', 'elsewhere');
    await happens('acme', 'after');
    await received(1);
    expect(names()).toEqual(['after']);
    const [{ headers, body }] = receiver.received as [Receiver['received'][number]];
    const event = new Webhook(secret).verify(body, headers as never) as Record<string, unknown>;
    expect(event).toMatchObject({ specversion: '1.0', stream: 'organization-acme' });
    expect(headers['webhook-id']).toBe(event['id']);
    expect(headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    await allSent(id);
  });

  test('are sent only the types they want', async () => {
    const { endpoints } = await runs();
    await endpoints.create(acme, { url: receiver.url, types: ['organization.suspend'] }, -1);
    await happens('acme', 'name');
    await written.append([
      { stream: 'organization-acme', event: { type: 'organization.suspend' } },
    ]);
    await received(1);
    expect(receiver.events.map(({ type }) => type)).toEqual(['organization.suspend']);
  });

  test('are tried again, with the same id, while others go on; then given up, and shown', async () => {
    const { endpoints, webhooks } = await runs([1_000, 2_000]);
    const good = await Receiver.start();
    receiver.answers = 503;
    const { id } = await endpoints.create(acme, { url: receiver.url }, -1);
    await endpoints.create(acme, { url: good.url }, -1);
    await happens('acme', 'one');
    await received(1);
    await eventually(() => good.received.length === 1 || undefined, 'the good one');
    await good.stop();
    const waiting = await eventually(
      async () => (await listed(id)).find(({ attempts }) => attempts === 1),
      'first try',
    );
    expect(waiting).toMatchObject({ state: 'waiting', reason: 'answered 503', revision: 0 });
    for (const wait of [1_000, 2_000]) {
      now += wait;
      const count = receiver.received.length;
      webhooks.hurry();
      await received(count + 1);
      await eventually(
        async () => (await listed(id)).some(({ attempts }) => attempts > count) || undefined,
        'next try',
      );
    }
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await listed(id)).toMatchObject([
      { state: 'dead', attempts: 3, reason: 'answered 503' },
    ]);

    receiver.answers = 204;
    expect(await deliveries.revive(id, instant())).toBe(1);
    webhooks.hurry();
    await received(4);
    await allSent(id);
  });

  test.each(['all of them', 'one of them'])(
    'that wait for a later try are sent at once when told: %s',
    async (which) => {
      const { endpoints, webhooks } = await runs([3_600_000]);
      receiver.answers = 503;
      const { id } = await endpoints.create(acme, { url: receiver.url }, -1);
      await happens('acme', 'one');
      await eventually(async () => (await listed(id))[0]?.attempts || undefined, 'first try');
      receiver.answers = 204;
      if (which === 'all of them') expect(await deliveries.revive(id, instant())).toBe(1);
      else {
        const one = { revision: 0, type: 'organization.rename' } as const;
        await deliveries.again(acme, id, one, instant());
      }
      webhooks.hurry();
      await received(2);
      await allSent(id);
      expect(await deliveries.revive(id, instant())).toBe(0);
    },
  );

  test('of an organization whose receivers answer nothing leave room for those of others', async () => {
    const { endpoints } = await runs(undefined, RING, 60_000);
    const silent = await Receiver.start();
    silent.answers = 'hang';
    try {
      for (let n = 0; n < MOST_ENDPOINTS; n += 1) {
        await endpoints.create('slow' as OrganizationId, { url: silent.url }, -1);
      }
      await endpoints.create(acme, { url: receiver.url }, -1);
      await happens('slow', 'one', 'two');
      await eventually(() => silent.received.length >= 4 || undefined, 'requests');
      for (const name of ['one', 'two', 'three', 'four', 'five', 'six'])
        await happens('acme', name);
      await received(6);
      expect(names().sort()).toEqual(['five', 'four', 'one', 'six', 'three', 'two']);
    } finally {
      await silent.stop();
    }
  });

  test('of events that only a newer node knows are left to it, and those that come after go on', async () => {
    const file = join(folder, 'events.db');
    await written.log.close();
    written = new TestLog(file);
    const rename = (name: string, schemaVersion: number) => ({
      stream: 'organization-acme',
      event: { type: 'organization.rename', name } as const,
      schemaVersion,
    });
    // As many as are sent to one endpoint at a time, and one more.
    await written.append([rename('newer 0', 2), rename('newer 1', 2), rename('known', 1)]);
    await written.log.close();
    // Nothing is remembered of what was appended.
    written = new TestLog(file);
    const { endpoints, webhooks } = await runs();
    const { id } = await endpoints.create(acme, { url: receiver.url }, 2);
    // A newer node has put them there.
    for (const revision of [0, 1, 2]) {
      await deliveries.again(acme, id, { revision, type: 'organization.rename' }, instant());
    }
    webhooks.hurry();
    await received(1);
    expect(names()).toEqual(['known']);
    await eventually(async () => (await listed(id)).length === 2 || undefined, 'end');
    const dueAt = new Date(now + 60_000).toISOString();
    const untouched = { state: 'waiting', attempts: 0, attemptedAt: null, reason: null, dueAt };
    expect(await listed(id)).toMatchObject([
      { revision: 0, ...untouched },
      { revision: 1, ...untouched },
    ]);
    const downgrade = upgrade();
    try {
      now += 60_000;
      webhooks.hurry();
      await received(3);
      expect(names().sort()).toEqual(['known', 'newer 0', 'newer 1']);
      await allSent(id);
    } finally {
      downgrade();
    }
  });

  test('that answer 410 are disabled, and go on where they were once enabled again', async () => {
    const { endpoints, webhooks } = await runs();
    receiver.answers = 410;
    const { id } = await endpoints.create(acme, { url: receiver.url }, -1);
    await happens('acme', 'one');
    const isDisabled = async () => (await endpoints.get(acme, id)).status === 'disabled';
    await eventually(async () => (await isDisabled()) || undefined, 'end');
    expect((await endpoints.get(acme, id)).reason).toMatch(/410/);
    await happens('acme', 'meanwhile');
    const isHeld = async () => (await listed(id)).map(({ state }) => state).join() === 'dead,held';
    await eventually(async () => (await isHeld()) || undefined, 'what waits');
    // Given up before it was disabled: asked for again, it waits with the rest.
    await deliveries.revive(id, instant());
    webhooks.hurry();
    const isAllHeld = async () => (await listed(id)).every(({ state }) => state === 'held');
    await eventually(async () => (await isAllHeld()) || undefined, 'what was asked for');
    expect(receiver.received).toHaveLength(1);
    receiver.answers = 204;
    await endpoints.change(acme, id, { status: 'enabled' });
    webhooks.hurry();
    await received(3);
    expect(names().sort()).toEqual(['meanwhile', 'one', 'one']);
  });

  test('that answered 410 where they were stay enabled where they are now', async () => {
    const { endpoints, webhooks } = await runs();
    const moved = await Receiver.start();
    receiver.answers = 410;
    receiver.takes = 300;
    const { id } = await endpoints.create(acme, { url: receiver.url }, -1);
    await happens('acme', 'one');
    await received(1);
    await endpoints.change(acme, id, { url: moved.url });
    const tried = async () => (await listed(id))[0]?.attempts === 1 || undefined;
    await eventually(tried, 'answer of the old one');
    now += 1_000;
    webhooks.hurry();
    await eventually(async () => moved.received[0], 'the event at its new address');
    expect((await endpoints.get(acme, id)).status).toBe('enabled');
    await moved.stop();
  });

  test('may be written in capitals', async () => {
    const request = { body: '{}', headers: {} } as ReturnType<typeof signed>;
    const url = receiver.url.replace('http:', 'HTTP:');
    expect(await send(url, request, { development: true })).toEqual({ outcome: 'sent' });
    const secure = receiver.url.replace('http:', 'HTTPS:');
    expect(await send(secure, request, { development: true })).toMatchObject({ outcome: 'failed' });
  });

  test('whose receiver changes the protocol in place of an answer are tried again', async () => {
    const odd = createServer((socket) => {
      socket.on('error', () => undefined);
      const upgrade = 'Connection: Upgrade\r\nUpgrade: x\r\n\r\n';
      socket.once('data', () => socket.write(`HTTP/1.1 101 Switching Protocols\r\n${upgrade}`));
    });
    await new Promise<void>((resolve) => {
      odd.listen(0, '127.0.0.1', resolve);
    });
    const { port } = odd.address() as AddressInfo;
    const request = { body: '{}', headers: {} } as ReturnType<typeof signed>;
    const options = { development: true, patience: 500 };
    const { outcome } = await send(`http://127.0.0.1:${port}/`, request, options);
    expect(outcome).toBe('failed');
    odd.close();
  });

  test('sign with both secrets for a day after a rotation, and then with the new one', async () => {
    const { endpoints } = await runs();
    const { id, secret: old } = await endpoints.create(acme, { url: receiver.url }, -1);
    const { secret: fresh } = await endpoints.rotate(acme, id);
    await happens('acme', 'one');
    await received(1);
    const verify = (secret: string, { headers, body }: Receiver['received'][number]) =>
      new Webhook(secret).verify(body, headers as never);
    for (const secret of [old, fresh]) verify(secret, receiver.received[0]!);
    const row = (await endpoints.find(id))!;
    now += OVERLAP + 1;
    expect(endpoints.secretsOf(row)).toEqual([fresh]);
  });

  test('sign with the first secret too where it is rotated twice within a day', async () => {
    const endpoints = endpointsWith();
    const { id, secret: first } = await endpoints.create(acme, { url: receiver.url }, -1);
    const { secret: second } = await endpoints.rotate(acme, id);
    now += OVERLAP / 2;
    const { secret: third } = await endpoints.rotate(acme, id);
    const secrets = async (from = endpoints) => from.secretsOf((await from.find(id))!);
    expect(await secrets()).toEqual([third, second, first]);
    const later = endpointsWith(NEWER);
    await later.seal();
    expect(await secrets(later)).toEqual([third, second, first]);
    now += OVERLAP;
    expect(await secrets(later)).toEqual([third]);
  });

  test('miss nothing after the log was restored as it was before', async () => {
    await happens('acme', 'zero');
    // Of what is lost: events 1 to 4, an endpoint set up after the last, and what waited for it.
    const checkpoints = new StoredCheckpoints(store, 'webhooks');
    const position = (await written.log.head())! + 4n;
    await checkpoints.begin('webhooks@1', { log: written.log.id, position });
    const { id } = await endpointsWith().create(acme, { url: receiver.url }, 3);
    await deliveries.again(acme, id, { revision: 4, type: 'space.create' }, instant());
    await runs();
    expect(await listed(id)).toEqual([]);
    const after = ['one', 'two', 'three', 'four', 'five'];
    await happens('acme', ...after);
    await received(5);
    expect(names().sort()).toEqual(after.sort());
  });

  test('keep their secrets sealed, with whichever key is current', async () => {
    const endpoints = endpointsWith();
    const { id, secret } = await endpoints.create(acme, { url: receiver.url }, -1);
    expect(JSON.stringify(await endpoints.of(acme))).not.toContain(secret);
    const later = endpointsWith(NEWER);
    await later.seal();
    expect(later.secretsOf((await later.find(id))!)).toEqual([secret]);
    const onlyNew = { current: 'k2', keys: new Map([['k2', NEWER.keys.get('k2')!]]) };
    const { secret: sealed } = (await later.find(id))!;
    expect(endpointsWith(onlyNew).secretsOf((await later.find(id))!)).toEqual([secret]);
    expect(new Secrets(NEWER, 'webhooks').open('whk_other', sealed)).toBeUndefined();
  });

  test('are not rotated back by whoever seals an older secret anew', async () => {
    const endpoints = endpointsWith();
    const { id } = await endpoints.create(acme, { url: receiver.url }, -1);
    const later = endpointsWith(NEWER);
    const [{ secret }] = await Promise.all([later.rotate(acme, id), later.seal()]);
    expect(later.secretsOf((await later.find(id))!)[0]).toBe(secret);
  });

  test('are at most so many for one organization, whichever nodes they are set up through', async () => {
    const second = await there.open();
    const nodes = [endpointsWith(), endpointsWith(RING, second)];
    const create = (n: number) => nodes[n % 2]!.create(acme, { url: receiver.url }, -1);
    for (let n = 1; n < MOST_ENDPOINTS; n += 1) await create(n);
    const ends = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(create));
    const reasons = ends.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(reasons).toEqual(Array(5).fill(expect.objectContaining({ code: 'webhook.too_many' })));
    expect(await endpointsWith().list(acme)).toHaveLength(MOST_ENDPOINTS);
    await second.close();
  });

  test('of an organization that is deleted end with their secrets once it was told or given up', async () => {
    const { endpoints, webhooks } = await runs([1_000]);
    const slow = await Receiver.start();
    slow.answers = 503;
    const told = await endpoints.create(acme, { url: receiver.url }, -1);
    const late = await endpoints.create(acme, { url: slow.url }, -1);
    const types = ['organization.suspend'] as const;
    const unasked = await endpoints.create(acme, { url: receiver.url, types }, -1);
    const off = await endpoints.create(acme, { url: receiver.url }, -1);
    await endpoints.change(acme, off.id, { status: 'disabled' });
    const other = await endpoints.create('other' as OrganizationId, { url: receiver.url }, -1);
    const there = async () => (await endpoints.list(acme)).map(({ id }) => id);
    await happens('acme', 'one');
    await received(1);
    await written.append([{ stream: 'organization-acme', event: { type: 'organization.delete' } }]);
    await happens('acme', 'after the end');
    await eventually(async () => (await there()).join() === late.id || undefined, 'end of three');
    expect(receiver.events.map(({ type }) => String(type)).sort()).toEqual([
      'organization.delete',
      'organization.rename',
    ]);

    await eventually(
      async () => (await listed(late.id)).every(({ attempts }) => attempts === 1) || undefined,
      'first tries',
    );
    now += 1_000;
    webhooks.hurry();
    await eventually(async () => (await there()).length === 0 || undefined, 'end of the last');
    for (const { id } of [told, late, unasked, off]) expect(await listed(id)).toEqual([]);
    expect((await endpoints.find(other.id))?.status).toBe('enabled');
    await slow.stop();
  });

  test('that end take with them what waits, even what is only just added', async () => {
    receiver.answers = 503;
    const { endpoints, webhooks } = await runs();
    const { id } = await endpoints.create(acme, { url: receiver.url }, -1);
    await happens('acme', 'one');
    await received(1);
    await eventually(async () => (await listed(id))[0]?.attempts || undefined, 'first try');
    await endpoints.remove(acme, id);
    expect(await listed(id)).toEqual([]);
    await deliveries.again(acme, id, { revision: 0, type: 'organization.rename' }, instant());
    webhooks.hurry();
    await allSent(id);
    expect(receiver.received).toHaveLength(1);
  });
});

describe('the queue', () => {
  let folder: string;
  let there: Place;
  let store: ReadStore;
  let queue: DeliveryQueue;
  const at = (second: number) => new Date(second * 1_000).toISOString() as Instant;
  const row = (endpoint: string, revision: number, second: number) => {
    const type = 'organization.rename' as const;
    return { endpoint, organization: acme, revision, type, dueAt: at(second) };
  };
  const revisions = async (endpoint: string, second: number) => {
    const one = { endpoint, organization: acme, status: null };
    return (await queue.dueOf(one, at(second), 2)).map(({ revision }) => revision);
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'queue-'));
    there = await place(join(folder, 'read.db'));
    store = await there.open();
    const { writer } = new StoredCheckpoints(store, 'webhooks');
    await writer.acquire(() => undefined, new AbortController().signal);
    queue = new DeliveryQueue(store, writer);
  });
  afterEach(async () => {
    await store.close();
    await there.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('tells each endpoint that something is due for, and of it what has been due for longest', async () => {
    expect(await queue.endpointsDue(at(9))).toEqual([]);
    const endpoints = new Endpoints(store, new Secrets(RING, 'webhooks'), () => at(0));
    const { id } = await endpoints.create(acme, { url: 'https://example.com/' }, -1);
    await queue.add([row(id, 0, 5), row(id, 1, 3), row(id, 2, 3), row('ended', 0, 5)]);
    await queue.add([row('later', 0, 9)]);
    expect(await queue.endpointsDue(at(2))).toEqual([]);
    const due = await queue.endpointsDue(at(5));
    expect(due).toHaveLength(2);
    expect(due).toContainEqual({ endpoint: id, organization: acme, status: 'enabled' });
    expect(due).toContainEqual({ endpoint: 'ended', organization: acme, status: null });
    expect([await revisions(id, 4), await revisions(id, 5)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(await revisions('later', 5)).toEqual([]);
  });

  test('is looked at by the index of what waits, however much that is', async () => {
    const file = join(folder, 'plan.db');
    const planned = new SqliteReadStore(file);
    const asked: [Statement<Record<string, Bindable>, unknown>, Record<string, Bindable>][] = [];
    const all = (...question: (typeof asked)[number]) => {
      asked.push(question);
      return Promise.resolve([]);
    };
    const noting = new DeliveryQueue({ all } as never, {} as never);
    await noting.endpointsDue(at(5));
    await noting.dueOf({ endpoint: 'due', organization: acme, status: null }, at(5), 2);
    const database = openDatabase(file);
    for (const [question, values] of asked) {
      const { sql, bind } = question.compile(planned.db, SQLITE.given);
      const plan = database.prepare(`explain query plan ${sql}`).all(...bind(values));
      const steps = (plan as { detail: string }[])
        .map(({ detail }) => detail)
        .filter((detail) => detail.includes('webhook_deliveries'));
      expect(steps.length).toBeGreaterThan(0);
      for (const step of steps)
        expect(step).toMatch(/^SEARCH .* INDEX webhook_deliveries_waiting\b/);
    }
    expect(asked).toHaveLength(2);
    database.close();
    await planned.close();
  });
});

describe('the next place', () => {
  const of = (organization: string, ...revisions: number[]) =>
    revisions.map((revision) => ({
      organization: organization as OrganizationId,
      endpoint: `${organization} ${revision % 8}`,
      revision,
      dueAt: `2026-01-01T00:00:0${revision % 10}.000Z` as Instant,
    }));
  const busy = (organizations: number, each: number) =>
    Array.from({ length: organizations }, (_, n) =>
      of(`busy${n}`, ...Array.from({ length: each }, (_, one) => one)),
    ).flat();

  test('is that of who has the fewest requests under way, and waits longest', () => {
    const underway = [...busy(7, 4), ...of('one', 0, 1)];
    const due = [...busy(7, 8), ...of('one', 2), ...of('new', 7, 6)];
    const begun = chosen(due, underway).map(({ organization, revision }) => [
      organization,
      revision,
    ]);
    // Thirty are under way, and nobody has fewer than who has none.
    expect(begun).toEqual([
      ['new', 6],
      ['new', 7],
    ]);
  });

  test('is nobody’s where all are taken, and where there is room of no organization that is due', () => {
    expect(chosen(of('new', 1), busy(8, 4))).toEqual([]);
    expect(chosen(busy(1, 8), busy(1, 4))).toEqual([]);
  });

  test('is not a third one of an endpoint', () => {
    const due = of('acme', 1, 9, 17, 2);
    expect(chosen(due, []).map(({ revision }) => revision)).toEqual([1, 2, 17]);
  });
});

describe('an address', () => {
  const live = { development: false };

  test.each([
    ...['http://example.com/x', 'ftp://example.com', 'https://user:pw@example.com', 'no url'],
    ...['https://127.0.0.1/', 'https://10.1.2.3/', 'https://[::1]/', 'https://[fd00::1]/'],
    ...['https://169.254.169.254/latest', 'https://[::ffff:10.0.0.1]/', 'https://2130706433/'],
    ...['https://localhost/', 'https://db.internal/', 'https://printer.local/', 'https://db/'],
    ...['https://localhost./', 'https://db./', 'https://printer.local./'],
    ...['https://[::7f00:1]/', 'https://[::2]/', 'https://[4000::1]/'],
    ...['https://0x7f.1/', 'https://[64:ff9b::a00:1]/', 'https://100.64.0.1/', 'https://0.0.0.0/'],
  ])('%s is refused', (url) => {
    expect(() => requireAddress(url, live)).toThrow(
      expect.objectContaining({ code: 'webhook.address_refused' }),
    );
  });

  test.each(['https://example.com/hook', 'https://8.8.8.8/', 'https://[2606:4700::1111]/'])(
    '%s is taken',
    (url) => expect(() => requireAddress(url, live)).not.toThrow(),
  );

  test('that is private is no public one', () => {
    expect(['8.8.8.8', '10.0.0.1', '::1', 'x'].map(isPublic)).toEqual([true, false, false, false]);
  });

  test('is looked at again whenever a name is looked up, and all of it has to be public', async () => {
    const missing = (code: string) => Object.assign(new Error(code), { code });
    const found = (four: string[] | Error, six: string[] | Error, all = true) =>
      new Promise((resolve) => {
        const answer = (it: string[] | Error) =>
          Array.isArray(it) ? Promise.resolve(it) : Promise.reject(it);
        const names = { resolve4: () => answer(four), resolve6: () => answer(six) };
        lookupPublic(names)('hooks.example.com', { all }, (error, ...addresses) =>
          resolve(error?.message ?? addresses),
        );
      });
    const nothing = missing('ENODATA');
    const [four, six] = ['8.8.8.8', '2606:4700::1111'];
    expect(await found([four], [six])).toEqual([
      [
        { address: four, family: 4 },
        { address: six, family: 6 },
      ],
    ]);
    expect(await found(nothing, [six], false)).toEqual([six, 6]);
    expect(await found([four], missing('ETIMEOUT'), false)).toEqual([four, 4]);
    expect(await found([four, '127.0.0.1'], nothing)).toMatch(/not public/);
    expect(await found([four], ['::1'])).toMatch(/not public/);
    expect(await found([], [])).toMatch(/not public/);
    expect(await found(missing('ENOTFOUND'), missing('ENOTFOUND'))).toBe('ENOTFOUND');
  });

  test('that answers slowly, or sends elsewhere, has not taken it', async () => {
    const receiver = await Receiver.start();
    const [message] = await new Envelopes('urn:test').of([await anEvent()]);
    const request = signed(message!, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], Date.now());
    const development = { development: true, patience: 300 };
    receiver.answers = 302;
    expect(await send(receiver.url, request, development)).toEqual({
      outcome: 'failed',
      reason: 'answered 302',
    });
    expect(receiver.received).toHaveLength(1);
    receiver.answers = 'hang';
    expect(await send(receiver.url, request, development)).toEqual({
      outcome: 'failed',
      reason: 'no answer within 0.3 s',
    });
    await receiver.stop();
  });
});

async function anEvent() {
  const written = new TestLog();
  await written.append([{ stream: 'organization-acme', event: { type: 'organization.resume' } }]);
  const event = await written.log.last('organization-acme');
  await written.log.close();
  return event!;
}
