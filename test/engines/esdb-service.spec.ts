/** The service over EventStoreDB: the same commands, and what they are answered while it is away. */
import { mock } from 'node:test';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Vital } from '../../apps/membership/src/vitals.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import type { HttpClient } from '../support/http.js';
import { EsdbEventLog } from '#eventlog/esdb.js';
import { keyOf } from '../client/support/robots.js';
import { eventually, TestService } from '../support/service.js';

let server: EventStoreDouble;
let service: TestService;
let ada: HttpClient;

beforeEach(async () => {
  server = await EventStoreDouble.start();
  service = await TestService.start({ EVENTSTORE_URL: server.url });
  ada = await service.signIn('ada@example.com');
});
afterEach(async () => {
  await service.stop();
  await server.stop();
});

const isReady = () =>
  eventually(
    async () => {
      const { status } = await service.anybody.get('//health/ready');
      return status === 200 ? true : undefined;
    },
    'readiness',
    30_000,
  );
const found = (id: string) =>
  ada.post('/organizations', { id, name: id.toUpperCase(), catalogue: 'vygl' });
const invite = (email: string) =>
  ada.post('/organizations/acme/invitations', { email, roles: ['viewer'] });

describe('the service over EventStoreDB', () => {
  test('writes there, reads what it wrote, mails, and finds it all again after a restart', async () => {
    expect((await found('acme')).status).toBe(201);
    expect((await invite('bob@example.com')).status).toBe(201);
    await service.mailTo('bob@example.com');
    expect(server.store.stream('organization-acme')?.map(({ type }) => type)).toEqual([
      'organization.create',
      'member.join',
      'member.invite',
    ]);
    const members = await ada.get('/organizations/acme/members');
    const { dataDir } = service;
    await service.service.stop();
    service = await TestService.start({ EVENTSTORE_URL: server.url }, dataDir);
    ada = await service.signIn('ada@example.com');
    expect((await ada.get('/organizations/acme/members')).body).toEqual(members.body);
  });

  test('does not look through all of the log at a start, where it has kept what it knew', async () => {
    await found('acme');
    const invitations = Array.from({ length: 600 }, (_, n) => ({
      email: `guest${n}@example.com`,
      roles: ['viewer'],
    }));
    const { status } = await ada.post('/organizations/acme/invitations/batch', { invitations });
    expect(status).toBe(200);
    // What is kept when it stops is what was applied by then.
    await service.caughtUp();
    const catalogues = await ada.get('/catalogues');
    const { dataDir } = service;
    await service.service.stop();
    const looked = mock.method(EsdbEventLog.prototype, 'heads');
    const followed = mock.method(EsdbEventLog.prototype, 'follow');
    try {
      service = await TestService.start({ EVENTSTORE_URL: server.url }, dataDir);
      await isReady();
      ada = await service.signIn('ada@example.com');
      expect((await ada.get('/catalogues')).body).toEqual(catalogues.body);
      expect(looked.mock.callCount()).toBe(0);
      expect(followed.mock.callCount()).toBeGreaterThan(5);
      expect(followed.mock.calls.map((call) => call.arguments[0])).not.toContain(null);
    } finally {
      mock.restoreAll();
    }
  }, 60_000);

  test('says that it is not ready while the store is away, refuses what it can not write, and goes on', async () => {
    await found('acme');
    await isReady();
    const connection = service.grpc;
    const told: unknown[] = [];
    const watching = connection.watch('/grpc.health.v1.Health/Watch', {}, { deadline: 60_000 });
    watching.on('data', ({ status }) => told.push(status)).on('error', () => undefined);
    const says = (status: string) =>
      eventually(() => (told.at(-1) === status ? true : undefined), `word: ${status}`, 30_000);
    await says('SERVING');
    await server.kill();
    const refused = await invite('bob@example.com');
    expect(refused.status).toBe(503);
    expect(['write.unavailable', 'write.outcome_unknown']).toContain(
      (refused.body as { code: string }).code,
    );
    expect((await service.anybody.get('//health/ready')).status).toBe(503);
    await says('NOT_SERVING');
    const asked = await connection.call('/grpc.health.v1.Health/Check');
    expect(asked.body).toEqual({ status: 'NOT_SERVING' });
    await server.up();
    await isReady();
    await says('SERVING');
    connection.close();
    expect((await invite('eve@example.com')).status).toBe(201);
  }, 60_000);

  test('says why it is not ready while the store stands still, in health and to who watches it', async () => {
    await found('acme');
    await isReady();
    await service.caughtUp();
    const names = ({ followers }: Vital) => followers.map(({ name }) => name).sort();
    const look = async () => (await service.anybody.get<Vital>('//health/ready')).body;
    const before = names(await look());
    server.freeze();
    try {
      const told = await eventually(
        async () => {
          const vital = await look();
          return vital.ready || vital.reason === undefined ? undefined : vital;
        },
        'reason',
        30_000,
      );
      expect(told).toMatchObject({ head: null, reason: expect.stringContaining('EventStoreDB: ') });
      // Nobody is gone for it.
      expect(names(told)).toEqual(before);
      const { body } = await service.anybody.get<string>('//metrics');
      expect(body).toContain('membership_ready 0');
    } finally {
      server.thaw();
    }
    await isReady();
    expect(await look()).not.toHaveProperty('reason');
  }, 90_000);

  test('tells who only reads to ask again, however they ask, while the store is away', async () => {
    await found('acme');
    const key = await keyOf(ada, 'acme', 'viewer');
    const robot = service.anybody.as(key);
    const connection = service.grpc;
    const [reader, calling] = [connection.as(ada.token!), connection.as(key)];
    const principal = String((await ada.get('/me')).body['id']);
    const question = { principal, organization: 'acme', permission: 'members:view' };
    await isReady();
    expect((await robot.post('/access/check', question)).status).toBe(200);
    await server.kill();
    const acme = { organization: 'acme' };
    const invitation = { ...acme, email: 'bob@example.com', roles: ['viewer'] };
    const codeOf = async (asked: Promise<{ body: unknown }>) =>
      ((await asked).body as { code?: string }).code;
    const [overHttp, overGrpc, byKey, byKeyOverGrpc, written] = await Promise.all([
      codeOf(ada.get('/organizations/acme/roles')),
      reader.call('ListRoles', acme),
      codeOf(robot.post('/access/check', question)),
      calling.call('/membership.v1.AccessService/Check', question),
      reader.call('InviteMember', invitation),
    ]);
    expect([overHttp, overGrpc.code]).toEqual(['read.not_yet', 'read.not_yet']);
    expect([byKey, byKeyOverGrpc.code]).toEqual(Array(2).fill('authentication.unavailable'));
    expect(['write.unavailable', 'write.outcome_unknown']).toContain(written.code);
    connection.close();
    await server.up();
  }, 60_000);

  test('refuses of many questions the one that needs it, while the store is away', async () => {
    const { body } = await found('acme');
    const connection = service.grpc;
    const principal = String((await ada.get('/me')).body['id']);
    const question = { principal, organization: 'acme', permission: 'members:view' };
    await isReady();
    await server.kill();
    const stream = connection.as(ada.token!).converse('/membership.v1.AccessService/CheckStream');
    const answers: object[] = [];
    stream.on('data', (one: object) => answers.push(one)).on('error', () => undefined);
    stream.write({ id: 'then', check: { ...question, at: String(body['revision']) } });
    stream.write({ id: 'now', check: question });
    const { body: decided } = await ada.post('//access/v1/evaluations', {
      action: { name: 'members:view' },
      resource: { type: 'organization', id: 'acme' },
      evaluations: [
        { subject: { type: 'user', id: principal } },
        // What could be requested is explained from the log.
        { subject: { type: 'user', id: 'usr_1' }, context: { requestable: true } },
      ],
    });
    expect(decided).toMatchObject({
      evaluations: [
        { decision: true },
        { decision: false, context: { reason: 'read.not_yet', error: { status: 503 } } },
      ],
    });
    await eventually(() => answers[1], 'answers', 30_000);
    expect(answers).toMatchObject([
      { id: 'then', refusal: { code: 14 } },
      { id: 'now', answer: { allowed: true } },
    ]);
    stream.cancel();
    connection.close();
    await server.up();
  }, 60_000);
});

describe('who looks at the log in EventStoreDB', () => {
  test('is told in plain words where it is not to be had', async () => {
    await server.kill();
    const starting = TestService.start({ EVENTSTORE_URL: server.url });
    await expect(starting).rejects.toThrow(/^EVENTSTORE_URL: EventStoreDB does not answer/);
    await server.up();
  }, 60_000);
});
