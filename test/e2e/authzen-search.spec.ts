/**
 * Searches of the Authorization API 1.0 of OpenID AuthZEN, rule by rule. What is to be found is told
 * by evaluating each that could be.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

interface Entity {
  readonly type: string;
  readonly id: string;
  readonly properties?: object;
}
interface Found {
  readonly page: { readonly next_token: string; readonly count: number; readonly total?: number };
  readonly context?: { readonly error?: { readonly status: number } };
  readonly results: readonly Entity[];
  readonly code?: string;
  readonly errors?: readonly { readonly pointer: string }[];
}
type Kind = 'subject' | 'resource' | 'action';

let service: TestService;
let root: HttpClient;
let ada: HttpClient;
let eve: HttpClient;
/** Everybody there is, and every place. */
const subjects: Entity[] = [];
const resources: Entity[] = [];
const ids: Record<string, string> = {};

const search = (kind: Kind, body: object, who = ada) =>
  who.post<Found>(`//access/v1/search/${kind}`, body);
const lab = { type: 'organization', id: 'lab' };
const berlin = () => ({
  type: 'space',
  id: ids['berlin']!,
  properties: { organization: 'lab' },
});
const action = (name: string) => ({ name });

/** What evaluations say of each of these, asked by whoever may ask about everybody. */
async function permitted<One>(candidates: readonly One[], asked: (one: One) => object) {
  const { body } = await root.post<{ evaluations: { decision: boolean }[] }>(
    '//access/v1/evaluations',
    { evaluations: candidates.map(asked) },
  );
  return candidates.filter((_, index) => body.evaluations[index]!.decision);
}

/** Every page, to the last. */
async function all(kind: Kind, body: object, limit: number, who = ada): Promise<Entity[]> {
  const found: Entity[] = [];
  for (let token: string | undefined; ;) {
    const page = { limit, ...(token === undefined ? {} : { token }) };
    const answer = await search(kind, { ...body, page }, who);
    expect(answer.status).toBe(200);
    expect(answer.body.results.length).toBeLessThanOrEqual(limit);
    expect(answer.body.page.count).toBe(answer.body.results.length);
    found.push(...answer.body.results);
    token = answer.body.page.next_token;
    if (token === '') return found;
  }
}
const named = (list: readonly Entity[]) => list.map(({ type, id }) => `${type} ${id}`).sort();

/**
 * `lab` on mondoo: ada owns it; vic sees it all through a team, ben is an editor of Berlin alone, and
 * a robot with a key reports from there. `attic` is ada's, too. root runs the installation.
 */
beforeAll(async () => {
  service = await TestService.start();
  root = await service.signIn('root@example.com', { platformAdmin: true });
  ada = await service.signIn('ada@example.com');
  eve = await service.signIn('eve@example.com');
  const made = async (path: string, body: object): Promise<string> => {
    const answer = await ada.post(path, body);
    expect([path, answer.status, answer.body['detail']]).toEqual([path, 201, undefined]);
    return String(answer.body['id']);
  };
  for (const id of ['lab', 'attic']) {
    await made('/organizations', { id, name: id, catalogue: 'mondoo' });
    resources.push({ type: 'organization', id });
  }
  for (const [name, organization] of [
    ['berlin', 'lab'],
    ['bonn', 'lab'],
    ['chest', 'attic'],
  ] as const) {
    ids[name] = await made(`/organizations/${organization}/spaces`, { name });
    resources.push({ type: 'space', id: ids[name], properties: { organization } });
  }
  ids['team'] = await made('/organizations/lab/teams', { name: 'Onlookers' });
  await ada.put(`/organizations/lab/teams/${ids['team']}/roles`, { roles: ['viewer'] });
  const joins = async (name: string, wanted: object): Promise<void> => {
    const email = `${name}@example.com`;
    await made('/organizations/lab/invitations', { email, ...wanted });
    const who = await service.signIn(email);
    const token = await service.linkOf(email);
    const joined = await who.post('/invitations/accept', { token });
    expect(joined.status).toBe(200);
    ids[name] = String(joined.body['id']);
  };
  await joins('ben', { roles: ['editor'], space: ids['berlin'] });
  await joins('vic', { roles: ['ticket-creator'], space: ids['bonn'], teams: [ids['team']] });
  ids['robot'] = await made('/organizations/lab/service-accounts', {
    name: 'Robot',
    roles: ['agent'],
    space: ids['berlin'],
  });
  const key = { name: 'k', owner: ids['robot'], scopes: [] };
  ids['key'] = await made('/organizations/lab/api-keys', key);
  const { body } = await ada.get<{ items: { id: string }[] }>('/organizations/lab/members');
  subjects.push(
    ...body.items.map(({ id }) => ({ type: 'member', id })),
    { type: 'service_account', id: ids['robot'] },
    { type: 'api_key', id: ids['key'] },
  );
  for (const name of ['ada', 'ben', 'vic', 'eve', 'root']) {
    const who = await service.signIn(`${name}@example.com`);
    ids[`usr of ${name}`] = String((await who.get('/me')).body['id']);
    subjects.push({ type: 'user', id: ids[`usr of ${name}`]! });
  }
});
afterAll(() => service.stop());

