import { afterEach, describe, expect, test } from '@jest/globals';
import { MembershipClient, MembershipError, type ClientOptions } from '@membership/client';
import { problem, ScriptedServer, type Step } from './support/scripted.js';

const CREATED: Step = { status: 201, body: { id: 'acme', revision: 'YWNtZSAw' } };
const BODY = { name: 'Acme', catalogue: 'vygl' };

const refuseToken = (): never => {
  throw new Error('no token today');
};
const forbidden = () =>
  new MembershipError({ code: 'permission.denied', status: 403, detail: 'of another service' });

describe('a call that fails in a way that may pass', () => {
  let server: ScriptedServer;
  afterEach(() => server.close());

  const client = (patience: object = {}) =>
    new MembershipClient({ baseUrl: server.url, token: 'secret', patience });
  const keys = () => server.received.map(({ headers }) => headers['idempotency-key']);
  const failure = (call: Promise<unknown>): Promise<MembershipError> =>
    call.then(
      () => Promise.reject(new Error('it was carried out')),
      (error: unknown) => error as MembershipError,
    );

  test.each<[string, Step]>([
    ['of unknown outcome', problem('write.outcome_unknown', 503)],
    ['cut off', { cut: true }],
    ['too often', problem('rate.limited', 429)],
    ['refused by a proxy without a service', { status: 502, body: 'bad gateway' }],
  ])('%s is repeated with the key it was first sent with', async (_, failing) => {
    server = await ScriptedServer.answering(failing, failing, CREATED);
    const made = await client().api.createOrganization({ body: BODY });
    expect(made.id).toBe('acme');
    const [first, ...others] = keys();
    expect(first).toMatch(/^\S{16,}$/);
    expect(others).toEqual([first, first]);
  });

  test('each call has a key of its own, or the one it is given', async () => {
    server = await ScriptedServer.answering(CREATED);
    const { api } = client();
    await api.createOrganization({ body: BODY });
    await api.createOrganization({ body: BODY });
    await api.createOrganization({ body: BODY }, { idempotencyKey: 'mine' });
    expect(new Set(keys()).size).toBe(3);
    expect(keys()[2]).toBe('mine');
  });

  test('one that is not answered in time is repeated', async () => {
    server = await ScriptedServer.answering({ silent: true }, CREATED);
    await client({ timeout: 200 }).api.createOrganization({ body: BODY });
    expect(keys()).toHaveLength(2);
    expect(new Set(keys()).size).toBe(1);
  });

  test('not sooner than Retry-After says', async () => {
    const limited = problem('rate.limited', 429, { 'retry-after': '1' });
    server = await ScriptedServer.answering(limited, CREATED);
    await client().api.createOrganization({ body: BODY });
    const [before, after] = server.received.map(({ at }) => at);
    expect(after! - before!).toBeGreaterThanOrEqual(1_000);
  });

  test('a Retry-After beyond what the caller waits for ends it at once', async () => {
    server = await ScriptedServer.answering(problem('rate.limited', 429, { 'retry-after': '60' }));
    const error = await failure(client().api.createOrganization({ body: BODY }));
    expect(error).toMatchObject({ code: 'rate.limited', retryAfter: 60 });
    expect(server.received).toHaveLength(1);
  });

  test('a bounded number of times, then it says what the last was', async () => {
    server = await ScriptedServer.answering(problem('write.outcome_unknown', 503));
    const error = await failure(client({ retries: 2 }).api.createOrganization({ body: BODY }));
    expect(error).toBeInstanceOf(MembershipError);
    expect(error).toMatchObject({ code: 'write.outcome_unknown', status: 503, instance: 'req-1' });
    expect(server.received).toHaveLength(3);
  });

  test.each<[string, Step]>([
    ['what the state refuses', problem('member.last_holder', 409)],
    ['what is forbidden', problem('permission.denied', 403)],
    ['a bug', problem('internal', 500)],
  ])('%s is not repeated', async (_, refused) => {
    server = await ScriptedServer.answering(refused);
    const error = await failure(client().api.createOrganization({ body: BODY }));
    expect(error.status).toBe(refused.status);
    expect(server.received).toHaveLength(1);
  });

  test('nor is what takes no key and changes something', async () => {
    server = await ScriptedServer.answering(problem('write.outcome_unknown', 503));
    await failure(client().api.declineInvitation({ body: { token: 'k1.acme.x.1.y' } }));
    await failure(client().api.rebuildReadModel({ readModel: 'members', body: {} }));
    expect(server.received).toHaveLength(2);
    expect(keys()).toEqual([undefined, undefined]);
  });

  test('nor is what tells a secret, which is told once', async () => {
    server = await ScriptedServer.answering({ cut: true });
    const where = { organization: 'acme', key: 'key_1' };
    await failure(client().api.rotateApiKey(where));
    await failure(client().api.createApiKey({ ...where, body: { name: 'CI', scopes: [] } }));
    expect(server.received).toHaveLength(2);
  });

  test('what only asks is repeated without a key', async () => {
    server = await ScriptedServer.answering({ cut: true }, { body: { items: [] } });
    await client().api.listMembers({ organization: 'acme' });
    expect(server.received.map(({ path }) => path)).toEqual(
      Array(2).fill('/api/v1/organizations/acme/members'),
    );
    expect(keys()).toEqual([undefined, undefined]);
  });

  test('the token is asked for before each attempt', async () => {
    server = await ScriptedServer.answering({ cut: true }, { body: {} });
    let asked = 0;
    const token = () => Promise.resolve(`token-${(asked += 1)}`);
    await new MembershipClient({ baseUrl: server.url, token }).api.getMe();
    const sent = server.received.map(({ headers }) => headers.authorization);
    expect(sent).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  test.each<[string, () => string | Promise<string>]>([
    ['throws', () => refuseToken()],
    ['rejects', () => Promise.reject(new Error('no token today'))],
    ['refuses as the service would', () => Promise.reject(forbidden())],
    ['never answers', () => new Promise<string>(() => {})],
  ])(
    'one whose token function %s is repeated, and then the service unreachable',
    async (_, token) => {
      server = await ScriptedServer.answering(CREATED);
      let asked = 0;
      const failing = () => {
        asked += 1;
        return token();
      };
      const patience = { retries: 1, timeout: 100 };
      const { api } = new MembershipClient({ baseUrl: server.url, token: failing, patience });
      const error = await failure(api.createOrganization({ body: BODY }));
      expect(error).toBeInstanceOf(MembershipError);
      expect(error).toMatchObject({ code: 'client.unreachable', status: undefined });
      expect(asked).toBe(2);
      const once = await failure(api.declineInvitation({ body: { token: 'k1.acme.x.1.y' } }));
      expect(once).toMatchObject({ code: 'client.unreachable' });
      const streamed = await failure(api.exportAudit({ organization: 'acme' }));
      expect(streamed).toMatchObject({ code: 'client.unreachable' });
      expect(server.received).toEqual([]);
    },
  );

  test.each([undefined, null, ''])('a client without a token, %p, is not made', (token) => {
    const options = { baseUrl: server.url, token: token as string };
    expect(() => new MembershipClient(options)).toThrow(/^token: give an API key/);
  });

  test('whoever gives up while the token is asked for is heard', async () => {
    server = await ScriptedServer.answering(CREATED);
    const token = () => new Promise<string>(() => {});
    const gone = new AbortController();
    const { api } = new MembershipClient({ baseUrl: server.url, token });
    const call = api.declineInvitation({ body: { token: 'x' } }, { signal: gone.signal });
    gone.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  test('whoever gives up is heard', async () => {
    server = await ScriptedServer.answering({ silent: true });
    const gone = new AbortController();
    const call = client().api.createOrganization({ body: BODY }, { signal: gone.signal });
    setTimeout(() => gone.abort(new Error('enough')), 100);
    await expect(call).rejects.toThrow('enough');
    expect(server.received).toHaveLength(1);
  });
});

test.each(['', '.', '..'])(
  'a name that leads elsewhere is not sent: "%s"',
  async (organization) => {
    const server = await ScriptedServer.answering({});
    const { api } = new MembershipClient({ baseUrl: server.url, token: 't' });
    const deleting = await Promise.allSettled([api.deleteOrganization({ organization })]);
    server.close();
    expect(deleting).toMatchObject([{ status: 'rejected', reason: { code: 'request.invalid' } }]);
    expect(server.received).toEqual([]);
  },
);

test('nobody there is said to be so', async () => {
  const server = await ScriptedServer.answering({});
  server.close();
  const client = new MembershipClient({
    baseUrl: server.url,
    token: 't',
    patience: { retries: 1 },
  });
  await expect(client.api.getMe()).rejects.toMatchObject({
    code: 'client.unreachable',
    status: undefined,
    message: expect.stringMatching(
      `^client.unreachable: The service at ${server.url} did not answer \\(.*ECONNREFUSED`,
    ),
  });
});

test('nobody there to be followed is said to be so', async () => {
  const server = await ScriptedServer.answering({});
  server.close();
  const message = await new Promise<string>((heard) => {
    const onTrouble = (error: MembershipError) => {
      client.close();
      heard(error.message);
    };
    const client = new MembershipClient({ baseUrl: server.url, token: 't', onTrouble });
    client.watch('acme');
  });
  expect(message).toMatch(/The service at http\S+ did not answer .*ECONNREFUSED/);
});

test('what is left out of a path is said, and nothing sent', async () => {
  const server = await ScriptedServer.answering({});
  const { api } = new MembershipClient({ baseUrl: server.url, token: 't' });
  const listMembers = api.listMembers as (input?: object) => Promise<unknown>;
  for (const input of [undefined, {}, { organization: undefined }, { organization: null }]) {
    await expect(listMembers(input)).rejects.toMatchObject({
      code: 'request.invalid',
      message: 'request.invalid: organization must be given: it is in the path.',
    });
  }
  server.close();
  expect(server.received).toEqual([]);
});

test.each<[string, object, string]>([
  ['no token', { token: undefined }, 'token: give an API key, or a function'],
  ['an empty token', { token: '' }, 'token: give an API key, or a function'],
  ['no scheme', { baseUrl: '127.0.0.1:4917' }, 'baseUrl: give the address of the service'],
  ['another scheme', { baseUrl: 'localhost:4917' }, 'baseUrl: give the address of the service'],
  ['no address', { baseUrl: undefined }, 'baseUrl: give the address of the service'],
  ['a path too long', { baseUrl: 'http://here/api/v1' }, 'baseUrl: leave out /api/v1'],
])('with %s there is no client', (_, options, sentence) => {
  const given = { baseUrl: 'http://here', token: 't', ...options } as ClientOptions;
  expect(() => new MembershipClient(given)).toThrow(sentence);
});
