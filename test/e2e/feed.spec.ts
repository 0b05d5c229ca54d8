import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { Listening } from '../support/listening.js';
import { eventually, TestService } from '../support/service.js';

interface Event {
  readonly cursor: string;
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly streamrevision: number;
  readonly revision: string;
  readonly data: {
    readonly event: Record<string, unknown>;
    readonly actor: { readonly id: string };
  };
}
interface Page {
  readonly items: readonly Event[];
  readonly nextCursor: string;
}

describe('the feed', () => {
  let service: TestService;
  let ada: HttpClient;
  let ben: HttpClient;
  let root: HttpClient;
  let member: string;

  const read = async (question: string, who = ada): Promise<Page> => {
    const { status, body } = await who.get<Page>(`/events?${question}`);
    expect([question, status, body]).toMatchObject([question, 200, {}]);
    return body;
  };
  /** Page after page, to the end. */
  const readAll = async (question: string, who = ada): Promise<Event[]> => {
    const all: Event[] = [];
    let more = 'beginning=true';
    for (;;) {
      const { items, nextCursor } = await read(`${question}&${more}`, who);
      if (items.length === 0) return all;
      all.push(...items);
      more = `cursor=${nextCursor}`;
    }
  };
  const invite = (email: string) =>
    ada.post<{ id: string }>('/organizations/acme/invitations', { email, roles: ['viewer'] });

  beforeAll(async () => {
    service = await TestService.start({ PLATFORM_ADMINS: 'root@example.com' });
    root = await service.signIn('root@example.com', { platformAdmin: true });
    ada = await service.signIn('ada@example.com', { name: 'Ada Lovelace' });
    ben = await service.signIn('ben@example.com');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    await ben.post('/organizations', { id: 'other', name: 'Other', catalogue: 'mondoo' });
    await invite('ben@example.com');
    const token = await service.linkOf('ben@example.com');
    member = (await ben.post<{ id: string }>('/invitations/accept', { token })).body.id;
  });
  afterAll(() => service.stop());

  test('tells what the audit log does, in its order, without a gap, as CloudEvents', async () => {
    const events = await readAll('organization=acme&limit=2');
    const audit = await ada.get<{ items: { id: string; revision: string; type: string }[] }>(
      '/organizations/acme/audit?order=oldest&limit=200',
    );
    expect(events.map(({ id, revision, type }) => ({ id, revision, type }))).toEqual(
      audit.body.items.map(({ id, revision, type }) => ({ id, revision, type })),
    );
    expect(events.map(({ streamrevision }) => streamrevision)).toEqual(events.map((_, n) => n));
    expect(events.at(-1)).toMatchObject({
      specversion: '1.0',
      type: 'member.accept',
      source: expect.stringMatching(/^urn:membership:/),
      partitionkey: 'acme',
      stream: 'organization-acme',
      dataschema: 'urn:membership:events:1#/$defs/member.accept',
      data: { organization: 'acme', event: { type: 'member.accept', member } },
    });
  });

  test('leaves what is known of a person sealed, and secrets inside', async () => {
    const text = JSON.stringify(await readAll('organization=acme'));
    expect(text).not.toMatch(/Ada Lovelace|ada@example|ben@example|secretHash|"tag"/);
    expect(text).toMatch(/"sealed"/);
  });

  test('is waited for, and answers as soon as something happens', async () => {
    const { nextCursor, items } = await read('organization=acme');
    expect(items).toEqual([]);
    const waiting = read(`organization=acme&cursor=${nextCursor}&wait=30`);
    await invite('cid@example.com');
    const page = await waiting;
    expect(page.items.map(({ type }) => type)).toEqual(['member.invite']);
    expect((await read(`organization=acme&cursor=${page.nextCursor}`)).items).toEqual([]);
  });

  test('tells only what is asked for, and goes on past the rest', async () => {
    const question = 'organization=acme&type=member.accept';
    const { items, nextCursor } = await read(`${question}&beginning=true`);
    expect(items.map(({ type }) => type)).toEqual(['member.accept']);
    expect((await read(`${question}&cursor=${nextCursor}`)).items).toEqual([]);
  });

  test('goes on as server-sent events, from the last one heard', async () => {
    const first = new Listening(ada, '/events?organization=acme&beginning=true');
    const begun = await first.hears(({ data }) => data['type'] === 'member.accept');
    expect(begun.id).toBe(begun.data['cursor']);
    await first.hears(({ name }) => name === 'heartbeat');
    first.stop();
    await invite('dan@example.com');
    const second = new Listening(ada, '/events?organization=acme', { 'last-event-id': begun.id! });
    await eventually(() => (second.events.length >= 2 ? true : undefined), 'both invitations');
    expect(second.events.map(({ type }) => type)).toEqual(['member.invite', 'member.invite']);
    second.stop();
  });

  test('of everything is in the order of the log, for who may read every organization', async () => {
    const all = await readAll('limit=200', root);
    const streams = new Set(all.map(({ stream }) => stream));
    for (const one of ['catalogue-mondoo', 'organization-acme', 'organization-platform']) {
      expect([...streams]).toContain(one);
    }
    const ofAcme = all.filter(({ stream }) => stream === 'organization-acme');
    expect(ofAcme.map(({ id }) => id)).toEqual(
      (await readAll('organization=acme')).map(({ id }) => id),
    );
  });

  test('is refused to who may not see it', async () => {
    expect((await ben.get('/events?organization=acme')).body['code']).toBe('permission.denied');
    expect((await ada.get('/events')).body['code']).toBe('permission.denied');
    expect((await ada.get('/events?organization=other')).status).toBe(404);
  });

  test.each(['/events', '/access/changes'])(
    'asked for with a cursor that is none, %s says where those are, and what else to do',
    async (path) => {
      const { body } = await ada.get(`${path}?organization=acme&cursor=foo`);
      expect(body['detail']).toBe(
        'Use the id of a message, or nextCursor, of this stream, asked the same way; else begin anew.',
      );
    },
  );

  test('takes no cursor of another organization, and none that is made up', async () => {
    const { nextCursor } = await read('organization=other', ben);
    for (const cursor of [nextCursor, 'AAAA', `${nextCursor}A`]) {
      const answer = await ada.get(`/events?organization=acme&cursor=${cursor}`);
      expect([answer.status, answer.body['code']]).toEqual([400, 'cursor.invalid']);
    }
    const both = await read('organization=acme');
    const answer = await ada.get(
      `/events?organization=acme&beginning=true&cursor=${both.nextCursor}`,
    );
    expect(answer.body['code']).toBe('request.invalid');
    expect((await ada.get('/events?organization=acme&type=no.such')).body['code']).toBe(
      'request.invalid',
    );
  });

  test('ends before the event that takes the right to it', async () => {
    await ada.put(`/organizations/acme/members/${member}/roles`, { roles: ['owner'] });
    const listening = new Listening(ben, '/events?organization=acme');
    await listening.hears(({ name }) => name === 'heartbeat');
    await ada.put(`/organizations/acme/members/${member}/roles`, { roles: ['viewer'] });
    expect(await listening.ended()).toBe('permission.denied');
    expect(listening.events).toEqual([]);
  });
});

