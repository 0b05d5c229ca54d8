import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MembershipClient, MembershipError } from '@membership/client';
import { flip } from '../support/damage.js';
import { TestService } from '../support/service.js';
import { Proxy } from './support/proxy.js';
import { ScriptedServer } from './support/scripted.js';

const ONE = '/api/v1/access/check';
const MANY = '/api/v1/access/check/batch';
const RUN = { organization: 'acme', permission: 'scans:run' };
const ADA = 'user:ada@acme.example';

const revision = (organization: string, place: number): string =>
  Buffer.from(`${organization} ${place}`).toString('base64url');

describe('checks of the same moment', () => {
  let service: TestService;
  let proxy: Proxy;
  let client: MembershipClient;

  beforeAll(async () => {
    service = await TestService.start();
    proxy = await Proxy.before(service.url);
    const { token } = await service.signIn('ada@acme.example');
    client = new MembershipClient({ baseUrl: proxy.url, token: token!, checkWindow: 50 });
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

  test('what nobody has reached keeps waiting only whoever wants it', async () => {
    const reached = (await client.check({ ...RUN, principal: ADA })).revision;
    proxy.passed.length = 0;
    // One that has written nothing wants no revision of its own.
    const { token } = await service.signIn('ada@acme.example');
    const reader = new MembershipClient({ baseUrl: proxy.url, token: token! });
    const ask = (more: object) => reader.check({ ...RUN, principal: ADA, ...more });

    const good = () =>
      Promise.all(Array.from({ length: 99 }, (_, n) => ask(n % 2 ? { atLeast: reached } : {})));
    const late = ask({ atLeast: revision('acme', 999) }).catch((error: unknown) => error);
    expect((await good()).every(({ allowed }) => allowed)).toBe(true);
    // The service waits 2 s each time before it says that it is not there yet.
    expect(proxy.count(MANY)).toBe(3);
    expect(await late).toMatchObject({ code: 'read.not_yet', status: 503 });

    proxy.passed.length = 0;
    const nowhere = { organization: 'nowhere', atLeast: revision('nowhere', 1) };
    const lost = ask(nowhere).catch((error: unknown) => error);
    expect((await good()).every(({ allowed }) => allowed)).toBe(true);
    expect(proxy.count(MANY)).toBe(4);
    expect(await lost).toMatchObject({ code: 'organization.not_found', status: 404 });
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

  test('and what it wrote to the platform, in every organization', async () => {
    const wrote = ['acme 9', 'platform 4'].map((text) => ({
      body: { revision: Buffer.from(text).toString('base64url') },
    }));
    const verdict = { body: { allowed: false, reason: 'no_role', revision: revision('acme', 12) } };
    const platform = await ScriptedServer.answering(...wrote, verdict);
    const client = new MembershipClient({ baseUrl: platform.url, token: 't' });
    const asked = async (question: object = {}): Promise<unknown> => {
      await client.check({ ...RUN, principal: ADA, ...question });
      return (JSON.parse(platform.received.at(-1)!.body) as { atLeast?: string }).atLeast;
    };
    await client.api.createSpace({ organization: 'acme', body: { name: 'a' } });
    await client.api.deactivateMember({ organization: 'platform', member: 'mem_sue' });
    const [here, there] = [revision('acme', 9), revision('platform', 4)];
    expect(await asked()).toBe(`${here}~${there}`);
    expect(await asked({ organization: 'looms' })).toBe(there);
    expect(await asked({ organization: 'platform' })).toBe(there);
    const later = revision('platform', 5);
    expect(await asked({ atLeast: later })).toBe(`${later}~${here}`);
    expect(await asked({ atLeast: revision('platform', 3) })).toBe(`${there}~${here}`);
    platform.close();
  });
});

describe('an organization that is being repaired', () => {
  const view = (organization: string) => ({
    principal: ADA,
    organization,
    permission: 'organization:view',
  });

  test('fails for itself alone, whoever else is asked about with it', async () => {
    let service = await TestService.start();
    const ada = await service.signIn('ada@acme.example');
    for (const id of ['hurt', 'acme', 'looms']) {
      await ada.post('/organizations', { id, name: `Named ${id}`, catalogue: 'vygl' });
    }
    await service.service.stop();
    flip(join(service.dataDir, 'events.db'), 'Named hurt');
    rmSync(join(service.dataDir, 'snapshots.db'));
    service = await TestService.start({}, service.dataDir);
    const proxy = await Proxy.before(service.url);
    const { token } = await service.signIn('ada@acme.example');
    const client = new MembershipClient({ baseUrl: proxy.url, token: token! });

    const where = Array.from({ length: 60 }, (_, n) => ['hurt', 'acme', 'looms'][n % 3]!);
    const told = await Promise.allSettled(where.map((one) => client.check(view(one))));
    proxy.close();
    await service.stop();
    const answers = told.map((one) =>
      one.status === 'fulfilled' ? one.value.allowed : (one.reason as MembershipError).code,
    );
    expect(answers).toEqual(where.map((one) => (one === 'hurt' ? 'read.quarantined' : true)));
    expect(proxy.count(ONE)).toBe(0);
  });

  test('a result that says so is the refusal that one alone would get', async () => {
    const server = await ScriptedServer.answering({
      body: {
        results: [
          { allowed: false, reason: 'quarantined' },
          { allowed: true, reason: 'granted' },
        ],
        revisions: { acme: revision('acme', 7) },
      },
    });
    const client = new MembershipClient({ baseUrl: server.url, token: 't' });
    const told = await Promise.allSettled(['hurt', 'acme'].map((one) => client.check(view(one))));
    server.close();
    expect(told).toEqual([
      { status: 'rejected', reason: expect.any(MembershipError) },
      {
        status: 'fulfilled',
        value: { allowed: true, reason: 'granted', revision: revision('acme', 7), local: false },
      },
    ]);
    expect(told[0]).toMatchObject({ reason: { code: 'read.quarantined', status: 503 } });
    expect(server.received).toHaveLength(1);
  });
});
