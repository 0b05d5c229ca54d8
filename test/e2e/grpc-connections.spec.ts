/** What a connection of gRPC may, and for how long; when a call is given up; who is told of health. */
import { once } from 'node:events';
import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Configuration } from '../../apps/membership/src/config.js';
import {
  CONNECTIONS,
  GrpcServer,
  type Connections,
} from '../../apps/membership/src/grpc/server.js';
import { createLog } from '../../apps/membership/src/logging.js';
import { GrpcClient, toldOf, typesAt } from '../support/grpc.js';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';

const ONE = '/membership.v1.MembershipService/GetOrganization';
const CHECKS = '/membership.v1.AccessService/CheckStream';
const WATCH = '/membership.v1.AccessService/WatchPermissions';
const TAIL = '/membership.v1.AuditService/Tail';
const HEALTH = '/grpc.health.v1.Health';
const acme = { organization: 'acme' };
/** A revision that is not reached: it is waited for, 2 s. */
const atLeast = Buffer.from('acme 999999').toString('base64url');
const check = { ...acme, principal: 'user:ada@example.com', permission: 'scans:run' };

let service: TestService;
let http: HttpClient;
const opened: { stop: () => Promise<void> }[] = [];
beforeAll(async () => {
  service = await TestService.start();
  http = await service.signIn('ada@example.com');
  const body = { id: 'acme', name: 'Acme', catalogue: 'vygl' };
  expect((await http.post('/organizations', body)).status).toBe(201);
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.stop();
});
afterAll(() => service.stop());

/** The same service on a port of its own, with connections that are otherwise in this. */
const serve = async (otherwise: Partial<Connections> = {}) => {
  const { app } = service.service;
  const log = createLog('debug', { write: (line: string) => void logs.push(line) });
  const logs: string[] = [];
  const connections = { ...CONNECTIONS, ...otherwise };
  const config = app.get(Configuration).value;
  const server = new GrpcServer(app, config, log, undefined, connections);
  const address = `127.0.0.1:${await server.listen()}`;
  const client = new GrpcClient(address, http.token);
  opened.push({
    stop: async () => {
      client.close();
      await server.stop();
    },
  });
  /** How the calls of this method have ended. */
  const ended = (path: string): string[] =>
    logs
      .map((line) => JSON.parse(line) as Record<string, string>)
      .filter(({ msg, route }) => msg === 'request' && route === path)
      .map(({ status }) => status!);
  return { server, address, client, ended };
};

/** A client of no make, which keeps no time of its own. */
const bare = async (address: string): Promise<ClientHttp2Session> => {
  const session = connectHttp2(`http://${address}`);
  session.on('error', () => undefined);
  await once(session, 'connect');
  opened.push({ stop: async () => session.destroy() });
  return session;
};

