/** With its organization everything ends at once; its history stays, and people can be forgotten. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';

interface Items {
  readonly items: readonly { readonly [field: string]: unknown }[];
}

describe('a deleted organization', () => {
  let service: TestService;
  let ada: HttpClient;
  let root: HttpClient;
  let token: string;
  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@example.com');
    root = await service.signIn('root@example.com', { platformAdmin: true });
    await ada.post('/organizations', { id: 'gone', name: 'Gone', catalogue: 'vygl' });
    await ada.post('/organizations/gone/api-keys', { name: 'CI', scopes: [] });
    const grace = { email: 'grace@example.com', roles: ['viewer'] };
    expect((await ada.post('/organizations/gone/invitations', grace)).status).toBe(201);
    token = await service.linkOf('grace@example.com');
    expect((await ada.delete('/organizations/gone')).status).toBe(200);
  });
  afterAll(() => service.stop());

  const list = async (who: HttpClient, what: string): Promise<Items['items']> => {
    const { status, body } = await who.get<Items>(`/organizations/gone/${what}`);
    expect(status).toBe(200);
    return body.items;
  };

  test('is not there for its members, and its links are dead', async () => {
    expect((await ada.get('/organizations/gone/invitations')).status).toBe(404);
    const looked = await service.anybody.post('/invitations/lookup', { token });
    expect([looked.status, looked.body['code']]).toEqual([404, 'invitation.link_invalid']);
  });

  test('shows the platform what there was, and how it ended', async () => {
    const ended = { status: 'revoked', revokeReason: 'organization_deleted' };
    expect(await list(root, 'invitations')).toMatchObject([
      { ...ended, email: 'grace@example.com' },
    ]);
    expect(await list(root, 'invitations?email=grace@example.com')).toMatchObject([ended]);
    expect(await list(root, 'members')).toMatchObject([{ email: 'ada@example.com' }]);
    expect(await list(root, 'api-keys')).toMatchObject([{ status: 'revoked' }]);
  });

  test('has every end written down, by the sweeper, as the deletion’s doing', async () => {
    const [entry] = await eventually(async () => {
      const entries = await list(root, 'audit?type=member.invite_revoke');
      return entries.length > 0 ? entries : undefined;
    }, 'the sweeper');
    expect(entry).toMatchObject({ actor: { kind: 'system', id: 'sweeper' } });
    const [deletion] = await list(root, 'audit?type=organization.delete');
    const path = '/organizations/gone/audit/export?format=chain';
    const chain = (await root.get<string>(path)).body
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { record: { type: string; metadata: object } }).record);
    expect(chain.filter(({ type }) => type === 'member.invite_revoke')).toMatchObject([
      { metadata: { causationId: deletion!['id'] } },
    ]);
  });

  test('people are forgotten in it, invited ones and members', async () => {
    const grace = await service.signIn('grace@example.com');
    for (const who of [grace, ada]) {
      const { body } = await who.post<{ results: object[] }>('/me/erase', {});
      expect(body.results).toMatchObject([{ organization: 'gone', status: 'erased' }]);
    }
    expect(await list(root, 'invitations')).toMatchObject([{ email: null }]);
    expect(await list(root, 'members')).toMatchObject([{ email: null }]);
  });
});
