/** An installation whose settings name nobody of the platform. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

let service: TestService;
let ada: HttpClient;

beforeAll(async () => {
  service = await TestService.start();
  ada = await service.signIn('ada@example.com');
  await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'vygl' });
});
afterAll(() => service.stop());

const ALONE = 'This is for members of the platform alone.';
const ONE =
  'Of every organization this is for members of the platform alone; name an organization that you are a member of.';
const A_MEMBER =
  'Of every organization this is for members of the platform alone; ask about a member, a service account or an API key (mem_…, svc_…, key_…) of an organization that you are in.';

test.each([
  ['/events', ONE],
  ['/access/changes', ONE],
  ['/access/organizations?principal=user:ben@example.com&permission=spaces:view', A_MEMBER],
  ['/users/user:ben@example.com/memberships', ALONE],
  ['/catalogues/mondoo/adoptions', ALONE],
])('whoever asks across organizations is told what can be asked: %s', async (path, sentence) => {
  const { status, body } = await ada.get(path);
  expect([status, body['code'], body['detail']]).toEqual([404, 'organization.not_found', sentence]);
});

test('whoever would repair an organization of theirs is told that it is not for them', async () => {
  const { status, body } = await ada.post('/read-models/members/rebuild', { organization: 'acme' });
  expect([status, body['detail']]).toEqual([404, ALONE]);
});

test('a search of spaces is for whoever may ask in the organization that is named', async () => {
  await ada.post('/organizations', { id: 'lab', name: 'Lab', catalogue: 'mondoo' });
  const search = async (who: HttpClient) => {
    const { body } = await who.post<{ context?: { error: object } }>(
      '//access/v1/search/resource',
      {
        subject: { type: 'user', id: 'ben@example.com' },
        action: { name: 'assets:view' },
        resource: { type: 'space', properties: { organization: 'lab' } },
      },
    );
    return body.context?.error;
  };
  expect(await search(ada)).toBeUndefined();
  expect(await search(await service.signIn('eve@example.com'))).toEqual({
    status: 404,
    message:
      'Of every organization this is for members of the platform alone; there is no organization lab, or you are not a member of it.',
  });
});

test('of one organization it is answered', async () => {
  expect((await ada.get('/events?organization=acme&beginning=true')).status).toBe(200);
  expect((await ada.get('/users/user:ada@example.com/memberships')).status).toBe(200);
});
