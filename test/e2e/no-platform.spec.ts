/** An installation whose settings name nobody of the platform. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

let service: TestService;
let ada: HttpClient;

beforeAll(async () => {
  service = await TestService.start();
  ada = await service.signIn('ada@example.com');
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
});
afterAll(() => service.stop());

test.each([
  '/events',
  '/access/changes',
  '/access/organizations?principal=user:ben@example.com&permission=spaces:view',
  '/users/user:ben@example.com/memberships',
  '/catalogues/mondoo/adoptions',
])('whoever asks across organizations is told what to ask: %s', async (path) => {
  const { status, body } = await ada.get(path);
  expect([status, body['code']]).toEqual([404, 'organization.not_found']);
  expect(body['detail']).toBe(
    'Only members of the platform may ask this of every organization, or of the platform itself; name an organization that you are a member of.',
  );
});

test('of one organization it is answered', async () => {
  expect((await ada.get('/events?organization=acme&beginning=true')).status).toBe(200);
  expect((await ada.get('/users/user:ada@example.com/memberships')).status).toBe(200);
});