/** The status in which the server ends a call that it is given so many milliseconds for. */
const statusOf = async (
  session: ClientHttp2Session,
  path: string,
  message: object,
  timeout: number,
): Promise<number> => {
  const call = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${http.token}`,
    'grpc-timeout': `${timeout}m`,
  });
  const { resolvedRequestType: type } = typesAt(path);
  const bytes = type.encode(type.fromObject(message)).finish();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  call.write(Buffer.concat([head, bytes]));
  if (path !== CHECKS) call.end();
  const told = new Promise<number>((resolve) => {
    for (const event of ['response', 'trailers'] as const) {
      call.on(event, (headers) => {
        if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
      });
    }
  });
  call.resume();
  return told.finally(() => call.close());
};

describe('a call', () => {
  const CALLS: readonly (readonly [path: string, message: object])[] = [
    [ONE, { ...acme, atLeast }],
    [CHECKS, { id: '1', check: { ...check, atLeast } }],
    [CHECKS, { id: '1', check }],
    [WATCH, acme],
    [TAIL, acme],
  ];

  test.each(CALLS)('of %s is ended by the server at its deadline', async (path, message) => {
    const { address, ended } = await serve();
    expect(await statusOf(await bare(address), path, message, 300)).toBe(4);
    expect(await eventually(() => ended(path)[0], 'end')).toBe('DEADLINE_EXCEEDED');
  });

  test.each(CALLS.filter(([path]) => path !== ONE))(
    'of %s whose caller leaves is over',
    async (path, message) => {
      const { client, ended } = await serve();
      const call = path === CHECKS ? client.converse(path) : client.watch(path, message as never);
      const left = once(
        call.on('data', () => undefined),
        'error',
      );
      if (path === CHECKS) (call as ReturnType<GrpcClient['converse']>).write({ ...message });
      await once(call, 'metadata');
      call.cancel();
      expect(toldOf((await left)[0] as never).status).toBe('CANCELLED');
      await eventually(() => ended(path)[0], 'end');
      expect((await client.call('GetMe')).code).toBe('ok');
    },
  );

  test('that is answered once, and that nobody waits for any more, is finished all the same', async () => {
    const { client, ended } = await serve();
    const told = await client.call(ONE, { ...acme, atLeast }, { deadline: 300 });
    expect(told.status).toBe('DEADLINE_EXCEEDED');
    expect(await eventually(() => ended(ONE)[0], 'end')).toBe('DEADLINE_EXCEEDED');
    expect((await client.call('GetMe')).code).toBe('ok');
  });
});

describe('a connection', () => {
  test('has 250 calls at a time, unless told otherwise', async () => {
    const session = connectHttp2(`http://${service.service.grpc.address}`);
    const [settings] = (await once(session, 'remoteSettings')) as [
      { maxConcurrentStreams: number },
    ];
    expect(settings.maxConcurrentStreams).toBe(250);
    session.destroy();
  });

  test('has no more calls than that: what is one too many waits', async () => {
    const { client } = await serve({ calls: 2 });
    // The client has heard of it by then.
    expect((await client.call('GetMe')).code).toBe('ok');
    const waiting = [0, 1].map(() => client.call(ONE, { ...acme, atLeast }));
    let answered: string | undefined;
    const third = client.call('GetMe').then(({ code }) => (answered = code));
    await delay(300);
    expect(answered).toBeUndefined();
    // Both are over after their two seconds.
    expect(await third).toBe('ok');
    for (const { code } of await Promise.all(waiting)) expect(code).toBe('read.not_yet');
  });

  test('whose other end is silent is dropped, and one that only has nothing to say is not', async () => {
    const { address } = await serve({ silent: 200, answer: 200 });
    const quiet = await bare(address);
    const [host, port] = address.split(':');
    const silent = connect(Number(port), host);
    silent.on('error', () => undefined).resume();
    // The preface, and settings that say nothing: then not a word, and no answer to a ping.
    silent.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    silent.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    await once(silent, 'close');
    expect(quiet.destroyed).toBe(false);
    expect(await statusOf(quiet, ONE, acme, 20_000)).toBe(0);
  });

  test('that has no calls for long is closed', async () => {
    const { address } = await serve({ idle: 200 });
    const session = await bare(address);
    await once(session, 'close');
  });

  test('is to be opened anew once it is old, and who follows goes on with nothing lost', async () => {
    const { client } = await serve({ age: 400, grace: 200 });
    const body = { id: 'busy', name: 'Busy', catalogue: 'vygl' };
    expect((await http.post('/organizations', body)).status).toBe(201);
    const entries: { readonly revision: string; readonly streamRevision: number }[] = [];
    const heard: { readonly cursor: string; readonly event?: { readonly type: string } }[] = [];
    let connections = 0;
    let isOver = false;
    /** Calls again from where it had come to, whenever it is ended. */
    const follow = async (path: string, from: () => object, take: (one: object) => void) => {
      while (!isOver) {
        const call = client.watch(path, { organization: 'busy', ...from() });
        calls.add(call);
        call.on('data', take);
        await new Promise((resolve) => {
          call.on('error', resolve).on('end', resolve);
        });
        calls.delete(call);
        connections += 1;
      }
    };
    const calls = new Set<ReturnType<GrpcClient['watch']>>();
    const tail = follow(
      TAIL,
      () => (entries.length > 0 ? { after: entries.at(-1)!.revision } : { beginning: true }),
      (one) => entries.push((one as { entry: (typeof entries)[number] }).entry),
    );
    const watch = follow(
      WATCH,
      () => (heard.length > 0 ? { cursor: heard.at(-1)!.cursor } : { beginning: true }),
      (one) => {
        const { change } = one as { change?: (typeof heard)[number] };
        if (change !== undefined) heard.push(change);
      },
    );
    const members = await http.get<{ items: { id: string }[] }>('/organizations/busy/members');
    const owner = members.body.items[0]!.id;
    const COUNT = 60;
    for (let n = 0; n < COUNT; n += 1) {
      const key = { name: `K${n}`, owner, scopes: [] };
      expect((await http.post('/organizations/busy/api-keys', key)).status).toBe(201);
      await delay(30);
    }
    await eventually(() => (entries.length >= COUNT + 2 ? true : undefined), 'all entries');
    const made = () => heard.filter(({ event }) => event?.type === 'api_key.create');
    await eventually(() => (made().length >= COUNT ? true : undefined), 'all changes');
    isOver = true;
    for (const call of calls) call.cancel();
    await Promise.all([tail, watch]);
    // More than once each.
    expect(connections).toBeGreaterThan(4);
    const places = entries.map(({ streamRevision }) => streamRevision);
    expect(places).toEqual(Array.from({ length: COUNT + 2 }, (_, place) => place));
    expect(made()).toHaveLength(COUNT);
    expect(new Set(heard.map(({ cursor }) => cursor)).size).toBe(heard.length);
  }, 40_000);
});

