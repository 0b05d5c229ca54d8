import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

interface Page {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly pointer: string }[];
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly nextCursor?: string;
}

let service: TestService;
let ada: HttpClient;
let eve: HttpClient;
let root: HttpClient;
const ids: Record<string, string> = {};
const NOWHERE = 'space_01jx8q5v3mf2h9k7c4n6t0wzpd';

const asked = (of: string, query: Readonly<Record<string, string>>): string =>
  `/access/${of}?${new URLSearchParams(query).toString()}`;
const who = (client: HttpClient, query: Readonly<Record<string, string>>) =>
  client.get<Page>(
    asked('principals', { organization: 'acme', permission: 'spaces:view', ...query }),
  );
const where = (client: HttpClient, query: Readonly<Record<string, string>>) =>
  client.get<Page>(
    asked('organizations', { principal: ids['ada']!, permission: 'spaces:view', ...query }),
  );

beforeAll(async () => {
  service = await TestService.start();
  root = await service.signIn('root@example.com', { platformAdmin: true });
  ada = await service.signIn('ada@example.com');
  eve = await service.signIn('eve@example.com');
  for (const [client, id] of [
    [ada, 'acme'],
    [ada, 'beta'],
    [eve, 'evil'],
  ] as const) {
    const made = await client.post('/organizations', { id, name: id, catalogue: 'mondoo' });
    if (id === 'acme') ids['created'] = String(made.body['revision']);
    const { body } = await client.post(`/organizations/${id}/spaces`, { name: 'S' });
    ids[id] = String(body['id']);
    ids[`revision of ${id}`] = String(body['revision']);
  }
  ids['ada'] = String((await ada.get('/me')).body['id']);
  ids['eve'] = String((await eve.get('/me')).body['id']);
  ids['root'] = String((await root.get('/me')).body['id']);
});
afterAll(() => service.stop());

