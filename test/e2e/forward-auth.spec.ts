import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as send, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { eventually, freePort, TestService } from '../support/service.js';
import { told, unlessInGate } from '../support/skipping.js';

const NGINX = '/usr/sbin/nginx';
const HERE = '/access/forward-auth';

let service: TestService;
let ada: HttpClient;
let vic: HttpClient;
let eve: HttpClient;
let member: string;

/** `cve-project`: an admin sees the billing, a viewer does not; the table of routes has no others. */
beforeAll(async () => {
  service = await TestService.start();
  ada = await service.signIn('ada@example.com');
  vic = await service.signIn('vic@example.com');
  eve = await service.signIn('eve@example.com');
  await ada.post('/organizations', { id: 'argus', name: 'Argus', catalogue: 'cve-project' });
  await eve.post('/organizations', { id: 'evil', name: 'Evil', catalogue: 'cve-project' });
  await ada.post('/organizations/argus/invitations', {
    email: 'vic@example.com',
    roles: ['viewer'],
  });
  const token = await service.linkOf('vic@example.com');
  expect((await vic.post('/invitations/accept', { token })).status).toBe(200);
  const { body } = await ada.get<{ items: { member: string }[] }>('/me/memberships');
  member = body.items[0]!.member;
});
afterAll(() => service.stop());

const nginx = (method: string, path: string) => ({
  'X-Original-Method': method,
  'X-Original-URI': path,
});
const revision = (text: string) => Buffer.from(text).toString('base64url');
/** One that argus has come to, one that nobody has come to yet, of argus and of the platform, and one
 * that nobody gave: what a gateway is answered as of each. */
const AS_OF = [
  [revision('argus 2'), 200],
  [revision('argus 999999'), 503],
  [revision('platform 0'), 200],
  ['made-up', 403],
  [revision('evil 0'), 403],
] as const;

/** As Traefik sends it besides: a forwarded request. */
const traefik = (method: string, path: string) => ({
  'X-Forwarded-Method': method,
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'product.example.com',
  'X-Forwarded-Uri': path,
  'X-Forwarded-For': '203.0.113.7',
});

describe.each([
  ['nginx', nginx],
  ['Traefik', traefik],
])('as %s asks', (_, headers) => {
  const ask = (who: HttpClient, method: string, path: string, of = 'argus') =>
    who.get(`${HERE}?organization=${of}`, headers(method, path));

  test('whoever may send the request is let through and named', async () => {
    const { status, body, headers: answer } = await ask(ada, 'GET', '/project/billing?year=2026');
    expect([status, body]).toEqual([200, '']);
    expect(answer.get('membership-organization')).toBe('argus');
    expect(answer.get('membership-principal')).toBe(member);
  });

  test('whoever may not is answered 403, whatever the reason, and 401 without a good token', async () => {
    const answers = [
      await ask(vic, 'GET', '/project/billing'),
      await ask(ada, 'GET', '/nowhere?year=2026'),
      await ask(eve, 'GET', '/nowhere'),
      await ask(ada, 'GET', '/project/../project/billing'),
      await ask(eve, 'GET', '/project/billing'),
      await ask(eve, 'GET', '/project/billing', 'nowhere'),
      await ask(eve, 'GET', '/project/billing', 'No Organization'),
    ];
    for (const { status, body, headers: answer } of answers) {
      expect([status, body['code']]).toEqual([403, 'permission.denied']);
      expect(answer.get('membership-principal')).toBeNull();
    }
    const [refused, unrouted, outside] = answers.map(({ body }) => body['detail']);
    expect(refused).toMatch(/no_role/);
    expect(unrouted).toBe('There is no route GET /nowhere in the catalogue cve-project.');
    expect(outside).toMatch(/no organization argus/);
    const nobody = await ask(service.anybody, 'GET', '/project/billing');
    expect([nobody.status, nobody.body['code']]).toEqual([401, 'authentication.missing']);
    const forged = await ask(service.anybody.as('forged'), 'GET', '/project/billing');
    expect([forged.status, forged.body['code']]).toEqual([401, 'authentication.invalid']);
  });

  test.each(AS_OF)('as of %s it is answered %i, parameter or header', async (atLeast, status) => {
    const asked = headers('GET', '/project/billing');
    const path = `${HERE}?organization=argus`;
    const header = { 'Membership-At-Least': atLeast };
    const [one, other] = await Promise.all([
      ada.get(`${path}&atLeast=${atLeast}`, asked),
      ada.get(path, { ...asked, ...header }),
    ]);
    expect([one.status, other.status]).toEqual([status, status]);
    const reached = `${path}&atLeast=${revision('argus 0')}`;
    expect((await ada.get(reached, { ...asked, ...header })).status).toBe(200);
  });
});

