import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REFUSALS, Refusal, type RefusalCode } from '#domain/refusals.js';
import { failureOf, fieldOf } from '../../apps/membership/src/grpc/failures.js';
import { reader } from '../../apps/membership/src/grpc/incoming.js';
import type { GrpcClient } from '../support/grpc.js';
import { eventually, TestService } from '../support/service.js';

const CHECK = '/membership.v1.AccessService/Check';
const BATCH = '/membership.v1.AccessService/BatchCheck';
const HEALTH = '/grpc.health.v1.Health/Check';

describe('gRPC', () => {
  let service: TestService;
  let ada: GrpcClient;
  beforeAll(async () => {
    service = await TestService.start();
    const { token } = await service.signIn('ada@example.com', { name: 'Ada' });
    ada = service.grpc.as(token!);
    const acme = { id: 'acme', name: 'Acme', catalogue: 'mondoo' };
    expect((await ada.call('CreateOrganization', acme)).code).toBe('ok');
  });
  afterAll(async () => {
    ada.close();
    await service.stop();
  });

  describe('who calls', () => {
    test('somebody without a token, or with a bad one, is told to sign in', async () => {
      const nobody = await ada.as('').call('GetMe', {}, { headers: { authorization: '' } });
      expect([nobody.status, nobody.code]).toEqual(['UNAUTHENTICATED', 'authentication.missing']);
      const forged = await ada.as('x.y.z').call('GetMe');
      expect([forged.status, forged.code]).toEqual(['UNAUTHENTICATED', 'authentication.invalid']);
    });

    test('an API key opens its organization, and acts for nobody', async () => {
      const owner = 'organization';
      const made = await ada.call<{ apiKey: { secret: string } }>('CreateApiKey', {
        organization: 'acme',
        name: 'K',
        owner,
      });
      const key = ada.as(made.body.apiKey.secret);
      const me = await key.call<{ me: object }>('GetMe');
      expect(me.body.me).toMatchObject({ organization: 'acme' });
      const headers = { 'membership-act-for': 'grace@example.com' };
      expect((await key.call('GetMe', {}, { headers })).code).toBe('permission.denied');
    });

    test('a trusted service acts for a person, with that person’s rights', async () => {
      const root = await service.signIn('root@example.com', { platformAdmin: true });
      const path = '/organizations/platform';
      const account = { name: 'Portal', roles: ['platform-service'] };
      const made = await root.post(`${path}/service-accounts`, account);
      const key = { name: 'k', owner: made.body['id'], scopes: [] };
      const { secret } = (await root.post<{ secret: string }>(`${path}/api-keys`, key)).body;
      const headers = {
        'membership-act-for': 'ada@example.com',
        'membership-act-for-email': 'ada@example.com',
      };
      const trusted = ada.as(secret);
      const me = await trusted.call<{ me: object }>('GetMe', {}, { headers });
      expect(me.body.me).toMatchObject({ email: 'ada@example.com' });
      const acme = { organization: 'acme' };
      expect((await trusted.call('GetOrganization', acme, { headers })).code).toBe('ok');
      const other = { 'membership-act-for': 'eve@example.com' };
      const foreign = await trusted.call('GetOrganization', acme, { headers: other });
      expect(foreign.code).toBe('organization.not_found');
      const principal = { 'membership-act-for': 'user:ada@example.com' };
      const named = await trusted.call('GetMe', {}, { headers: principal });
      expect([named.status, named.code]).toEqual(['INVALID_ARGUMENT', 'principal.invalid']);
    });

    test('comes from where a trusted proxy says, and from nowhere else', () => {
      const headers = { 'x-forwarded-for': '203.0.113.7' };
      const at = (proxies: string[], peer: string): string =>
        reader(proxies)({ headers, peer }).request.ip;
      expect(at(['10.0.0.0/8'], '10.1.2.3:50000')).toBe('203.0.113.7');
      expect(at(['10.0.0.0/8'], '192.0.2.1:50000')).toBe('192.0.2.1');
      expect(at([], '10.1.2.3:50000')).toBe('10.1.2.3');
      expect(at([], '::1:50000')).toBe('::1');
    });

    test('with the development issuer, nobody who was forwarded', async () => {
      const headers = { 'x-forwarded-for': '203.0.113.7' };
      const told = await ada.call('GetMe', {}, { headers });
      expect([told.status, told.code]).toEqual(['PERMISSION_DENIED', 'permission.denied']);
    });
  });

  describe('a write', () => {
    test('has effect once for its idempotency key, over both transports', async () => {
      const headers = { 'idempotency-key': 'once' };
      const space = { organization: 'acme', name: 'Berlin' };
      const first = await ada.call<{ space: { id: string } }>('CreateSpace', space, { headers });
      expect(await ada.call('CreateSpace', space, { headers })).toMatchObject({ body: first.body });
      const other = { ...space, name: 'Paris' };
      const reused = await ada.call('CreateSpace', other, { headers });
      expect([reused.status, reused.code]).toEqual([
        'FAILED_PRECONDITION',
        'idempotency.key_reused',
      ]);
      const http = service.anybody.as(ada.token!);
      const again = await http.post('/organizations/acme/spaces', { name: 'Berlin' }, headers);
      expect(again.body['id']).toBe(first.body.space.id);
    });

    test('gives an etag, which if-match asks for', async () => {
      const made = await ada.call<{ space: { id: string } }>('CreateSpace', {
        organization: 'acme',
        name: 'Rome',
      });
      const one = { organization: 'acme', space: made.body.space.id };
      const etag = String(made.head['etag']);
      const headers = { 'if-match': etag };
      expect((await ada.call('RenameSpace', { ...one, name: 'Roma' }, { headers })).code).toBe(
        'ok',
      );
      const late = await ada.call('RenameSpace', { ...one, name: 'Rome' }, { headers });
      expect([late.status, late.code]).toEqual(['ABORTED', 'precondition.failed']);
    });

    test('that is only tried says what it would do, and does nothing', async () => {
      const team = { organization: 'acme', name: 'T' };
      const tried = await ada.call<{ preview: { events: object[] } }>('CreateTeam', {
        ...team,
        dryRun: true,
      });
      expect(tried.body.preview.events).toMatchObject([{ type: 'team.create', name: 'T' }]);
      const { body } = await ada.call('ListTeams', { organization: 'acme' });
      expect(body['items']).toEqual([]);
    });

    test('is seen by a read that asks for its revision', async () => {
      const renamed = await ada.call<{ organization: { revision: string } }>('UpdateOrganization', {
        organization: 'acme',
        name: 'Acme Ltd',
        policies: { 'invitation.ttl': 'P2D' },
      });
      const atLeast = renamed.body.organization.revision;
      const read = await ada.call('GetOrganization', { organization: 'acme', atLeast });
      expect(read.body['organization']).toMatchObject({
        name: 'Acme Ltd',
        policies: { 'invitation.ttl': 'PT172800S' },
      });
      const made = { organization: 'acme', atLeast: 'made.up' };
      expect((await ada.call('GetOrganization', made)).code).toBe('revision.invalid');
    });

    test('takes away what is named in clear, and nothing that is not', async () => {
      const { body } = await ada.call<{ apiKey: { id: string } }>('CreateApiKey', {
        organization: 'acme',
        name: 'ends',
        expiresAt: '2099-01-01T00:00:00.000Z',
      });
      const one = { organization: 'acme', key: body.apiKey.id };
      const named = await ada.call('UpdateApiKey', { ...one, name: 'still ends' });
      expect(named.body['apiKey']).toMatchObject({ expiresAt: '2099-01-01T00:00:00.000Z' });
      const cleared = await ada.call('UpdateApiKey', { ...one, clear: ['expires_at'] });
      expect(cleared.body['apiKey']).toMatchObject({ name: 'still ends', expiresAt: null });
      const wrong = await ada.call('UpdateApiKey', { ...one, clear: ['owner'] });
      expect(wrong.violations).toEqual({ owner: 'is not a known field' });
    });

    test('is recorded as come over gRPC, from the address it came from', async () => {
      const { body } = await ada.call<{ items: Record<string, unknown>[] }>(
        '/membership.v1.AuditService/Query',
        { organization: 'acme', order: 'oldest', limit: 1 },
      );
      expect(body.items[0]).toMatchObject({
        type: 'organization.create',
        actor: { kind: 'user', via: 'grpc' },
        clientAddress: '127.0.0.1',
      });
    });
  });

  describe('bad input', () => {
    const invite = (fields: object) =>
      ada.call('InviteMember', { organization: 'acme', ...fields });

    test('names each field as the message does', async () => {
      const told = await ada.call('InviteMembers', {
        organization: 'acme',
        invitations: [{ email: 'a b@example.com', roles: ['viewer'], onExisting: 'perhaps' }],
      });
      expect([told.status, told.code]).toEqual(['INVALID_ARGUMENT', 'request.invalid']);
      expect(Object.keys(told.violations).sort()).toEqual([
        'invitations[0].email',
        'invitations[0].on_existing',
      ]);
    });

    test.each([
      ['nothing at all', {}, 'email'],
      ['an address with a control character', { email: 'a\u0007@example.com' }, 'email'],
      ['a role that can be none', { email: 'a@example.com', roles: ['no role'] }, 'roles[0]'],
      ['part of a second', { email: 'a@example.com', expiresIn: { nanos: 5e8 } }, 'expires_in'],
      [
        'a time before all time',
        { email: 'a@example.com', expiresIn: { seconds: -1 } },
        'expires_in',
      ],
    ])('%s is refused', async (_, fields, field) => {
      const told = await invite(fields);
      expect(told.code).toBe('request.invalid');
      expect(Object.keys(told.violations)).toContain(field);
    });

    test('a name that is missing, or that nobody can see, is refused', async () => {
      const missing = await ada.call('GetMember', { organization: 'acme' });
      expect(missing.violations).toEqual({ member: 'is missing' });
      const unseen = await ada.call('GetOrganization', { organization: 'ac\u0000me' });
      expect(unseen.violations).toEqual({ organization: 'is no name of anything' });
      const foreign = await ada.call('GetMember', { organization: 'acme', member: 'mem_none' });
      expect([foreign.status, foreign.code]).toEqual(['NOT_FOUND', 'member.not_found']);
    });

    test('what is no message is refused', async () => {
      const bytes = Buffer.from([0xff, 0xff, 0xff]);
      const told = await ada.call('GetMe', {}, { bytes: Buffer.concat([bytes, bytes]) });
      expect([told.status, told.code]).toEqual(['INVALID_ARGUMENT', 'request.invalid']);
    });

    test('a message is at most what a body is, and more where there are many rows', async () => {
      const large = await invite({ email: 'a@example.com', message: 'x'.repeat(65 * 1024) });
      expect([large.status, large.code]).toEqual(['RESOURCE_EXHAUSTED', 'request.too_large']);
      const check = { principal: 'user:ada@example.com', permission: 'organizations:view' };
      const checks = Array.from({ length: 1000 }, () => ({ ...check, organization: 'acme' }));
      const many = await ada.call<{ results: object[] }>(BATCH, { checks });
      expect(many.body.results).toHaveLength(1000);
      const over = await ada.call(BATCH, { checks: [...checks, checks[0]] });
      expect(over.code).toBe('request.invalid');
      const immense = await ada.call('GetMe', {}, { bytes: Buffer.alloc(10_000_000) });
      expect(immense.status).toBe('RESOURCE_EXHAUSTED');
    });

    test('a method that is not there is answered UNIMPLEMENTED', async () => {
      const told = await new Promise((resolve) => {
        const asIs = (bytes: Buffer): Buffer => bytes;
        const path = '/membership.v1.AccessService/Guess';
        ada.channel.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), (error) =>
          resolve(error?.code),
        );
      });
      expect(told).toBe(12);
    });
  });

  test('every refusal is one of gRPC’s statuses, with its code', () => {
    // By hand, from what the statuses are for.
    const statuses = {
      invalid: 3,
      unauthenticated: 16,
      forbidden: 7,
      not_found: 5,
      conflict: 9,
      precondition: 10,
      too_large: 8,
      limited: 8,
      unavailable: 14,
    };
    const exists = new Set(
      ['organization', 'member', 'team', 'role'].map((thing) => `${thing}.exists`),
    ).add('invitation.pending_exists');
    const request = { id: 'req_1', method: 'gRPC' };
    for (const [code, kind] of Object.entries(REFUSALS)) {
      const failure = failureOf(new Refusal(code as RefusalCode, 'Do this.'), request as never);
      const expected = exists.has(code) ? 6 : statuses[kind];
      expect([code, failure.code, failure.message]).toEqual([code, expected, 'Do this.']);
      expect(failure.isUnexpected).toBe(false);
    }
    const bug = failureOf(new TypeError('ada@example.com'), request as never);
    expect([bug.code, bug.isUnexpected]).toEqual([13, true]);
    expect(bug.message).not.toContain('ada');
  });

  test('pointers become paths of fields', () => {
    expect(fieldOf('/invitations/12/expiresIn')).toBe('invitations[12].expires_in');
    expect(fieldOf('?atLeast')).toBe('at_least');
    expect(fieldOf('/policies/emailDomains.own/0')).toBe('policies.email_domains.own[0]');
    expect(fieldOf('')).toBe('');
  });

  test('a call that is answered too late is given up, and the connection goes on', async () => {
    const early = await ada.call('GetMe', {}, { deadline: -1 });
    expect(early.status).toBe('DEADLINE_EXCEEDED');
    expect((await ada.call('GetMe')).code).toBe('ok');
  });

  test('answers and log lines have the ids of the call, and nothing about people', async () => {
    const headers = { 'x-correlation-id': 'trace-7' };
    const invited = { organization: 'acme', email: 'grace@private.example', roles: ['viewer'] };
    const told = await ada.call('InviteMember', invited, { headers });
    expect(told.head).toMatchObject({ 'x-correlation-id': 'trace-7' });
    const line = await eventually(
      () => service.logs.find((one) => one.includes(String(told.head['x-request-id']))),
      'line of the call',
    );
    expect(JSON.parse(line)).toMatchObject({
      msg: 'request',
      method: 'gRPC',
      route: '/membership.v1.MembershipService/InviteMember',
      status: 'OK',
      correlation: 'trace-7',
      actor: expect.stringMatching(/^usr_/),
    });
    const all = service.logs.filter((one) => one.includes('"gRPC"')).join('\n');
    for (const word of ['example', 'ada@', 'Ada', '127.0.0.1', 'Bearer'])
      expect(all).not.toContain(word);
    const metrics = String((await service.anybody.get('//metrics')).body);
    expect(metrics).toMatch(
      /membership_grpc_request_seconds_count\{method="\/membership.v1.MembershipService\/InviteMember",status="OK"\} \d/,
    );
  });

  test('health says that it serves, all of it and each service', async () => {
    for (const named of ['', 'membership.v1.AccessService']) {
      const told = await eventually(async () => {
        const { body } = await ada.as('').call(HEALTH, { service: named });
        return body['status'] === 'SERVING' ? body : undefined;
      }, `service ${named}`);
      expect(told).toEqual({ status: 'SERVING' });
    }
    expect((await ada.call(HEALTH, { service: 'none' })).status).toBe('NOT_FOUND');
  });

  test('a check says why', async () => {
    const question = { principal: 'user:ada@example.com', organization: 'acme' };
    const yes = await ada.call(CHECK, { ...question, permission: 'organizations:view' });
    expect(yes.body).toMatchObject({ allowed: true, reason: 'granted' });
    const stranger = { ...question, principal: 'user:nobody@example.com' };
    const no = await ada.call(CHECK, { ...stranger, permission: 'organizations:view' });
    expect(no.body).toMatchObject({ allowed: false, reason: 'no_membership' });
    const typed = await ada.call(CHECK, { ...question, permission: 'organizations:veiw' });
    expect([typed.status, typed.code]).toEqual(['INVALID_ARGUMENT', 'permission.unknown']);
  });
});
