/** Events as others get them: asked for, or sent. */
import { expect } from '@jest/globals';
import type { Scenario } from './client.js';

interface Rows {
  readonly items: readonly Record<string, unknown>[];
}

export const PUBLISHING: readonly Scenario[] = [
  {
    name: 'what happens is read as events, and sent to where the organization wants it',
    about: 'readEvents',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const made = { id: organization, name: 'A', catalogue: 'vygl' };
      expect((await ada.call('createOrganization', {}, made)).code).toBe('ok');
      const query = `?organization=${organization}&beginning=true`;
      const { items } = (await ada.call<Rows>('readEvents', {}, undefined, { query })).body;
      expect(items.map(({ type }) => type)).toEqual(['organization.create', 'member.join']);

      const at = { organization };
      const body = { url: 'http://127.0.0.1:1/events', types: ['space.create'] };
      const created = (await ada.call('createWebhook', at, body)).body;
      expect(created).toMatchObject({ ...body, status: 'enabled' });
      const one = { ...at, webhook: String(created['id']) };
      expect((await ada.call<Rows>('listWebhooks', at)).body.items).toHaveLength(1);
      const { secret, ...shown } = created;
      expect((await ada.call('getWebhook', one)).body).toEqual(shown);
      const stopped = await ada.call('updateWebhook', one, { status: 'disabled' });
      expect(stopped.body['status']).toBe('disabled');
      const rotated = (await ada.call('rotateWebhook', one)).body;
      expect(rotated['secret']).not.toBe(secret);
      expect((await ada.call<Rows>('listDeliveries', one)).body.items).toEqual([]);
      expect((await ada.call('redeliver', one, {})).body).toEqual({ redelivered: 0 });
      expect((await ada.call('deleteWebhook', one)).body['status']).toBe('deleted');
      expect((await ada.call('getWebhook', one)).code).toBe('webhook.not_found');
    },
  },
];
