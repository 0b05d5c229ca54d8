/** Spaces, teams, service accounts, keys, roles, catalogues, the platform, cve-project. */
import { expect } from '@jest/globals';
import type { Person, Scenario, Stage } from './client.js';

type Body = Record<string, string>;
interface Rows {
  readonly items: readonly Record<string, unknown>[];
}

const found = async (stage: Stage, organization: string, catalogue: string): Promise<Person> => {
  const ada = await stage.person(`ada.${organization}@example.com`);
  const body = { id: organization, name: 'A', catalogue };
  expect((await ada.call('createOrganization', {}, body)).code).toBe('ok');
  return ada;
};

export const STRUCTURE: readonly Scenario[] = [
  {
    name: 'spaces are made, renamed, put to rest, woken and deleted',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'mondoo');
      const at = { organization };
      const made = await ada.call<Body>('createSpace', at, { name: 'Berlin' });
      const one = { ...at, space: made.body['id']! };
      expect((await ada.call('renameSpace', one, { name: 'Paris' })).body['name']).toBe('Paris');
      expect((await ada.call<Rows>('listSpaces', at)).body.items).toHaveLength(1);
      expect((await ada.call('deactivateSpace', one)).body['status']).toBe('inactive');
      expect((await ada.call('getSpace', one)).body['status']).toBe('inactive');
      expect((await ada.call('reactivateSpace', one)).body['status']).toBe('active');
      expect((await ada.call('deleteSpace', one)).body['status']).toBe('deleted');
      expect((await ada.call('getSpace', one)).code).toBe('space.not_found');
    },
  },
  {
    name: 'a team gives its roles to its members',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'mondoo');
      const at = { organization };
      const { body } = await ada.call<Body>('createTeam', at, { name: 'Responders' });
      const one = { ...at, team: body['id']! };
      const members = await ada.call<Rows>('listMembers', at);
      const member = String(members.body.items[0]!['id']);
      expect((await ada.call('renameTeam', one, { name: 'First' })).body['name']).toBe('First');
      expect((await ada.call('setTeamRoles', one, { roles: ['viewer'] })).code).toBe('ok');
      expect((await ada.call('addTeamMember', { ...one, member })).code).toBe('ok');
      const query = `?team=${one.team}`;
      const within = await ada.call<Rows>('listMembers', at, undefined, { query });
      expect(within.body.items).toHaveLength(1);
      expect((await ada.call<Rows>('listTeams', at)).body.items).toHaveLength(1);
      expect((await ada.call('getTeam', one)).body).toMatchObject({ name: 'First' });
      expect((await ada.call('removeTeamMember', { ...one, member })).code).toBe('ok');
      expect((await ada.call('deleteTeam', one)).body['status']).toBe('deleted');
    },
  },
  {
    name: 'a service account works with a key, until the key or the account ends',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'mondoo');
      const at = { organization };
      const space = (await ada.call<Body>('createSpace', at, { name: 'S' })).body['id']!;
      const account = await ada.call<Body>('createServiceAccount', at, {
        name: 'Robot',
        roles: ['agent'],
        space,
      });
      expect(account.code).toBe('ok');
      const one = { ...at, account: account.body['id']! };
      expect((await ada.call('updateServiceAccount', one, { name: 'R2' })).body['name']).toBe('R2');
      const roles = { roles: ['gateway-agent'], space };
      expect((await ada.call('setServiceAccountRoles', one, roles)).code).toBe('ok');
      expect((await ada.call<Rows>('listServiceAccounts', at)).body.items).toHaveLength(1);
      expect((await ada.call('getServiceAccount', one)).body['name']).toBe('R2');

      const made = await ada.call<Body>('createApiKey', at, {
        name: 'pipeline',
        owner: one.account,
        scopes: [],
      });
      const secret = made.body['secret']!;
      const key = made.body['id']!;
      const me = { key, organization, owner: one.account };
      expect((await stage.withKey(secret).call('getMe')).body).toMatchObject(me);
      const asked = { key, scope: 'scans:run', organization };
      expect((await ada.call('checkApiKey', {}, asked)).code).toBe('api_key.scope_unknown');
      expect((await ada.call('updateApiKey', { ...at, key }, { name: 'old' })).code).toBe('ok');
      const rotated = await ada.call<Body>('rotateApiKey', { ...at, key });
      expect((await stage.withKey(secret).call('getMe')).code).toBe('authentication.invalid');
      const again = stage.withKey(rotated.body['secret']!);
      expect((await again.call('getMe')).code).toBe('ok');
      expect((await ada.call<Rows>('listApiKeys', at)).body.items).toHaveLength(1);
      expect((await ada.call('revokeApiKey', { ...at, key })).body['status']).toBe('revoked');
      expect((await again.call('getMe')).code).toBe('authentication.invalid');
      expect((await ada.call('deleteServiceAccount', one)).body['status']).toBe('deleted');
    },
  },
  {
    name: 'an organization makes a role of its own',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'mondoo');
      const at = { organization };
      const made = await ada.call<Body>('defineRole', at, {
        name: 'Onlooker',
        scopes: ['organization'],
        permissions: ['organizations:view'],
      });
      expect(made.code).toBe('ok');
      const one = { ...at, role: made.body['id']! };
      const change = { permissions: ['organizations:view', 'members:view'] };
      expect((await ada.call('changeRole', one, change)).code).toBe('ok');
      const { body } = await ada.call<Rows>('listRoles', at);
      const own = body.items.find(({ kind }) => kind === 'custom');
      expect(own).toMatchObject({ id: one.role, assignable: true });
      expect(body.items.find(({ id }) => id === 'iam-manager')).toMatchObject({
        assignable: false,
      });
      expect((await ada.call('retireRole', one)).body['status']).toBe('retired');
    },
  },
  {
    name: 'catalogues are shown; a version that is not there is not adopted',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'vygl');
      const { body } = await ada.call<Rows>('listCatalogues');
      expect(body.items.map(({ id }) => id)).toEqual(
        expect.arrayContaining(['mondoo', 'mondoo-classic', 'wasviking', 'vygl', 'cve-project']),
      );
      expect((await ada.call('getCatalogue', { catalogue: 'vygl' })).body['version']).toBe(1);
      const version = { catalogue: 'vygl', version: '1' };
      expect((await ada.call('getCatalogueVersion', version)).code).toBe('ok');
      const missing = { catalogue: 'vygl', version: '99' };
      expect((await ada.call('getCatalogueVersion', missing)).code).toBe('catalogue.not_found');
      const adopted = await ada.call('adoptCatalogue', { organization }, { version: 99 });
      expect(adopted.code).toBe('catalogue.not_found');
      const again = await ada.call('adoptCatalogue', { organization }, { version: 1 });
      expect(again.code).toBe('ok');
      const root = await stage.person('root@example.com', { platformAdmin: true });
      const one = { catalogue: 'vygl' };
      expect((await root.call('listAdoptions', one)).body).toEqual({ items: [] });
      expect((await ada.call('listAdoptions', one)).code).toBe('organization.not_found');
    },
  },
  {
    name: 'the platform suspends, resumes, looks across and repairs',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'vygl');
      const root = await stage.person('root@example.com', { platformAdmin: true });
      const at = { organization };
      expect((await ada.call('suspendOrganization', at)).code).toBe('permission.denied');
      expect((await root.call('suspendOrganization', at, { reason: 'unpaid' })).code).toBe('ok');
      expect(
        (await ada.call('inviteMember', at, { email: 'x@example.com', roles: ['viewer'] })).code,
      ).toBe('organization.suspended');
      expect((await root.call('resumeOrganization', at)).body['status']).toBe('active');
      const user = String((await ada.call('getMe')).body['id']);
      const memberships = await root.call<Rows>('listMemberships', { user });
      expect(memberships.body.items).toMatchObject([{ organization }]);
      expect((await ada.call('listMemberships', { user })).code).toBe('ok');
      const named = { user: `user:ada.${organization}@example.com` };
      expect((await root.call<Rows>('listMemberships', named)).body.items).toHaveLength(1);
      const email = `guest.${organization}@example.com`;
      await ada.call('inviteMember', at, { email, roles: ['viewer'] });
      const guest = { user: `user:${email}` };
      const once = { headers: { 'Idempotency-Key': 'once' } };
      const forget = (who: Person) => who.call('erasePerson', guest, { email }, once);
      expect((await forget(ada)).code).toBe('organization.not_found');
      expect((await forget(root)).body['results']).toMatchObject([
        { organization, status: 'erased' },
      ]);
      expect((await forget(root)).code).toBe('ok');
      const { items } = (await ada.call<Rows>('listInvitations', at)).body;
      expect(items[0]?.['email']).toBe(stage.erased);
      if (!stage.offers('rebuildReadModel')) return;
      expect((await root.call('rebuildReadModel', { readModel: 'members' })).code).toBe('ok');
      const repair = await root.call('rebuildReadModel', { readModel: 'access' }, at);
      expect(repair.body['status']).toBe('done');
    },
  },
  {
    name: 'a request to the product is allowed by the role it needs',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'cve-project');
      const principal = `user:ada.${organization}@example.com`;
      const route = { principal, organization, method: 'PATCH', path: '/alerts/status' };
      expect((await ada.call('checkRoute', {}, route)).body['allowed']).toBe(true);
      const unknown = await ada.call('checkRoute', {}, { ...route, method: 'BREW' });
      expect(unknown.body).toMatchObject({ allowed: false, reason: 'route.unknown' });
    },
  },
  {
    name: 'what the catalogue does not offer is offered to nobody, the platform included',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'vygl');
      const root = await stage.person('root@example.com', { platformAdmin: true });
      const eve = await stage.person(`eve.${organization}@example.com`);
      const at = { organization };
      for (const operation of ['listTeams', 'listServiceAccounts']) {
        expect((await ada.call(operation, at)).code).toBe('operation.not_offered');
        expect((await root.call(operation, at)).code).toBe('operation.not_offered');
        expect((await eve.call(operation, at)).code).toBe('organization.not_found');
      }
    },
  },
  {
    name: 'cve-project answers the endpoints of its source',
    about: 'renameProject',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'cve-project');
      const grace = await stage.person(`grace.${organization}@example.com`);
      const headers = { 'x-project': organization };
      const call = (operation: string, body: unknown, query = '') =>
        ada.call<Body>(operation, {}, body, { headers, query });
      expect((await call('renameProject', { name: 'P' })).body['name']).toBe('P');
      const invitee = { email: grace.email, role: 'viewer' };
      // The caller's only membership, without naming it.
      expect((await ada.call('inviteUser', {}, invitee)).code).toBe('ok');
      const token = await stage.linkOf(grace.email);
      expect((await call('withdrawInvitation', undefined, `?email=${grace.email}`)).code).toBe(
        'ok',
      );
      expect((await call('inviteUser', invitee)).code).toBe('ok');
      const fresh = await stage.linkOf(grace.email, token);
      expect((await grace.call('acceptInvitation', {}, { token: fresh })).code).toBe('ok');
      expect((await call('changeUserRole', { email: grace.email, role: 'analyst' })).code).toBe(
        'ok',
      );
      const route = {
        principal: `user:${grace.email}`,
        organization,
        method: 'PATCH',
        path: '/alerts/status',
      };
      expect((await ada.call('checkRoute', {}, route)).body['allowed']).toBe(true);
      const removed = await call('removeUser', { email: grace.email });
      expect(removed.body['status']).toBe('removed');
      expect((await ada.call('checkRoute', {}, route)).body['allowed']).toBe(false);
    },
  },
];
