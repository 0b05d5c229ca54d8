/** The service comes back from an older backup, and its log goes on otherwise than it did before. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MembershipClient, type MembershipError } from '@membership/client';
import type { HttpClient } from '../support/http.js';
import { eventually, freePort, TestService } from '../support/service.js';
import { platformKey } from './support/robots.js';

let folder: string;
let settings: { HTTP_PORT: string };
let service: TestService;
let ben: string;
let client: MembershipClient;
/** One that writes. */
let mine: MembershipClient;
let ada: HttpClient;
const troubles: string[] = [];

/** Starts the service on what is in this folder, where its clients look for it. */
const serves = async (name: string, at: object = settings): Promise<void> => {
  service = await TestService.start({ ...at }, join(folder, name));
  ada = await service.signIn('ada@acme.example');
};
const stops = () => service.service.stop();
const may = (permission: string) =>
  client.check({ principal: ben, organization: 'acme', permission });
const code = (error: MembershipError): string => error.code;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'restored-'));
  settings = { HTTP_PORT: String(await freePort()) };
  await serves('live');
  const key = await platformKey(service);
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
  // Of what happens here the one who follows acme is told nothing.
  await ada.post('/organizations', { id: 'other', name: 'Other', catalogue: 'mondoo' });
  const email = 'ben@acme.example';
  await ada.post('/organizations/acme/invitations', { email, roles: ['viewer'] });
  const token = await service.linkOf(email);
  ben = String(
    (await (await service.signIn(email)).post('/invitations/accept', { token })).body['id'],
  );
  await stops();
  cpSync(join(folder, 'live'), join(folder, 'backup'), { recursive: true });

  await serves('live');
  client = new MembershipClient({
    baseUrl: service.url,
    token: key,
    onTrouble: (error) => void troubles.push(code(error)),
  });
  await client.watch('acme').synced();
  await ada.patch(`/organizations/acme/members/${ben}/roles`, { add: [{ role: 'editor' }] });
  await eventually(
    async () =>
      ((await may('spaces:update')).local && (await may('spaces:update')).allowed) || undefined,
    'news',
  );
  mine = new MembershipClient({ baseUrl: service.url, token: () => ada.token! });
  const organization = 'other';
  for (let n = 0; n < 20; n += 1) {
    await mine.api.updateOrganization({ organization, body: { name: `Lost ${n}` } });
  }
}, 60_000);
afterAll(async () => {
  mock.restoreAll();
  client.close();
  mine.close();
  await stops();
  rmSync(folder, { recursive: true, force: true });
});

test('whoever answers from what they were told is told anew, however far the log has come', async () => {
  await stops();
  // Nobody follows it while it grows past the place that was told last.
  await serves('backup', { HTTP_PORT: '0' });
  for (let n = 0; n < 10; n += 1) await ada.patch('/organizations/acme', { name: `Acme ${n}` });
  await stops();
  await serves('backup');
  const { allowed } = await eventually(
    async () => {
      const answer = await may('spaces:update').catch(() => undefined);
      return answer?.local && troubles.includes('cursor.invalid') ? answer : undefined;
    },
    'answer',
    20_000,
  );
  expect(allowed).toBe(false);
  expect((await may('spaces:view')).allowed).toBe(true);
}, 60_000);

test('what a client has written itself and was lost, it waits for no longer than a minute', async () => {
  const principal = String((await ada.get('/me')).body['id']);
  const question = { principal, organization: 'other', permission: 'spaces:view' };
  // It could be a node that is behind.
  await expect(mine.check(question)).rejects.toMatchObject({ code: 'read.not_yet' });
  const now = Date.now;
  mock.method(Date, 'now', () => now() + 61_000);
  expect((await mine.check(question)).allowed).toBe(true);
  const own = mine.check({ ...question, atLeast: Buffer.from('other 999').toString('base64url') });
  await expect(own).rejects.toMatchObject({ code: 'read.not_yet' });
}, 60_000);
