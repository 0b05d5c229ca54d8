/** The whole service while PostgreSQL is not there: it says so, and goes on when it is back. */
import { expect, test } from '@jest/globals';
import { keyOf } from '../client/support/robots.js';
import { Cutting } from '../support/cutting.js';
import { dropSchema, schemaOf, serviceInPostgres, urlOf } from '../support/postgres.js';
import { eventually, TestService, use } from '../support/service.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', () => {
  test('what needs no rows is answered, what does is 503, and nothing is lost', async () => {
    const way = await Cutting.open(urlOf());
    use((folder) => ({ ...serviceInPostgres(folder), DATABASE_URL: way.url }));
    const service = await TestService.start();
    const connection = service.grpc;
    try {
      const ada = await service.signIn('ada@example.com', { name: 'Ada' });
      await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
      const me = await ada.get<{ id: string }>('/me');
      const check = () =>
        ada.post<{ allowed: boolean }>('/access/check', {
          principal: me.body.id,
          organization: 'acme',
          permission: 'members:view',
        });
      const members = () => ada.get<{ items: object[] }>('/organizations/acme/members');
      const listing = async (count: number) => {
        const { status, body } = await members();
        return status === 200 && body.items.length === count ? body.items : undefined;
      };
      await eventually(() => listing(1), 'founder', 20_000);
      const robot = service.anybody.as(await keyOf(ada, 'acme', 'viewer'));
      expect((await robot.get('/me')).status).toBe(200);
      const before = await check();
      expect(before).toMatchObject({ status: 200, body: { allowed: true } });

      way.away();
      const answer = await members();
      expect([answer.status, (answer.body as { code?: string }).code]).toEqual([
        503,
        'read.not_yet',
      ]);
      const told = await connection.as(ada.token!).call('ListMembers', { organization: 'acme' });
      expect(told.code).toBe('read.not_yet');
      const asked = await robot.post('/access/check', { organization: 'acme' });
      expect([asked.status, asked.body['code']]).toEqual([503, 'authentication.unavailable']);
      expect(await check()).toMatchObject({ status: 200, body: before.body });
      // A new person needs a new key, before anything is written.
      const key = { 'idempotency-key': 'bob' };
      const body = { email: 'bob@example.com', roles: ['viewer'] };
      const invite = () => ada.post('/organizations/acme/invitations', body, key);
      const refused = await invite();
      expect([refused.status, refused.body['code']]).toEqual([503, 'write.unavailable']);

      way.back();
      await eventually(
        async () => (await invite()).status === 201 || undefined,
        'invitation',
        20_000,
      );
      const listed = await eventually(() => listing(2), 'both members', 20_000);
      expect(listed).toMatchObject([{ name: 'Ada' }, { email: 'bob@example.com' }]);
      await service.mailTo('bob@example.com');
    } finally {
      connection.close();
      await service.stop();
      way.close();
      for (const part of ['read_models', 'vault', 'snapshots']) {
        await dropSchema(`${schemaOf(service.dataDir)}_${part}`);
      }
    }
  });
});
