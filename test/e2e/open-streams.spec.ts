/** Streams that stay open: how many one caller may have, and for how long their token is good. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GrpcClient } from '../support/grpc.js';
import { toldOf } from '../support/grpc.js';
import type { HttpClient } from '../support/http.js';
import { TestIssuer } from '../support/issuer.js';
import { eventually, TestService } from '../support/service.js';
import { Watching } from '../support/watching.js';

const CHECKS = '/membership.v1.AccessService/CheckStream';
const TAIL = '/membership.v1.AuditService/Tail';
/** Seconds for which a token is good after its end: clocks may differ. */
const SKEW = 60;

interface Caller {
  readonly http: HttpClient;
  readonly grpc: GrpcClient;
}
let service: TestService;
let issuer: TestIssuer;
let connection: GrpcClient;

/** Whoever this is, with a token that is good for so many seconds. */
const signIn = async (sub: string, seconds = 600): Promise<Caller> => {
  const claims = { sub, email: `${sub}@example.com`, email_verified: true };
  const token = await issuer.token(claims, { expiresIn: seconds - SKEW });
  return { http: service.anybody.as(token), grpc: connection.as(token) };
};
const organization = { organization: 'acme' };
const watch = (transport: 'http' | 'grpc', who: Caller) =>
  Watching.over(transport, who, organization);
const begun = (watching: Watching) => watching.hears((_, name) => name === 'heartbeat');

beforeAll(async () => {
  issuer = await TestIssuer.create();
  const limits = { RATE_LIMITS: 'on', STREAMS_PER_CALLER: '3' };
  service = await TestService.start({ ...issuer.settings, ...limits });
  connection = service.grpc;
  const { http } = await signIn('ada');
  const acme = { id: 'acme', name: 'Acme', catalogue: 'vygl' };
  expect((await http.post('/organizations', acme)).status).toBe(201);
});
afterAll(async () => {
  connection.close();
  await service.stop();
});

describe('one caller has so many streams open at a time', () => {
  test('over HTTP and gRPC together, and more once one has ended', async () => {
    const ada = await signIn('ada');
    const [first, second] = [watch('http', ada), watch('grpc', ada)];
    const checks = ada.grpc.converse(CHECKS);
    const answered: unknown[] = [];
    checks.on('data', (answer) => answered.push(answer)).on('error', () => undefined);
    const check = { ...organization, principal: 'usr_01jx8q5v3mf2h9k7c4n6t0wzpd', permission: 'x' };
    checks.write({ id: '1', check });
    await Promise.all([begun(first), begun(second), eventually(() => answered[0], 'answer')]);

    expect(await watch('http', ada).ended()).toBe('rate.limited');
    expect(await watch('grpc', ada).ended()).toBe('rate.limited');
    for (const call of [ada.grpc.converse(CHECKS), ada.grpc.watch(TAIL, organization)]) {
      const code = await new Promise((resolve) => {
        call.on('error', (error) => resolve(toldOf(error as never).code)).on('data', resolve);
      });
      expect(code).toBe('rate.limited');
    }
    const { status, body, headers } = await ada.http.get('/access/changes?organization=acme');
    expect([status, body['code']]).toEqual([429, 'rate.limited']);
    expect(headers.get('retry-after')).toBe('10');
    expect((await ada.http.get('/events?organization=acme')).body['code']).toBe('rate.limited');
    // Nobody else's business.
    expect(await watch('http', await signIn('eve')).ended()).toBe('organization.not_found');

    first.stop();
    const next = await eventually(async () => {
      const tried = watch('grpc', ada);
      const isIt = await Promise.race([
        begun(tried).then(() => true),
        tried.ended().then(() => false),
      ]);
      return isIt ? tried : undefined;
    }, 'room');
    checks.end();
    await new Promise((resolve) => {
      checks.on('end', resolve);
    });
    const last = watch('http', ada);
    await begun(last);
    for (const one of [second, next, last]) one.stop();
  }, 30_000);

  test('and none by HEAD, which ends once it is known that there is one', async () => {
    const { http } = await signIn('ida');
    await http.post('/organizations', { id: 'idas', name: 'Ida', catalogue: 'vygl' });
    const headers = { accept: 'text/event-stream' };
    for (const path of ['/access/changes', '/events', '/events', '/access/changes']) {
      const head = (organization: string) =>
        http.call(`${path}?organization=${organization}`, { method: 'HEAD', headers });
      const { status, headers: told } = await head('idas');
      expect([path, status]).toEqual([path, 200]);
      expect(told.get('content-type')).toContain('text/event-stream');
      expect((await head('nowhere')).status).toBe(404);
    }
  });

  test('and none that was left while it was found out who asks', async () => {
    const slow = await TestIssuer.create();
    const keys = readFileSync(new URL(slow.settings['JWKS']!));
    const server = createServer((_, response) => void setTimeout(() => response.end(keys), 400));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const limits = { RATE_LIMITS: 'on', STREAMS_PER_CALLER: '2' };
    const jwks = { JWKS: `http://127.0.0.1:${port}/` };
    const cold = await TestService.start({ ...slow.settings, ...jwks, ...limits });
    const token = await slow.token({ sub: 'ada', email: 'ada@example.com', email_verified: true });
    const ada = cold.anybody.as(token);
    for (const path of ['/access/changes', '/events']) {
      const leaving = AbortSignal.timeout(50);
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
      const url = `${cold.url}/api/v1${path}?organization=acme`;
      const asked = fetch(url, { headers, signal: leaving });
      await expect(asked).rejects.toThrow();
    }
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    const watching = [0, 1].map(() => Watching.over('http', { http: ada } as Caller, organization));
    for (const one of watching) await begun(one);
    for (const one of watching) one.stop();
    await cold.stop();
    server.close();
  }, 30_000);

  test('also where none of them ever began', async () => {
    const eve = await signIn('eve');
    for (const transport of ['http', 'grpc', 'http', 'grpc', 'http'] as const) {
      expect(await watch(transport, eve).ended()).toBe('organization.not_found');
    }
  });
});

describe.each(['http', 'grpc'] as const)('a stream over %s', (transport) => {
  test('ends when the token ends that it was opened with, and not before', async () => {
    const ada = await signIn('ada', 4);
    const watching = watch(transport, ada);
    await begun(watching);
    expect(await watching.ended(15_000)).toBe('authentication.invalid');
    const good = watch(transport, await signIn('ada'));
    await begun(good);
    good.stop();
  }, 30_000);
});

test('what is asked on a stream of questions is asked with a token that is good then', async () => {
  const ada = await signIn('ada', 4);
  const stream = ada.grpc.converse(CHECKS);
  const heard: Record<string, unknown>[] = [];
  const ended = new Promise<string>((resolve) => {
    stream.on('error', (error) => resolve(toldOf(error as never).code));
  });
  stream.on('data', (answer: Record<string, unknown>) => heard.push(answer));
  const check = { ...organization, principal: 'user:ada', permission: 'organization:view' };
  const asking = setInterval(() => stream.write({ id: 'again', check }), 200);
  try {
    expect(await ended).toBe('authentication.invalid');
    expect(heard.length).toBeGreaterThan(5);
    expect(heard.every((one) => one['answer'] !== undefined)).toBe(true);
  } finally {
    clearInterval(asking);
  }
}, 30_000);
