/** Who somebody is, is who they signed in as; a key stands for whose it is. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

let service: TestService;
let ada: HttpClient;

beforeAll(async () => {
  service = await TestService.start();
  ada = await service.signIn('ada@example.com');
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
});
afterAll(() => service.stop());

interface Rows {
  readonly items: readonly Record<string, unknown>[];
}

test('a founder who names themselves is not whom they name', async () => {
  const mallory = await service.signIn('mallory@mallory.example');
  const { subject } = (await mallory.get('/me')).body;
  const founder = { subject, email: 'ceo@victim.example', name: 'Mal' };
  const asked = { id: 'forged', name: 'Forged', catalogue: 'wasviking', founder };
  const founded = await mallory.post('/organizations', asked);
  expect(founded).toMatchObject({
    status: 201,
    body: { policies: { 'emailDomains.own': ['mallory.example'] } },
  });
  expect((await mallory.get<Rows>('/organizations/forged/members')).body.items).toMatchObject([
    { email: 'mallory@mallory.example', name: 'Mal' },
  ]);
});

test('whoever the platform names is named as it says', async () => {
  const root = await service.signIn('root@example.com', { platformAdmin: true });
  const founder = { subject: 'bob@example.com', email: 'bob@bob.example' };
  await root.post('/organizations', { id: 'bobs', name: 'Bobs', catalogue: 'vygl', founder });
  expect((await root.get<Rows>('/organizations/bobs/members')).body.items).toMatchObject([
    { email: 'bob@bob.example' },
  ]);
});

const keyOf = async (who: HttpClient, body: object = {}) => {
  const path = '/organizations/acme/api-keys';
  const made = await who.post<Record<string, string>>(path, { name: 'k', scopes: [], ...body });
  expect(made).toMatchObject({ status: 201 });
  return { owner: made.body['owner'], robot: service.anybody.as(made.body['secret']!) };
};

test('what a key makes without naming an owner is its owner’s', async () => {
  const { robot, owner } = await keyOf(ada);
  expect((await keyOf(robot)).owner).toBe(owner);
  const organizations = await keyOf(ada, { owner: 'organization' });
  expect(organizations.owner).toBe('organization');
});

test('a service account may ask about itself', async () => {
  const at = '/organizations/acme';
  const there = await ada.post<Record<string, string>>(`${at}/spaces`, { name: 'North' });
  const bot = { name: 'bot', roles: ['agent'], space: there.body['id'] };
  const made = await ada.post<Record<string, string>>(`${at}/service-accounts`, bot);
  const account = made.body['id']!;
  const { robot } = await keyOf(ada, { owner: account });
  const question = { organization: 'acme', principal: account, permission: 'members:view' };
  expect(await robot.post('/access/check', question)).toMatchObject({ status: 200 });
  const { items } = (await ada.get<Rows>('/organizations/acme/members')).body;
  const other = { ...question, principal: items[0]!['id'] };
  expect(await robot.post('/access/check', other)).toMatchObject({ status: 403 });
});
