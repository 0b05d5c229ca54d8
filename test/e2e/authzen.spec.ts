/** Evaluations of the Authorization API 1.0 of OpenID AuthZEN, rule by rule. */
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
    test('the whole organization is no space of it', async () => {
      const resource = { type: 'space', id: 'organization', properties: { organization: 'lab' } };
      const asked = { subject: { type: 'user', id: 'ada@example.com' }, resource };
      const { status, body } = await evaluate({ ...asked, action: action('spaces:view') });
      expect([status, body.decision]).toEqual([200, false]);
    });

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

    test('of a type that there is not there is nobody, and nothing: that is a denial', async () => {
      const nobody = await evaluate({ ...evaluation(), subject: { type: 'car', id: graceMember } });
      expect([nobody.status, nobody.body]).toMatchObject([
        200,
        { decision: false, context: { reason: 'no_membership' } },
      ]);
      const nothing = await evaluate({ ...evaluation(), resource: { type: 'record', id: 'acme' } });
      expect([nothing.status, nothing.body]).toMatchObject([
        200,
        { decision: false, context: { error: { status: 404 } } },
      ]);
    });

    test('the same question has the same answer', async () => {
      const answers = await Promise.all(Array.from({ length: 5 }, () => evaluate(evaluation())));
      expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
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
        'a resource without a type',
        (body) => ({ ...body, resource: { id: 'x' } }),
        '/resource/type',
      ],
      ['an action without a name', (body) => ({ ...body, action: {} }), '/action/name'],
      [
        'a resource without an id',
        (body) => ({ ...body, resource: { type: 'organization' } }),
        '/resource/id',
      ],
      ['a subject that is no object', (body) => ({ ...body, subject: 'alice' }), '/subject'],
      ['a resource that is a list', (body) => ({ ...body, resource: [] }), '/resource'],
      ['an action named by a number', (body) => ({ ...body, action: { name: 1 } }), '/action/name'],
      [
        'a type that is null',
        (body) => ({ ...body, subject: { id: 'x', type: null } }),
        '/subject/type',
      ],
      ['a context that is no object', (body) => ({ ...body, context: 'now' }), '/context'],
      [
        'properties of a subject that are no object',
        (body) => ({ ...body, subject: { ...body.subject, properties: 'Sales' } }),
        '/subject/properties',
      ],
      [
        'properties of an action that are no object',
        (body) => ({ ...body, action: { ...body.action, properties: 1 } }),
        '/action/properties',
      ],
      [
        'properties of a resource that are no object',
        (body) => ({ ...body, resource: { ...acme, properties: [] } }),
        '/resource/properties',
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

    test('each part is the default or one’s own, and never some of both', async () => {
      const { status, body } = await evaluateMany({
        ...evaluation('assets:view'),
        subject: { type: 'user', id: 'ada@example.com' },
        resource: { type: 'space', id: space, properties: { organization: 'lab' } },
        evaluations: [{}, { resource: { type: 'space', id: space } }],
      });
      expect([status, body.evaluations]).toMatchObject([
        200,
        [{ decision: true }, { decision: false, context: { error: { status: 400 } } }],
      ]);
    });

    test('those that wait for a revision wait together', async () => {
      const atLeast = Buffer.from('acme 999999').toString('base64url');
      // One after the other they would outlast any test.
      const evaluations = Array.from({ length: 100 }, () => ({}));
      const { body } = await evaluateMany({ ...evaluation(), context: { atLeast }, evaluations });
      expect(body.evaluations).toHaveLength(100);
      expect(new Set(body.evaluations?.map(({ context }) => context?.reason))).toEqual(
        new Set(['read.not_yet']),
      );
    });

    test('a context is the default for those that have none', async () => {
      const { body } = await evaluateMany({
        ...evaluation(),
        context: { atLeast: 'made-up' },
        evaluations: [{}, { context: { time: '2025-06-27T19:00-07:00' } }],
      });
      expect(body.evaluations).toMatchObject([
        { decision: false, context: { reason: 'revision.invalid', error: { status: 400 } } },
        { decision: true },
      ]);
    });

    test.each<[string, object]>([
      ['without a part that has no default', { subject: undefined }],
      ['with a part that lacks a field', { resource: { type: 'organization' } }],
      ['with a part that is no object', { action: 'scans:run' }],
      ['with a part that is null', { subject: null }],
    ])('one %s is denied, and the others are answered', async (_, change) => {
      const { subject: one, ...defaults } = evaluation();
      const { status, body } = await evaluateMany({
        ...defaults,
        evaluations: [{ subject: one }, { subject: one, ...change }, { subject: one }],
      });
      expect([status, body.evaluations]).toMatchObject([
        200,
        [
          { decision: true },
          { decision: false, context: { error: { status: 400 } } },
          { decision: true },
        ],
      ]);
    });

    test.each<[string, object, string]>([
      ['defaults that lack a field', { subject: { type: 'user' } }, '/subject/id'],
      ['a default that is no object', { resource: 'acme' }, '/resource'],
      ['evaluations that are no list', { evaluations: {} }, '/evaluations'],
      ['an evaluation that is no object', { evaluations: [{}, 'x'] }, '/evaluations/1'],
      ['options that are no object', { options: 'all' }, '/options'],
      ['no list, and no subject', { evaluations: undefined, subject: undefined }, '/subject'],
      ['an empty list, and no action', { evaluations: [], action: undefined }, '/action'],
    ])('%s: a bad request as a whole', async (_, change, pointer) => {
      const { status, body } = await evaluateMany({
        ...evaluation(),
        evaluations: [{}],
        ...change,
      });
      expect([status, body]).toMatchObject([400, { errors: [{ pointer }] }]);
    });

    test('an error is a denial to those who stop at the first, and no permit', async () => {
      const nowhere = { type: 'organization', id: 'nowhere' };
      const ask = async (semantic: string) =>
        decisions(
          await evaluateMany({
            ...evaluation(),
            evaluations: [{ resource: nowhere }, {}, { resource: nowhere }],
            options: { evaluations_semantic: semantic, another_option: 'value' },
          }),
        );
      expect(await ask('deny_on_first_deny')).toEqual([false]);
      expect(await ask('permit_on_first_permit')).toEqual([false, true]);
      expect(await ask('execute_all')).toEqual([false, true, false]);
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
      const whole = { ...evaluation(), context: { time: '2024-05-31T15:22-07:00' } };
      const many = (count: number) =>
        evaluateMany({ evaluations: Array.from({ length: count }, () => whole) });
      const { status, body } = await many(1000);
      expect([status, body.evaluations?.length]).toEqual([200, 1000]);
      const over = await many(1001);
      const errors = [{ pointer: '/evaluations' }];
      expect([over.status, over.body]).toMatchObject([400, { code: 'request.invalid', errors }]);
    });
  });
});
