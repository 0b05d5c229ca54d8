import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenAPIObject } from '@nestjs/swagger';
import { withoutSecrets } from '../../apps/membership/src/logging.js';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

const read = (file: string): string => readFileSync(file, 'utf8');

describe('the service', () => {
  let service: TestService;
  let anybody: HttpClient;
  let ada: HttpClient;
  beforeAll(async () => {
    service = await TestService.start();
    ({ anybody } = service);
    ada = await service.signIn('ada@example.com', { name: 'Ada Lovelace' });
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
  });
  afterAll(() => service.stop());

  test('the OpenAPI document is the recorded one: "npm run openapi" records a change', async () => {
    const running = await anybody.get<string>('//openapi.json');
    const recorded = JSON.parse(read('docs/openapi.json')) as OpenAPIObject;
    expect(running.body).toEqual(recorded);
  });

  test('it says how it is', async () => {
    expect((await anybody.get('//health/live')).body).toEqual({ status: 'ok' });
    const { status, body } = await anybody.get<{ followers: { name: string; lag: number }[] }>(
      '//health/ready',
    );
    expect([status, body]).toMatchObject([200, { ready: true, quarantined: [] }]);
    const names = body.followers.map(({ name }) => name.split('@')[0]);
    expect(names).toEqual(expect.arrayContaining(['members', 'access', 'erasures', 'mailer']));
    const metrics = String((await anybody.get('//metrics')).body);
    for (const name of [
      'membership_commands_total{command="CreateOrganization",outcome="done"} 1',
      'membership_command_seconds_count',
      'membership_follower_lag{follower="access"}',
      'membership_log_head',
      'membership_http_request_seconds_count',
    ]) {
      expect(metrics).toContain(name);
    }
    expect(metrics).not.toMatch(/acme|example/);
  });

  test('HEAD is answered as GET is, without a body', async () => {
    const paths = service.service.routes
      .filter(({ method, path }) => method === 'GET' && path !== '/metrics')
      .map(({ path }) => path.replace(':organization', 'acme').replace(/:\w+/g, 'none'));
    expect(paths.length).toBeGreaterThan(40);
    for (const path of [...paths, '/api/v1/organizations/nowhere']) {
      for (const who of [anybody, ada]) {
        const get = await who.call(`/${path}`);
        const head = await who.call(`/${path}`, { method: 'HEAD' });
        expect([path, head.status, head.body]).toEqual([path, get.status, '']);
        const type = get.headers.get('content-type');
        expect([path, head.headers.get('content-type')]).toEqual([path, type]);
      }
    }
    const head = await anybody.call('//health/live', { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('15');
  });

  test('pages come with a policy that lets no foreign or inline script run', async () => {
    for (const path of ['//accept', '//docs']) {
      const { headers, body } = await anybody.get<string>(path);
      const policy = headers.get('content-security-policy')!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toMatch(/script-src 'self'(;|$)/);
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      // Every script and style is a file of this server; nothing is inline.
      expect(body).not.toMatch(/<script(?![^>]* src="\/)|<style|\son\w+=|style="/);
      for (const [, file] of body.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
        expect([file, (await anybody.get(`/${file}`)).status]).toEqual([file, 200]);
      }
    }
    const script = String((await anybody.get('//accept/page.js')).body);
    expect(() => new Function(script)).not.toThrow();
    expect((await anybody.get('//docs/swagger-initializer.js')).status).toBe(404);
    expect((await anybody.get('//docs/..%2fpackage.json')).status).toBe(404);
  });

  test('the mailbox is a page for a browser', async () => {
    const mail = { email: 'grace+<b>@example.com'.replace('<b>', 'b'), roles: ['member'] };
    await ada.post('/organizations/acme/invitations', mail);
    await service.mailTo('grace+b@example.com');
    const { body, headers } = await anybody.get<string>('//dev/mailbox', { accept: 'text/html' });
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect(body).toMatch(/href="http[^"]+\/accept#/);
    const invitations = Array.from({ length: 201 }, (_, index) => ({
      email: `many${index}@example.com`,
      roles: ['member'],
    }));
    const many = await ada.post('/organizations/acme/invitations/batch', { invitations });
    expect(many.status).toBe(200);
    await service.mailTo('many200@example.com');
    const { body: long } = await anybody.get<string>('//dev/mailbox', { accept: 'text/html' });
    expect(long).toMatch(/These are 200 of 20\d/);
    expect(long.match(/<article>/g)).toHaveLength(200);
  });

  test('a dry run says what would happen and writes nothing', async () => {
    const path = '/organizations/acme/invitations?dryRun=true';
    const invite = { email: 'dry@example.com', roles: ['member'] };
    const { status, body } = await ada.post<{ events: object[] }>(path, invite);
    expect([status, body]).toMatchObject([
      200,
      { dryRun: true, events: [{ type: 'member.invite' }] },
    ]);
    expect(JSON.stringify(body)).not.toContain('dry@example.com');
    const { body: list } = await ada.get<{ items: object[] }>(
      '/organizations/acme/invitations?email=dry@example.com',
    );
    expect(list.items).toEqual([]);
  });

  test('the same key gives the same answer, once; another body is refused', async () => {
    const path = '/organizations/acme/api-keys';
    const key = { 'idempotency-key': 'one' };
    const body = { name: 'pipeline', scopes: [] };
    const first = await ada.post(path, body, key);
    const second = await ada.post(path, body, key);
    const { secret, ...shown } = first.body;
    expect([first.status, second.status, typeof secret]).toEqual([201, 201, 'string']);
    expect(second.body).toEqual(shown);
    const other = await ada.post(path, { ...body, name: 'other' }, key);
    expect([other.status, other.body['code']]).toEqual([409, 'idempotency.key_reused']);
  });

  test('If-Match keeps two from overwriting each other', async () => {
    const { headers } = await ada.get('/organizations/acme');
    const tag = { 'if-match': headers.get('etag')! };
    const first = await ada.patch('/organizations/acme', { name: 'First' }, tag);
    const second = await ada.patch('/organizations/acme', { name: 'Second' }, tag);
    expect([first.status, second.status]).toEqual([200, 412]);
    expect(second.body['code']).toBe('precondition.failed');
    expect(first.headers.get('etag')).toBe(`"${String(first.body['revision'])}"`);
  });

  test('lists are pages; a cursor is good for its own list only', async () => {
    const first = await ada.get<{ nextCursor: string }>('/organizations/acme/audit?limit=1');
    const { nextCursor } = first.body;
    const next = await ada.get(`/organizations/acme/audit?limit=1&cursor=${nextCursor}`);
    expect(next.status).toBe(200);
    for (const path of ['members', 'audit?type=member.join']) {
      const mark = path.includes('?') ? '&' : '?';
      const { status, body } = await ada.get(
        `/organizations/acme/${path}${mark}cursor=${nextCursor}`,
      );
      expect([status, body['code']]).toEqual([400, 'cursor.invalid']);
    }
    const over = await ada.get('/organizations/acme/audit?limit=201');
    expect([over.status, over.body['code']]).toEqual([400, 'request.invalid']);
  });

  test('requests are followed through the log by their ids', async () => {
    const { headers } = await ada.get('/me', { 'x-correlation-id': 'trace-1' });
    expect(headers.get('x-correlation-id')).toBe('trace-1');
    const id = headers.get('x-request-id')!;
    const line = service.logs
      .map((one) => JSON.parse(one) as object)
      .find((one) => JSON.stringify(one).includes(id));
    expect(line).toMatchObject({ msg: 'request', route: '/api/v1/me', correlation: 'trace-1' });
    const forged = await ada.get('/me', { 'x-correlation-id': 'a b{}"' });
    expect(forged.headers.get('x-correlation-id')).toBe(forged.headers.get('x-request-id'));
  });

  test('what slips into a log line is taken out of it', () => {
    const line = withoutSecrets(
      '{"msg":"to ada@example.com with eyJhbGciOi.eyJzdWIi.c2ln and k1.acme.inv_01jx8q.1.abc-d"}',
    );
    expect(line).toBe('{"msg":"to [email] with [token] and [link]"}');
    const stack = 'at file:///srv/node_modules/@nestjs/core/router.js:1:2';
    expect(withoutSecrets(stack)).toBe(stack);
  });
});
