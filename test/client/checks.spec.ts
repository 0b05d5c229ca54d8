import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MembershipClient } from '@membership/client';
import { TestService } from '../support/service.js';
import { Proxy } from './support/proxy.js';
import { ScriptedServer } from './support/scripted.js';

const ONE = '/api/v1/access/check';
const MANY = '/api/v1/access/check/batch';
const RUN = { organization: 'acme', permission: 'scans:run' };
const ADA = 'user:ada@acme.example';

describe('checks of the same moment', () => {
  let service: TestService;
  let proxy: Proxy;
  let client: MembershipClient;

  beforeAll(async () => {
    service = await TestService.start();
    proxy = await Proxy.before(service.url);
    const { token } = await service.signIn('ada@acme.example');
    client = new MembershipClient({ baseUrl: proxy.url, token: token!, checkWindow: 5 });
    await client.api.createOrganization({
      body: { id: 'acme', name: 'Acme', catalogue: 'vygl' },
    });
  });
  beforeEach(() => void (proxy.passed.length = 0));
  afterAll(async () => {
    proxy.close();
    await service.stop();
  });

  test('go as one request, and each gets its own answer', async () => {
    const names = Array.from({ length: 100 }, (_, n) => (n % 2 ? ADA : `user:nobody-${n}`));
    const answers = await Promise.all(
      names.map((principal) => client.check({ ...RUN, principal })),
    );
    expect(answers.map(({ allowed }) => allowed)).toEqual(names.map((name) => name === ADA));
    expect(answers[0]).toMatchObject({ reason: 'no_membership', local: false });
    expect(answers[1]).toMatchObject({ reason: 'granted', local: false });
    expect(proxy.passed).toEqual([`POST ${MANY}`]);
  });

  test('also those of the next milliseconds', async () => {
    const first = client.check({ ...RUN, principal: ADA });
    await new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
    await Promise.all([first, client.check({ ...RUN, principal: ADA })]);
    expect(proxy.passed).toEqual([`POST ${MANY}`]);
  });

  test('by a thousand, as many as the service takes', async () => {
    const names = Array.from({ length: 1_500 }, (_, n) => `user:nobody-${n}`);
    await Promise.all(names.map((principal) => client.check({ ...RUN, principal })));
    expect([proxy.count(MANY), proxy.count(ONE)]).toEqual([2, 0]);
  });

  test('one alone is asked alone', async () => {
    await client.check({ ...RUN, principal: ADA });
    expect(proxy.passed).toEqual([`POST ${ONE}`]);
  });

  test.each([
    ['an unknown permission', { permission: 'scans:rum' }, 'permission.unknown'],
    ['an unknown organization', { organization: 'nowhere' }, 'organization.not_found'],
    ['a principal that is none', { principal: 'ada' }, 'request.invalid'],
    ['a revision that was made up', { atLeast: 'bm90aGluZw' }, 'revision.invalid'],
  ])('%s fails for itself alone', async (_, bad, code) => {
    const good = Array.from({ length: 63 }, () => client.check({ ...RUN, principal: ADA }));
    const failing = client.check({ ...RUN, principal: ADA, ...bad });
    await expect(failing).rejects.toMatchObject({ code });
    expect((await Promise.all(good)).every(({ allowed }) => allowed)).toBe(true);
    // 64, of which one is bad: found by halves, six times over.
    expect(proxy.passed.length).toBeLessThanOrEqual(1 + 2 * 6);
  });

  test('what nobody may answer fails for each', async () => {
    const { token } = await service.signIn('eve@acme.example');
    const eve = new MembershipClient({ baseUrl: proxy.url, token: token! });
    const asked = [1, 2].map((n) => eve.check({ ...RUN, principal: `user:${n}` }));
    const told = await Promise.allSettled(asked);
    expect(told).toEqual(
      [1, 2].map(() => ({
        status: 'rejected',
        reason: expect.objectContaining({ code: 'organization.not_found' }),
      })),
    );
  });

  test('the caller who is not known is told so once, not by halves', async () => {
    const nobody = new MembershipClient({ baseUrl: proxy.url, token: 'made-up' });
    const asked = Array.from({ length: 50 }, () => nobody.check({ ...RUN, principal: ADA }));
    const told = await Promise.allSettled(asked);
    expect(told.every((one) => one.status === 'rejected' && one.reason.status === 401)).toBe(true);
    expect(proxy.passed).toEqual([`POST ${MANY}`]);
  });

  test('a question as of then is answered as of then', async () => {
    const { revision } = await client.check({ ...RUN, principal: ADA });
    const then = await client.check({ ...RUN, principal: ADA, at: revision });
    expect(then).toMatchObject({ allowed: true, revision });
  });
});

describe('what the client has written itself', () => {
  let server: ScriptedServer;
  afterAll(() => server.close());

  const revision = (organization: string, place: number): string =>
    Buffer.from(`${organization} ${place}`).toString('base64url');

  test('its own checks want to have been taken in', async () => {
    const wrote = [9, 11, 10].map((place) => ({ body: { revision: revision('acme', place) } }));
    const verdict = { body: { allowed: false, reason: 'no_role', revision: revision('acme', 12) } };
    server = await ScriptedServer.answering(...wrote, verdict);
    const client = new MembershipClient({ baseUrl: server.url, token: 't' });
    const asked = async (question: object = {}): Promise<unknown> => {
      await client.check({ ...RUN, principal: ADA, ...question });
      return (JSON.parse(server.received.at(-1)!.body) as { atLeast?: string }).atLeast;
    };
    for (const name of ['a', 'b', 'c']) {
      await client.api.createSpace({ organization: 'acme', body: { name } });
    }
    expect(await asked()).toBe(revision('acme', 11));
    expect(await asked({ atLeast: revision('acme', 3) })).toBe(revision('acme', 11));
    expect(await asked({ atLeast: revision('acme', 12) })).toBe(revision('acme', 12));
    expect(await asked({ organization: 'looms' })).toBeUndefined();
  });
});
