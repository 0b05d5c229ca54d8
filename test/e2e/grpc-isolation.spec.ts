import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toldOf, typesAt, type GrpcClient, type Told } from '../support/grpc.js';
import type { HttpClient } from '../support/http.js';
import { TestService } from '../support/service.js';

/** Methods that answer about the caller alone, or about what is public. */
const OPEN = new Set([
  'CreateOrganization',
  'EraseMe',
  'GetCatalogue',
  'GetCatalogueVersion',
  'GetMe',
  'ListCatalogues',
  'ListMyMemberships',
]);

/** What is right in itself, for methods that want more than names. */
const FIELDS: Readonly<Record<string, object>> = {
  AccessDiff: { from: '2026-01-01T00:00:00.000Z' },
  AdoptCatalogue: { version: 1 },
  ChangeRole: { name: 'R' },
  ChangeRoles: { add: [{ role: 'viewer' }] },
  Check: { principal: 'user:ada@example.com', permission: 'organizations:view' },
  CheckApiKey: { scope: 'a:b' },
  CheckRoute: { principal: 'user:ada@example.com', method: 'GET', path: '/x' },
  CreateApiKey: { name: 'K' },
  CreateServiceAccount: { name: 'A', roles: ['viewer'] },
  CreateSpace: { name: 'S' },
  CreateTeam: { name: 'T' },
  DefineRole: { name: 'R', scopes: ['organization'], permissions: ['a:b'] },
  Explain: { principal: 'user:ada@example.com', permission: 'organizations:view' },
  InviteMember: { email: 'x@example.com', roles: ['viewer'] },
  InviteMembers: { invitations: [{ email: 'x@example.com', roles: ['viewer'] }] },
  ListPrincipals: { permission: 'organizations:view' },
  RenameSpace: { name: 'S' },
  RenameTeam: { name: 'T' },
  SetRoles: { roles: ['viewer'] },
  SetServiceAccountRoles: { roles: ['viewer'] },
  SetTeamRoles: { roles: ['viewer'] },
  TransferOwnership: { to: 'mem_01jx8q5v3mf2h9k7c4n6t0wzpd', demoteTo: 'viewer' },
  UpdateApiKey: { name: 'K' },
  UpdateMember: { name: 'X' },
  UpdateOrganization: { name: 'X' },
  UpdateServiceAccount: { name: 'A' },
};

/** Fields that would narrow a list to nothing rather than name what is asked for. */
const FILTERS = new Set(['ListMembers', 'ListInvitations', 'ListApiKeys', 'Query', 'Tail']);

/** What a foreign organization must not tell: anything that was ever typed or made in it. */
const SECRETS = ['Acme Secret', 'ada@', 'Ada Lovelace', 'grace@', 'Berlin Secret', 'Team Secret'];