describe('a search for subjects', () => {
  const request = (more: object = {}) => ({
    subject: { type: 'member' },
    action: action('members:view'),
    resource: lab,
    ...more,
  });

  test.each(['member', 'service_account', 'api_key', 'user'])(
    'finds every %s that is permitted, and nothing else',
    async (type) => {
      let found = 0;
      for (const name of ['members:view', 'agents:register', 'policies:edit', 'spaces:create']) {
        for (const resource of [lab, berlin()]) {
          const asked = { action: action(name), resource };
          const expected = await permitted(
            subjects.filter((one) => one.type === type),
            (subject) => ({ subject, ...asked }),
          );
          const { status, body } = await search('subject', { subject: { type }, ...asked });
          expect([status, name, named(body.results)]).toEqual([200, name, named(expected)]);
          found += expected.length;
        }
      }
      expect(found).toBeGreaterThan(0);
    },
  );

  test('goes through teams, and through the platform', async () => {
    const members = await search('subject', request());
    expect(members.body.results).toContainEqual({ type: 'member', id: ids['vic'] });
    const people = await search('subject', request({ subject: { type: 'user' } }));
    expect(named(people.body.results)).toEqual(
      ['ada', 'vic', 'root'].map((name) => `user ${ids[`usr of ${name}`]}`).sort(),
    );
  });

  test.each<[string, unknown]>([
    ['a known one', () => ids['ben']],
    ['an unknown one', 'nobody'],
    ['none at all', 17],
  ])('ignores the id of a subject: %s', async (_, id) => {
    const subject = { type: 'member', id: typeof id === 'function' ? (id as () => unknown)() : id };
    const with_ = await search('subject', request({ subject }));
    const without = await search('subject', request());
    expect([with_.status, with_.body]).toEqual([200, without.body]);
  });

  test('is for whoever may read that about others: 403 to a member who may not', async () => {
    const ben = await service.signIn('ben@example.com');
    const { status, body } = await search('subject', request(), ben);
    expect([status, body.code]).toEqual([403, 'permission.denied']);
    // Where he may, he finds.
    expect((await search('subject', request({ resource: berlin() }), ben)).status).toBe(200);
  });
});