describe('as Envoy asks, with the method and path of the request itself', () => {
  const organization = { 'Membership-Organization': 'argus', 'X-Forwarded-For': '203.0.113.7' };

  test('any method is a question', async () => {
    const asked = async (who: HttpClient, method: string, path: string) =>
      (await who.call(`${HERE}${path}`, { method, headers: organization })).status;
    expect(await asked(ada, 'GET', '/project/billing')).toBe(200);
    expect(await asked(ada, 'POST', '/webhooks')).toBe(200);
    expect(await asked(ada, 'DELETE', '/webhooks?all=yes')).toBe(200);
    expect(await asked(vic, 'DELETE', '/webhooks')).toBe(403);
    expect(await asked(ada, 'PATCH', '/')).toBe(403);
  });

  test.each(AS_OF)('as of %s it is answered %i', async (atLeast, status) => {
    const path = `${HERE}/project/billing?atLeast=made-up`;
    const answer = await ada.get(path, { ...organization, 'Membership-At-Least': atLeast });
    expect(answer.status).toBe(status);
  });

  test('nothing of the original query is taken for the gateway’s', async () => {
    const path = `${HERE}/project/billing?organization=evil`;
    const { status } = await eve.get(path, organization);
    expect(status).toBe(403);
  });

  test('nor are headers of other gateways', async () => {
    const path = `${HERE}/project/billing`;
    for (const lies of [nginx('DELETE', '/webhooks'), traefik('DELETE', '/webhooks')]) {
      const asked = { ...organization, ...lies };
      expect((await ada.get(path, asked)).status).toBe(200);
      expect((await ada.get(`${HERE}/nowhere`, asked)).status).toBe(403);
    }
  });
});

describe('what a sender adds decides nothing', () => {
  test('the header does not go before the parameter', async () => {
    const headers = { ...nginx('GET', '/project/billing'), 'Membership-Organization': 'evil' };
    expect((await eve.get(`${HERE}?organization=argus`, headers)).status).toBe(403);
    expect((await eve.get(HERE, headers)).headers.get('membership-organization')).toBe('evil');
  });

  test('the answer says which space was asked about, none where it was the organization, which is no space', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'catalogues-'));
    const mondoo = readFileSync('catalogues/mondoo.yaml', 'utf8').replace(/^id: .*$/m, 'id: ours');
    const route = { method: 'GET', path: '/assets/{asset}', permission: 'assets:view' };
    writeFileSync(join(folder, 'ours.yaml'), `${mondoo}\nroutes: ${JSON.stringify([route])}\n`);
    const other = await TestService.start({ CATALOGUES_DIR: folder });
    try {
      const owner = await other.signIn('ada@example.com');
      await owner.post('/organizations', { id: 'argus', name: 'Argus', catalogue: 'ours' });
      const { body } = await owner.post('/organizations/argus/spaces', { name: 'North' });
      const space = String(body['id']);
      const asked = nginx('GET', '/assets/7');
      const answered = async (
        query: string,
        headers: Record<string, string> = {},
        who: HttpClient = owner,
      ) => {
        const path = `${HERE}?organization=argus${query}`;
        const answer = await who.get(path, { ...asked, ...headers });
        return [answer.status, answer.headers.get('membership-space')];
      };
      expect(await answered(`&space=${space}`)).toEqual([200, space]);
      expect(await answered('', { 'Membership-Space': space })).toEqual([200, space]);
      expect(await answered('')).toEqual([200, null]);
      const made = await owner.post('/organizations/argus/service-accounts', {
        name: 'Scans',
        roles: ['viewer'],
      });
      const key = await owner.post('/organizations/argus/api-keys', {
        name: 'k',
        owner: made.body['id'],
        scopes: [],
      });
      const robot = other.anybody.as(String(key.body['secret']));
      expect(await answered(`&space=${space}`, {}, robot)).toEqual([200, space]);
      for (const who of [owner, robot]) {
        for (const none of ['organization', 'space_1', `${space}, ${space}`, '']) {
          expect([none, ...(await answered(`&space=${none}`, {}, who))]).toEqual([none, 403, null]);
          const header = { 'Membership-Space': none };
          expect([none, ...(await answered('', header, who))]).toEqual([none, 403, null]);
        }
      }
    } finally {
      await other.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test('two gateways’ headers at once are denied, and so are half and none', async () => {
    for (const headers of [
      { ...nginx('GET', '/project/billing'), ...traefik('GET', '/project/billing') },
      { ...nginx('GET', '/project/billing'), 'X-Forwarded-Uri': '/project' },
      { 'X-Original-Method': 'GET', 'X-Forwarded-Uri': '/project/billing' },
      { 'X-Original-URI': '/project/billing' },
      {},
    ]) {
      const { status } = await ada.get(`${HERE}?organization=argus`, headers);
      expect([headers, status]).toEqual([headers, 403]);
    }
    expect((await ada.get(HERE, nginx('GET', '/project/billing'))).status).toBe(403);
  });

  test('a parameter that there is not, or is there twice, is the gateway’s mistake', async () => {
    for (const query of ['org=argus', 'organization=argus&organization=evil']) {
      const { status } = await ada.get(`${HERE}?${query}`, nginx('GET', '/project/billing'));
      expect([query, status]).toEqual([query, 400]);
    }
  });

  test('in development no other route answers what came through a proxy', async () => {
    const forwarded = traefik('GET', '/project/billing');
    const others = ['/me', '/access/principals', '/access/forward-authority', '//dev/jwks'];
    for (const path of others) {
      const { status, body } = await ada.get(path, forwarded);
      expect([path, status, body['code']]).toEqual([path, 403, 'permission.denied']);
    }
  });
});

