/** A byte of one organization's history changes on disk: it is closed, named, and nobody else's trouble. */
import { afterEach, expect, test } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flip } from '../support/damage.js';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';

interface Ready {
  readonly quarantined: readonly { readModel: string; organization: string; event: string }[];
}

let service: TestService;
afterEach(() => service.stop());

/** Stops, changes the file, and starts again on the same data. */
const restarted = async (change: (file: string) => void): Promise<void> => {
  await service.service.stop();
  change(join(service.dataDir, 'events.db'));
  rmSync(join(service.dataDir, 'snapshots.db'));
  service = await TestService.start({ MAIL_FROM_POSITION: 'end' }, service.dataDir);
};

const answer = async (one: Promise<{ status: number; body: object }>) => {
  const { status, body } = await one;
  return [status, (body as { code?: string }).code];
};

const founded = async (ada: HttpClient, id: string, name: string) => {
  await ada.post('/organizations', { id, name: id, catalogue: 'vygl' });
  expect((await ada.patch(`/organizations/${id}`, { name })).status).toBe(200);
};
const view = (organization: string) => ({
  principal: 'user:ada@example.com',
  organization,
  permission: 'organization:view',
});

test('closes that organization, names the event, and goes on with the rest', async () => {
  service = await TestService.start();
  let ada = await service.signIn('ada@example.com');
  await founded(ada, 'hurt', 'Unmistakable');
  await founded(ada, 'whole', 'Whole');
  await restarted((file) => flip(file, 'Unmistakable'));
  ada = await service.signIn('ada@example.com');

  const ready = await service.anybody.get<Ready>('//health/ready');
  expect(ready.status).toBe(200);
  const named = ready.body.quarantined.map((one) => `${one.readModel} ${one.organization}`);
  expect(named).toEqual(expect.arrayContaining(['access hurt', 'log hurt']));
  expect(named.filter((one) => !one.endsWith(' hurt'))).toEqual([]);
  expect(ready.body.quarantined.map(({ event }) => event)).toEqual(named.map(() => 'damaged 2'));
  const metrics = String((await service.anybody.get('//metrics')).body);
  expect(metrics).toMatch(/membership_quarantined_organizations [1-9]/);

  const closed = [503, 'read.quarantined'];
  expect(await answer(ada.post('/access/check', view('hurt')))).toEqual(closed);
  expect(await answer(ada.get('/organizations/hurt/members'))).toEqual(closed);
  expect(await answer(ada.patch('/organizations/hurt', { name: 'X' }))).toEqual(closed);
  const invite = { email: 'bob@example.com', roles: ['viewer'] };
  expect(await answer(ada.post('/organizations/hurt/invitations', invite))).toEqual(closed);

  const eve = await service.signIn('eve@example.com');
  const none = [404, 'organization.not_found'];
  expect(await answer(eve.get('/organizations/hurt/members'))).toEqual(none);
  expect(await answer(eve.patch('/organizations/hurt', { name: 'X' }))).toEqual(none);
  expect(await answer(eve.post('/organizations/hurt/api-keys', { name: 'k', scopes: [] }))).toEqual(
    none,
  );
  expect(
    await answer(eve.delete('/organizations/hurt/members/mem_01jx8q5v3mf2h9k7c4n6t0wzpd')),
  ).toEqual(none);

  const listed = await ada.get<{ items: object[] }>(
    `/access/organizations?principal=user:ada@example.com&permission=${view('hurt').permission}`,
  );
  expect(listed.body.items).toEqual([
    { organization: 'hurt', quarantined: true },
    { organization: 'whole' },
  ]);
  const where = {
    subject: { type: 'user', id: 'ada@example.com' },
    action: { name: view('hurt').permission },
    resource: { type: 'organization' },
  };
  expect((await ada.post('//access/v1/search/resource', where)).body).toEqual({
    page: { next_token: '', count: 1 },
    context: { quarantined: ['hurt'] },
    results: [{ type: 'organization', id: 'whole' }],
  });

  expect((await ada.post('/access/check', view('whole'))).body['allowed']).toBe(true);
  expect((await ada.post('/organizations/whole/invitations', invite)).status).toBe(201);
  const token = await service.linkOf('bob@example.com');
  const bob = await service.signIn('bob@example.com');
  expect((await bob.post('/invitations/accept', { token })).status).toBe(200);
  const members = await ada.get<{ items: object[] }>('/organizations/whole/members');
  expect(members.body.items).toHaveLength(2);
});

test('with the read models built anew, until the file is restored and the organization repaired', async () => {
  service = await TestService.start();
  let ada = await service.signIn('ada@example.com', { platformAdmin: true });
  await founded(ada, 'hurt', 'Unmistakable');
  await founded(ada, 'whole', 'Whole');
  let before = Buffer.alloc(0);
  await restarted((file) => {
    before = readFileSync(file);
    flip(file, 'Unmistakable');
    rmSync(join(service.dataDir, 'read-models.db'));
  });
  ada = await service.signIn('ada@example.com');
  const rebuild = () => ada.post('/read-models/members/rebuild', { organization: 'hurt' });
  const members = () => ada.get<{ items: object[] }>('/organizations/hurt/members');
  expect(await answer(members())).toEqual([503, 'read.quarantined']);
  const { body } = await service.anybody.get<Ready>('//health/ready');
  expect(new Set(body.quarantined.map((one) => `${one.organization} ${one.event}`))).toEqual(
    new Set(['hurt damaged 2']),
  );
  expect(new Set(body.quarantined.map((one) => one.readModel.split('@')[0]))).toEqual(
    new Set(['access', 'audit', 'invitations', 'log', 'members', 'organizations']),
  );
  expect(await answer(rebuild())).toEqual([503, 'read.quarantined']);

  await restarted((file) => writeFileSync(file, before));
  ada = await service.signIn('ada@example.com');
  expect((await rebuild()).status).toBe(200);
  const nowhere = ada.post('/read-models/members/rebuild', { organization: 'hurtt' });
  expect(await answer(nowhere)).toEqual([404, 'organization.not_found']);
  await eventually(async () => {
    const { body: now } = await service.anybody.get<Ready>('//health/ready');
    return now.quarantined.length === 0 || undefined;
  }, 'end of the quarantine');
  expect((await members()).body.items).toHaveLength(1);
});

test('of the platform: nobody has power from it, and everybody else goes on', async () => {
  service = await TestService.start();
  let root = await service.signIn('root@example.com', { platformAdmin: true });
  let ada = await service.signIn('ada@example.com');
  await founded(ada, 'whole', 'Whole');
  expect((await root.get('/organizations/whole')).status).toBe(200);
  await restarted((file) => flip(file, '"source":"configuration"'));
  [root, ada] = [await service.signIn('root@example.com'), await service.signIn('ada@example.com')];
  expect(await answer(root.get('/organizations/whole'))).toEqual([404, 'organization.not_found']);
  const suspended = await answer(root.post('/organizations/whole/suspend', {}));
  expect(suspended).toEqual([404, 'organization.not_found']);
  expect((await ada.patch('/organizations/whole', { name: 'Still' })).status).toBe(200);
  expect((await ada.get('/organizations/whole')).body).toMatchObject({ name: 'Still' });
});