describe('what can not be answered is refused with a code', () => {
  test.each<[string, Record<string, string>, number, string]>([
    ['an unknown permission', { permission: 'space:view' }, 400, 'permission.unknown'],
    ['an unknown organization', { organization: 'nowhere' }, 404, 'organization.not_found'],
    ['an organization one is not in', { organization: 'evil' }, 404, 'organization.not_found'],
    ['a space that does not exist', { space: NOWHERE }, 404, 'space.not_found'],
    ['no page', { limit: '0' }, 400, 'request.invalid'],
    ['a page that is too long', { limit: '201' }, 400, 'request.invalid'],
    ['a cursor made up', { cursor: 'AAAA' }, 400, 'cursor.invalid'],
    ['a revision made up', { atLeast: 'AAAA' }, 400, 'revision.invalid'],
    ['a moment made up', { at: 'AAAA' }, 400, 'revision.invalid'],
    ['a moment to come', { at: '2999-01-01T00:00:00Z' }, 400, 'moment.invalid'],
    ['what is not asked', { who: 'me' }, 400, 'request.invalid'],
  ])('who holds it: %s', async (_, query, status, code) => {
    const answer = await who(ada, query);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['an unknown permission', { permission: 'space:view' }, 400, 'permission.unknown'],
    ['nobody', { principal: 'ada' }, 400, 'request.invalid'],
    ['no page', { limit: '0' }, 400, 'request.invalid'],
    ['a cursor made up', { cursor: 'AAAA' }, 400, 'cursor.invalid'],
    ['a revision made up', { atLeast: 'AAAA' }, 400, 'revision.invalid'],
  ])('where it is held: %s', async (_, query, status, code) => {
    const answer = await where(ada, query);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test.each<[string, () => Record<string, string>, string]>([
    ['nothing', () => ({}), 'request.invalid'],
    ['neither a time nor a revision', () => ({ from: 'yesterday' }), 'revision.invalid'],
    [
      'a revision of another organization',
      () => ({ from: ids['revision of beta']! }),
      'revision.invalid',
    ],
    ['a time before the organization', () => ({ from: '2020-01-01T00:00:00Z' }), 'moment.invalid'],
    [
      'a time to come',
      () => ({ from: ids['revision of acme']!, to: '2999-01-01T00:00:00Z' }),
      'moment.invalid',
    ],
    [
      'moments the wrong way round',
      () => ({ from: ids['revision of acme']!, to: ids['created']! }),
      'request.invalid',
    ],
    [
      'a cursor made up',
      () => ({ from: ids['revision of acme']!, cursor: 'AAAA' }),
      'cursor.invalid',
    ],
  ])('who gained what: %s', async (_, query, code) => {
    const path = '/organizations/acme/access/diff';
    const answer = await ada.get<Page>(`${path}?${new URLSearchParams(query()).toString()}`);
    expect([answer.status, answer.body.code]).toEqual([400, code]);
  });

  test.each(['2026-11-27', 'yesterday', '3', 'no moment!', undefined])(
    'where a moment is asked for, %s is told what one is',
    async (moment) => {
      const asked = (name: string) =>
        moment === undefined ? '' : new URLSearchParams({ [name]: moment }).toString();
      const answers = [
        await ada.get<Page>(`/organizations/acme/access/diff?${asked('from')}`),
        ...(moment === undefined
          ? []
          : [await who(ada, { at: moment }), await where(ada, { at: moment })]),
      ];
      for (const { status, body } of answers) {
        expect([status, body.detail]).toEqual([
          400,
          expect.stringMatching(/a time such as 2026-03-01T12:00:00Z, or a revision/),
        ]);
      }
    },
  );

  test('near names are told, and a space is of one organization only', async () => {
    expect((await who(ada, { permission: 'space:view' })).body.detail).toContain('"spaces:view"');
    expect((await where(ada, { permission: 'space:view' })).body.detail).toContain('"spaces:view"');
    expect((await who(ada, { space: ids['evil']! })).body.code).toBe('space.not_found');
    expect((await who(ada, { atLeast: ids['revision of beta']! })).body.code).toBe(
      'revision.invalid',
    );
  });

  test('a cursor goes on with its own question only', async () => {
    const { body } = await who(ada, { limit: '1' });
    const cursor = body.nextCursor!;
    expect((await who(ada, { cursor })).status).toBe(200);
    const at = ids['revision of acme']!;
    for (const other of [{ permission: 'spaces:delete' }, { space: ids['acme']! }, { at }]) {
      expect((await who(ada, { cursor, ...other })).body.code).toBe('cursor.invalid');
    }
    expect((await who(ada, { cursor, organization: 'beta' })).body.code).toBe('cursor.invalid');
    expect((await where(ada, { cursor })).body.code).toBe('cursor.invalid');
  });
});

describe('of a moment', () => {
  const at = (organization: string) => ({ at: ids[`revision of ${organization}`]! });

  test('a space is found as it was, page by page', async () => {
    const before = { at: ids['created']!, space: ids['acme']! };
    expect((await who(ada, before)).body.code).toBe('space.not_found');
    const pages: unknown[] = [];
    for (let more = {}; ;) {
      const { status, body } = await where(ada, { ...at('acme'), limit: '1', ...more });
      expect(status).toBe(200);
      pages.push(...body.items);
      if (body.nextCursor === undefined) break;
      expect((await where(ada, { ...at('beta'), cursor: body.nextCursor })).body.code).toBe(
        'cursor.invalid',
      );
      more = { cursor: body.nextCursor };
    }
    // The other one was not yet founded.
    expect(pages).toEqual([{ organization: 'acme' }, { organization: 'acme', space: ids['acme'] }]);
  });

  test('an organization one is not in tells no more than one that does not exist', async () => {
    const nowhere = Buffer.from('nowhere 1').toString('base64url');
    const told = async (moment: string) => {
      const { status, body } = await where(eve, { principal: ids['eve']!, at: moment });
      return [status, body.code, body.detail];
    };
    expect(await told(at('evil').at)).toEqual([200, undefined, undefined]);
    expect(await told(at('acme').at)).toEqual(await told(nowhere));
    expect(await told(Buffer.from('acme 999').toString('base64url'))).toEqual(await told(nowhere));
    expect((await told(nowhere))[1]).toBe('revision.invalid');
    expect((await who(eve, at('acme'))).body.code).toBe('organization.not_found');
    expect((await where(eve, { ...at('evil'), principal: ids['ada']! })).status).toBe(404);
  });
});

describe('who may ask where somebody holds something', () => {
  test('oneself, everywhere', async () => {
    const platform = Buffer.from('platform 0').toString('base64url');
    const beta = ids['revision of beta']!;
    for (const atLeast of [beta, platform, `${beta}~${platform}`]) {
      const { body } = await where(ada, { atLeast });
      expect(body.items).toEqual([
        { organization: 'acme' },
        { organization: 'acme', space: ids['acme'] },
        { organization: 'beta' },
        { organization: 'beta', space: ids['beta'] },
      ]);
    }
  });

  test('nobody else, but whom the platform lets', async () => {
    expect((await where(eve, {})).status).toBe(404);
    expect((await where(root, {})).body.items).toHaveLength(4);
  });

  test('who holds it is for whoever may read that about others', async () => {
    await ada.post('/organizations', { id: 'gamma', name: 'G', catalogue: 'wasviking' });
    const email = 'reader@example.com';
    await ada.post('/organizations/gamma/invitations', { email, roles: ['ReadOnly'] });
    const reader = await service.signIn(email);
    const token = await service.linkOf(email);
    expect((await reader.post('/invitations/accept', { token })).status).toBe(200);
    const query = { organization: 'gamma', permission: 'roles:view' };
    expect((await who(reader, query)).body.code).toBe('permission.denied');
    expect((await who(ada, query)).body.items).toHaveLength(2);
  });

  test('what the platform gives is held in every organization', async () => {
    const all = ['acme', 'beta', 'evil'].flatMap((organization) => [
      { organization },
      { organization, space: ids[organization] },
    ]);
    expect((await where(root, { principal: ids['root']! })).body.items).toEqual(all);
    expect((await who(ada, {})).body.items).toContainEqual({ kind: 'user', id: ids['root'] });
  });
});