describe('over gRPC nothing of an organization is told to, or changed by, another one', () => {
  let service: TestService;
  let ada: HttpClient;
  let eve: GrpcClient;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    service = await TestService.start();
    ada = await service.signIn('ada@example.com', { name: 'Ada Lovelace' });
    const stranger = await service.signIn('eve@example.com');
    await stranger.post('/organizations', { id: 'evil', name: 'Evil', catalogue: 'mondoo' });
    await ada.post('/organizations', { id: 'acme', name: 'Acme Secret', catalogue: 'mondoo' });
    const create = async (path: string, body: object): Promise<Record<string, string>> => {
      const answer = await ada.post<Record<string, string>>(`/organizations/acme${path}`, body);
      expect([path, answer.status]).toEqual([path, 201]);
      return answer.body;
    };
    ids['space'] = (await create('/spaces', { name: 'Berlin Secret' }))['id']!;
    const invited = await create('/invitations', { email: 'grace@example.com', roles: ['viewer'] });
    ids['invitation'] = invited['id']!;
    ids['member'] = invited['member']!;
    ids['team'] = (await create('/teams', { name: 'Team Secret' }))['id']!;
    const account = { name: 'Robot', roles: ['agent'], space: ids['space'] };
    ids['account'] = (await create('/service-accounts', account))['id']!;
    ids['key'] = (await create('/api-keys', { name: 'Key', scopes: [] }))['id']!;
    const role = { name: 'Role', scopes: ['organization'], permissions: ['organizations:view'] };
    ids['role'] = (await create('/roles', role))['id']!;
    ids['user'] = String((await ada.get('/me')).body['id']);
    eve = service.grpc.as(stranger.token!);
  });
  afterAll(async () => {
    eve.close();
    await service.stop();
  });

  /** A message with everything the method names, of this organization. */
  const messageFor = (path: string, organization: string): Record<string, unknown> => {
    const name = path.split('/')[2]!;
    const { fieldsArray } = typesAt(path).resolvedRequestType;
    const isNarrowing = (field: string): boolean => FILTERS.has(name) || field === 'space';
    const named = fieldsArray
      .filter((field) => field.name in ids && !isNarrowing(field.name))
      .map((field) => [field.name, ids[field.name]]);
    const where = fieldsArray.some((field) => field.name === 'organization');
    const space = fieldsArray.some(({ name: one, partOf }) => one === 'space' && partOf === null);
    return {
      ...Object.fromEntries(named),
      ...(space ? { space: ids['space'] } : {}),
      ...(where ? { organization } : {}),
      ...FIELDS[name],
    };
  };

  /** One answer of a stream, or how it ended. */
  const first = (stream: ReturnType<GrpcClient['watch']>): Promise<Told> =>
    new Promise((resolve) => {
      stream.on('data', (body: Record<string, unknown>) => {
        resolve({
          code: 'ok',
          status: 'OK',
          message: '',
          violations: {},
          details: [],
          head: {},
          body,
        });
        stream.cancel();
      });
      stream.on('error', (error) => resolve(toldOf(error as never)));
    });

  const ask = (path: string, organization: string): Promise<Told> => {
    const name = path.split('/')[2]!;
    if (name === 'Tail' || name === 'WatchPermissions') {
      return first(eve.watch(path, { ...messageFor(path, organization), beginning: true }));
    }
    return eve.call(path, messageFor(path, organization));
  };

  test('every method of the running server, with a stranger’s token', async () => {
    const before = await ada.patch('/organizations/acme', { name: 'Acme Secret' });
    const { methods } = service.service.grpc;
    let asked = 0;
    for (const path of methods) {
      const name = path.split('/')[2]!;
      if (OPEN.has(name)) continue;
      asked += 1;
      const { fieldsArray } = typesAt(path).resolvedRequestType;
      if (!fieldsArray.some((field) => field.name === 'organization')) {
        const told = await elsewhere(path, name);
        expect([name, told.code === 'ok']).toEqual([name, false]);
        for (const secret of SECRETS) expect(JSON.stringify(told)).not.toContain(secret);
        continue;
      }
      const there = await ask(path, 'acme');
      expect([name, there.code]).toEqual([name, 'organization.not_found']);
      for (const secret of SECRETS) expect(JSON.stringify(there)).not.toContain(secret);
      // An organization that does not exist answers alike, but for its id and the request's.
      const nowhere = await ask(path, 'nowhere');
      const alike = ({ status, message, details }: Told, id: string): string =>
        JSON.stringify([status, message, details])
          .replace(/req_\w+/g, 'req')
          .replaceAll(id, 'ID');
      expect([name, alike(there, 'acme')]).toEqual([name, alike(nowhere, 'nowhere')]);
    }
    expect(asked).toBeGreaterThan(45);
    const after = await ada.patch('/organizations/acme', { name: 'Acme Secret' });
    expect(after.body['revision']).toBe(before.body['revision']);
  });

  /** Methods that name their organization elsewhere than in its field. */
  const elsewhere = async (path: string, name: string): Promise<Told> => {
    const check = { ...FIELDS['Check'], organization: 'acme' };
    const token = `k1.acme.${ids['invitation']}.1.${'a'.repeat(43)}`;
    switch (name) {
      case 'BatchCheck':
        return eve.call(path, { checks: [check] });
      case 'CheckStream': {
        const stream = eve.converse(path);
        const told = first(stream);
        stream.write({ id: '1', check });
        const { body } = await told;
        expect(JSON.stringify(body)).toContain('is no organization');
        return { ...(await told), code: body['refusal'] == null ? 'ok' : 'refused' };
      }
      case 'ListOrganizations':
        return eve.call(path, { principal: ids['member'], permission: 'organizations:view' });
      case 'ErasePerson':
      case 'ListMemberships':
        return eve.call(path, { user: ids['user'] });
      case 'ListAdoptions':
        return eve.call(path, { catalogue: 'mondoo' });
      case 'LookUpInvitation':
      case 'AcceptInvitation':
      case 'DeclineInvitation':
        return eve.call(path, { token });
      default:
        throw new Error(`${path} is not known here`);
    }
  };
});
