/** One organization whose event a read model can't apply: its reads stop, everybody else's go on. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openDatabase } from '#database/sqlite.js';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';

describe('an organization whose event a read model can not apply', () => {
  let service: TestService;
  let ada: HttpClient;
  let root: HttpClient;

  beforeAll(async () => {
    service = await TestService.start();
    root = await service.signIn('root@example.com', { platformAdmin: true });
    ada = await service.signIn('ada@example.com');
    for (const id of ['broken', 'whole']) {
      expect((await ada.post('/organizations', { id, name: id, catalogue: 'vygl' })).status).toBe(
        201,
      );
    }
    await ada.get('/me/memberships');
    const database = openDatabase(join(service.dataDir, 'read-models.db'));
    const [{ name: table }] = database
      .prepare("select name from sqlite_master where type = 'table' and name like 'organizations%'")
      .all() as [{ name: string }];
    database.exec(
      `create trigger no_fatal before update on ${table} when new.name = 'Fatal'
       begin select raise(abort, 'this name can not be stored'); end`,
    );
    database.close();
    expect((await ada.patch('/organizations/broken', { name: 'Fatal' })).status).toBe(200);
    await eventually(async () => {
      const { body } = await service.anybody.get<{ quarantined: object[] }>('//health/ready');
      return body.quarantined.length > 0 || undefined;
    }, 'quarantine');
  });
  afterAll(() => service.stop());

  test.each(['', '/members', '/invitations', '/audit', '/roles'])(
    'its %s is refused with a code, the others’ is answered',
    async (path) => {
      const refused = await ada.get(`/organizations/broken${path}`);
      expect([refused.status, refused.body['code']]).toEqual([503, 'read.quarantined']);
      expect((await ada.get(`/organizations/whole${path}`)).status).toBe(200);
    },
  );

  test('health names the event, and the service is ready for the others', async () => {
    const { status, body } = await service.anybody.get<{ quarantined: object[] }>('//health/ready');
    expect([status, body.quarantined]).toEqual([
      200,
      [expect.objectContaining({ organization: 'broken', event: 'organization.rename 2' })],
    ]);
  });

  test('whoever belongs to both reads of both; the row that can’t be trusted says so', async () => {
    const { body } = await ada.get<{ id: string }>('/me');
    const lists = [
      await ada.get<{ items: object[] }>('/me/memberships'),
      await root.get<{ items: object[] }>(`/users/${body.id}/memberships`),
    ];
    for (const { status, body: list } of lists) {
      expect(status).toBe(200);
      expect(list.items).toEqual([
        expect.objectContaining({ organization: 'broken', status: 'active', quarantined: true }),
        expect.not.objectContaining({ quarantined: expect.anything() }),
      ]);
      expect(list.items).toMatchObject([{ organization: 'broken' }, { organization: 'whole' }]);
    }
  });

  test('commands go on in both: they never look at rows', async () => {
    for (const id of ['broken', 'whole']) {
      const body = { email: `ben@${id}.example`, roles: ['viewer'] };
      expect((await ada.post(`/organizations/${id}/invitations`, body)).status).toBe(201);
    }
  });

  test('what could not be applied is applied once that is possible, and reads go on', async () => {
    const database = openDatabase(join(service.dataDir, 'read-models.db'));
    database.exec('drop trigger no_fatal');
    database.close();
    const repair = { organization: 'broken' };
    expect((await root.post('/read-models/organizations/rebuild', repair)).body['status']).toBe(
      'done',
    );
    const { status, body } = await ada.get('/organizations/broken');
    expect([status, body['name']]).toEqual([200, 'Fatal']);
    const { body: mine } = await ada.get<{ items: object[] }>('/me/memberships');
    expect(mine.items[0]).not.toHaveProperty('quarantined');
  });
});
