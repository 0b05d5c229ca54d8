import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

describe('bad input is refused with a code and a pointer, and nothing is written', () => {
  let service: TestService;
  let ada: HttpClient;
  let revision: string;

  const invite = (body: unknown) => ada.post<Problem>('/organizations/acme/invitations', body);
  const good = { email: 'grace@example.com', roles: ['member'] };

  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@example.com');
    const made = await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    revision = String(made.body['revision']);
  });
  afterAll(() => service.stop());

  test.each<[string, unknown, string]>([
    ['more rows than fit', { invitations: Array(20_000).fill({}) }, '/invitations'],
    [
      'more fields than there are',
      Object.fromEntries([...Array(5000).keys()].map((n) => [`k${n}`, 1])),
      '',
    ],
    ['a name of the language', { constructor: 1, invitations: [good] }, '/constructor'],
    [
      'such a name further down',
      { invitations: [{ ...good, prototype: {} }] },
      '/invitations/0/prototype',
    ],
  ])('a batch of %s is refused before it costs anything', async (_, body, pointer) => {
    const answer = await ada.post<Problem>('/organizations/acme/invitations/batch', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'request.invalid']);
    expect(answer.body.errors?.map((one) => one.pointer)).toEqual([pointer]);
  });

  test('what is wrong is said so that it can be mended', async () => {
    const path = '/organizations/acme';
    const said = async (method: string, where: string, body?: object) => {
      const answer = await ada.call<Problem>(where, { method, body });
      expect([answer.status, answer.body.code]).toEqual([400, 'request.invalid']);
      return answer.body.errors;
    };
    const member = `${path}/members/mem_01jx8q5v3mf2h9k7c4n6t0wzpd/roles`;
    expect(await said('PATCH', member, { add: ['editor'] })).toEqual([
      { pointer: '/add/0', detail: 'must be an object such as {"role": …}' },
    ]);
    expect(await said('POST', '/organizations', { catalogue: 'vygl' })).toEqual([
      { pointer: '/name', detail: 'is missing: must be a string' },
    ]);
    expect(await said('POST', '/organizations', { name: null, catalogue: 'vygl' })).toEqual([
      { pointer: '/name', detail: 'must be a string' },
    ]);
    expect(await said('GET', `${path}/members?q=a&q=a`)).toEqual([
      { pointer: '?q', detail: 'is given twice' },
    ]);
  });

  test('what is nested without end is refused', async () => {
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
    const { status, body } = await invite(`{"email":"grace@example.com","message":${deep}}`);
    expect([status, body.code]).toEqual([400, 'request.invalid']);
  });

  test('a path nobody can speak leads nowhere', async () => {
    const { status } = await ada.get<Problem>('/organizations/acme/members/%00');
    expect(status).toBe(404);
  });

  test.each(['%', '%ff', '%c3%28', 'x'.repeat(301)])(
    'a path that is no text, or longer than any name, is refused as everything is: %s',
    async (part) => {
      const answer = await ada.get<Problem>(`/organizations/${part}`);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect([answer.status, answer.body.code]).toEqual([404, 'route.not_found']);
      expect(answer.body.instance).toBe(answer.headers.get('x-request-id'));
    },
  );

  test.each(['2031-02-30T00:00:00Z', '2031-04-31T12:00:00+02:00', '2030-12-31T24:00:00Z'])(
    'a time no calendar or clock has is refused, not taken for another: %s',
    async (expiresAt) => {
      const { status, body } = await invite({
        email: 'grace@example.com',
        grants: [{ role: 'member', expiresAt }],
      });
      expect([status, body.code]).toEqual([400, 'request.invalid']);
      expect(body.errors?.[0]?.pointer).toBe('/grants/0/expiresAt');
    },
  );

  test.each(['\u3164', 'Ad\u115fa', 'A\u034fda', '\u2800', 'Ada\uffa0'])(
    'a name with letters that nobody sees is refused (%j)',
    async (name) => {
      const body = { id: 'unseen', name, catalogue: 'vygl' };
      const { status, body: problem } = await ada.post<Problem>('/organizations', body);
      expect([status, problem.errors?.[0]?.pointer]).toEqual([400, '/name']);
    },
  );

  test('a leap day, and an emoji with its presentation, are as good as any', async () => {
    const body = { id: 'leap', name: 'Ada \u2764\ufe0f', catalogue: 'vygl' };
    expect((await ada.post('/organizations', body)).status).toBe(201);
    const grants = [{ role: 'member', expiresAt: '2032-02-29T12:00:00Z' }];
    const path = '/organizations/leap/invitations?dryRun=true';
    expect((await ada.post(path, { email: 'grace@example.com', grants })).status).toBe(200);
  });

  test('own domains are kept as addresses are compared, and what is none is refused', async () => {
    const set = (own: string[]) =>
      ada.patch<Problem>('/organizations/acme', { policies: { 'emailDomains.own': own } });
    const { body, status } = await set(['not a domain']);
    expect([status, body.code]).toEqual([400, 'policy.invalid']);
  });

  test.each<[string, unknown, string, string]>([
    ['an unknown field', { ...good, admin: true }, 'request.invalid', '/admin'],
    [
      'an unknown field further down',
      { email: good.email, grants: [{ role: 'member', scopee: 'x' }] },
      'request.invalid',
      '/grants/0/scopee',
    ],
    ['a wrong type', { ...good, email: 17 }, 'request.invalid', '/email'],
    ['a wrong type in a list', { ...good, roles: [1] }, 'request.invalid', '/roles/0'],
    ['an object for a list', { ...good, roles: { a: 1 } }, 'request.invalid', '/roles'],
    ['null', { ...good, message: null }, 'request.invalid', '/message'],
    ['no e-mail', { roles: ['member'] }, 'request.invalid', '/email'],
    [
      'a control character',
      { ...good, email: 'gra\u0007ce@example.com' },
      'request.invalid',
      '/email',
    ],
    [
      'an invisible character',
      { ...good, email: 'gra\u200bce@example.com' },
      'request.invalid',
      '/email',
    ],
    ['a homoglyph', { ...good, email: 'grаce@example.com' }, 'request.invalid', '/email'],
    ['a homoglyph domain', { ...good, email: 'grace@exаmple.com' }, 'request.invalid', '/email'],
    ['no domain', { ...good, email: 'grace' }, 'request.invalid', '/email'],
    [
      'a long address',
      { ...good, email: `${'a'.repeat(300)}@example.com` },
      'request.invalid',
      '/email',
    ],
    ['a message too long', { ...good, message: 'ü'.repeat(251) }, 'request.invalid', '/message'],
    ['a duration that is none', { ...good, expiresIn: '7 days' }, 'request.invalid', '/expiresIn'],
    [
      'a time that is none',
      { email: good.email, grants: [{ role: 'member', expiresAt: 'tomorrow' }] },
      'request.invalid',
      '/grants/0/expiresAt',
    ],
    ['roles and grants', { ...good, grants: [{ role: 'member' }] }, 'request.invalid', '/grants'],
  ])('%s', async (_, body, code, pointer) => {
    const answer = await invite(body);
    expect([answer.status, answer.body.code]).toEqual([400, code]);
    expect(answer.body.errors?.map((one) => one.pointer)).toContain(pointer);
    expect(answer.body.instance).toBe(answer.headers.get('x-request-id'));
  });

  test.each<[string, unknown, string]>([
    ['expiry too short', { ...good, expiresIn: 'PT1M' }, 'invitation.expiry_out_of_range'],
    ['expiry too long', { ...good, expiresIn: 'P31D' }, 'invitation.expiry_out_of_range'],
    ['an unknown role', { ...good, roles: ['emperor'] }, 'role.unknown'],
    [
      'a time in the past',
      { email: good.email, grants: [{ role: 'member', expiresAt: '2001-01-01T00:00:00Z' }] },
      'grant.times_invalid',
    ],
  ])('%s', async (_, body, code) => {
    const answer = await invite(body);
    expect([answer.status, answer.body.code]).toEqual([400, code]);
  });

  test('an unknown role: the message lists the known ones', async () => {
    const { body } = await invite({ ...good, roles: ['emperor'] });
    expect(body.detail).toMatch(/viewer.*owner/);
  });

  test('a role of another scope', async () => {
    await ada.post('/organizations', { id: 'mondoo_org', name: 'M', catalogue: 'mondoo' });
    const { body: space } = await ada.post('/organizations/mondoo_org/spaces', { name: 'S' });
    const { status, body } = await ada.post<Problem>('/organizations/mondoo_org/invitations', {
      email: 'grace@example.com',
      grants: [{ role: 'organization-manager', space: space['id'] }],
    });
    expect([status, body.code]).toEqual([400, 'role.wrong_scope']);
  });

  test('control characters and homoglyphs in names', async () => {
    for (const name of ['Acme\u0000', 'A\u202ecme', 'Аcme', '', ' Acme', 'x'.repeat(201)]) {
      const { status, body } = await ada.patch<Problem>('/organizations/acme', { name });
      expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/name']);
    }
  });

  test('a body of 10 MB', async () => {
    const { status, body } = await invite({ ...good, message: 'x'.repeat(10_000_000) });
    expect([status, body.code]).toEqual([413, 'request.too_large']);
  });

  test('a batch has room for more, but not for everything', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({ ...good, email: `nobody${i}@-` }));
    const path = '/organizations/acme/invitations/batch';
    const many = await ada.post<Problem>(path, { invitations: rows });
    expect([many.status, many.body.code]).toEqual([400, 'request.invalid']);
    const over = await ada.post<Problem>(path, { invitations: [...rows, good] });
    expect(over.body.errors?.map((one) => one.pointer)).toContain('/invitations');
    const huge = await ada.post<Problem>(path, { invitations: 'x'.repeat(3_000_000) });
    expect([huge.status, huge.body.code]).toEqual([413, 'request.too_large']);
  });

  test('a body that is no JSON, no object, or something else', async () => {
    const path = '/organizations/acme/invitations';
    expect((await ada.post<Problem>(path, '{"email"')).body.code).toBe('request.invalid');
    expect((await ada.post<Problem>(path, '[]')).body.code).toBe('request.invalid');
    expect((await ada.post<Problem>(path, '"text"')).body.code).toBe('request.invalid');
    expect((await ada.post<Problem>(path, '{"__proto__": {"email": "a@b.example"}}')).status).toBe(
      400,
    );
    const form = await ada.post<Problem>(path, 'email=a', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([form.status, form.body.code]).toEqual([415, 'request.unsupported']);
  });

  test('a path that leads nowhere, and a method nobody takes', async () => {
    const nowhere = await ada.get<Problem>('/nowhere');
    expect([nowhere.status, nowhere.body.code]).toEqual([404, 'route.not_found']);
    const method = await ada.put<Problem>('/organizations/acme/invitations', {});
    expect(method.status).toBe(405);
    expect(method.headers.get('allow')).toBe('GET, HEAD, POST');
    const head = await ada.call('/invitations/accept', { method: 'HEAD' });
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('revisions made up, and of another organization', async () => {
    const path = '/organizations/acme';
    const body = { name: 'Other' };
    for (const tag of [
      '"made-up"',
      `"${Buffer.from('mondoo 1').toString('base64url')}"`,
      'W/"x"',
    ]) {
      const { status } = await ada.patch(path, body, { 'if-match': tag });
      expect(status).toBe(400);
    }
    const late = Buffer.from('acme 99999').toString('base64url');
    const { status, body: problem } = await ada.patch<Problem>(path, body, {
      'if-match': `"${late}"`,
    });
    expect([status, problem.code]).toEqual([412, 'precondition.failed']);
  });

  test('an idempotency key that is none, and one used for something else', async () => {
    const path = '/organizations/acme';
    const bad = await ada.patch<Problem>(
      path,
      { name: 'B' },
      { 'idempotency-key': 'x'.repeat(256) },
    );
    expect([bad.status, bad.body.code]).toEqual([400, 'request.invalid']);
  });

  test('an unknown query parameter', async () => {
    const { status, body } = await ada.patch<Problem>('/organizations/acme?dryrun=true', {
      name: 'B',
    });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, '?dryrun']);
  });

  test.each<[string, string, string, string, unknown]>([
    ['a question without filters', 'GET', '/me?admin=true', '?admin', undefined],
    ['a list that can be neither sorted nor searched', 'GET', '/catalogues?q=a', '?q', undefined],
    ['a question in a body', 'POST', '/access/check/batch?at=now', '?at', { checks: [] }],
    ['what is said with a link', 'POST', '/invitations/decline?dryRun=true', '?dryRun', {}],
    ['a command without a body', 'POST', '/organizations/acme/leave', '/reason', { reason: 'x' }],
    ['a deletion', 'DELETE', '/organizations/acme', '/dryRun', { dryRun: true }],
  ])('what a route does not take: %s', async (_, method, path, pointer, body) => {
    const answer = await ada.call<Problem>(path, { method, body });
    expect([answer.status, answer.body.code]).toEqual([400, 'request.invalid']);
    expect(answer.body.errors?.map((one) => one.pointer)).toEqual([pointer]);
  });

  test.each<[string, string]>([
    ['made up', 'made-up'],
    ['of another organization', Buffer.from('elsewhere 1').toString('base64url')],
  ])('atLeast and cursors: %s', async (_, value) => {
    const at = await ada.get<Problem>(`/organizations/acme/members?atLeast=${value}`);
    expect([at.status, at.body.code]).toEqual([400, 'revision.invalid']);
    const after = await ada.get<Problem>(`/organizations/acme/members?cursor=${value}`);
    expect([after.status, after.body.code]).toEqual([400, 'cursor.invalid']);
  });

  test('atLeast, If-Match and cursors that another organization has really given', async () => {
    const other = { id: 'elsewhere', name: 'Elsewhere', catalogue: 'vygl' };
    const { body: made } = await ada.post<{ revision: string }>('/organizations', other);
    const page = await ada.get<{ nextCursor: string }>('/organizations/elsewhere/audit?limit=1');
    expect(page.body.nextCursor).toMatch(/^[\w-]+$/);
    const acme = '/organizations/acme';
    const cursor = encodeURIComponent(page.body.nextCursor);
    const tag = { 'if-match': `"${made.revision}"` };
    const answers = [
      await ada.get<Problem>(`${acme}/audit?limit=1&cursor=${cursor}`),
      await ada.get<Problem>(`${acme}/members?atLeast=${made.revision}`),
      await ada.patch<Problem>(acme, { name: 'Other' }, tag),
    ];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [400, 'cursor.invalid'],
      [400, 'revision.invalid'],
      [400, 'revision.invalid'],
    ]);
  });

  test('a revision that is not there yet is not made up: the caller is to wait', async () => {
    const late = Buffer.from('acme 99999').toString('base64url');
    const { status, body, headers } = await ada.get<Problem>(
      `/organizations/acme/members?atLeast=${late}`,
    );
    expect([status, body.code]).toEqual([503, 'read.not_yet']);
    expect(headers.get('retry-after')).toBe('1');
  });

  test('whatever was refused: the organization is where it was', async () => {
    const { body } = await ada.patch('/organizations/acme', { name: 'Acme' });
    expect(body['revision']).toBe(revision);
  });

  describe('tokens of links', () => {
    const accept = (who: HttpClient, token: string) =>
      who.post<Problem>('/invitations/accept', { token });
    let grace: HttpClient;
    let genuine: string;

    beforeAll(async () => {
      await invite(good);
      grace = await service.signIn('grace@example.com');
      genuine = await service.linkOf('grace@example.com');
      await ada.post('/organizations', { id: 'other', name: 'Other', catalogue: 'vygl' });
    });

    test.each<[string, (token: string) => string]>([
      ['cut', (token) => token.slice(0, -1)],
      ['longer', (token) => `${token}A`],
      ['of another organization', (token) => token.replace('.acme.', '.other.')],
      ['of another generation', (token) => token.replace('.1.', '.2.')],
      ['of another key', (token) => token.replace(/^k1/, 'k2')],
      ['made up', () => 'x'],
      ['nothing', () => ''],
    ])('%s: answered alike, and nobody gets in', async (_, change) => {
      const { status, body } = await accept(grace, change(genuine));
      const madeUp = await accept(grace, 'made-up');
      expect([status, body.code]).toEqual([404, 'invitation.link_invalid']);
      expect({ ...body, instance: '' }).toEqual({ ...madeUp.body, instance: '' });
    });

    test('replayed: once it is accepted, nobody else gets in with it', async () => {
      expect((await accept(grace, genuine)).status).toBe(200);
      const eve = await service.signIn('eve@example.com');
      const { status, body } = await accept(eve, genuine);
      expect([status, body.code]).toEqual([404, 'invitation.link_invalid']);
      const looked = await service.anybody.post<Problem>('/invitations/lookup', { token: genuine });
      expect(looked.status).toBe(404);
    });
  });
});
