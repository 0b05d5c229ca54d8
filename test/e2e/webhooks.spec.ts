import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { MOST_ENDPOINTS } from '#publishing/webhooks/endpoints.js';
import type { HttpClient } from '../support/http.js';
import { eventually, TestService } from '../support/service.js';
import { Receiver } from '../publishing/support/receiver.js';

interface Endpoint {
  readonly id: string;
  readonly secret?: string;
  readonly status: string;
}
interface Problem {
  readonly code: string;
  readonly detail: string;
}
const AT = '/organizations/acme/webhooks';

describe('webhooks of an organization', () => {
  let service: TestService;
  let ada: HttpClient;
  let ben: HttpClient;
  let receiver: Receiver;

  const create = async (body: object = {}): Promise<Endpoint> => {
    const answer = await ada.post<Endpoint>(AT, { url: receiver.url, ...body });
    expect([answer.status, answer.body]).toMatchObject([201, { status: 'enabled' }]);
    return answer.body;
  };
  const rename = (name: string) => ada.patch<{ revision: string }>('/organizations/acme', { name });
  const received = (count: number) =>
    eventually(() => receiver.received.length >= count || undefined, `${count} requests`);

  beforeAll(async () => {
    service = await TestService.start();
    receiver = await Receiver.start();
    ada = await service.signIn('ada@example.com');
    ben = await service.signIn('ben@example.com');
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    await ada.post('/organizations/acme/invitations', {
      email: 'ben@example.com',
      roles: ['viewer'],
    });
    const token = await service.linkOf('ben@example.com');
    await ben.post('/invitations/accept', { token });
  });
  afterAll(async () => {
    await service.stop();
    await receiver.stop();
  });

  test('are set on no condition: whoever gives one is told, and nothing is done', async () => {
    const { id } = await create();
    const url = receiver.url;
    for (const name of ['Idempotency-Key', 'If-Match']) {
      const on = { [name]: name === 'If-Match' ? `"${id}"` : 'k1' };
      for (const refused of [
        await ada.post<Problem>(AT, { url }, on),
        await ada.patch<Problem>(`${AT}/${id}`, { status: 'disabled' }, on),
        await ada.post<Problem>(`${AT}/${id}/rotate`, {}, on),
        await ada.post<Problem>(`${AT}/${id}/redeliver`, {}, on),
        await ada.delete<Problem>(`${AT}/${id}`, undefined, on),
      ]) {
        expect([refused.status, refused.body.code]).toEqual([400, 'request.invalid']);
        expect(refused.body.detail).toContain(name);
      }
    }
    const { body } = await ada.get<{ items: Endpoint[] }>(AT);
    expect(body.items).toMatchObject([{ id, status: 'enabled' }]);
    expect((await ada.delete(`${AT}/${id}`)).status).toBe(200);
  });

  test('are sent the messages of the feed, signed with a secret that is shown once', async () => {
    const { id, secret } = await create();
    await rename('Acme One');
    await received(1);
    const [{ headers, body }] = receiver.received as [Receiver['received'][number]];
    const sent = new Webhook(secret!).verify(body, headers as never);
    const feed = await ada.get<{ items: Record<string, unknown>[] }>(
      '/events?organization=acme&type=organization.rename&beginning=true',
    );
    const { cursor: _, ...event } = feed.body.items[0]!;
    expect(sent).toEqual(event);
    const text = JSON.stringify([(await ada.get(AT)).body, (await ada.get(`${AT}/${id}`)).body]);
    expect(text).toContain(id);
    expect(text).not.toContain('whsec_');
    expect((await ada.delete(`${AT}/${id}`)).body).toEqual({ id, status: 'deleted' });
    expect((await ada.get(`${AT}/${id}`)).body['code']).toBe('webhook.not_found');
  });

  test('show what could not be sent, and send it again when told', async () => {
    receiver.answers = 410;
    const { id } = await create({ types: ['organization.rename'] });
    const { revision } = (await rename('Acme Two')).body;
    const given = await eventually(async () => {
      const { body } = await ada.get<{ items: { state: string; revision: string }[] }>(
        `${AT}/${id}/deliveries`,
      );
      return body.items.find(({ state }) => state === 'dead');
    }, 'what was given up');
    expect(given).toMatchObject({ type: 'organization.rename', revision, reason: 'answered 410' });
    receiver.answers = 204;
    const before = receiver.received.length;
    expect((await ada.patch(`${AT}/${id}`, { status: 'enabled' })).body['status']).toBe('enabled');
    expect((await ada.post(`${AT}/${id}/redeliver`, {})).body).toEqual({ redelivered: 1 });
    await received(before + 1);
    expect((await ada.post(`${AT}/${id}/redeliver`, { revision })).body).toEqual({
      redelivered: 1,
    });
    await received(before + 2);
    expect(receiver.events.slice(-2).map((one) => one['id'])).toEqual(
      Array(2).fill(receiver.events.at(-1)!['id']),
    );
    await ada.delete(`${AT}/${id}`);
  });

  test('send again no event of a type they do not have', async () => {
    const { id } = await create({ types: ['space.create'] });
    const { revision } = (await rename('Acme Three')).body;
    const before = receiver.received.length;
    const again = () => ada.post(`${AT}/${id}/redeliver`, { revision });
    expect((await again()).body).toEqual({ redelivered: 0 });
    await ada.patch(`${AT}/${id}`, { types: null });
    expect((await again()).body).toEqual({ redelivered: 1 });
    await received(before + 1);
    expect(receiver.received).toHaveLength(before + 1);
    await ada.delete(`${AT}/${id}`);
  });

  test('change, and have their secret rotated', async () => {
    const { id, secret } = await create({ description: 'one' });
    const { body } = await ada.patch(`${AT}/${id}`, {
      description: 'two',
      types: ['space.create'],
    });
    expect(body).toMatchObject({ description: 'two', types: ['space.create'] });
    for (const none of [
      await ada.patch<Problem>(`${AT}/${id}`, { types: [] }),
      await ada.post<Problem>(AT, { url: receiver.url, types: [] }),
    ]) {
      expect([none.status, none.body.code]).toEqual([400, 'request.invalid']);
      expect(none.body.detail).toContain('/types must have at least 1');
    }
    expect((await ada.get(`${AT}/${id}`)).body['types']).toEqual(['space.create']);
    expect((await ada.patch(`${AT}/${id}`, { types: null })).body['types']).toBeUndefined();
    const rotated = await ada.post<Endpoint>(`${AT}/${id}/rotate`, {});
    expect(rotated.body.secret).toMatch(/^whsec_/);
    expect(rotated.body.secret).not.toBe(secret);
    await ada.delete(`${AT}/${id}`);
  });

  test('are for who may see the audit log and change the organization', async () => {
    const { id } = await create();
    for (const answer of [
      await ben.get(AT),
      await ben.post(AT, { url: receiver.url }),
      await ben.get(`${AT}/${id}/deliveries`),
      await ben.delete(`${AT}/${id}`),
    ]) {
      expect([answer.status, answer.body['code']]).toEqual([403, 'permission.denied']);
    }
    await ben.post('/organizations', { id: 'other', name: 'Other', catalogue: 'mondoo' });
    for (const answer of [
      await ben.get(`/organizations/other/webhooks/${id}`),
      await ben.patch(`/organizations/other/webhooks/${id}`, { status: 'disabled' }),
      await ben.post(`/organizations/other/webhooks/${id}/rotate`, {}),
      await ben.delete(`/organizations/other/webhooks/${id}`),
    ]) {
      expect([answer.status, answer.body['code']]).toEqual([404, 'webhook.not_found']);
    }
    expect((await ada.get(`${AT}/${id}`)).status).toBe(200);
    await ada.delete(`${AT}/${id}`);
  });

  test('are at most so many, and one too many is told so', async () => {
    const posts = Array.from({ length: MOST_ENDPOINTS + 2 }, () =>
      ada.post<Endpoint>(AT, { url: receiver.url, types: ['space.create'] }),
    );
    const answers = await Promise.all(posts);
    const [made, refused] = [201, 409].map((wanted) =>
      answers.filter(({ status }) => status === wanted).map(({ body }) => body),
    );
    expect(made).toHaveLength(MOST_ENDPOINTS);
    expect(refused).toEqual(Array(2).fill(expect.objectContaining({ code: 'webhook.too_many' })));
    for (const { id } of made!) await ada.delete(`${AT}/${id}`);
  });

  test('take no address with a password, and no type that is none', async () => {
    const refused = async (body: object) => (await ada.post(AT, body)).body['code'];
    expect(await refused({ url: 'https://me:secret@acme.example/' })).toBe(
      'webhook.address_refused',
    );
    expect(await refused({ url: 'nowhere' })).toBe('request.invalid');
    expect(await refused({ url: receiver.url, types: ['no.such'] })).toBe('request.invalid');
    expect((await ada.get<{ items: object[] }>(AT)).body.items).toEqual([]);
  });
});
