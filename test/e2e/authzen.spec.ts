/** The Authorization API 1.0 of OpenID AuthZEN, rule by rule. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

interface Decision {
  readonly decision?: boolean;
  readonly context?: {
    readonly reason: string;
    readonly revision?: string;
    readonly error?: object;
  };
  readonly evaluations?: readonly Decision[];
}
interface Actions {
  readonly page: { readonly next_token: string; readonly count: number };
  readonly results: readonly { readonly name: string }[];
}

describe('AuthZEN', () => {
  let service: TestService;
  let ada: HttpClient;
  let grace: HttpClient;
  let graceMember: string;
  let space: string;

  const acme = { type: 'organization', id: 'acme' };
  const subject = () => ({ type: 'member', id: graceMember });
  const action = (name: string) => ({ name });
  const evaluation = (name = 'scans:run') => ({
    subject: subject(),
    action: action(name),
    resource: acme,
  });
  const evaluate = (body: object, who = ada) => who.post<Decision>('//access/v1/evaluation', body);
  const evaluateMany = (body: object) => ada.post<Decision>('//access/v1/evaluations', body);
  const search = (body: object, who = ada) => who.post<Actions>('//access/v1/search/action', body);

  /** grace is a member of `acme` on vygl: may run scans, may not invite. */
  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@example.com');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    await ada.post('/organizations/acme/invitations', {
      email: 'grace@example.com',
      roles: ['member'],
    });
    grace = await service.signIn('grace@example.com');
    const token = await service.linkOf('grace@example.com');
    graceMember = String((await grace.post('/invitations/accept', { token })).body['id']);
    await ada.post('/organizations', { id: 'lab', name: 'Lab', catalogue: 'mondoo' });
    const made = await ada.post('/organizations/lab/spaces', { name: 'Berlin' });
    space = String(made.body['id']);
  });
  afterAll(() => service.stop());

  describe('evaluation', () => {
    test('a decision is 200 with a boolean, be it yes or no', async () => {
      const yes = await evaluate(evaluation('scans:run'));
      expect([yes.status, yes.body]).toMatchObject([
        200,
        { decision: true, context: { reason: 'granted' } },
      ]);
      const no = await evaluate(evaluation('members:invite'));
      expect([no.status, no.body]).toMatchObject([
        200,
        { decision: false, context: { reason: 'no_role' } },
      ]);
      expect(yes.headers.get('content-type')).toMatch(/^application\/json/);
    });

    test('every kind of subject; one nobody knows is denied', async () => {
      const as = async (type: string, id: string) => {
        const { body } = await evaluate({ ...evaluation(), subject: { type, id } });
        return [body.decision, body.context?.reason];
      };
      const { body: me } = await grace.get<{ id: string }>('/me');
      expect(await as('user', me.id)).toEqual([true, 'granted']);
      expect(await as('user', 'grace@example.com')).toEqual([true, 'granted']);
      expect(await as('user', 'nobody@example.com')).toEqual([false, 'no_membership']);
      expect(await as('member', 'alice')).toEqual([false, 'no_membership']);
      expect(await as('service_account', 'robot')).toEqual([false, 'no_membership']);
      expect(await as('api_key', 'k')).toEqual([false, 'no_membership']);
    });

    test('a space names its organization among its properties', async () => {
      const { body: me } = await ada.get<{ id: string }>('/me');
      const at = (resource: object) =>
        evaluate({
          subject: { type: 'user', id: me.id },
          action: action('assets:view'),
          resource: { type: 'space', id: space, ...resource },
        });
      const { body: allowed } = await at({ properties: { organization: 'lab' } });
      const { status, body } = await at({});
      expect([allowed.decision, status]).toEqual([true, 400]);
      expect(body).toMatchObject({
        code: 'request.invalid',
        errors: [{ pointer: '/resource/properties/organization' }],
      });
    });

    test('what is not there, or not for the asker, is denied with the error', async () => {
      const resource = { type: 'organization', id: 'nowhere' };
      const { status, body } = await evaluate({ ...evaluation(), resource });
      expect([status, body]).toMatchObject([
        200,
        { decision: false, context: { error: { status: 404 } } },
      ]);
    });

    test('who may not ask is refused with 403, who has not signed in with 401', async () => {
      await ada.post('/organizations', { id: 'harbour', name: 'Harbour', catalogue: 'wasviking' });
      const invited = { email: 'grace@example.com', roles: ['Analyst'] };
      await ada.post('/organizations/harbour/invitations', invited);
      const isHere = ({ link }: { link?: string }) => link?.includes('.harbour.') ?? false;
      const token = await service.linkOf('grace@example.com', isHere);
      await grace.post('/invitations/accept', { token });
      const about = {
        subject: { type: 'user', id: 'ada@example.com' },
        action: action('roles:view'),
        resource: { type: 'organization', id: 'harbour' },
      };
      expect((await evaluate(about, grace)).status).toBe(403);
      const { status, headers } = await evaluate(about, service.anybody);
      expect([status, headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringMatching(/^Bearer/),
      ]);
    });

    test.each<[string, (body: ReturnType<typeof evaluation>) => object, string]>([
      ['no subject', ({ subject: _, ...rest }) => rest, '/subject'],
      ['no action', ({ action: _, ...rest }) => rest, '/action'],
      ['no resource', ({ resource: _, ...rest }) => rest, '/resource'],
      [
        'a subject without an id',
        (body) => ({ ...body, subject: { type: 'member' } }),
        '/subject/id',
      ],
      ['a subject without a type', (body) => ({ ...body, subject: { id: 'x' } }), '/subject/type'],
      [
        'a subject of a kind there is not',
        (body) => ({ ...body, subject: { type: 'car', id: 'x' } }),
        '/subject/type',
      ],
      ['an action without a name', (body) => ({ ...body, action: {} }), '/action/name'],
      [
        'a resource without an id',
        (body) => ({ ...body, resource: { type: 'organization' } }),
        '/resource/id',
      ],
    ])('%s is a bad request', async (_, change, pointer) => {
      const { status, body } = await evaluate(change(evaluation()));
      expect([status, body]).toMatchObject([400, { errors: [{ pointer }] }]);
    });

    test('an action that the catalogue does not have names those that are like it', async () => {
      const { status, body } = await evaluate(evaluation('scans:runn'));
      expect([status, body]).toMatchObject([
        400,
        { code: 'permission.unknown', detail: expect.stringContaining('scans:run') },
      ]);
    });

    test('fields that nobody knows are ignored, wherever they are', async () => {
      const { status, body } = await evaluate({
        subject: { ...subject(), properties: { department: 'Sales' }, colour: 'red' },
        action: { name: 'scans:run', properties: { method: 'GET' } },
        resource: { ...acme, properties: { library_record: { title: 'x' } } },
        context: { time: '1985-10-26T01:22-07:00' },
        whatever: [1, 2],
      });
      expect([status, body.decision]).toEqual([200, true]);
    });

    test('the name of a request comes back, also with an error', async () => {
      const named = (body: object) =>
        ada.post('//access/v1/evaluation', body, {
          'x-request-id': 'bfe9eb29-ab87-4ca3-be83-a1d5d8305716',
        });
      for (const body of [evaluation(), {}]) {
        const { headers } = await named(body);
        expect(headers.get('x-request-id')).toBe('bfe9eb29-ab87-4ca3-be83-a1d5d8305716');
      }
    });

    test('an answer is no older than the revision in the context', async () => {
      const { body } = await ada.patch<{ revision: string }>('/organizations/acme', { name: 'A' });
      const answer = await evaluate({ ...evaluation(), context: { atLeast: body.revision } });
      expect(answer.body).toMatchObject({ decision: true, context: { revision: body.revision } });
      const late = await evaluate({ ...evaluation(), context: { atLeast: 'made-up' } });
      expect([late.status, late.body]).toMatchObject([400, { code: 'revision.invalid' }]);
    });
  });

  describe('evaluations', () => {
    const three = ['scans:run', 'members:invite', 'scans:run'];
    const asked = (names: readonly string[], semantic?: string) =>
      evaluateMany({
        subject: subject(),
        resource: acme,
        evaluations: names.map((name) => ({ action: action(name) })),
        ...(semantic === undefined ? {} : { options: { evaluations_semantic: semantic } }),
      });
    const decisions = ({ body }: { readonly body: Decision }) =>
      body.evaluations?.map(({ decision }) => decision);

    test('none are one', async () => {
      const { status, body } = await evaluateMany({ ...evaluation(), evaluations: [] });
      expect([status, body]).toMatchObject([200, { decision: true }]);
      expect((await evaluateMany(evaluation())).body).toMatchObject({ decision: true });
    });

    test('each is answered, in order, with no decision beside them', async () => {
      const answer = await asked(three);
      expect([answer.status, decisions(answer)]).toEqual([200, [true, false, true]]);
      expect(Object.keys(answer.body)).toEqual(['evaluations']);
      expect(decisions(await asked(three, 'execute_all'))).toEqual([true, false, true]);
    });

    test('the first denial ends it, where that is asked for', async () => {
      expect(decisions(await asked(three, 'deny_on_first_deny'))).toEqual([true, false]);
    });

    test('the first permit ends it, where that is asked for', async () => {
      const names = ['members:invite', 'scans:run', 'members:invite'];
      expect(decisions(await asked(names, 'permit_on_first_permit'))).toEqual([false, true]);
    });

    test('another semantic is a bad request', async () => {
      const { status, body } = await asked(three, 'guess');
      expect([status, body]).toMatchObject([
        400,
        { errors: [{ pointer: '/options/evaluations_semantic' }] },
      ]);
    });

    test('what an evaluation says itself stands before the default', async () => {
      const answer = await evaluateMany({
        ...evaluation('members:invite'),
        evaluations: [{}, { action: action('scans:run') }, { subject: { type: 'user', id: 'x' } }],
      });
      expect(decisions(answer)).toEqual([false, true, false]);
    });

    test('what has neither a part nor a default is a bad request', async () => {
      const { status, body } = await evaluateMany({
        resource: acme,
        evaluations: [{ subject: subject(), action: action('scans:run') }, { subject: subject() }],
      });
      expect([status, body]).toMatchObject([
        400,
        { errors: [{ pointer: '/evaluations/1/action' }] },
      ]);
    });

    test('an error in one is a denial of that one', async () => {
      const answer = await evaluateMany({
        ...evaluation(),
        evaluations: [
          {},
          { resource: { type: 'organization', id: 'nowhere' } },
          { action: action('scans:runn') },
          {},
        ],
      });
      expect(answer.body.evaluations).toMatchObject([
        { decision: true },
        { decision: false, context: { error: { status: 404 } } },
        { decision: false, context: { error: { status: 400 } } },
        { decision: true },
      ]);
    });

    test('a thousand at most', async () => {
      const many = (count: number) => asked(Array<string>(count).fill('scans:run'));
      const { status, body } = await many(1000);
      expect([status, body.evaluations?.length]).toEqual([200, 1000]);
      expect((await many(1001)).status).toBe(400);
    });
  });

  describe('search for actions', () => {
    test('what is found is permitted, and nothing else', async () => {
      const { status, body } = await search({ subject: subject(), resource: acme });
      const { body: all } = await ada.get<{ permissions: string[] }>(
        `/organizations/acme/members/${graceMember}/permissions`,
      );
      expect([status, body.results.map(({ name }) => name)]).toEqual([200, all.permissions]);
      expect(body.page).toEqual({ next_token: '', count: all.permissions.length });
      expect(Object.keys(body)[0]).toBe('page');
      for (const { name } of body.results) {
        expect((await evaluate(evaluation(name))).body.decision).toBe(true);
      }
    });

    test('comes in pages, the last of which has an empty token', async () => {
      const request = { subject: subject(), resource: acme };
      const names: string[] = [];
      let pages = 0;
      for (let token: string | undefined = undefined; token !== ''; pages++) {
        const { body }: { body: Actions } = await search({
          ...request,
          page: { limit: 3, ...(token === undefined ? {} : { token }) },
        });
        expect(body.results.length).toBeLessThanOrEqual(3);
        names.push(...body.results.map(({ name }) => name));
        token = body.page.next_token;
      }
      const { body } = await search(request);
      expect(pages).toBe(Math.ceil(body.results.length / 3));
      expect(names).toEqual(body.results.map(({ name }) => name));
    });

    test('a token is of one request and no other', async () => {
      const first = await search({ subject: subject(), resource: acme, page: { limit: 1 } });
      const token = first.body.page.next_token;
      const other = { subject: { type: 'user', id: 'x' }, resource: acme, page: { token } };
      const { status, body } = await search(other);
      expect([status, body]).toMatchObject([400, { code: 'cursor.invalid' }]);
    });

    test('nobody finds nothing', async () => {
      const nobody = { subject: { type: 'user', id: 'nobody' }, resource: acme };
      expect((await search(nobody)).body).toEqual({
        page: { next_token: '', count: 0 },
        results: [],
      });
    });
  });

  test('where everything is', async () => {
    const { status, body } = await service.anybody.get('//.well-known/authzen-configuration');
    expect([status, body]).toEqual([
      200,
      {
        policy_decision_point: service.url,
        access_evaluation_endpoint: `${service.url}/access/v1/evaluation`,
        access_evaluations_endpoint: `${service.url}/access/v1/evaluations`,
        search_action_endpoint: `${service.url}/access/v1/search/action`,
      },
    ]);
  });

  test('a body that is no JSON object is a bad request', async () => {
    const post = (body: string, type = 'application/json') =>
      fetch(`${service.url}/access/v1/evaluation`, {
        method: 'POST',
        headers: { 'content-type': type, authorization: `Bearer ${ada.token}` },
        body,
      });
    expect((await post('[]')).status).toBe(400);
    expect((await post('{')).status).toBe(400);
    expect((await post('{}', 'text/plain')).status).toBe(415);
  });
});