describe('a search for resources', () => {
  const ofAda = () => ({ type: 'user', id: ids['usr of ada']! });
  const request = (type: string, more: object = {}) => ({
    subject: ofAda(),
    action: action('spaces:view'),
    resource: { type },
    ...more,
  });

  test.each(['organization', 'space'])(
    'finds every %s where it is permitted, and nothing else',
    async (type) => {
      let found = 0;
      for (const subject of subjects) {
        const asked = { subject, action: action('assets:view') };
        const candidates = resources.filter((one) => one.type === type);
        const expected = await permitted(candidates, (resource) => ({ ...asked, resource }));
        const { status, body } = await search('resource', { ...asked, resource: { type } }, root);
        expect([status, subject, named(body.results)]).toEqual([200, subject, named(expected)]);
        found += expected.length;
      }
      expect(found).toBeGreaterThan(0);
    },
  );

  test('gives resources as an evaluation takes them', async () => {
    const { body } = await search('resource', request('space'));
    expect(body.results).toContainEqual(berlin());
    const asked = { subject: ofAda(), action: action('spaces:view') };
    const again = await permitted(body.results, (resource) => ({ ...asked, resource }));
    expect(again).toEqual(body.results);
  });

  test('looks at the spaces of one organization where that is named', async () => {
    const within = async (organization: string) => {
      const resource = { type: 'space', properties: { organization } };
      const { status, body } = await search('resource', request('space', { resource }));
      expect(status).toBe(200);
      return body.results.map(({ id }) => id);
    };
    expect(await within('attic')).toEqual([ids['chest']]);
    expect(new Set(await within('lab'))).toEqual(new Set([ids['berlin'], ids['bonn']]));
    expect(await within('nowhere')).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['a known one', 'lab'],
    ['an unknown one', 'nowhere'],
    ['none at all', {}],
  ])('ignores the id of a resource: %s', async (_, id) => {
    const with_ = await search('resource', request('organization', { resource: { ...lab, id } }));
    const without = await search('resource', request('organization'));
    expect([with_.status, with_.body]).toEqual([200, without.body]);
    expect(named(with_.body.results)).toEqual(['organization attic', 'organization lab']);
  });

  test('is about oneself, or for whoever may ask: who may not finds nothing', async () => {
    const { status, body } = await search('resource', request('organization'), eve);
    expect([status, body]).toMatchObject([
      200,
      { results: [], context: { error: { status: 404 } } },
    ]);
    const ben = await service.signIn('ben@example.com');
    const own = { subject: { type: 'user', id: 'ben@example.com' } };
    const { body: mine } = await search('resource', request('space', own), ben);
    expect(named(mine.results)).toEqual([`space ${ids['berlin']}`]);
  });
});

describe('a search for actions', () => {
  const request = (more: object = {}) => ({
    subject: { type: 'member', id: ids['vic']! },
    resource: lab,
    ...more,
  });

  test('finds what is permitted, and nothing else', async () => {
    for (const resource of [lab, berlin()]) {
      const { status, body } = await search('action', request({ resource }));
      const query = resource.type === 'space' ? `?space=${resource.id}` : '';
      const path = `/organizations/lab/members/${ids['vic']}/permissions${query}`;
      const { body: known } = await ada.get<{ permissions: string[] }>(path);
      const names = (body.results as unknown as { name: string }[]).map(({ name }) => name);
      expect([status, names]).toEqual([200, known.permissions]);
      expect(body.page.next_token).toBe('');
      const again = await permitted(names, (name) => ({
        ...request({ resource }),
        action: action(name),
      }));
      expect(again).toEqual(names);
    }
  });
});

/** One of each, that finds more than one. */
const REQUESTS: readonly (readonly [Kind, () => Record<string, object>])[] = [
  ['subject', () => ({ subject: { type: 'user' }, action: action('members:view'), resource: lab })],
  [
    'resource',
    () => ({
      subject: { type: 'user', id: 'ada@example.com' },
      action: action('spaces:view'),
      resource: { type: 'space' },
    }),
  ],
  ['action', () => ({ subject: { type: 'member', id: ids['vic']! }, resource: lab })],
];