test('a cursor of what a restored log has lost is refused, however far the log has come since', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'restored-feed-'));
  let service: TestService;
  let who: Readonly<Record<'ada' | 'root', HttpClient>>;
  const serves = async (name: string): Promise<void> => {
    const settings = { PLATFORM_ADMINS: 'root@example.com' };
    service = await TestService.start(settings, join(folder, name));
    const ada = await service.signIn('ada@example.com');
    who = { ada, root: await service.signIn('root@example.com', { platformAdmin: true }) };
  };
  const rename = (name: string) => who.ada.patch('/organizations/acme', { name });
  type Begun = readonly ['ada' | 'root', question: string, from: string];
  const begun: readonly Begun[] = [
    ['ada', 'organization=acme', ''],
    ['ada', 'organization=acme', 'beginning=true'],
    ['root', 'limit=200', ''],
    ['root', 'limit=200', 'beginning=true'],
  ];
  /** Where each of them is now that has read to the end. */
  const cursors = async (): Promise<Begun[]> => {
    // Nobody is told to ask again.
    await service.caughtUp();
    return Promise.all(
      begun.map(async ([name, question, from]) => {
        const { body } = await who[name].get<Page>(`/events?${question}&${from}`);
        return [name, question, `cursor=${body.nextCursor}`] as const;
      }),
    );
  };
  const codes = (kept: readonly Begun[]) =>
    Promise.all(
      kept.map(async ([name, question, from]) => {
        const { status, body } = await who[name].get(`/events?${question}&${from}`);
        return status === 200 ? 'read on' : body['code'];
      }),
    );
  try {
    await serves('live');
    await who!.ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    const kept = await cursors();
    await service!.service.stop();
    cpSync(join(folder, 'live'), join(folder, 'backup'), { recursive: true });
    await serves('live');
    await rename('Lost');
    const lost = await cursors();
    expect(await codes(lost)).toEqual(Array(4).fill('read on'));
    await service!.service.stop();

    await serves('backup');
    for (const name of ['Acme one', 'Acme two', 'Acme three']) await rename(name);
    expect(await codes(lost)).toEqual(Array(4).fill('cursor.invalid'));
    expect(await codes(kept)).toEqual(Array(4).fill('read on'));
  } finally {
    await service!.service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