const reason = unlessInGate(existsSync(NGINX) ? undefined : `there is no ${NGINX}`);
const withNginx = reason === undefined ? describe : describe.skip;
withNginx(`behind a real nginx, set as documented${told(reason)}`, () => {
  let folder: string;
  let proxy: ChildProcess;
  let product: Server;
  let port: number;
  const reached: { method: string | undefined; headers: IncomingHttpHeaders }[] = [];

  beforeAll(async () => {
    product = createServer(({ method, headers }, response) => {
      reached.push({ method, headers });
      response.end('product');
    });
    await new Promise<void>((resolve) => {
      product.listen(0, '127.0.0.1', resolve);
    });
    port = await freePort();
    folder = mkdtempSync(join(tmpdir(), 'nginx-'));
    const [, documented = ''] = /```nginx\n(.*?)```/s.exec(
      readFileSync('docs/forward-auth.md', 'utf8'),
    )!;
    const servers = documented
      .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replace('127.0.0.1:8000', `127.0.0.1:${(product.address() as AddressInfo).port}`)
      .replace('http://127.0.0.1:3000', service.url);
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join('\n');
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; pid ${folder}/pid; error_log stderr;\n` +
        `events {}\nhttp { access_log off; ${paths}\n${servers} }\n`,
    );
    proxy = spawn(NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
    await eventually(
      () =>
        fetch(`http://127.0.0.1:${port}/`).then(
          ({ status }) => status,
          () => undefined,
        ),
      'nginx',
    );
  });
  afterAll(() => {
    proxy.kill();
    product.close();
    product.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Over a plain connection, so that paths and headers arrive as they are written. */
  const through = (who: HttpClient, method: string, path: string, headers: object = {}) =>
    new Promise<{ status: number | undefined; headers: IncomingHttpHeaders }>((resolve, reject) => {
      const authorization = who.token === undefined ? {} : { authorization: `Bearer ${who.token}` };
      send(
        { host: '127.0.0.1', port, method, path, headers: { ...authorization, ...headers } },
        (response) => {
          response.resume();
          resolve({ status: response.statusCode, headers: response.headers });
        },
      )
        .on('error', reject)
        .end(method === 'POST' ? '{"url":"https://example.com"}' : undefined);
    });

  test('the product is reached by whoever may, and told who it is', async () => {
    reached.length = 0;
    expect((await through(ada, 'GET', '/project/billing?year=2026')).status).toBe(200);
    expect((await through(ada, 'POST', '/webhooks')).status).toBe(200);
    expect(reached.map(({ method }) => method)).toEqual(['GET', 'POST']);
    for (const { headers } of reached) {
      expect(headers).toMatchObject({
        'membership-organization': 'argus',
        'membership-principal': member,
      });
    }
  });

  test('the revision that the sender names is waited for', async () => {
    const told = async (atLeast: string) =>
      (await through(ada, 'GET', '/project/billing', { 'Membership-At-Least': atLeast })).status;
    expect(await told(revision('argus 2'))).toBe(200);
    expect(await told(revision('argus 999999'))).toBe(500);
    expect(await told('made-up')).toBe(403);
  });

  test('nobody else reaches it, whatever they send', async () => {
    reached.length = 0;
    const lies = { ...nginx('DELETE', '/webhooks'), 'Membership-Organization': 'evil' };
    const nobody = await through(service.anybody, 'GET', '/project/billing');
    expect([nobody.status, nobody.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="membership"',
    ]);
    expect((await through(vic, 'GET', '/project/billing')).status).toBe(403);
    expect((await through(ada, 'GET', '/nowhere', lies)).status).toBe(403);
    expect((await through(ada, 'GET', '/nowhere', traefik('DELETE', '/webhooks'))).status).toBe(
      403,
    );
    expect((await through(eve, 'GET', '/project/billing', lies)).status).toBe(403);
    expect((await through(vic, 'GET', '/membership')).status).toBe(404);
    expect(reached).toEqual([]);
  });

  test('what the sender says of itself does not reach the product', async () => {
    reached.length = 0;
    const lies = { 'Membership-Principal': 'mem_other', 'Membership-Organization': 'evil' };
    expect((await through(ada, 'GET', '/project/billing', lies)).status).toBe(200);
    expect(reached[0]?.headers).toMatchObject({
      'membership-organization': 'argus',
      'membership-principal': member,
    });
  });
});
