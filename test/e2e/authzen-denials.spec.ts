/** Requestable denials, by the Access Request and Approval Profile of AuthZEN (Draft 1 of June 2026). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

interface Missing {
  readonly holder: string;
  readonly role: string;
  readonly scope: string;
  readonly mayGive: { readonly members?: readonly string[] };
}
interface Decision {
  readonly decision: boolean;
  readonly context: {
    readonly reason: string;
    readonly revision: string;
    readonly missing?: readonly Missing[];
    readonly evaluation_id?: string;
    readonly evaluated_at?: string;
    readonly access_request?: { readonly expires_at: string; readonly binding_token: string };
  };
}

const PDP = 'https://members.example.com';
const REQUESTS = 'https://requests.example.com/access/v1/requests';

let service: TestService;
let ada: HttpClient;
let member: string;

/** grace looks at everything in `acme` on mondoo, and edits nothing. */
async function begin(settings: Readonly<Record<string, string>>): Promise<void> {
  service = await TestService.start(settings);
  ada = await service.signIn('ada@example.com');
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
  member = await joins('acme', 'viewer');
}

async function joins(organization: string, role: string): Promise<string> {
  const email = 'grace@example.com';
  await ada.post(`/organizations/${organization}/invitations`, { email, roles: [role] });
  const isHere = ({ link }: { link?: string }) => link?.includes(`.${organization}.`) ?? false;
  const token = await service.linkOf(email, isHere);
  const grace = await service.signIn(email);
  return String((await grace.post('/invitations/accept', { token })).body['id']);
}

const evaluation = (context: object = { requestable: true }, name = 'policies:edit') => ({
  subject: { type: 'member', id: member },
  action: { name },
  resource: { type: 'organization', id: 'acme' },
  context,
});
const evaluate = (body: object, who = ada) => who.post<Decision>('//access/v1/evaluation', body);
const evaluateMany = (body: object) =>
  ada.post<{ evaluations: Decision[] }>('//access/v1/evaluations', body);
const explained = async () => {
  const asked = { principal: member, organization: 'acme', permission: 'policies:edit' };
  return (await ada.post<{ missing: Missing[] }>('/access/explain', asked)).body.missing;
};

