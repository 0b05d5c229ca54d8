/** The same questions in the words of a standard. */
import { expect } from '@jest/globals';
import type { Scenario } from './client.js';

export const AUTHZEN: readonly Scenario[] = [
  {
    name: 'a gateway finds where to ask, and asks in the words of AuthZEN',
    about: 'evaluate',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const found = await ada.call('authzenConfiguration');
      expect(String(found.body['access_evaluation_endpoint'])).toMatch(/\/access\/v1\/evaluation$/);
      expect((await ada.call<{ keys: object[] }>('authzenKeys')).body.keys).toHaveLength(1);
      const made = { id: organization, name: 'A', catalogue: 'vygl' };
      await ada.call('createOrganization', {}, made);
      const question = {
        subject: { type: 'user', id: ada.email },
        action: { name: 'scans:run' },
        resource: { type: 'organization', id: organization },
      };
      expect((await ada.call('evaluate', {}, question)).body['decision']).toBe(true);
      const evaluations = [{}, { subject: { type: 'user', id: 'nobody' } }];
      expect((await ada.call('evaluateMany', {}, { ...question, evaluations })).body).toMatchObject(
        {
          evaluations: [{ decision: true }, { decision: false }],
        },
      );
      const { subject, resource } = question;
      const { action } = question;
      // Whoever runs the installation may, too.
      const anybody = { subject: { type: 'user' }, action, resource };
      const self = { type: 'user', id: (await ada.call('getMe')).body['id'] };
      expect((await ada.call('searchSubjects', {}, anybody)).body).toMatchObject({
        results: expect.arrayContaining([self]),
      });
      const anywhere = { subject, action, resource: { type: 'organization' } };
      expect((await ada.call('searchResources', {}, anywhere)).body).toMatchObject({
        results: [{ type: 'organization', id: organization }],
      });
      expect((await ada.call('searchActions', {}, { subject, resource })).body).toMatchObject({
        results: expect.arrayContaining([{ name: 'scans:run' }]),
      });
    },
  },
];