describe('health', () => {
  test('is told to who watches when it changes, and at the end, which waits for nobody', async () => {
    const { client, server } = await serve();
    const watching = ['', 'membership.v1.AccessService', 'none'].map((named) => {
      const call = client.watch(`${HEALTH}/Watch`, { service: named });
      const heard: unknown[] = [];
      call.on('data', ({ status }) => heard.push(status));
      const ended = once(call, 'error').then(([error]) => toldOf(error as never).status);
      return { heard, ended };
    });
    const isServing = () => watching.slice(0, 2).every(({ heard }) => heard.includes('SERVING'));
    await eventually(() => isServing() || undefined, 'service');
    // It is looked at every second.
    await delay(2500);
    const list = await client.call(`${HEALTH}/List`);
    expect(Object.keys(list.body['statuses'] as object).sort()).toEqual([
      '',
      'membership.v1.AccessService',
      'membership.v1.AuditService',
      'membership.v1.MembershipService',
    ]);
    const begun = Date.now();
    await server.stop();
    expect(Date.now() - begun).toBeLessThan(4500);
    expect(await Promise.all(watching.map(({ ended }) => ended))).toEqual(
      watching.map(() => 'UNAVAILABLE'),
    );
    const whole = ['NOT_SERVING', 'SERVING', 'NOT_SERVING'];
    const [all, access, none] = watching.map(({ heard }) => heard);
    // The first look may have come before the call.
    for (const heard of [all, access]) expect(whole.slice(-heard!.length)).toEqual(heard);
    expect(none).toEqual(['SERVICE_UNKNOWN']);
  }, 20_000);

  test('is told to so many who watch, and to another once one has left', async () => {
    const { client } = await serve({ watches: 2 });
    const watch = () => {
      const call = client.watch(`${HEALTH}/Watch`, { service: '' });
      const told = new Promise<string>((resolve) => {
        call.once('data', () => resolve('told'));
        call.on('error', (error) => resolve(toldOf(error as never).status));
      });
      return { call, told };
    };
    const [first, second] = [watch(), watch()];
    expect(await Promise.all([first.told, second.told])).toEqual(['told', 'told']);
    expect(await watch().told).toBe('RESOURCE_EXHAUSTED');
    first.call.cancel();
    await eventually(async () => (await watch().told) === 'told' || undefined, 'another');
  }, 20_000);
});
