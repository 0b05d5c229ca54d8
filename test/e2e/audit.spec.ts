/** An auditor of one space: the list and the files hold what names that space, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

interface Entry {
  readonly type: string;
  readonly spaces: readonly string[];
  readonly actorName?: string;
  readonly actorEmail?: string;
  readonly memberName?: string | null;
  readonly memberEmail?: string;
}

describe('the auditor of a space', () => {
  let service: TestService;
  let ada: HttpClient;
  let eve: HttpClient;
  let [here, there] = ['', ''];

  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@example.com', { name: 'Ada Lovelace' });
    await ada.post('/organizations', { id: 'acme', name: 'Acme', catalogue: 'mondoo' });
    const space = async (name: string) =>
      String((await ada.post('/organizations/acme/spaces', { name })).body['id']);
    [here, there] = [await space('Here'), await space('There')];
    const invite = (email: string, role: string, at: string) =>
      ada.post('/organizations/acme/invitations', { email, roles: [role], space: at });
    await invite('eve@example.com', 'audit-log-viewer', here);
    await invite('bob@example.com', 'viewer', there);
    eve = await service.signIn('eve@example.com', { name: 'Eve' });
    const token = await service.linkOf('eve@example.com');
    expect((await eve.post('/invitations/accept', { token })).status).toBe(200);
  });
  afterAll(() => service.stop());

  const named = [
    ['space.create', 'Ada Lovelace', 'ada@example.com', undefined, undefined],
    ['member.invite', 'Ada Lovelace', 'ada@example.com', 'Eve', 'eve@example.com'],
    ['member.accept', 'Eve', 'eve@example.com', 'Eve', 'eve@example.com'],
  ];
  const shown = (entries: readonly Entry[]) =>
    entries.map((one) => [
      ...[one.type, one.actorName, one.actorEmail],
      ...[one.memberName, one.memberEmail],
    ]);

  test('reads what names it', async () => {
    const path = `/organizations/acme/audit?order=oldest&space=${here}`;
    const { status, body } = await eve.get<{ items: Entry[] }>(path);
    expect(status).toBe(200);
    expect(shown(body.items)).toEqual(named);
    expect(JSON.stringify(body)).not.toMatch(/bob@|There/);
  });

  test.each(['ndjson', 'csv'])('and takes it away as %s', async (format) => {
    const path = `/organizations/acme/audit/export?format=${format}&space=${here}`;
    const text = String((await eve.get(path)).body);
    expect(text).toContain('Ada Lovelace');
    expect(text).not.toMatch(/bob@|There/);
    const lines = text.trimEnd().split('\n');
    if (format === 'csv') expect(lines).toHaveLength(1 + named.length);
    else expect(shown(lines.map((line) => JSON.parse(line) as Entry))).toEqual(named);
  });

  test.each([
    ['the whole log', () => '/organizations/acme/audit'],
    ['another space', () => `/organizations/acme/audit?space=${there}`],
    ['an export of everything', () => '/organizations/acme/audit/export?format=csv'],
    ['another space’s export', () => `/organizations/acme/audit/export?space=${there}`],
    ['the chain', () => '/organizations/acme/audit/export?format=chain'],
  ])('is refused %s', async (_, path) => {
    const { status, body } = await eve.get(path());
    expect([status, body['code']]).toEqual([403, 'permission.denied']);
  });

  test.each([
    ['audit?type=member.invited', /\?type must be one of .*member\.invite,/],
    ['audit?actor=ada@example.com', /\?actor must be an id such as usr_…/],
    ['audit/export?type=member.invited', /\?type must be one of /],
    ['audit/export?actor=Ada', /\?actor must be an id such as usr_…/],
  ])(
    'a filter that nothing can match is no reason to say that nothing was: %s',
    async (path, why) => {
      const { status, body } = await ada.get(`/organizations/acme/${path}`);
      expect([status, body['code'], body['detail']]).toEqual([
        400,
        'request.invalid',
        expect.stringMatching(why),
      ]);
    },
  );

  test('nor is a person by what is no id in no organization', async () => {
    const { status, body } = await ada.get('/users/ada@example.com/memberships');
    expect([status, body['detail']]).toEqual([
      400,
      'Name the person by an id such as usr_…, or as user:<subject>.',
    ]);
  });

  test('gets no chain of a part either', async () => {
    const { status, body } = await eve.get(
      `/organizations/acme/audit/export?format=chain&space=${here}`,
    );
    expect([status, body['code']]).toEqual([400, 'request.invalid']);
  });
});
