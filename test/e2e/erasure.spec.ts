/** A person is forgotten in every organization that holds anything of them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';

describe('forgetting a person everywhere', () => {
  let service: TestService;
  let ada: HttpClient;
  let grace: HttpClient;
  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@example.com');
    for (const id of ['open', 'ended', 'acted', 'other']) {
      await ada.post('/organizations', { id, name: id, catalogue: 'vygl' });
    }
    grace = await service.signIn('grace@example.com', { platformAdmin: true });
  });
  afterAll(() => service.stop());

  test('reaches open and ended invitations, and where they acted for the platform', async () => {
    const invite = async (organization: string): Promise<string> => {
      const body = { email: 'Grace@example.com', roles: ['viewer'] };
      const invited = await ada.post(`/organizations/${organization}/invitations`, body);
      expect(invited.status).toBe(201);
      return String(invited.body['id']);
    };
    await invite('open');
    const revoked = await invite('ended');
    await ada.post(`/organizations/ended/invitations/${revoked}/revoke`, {});
    expect((await grace.post('/organizations/acted/suspend', {})).status).toBe(200);
    expect((await grace.post('/organizations/acted/resume', {})).status).toBe(200);
    // Somebody else keeps the platform.
    await service.signIn('root@example.com', { platformAdmin: true });

    const { status, body } = await grace.post<{ results: object[] }>('/me/erase', {});
    expect(status).toBe(200);
    expect(body.results).toMatchObject(
      ['acted', 'ended', 'open', 'platform'].map((organization) => ({
        organization,
        status: 'erased',
      })),
    );
    for (const organization of ['open', 'ended']) {
      const path = `/organizations/${organization}/invitations`;
      const { body: found } = await ada.get<{ items: object[] }>(path);
      expect(found.items).toMatchObject([{ status: 'revoked', email: null }]);
    }
    await eventually(async () => {
      const path = '/organizations/acted/audit?type=organization.suspend';
      const { body: audit } = await ada.get<{ items: { clientAddress: unknown }[] }>(path);
      return audit.items[0]?.clientAddress === null || undefined;
    }, 'erased address');
    const again = await grace.post<{ results: object[] }>('/me/erase', {});
    expect(again.status).toBe(200);
  });

  test('is for the platform too, and tells nobody else where they are', async () => {
    const root = await service.signIn('root@example.com', { platformAdmin: true });
    const hal = await service.signIn('hal@example.com');
    const invite = async (organization: string, email: string, role = 'viewer') => {
      const path = `/organizations/${organization}/invitations`;
      const asked = organization === 'platform' ? root : ada;
      expect((await asked.post(path, { email, roles: [role] })).status).toBe(201);
    };
    const accept = async (who: HttpClient, email: string) =>
      who.post('/invitations/accept', { token: await service.linkOf(email) });
    await invite('open', 'hal@example.com');
    const { body: member } = await accept(hal, 'hal@example.com');
    await invite('other', 'hal@example.com');
    const audrey = await service.signIn('audrey@example.com');
    await invite('platform', 'audrey@example.com', 'platform-auditor');
    await accept(audrey, 'audrey@example.com');

    const forget = (who: HttpClient, user = 'user:hal@example.com', query = '') =>
      who.post<{ results: object[]; code?: string }>(`/users/${user}/erase${query}`, {
        email: 'hal@example.com',
      });
    for (const user of ['user:hal@example.com', 'user:nobody@example.com', 'usr_nobody']) {
      expect((await forget(ada, user)).body.code).toBe('organization.not_found');
      expect((await forget(audrey, user)).body.code).toBe('permission.denied');
    }
    expect((await forget(root, 'hal@example.com')).body.code).toBe('request.invalid');
    const tried = await forget(root, undefined, '?dryRun=true');
    const at = (status: string) => ['open', 'other'].map((one) => ({ organization: one, status }));
    expect(tried.body.results).toMatchObject(at('would_be_erased'));
    const path = `/organizations/open/members/${String(member['id'])}`;
    expect((await ada.get(path)).body['status']).toBe('active');
    const { status, body } = await forget(root);
    expect([status, body.results]).toMatchObject([200, at('erased')]);
    expect((await ada.get(path)).body).toMatchObject({ status: 'removed', email: null });
    const { body: left } = await ada.get<{ items: object[] }>('/organizations/other/invitations');
    expect(left.items).toMatchObject([{ status: 'revoked', email: null }]);
    expect((await forget(root)).status).toBe(200);
    expect((await forget(root, 'user:nobody@example.com')).status).toBe(200);
    // Who keeps the last organization stays, and the answer says so.
    const kept = await forget(root, 'user:ada@example.com', '?dryRun=true');
    expect(kept.body.results).toContainEqual(
      expect.objectContaining({ status: 'refused', code: 'member.last_holder' }),
    );
  });
});
