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
});
