import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

/** Routes that need nobody, or that answer about the caller alone. Everything else names an
 * organization in its path, its body or a header, and is called below with a foreign one. */
const OPEN = new Set([
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /openapi.json',
  'GET /docs',
  'GET /.well-known/authzen-configuration',
  'GET /access/v1/jwks',
  'GET /docs/:file',
  'GET /accept',
  'GET /accept/page.js',
  'GET /accept/page.css',
  'POST /dev/token',
  'GET /dev/jwks',
  'GET /dev/mailbox',
  'GET /api/v1/me',
  'GET /api/v1/me/memberships',
  'POST /api/v1/me/erase',
  'POST /api/v1/organizations',
  'GET /api/v1/catalogues',
  'GET /api/v1/catalogues/:catalogue',
  'GET /api/v1/catalogues/:catalogue/versions/:version',
]);

/** Bodies that are right in themselves, for routes that want one. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /api/v1/organizations/:organization/catalogue': { version: 1 },
  'POST /api/v1/organizations/:organization/spaces': { name: 'S' },
  'PATCH /api/v1/organizations/:organization/spaces/:space': { name: 'S' },
  'POST /api/v1/organizations/:organization/invitations': {
    email: 'x@example.com',
    roles: ['viewer'],
  },
  'POST /api/v1/organizations/:organization/invitations/batch': {
    invitations: [{ email: 'x@example.com', roles: ['viewer'] }],
    atomic: true,
  },
  'PATCH /api/v1/organizations/:organization': { name: 'X' },
  'PATCH /api/v1/organizations/:organization/members/:member': { name: 'X' },
  'PUT /api/v1/organizations/:organization/members/:member/roles': { roles: ['viewer'] },
  'PATCH /api/v1/organizations/:organization/members/:member/roles': { add: [{ role: 'viewer' }] },
  'POST /api/v1/organizations/:organization/roles': {
    name: 'R',
    scopes: ['organization'],
    permissions: ['a:b'],
  },
  'PATCH /api/v1/organizations/:organization/roles/:role': { name: 'R' },
  'POST /api/v1/organizations/:organization/teams': { name: 'T' },
  'PATCH /api/v1/organizations/:organization/teams/:team': { name: 'T' },
  'PUT /api/v1/organizations/:organization/teams/:team/roles': { roles: ['viewer'] },
  'POST /api/v1/organizations/:organization/service-accounts': { name: 'A', roles: ['viewer'] },
  'PATCH /api/v1/organizations/:organization/service-accounts/:account': { name: 'A' },
  'PUT /api/v1/organizations/:organization/service-accounts/:account/roles': { roles: ['viewer'] },
  'POST /api/v1/organizations/:organization/api-keys': { name: 'K', scopes: [] },
  'PATCH /api/v1/organizations/:organization/api-keys/:key': { name: 'K' },
  'POST /api/v1/organizations/:organization/ownership-transfer': {
    to: 'mem_01jx8q5v3mf2h9k7c4n6t0wzpd',
    demoteTo: 'viewer',
  },
  'POST /api/v1/organizations/:organization/webhooks': { url: 'https://evil.example/hook' },
  'PATCH /api/v1/organizations/:organization/webhooks/:webhook': { status: 'disabled' },
  'PUT /api/v1/project': { name: 'P' },
  'POST /api/v1/project/users/invite': { email: 'x@example.com', role: 'viewer' },
  'DELETE /api/v1/project/users/invite': { email: 'x@example.com' },
  'POST /api/v1/project/users/remove': { email: 'ada@example.com' },
  'POST /api/v1/project/users/role': { email: 'ada@example.com', role: 'viewer' },
};

/** Queries, for routes that can't be asked without one. */
const QUERIES: Readonly<Record<string, string>> = {
  'GET /api/v1/organizations/:organization/access/diff': '?from=2026-01-01T00:00:00Z',
};

/** What a foreign organization must not tell: anything that was ever typed or made in it. */
const SECRETS = ['Acme Secret', 'ada@', 'Ada Lovelace', 'grace@', 'Berlin Secret', 'Team Secret'];

