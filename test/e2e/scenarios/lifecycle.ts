/** From the first invitation to the last farewell. */
import { expect } from '@jest/globals';
import type { Scenario } from './client.js';

type Body = Record<string, string>;
interface Rows {
  readonly items: readonly Record<string, unknown>[];
  readonly nextCursor?: string;
}

export const LIFECYCLE: readonly Scenario[] = [
  {
    name: 'an organization is founded, shown, renamed, given policies and deleted',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const founded = await ada.call<Body>(
        'createOrganization',
        {},
        {
          id: organization,
          name: 'Acme',
          catalogue: 'vygl',
        },
      );
      expect(founded).toMatchObject({ code: 'ok', body: { id: organization, status: 'active' } });
      const again = await ada.call(
        'createOrganization',
        {},
        {
          id: organization,
          name: 'Acme',
          catalogue: 'vygl',
        },
      );
      expect(again.code).toBe('organization.exists');
      const at = { organization };
      const renamed = await ada.call<Body>('updateOrganization', at, { name: 'Acme Ltd' });
      expect(renamed.body['name']).toBe('Acme Ltd');
      const policies = { 'invitation.ttl': 'P2D' };
      expect((await ada.call('updateOrganization', at, { policies })).code).toBe('ok');
      const query = `?atLeast=${renamed.body['revision']}`;
      const shown = await ada.call<Body>('getOrganization', at, undefined, { query });
      expect(shown.body).toMatchObject({ name: 'Acme Ltd', activeMembers: 1 });
      expect((await ada.call('deleteOrganization', at)).body['status']).toBe('deleted');
      expect((await ada.call('getOrganization', at)).code).toBe('organization.not_found');
    },
  },
  {
    name: 'somebody is invited by mail, looks the link up, accepts once, and is found',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const grace = await stage.person(`grace.${organization}@example.com`);
      const eve = await stage.person(`eve.${organization}@example.com`);
      const at = { organization };
      await ada.call('createOrganization', {}, { id: organization, name: 'A', catalogue: 'vygl' });
      const invited = await ada.call<Body>('inviteMember', at, {
        email: grace.email,
        roles: ['member'],
        message: 'Welcome!',
      });
      expect(invited).toMatchObject({
        code: 'ok',
        body: { status: 'pending', email: grace.email },
      });
      const twice = await ada.call('inviteMember', at, { email: grace.email, roles: ['viewer'] });
      expect(twice.code).toBe('invitation.pending_exists');

      const token = await stage.linkOf(grace.email);
      const found = await grace.call('lookUpInvitation', {}, { token });
      expect(found.body).toMatchObject({
        organization: { id: organization, name: 'A' },
        roles: [{ role: 'member', scope: 'organization' }],
      });
      expect((await eve.call('acceptInvitation', {}, { token })).code).toBe(
        'invitation.email_mismatch',
      );
      const accepted = await grace.call<Body>('acceptInvitation', {}, { token, name: 'Grace' });
      expect(accepted).toMatchObject({ code: 'ok', body: { status: 'active', name: 'Grace' } });
      const member = accepted.body['id']!;
      expect((await grace.call<Body>('acceptInvitation', {}, { token })).body['id']).toBe(member);
      expect((await eve.call('acceptInvitation', {}, { token })).code).toBe(
        'invitation.link_invalid',
      );

      const one = await ada.call('getMember', { ...at, member });
      expect(one.body).toMatchObject({ id: member, email: grace.email, name: 'Grace' });
      const list = await ada.call<Rows>('listMembers', at, undefined, { query: '?q=grac&limit=1' });
      expect(list.body.items.map(({ id }) => id)).toEqual([member]);
      const invitations = await ada.call<Rows>('listInvitations', at, undefined, {
        query: '?status=accepted',
      });
      expect(invitations.body.items).toHaveLength(1);
      const shown = await ada.call('getInvitation', { ...at, invitation: invited.body['id']! });
      expect(shown.body).toMatchObject({ status: 'accepted' });
      const mine = await grace.call<Rows>('listMyMemberships');
      expect(mine.body.items).toMatchObject([{ organization, member, status: 'active' }]);
      // Nobody has a membership that they have not accepted.
      const invitedTo = { query: '?status=invited' };
      const refused = await grace.call('listMyMemberships', {}, undefined, invitedTo);
      expect(refused.code).toBe('request.invalid');
      expect((await grace.call('getMe')).body['email']).toBe(grace.email);
      const audit = await ada.call<Rows>('listAudit', at, undefined, { query: '?order=oldest' });
      expect(audit.body.items.map(({ type }) => type)).toEqual([
        'organization.create',
        'member.join',
        'member.invite',
        'member.accept',
      ]);
      if (stage.offers('exportAudit')) {
        const csv = await ada.call('exportAudit', at, undefined, { query: '?format=csv' });
        expect(String(csv.body).split('\n')[0]).toContain('actorKind');
      }
    },
  },
  {
    name: 'invitations are resent, revoked, declined and erased; dead links all answer alike',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const at = { organization };
      await ada.call('createOrganization', {}, { id: organization, name: 'A', catalogue: 'vygl' });
      const invite = async (name: string): Promise<{ invitation: string; token: string }> => {
        const email = `${name}.${organization}@example.com`;
        const { body } = await ada.call<Body>('inviteMember', at, { email, roles: ['viewer'] });
        return { invitation: body['id']!, token: await stage.linkOf(email) };
      };
      const first = await invite('first');
      const resent = await ada.call('resendInvitation', { ...at, invitation: first.invitation });
      expect(resent.body).toMatchObject({ generation: 2 });
      const dead = await ada.call('lookUpInvitation', {}, { token: first.token });
      const fresh = await stage.linkOf(`first.${organization}@example.com`, first.token);
      expect((await ada.call('lookUpInvitation', {}, { token: fresh })).code).toBe('ok');
      expect((await ada.call('declineInvitation', {}, { token: fresh })).code).toBe('ok');

      const second = await invite('second');
      await ada.call('revokeInvitation', { ...at, invitation: second.invitation });
      const third = await invite('third');
      await ada.call('eraseInvitation', { ...at, invitation: third.invitation });
      for (const token of [fresh, second.token, third.token, `${third.token}x`, 'x']) {
        const gone = await ada.call('lookUpInvitation', {}, { token });
        expect({ ...gone.body, instance: '' }).toEqual({ ...dead.body, instance: '' });
      }
    },
  },
  {
    name: 'a batch gives a result per row, or all or none',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const at = { organization };
      await ada.call('createOrganization', {}, { id: organization, name: 'A', catalogue: 'vygl' });
      const rows = ['a', 'b', 'a'].map((name) => ({
        email: `${name}.${organization}@example.com`,
        roles: ['viewer'],
      }));
      const each = await ada.call<{ results: { status: string; code?: string }[] }>(
        'inviteMembers',
        at,
        { invitations: rows },
      );
      expect(each.body.results.map(({ status, code }) => code ?? status)).toEqual([
        'invited',
        'invited',
        'invitation.pending_exists',
      ]);
      const all = await ada.call('inviteMembers', at, { invitations: rows, atomic: true });
      expect(all.code).toBe('invitation.pending_exists');
    },
  },
  {
    name: 'roles change, ownership passes on, and the last owner stays',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const grace = await stage.person(`grace.${organization}@example.com`);
      const at = { organization };
      await ada.call('createOrganization', {}, { id: organization, name: 'A', catalogue: 'vygl' });
      await ada.call('inviteMember', at, { email: grace.email, roles: ['viewer'] });
      const token = await stage.linkOf(grace.email);
      const { body } = await grace.call<Body>('acceptInvitation', {}, { token });
      const member = body['id']!;
      const rows = await ada.call<Rows>('listMembers', at);
      const owner = String(rows.body.items[0]!['id']);

      expect((await grace.call('setRoles', { ...at, member }, { roles: ['owner'] })).code).toBe(
        'permission.denied',
      );
      expect(
        (await ada.call('setRoles', { ...at, member: owner }, { roles: ['viewer'] })).code,
      ).toBe('member.last_holder');
      const until = new Date(Date.now() + 3_600_000).toISOString();
      const changed = await ada.call(
        'changeRoles',
        { ...at, member },
        {
          add: [{ role: 'member', expiresAt: until }],
          remove: ['viewer'],
        },
      );
      expect(changed.body).toMatchObject({ grants: [{ role: 'member', expiresAt: until }] });
      const check = { principal: member, organization, permission: 'organization:update' };
      expect((await ada.call('checkAccess', {}, check)).body['allowed']).toBe(false);
      const passed = await ada.call('transferOwnership', at, { to: member, demoteTo: 'admin' });
      expect(passed.code).toBe('ok');
      expect((await grace.call('checkAccess', {}, check)).body['allowed']).toBe(true);
      const both = await grace.call<{ results: { allowed: boolean }[] }>(
        'checkAccessBatch',
        {},
        {
          checks: [check, { ...check, principal: owner }],
        },
      );
      expect(both.body.results.map(({ allowed }) => allowed)).toEqual([true, false]);
      const permissions = await grace.call<{ permissions: string[] }>('listPermissions', {
        ...at,
        member,
      });
      expect(permissions.body.permissions).toContain('organization:update');
      expect((await ada.call('leaveOrganization', at)).body['status']).toBe('removed');
      expect((await ada.call('getOrganization', at)).code).toBe('organization.not_found');
    },
  },
  {
    name: 'a member is renamed, deactivated, reactivated, removed and erased',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const grace = await stage.person(`grace.${organization}@example.com`);
      const at = { organization };
      await ada.call('createOrganization', {}, { id: organization, name: 'A', catalogue: 'vygl' });
      await ada.call('inviteMember', at, { email: grace.email, roles: ['viewer'] });
      const token = await stage.linkOf(grace.email);
      const { body } = await grace.call<Body>('acceptInvitation', {}, { token });
      const one = { ...at, member: body['id']! };
      expect((await grace.call('updateMember', one, { name: 'Rear Admiral' })).code).toBe('ok');
      expect((await ada.call('getMember', one)).body['name']).toBe('Rear Admiral');
      expect((await ada.call('deactivateMember', one)).body['status']).toBe('inactive');
      expect((await grace.call('getOrganization', at)).code).toBe('organization.not_found');
      expect((await ada.call('reactivateMember', one)).body['status']).toBe('active');
      expect((await grace.call('getOrganization', at)).code).toBe('ok');
      expect((await ada.call('removeMember', one)).body['status']).toBe('removed');
      expect((await ada.call('eraseMember', one)).code).toBe('ok');
      expect((await ada.call('getMember', one)).body['email']).toBe(stage.erased);
      const everywhere = await grace.call<{ results: unknown[] }>('eraseMe');
      expect(everywhere.code).toBe('ok');
    },
  },
  {
    name: 'whoever is removed from one organization stays in the other as they were',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const grace = await stage.person(`grace.${organization}@example.com`);
      const here = { organization };
      const there = { organization: `${organization}_other` };
      const join = async (at: typeof here, earlier?: string): Promise<[string, string]> => {
        await ada.call(
          'createOrganization',
          {},
          { id: at.organization, name: 'A', catalogue: 'vygl' },
        );
        await ada.call('inviteMember', at, { email: grace.email, roles: ['member'] });
        const token = await stage.linkOf(grace.email, earlier);
        const { body } = await grace.call<Body>('acceptInvitation', {}, { token });
        return [body['id']!, token];
      };
      const [member, token] = await join(here);
      const [kept] = await join(there, token);
      const before = await grace.call('getMember', { ...there, member: kept });
      expect(before).toMatchObject({ code: 'ok', body: { status: 'active' } });

      expect((await ada.call('removeMember', { ...here, member })).code).toBe('ok');
      expect((await grace.call('getOrganization', here)).code).toBe('organization.not_found');
      const after = await grace.call('getMember', { ...there, member: kept });
      expect(after).toEqual(before);
      const mine = await grace.call<Rows>('listMyMemberships');
      const active = mine.body.items.filter(({ status }) => status === 'active');
      expect(active).toMatchObject([{ ...there, member: kept }]);

      // Whoever is deactivated need not stay.
      await ada.call('deactivateMember', { ...there, member: kept });
      expect((await grace.call('leaveOrganization', there)).body['status']).toBe('removed');
      expect((await grace.call<Rows>('listMyMemberships')).body.items).toEqual([]);
    },
  },
  {
    name: 'somebody who signs in with a password carries the LOCAL tag of wasviking',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@acme.example`);
      const grace = await stage.person(`grace.${organization}@acme.example`);
      const at = { organization };
      const wasviking = { id: organization, name: 'A', catalogue: 'wasviking' };
      expect((await ada.call('createOrganization', {}, wasviking)).code).toBe('ok');
      const invited = await ada.call('inviteMember', at, {
        email: grace.email,
        roles: ['ReadOnly'],
      });
      expect(invited.code).toBe('ok');
      const before = await ada.call<Rows>('listMembers', at);
      expect(before.body.items.map(({ authentication }) => authentication)).toEqual(['local']);
      const token = await stage.linkOf(grace.email);
      const { body } = await grace.call('acceptInvitation', {}, { token });
      expect(body).toMatchObject({ authentication: 'local' });
      const query = '?q=grace';
      const shown = await ada.call<Rows>('listMembers', at, undefined, { query });
      expect(shown.body.items.map(({ authentication }) => authentication)).toEqual(['local']);
    },
  },
];
