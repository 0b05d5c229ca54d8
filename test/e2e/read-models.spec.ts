/** What a service leaves behind when it stops: rows that are the fold of its log. */
import { afterEach, expect, test } from '@jest/globals';
import { differencesIn, storeIn } from '../projections/comparing.js';
import { TestService } from '../support/service.js';

let service: TestService | undefined;
afterEach(() => service?.stop());

test('every row is what the events say, names and addresses too, and after an erasure', async () => {
  const started = await TestService.start();
  service = started;
  const ada = await started.signIn('ada@example.com', { name: 'Ada', platformAdmin: true });
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
  for (const name of ['bob', 'cid', 'dan']) {
    const body = { email: `${name}@example.com`, roles: ['viewer'] };
    expect((await ada.post('/organizations/acme/invitations', body)).status).toBe(201);
  }
  const bob = await started.signIn('bob@example.com', { name: 'Bob' });
  const token = await started.linkOf('bob@example.com');
  expect((await bob.post('/invitations/accept', { token })).status).toBe(200);
  expect((await bob.post('/me/erase', {})).status).toBe(200);
  const { body } = await ada.get<{ items: object[] }>('/organizations/acme/members');
  expect(body.items).toHaveLength(4);
  await started.service.stop();
  expect(await differencesIn(started.dataDir)).toEqual([]);

  const store = await storeIn(started.dataDir);
  const wrong = store.db.updateTable('organizations__1' as never).set({ name: 'X' } as never);
  await wrong.execute();
  await store.close();
  expect(await differencesIn(started.dataDir)).toEqual([
    expect.stringContaining('organization-acme name: "X" should be "Acme"'),
    expect.stringContaining('organization-platform name: "X" should be "Platform"'),
  ]);
});
