/** What the Authorization API 1.0 of OpenID AuthZEN says of HTTP and JSON, and the requests in its text. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

interface Decision {
  readonly decision?: boolean;
  readonly evaluations?: readonly Decision[];
}

let service: TestService;
let ada: HttpClient;

const acme = { type: 'organization', id: 'acme' };
const subject = () => ({ type: 'user', id: 'ada@example.com' });
const evaluation = () => ({ subject: subject(), action: { name: 'scans:run' }, resource: acme });
const evaluate = (body: object) => ada.post<Decision>('//access/v1/evaluation', body);
const evaluateMany = (body: object) => ada.post<Decision>('//access/v1/evaluations', body);

beforeAll(async () => {
  service = await TestService.start();
  ada = await service.signIn('ada@example.com');
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
});
afterAll(() => service.stop());

test.each([
  'bfe9eb29-ab87-4ca3-be83-a1d5d8305716',
  'whatever it is: "a string", {of: any} kind; at=all',
  'x'.repeat(5000),
  'a\tb',
  '7',
])('the name of a request comes back, also with an error: %#', async (name) => {
  const headers = { 'x-request-id': name };
  const answers = [
    await ada.post('//access/v1/evaluation', evaluation(), headers),
    await ada.post('//access/v1/evaluation', {}, headers),
    await ada.post('//access/v1/evaluation', '{', headers),
    await ada.post('//access/v1/evaluations', evaluation(), headers),
    await ada.post('//access/v1/search/action', { subject: subject(), resource: acme }, headers),
    await service.anybody.post('//access/v1/evaluation', evaluation(), headers),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 400, 200, 200, 401]);
  for (const answer of answers) expect(answer.headers.get('x-request-id')).toBe(name);
});

test('a request without a name is given one', async () => {
  const { status, headers } = await evaluate(evaluation());
  expect([status, headers.get('x-request-id')]).toEqual([200, expect.stringMatching(/./)]);
});

test('where everything is', async () => {
  const { status, body } = await service.anybody.get('//.well-known/authzen-configuration');
  expect([status, body]).toEqual([
    200,
    {
      policy_decision_point: service.url,
      access_evaluation_endpoint: `${service.url}/access/v1/evaluation`,
      access_evaluations_endpoint: `${service.url}/access/v1/evaluations`,
      search_subject_endpoint: `${service.url}/access/v1/search/subject`,
      search_resource_endpoint: `${service.url}/access/v1/search/resource`,
      search_action_endpoint: `${service.url}/access/v1/search/action`,
    },
  ]);
});

describe.each(['evaluation', 'evaluations', 'search/subject', 'search/resource', 'search/action'])(
  '%s takes JSON by POST, and nothing else',
  (endpoint) => {
    const send = (body: string, headers: Record<string, string>, method = 'POST') =>
      fetch(`${service.url}/access/v1/${endpoint}`, {
        method,
        headers: { authorization: `Bearer ${ada.token}`, ...headers },
        ...(method === 'POST' ? { body: Buffer.from(body) } : {}),
      });
    const json = { 'content-type': 'application/json' };
    const good = () =>
      JSON.stringify({ ...evaluation(), resource: { ...acme, properties: {} }, page: {} });

    test.each<[string, string, Record<string, string>]>([
      ['a list', '[]', json],
      ['a string', '"x"', json],
      ['no JSON', '{', json],
      ['nothing', '', json],
      ['a name twice over that the language has for itself', '{"__proto__": {}}', json],
    ])('%s is a bad request', async (_, body, headers) => {
      const answer = await send(body, headers);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(/./) });
    });

    test.each([
      ['text/plain', 400],
      ['application/x-www-form-urlencoded', 400],
      ['application/jsonx', 400],
      [undefined, 400],
      ['application/json; charset=utf-8', 200],
      ['Application/JSON', 200],
    ])('content of type %s is answered %i', async (type, status) => {
      const answer = await send(good(), type === undefined ? {} : { 'content-type': type });
      expect(answer.status).toBe(status);
    });

    test('a number that is too large for one is a bad request, even where nobody reads it', async () => {
      const answer = await send(good().replace(/}$/, ',"whatever":[1e999]}'), json);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { errors: [{ pointer: '/whatever/0' }] },
      ]);
    });

    test('it is not to be read', async () => {
      const { status, headers } = await send('', {}, 'GET');
      expect([status, headers.get('allow')]).toEqual([405, 'POST']);
    });
  },
);

describe('the requests in the text of the specification, about what is not here', () => {
  const alice = { type: 'user', id: 'alice@example.com' };
  const time = { time: '2024-05-31T15:22-07:00' };
  const documents = ['boxcarring.md', 'subject-search.md', 'resource-search.md'].map((id) => ({
    resource: { type: 'document', id },
  }));
  const read = { name: 'can_read' };
  const account = { type: 'account', id: '123' };

  test.each<[string, object]>([
    [
      'an account',
      {
        subject: alice,
        resource: account,
        action: { name: 'can_read', properties: { method: 'GET' } },
        context: { time: '1985-10-26T01:22-07:00' },
      },
    ],
    ['a todo', { subject: alice, resource: { type: 'todo', id: '1' }, action: read }],
  ])('%s is evaluated: no', async (_, body) => {
    const answer = await evaluate(body);
    expect([answer.status, answer.body.decision]).toEqual([200, false]);
  });

  test.each<[string, object, number]>([
    [
      'with no defaults',
      {
        evaluations: documents.map((one) => ({
          subject: alice,
          action: read,
          context: time,
          ...one,
        })),
      },
      3,
    ],
    [
      'with one subject and context',
      {
        subject: alice,
        context: time,
        evaluations: documents.map((one) => ({ action: read, ...one })),
      },
      3,
    ],
    [
      'with an action that one of them overrides',
      {
        subject: alice,
        context: time,
        action: read,
        evaluations: [...documents.slice(0, 2), { action: { name: 'can_edit' }, ...documents[2] }],
      },
      3,
    ],
    [
      'to be denied at the first denial',
      {
        subject: alice,
        action: { name: 'read' },
        options: { evaluations_semantic: 'deny_on_first_deny' },
        evaluations: documents,
      },
      1,
    ],
    [
      'to be permitted at the first permit',
      {
        subject: alice,
        action: { name: 'read' },
        options: { evaluations_semantic: 'permit_on_first_permit' },
        evaluations: documents,
      },
      3,
    ],
    [
      'that lack something, with an option that nobody knows',
      {
        evaluations: [{ resource: { type: 'doc', id: '1' }, subject: { type: 'doc', id: '2' } }],
        options: { evaluations_semantic: 'execute_all', another_option: 'value' },
      },
      1,
    ],
  ])('evaluations %s are answered: no', async (_, body, count) => {
    const answer = await evaluateMany(body);
    expect(answer.status).toBe(200);
    expect(answer.body.evaluations?.map(({ decision }) => decision)).toEqual(
      Array<boolean>(count).fill(false),
    );
  });

  test.each<[string, string, object]>([
    [
      'users of an account',
      'subject',
      { subject: { type: 'user' }, action: read, resource: account, context: time },
    ],
    [
      'accounts of a user',
      'resource',
      { subject: alice, action: read, resource: { type: 'account' }, page: { limit: 2 } },
    ],
    ['actions on an account', 'action', { subject: alice, resource: account, context: time }],
  ])('%s are searched: there are none', async (_, kind, body) => {
    const answer = await ada.post(`//access/v1/search/${kind}`, body);
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { page: { next_token: '' }, results: [] },
    ]);
  });
});