describe.each(REQUESTS)('a search for a %s', (kind, request) => {
  test('answers 200 with JSON: the page first, and results of the type alone', async () => {
    const { status, headers, body } = await search(kind, request());
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^application\/json/),
    ]);
    expect(Object.keys(body)).toEqual(['page', 'results']);
    expect(body.page).toEqual({ next_token: '', count: body.results.length });
    const type = kind === 'action' ? undefined : (request()[kind] as Entity).type;
    expect(new Set(body.results.map((one) => one.type))).toEqual(new Set([type]));
  });

  test.each(
    Object.keys(request()).flatMap((part) => [
      [`no ${part}`, { [part]: undefined }, `/${part}`] as const,
      [`a ${part} that is no object`, { [part]: 'x' }, `/${part}`] as const,
      ...(part === 'action'
        ? [['no name of the action', { action: {} }, '/action/name'] as const]
        : [[`no type of the ${part}`, { [part]: { id: 'x' } }, `/${part}/type`] as const]),
      ...(part === 'action' || part === kind
        ? []
        : [[`no id of the ${part}`, { [part]: { type: 'user' } }, `/${part}/id`] as const]),
    ]),
  )('%s is a bad request', async (_, change, pointer) => {
    const { status, body } = await search(kind, { ...request(), ...change });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, pointer]);
  });

  test('takes a context, and ignores what nobody knows', async () => {
    const { body: plain } = await search(kind, request());
    const parts = Object.entries(request()).map(([name, one]) => [name, { colour: 'red', ...one }]);
    const { status, body } = await search(kind, {
      ...Object.fromEntries(parts),
      context: { time: '2024-10-26T01:22-07:00', ip: '192.168.1.1' },
      whatever: { nested: true },
    });
    expect([status, body]).toEqual([200, plain]);
  });

  test('ignores an id of what is searched for', async () => {
    const part = request()[kind];
    const named = { ...request(), [kind]: { ...part, id: 'whatever' } };
    const answers = [await search(kind, request()), await search(kind, named)];
    expect(answers[1]!.body).toEqual(answers[0]!.body);
  });

  test('finds nothing where a type or an id is not known: that is no error', async () => {
    const { subject, resource } = request();
    const changes: object[] = [
      { subject: { ...subject, type: 'spaceship' } },
      { resource: { ...resource, type: 'record' } },
      ...(kind === 'subject' ? [] : [{ subject: { type: 'user', id: 'nobody' } }]),
      ...(kind === 'resource'
        ? []
        : [
            { resource: { type: 'organization', id: 'nowhere' } },
            { resource: { ...berlin(), id: 'space_01jx8q5v3mf2h9k7c4n6t0wzpd' } },
          ]),
    ];
    for (const change of changes) {
      const { status, body } = await search(kind, { ...request(), ...change });
      expect([change, status, body.results]).toEqual([change, 200, []]);
      expect(body.page).toEqual({ next_token: '', count: 0 });
    }
  });

  test('is answered to a stranger as if there were nothing', async () => {
    const { status, body } = await search(kind, request(), eve);
    expect([status, body.results, body.context?.error?.status]).toEqual([200, [], 404]);
  });

  test('needs somebody who has signed in', async () => {
    const { status, headers } = await search(kind, request(), service.anybody);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  test('comes in pages, each no longer than asked, with nothing lost or twice', async () => {
    const whole = await search(kind, request());
    expect(whole.body.results.length).toBeGreaterThan(2);
    for (const limit of [1, 2, 1000]) {
      expect(await all(kind, request(), limit)).toEqual(whole.body.results);
    }
  });

  const first = async (limit: number) => {
    const { status, body } = await search(kind, { ...request(), page: { limit } });
    expect([status, body.page.next_token]).toEqual([200, expect.stringMatching(/./)]);
    return body.page.next_token;
  };

  test('goes on with the limit of the first page, which need not be said again', async () => {
    const token = await first(2);
    const { status, body } = await search(kind, { ...request(), page: { token } });
    const again = await search(kind, { ...request(), page: { token, limit: 2 } });
    expect([status, body]).toEqual([200, again.body]);
    expect(body.results.length).toBeLessThanOrEqual(2);
    const { body: whole } = await search(kind, request());
    expect(body.results).toEqual(whole.results.slice(2, 2 + body.results.length));
  });

  test('goes on with the very same request, and no other', async () => {
    const token = await first(1);
    const parts = request();
    const changed: [string, object][] = [
      ...Object.entries(parts).map(([name, one]): [string, object] => [
        name,
        { [name]: { ...one, properties: { organization: 'lab', seen: true } } },
      ]),
      ['context', { context: { time: '2024-10-26T01:22-07:00' } }],
      ['a new field', { whatever: 1 }],
      ['the limit', { page: { token, limit: 2 } }],
      ['a property of the page', { page: { token, properties: { sort: 'up' } } }],
      ['the token', { page: { token: `${token}A` } }],
      ['the limit in the token', { page: { token: token.replace(/^\d+/, '2') } }],
      ['no token of ours', { page: { token: 'a3M9NDU2O3N6PTI=' } }],
    ];
    for (const [what, change] of changed) {
      const { status, body } = await search(kind, { ...parts, page: { token }, ...change });
      expect([what, status, body.code, body.errors?.[0]?.pointer]).toEqual([
        what,
        400,
        'cursor.invalid',
        '/page/token',
      ]);
    }
    // In whatever order it is written.
    const turned = Object.fromEntries(Object.entries(parts).reverse());
    expect((await search(kind, { page: { token }, ...turned })).status).toBe(200);
  });

  test('a token of another search is not one of this', async () => {
    const others = REQUESTS.filter(([other]) => other !== kind);
    const whole = Object.assign({}, ...REQUESTS.map(([, body]) => body())) as object;
    const token = await first(1);
    for (const [other] of others) {
      const resource = other === 'resource' ? { type: 'space' } : lab;
      const subject = { type: 'user', id: 'ada@example.com' };
      const asked = { ...whole, subject, resource, page: { token } };
      expect((await search(other, asked)).body.code).toBe('cursor.invalid');
    }
  });

  test('of nothing at a time are none, and no page is after that', async () => {
    const { status, body } = await search(kind, { ...request(), page: { limit: 0 } });
    expect([status, body.results, body.page.count]).toEqual([200, [], 0]);
    expect(body.page.next_token).toBe('');
  });

  test.each(['.', '1.', '0.'])('the token %s, which nobody was given, is none', async (token) => {
    const { status, body } = await search(kind, { ...request(), page: { token } });
    expect([status, body.code]).toEqual([400, 'cursor.invalid']);
  });

  test.each<[string, object | string, string]>([
    ['a limit below nothing', { limit: -1 }, '/page/limit'],
    ['half a result', { limit: 0.5 }, '/page/limit'],
    ['a limit in words', { limit: '2' }, '/page/limit'],
    ['a token that is no string', { token: 5 }, '/page/token'],
    ['a page that is none', 'next', '/page'],
  ])('%s is a bad request', async (_, page, pointer) => {
    const { status, body } = await search(kind, { ...request(), page });
    expect([status, body.errors?.[0]?.pointer]).toEqual([400, pointer]);
  });

  test('is no older than the revision in the context', async () => {
    const renamed = await ada.patch<{ revision: string }>('/organizations/lab', { name: 'Lab' });
    const { revision } = renamed.body;
    const platform = Buffer.from('platform 0').toString('base64url');
    for (const atLeast of [revision, platform, `${revision}~${platform}`]) {
      const { status } = await search(kind, { ...request(), context: { atLeast } });
      expect(status).toBe(200);
    }
    const made = await search(kind, { ...request(), context: { atLeast: 'made-up' } });
    expect([made.status, made.body.code]).toEqual([400, 'revision.invalid']);
  });
});

test('an action that no catalogue has names those that are like it', async () => {
  const asked = { subject: { type: 'user', id: 'ada@example.com' }, action: action('space:view') };
  for (const kind of ['subject', 'resource'] as const) {
    const resource = kind === 'subject' ? lab : { type: 'space' };
    const { status, body } = await search(kind, { ...asked, resource });
    expect([status, body]).toMatchObject([
      400,
      { code: 'permission.unknown', detail: expect.stringContaining('spaces:view') },
    ]);
  }
});
