/** A trusted service acts for people: with their rights alone, and the audit keeps both. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

describe('Membership-Act-For', () => {
  let service: TestService;
  let root: HttpClient;
  let ada: HttpClient;
  /** The trusted service, and its key. */
  let trusted: HttpClient;
  let account: string;
  let key: string;

  const as = (email: string) => ({
    'membership-act-for': email,
    'membership-act-for-email': email,
  });
  const robotOf = async (
    who: HttpClient,
    organization: string,
    role: string,
  ): Promise<{ account: string; key: string; secret: string }> => {
    const path = `/organizations/${organization}`;
    const made = await who.post(`${path}/service-accounts`, { name: 'Portal', roles: [role] });
    expect([made.status, made.body['code']]).toEqual([201, undefined]);
    const owner = String(made.body['id']);
    const { status, body } = await who.post(`${path}/api-keys`, { name: 'k', owner, scopes: [] });
    expect([status, body['code']]).toEqual([201, undefined]);
    return { account: owner, key: String(body['id']), secret: String(body['secret']) };
  };

  beforeAll(async () => {
    service = await TestService.start();
    root = await service.signIn('root@example.com', { platformAdmin: true });
    ada = await service.signIn('ada@example.com');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    const robot = await robotOf(root, 'platform', 'platform-service');
    ({ account, key } = robot);
    trusted = service.anybody.as(robot.secret);
  });
  afterAll(() => service.stop());

  test('says who is acted for', async () => {
    const { status, body } = await trusted.get('/me', as('ada@example.com'));
    expect([status, body]).toMatchObject([
      200,
      { id: (await ada.get('/me')).body['id'], email: 'ada@example.com', key },
    ]);
  });

  test('invites, checks and accepts as the person; the audit shows both', async () => {
    const invite = { email: 'grace@example.com', roles: ['member'] };
    const path = '/organizations/acme';
    const invited = await trusted.post(`${path}/invitations`, invite, as('ada@example.com'));
    expect([invited.status, invited.body['code']]).toEqual([201, undefined]);

    const check = {
      principal: 'user:grace@example.com',
      organization: 'acme',
      permission: 'organization:view',
    };
    const { body: before } = await trusted.post('/access/check', check, as('ada@example.com'));
    expect(before['allowed']).toBe(false);
    const token = await service.linkOf('grace@example.com');
    const wrong = await trusted.post('/invitations/accept', { token }, as('eve@example.com'));
    expect([wrong.status, wrong.body['code']]).toEqual([403, 'invitation.email_mismatch']);
    const unverified = { 'membership-act-for': 'grace@example.com' };
    const none = await trusted.post('/invitations/accept', { token }, unverified);
    expect([none.status, none.body['code']]).toEqual([403, 'email.not_verified']);
    const accepted = await trusted.post(
      '/invitations/accept',
      { token, name: 'Grace Hopper' },
      as('grace@example.com'),
    );
    expect([accepted.status, accepted.body]).toMatchObject([
      200,
      { status: 'active', email: 'grace@example.com', name: 'Grace Hopper' },
    ]);
    const grace = await service.signIn('grace@example.com');
    expect((await grace.get('/me/memberships')).body['items']).toHaveLength(1);

    const users = await Promise.all(
      [ada, grace].map(async (one) => (await one.get('/me')).body['id']),
    );
    const { body } = await ada.get<{ items: { type: string; actor: object }[] }>(
      `${path}/audit?limit=2`,
    );
    expect(body.items).toMatchObject([
      { type: 'member.accept', actor: { kind: 'api_key', id: key, actingFor: users[1] } },
      { type: 'member.invite', actor: { kind: 'api_key', id: key, actingFor: users[0] } },
    ]);
  });

  test('gives the rights of the person and none of the service', async () => {
    const rename = (email: string) =>
      trusted.patch('/organizations/acme', { name: 'New' }, as(email));
    expect((await rename('ada@example.com')).status).toBe(200);
    const member = await rename('grace@example.com');
    expect([member.status, member.body['code']]).toEqual([403, 'permission.denied']);
    const stranger = await rename('eve@example.com');
    expect([stranger.status, stranger.body['code']]).toEqual([404, 'organization.not_found']);
    // Neither in the organization of the service itself.
    const own = await trusted.get('/organizations/platform/members', as('ada@example.com'));
    expect([own.status, own.body['code']]).toEqual([404, 'organization.not_found']);
    const alone = await trusted.patch('/organizations/acme', { name: 'New' });
    expect([alone.status, alone.body['code']]).toEqual([403, 'permission.denied']);
  });

  test.each(['user:ada@example.com', 'usr_01', 'mem_01', 'svc_01', 'key_01', 'inv_01'])(
    'is a subject, and not %s, as principals are named',
    async (named) => {
      const found = { name: 'Phantom', catalogue: 'vygl' };
      const { status, body } = await trusted.post('/organizations', found, {
        'membership-act-for': named,
      });
      expect([status, body['code']]).toEqual([400, 'principal.invalid']);
      expect(body['detail']).toContain('the bare subject');
      const founder = { subject: named };
      const founded = await root.post('/organizations', { ...found, founder });
      expect([founded.status, founded.body['code']]).toEqual([400, 'principal.invalid']);
      expect(founded.body['detail']).toContain('founder.subject');
    },
  );

  test('is a subject that looks like a principal only where its issuer is said', async () => {
    const { issuer } = (await ada.get('/me')).body;
    const { status, body } = await trusted.get('/me', {
      'membership-act-for': `${String(issuer)}|user:ada`,
    });
    expect([status, body['subject']]).toEqual([200, 'user:ada']);
  });

  test('is refused to every other credential', async () => {
    const refused = async (who: HttpClient) => {
      const { status, body } = await who.get('/me', as('ada@example.com'));
      expect([status, body['code']]).toEqual([403, 'permission.denied']);
    };
    await refused(ada);
    await refused(root);
    await ada.post('/organizations', { id: 'mond', name: 'M', catalogue: 'mondoo' });
    const local = await robotOf(ada, 'mond', 'scim-identity-manager');
    await refused(service.anybody.as(local.secret));
    const path = '/organizations/platform/api-keys';
    const { body } = await root.post(path, { name: 'k', owner: 'organization', scopes: [] });
    await refused(service.anybody.as(String(body['secret'])));
  });

  test('ends with the service account', async () => {
    expect((await trusted.get('/me', as('ada@example.com'))).status).toBe(200);
    await root.delete(`/organizations/platform/service-accounts/${account}`);
    const { status, body } = await trusted.get('/me', as('ada@example.com'));
    expect([status, body['code']]).toEqual([401, 'authentication.invalid']);
  });
});
