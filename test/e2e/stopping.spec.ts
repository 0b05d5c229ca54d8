/** A stop comes to its end in order, whatever those who are connected do, or don't. */
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';

/** Milliseconds in which nothing that is under way is cut off yet, and in which everything is. */
const [AT_ONCE, AT_LAST] = [8000, 20_000];
/** Of a revision that is not reached: it is waited for, 2 s. */
const NOT_YET = `atLeast=${Buffer.from('acme 999999').toString('base64url')}`;

let service: TestService;
let ada: HttpClient;
const peers: Socket[] = [];
beforeEach(async () => {
  service = await TestService.start();
  ada = await service.signIn('ada@example.com');
  const acme = { id: 'acme', name: 'Acme', catalogue: 'vygl' };
  expect((await ada.post('/organizations', acme)).status).toBe(201);
});
afterEach(() => {
  for (const peer of peers.splice(0)) peer.destroy();
  rmSync(service.dataDir, { recursive: true, force: true });
});

/** One who never says that it has understood the end. */
const peerOf = (address: string): Socket => {
  const { hostname, port } = new URL(address);
  const peer = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  peer.on('error', () => undefined);
  peers.push(peer);
  return peer;
};
const onHttp = (): Socket => peerOf(service.url);
const onGrpc = (): Socket => peerOf(`http://${service.service.grpc.address}`);
const server = (): Server => service.service.app.getHttpServer();
const head = (line: string, ...more: string[]): string =>
  [line, `host: ${new URL(service.url).host}`, `authorization: Bearer ${ada.token}`, ...more].join(
    '\r\n',
  );
const WHOLE = '\r\n\r\n';

/** Everything was ended in order: what was written is there when it is started on it again. */
const stops = async (within: number): Promise<void> => {
  const ends = service.service.stop().then(() => 'it has stopped');
  const patience = delay(within, 'it goes on', { ref: false });
  expect(await Promise.race([ends, patience])).toBe('it has stopped');
  const again = await TestService.start({}, service.dataDir);
  const { body } = await (await again.signIn('ada@example.com')).get('/organizations/acme');
  await again.service.stop();
  expect(body['name']).toBe('Acme');
};

describe('it stops while somebody on HTTP', () => {
  const connected = () =>
    eventually(
      () =>
        new Promise<true | undefined>((resolve) => {
          server().getConnections((_, count) => resolve(count > 0 || undefined));
        }),
      'connection',
    );

  test('has said nothing', async () => {
    onHttp();
    await connected();
    await stops(AT_ONCE);
  }, 40_000);

  test('has sent half a head', async () => {
    onHttp().write(head('GET /api/v1/me HTTP/1.1'));
    await connected();
    await delay(200);
    await stops(AT_ONCE);
  }, 40_000);

  test('has sent half a body', async () => {
    const asked = once(server(), 'request');
    const post = head('POST /api/v1/organizations HTTP/1.1', 'content-type: application/json');
    onHttp().write(`${post}\r\ncontent-length: 100${WHOLE}{"id"`);
    await asked;
    await stops(AT_LAST);
  }, 40_000);
});

describe('it stops while somebody on gRPC', () => {
  test.each([
    ['has said nothing', ''],
    ['has said half of what begins a connection', 'PRI * HTTP/2.0\r\n'],
  ])(
    '%s',
    async (_, said) => {
      const peer = onGrpc();
      peer.write(said);
      await once(peer, 'data');
      await stops(AT_LAST);
    },
    40_000,
  );

  test('has sent half a question', async () => {
    const session = connectHttp2(`http://${service.service.grpc.address}`, {
      createConnection: () => onGrpc(),
    });
    session.on('error', () => undefined);
    await once(session, 'connect');
    const call = session.request({
      ':method': 'POST',
      ':path': '/membership.v1.MembershipService/GetMe',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    call.on('error', () => undefined).write(Buffer.from([0, 0, 0]));
    // What came before it is there.
    await new Promise((resolve) => {
      session.ping(resolve);
    });
    await stops(AT_LAST);
  }, 40_000);
});

describe('who is under way when it stops', () => {
  test('is answered, and keeps nothing open after that', async () => {
    const peer = onHttp();
    let answer = '';
    peer.on('data', (some: Buffer) => (answer += some.toString()));
    const asked = once(server(), 'request');
    peer.write(`${head(`GET /api/v1/organizations/acme?${NOT_YET} HTTP/1.1`)}${WHOLE}`);
    await asked;
    await stops(AT_ONCE);
    expect(answer).toMatch(/^HTTP\/1.1 503 .*"read.not_yet"/s);
  }, 40_000);

  test('may send what is missing', async () => {
    const peer = onHttp();
    const asked = once(server(), 'request');
    const body = JSON.stringify({ id: 'late', name: 'Late', catalogue: 'vygl' });
    const post = head('POST /api/v1/organizations HTTP/1.1', 'content-type: application/json');
    peer.write(`${post}\r\ncontent-length: ${body.length}${WHOLE}${body.slice(0, 10)}`);
    await asked;
    setTimeout(() => peer.write(body.slice(10)), 500);
    const [[some]] = await Promise.all([once(peer, 'data'), stops(AT_ONCE)]);
    expect(String(some)).toMatch(/^HTTP\/1.1 201 /);
  }, 40_000);
});
