/** A key's id is known to many; its secret is what whoever has the key calls with. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

let service: TestService;
let ada: HttpClient;
let key: { readonly id: string; readonly secret: string };
const check = (who: HttpClient, named: string) =>
  who.post('/access/keys/check', { key: named, organization: 'acme', scope: 'scan:write' });

beforeAll(async () => {
  service = await TestService.start();
  ada = await service.signIn('ada@example.com');
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
  const asked = { name: 'Scanner', owner: 'organization', scopes: ['scan:write'] };
  key = (await ada.post<typeof key>('/organizations/acme/api-keys', asked)).body;
});
afterAll(() => service.stop());

test('the whole key in the place of its id is refused, and what it is for is said', async () => {
  const { status, body } = await check(ada, key.secret);
  expect([status, body['code']]).toEqual([400, 'request.invalid']);
  expect(body['detail']).toMatch(/\/key must be the id alone, .*"Authorization: Bearer key_…_…"/);
  expect(JSON.stringify(body)).not.toContain(key.secret);
  expect((await check(ada, `${key.id}x`)).body['detail']).toContain('must be an id such as key_');
});

test('whoever has it calls with it, and is told whose it is and what it may', async () => {
  const holder = new HttpClient(service.url, key.secret);
  expect((await check(holder, key.id)).body).toMatchObject({ allowed: true });
  expect((await holder.get('/me')).body).toMatchObject({ key: key.id, organization: 'acme' });
  const guessing = new HttpClient(service.url, `${key.secret.slice(0, -4)}AAAA`);
  expect((await check(guessing, key.id)).status).toBe(401);
});