describe('nothing of an organization is told to, or changed by, another one', () => {
  let service: TestService;
  let ada: HttpClient;
  let eve: HttpClient;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@example.com', { name: 'Ada Lovelace' });
    eve = await service.signIn('eve@example.com');
    await eve.post('/organizations', { id: 'evil', name: 'Evil', catalogue: 'mondoo' });
    const made = await ada.post('/organizations', {
      id: 'acme',
      name: 'Acme Secret',
      catalogue: 'mondoo',
    });
    expect(made.status).toBe(201);
    const create = async (path: string, body: unknown): Promise<Record<string, string>> => {
      const answer = await ada.post<Record<string, string>>(`/organizations/acme${path}`, body);
      expect([path, answer.status, answer.body['code']]).toEqual([path, 201, undefined]);
      return answer.body;
    };
    ids['organization'] = 'acme';
    ids['space'] = (await create('/spaces', { name: 'Berlin Secret' }))['id']!;
    const invitation = await create('/invitations', {
      email: 'grace@example.com',
      roles: ['viewer'],
    });
    ids['invitation'] = invitation['id']!;
    ids['member'] = invitation['member']!;
    ids['team'] = (await create('/teams', { name: 'Team Secret' }))['id']!;
    ids['account'] = (
      await create('/service-accounts', { name: 'Robot', roles: ['agent'], space: ids['space'] })
    )['id']!;
    ids['key'] = (await create('/api-keys', { name: 'Key', scopes: [] }))['id']!;
    ids['role'] = (
      await create('/roles', {
        name: 'Role',
        scopes: ['organization'],
        permissions: ['organizations:view'],
      })
    )['id']!;
    ids['webhook'] = (await create('/webhooks', { url: 'http://127.0.0.1:1/hook' }))['id']!;
    ids['user'] = String((await ada.get('/me')).body['id']);
  });
  afterAll(() => service.stop());

  const requestOf = (method: string, route: string, organization: string) => {
    const path = route
      .replace('/api/v1', '')
      .replace(/:(\w+)/g, (_, name: string) =>
        name === 'organization' ? organization : (ids[name] ?? 'none'),
      );
    const body = BODIES[`${method} ${route}`];
    const query = QUERIES[`${method} ${route}`] ?? '';
    const call = route.startsWith('/api/v1') ? `${path}${query}` : `/${path}`;
    return { path: call, body: body ?? (method === 'GET' ? undefined : {}) };
  };

  test('every route of the running server, with a stranger’s token', async () => {
    const before = await ada.patch('/organizations/acme', { name: 'Acme Secret' });
    const called: string[] = [];
    for (const { method, path: route } of service.service.routes) {
      const name = `${method} ${route}`;
      if (OPEN.has(name)) continue;
      called.push(name);
      const answers = route.includes(':organization')
        ? [
            await eve.call(requestOf(method, route, 'acme').path, {
              method,
              body: requestOf(method, route, 'acme').body,
            }),
          ]
        : await strangers(method, route);
      for (const { status, body } of answers) {
        const text = JSON.stringify(body);
        // What an AuthZEN question can not be answered for is denied, or not found, and says why.
        const { decision, results } = body as { decision?: boolean; results?: object[] };
        const isDenied = decision === false || results?.length === 0;
        expect([name, status, status >= 400 || isDenied]).toEqual([name, status, true]);
        for (const secret of SECRETS) expect([name, text.includes(secret)]).toEqual([name, false]);
      }
      if (!route.includes(':organization')) continue;
      if (route.endsWith('/batch')) {
        const { path, body } = requestOf(method, route, 'acme');
        const alone = await eve.call(path, {
          method,
          body: { ...(body as object), atomic: false },
        });
        expect([name, alone.status]).toEqual([name, 404]);
      }
      // An organization that does not exist answers alike, but for its id and the request's.
      const there = answers[0]!;
      const nowhere = requestOf(method, route, 'nowhere');
      const unknown = await eve.call(nowhere.path, { method, body: nowhere.body });
      const alike = (answer: { status: number; body: unknown }, id: string) =>
        JSON.stringify([answer.status, answer.body])
          .replace(/req_\w+/g, 'req')
          .replaceAll(id, 'ID');
      expect([name, alike(there, 'acme')]).toEqual([name, alike(unknown, 'nowhere')]);
      expect([name, there.status]).toEqual([name, 404]);
    }
    expect(called.length).toBeGreaterThan(40);
    const after = await ada.patch('/organizations/acme', { name: 'Acme Secret' });
    expect(after.body['revision']).toBe(before.body['revision']);
  });

  /** Routes that name their organization elsewhere than in the path. */
  const strangers = async (method: string, route: string) => {
    const name = `${method} ${route}`;
    switch (name) {
      case 'POST /api/v1/access/check':
      case 'POST /api/v1/access/explain':
      case 'POST /api/v1/access/route':
      case 'POST /api/v1/access/keys/check':
      case 'POST /api/v1/access/check/batch': {
        const check = {
          principal: ids['member'],
          organization: 'acme',
          permission: 'organizations:view',
        };
        const bodies: Record<string, unknown> = {
          '/api/v1/access/check': check,
          '/api/v1/access/explain': check,
          '/api/v1/access/check/batch': { checks: [check] },
          '/api/v1/access/route': {
            principal: ids['member'],
            organization: 'acme',
            method: 'GET',
            path: '/x',
          },
          '/api/v1/access/keys/check': { key: ids['key'], organization: 'acme', scope: 'a:b' },
        };
        return [await eve.post(route.replace('/api/v1', ''), bodies[route])];
      }
      case 'POST /access/v1/evaluation':
      case 'POST /access/v1/evaluations':
      case 'POST /access/v1/search/subject':
      case 'POST /access/v1/search/resource':
      case 'POST /access/v1/search/action':
        return [
          await eve.post(`/${route}`, {
            subject: { type: 'member', id: ids['member'] },
            action: { name: 'organizations:view' },
            resource: { type: 'organization', id: 'acme' },
          }),
        ];
      case 'GET /api/v1/access/principals':
        return [await eve.get('/access/principals?organization=acme&permission=spaces:view')];
      case 'GET /api/v1/access/changes':
        return Promise.all(
          ['', '&state=true', `&principal=${ids['member']}`, '&beginning=true'].map((more) =>
            eve.get(`/access/changes?organization=acme${more}`),
          ),
        );
      case 'GET /api/v1/events':
        return Promise.all(
          ['?organization=acme&beginning=true', '?organization=acme', '?beginning=true', ''].map(
            (question) => eve.get(`/events${question}`),
          ),
        );
      case 'GET /api/v1/access/organizations': {
        const { user, member, account, key } = ids;
        return Promise.all(
          [user, member, account, key].map((principal) =>
            eve.get(`/access/organizations?principal=${principal}&permission=spaces:view`),
          ),
        );
      }
      case 'GET /api/v1/access/forward-auth': {
        const headers = { 'x-original-method': 'GET', 'x-original-uri': '/' };
        return [await eve.get('/access/forward-auth?organization=acme', headers)];
      }
      case 'GET /api/v1/users/:user/memberships':
        return [await eve.get(`/users/${ids['user']}/memberships`)];
      case 'POST /api/v1/users/:user/erase':
        return [await eve.post(`/users/${ids['user']}/erase`, { email: 'ada@example.com' })];
      case 'GET /api/v1/catalogues/:catalogue/adoptions':
        return [await eve.get('/catalogues/mondoo/adoptions')];
      case 'POST /api/v1/read-models/:readModel/rebuild':
        return [await eve.post('/read-models/members/rebuild', {})];
      case 'POST /api/v1/invitations/lookup':
      case 'POST /api/v1/invitations/accept':
      case 'POST /api/v1/invitations/decline': {
        const token = `k1.acme.${ids['invitation']}.1.${'a'.repeat(43)}`;
        return [await eve.post(route.replace('/api/v1', ''), { token })];
      }
      default:
        if (!route.startsWith('/api/v1/project')) throw new Error(`${name} is not known here`);
        return [
          await eve.call(route.replace('/api/v1', ''), {
            method,
            body: BODIES[name],
            headers: { 'x-project': 'acme' },
          }),
        ];
    }
  };

  test('an API key opens its own organization and no other', async () => {
    const { body } = await ada.post('/organizations/acme/api-keys', {
      name: 'own',
      owner: ids['account'],
      scopes: [],
    });
    const robot = service.anybody.as(String(body['secret']));
    expect((await robot.get('/me')).body['organization']).toBe('acme');
    const foreign = await robot.post('/organizations/evil/spaces', { name: 'S' });
    expect([foreign.status, foreign.body['code']]).toEqual([404, 'organization.not_found']);
  });
});
