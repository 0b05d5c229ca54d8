/** What a service leaves behind when it stops: rows that are the fold of its log. */
import { afterEach, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { ReadStore } from '#readstore/store.js';
import { differencesIn } from '../projections/comparing.js';
import { TestService } from '../support/service.js';

let service: TestService;
afterEach(() => service.stop());

test('every row is what the events say, names and addresses too, and after an erasure', async () => {
  service = await TestService.start();
  const ada = await service.signIn('ada@example.com', { name: 'Ada', platformAdmin: true });
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
  for (const name of ['bob', 'cid', 'dan']) {
    const body = { email: `${name}@example.com`, roles: ['viewer'] };
    expect((await ada.post('/organizations/acme/invitations', body)).status).toBe(201);
  }
  const bob = await service.signIn('bob@example.com', { name: 'Bob' });
  const token = await service.linkOf('bob@example.com');
  expect((await bob.post('/invitations/accept', { token })).status).toBe(200);
  expect((await bob.post('/me/erase', {})).status).toBe(200);
  const { body } = await ada.get<{ items: object[] }>('/organizations/acme/members');
  expect(body.items).toHaveLength(4);
  await service.service.stop();
  expect(await differencesIn(service.dataDir)).toEqual([]);

  const store = new ReadStore(join(service.dataDir, 'read-models.db'));
  const wrong = store.db.updateTable('organizations__1' as never).set({ name: 'X' } as never);
  store.runOnce(wrong.compile());
  store.close();
  expect(await differencesIn(service.dataDir)).toEqual([
    expect.stringContaining('organization-acme name: "X" should be "Acme"'),
    expect.stringContaining('organization-platform name: "X" should be "Platform"'),
  ]);
});
