/**
 * At its most talkative the service names nobody and gives nothing away that opens a door: whatever
 * a request carries, wherever it carries it, and also when something breaks.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import { Contract } from '../support/contract.js';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';
import { tracesIn } from '../support/traces.js';
import { MailServer } from '../mailing/smtp-server.js';

const mina = { email: 'wilhelmina@carfax.example', name: 'Wilhelmina Murray' };
const ada = { email: 'augusta@carfax.example', name: 'Augusta Byron' };
const MESSAGE = 'the count is waiting';
/** What nobody may read in a log, whoever has sent it. */
const secrets = new Set([...Object.values(mina), ...Object.values(ada), MESSAGE]);
/** What the last line of defence has taken out should not have come so far. */
const TAKEN_OUT = /\[(token|key|link|email)\]/;

const linesOf = ({ logs }: TestService) =>
  logs.map((line) => JSON.parse(line) as Record<string, unknown>);

const expectNothingTold = (service: TestService): void => {
  expect(tracesIn(Buffer.from(service.logs.join('')), [...secrets])).toEqual([]);
  expect(service.logs.filter((line) => TAKEN_OUT.test(line))).toEqual([]);
};

describe('what is logged at level trace', () => {
  let service: TestService;
  let founder: HttpClient;
  let guest: HttpClient;
  let key: HttpClient;
  let link: string;

  beforeAll(async () => {
    service = await TestService.start({ LOG_LEVEL: 'trace' });
    founder = await service.signIn(ada.email, { name: ada.name });
    guest = await service.signIn(mina.email, { name: mina.name });
    await founder.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    const invitation = { email: mina.email, roles: ['viewer'], message: MESSAGE };
    await founder.post('/organizations/acme/invitations', invitation);
    link = await service.linkOf(mina.email);
    const made = await founder.post('/organizations/acme/api-keys', { name: 'k', scopes: [] });
    const secret = String(made.body['secret']);
    key = service.anybody.as(secret);
    for (const one of [link, secret, founder.token!, guest.token!]) secrets.add(one);
  });
  afterAll(() => service.stop());

  test('a life: invited, signed in, renamed, looked for, erased', async () => {
    await service.anybody.post('/invitations/lookup', { token: link });
    const joined = await guest.post('/invitations/accept', { token: link, name: mina.name });
    expect(joined.status).toBe(200);
    const member = `/organizations/acme/members/${String(joined.body['id'])}`;
    const { status } = await founder.patch(member, { name: `${mina.name} Harker` });
    expect(status).toBe(200);
    for (const asked of [`members?q=${mina.name}`, `invitations?email=${mina.email}`, 'audit']) {
      expect((await founder.get(`/organizations/acme/${asked}`)).status).toBe(200);
    }
    expect((await founder.get('/organizations/acme/audit/export?format=csv')).status).toBe(200);
    expect((await key.get('/me')).status).toBe(200);
    expect((await guest.post('/me/erase', {})).status).toBe(200);
    expectNothingTold(service);
  });

  test('every route, asked by everybody, with everything in its path, query, body and headers', async () => {
    const body = { ...mina, token: link, message: MESSAGE, [mina.email]: mina.name };
    const query = new URLSearchParams({ q: mina.name, email: mina.email, token: link });
    const headers = {
      'membership-act-for': mina.email,
      'membership-act-for-email': mina.email,
      'idempotency-key': mina.email,
      'if-match': `"${mina.email}"`,
      'x-correlation-id': mina.name,
      'x-project': mina.email,
    };
    const before = service.logs.length;
    const { routes } = service.service;
    for (const { method, path } of routes) {
      const inPath = (name: string) =>
        `/${path.replace(/:organization/, 'acme').replace(/:\w+/g, encodeURIComponent(name))}`;
      const sent = method === 'GET' ? {} : { body };
      for (const who of [service.anybody, founder, guest, key]) {
        const tried = method === 'GET' ? '' : '?dryRun=true';
        await who.call(`${inPath(mina.email)}${tried}`, { method, ...sent });
        await who.call(`${inPath(mina.name)}?${query.toString()}`, { method, headers, ...sent });
      }
    }
    expect(service.logs.length).toBeGreaterThanOrEqual(before + 8 * routes.length);
    expectNothingTold(service);
  });

  test('requests as the API document shows them, their people being real', async () => {
    for (const { method, path, example, takesDryRun } of new Contract().operations) {
      const where = path.replace('{organization}', 'acme').replace(/\{\w+\}/g, mina.email);
      const text = JSON.stringify({ ...example, message: MESSAGE }).replace(
        /[\w.]+@[\w.]+/g,
        mina.email,
      );
      await founder.call(`/${where}${takesDryRun ? '?dryRun=true' : ''}`, {
        method,
        ...(method === 'GET' ? {} : { body: text }),
      });
    }
    expectNothingTold(service);
  });

  test('what can not be read at all', async () => {
    const { anybody, url } = service;
    await founder.post('/organizations/acme/invitations', `{"email": "${mina.email}", ${link}`);
    await founder.post(`/organizations`, mina.email, { 'content-type': `text/${mina.name}` });
    await founder.post('/organizations/acme/invitations', { message: MESSAGE.repeat(10_000) });
    await anybody.get(`/nowhere/${mina.email}?token=${link}`);
    await anybody.as(`${founder.token}x`).get('/me');
    await anybody.as(`${mina.email}`).get('/me');
    await fetch(`${url}//%${mina.email}`);
    await fetch(`${url}/api/v1/me`, { headers: { authorization: `Basic ${link}` } });
    expectNothingTold(service);
  });

  test('each request has its ids, on every line that is about it', () => {
    const about = linesOf(service).filter(({ msg }) => msg === 'request');
    expect(about.length).toBeGreaterThan(500);
    for (const line of about) {
      expect(line).toMatchObject({ request: expect.stringMatching(/^req_[0-9a-f]{32}$/) });
      expect(line).toMatchObject({ correlation: expect.any(String) });
    }
  });

  test('a revision that is not there yet is no error of the service', async () => {
    const late = Buffer.from('acme 999999').toString('base64url');
    const own = { 'x-correlation-id': 'trace-6' };
    const { status } = await founder.get(`/organizations/acme?atLeast=${late}`, own);
    expect(status).toBe(503);
    const lines = linesOf(service).filter(({ correlation }) => correlation === 'trace-6');
    expect(lines.map(({ msg, level }) => [level, msg])).toEqual([['warn', 'request']]);
  });

  test('and when the ground gives way, an error says where, with the same ids', async () => {
    const database = new Database(join(service.dataDir, 'read-models.db'));
    const tables = database
      .prepare("select name from sqlite_master where type = 'table' and name like 'members%'")
      .all() as { name: string }[];
    for (const { name } of tables) database.exec(`drop table "${name}"`);
    database.close();
    const { status } = await founder.get(`/organizations/acme/members?q=${mina.name}`, {
      'x-correlation-id': 'trace-7',
    });
    expect(status).toBe(500);
    const lines = linesOf(service).filter(({ correlation }) => correlation === 'trace-7');
    expect(lines.map(({ msg, level }) => [level, msg])).toEqual([
      ['error', 'unexpected error'],
      ['error', 'request'],
    ]);
    expect(new Set(lines.map(({ request }) => request)).size).toBe(1);
    expectNothingTold(service);
  });
});

describe('a mail server that says whom it does not know', () => {
  const mails = new MailServer();
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start({ LOG_LEVEL: 'trace', SMTP_URL: await mails.listen() });
  });
  afterAll(async () => {
    await service.stop();
    await mails.close();
  });

  test.each([
    ['for good', 550],
    ['for now', 450],
  ])('%s is not repeated', async (_, code) => {
    const id = `org_${code}`;
    mails.atRecipient.set(mina.email, [{ code, text: `${mina.email} ${mina.name} is unknown` }]);
    const founder = await service.signIn(ada.email, { name: ada.name });
    await founder.post('/organizations', { id, name: 'Acme', catalogue: 'vygl' });
    const invitation = { email: mina.email, roles: ['member'], message: MESSAGE };
    await founder.post(`/organizations/${id}/invitations`, invitation);
    await eventually(async () => {
      const { body } = await founder.get<{
        items: { delivery?: { status: string; reason?: string } }[];
      }>(`/organizations/${id}/invitations`);
      return body.items.find((one) => one.delivery?.reason !== undefined)?.delivery;
    }, 'delivery that failed');
    expectNothingTold(service);
  });
});
