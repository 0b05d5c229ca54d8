import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestIssuer } from '../support/issuer.js';
import { TestService } from '../support/service.js';

const ada = { sub: 'ada', email: 'ada@example.com', email_verified: true };

describe('authentication against an issuer', () => {
  let service: TestService;
  let issuer: TestIssuer;
  let anybody: HttpClient;

  beforeAll(async () => {
    issuer = await TestIssuer.create();
    service = await TestService.start(issuer.settings);
    anybody = service.anybody;
  });
  afterAll(() => service.stop());

  const create = (token: string, id: string) =>
    anybody.as(token).post('/organizations', { id, name: 'Acme', catalogue: 'vygl' });

  test('a good token is somebody', async () => {
    expect((await create(await issuer.token(ada), 'good_one')).status).toBe(201);
  });

  test.each<[string, string]>([
    ['a character no database stores', 'Ada\u0000x'],
    ['half a character', 'Ada\ud800'],
    ['a line of its own', 'Ada\r\nBcc: eve@example.com'],
    ['a letter that turns the text round', 'Ada \u202e'],
    ['nine thousand letters', 'a'.repeat(9000)],
  ])('a name the issuer lets people choose is not taken with %s', async (_, name) => {
    const id = `named_${[...name].length}_${name.codePointAt(3)}`;
    const token = await issuer.token({ ...ada, name });
    expect((await create(token, id)).status).toBe(201);
    const { status, body } = await anybody
      .as(token)
      .get<{ items: { name: string | null }[] }>(`/organizations/${id}/members`);
    expect([status, body.items.map((one) => one.name)]).toEqual([200, [null]]);
  });

  test('nobody is asked to sign in', async () => {
    const { status, body, headers } = await anybody.post('/organizations', {});
    expect([status, body['code']]).toEqual([401, 'authentication.missing']);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  test.each<[string, () => Promise<string> | string]>([
    ['alg none', () => issuer.unsigned(ada)],
    ['the public key as a shared secret', () => issuer.confused(ada)],
    ['another key', () => issuer.token(ada, { wrongKey: true })],
    ['another audience', () => issuer.token(ada, { audience: 'somebody-else' })],
    ['another issuer', () => issuer.token(ada, { issuer: 'https://evil.example.com' })],
    ['another type', () => issuer.token(ada, { typ: 'logout+jwt' })],
    ['expired', () => issuer.token(ada, { expiresIn: -120 })],
    ['not yet good', () => issuer.token(ada, { notBefore: 300 })],
    ['no subject', () => issuer.token({ email: 'ada@example.com' })],
    ['garbage', () => 'garbage'],
    ['a cut one', async () => (await issuer.token(ada)).slice(0, -4)],
    ['an API key that is none', () => `key_01jx8q5v3mf2h9k7c4n6t0wzpd_${'a'.repeat(43)}`],
    ['an API key of another form', () => 'key_1_2'],
  ])('refused: %s', async (_, token) => {
    const { status, body } = await create(await token(), 'bad_one');
    expect([status, body['code']]).toEqual([401, 'authentication.invalid']);
  });

  test('a clock may be a minute off', async () => {
    const { status } = await create(await issuer.token(ada, { expiresIn: -30 }), 'skewed');
    expect(status).toBe(201);
  });

  test.each([[true], [false], ['true'], [undefined]])(
    'an address counts only where the issuer has verified it: %p',
    async (email_verified) => {
      const token = await issuer.token({ ...ada, email_verified });
      const { status, body } = await anybody.as(token).get('/me');
      expect([status, body['email']]).toEqual([
        200,
        email_verified === true ? 'ada@example.com' : undefined,
      ]);
    },
  );

  test('no claim carries authority', async () => {
    const token = await issuer.token({
      ...ada,
      sub: 'eve',
      roles: ['platform-admin'],
      admin: true,
    });
    const { status } = await anybody.as(token).post('/organizations/good_one/suspend', {});
    expect(status).toBe(404);
  });

  test('only a platform service acts for people', async () => {
    const token = await issuer.token(ada);
    const { status, body } = await anybody
      .as(token)
      .post('/organizations', { name: 'A', catalogue: 'vygl' }, { 'membership-act-for': 'grace' });
    expect([status, body['code']]).toEqual([403, 'permission.denied']);
  });

  test('there is no development issuer and no mailbox', async () => {
    const answers = [
      await anybody.post('//dev/token', { email: 'a@example.com' }),
      await anybody.get('//dev/mailbox'),
      await anybody.get('//dev/jwks'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });
});

describe('the development issuer', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await TestService.start();
  });
  afterAll(() => service.stop());

  test('answers on loopback only', async () => {
    const { anybody } = service;
    for (const headers of [
      { 'x-forwarded-for': '203.0.113.7' },
      { forwarded: 'for=203.0.113.7' },
      { 'x-forwarded-host': 'members.example.com' },
    ]) {
      const { status } = await anybody.post('//dev/token', { email: 'a@example.com' }, headers);
      expect(status).toBe(403);
    }
    const { app } = service.service;
    const answer = await app.inject({ url: '/dev/jwks', headers: { host: 'evil.example.com' } });
    expect(answer.statusCode).toBe(403);
  });

  test('publishes only the public half of its key', async () => {
    const { body } = await service.anybody.get<{ keys: object[] }>('//dev/jwks');
    expect(body.keys).toHaveLength(1);
    expect(Object.keys(body.keys[0]!)).not.toContain('d');
  });

  test('makes somebody a platform administrator by an ordinary command', async () => {
    const root = await service.signIn('root@example.com', { platformAdmin: true });
    const second = await service.signIn('second@example.com', { platformAdmin: true });
    await second.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    const plain = await service.signIn('plain@example.com');
    await plain.post('/organizations', { id: 'plain', name: 'Plain', catalogue: 'vygl' });
    await root.post('/organizations/plain/suspend', {});
    // Whoever holds everything there is told why they may read nothing.
    for (const path of ['', '/members', '/webhooks', '/audit', '/roles']) {
      const { status, body } = await plain.get(`/organizations/plain${path}`);
      expect([path, status, body['detail']]).toEqual([
        path,
        403,
        expect.stringMatching(/is suspended/),
      ]);
    }
    expect((await root.post('/organizations/acme/suspend', {})).body['status']).toBe('suspended');
  });
});