describe('where access can be asked for', () => {
  beforeAll(() => begin({ PUBLIC_URL: PDP, ACCESS_REQUEST_ENDPOINT: REQUESTS }));
  afterAll(() => service.stop());

  test('the metadata says where, and with which keys denials are signed', async () => {
    const { body } = await service.anybody.get('//.well-known/authzen-configuration');
    expect(body).toMatchObject({
      policy_decision_point: PDP,
      access_request_endpoint: REQUESTS,
      jwks_uri: `${PDP}/access/v1/jwks`,
      capabilities: ['urn:openid:authzen:capability:access-request'],
    });
  });

  test('keys are told without what they sign with', async () => {
    const { status, body } = await service.anybody.get<JSONWebKeySet>('//access/v1/jwks');
    expect([status, body.keys.length > 0]).toEqual([200, true]);
    for (const key of body.keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    }
  });

  test('a denial is still one, and says what would end it: as Explain does', async () => {
    const { status, body } = await evaluate(evaluation());
    expect([status, body.decision, body.context.reason]).toEqual([200, false, 'no_role']);
    expect(body.context.missing).toEqual(await explained());
    expect(body.context.missing!.length).toBeGreaterThan(0);
    expect(body.context.missing![0]!.mayGive.members).toHaveLength(1);
  });

  test('it names itself, and when it ends', async () => {
    const before = Date.now();
    const [one, another] = [await evaluate(evaluation()), await evaluate(evaluation())];
    const { evaluation_id, evaluated_at, access_request } = one.body.context;
    expect(evaluation_id).toMatch(/^eval_/);
    expect(another.body.context.evaluation_id).not.toBe(evaluation_id);
    expect(Date.parse(evaluated_at!)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(access_request!.expires_at)).toBeGreaterThan(Date.now());
  });

  test('it is bound to what was asked, by a signature of ours', async () => {
    const asked = {
      subject: { type: 'member', id: member, properties: { team: 'red', act: { sub: 'agent' } } },
      action: { name: 'policies:edit', properties: { method: 'PUT' } },
      resource: { type: 'organization', id: 'acme', properties: { tier: [1, { two: null }] } },
      context: { requestable: true, time: '2026-04-30T20:15:00Z' },
    };
    const { context } = (await evaluate(asked)).body;
    const { body: keys } = await service.anybody.get<JSONWebKeySet>('//access/v1/jwks');
    const token = context.access_request!.binding_token;
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: PDP,
      audience: REQUESTS,
      requiredClaims: ['iat', 'exp', 'jti'],
    });
    expect(payload).toMatchObject({
      evaluation_id: context.evaluation_id,
      denial_expires_at: context.access_request!.expires_at,
      binding_context_members: [],
      action: asked.action,
      resource: asked.resource,
    });
    // Who acts may be told elsewhere in the request for access.
    const { act: _, ...properties } = asked.subject.properties;
    expect(payload['subject']).toEqual({ ...asked.subject, properties });
    expect(payload['missing']).toEqual(
      context.missing!.map(({ holder, role, scope }) =>
        expect.objectContaining({ holder, role, scope }),
      ),
    );
    const expires = Date.parse(context.access_request!.expires_at);
    expect(payload.exp! * 1000).toBeLessThanOrEqual(expires);
  });

  test('nothing of it where it was not asked for, and with a permit', async () => {
    const told = async (body: object) => Object.keys((await evaluate(body)).body.context).sort();
    const plain = ['reason', 'revision'];
    expect(await told(evaluation({}))).toEqual(plain);
    expect(await told(evaluation({ requestable: false }))).toEqual(plain);
    expect(await told(evaluation({ requestable: true }, 'policies:view'))).toEqual(plain);
  });

  test('nothing of it where no grant is what is missing', async () => {
    const told = async (change: object) => {
      const { body } = await evaluate({ ...evaluation(), ...change });
      return [body.decision, body.context.missing, body.context.access_request];
    };
    const nothing = [false, undefined, undefined];
    expect(await told({ subject: { type: 'user', id: 'nobody' } })).toEqual(nothing);
    expect(await told({ resource: { type: 'organization', id: 'nowhere' } })).toEqual(nothing);
    expect(await told({ resource: { type: 'record', id: 'acme' } })).toEqual(nothing);
  });

  test('whoever may not see members is not told who may give it', async () => {
    await ada.post('/organizations', { id: 'harbour', name: 'Harbour', catalogue: 'mondoo' });
    await joins('harbour', 'billing-manager');
    const asked = {
      subject: { type: 'user', id: 'grace@example.com' },
      action: { name: 'policies:edit' },
      resource: { type: 'organization', id: 'harbour' },
      context: { requestable: true },
    };
    const grace = await service.signIn('grace@example.com');
    const { missing } = (await evaluate(asked, grace)).body.context;
    expect(missing!.length).toBeGreaterThan(0);
    for (const { mayGive } of missing!) expect(Object.keys(mayGive)).toEqual(['roles']);
    const seen = (await evaluate(asked)).body.context.missing!;
    expect(seen.map(({ mayGive }) => mayGive.members?.length)).toEqual(seen.map(() => 1));
  });

  test('of many evaluations each says its own, for as many as that is asked at once', async () => {
    const { body } = await evaluateMany({
      ...evaluation(),
      evaluations: [{}, { context: {} }, { action: { name: 'policies:view' } }],
    });
    const requestable = body.evaluations.map(({ context }) => 'access_request' in context);
    expect(requestable).toEqual([true, false, false]);
    const many = (count: number, context: object) =>
      evaluateMany({ ...evaluation(), evaluations: Array<object>(count).fill({ context }) });
    expect((await many(50, { requestable: true })).status).toBe(200);
    expect((await many(51, {})).status).toBe(200);
    const { status, body: refused } = await many(51, { requestable: true });
    expect([status, refused]).toMatchObject([413, { code: 'batch.too_large' }]);
  });

  test('what is asked for is said with true or false', async () => {
    const { status, body } = await evaluate(evaluation({ requestable: 'please' }));
    expect([status, body]).toMatchObject([400, { errors: [{ pointer: '/context/requestable' }] }]);
  });

  test('an approval permits nothing by itself: the grant that comes of it does', async () => {
    const { context } = (await evaluate(evaluation())).body;
    const approval = { id: 'apr_made_up', approved_until: '2999-01-01T00:00:00Z' };
    const again = async () => (await evaluate(evaluation({ approval }))).body.decision;
    expect(await again()).toBe(false);
    const [{ holder, role }] = context.missing as readonly [Missing];
    const path = `/organizations/acme/members/${holder}/roles`;
    expect((await ada.patch(path, { add: [{ role }] })).status).toBe(200);
    expect(await again()).toBe(true);
  });
});

test('without a place to ask, a denial says what is missing and offers nothing', async () => {
  await begin({});
  try {
    const { context } = (await evaluate(evaluation())).body;
    expect(Object.keys(context).sort()).toEqual(['missing', 'reason', 'revision']);
    expect(context.missing).toEqual(await explained());
    const { body } = await service.anybody.get('//.well-known/authzen-configuration');
    expect(Object.keys(body).filter((name) => !/_endpoint$|^policy/.test(name))).toEqual([]);
    expect(body).not.toHaveProperty('access_request_endpoint');
    const keys = await service.anybody.get('//access/v1/jwks');
    const nothing = await service.anybody.get('//access/v1/nothing');
    expect([keys.status, { ...keys.body, instance: '' }]).toEqual([
      404,
      { ...nothing.body, instance: '' },
    ]);
  } finally {
    await service.stop();
  }
});
