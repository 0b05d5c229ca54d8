import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toldOf, type GrpcClient } from '../support/grpc.js';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';

const STREAM = '/membership.v1.AccessService/CheckStream';
const TAIL = '/membership.v1.AuditService/Tail';

type Watching = ReturnType<GrpcClient['watch']>;
interface Entry {
  readonly entry: { readonly type: string; readonly revision: string };
}

/** What a stream sends, and how it ended. */
const listen = (stream: Watching) => {
  const heard: Record<string, unknown>[] = [];
  const end: { code?: string; status?: string } = {};
  stream.on('data', (one: Record<string, unknown>) => heard.push(one));
  stream.on('error', (error) => {
    const { code, status } = toldOf(error as never);
    Object.assign(end, { code, status });
  });
  stream.on('status', ({ code }) => code === 0 && Object.assign(end, { code: 'ok', status: 'OK' }));
  const ended = () => eventually(() => (end.code === undefined ? undefined : end), 'end');
  const types = (): string[] => heard.map((one) => (one as unknown as Entry).entry.type);
  return { heard, types, ended };
};

describe('gRPC calls that go on', () => {
  let service: TestService;
  let ada: GrpcClient;
  let http: HttpClient;
  beforeAll(async () => {
    service = await TestService.start();
    http = await service.signIn('ada@example.com');
    ada = service.grpc.as(http.token!);
    await http.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
  });
  afterAll(async () => {
    ada.close();
    await service.stop();
  });

  const question = {
    principal: 'user:ada@example.com',
    organization: 'acme',
    permission: 'scans:run',
  };

  const TOO_SLOW = { code: 'stream.too_slow', status: 'RESOURCE_EXHAUSTED' };
  /** The server has ended a call of this method whose answers nobody reads: within 10 s. */
  const isGivenUp = (path: string) =>
    eventually(
      () =>
        service.logs.find(
          (line) => line.includes(`"route":"${path}"`) && line.includes('RESOURCE_EXHAUSTED'),
        ),
      'end',
      20_000,
    );

  describe('CheckStream', () => {
    test('answers each question in the order asked, refused ones too', async () => {
      const stream = ada.converse(STREAM);
      const { heard, ended } = listen(stream);
      for (let id = 0; id < 200; id += 1) stream.write({ id: String(id), check: question });
      stream.write({ id: 'bad', check: { ...question, organization: 'nowhere' } });
      stream.write({ id: 'last', check: question });
      stream.end();
      expect((await ended()).code).toBe('ok');
      expect(heard.map(({ id }) => id)).toEqual([
        ...Array.from({ length: 200 }, (_, id) => String(id)),
        'bad',
        'last',
      ]);
      expect(heard.at(-2)).toMatchObject({ refusal: { code: 5 } });
      expect(heard.at(-1)).toMatchObject({ answer: { allowed: true, reason: 'granted' } });
    });

    test('ends for whoever is not known any more', async () => {
      const made = await http.post<{ id: string; secret: string }>('/organizations/acme/api-keys', {
        name: 'K',
        owner: 'organization',
        scopes: [],
      });
      const stream = ada.as(made.body.secret).converse(STREAM);
      const { heard, ended } = listen(stream);
      stream.write({ id: '1', check: question });
      await eventually(() => heard[0], 'answer');
      await http.post(`/organizations/acme/api-keys/${made.body.id}/revoke`, {});
      stream.write({ id: '2', check: question });
      expect(await ended()).toEqual({ code: 'authentication.invalid', status: 'UNAUTHENTICATED' });
    });

    test('a caller who reads no more is not read from, so that nothing piles up', async () => {
      const stream = ada.converse(STREAM, { deadline: 60_000 });
      stream.on('error', () => undefined);
      // This make of client takes in everything until it is read from once, and nothing after.
      stream.write({ id: 'first', check: question });
      await once(stream, 'data');
      stream.pause();
      // Each question is large, and so is its answer.
      const id = 'x'.repeat(16_000);
      let written = 0;
      let isFull = false;
      while (!isFull && written < 2000) {
        written += 1;
        isFull = !(await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(false), 1500);
          stream.write({ id, check: question }, () => {
            clearTimeout(timer);
            resolve(true);
          });
        }));
      }
      // What fits into the windows and buffers on the way is a megabyte or two.
      expect(isFull).toBe(true);
      expect(written).toBeLessThan(200);
      // The others are served meanwhile.
      expect((await ada.call('GetMe')).code).toBe('ok');
      // In the end the server gives up, and says so to whoever reads at last.
      const { ended } = listen(stream);
      await isGivenUp(STREAM);
      stream.resume();
      expect(await ended()).toEqual(TOO_SLOW);
      expect((await ada.call('GetMe')).code).toBe('ok');
    }, 40_000);
  });

  describe('Tail', () => {
    test('goes from the beginning, or from a revision, and on as things happen', async () => {
      const all = ada.watch(TAIL, { organization: 'acme', beginning: true });
      const { types, heard } = listen(all);
      await eventually(() => (heard.length >= 2 ? true : undefined), 'entries');
      expect(types().slice(0, 2)).toEqual(['organization.create', 'member.join']);

      const since = (heard[0] as unknown as Entry).entry.revision;
      const later = ada.watch(TAIL, { organization: 'acme', after: since, type: 'member.join' });
      const joined = listen(later);
      await eventually(() => joined.heard[0], 'entry');
      expect(joined.types()).toEqual(['member.join']);

      const fresh = ada.watch(TAIL, { organization: 'acme' });
      const now = listen(fresh);
      // Not before it is followed.
      await once(fresh, 'metadata');
      await delay(200);
      await http.patch('/organizations/acme', { name: 'Acme Ltd' });
      await eventually(() => now.heard[0], 'entry as it happens');
      expect(now.types()).toEqual(['organization.rename']);
      await eventually(() => types().find((one) => one === 'organization.rename'), 'it in all');
      for (const stream of [all, later, fresh]) stream.cancel();
    });

    test('misses nothing and says nothing twice while much happens', async () => {
      await http.post('/organizations', { id: 'busy', name: 'Busy 0', catalogue: 'vygl' });
      const { heard } = listen(ada.watch(TAIL, { organization: 'busy', beginning: true }));
      for (let round = 1; round <= 250; round += 1) {
        await http.patch('/organizations/busy', { name: `Busy ${round}` });
      }
      await eventually(() => (heard.length >= 252 ? true : undefined), 'all of it', 60_000);
      const places = heard.map(
        (one) => (one['entry'] as { streamRevision: number }).streamRevision,
      );
      expect(places).toEqual(Array.from({ length: 252 }, (_, place) => place));
    }, 120_000);

    test('tells nothing to whoever may not see it, and ends for whoever may no more', async () => {
      const eve = await service.signIn('eve@example.com');
      const none = listen(ada.as(eve.token!).watch(TAIL, { organization: 'acme' }));
      expect((await none.ended()).code).toBe('organization.not_found');

      await http.post('/organizations/acme/invitations', {
        email: 'eve@example.com',
        roles: ['member'],
      });
      const token = await service.linkOf('eve@example.com');
      const { body } = await eve.post<{ id: string }>('/invitations/accept', { token });
      const seen = listen(
        ada.as(eve.token!).watch(TAIL, { organization: 'acme', beginning: true }),
      );
      await eventually(() => seen.heard[0], 'entry');
      await http.delete(`/organizations/acme/members/${body.id}`);
      expect(await seen.ended()).toEqual({ code: 'organization.not_found', status: 'NOT_FOUND' });
      expect(seen.types()).not.toContain('member.remove');
    });

    test('a caller who never reads is ended, and goes on where they had come to', async () => {
      await http.post('/organizations', { id: 'large', name: 'Large', catalogue: 'vygl' });
      const message = 'x'.repeat(500);
      const invitations = Array.from({ length: 1000 }, (_, n) => ({
        email: `invited${n}@example.com`,
        roles: ['member'],
        message,
      }));
      const batch = '/organizations/large/invitations/batch';
      expect((await http.post(batch, { invitations })).status).toBe(200);
      const all = { organization: 'large', beginning: true };
      const stream = ada.watch(TAIL, all, { deadline: 60_000 });
      const { heard, types, ended } = listen(stream);
      await once(stream, 'data');
      stream.pause();
      await isGivenUp(TAIL);
      stream.resume();
      expect(await ended()).toEqual(TOO_SLOW);
      expect(heard.length).toBeLessThan(1002);

      const { revision } = (heard.at(-1) as unknown as Entry).entry;
      const rest = listen(ada.watch(TAIL, { organization: 'large', after: revision }));
      const isAll = () => (heard.length + rest.heard.length >= 1002 ? true : undefined);
      await eventually(isAll, 'all of it');
      expect(types().concat(rest.types())).toEqual([
        'organization.create',
        'member.join',
        ...Array<string>(1000).fill('member.invite'),
      ]);
    }, 40_000);

    test('a revision of another organization is refused', async () => {
      const { body } = await http.get<{ revision: string }>('/organizations/acme');
      const told = listen(ada.watch(TAIL, { organization: 'busy', after: body.revision }));
      expect((await told.ended()).code).toBe('revision.invalid');
    });
  });

  test('a stop ends what would go on, and finishes what is under way', async () => {
    const own = await TestService.start({ LOG_LEVEL: 'info' });
    const somebody = await own.signIn('ada@example.com');
    await somebody.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
    const client = own.grpc.as(somebody.token!);
    const followed = listen(client.watch(TAIL, { organization: 'acme', beginning: true }));
    const asked = client.converse(STREAM);
    const answers = listen(asked);
    asked.write({ id: '1', check: question });
    await eventually(() => (answers.heard[0] && followed.heard[1] ? true : undefined), 'both');
    const begun = Date.now();
    await own.stop();
    // Well before anything would be cut off.
    expect(Date.now() - begun).toBeLessThan(4500);
    const stopping = { code: 'service.stopping', status: 'UNAVAILABLE' };
    expect(await followed.ended()).toEqual(stopping);
    expect(await answers.ended()).toEqual(stopping);
    const lines = own.logs.map((line) => JSON.parse(line) as { level: string; route?: string });
    expect(lines.filter(({ route }) => route === TAIL)).toMatchObject([{ level: 'info' }]);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect((await client.call('GetMe', {}, { deadline: 2000 })).status).toMatch(
      /UNAVAILABLE|DEADLINE_EXCEEDED/,
    );
    client.close();
  });
});
