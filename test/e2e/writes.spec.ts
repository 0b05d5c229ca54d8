/** What every write keeps to: both or none, dry runs, `ETag`, `If-Match`. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

interface Item {
  readonly [field: string]: unknown;
}

describe('writes', () => {
  let service: TestService;
  let ada: HttpClient;
  let count = 0;
  let acme: string;
  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@example.com');
  });
  afterAll(() => service.stop());
  beforeEach(async () => {
    acme = `acme_${++count}`;
    await ada.post('/organizations', { id: acme, name: 'Acme', catalogue: 'vygl' });
  });

  const path = (rest = ''): string => `/organizations/${acme}${rest}`;
  const audit = async (): Promise<unknown[]> => {
    const { body } = await ada.get<{ items: Item[] }>(path('/audit'));
    return body.items.map(({ type }) => type);
  };
  const invited = async (email: string): Promise<string> => {
    const { status, body } = await ada.post(path('/invitations'), { email, roles: ['viewer'] });
    expect(status).toBe(201);
    return String(body['id']);
  };

  describe('a name and policies at once', () => {
    const both = { name: 'Other', policies: { 'invitation.ttl': 'P1D' } };
    test('are told together by a dry run, and carried out together', async () => {
      const events = [
        { type: 'organization.rename', name: 'Other' },
        { type: 'organization.policy_change', changes: { 'invitation.ttl': 86_400 } },
      ];
      const dry = await ada.patch(path('?dryRun=true'), both);
      expect([dry.status, dry.body]).toMatchObject([200, { dryRun: true, events }]);
      const before = await audit();
      const key = { 'idempotency-key': 'both' };
      const done = await ada.patch(path(), both, key);
      expect(done.body).toMatchObject({
        name: 'Other',
        policies: { 'invitation.ttl': 'PT86400S' },
      });
      expect((await ada.patch(path(), both, key)).body).toEqual(done.body);
      expect(await audit()).toEqual([
        'organization.policy_change',
        'organization.rename',
        ...before,
      ]);
    });
    test('are refused together', async () => {
      const before = await audit();
      const wrong = { name: 'Other', policies: { seats: 5 } };
      expect((await ada.patch(path(), wrong)).status).toBe(403);
      expect((await ada.patch(path(), {})).status).toBe(400);
      expect((await ada.get(path())).body['name']).toBe('Acme');
      expect(await audit()).toEqual(before);
    });
  });

  describe('a dry run', () => {
    const rows = [
      { email: 'bob@example.com', roles: ['viewer'] },
      { email: 'bob@example.com', roles: ['viewer'] },
      { email: 'cid@example.com', roles: ['member'] },
    ];
    test('of a batch tells the events of every row', async () => {
      const before = await audit();
      const { status, body } = await ada.post(path('/invitations/batch?dryRun=true'), {
        invitations: rows,
      });
      expect([status, body]).toMatchObject([
        200,
        {
          dryRun: true,
          results: [{ status: 'invited' }, { status: 'refused' }, { status: 'invited' }],
          events: [
            { type: 'member.invite', grants: [{ role: 'viewer' }] },
            { type: 'member.invite', grants: [{ role: 'member' }] },
          ],
          permissionChanges: [],
        },
      ]);
      expect(JSON.stringify(body)).not.toContain('bob@');
      expect(await audit()).toEqual(before);
    });
    test('of forgetting oneself tells the events in every organization', async () => {
      const eve = await service.signIn('eve@example.com');
      const token = await invited('eve@example.com').then(() => service.linkOf('eve@example.com'));
      const { body: eva } = await eve.post('/invitations/accept', { token });
      const { body } = await eve.post<{ results: Item[] }>('/me/erase?dryRun=true', {});
      expect(body.results).toMatchObject([
        {
          organization: acme,
          status: 'would_be_erased',
          events: [
            { type: 'member.remove', member: eva['id'], reason: 'erased' },
            { type: 'member.personal_data_erase', member: eva['id'] },
          ],
          permissionChanges: [{ principal: eva['id'], scope: 'organization', gained: [] }],
        },
      ]);
      expect((await eve.get<{ items: Item[] }>('/me/memberships')).body.items).toHaveLength(1);
    });
  });

  test('a link that is declined twice says nothing of another organization', async () => {
    const other = { id: 'organization', name: 'Other', catalogue: 'vygl' };
    expect((await ada.post('/organizations', other)).status).toBe(201);
    await invited('dora@example.com');
    const token = await service.linkOf('dora@example.com');
    const decline = () => service.anybody.post('/invitations/decline', { token });
    expect((await decline()).status).toBe(204);
    // So that more has happened here than there.
    for (const name of ['A', 'B', 'C']) await ada.patch(path(), { name });
    expect((await decline()).status).toBe(204);
    expect((await ada.get('/organizations/organization')).status).toBe(200);
  });

  describe('the ETag', () => {
    test('of what is already so is that of the last event that changed it', async () => {
      const { body } = await ada.get<{ items: Item[] }>(path('/members'));
      const me = String(body.items[0]!['id']);
      const read = (await ada.get(path(`/members/${me}`))).headers.get('etag');
      await invited('bob@example.com');
      const again = await ada.put(path(`/members/${me}/roles`), { roles: ['owner'] });
      expect([again.status, again.headers.get('etag')]).toEqual([200, read]);
      const tag = { 'if-match': again.headers.get('etag')! };
      const named = await ada.patch(path(`/members/${me}`), { name: 'Ada' }, tag);
      expect(named.status).toBe(200);
      expect((await ada.patch(path(`/members/${me}`), { name: 'Eve' }, tag)).status).toBe(412);
      const same = await ada.patch(path(`/members/${me}`), { name: 'Ada' });
      expect(same.headers.get('etag')).toBe(named.headers.get('etag'));
    });
    test('of one of several things a write changes is its own', async () => {
      const id = await invited('ben@example.com');
      const ben = await service.signIn('ben@example.com');
      const token = await service.linkOf('ben@example.com');
      const { body: member } = await ben.post('/invitations/accept', { token });
      await ada.put(path(`/members/${String(member['id'])}/roles`), { roles: ['admin'] });
      const command = { to: member['id'], demoteTo: 'admin' };
      const { status, headers } = await ada.post(path('/ownership-transfer'), command);
      expect(status).toBe(200);
      const read = await ben.get(path(`/members/${String(member['id'])}`));
      expect(headers.get('etag')).toBe(read.headers.get('etag'));
      expect((await ben.get(path(`/invitations/${id}`))).body['status']).toBe('accepted');
    });
  });

  describe('If-Match, of who holds what is taken away or replaced', () => {
    let ben: string;
    const member = () => ada.get(path(`/members/${ben}`));
    const tagOf = async () => ({ 'if-match': (await member()).headers.get('etag')! });
    const change = (tag: Record<string, string>) =>
      ada.patch(path(`/members/${ben}/roles`), { add: [{ role: 'viewer' }] }, tag);

    /** Whatever it was, it changed the member: the tag of before is none of now. */
    const changes = async (what: () => Promise<{ status: number }>) => {
      const before = await tagOf();
      expect((await what()).status).toBe(200);
      expect(await tagOf()).not.toEqual(before);
      expect((await change(before)).status).toBe(412);
      expect((await change(await tagOf())).status).toBe(200);
    };

    beforeEach(async () => {
      acme = `mondoo_${++count}`;
      await ada.post('/organizations', { id: acme, name: 'Acme', catalogue: 'mondoo' });
      const email = `ben${count}@example.com`;
      await ada.post(path('/invitations'), { email, roles: ['editor'] });
      const token = await service.linkOf(email);
      const accepted = await (await service.signIn(email)).post('/invitations/accept', { token });
      ben = String(accepted.body['id']);
    });

    test('a space that is deleted', async () => {
      const space = String((await ada.post(path('/spaces'), { name: 'North' })).body['id']);
      await ada.put(path(`/members/${ben}/roles`), { roles: ['policy-editor'], space });
      await changes(() => ada.delete(path(`/spaces/${space}`)));
    });
    test('a role that is retired', async () => {
      const wanted = { name: 'Own', scopes: ['organization'], permissions: ['audit_log:view'] };
      const role = String((await ada.post(path('/roles'), wanted)).body['id']);
      await ada.put(path(`/members/${ben}/roles`), { roles: [role, 'editor'] });
      await changes(() => ada.post(path(`/roles/${role}/retire`), { remapTo: 'editor' }));
    });
    test('a place in a team, given and taken', async () => {
      const team = String((await ada.post(path('/teams'), { name: 'Red' })).body['id']);
      await changes(() => ada.put(path(`/teams/${team}/members/${ben}`)));
      await changes(() => ada.delete(path(`/teams/${team}/members/${ben}`)));
    });
  });

  describe('an idempotency key of what was so already', () => {
    test('gives the same answer later, with the tag of what it shows, and changes nothing', async () => {
      await invited('otto@example.com');
      const otto = await service.signIn('otto@example.com');
      const token = await service.linkOf('otto@example.com');
      const { body: member } = await otto.post('/invitations/accept', { token });
      const roles = path(`/members/${String(member['id'])}/roles`);
      const asViewer = () => ada.put(roles, { roles: ['viewer'] }, { 'idempotency-key': 'n1' });
      const once = await asViewer();
      expect(once.status).toBe(200);
      const changed = await ada.put(roles, { roles: ['admin'] });
      const again = await asViewer();
      expect(again.body).toEqual(once.body);
      expect((await ada.get(roles.replace('/roles', ''))).body).toMatchObject({
        grants: [{ role: 'admin' }],
      });
      const named = (tag: string) =>
        otto.patch(roles.replace('/roles', ''), { name: 'Otto' }, { 'if-match': tag });
      expect((await named(again.headers.get('etag')!)).status).toBe(412);
      expect((await named(changed.headers.get('etag')!)).status).toBe(200);
    });
  });

  describe('If-Match of a stranger', () => {
    test('tells neither which organizations there are nor how far they are', async () => {
      const eve = await service.signIn('eve@example.com');
      for (const id of [acme, 'there_is_none']) {
        const renamed = (tag: Record<string, string>) =>
          eve.patch(`/organizations/${id}`, { name: 'zz' }, tag);
        const { code, detail } = (await renamed({})).body;
        expect(code).toBe('organization.not_found');
        for (const revision of [0, 1, 2, 99]) {
          const tag = `"${Buffer.from(`${id} ${revision}`).toString('base64url')}"`;
          const matched = await renamed({ 'if-match': tag });
          expect([matched.status, matched.body]).toMatchObject([404, { code, detail }]);
        }
      }
    });
  });

  describe('If-Match where the path names no resource', () => {
    const project = (): { 'x-project': string } => ({ 'x-project': acme });
    beforeEach(async () => {
      acme = `cve_${++count}`;
      await ada.post('/organizations', { id: acme, name: 'Acme', catalogue: 'cve-project' });
    });
    test('cve-project: of the project', async () => {
      const { headers } = await ada.get(path());
      const tag = { ...project(), 'if-match': headers.get('etag')! };
      expect((await ada.put('/project', { name: 'First' }, tag)).status).toBe(200);
      const late = await ada.put('/project', { name: 'Second' }, tag);
      expect([late.status, late.body['code']]).toEqual([412, 'precondition.failed']);
      const foreign = { ...project(), 'if-match': `"${Buffer.from('x 1').toString('base64url')}"` };
      expect((await ada.put('/project', { name: 'Third' }, foreign)).status).toBe(400);
    });
    test('cve-project: of the invitation, of the user', async () => {
      const body = { email: 'zoe@example.com', role: 'viewer' };
      const first = await ada.post('/project/users/invite', body, project());
      const tag = { ...project(), 'if-match': first.headers.get('etag')! };
      await ada.post(path(`/invitations/${String(first.body['id'])}/resend`), {});
      const withdrawn = await ada.delete('/project/users/invite', { email: body.email }, tag);
      expect(withdrawn.status).toBe(412);
      const zoe = await service.signIn('zoe@example.com');
      const token = await service.linkOf(body.email, ({ link }) => link!.includes('.2.'));
      const accepted = await zoe.post(
        '/invitations/accept',
        { token },
        { 'if-match': tag['if-match'] },
      );
      expect(accepted.status).toBe(412);
      const { headers } = await zoe.post('/invitations/accept', { token });
      const joined = { ...project(), 'if-match': headers.get('etag')! };
      const role = (name: string, tagged: typeof joined) =>
        ada.post('/project/users/role', { email: body.email, role: name }, tagged);
      expect((await role('analyst', joined)).status).toBe(200);
      expect((await role('viewer', joined)).status).toBe(412);
      const gone = await ada.post('/project/users/remove', { email: body.email }, joined);
      expect(gone.status).toBe(412);
    });
  });

  describe('cve-project, named by address', () => {
    const role = { email: 'zoe@example.com', role: 'viewer' };
    const keyed = (key: string) => ({ 'x-project': acme, 'idempotency-key': key });
    beforeEach(async () => {
      acme = `cve_${++count}`;
      await ada.post('/organizations', { id: acme, name: 'Acme', catalogue: 'cve-project' });
      await ada.post('/project/users/invite', role, { 'x-project': acme });
    });
    test('a repetition answers of the invitation, of the user, that it was about', async () => {
      const withdraw = () =>
        ada.delete('/project/users/invite', { email: role.email }, keyed('k1'));
      const withdrawn = await withdraw();
      expect(withdrawn.body).toMatchObject({ id: expect.stringMatching(/^inv_/) });
      expect((await withdraw()).body).toEqual(withdrawn.body);
      const una = { email: 'una@example.com' };
      await ada.post('/project/users/invite', { ...role, ...una }, { 'x-project': acme });
      const token = await service.linkOf(una.email);
      const { body: member } = await (
        await service.signIn(una.email)
      ).post('/invitations/accept', { token });
      const remove = () => ada.post('/project/users/remove', una, keyed('k2'));
      const removed = await remove();
      expect(removed.body).toMatchObject({ id: member['id'], status: 'removed' });
      expect((await remove()).body).toEqual(removed.body);
    });
    test('who is not there is spoken of by the address', async () => {
      const nobody = { email: 'nobody@example.com' };
      const project = { 'x-project': acme };
      const answers = await Promise.all([
        ada.delete('/project/users/invite', nobody, project),
        ada.post('/project/users/remove', nobody, project),
        ada.post('/project/users/role', { ...nobody, role: 'viewer' }, project),
      ]);
      expect(answers.map(({ body }) => body['detail'])).toEqual([
        'There is no invitation for nobody@example.com in this organization.',
        'There is no member nobody@example.com in this organization.',
        'There is no member nobody@example.com in this organization.',
      ]);
    });
  });
});
