/** Checks answered from the change stream, with the real service at its other end. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { MembershipClient, type MembershipError } from '@membership/client';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';
import { Proxy } from './support/proxy.js';
import { platformKey } from './support/robots.js';

const ONE = '/api/v1/access/check';
const MANY = '/api/v1/access/check/batch';
const STREAM = '/api/v1/access/changes';

describe('a service that follows an organization', () => {
  let service: TestService;
  let proxy: Proxy;
  let root: HttpClient;
  let ada: HttpClient;
  let ben: string;
  let benToken: string;
  let person: string;
  let space: string;
  /** The revision of what was done last. */
  let latest: string;
  let key: string;
  let client: MembershipClient;

  beforeAll(async () => {
    service = await TestService.start();
    proxy = await Proxy.before(service.url);
    root = await service.signIn('root@platform.example', { platformAdmin: true });
    key = await platformKey(service);
    ada = await service.signIn('ada@acme.example');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    space = await made('spaces', { name: 'Bonn' });
    const email = 'ben@acme.example';
    await made('invitations', { email, roles: ['viewer'] });
    const token = await service.linkOf(email);
    const signedIn = await service.signIn(email);
    benToken = signedIn.token!;
    ben = String((await signedIn.post('/invitations/accept', { token })).body['id']);
    person = String((await signedIn.get('/me')).body['id']);
    expect(person).toMatch(/^usr_/);
  });
  beforeEach(() => {
    client = follower(key);
  });
  afterEach(() => {
    for (const one of followers.splice(0)) one.close();
    proxy.thawStreams();
  });
  afterAll(async () => {
    proxy.close();
    await service.stop();
  });

  const followers: MembershipClient[] = [];
  const follower = (token: string): MembershipClient => {
    const made = new MembershipClient({ baseUrl: proxy.url, token, issuer: 'urn:membership:dev' });
    followers.push(made);
    return made;
  };
  const made = async (path: string, body: object): Promise<string> => {
    const answer = await ada.post(`/organizations/acme/${path}`, body);
    expect([path, answer.status, answer.body['code']]).toEqual([path, 201, undefined]);
    latest = String(answer.body['revision']);
    return String(answer.body['id']);
  };
  const does = async (method: string, path: string, body: object = {}, who = ada) => {
    const answer = await who.call(`/organizations/acme/${path}`, { method, body });
    expect([path, answer.status, answer.body['code']]).toEqual([path, 200, undefined]);
    latest = String(answer.body['revision']);
  };
  const may = (permission: string, question: object = {}) =>
    client.check({ principal: ben, organization: 'acme', permission, ...question });
  /** Makes Ben an editor, who may update spaces, for so long. */
  const lend = (milliseconds: number): Promise<void> => {
    const expiresAt = new Date(Date.now() + milliseconds).toISOString();
    return does('PATCH', `members/${ben}/roles`, { add: [{ role: 'editor', expiresAt }] });
  };
  const asked = (): number => proxy.count(ONE) + proxy.count(MANY);
  /** Until the follower has been told of what was done last. */
  const upToDate = async (): Promise<void> => {
    const question = { atLeast: latest };
    await eventually(async () => (await may('spaces:view', question)).local || undefined, 'news');
  };

  test('answers what the service would, whatever happens', async () => {
    await client.watch('acme').synced();
    const { body } = await ada.get<{ permissions: string[] }>(
      '/organizations/acme/members/user:ada@acme.example/permissions',
    );
    const team = await made('teams', { name: 'Team' });
    const robot = await made('service-accounts', { name: 'Robot', roles: ['agent'], space });
    const robotKey = await made('api-keys', { name: 'k', owner: robot, scopes: [] });
    const role = await made('roles', {
      name: 'Looker',
      scopes: ['organization', 'space'],
      permissions: ['spaces:view', 'assets:view'],
    });
    const principals = [ben, person, robot, robotKey, 'user:ada@acme.example', 'mem_nobody'];

    const agrees = async (): Promise<void> => {
      await upToDate();
      const questions = principals.flatMap((principal) =>
        [undefined, space, 'space_01jx8q5v3mf2h9k7c4n6t0wzpd'].flatMap((at) =>
          body.permissions.map((permission) => ({
            principal,
            organization: 'acme',
            permission,
            ...(at !== undefined && { space: at }),
          })),
        ),
      );
      const own = await Promise.all(questions.map((one) => client.check(one)));
      const told = await Promise.all(questions.map((one) => judge.check(one)));
      expect(told.some(({ allowed }) => allowed) && told.some(({ local }) => !local)).toBe(true);
      expect(own.filter(({ local }) => local).length).toBeGreaterThan(own.length / 2);
      expect(own.filter(({ allowed }, n) => allowed !== told[n]!.allowed)).toEqual([]);
    };
    const judge = new MembershipClient({ baseUrl: service.url, token: key });

    await agrees();
    for (const [method, path, sent] of [
      ['PATCH', `members/${ben}/roles`, { add: [{ role }] }],
      ['PUT', `teams/${team}/members/${ben}`],
      ['PUT', `teams/${team}/roles`, { roles: ['editor'], space }],
      ['POST', `spaces/${space}/deactivate`],
      ['PATCH', `roles/${role}`, { permissions: ['spaces:view'] }],
      ['POST', `spaces/${space}/reactivate`],
      ['POST', `members/${ben}/deactivate`],
      ['POST', `members/${ben}/reactivate`],
      ['DELETE', `teams/${team}/members/${ben}`],
      ['PATCH', `members/${ben}/roles`, { remove: [role] }],
    ] as const) {
      await does(method, path, sent);
      await agrees();
    }
    await does('POST', 'suspend', { reason: 'unpaid' }, root);
    await upToDate();
    expect(await may('spaces:view')).toMatchObject({ allowed: false, local: true });
    await does('POST', 'resume', {}, root);
    await agrees();
  }, 120_000);

  test('where the service refuses, whoever waits for it is told so', async () => {
    await expect(client.watch('nowhere').synced()).rejects.toMatchObject({
      code: 'organization.not_found',
    });
  });

  test('asks nothing once it has synced', async () => {
    await client.watch('acme').synced();
    const before = asked();
    const answers = await Promise.all([
      may('spaces:view'),
      may('spaces:update'),
      may('spaces:view', { principal: 'user:ben@acme.example' }),
      may('spaces:view', { principal: 'user:eve@acme.example' }),
    ]);
    expect(answers.map(({ allowed, local }) => [allowed, local])).toEqual([
      [true, true],
      [false, true],
      [true, true],
      [false, true],
    ]);
    expect(asked()).toBe(before);
  });

  test('asks of an unknown permission, which is said to be unknown', async () => {
    await client.watch('acme').synced();
    await expect(may('assets:crate')).rejects.toMatchObject({ code: 'permission.unknown' });
  });

  test('reads what it has written itself, at once', async () => {
    const mine = follower(ada.token!);
    await mine.watch('acme').synced();
    const question = { principal: ben, organization: 'acme', permission: 'spaces:update' };
    const at = { organization: 'acme', member: ben };
    for (let turn = 0; turn < 20; turn += 1) {
      await mine.api.changeRoles({ ...at, body: { add: [{ role: 'editor' }] } });
      expect((await mine.check(question)).allowed).toBe(true);
      await mine.api.changeRoles({ ...at, body: { remove: ['editor'] } });
      expect((await mine.check(question)).allowed).toBe(false);
    }
  });

  test('hears of what others have done', async () => {
    await client.watch('acme').synced();
    await lend(3_600_000);
    await eventually(async () => (await may('spaces:update')).allowed || undefined, 'right');
    expect((await may('spaces:update')).local).toBe(true);
    await does('PATCH', `members/${ben}/roles`, { remove: ['editor'] });
    await eventually(async () => !(await may('spaces:update')).allowed || undefined, 'loss');
    expect((await may('spaces:update')).local).toBe(true);
  });

  test('ends what ends by time, without a word from the service', async () => {
    await client.watch('acme').synced();
    await lend(1_500);
    await upToDate();
    const before = asked();
    expect(await may('spaces:update')).toMatchObject({ allowed: true, local: true });
    proxy.freezeStreams();
    await sleep(1_500);
    expect(await may('spaces:update')).toMatchObject({ allowed: false, local: true });
    expect(asked()).toBe(before);
    proxy.thawStreams();
  });

  test('asks while it hears nothing, and no longer', async () => {
    await client.watch('acme').synced();
    const before = asked();
    proxy.freezeStreams();
    expect((await may('spaces:view')).local).toBe(true);
    await sleep(5_100);
    expect(await may('spaces:view')).toMatchObject({ allowed: true, local: false });
    expect(asked()).toBe(before + 1);
    proxy.thawStreams();
    await eventually(async () => (await may('spaces:view')).local || undefined, 'a word');
  });

  test('goes on where it was when the connection was lost', async () => {
    await client.watch('acme').synced();
    const opened = proxy.count(STREAM);
    proxy.cut();
    await lend(3_600_000);
    await upToDate();
    expect(await may('spaces:update')).toMatchObject({ allowed: true, local: true });
    expect(proxy.count(STREAM)).toBeGreaterThan(opened);
    await does('PATCH', `members/${ben}/roles`, { remove: ['editor'] });
  });

  test('asks for a revision it has not heard of', async () => {
    await client.watch('acme').synced();
    const { revision } = await may('spaces:view');
    expect((await may('spaces:view', { atLeast: revision })).local).toBe(true);
    const later = Buffer.from('acme 999999').toString('base64url');
    const tooEarly = may('spaces:view', { atLeast: later });
    await expect(tooEarly).rejects.toMatchObject({ code: 'read.not_yet' });
  });

  test('knows every organization, with a key of the platform', async () => {
    await ada.post('/organizations', { id: 'looms', name: 'Looms', catalogue: 'vygl' });
    await client.watch().synced();
    const question = { principal: 'user:ada@acme.example', permission: 'scans:run' };
    expect(await client.check({ ...question, organization: 'looms' })).toMatchObject({
      allowed: true,
      local: true,
    });
    await ada.post('/organizations', { id: 'mills', name: 'Mills', catalogue: 'vygl' });
    await eventually(async () => {
      const { allowed, local } = await client.check({ ...question, organization: 'mills' });
      return (allowed && local) || undefined;
    }, 'new organization');
    await ada.delete('/organizations/looms');
    await eventually(async () => {
      const { allowed, local } = await client.check({ ...question, organization: 'looms' });
      return (!allowed && !local) || undefined;
    }, 'forgetting');
  });

  test('asks the service after it has written to the platform itself', async () => {
    const email = 'sue@platform.example';
    const sue = await service.signIn(email, { platformAdmin: true });
    const subject = String((await sue.get('/me')).body['id']);
    const { items } = (await root.get('/organizations/platform/members')).body as {
      items: { id: string; user?: string }[];
    };
    const member = items.find(({ user }) => user === subject)!.id;
    const mine = follower(root.token!);
    await mine.watch('acme').synced();
    const question = { principal: subject, permission: 'spaces:view', organization: 'acme' };
    expect(await mine.check(question)).toMatchObject({ allowed: true, local: true });
    await mine.api.deactivateMember({ organization: 'platform', member });
    const { allowed, local } = await mine.check(question);
    expect([allowed, local]).toEqual([false, false]);
  });

  test('forgets what it may no longer know', async () => {
    const mine = follower(benToken);
    await mine.watch('acme').synced();
    const question = { principal: 'user:ada@acme.example', permission: 'spaces:view' };
    const check = () => mine.check({ ...question, organization: 'acme' });
    expect(await check()).toMatchObject({ allowed: true, local: true });
    await does('POST', `members/${ben}/deactivate`);
    const refusal = () =>
      check().then(
        () => undefined,
        (error: MembershipError) => error.code,
      );
    expect(await eventually(refusal, 'refusal')).toBe('organization.not_found');
  });
});
