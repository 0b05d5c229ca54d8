import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GrpcClient } from '../support/grpc.js';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';
import { Watching } from '../support/watching.js';

describe.each(['http', 'grpc'] as const)('the change stream over %s', (transport) => {
  let service: TestService;
  let ada: { http: HttpClient; grpc: GrpcClient };
  let ben: { http: HttpClient; grpc: GrpcClient };
  let member: string;

  const signIn = async (email: string, options?: { platformAdmin?: boolean }) => {
    const http = await service.signIn(email, options);
    return { http, grpc: service.grpc.as(http.token!) };
  };
  const watch = (
    question: Record<string, string | boolean>,
    who = ada,
    headers: Record<string, string> = {},
  ) => Watching.over(transport, who, question, headers);
  const roles = (body: object) =>
    ada.http.patch(`/organizations/acme/members/${member}/roles`, body);

  beforeAll(async () => {
    service = await TestService.start();
    ada = await signIn('ada@example.com');
    ben = await signIn('ben@example.com');
    await ada.http.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    await ada.http.post('/organizations/acme/invitations', {
      email: 'ben@example.com',
      roles: ['viewer'],
    });
    const token = await service.linkOf('ben@example.com');
    const { body } = await ben.http.post<{ id: string }>('/invitations/accept', { token });
    member = body.id;
  });
  afterAll(async () => {
    for (const { grpc } of [ada, ben]) grpc.close();
    await service.stop();
  });

  test('begins with what is held, and tells who gains and loses what by which event, until when', async () => {
    const watching = watch({ organization: 'acme', state: true });
    const { revisions } = await watching.hears((_, name) => name === 'synced');
    expect(Object.keys(revisions!)).toEqual(['acme']);
    const held = watching.heard.flatMap(({ message: { changes = [] } }) => changes);
    const viewing = held.find(({ principal }) => principal === member)!;
    expect(viewing).toMatchObject({ kind: 'member', scope: 'organization', change: 'gained' });
    expect(viewing.permissions).toContain('spaces:view');
    expect(viewing.permissions).not.toContain('spaces:delete');

    const until = new Date(Date.now() + 3_600_000).toISOString();
    await roles({ add: [{ role: 'editor', expiresAt: until }] });
    const [gained, ...others] = await watching.changesOf('member.role_change');
    expect(others).toEqual([]);
    expect(gained).toMatchObject({ principal: member, scope: 'organization', change: 'gained' });
    expect(gained!.permissions).not.toContain('spaces:view');
    expect(gained!.from ?? undefined).toBeUndefined();
    expect(gained!.until).toBe(until);

    await roles({ remove: ['editor'] });
    const lost = await watching.hears(({ changes }) => changes?.[0]?.change === 'lost');
    expect(lost.changes![0]).toMatchObject({ ...gained, change: 'lost' });
    watching.stop();
  });

  test('tells of a space that is closed once for all', async () => {
    const watching = watch({ organization: 'acme' });
    await watching.hears((_, name) => name === 'heartbeat');
    const made = await ada.http.post<{ id: string }>('/organizations/acme/spaces', { name: 'B' });
    const space = made.body.id;
    await watching.hears(({ spaces }) => spaces?.[0]?.status === 'active');
    await ada.http.delete(`/organizations/acme/spaces/${space}`);
    const gone = await watching.hears(({ spaces }) => spaces?.[0]?.status === 'deleted');
    expect(gone).toMatchObject({ spaces: [{ space }], changes: [] });
    watching.stop();
  });

  test('goes on after a cursor, and says that all is told at least every two seconds', async () => {
    const first = watch({ organization: 'acme', beginning: true });
    await first.hears((_, name) => name === 'heartbeat');
    first.stop();
    const [begun] = first.heard;
    const rest = watch({ organization: 'acme', cursor: begun!.message.cursor! });
    await rest.hears((_, name) => name === 'heartbeat');
    const changes = (one: Watching) => one.heard.filter(({ name }) => name === 'change');
    expect(changes(rest)).toEqual(changes(first).slice(1));

    const before = rest.heard.length;
    await delay(2_500);
    expect(rest.heard.slice(before).map(({ name }) => name)).toContain('heartbeat');
    rest.stop();
  }, 20_000);

  test('is refused with a cursor that is made up, or of another question', async () => {
    const first = watch({ organization: 'acme', beginning: true });
    const { cursor } = await first.hears((_, name) => name === 'change');
    first.stop();
    const code = (question: Record<string, string>) => watch(question).ended();
    expect(await code({ organization: 'acme', cursor: 'abc' })).toBe('cursor.invalid');
    expect(await code({ organization: 'acme', cursor: `${cursor!}A` })).toBe('cursor.invalid');
    const other = { organization: 'acme', permission: 'spaces:view', cursor: cursor! };
    expect(await code(other)).toBe('cursor.invalid');
    const twice = watch({ organization: 'acme', cursor: cursor!, state: true });
    expect(await twice.ended()).toBe('request.invalid');
  });

  test('is refused for a permission that no catalogue has, and near ones are named', async () => {
    const asked = { organization: 'acme', permission: 'space:view' };
    expect(await watch(asked).ended()).toBe('permission.unknown');
    const { status, body } = await ada.http.get(
      '/access/changes?organization=acme&permission=space:view',
    );
    expect([status, body['code']]).toEqual([400, 'permission.unknown']);
    expect(body['detail']).toMatch(/spaces:view/);
    // Of another product's catalogue it would be told for ever that nobody holds it.
    const foreign = { organization: 'acme', permission: 'scans:run' };
    expect(await watch(foreign).ended()).toBe('permission.unknown');
    const eve = await signIn('eve@example.com');
    expect(await watch(asked, eve).ended()).toBe('organization.not_found');
    eve.grpc.close();
  });

  test('tells nothing of another organization: not of its members, nor after its cursors', async () => {
    await ada.http.post('/organizations', { id: 'other', name: 'Other', catalogue: 'mondoo' });
    const other = watch({ organization: 'other', state: true });
    const synced = await other.hears((_, name) => name === 'synced');
    const { principal } = other.heard[0]!.message.changes![0]!;
    other.stop();
    const cursor = { organization: 'acme', cursor: synced.cursor! };
    expect(await watch(cursor).ended()).toBe('cursor.invalid');
    const alone = watch({ organization: 'acme', state: true, principal });
    await alone.hears((_, name) => name === 'synced');
    expect(alone.heard.flatMap(({ message }) => message.changes ?? [])).toEqual([]);
    alone.stop();
    const own = watch({ organization: 'other', state: true, principal });
    await own.hears((_, name) => name === 'synced');
    expect(own.heard.flatMap(({ message }) => message.changes ?? [])).toMatchObject([
      { principal },
    ]);
    own.stop();
  });

  test('is for whoever may read what others may do, and ends once they may no more', async () => {
    const eve = await signIn('eve@example.com');
    expect(await watch({ organization: 'acme' }, eve).ended()).toBe('organization.not_found');
    expect(await watch({ organization: 'nowhere' }, eve).ended()).toBe('organization.not_found');
    expect(await watch({}, ada).ended()).toBe('organization.not_found');
    eve.grpc.close();

    const watching = watch({ organization: 'acme' }, ben);
    await watching.hears((_, name) => name === 'heartbeat');
    await ada.http.delete(`/organizations/acme/members/${member}`);
    expect(await watching.ended()).toBe('organization.not_found');
    // Nor are they told what they have lost.
    expect(watching.heard.filter(({ name }) => name === 'change')).toEqual([]);
  });

  test('of every organization is for services of the platform, and ends with their key', async () => {
    const root = await signIn('root@example.com', { platformAdmin: true });
    const account = { name: 'Portal', roles: ['platform-service'] };
    const portal = await root.http.post<{ id: string }>(
      '/organizations/platform/service-accounts',
      account,
    );
    const { body } = await root.http.post<{ id: string; secret: string }>(
      '/organizations/platform/api-keys',
      { name: 'k', owner: portal.body.id, scopes: [] },
    );
    const service = { http: ada.http.as(body.secret), grpc: ada.grpc.as(body.secret) };
    const watching = watch({ state: true }, service);
    const { revisions } = await watching.hears((_, name) => name === 'synced');
    expect(Object.keys(revisions!).sort()).toEqual(['acme', 'other', 'platform']);
    // One founded meanwhile is told of as well, by the same stream.
    await ada.http.post('/organizations', { id: 'late', name: 'Late', catalogue: 'mondoo' });
    const founded = await watching.hears(
      ({ organization, event }) => organization === 'late' && event?.type === 'member.join',
    );
    expect(founded.changes).toMatchObject([{ kind: 'member', change: 'gained' }]);
    await root.http.post(`/organizations/platform/api-keys/${body.id}/revoke`, {});
    expect(await watching.ended()).toBe('authentication.invalid');
    root.grpc.close();
  });

  test('ends for a key that is revoked', async () => {
    const { body } = await ada.http.post<{ id: string; secret: string }>(
      '/organizations/acme/api-keys',
      { name: 'watcher', owner: await myself(), scopes: [] },
    );
    const key = { http: ada.http.as(body.secret), grpc: ada.grpc.as(body.secret) };
    const watching = watch({ organization: 'acme' }, key);
    await watching.hears((_, name) => name === 'heartbeat');
    await ada.http.post(`/organizations/acme/api-keys/${body.id}/revoke`, {});
    expect(await watching.ended()).toBe('authentication.invalid');
  });

  test('one who does not read is ended, and nothing piles up for them meanwhile', async () => {
    await ada.http.post('/organizations', { id: 'big', name: 'Big', catalogue: 'mondoo' });
    const { body } = await ada.http.get<{ items: { id: string }[] }>('/organizations/big/members');
    const key = { owner: body.items[0]!.id, scopes: [] };
    for (let n = 0; n < 80; n += 1) {
      await ada.http.post('/organizations/big/api-keys', { ...key, name: `K${n}` });
    }
    // Each time everybody loses everything, and gains it again.
    const root = await signIn('root@example.com', { platformAdmin: true });
    for (let n = 0; n < 40; n += 1) {
      await root.http.post('/organizations/big/suspend', {});
      await root.http.post('/organizations/big/resume', {});
    }
    const idle = watch({ organization: 'big', beginning: true });
    await eventually(() => idle.heard[0], 'beginning');
    idle.pause();
    await delay(14_000);
    idle.resume();
    expect(await idle.ended()).toBe('stream.too_slow');
    // What they read now is what was on the way to them, and not all that there was: then it beats.
    expect(idle.heard.filter(({ name }) => name === 'heartbeat')).toEqual([]);
    // They may go on where they had come to.
    const { cursor } = idle.heard.at(-1)!.message;
    const again = watch({ organization: 'big', cursor: cursor! });
    await again.hears((_, name) => name === 'change');
    again.stop();
    root.grpc.close();
  }, 60_000);

  test('whoever leaves is forgotten at once, and a stop ends it', async () => {
    const own = await TestService.start();
    const http = await own.signIn('ada@example.com');
    await http.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    const grpc = own.grpc.as(http.token!);
    const watching = watch({ organization: 'acme' }, { http, grpc });
    await watching.hears((_, name) => name === 'heartbeat');

    // Who leaves is forgotten before that, and accounted for.
    const method = '/membership.v1.AccessService/WatchPermissions';
    const route = { http: '/api/v1/access/changes', grpc: method }[transport];
    const accounted = () => own.logs.find((line) => line.includes(`"route":"${route}"`));
    const leaving = watch({ organization: 'acme' }, { http, grpc });
    await leaving.hears((_, name) => name === 'heartbeat');
    expect(accounted()).toBeUndefined();
    leaving.stop();
    await eventually(accounted, 'line in the log', 1_500);

    const begun = Date.now();
    await own.stop();
    expect(Date.now() - begun).toBeLessThan(4_500);
    expect(await watching.ended()).toBe('service.stopping');
    grpc.close();
  }, 20_000);

  const myself = async (): Promise<string> => {
    const { body } = await ada.http.get<{ items: { id: string; email: string }[] }>(
      '/organizations/acme/members',
    );
    return body.items.find(({ email }) => email === 'ada@example.com')!.id;
  };
});
