/** Why somebody may do something, what would let them, and how it was at a moment of the past. */
import { expect } from '@jest/globals';
import type { Scenario } from './client.js';

type Body = Record<string, string>;
interface Explained {
  readonly allowed: boolean;
  readonly reason: string;
  readonly revision: string;
  readonly grants: readonly {
    readonly role: string;
    readonly source: string;
    readonly grantedBy: { readonly member: string };
    readonly events: readonly { readonly type: string; readonly revision: string }[];
  }[];
  readonly space: readonly { readonly type: string }[];
  readonly missing: readonly {
    readonly role: string;
    readonly mayGive: { readonly members?: readonly string[]; readonly count?: number };
  }[];
}

export const EXPLAINING: readonly Scenario[] = [
  {
    name: 'a no is explained, cured as proposed, and is still the answer for the time before',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const grace = await stage.person(`grace.${organization}@example.com`);
      const at = { organization };
      const made = { id: organization, name: 'A', catalogue: 'mondoo' };
      const founded = await ada.call<Body>('createOrganization', {}, made);
      await ada.call('inviteMember', at, { email: grace.email, roles: ['viewer'] });
      const token = await stage.linkOf(grace.email);
      const member = (await grace.call<Body>('acceptInvitation', {}, { token })).body['id']!;
      const question = { principal: member, organization, permission: 'policies:edit' };
      const explain = async (more: object = {}, who = ada) =>
        (await who.call<Explained>('explainAccess', {}, { ...question, ...more })).body;

      const no = await explain();
      expect(no).toMatchObject({ allowed: false, reason: 'no_role', grants: [] });
      const [cure] = no.missing;
      expect(cure!.mayGive).toMatchObject({ count: 1, more: false });
      const invited = await explain({ permission: 'policies:view' });
      expect(invited.grants).toMatchObject([{ role: 'viewer', source: 'invitation' }]);
      expect(invited.grants[0]!.events.map(({ type }) => type)).toEqual([
        'member.invite',
        'member.accept',
      ]);

      const given = await ada.call(
        'changeRoles',
        { ...at, member },
        { add: [{ role: cure!.role }] },
      );
      expect(given.code).toBe('ok');
      const yes = await explain();
      expect(yes).toMatchObject({
        allowed: true,
        grants: [{ role: cure!.role, source: 'direct' }],
      });
      expect(yes.grants[0]!.grantedBy.member).toBe(cure!.mayGive.members![0]);
      // Each event names the revision from which on it was so.
      const { revision } = yes.grants[0]!.events.at(-1)!;
      const check = async (moment: string) =>
        (await ada.call<Explained>('checkAccess', {}, { ...question, at: moment })).body;
      expect(await check(revision)).toMatchObject({ allowed: true, revision });
      expect(await check(no.revision)).toMatchObject({ allowed: false, reason: 'no_role' });
      expect((await check(founded.body['revision']!)).reason).toBe('no_membership');
      expect(await explain({ at: no.revision })).toMatchObject({
        allowed: false,
        missing: [{ role: cure!.role }],
      });
      const query = (moment: string) => ({ query: `?at=${moment}` });
      const list = async (moment: string) =>
        (
          await ada.call<{ permissions: string[] }>(
            'listPermissions',
            { ...at, member },
            undefined,
            query(moment),
          )
        ).body.permissions;
      expect(await list(revision)).toContain(question.permission);
      expect(await list(no.revision)).not.toContain(question.permission);
      const listed = async (operation: string, about: object, moment: string) => {
        const fields = { ...about, permission: question.permission, at: moment };
        const { body } = await ada.call<{ items: object[] }>(operation, {}, undefined, {
          query: `?${new URLSearchParams(fields).toString()}`,
        });
        return body.items;
      };
      const holder = { kind: 'member', id: member };
      expect(await listed('listPrincipals', at, revision)).toContainEqual(holder);
      expect(await listed('listPrincipals', at, no.revision)).not.toContainEqual(holder);
      const of = { principal: member };
      expect(await listed('listWhereabouts', of, revision)).toEqual([{ organization }]);
      expect(await listed('listWhereabouts', of, no.revision)).toEqual([]);
      const batch = { checks: [question, { ...question, permission: 'policies:view' }] };
      const then = await ada.call<{ results: { allowed: boolean }[] }>(
        'checkAccessBatch',
        {},
        { ...batch, at: no.revision },
      );
      expect(then.body.results.map(({ allowed }) => allowed)).toEqual([false, true]);
    },
  },
  {
    name: 'a space that was closed or deleted is told from one that never was',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const at = { organization };
      const made = { id: organization, name: 'A', catalogue: 'mondoo' };
      await ada.call('createOrganization', {}, made);
      const member = (await ada.call<{ items: Body[] }>('listMembers', at)).body.items[0]!['id']!;
      const space = (await ada.call<Body>('createSpace', at, { name: 'Berlin' })).body['id']!;
      const explain = async (where: string) => {
        const question = { principal: member, organization, permission: 'policies:view' };
        const { body } = await ada.call<Explained>(
          'explainAccess',
          {},
          { ...question, space: where },
        );
        return [body.reason, ...body.space.map(({ type }) => type)];
      };
      expect(await explain(space)).toEqual(['granted']);
      await ada.call('deactivateSpace', { ...at, space });
      expect(await explain(space)).toEqual(['space_inactive', 'space.deactivate']);
      await ada.call('deleteSpace', { ...at, space });
      expect(await explain(space)).toEqual(['space_not_found', 'space.delete']);
      const never = 'space_01jx8q5v3mf2h9k7c4n6t0wzpd';
      expect(await explain(never)).toEqual(['space_not_found']);
    },
  },
  {
    name: 'a request to the product, and a key, are asked about as they were',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const looms = `${organization}_looms`;
      for (const [id, catalogue] of [
        [organization, 'vygl'],
        [looms, 'cve-project'],
      ]) {
        expect((await ada.call('createOrganization', {}, { id, name: 'A', catalogue })).code).toBe(
          'ok',
        );
      }
      const vic = await stage.person(`vic.${organization}@example.com`);
      await ada.call(
        'inviteMember',
        { organization: looms },
        { email: vic.email, roles: ['viewer'] },
      );
      const joined = await vic.call<Body>(
        'acceptInvitation',
        {},
        {
          token: await stage.linkOf(vic.email),
        },
      );
      const member = joined.body['id']!;
      const promoted = await ada.call<Body>(
        'setRoles',
        { organization: looms, member },
        { roles: ['analyst'] },
      );
      const request = { principal: member, organization: looms };
      const route = async (moment?: string) => {
        const asked = { ...request, method: 'PATCH', path: '/alerts/status', ...at(moment) };
        return (await ada.call<Explained>('checkRoute', {}, asked)).body;
      };
      const at = (moment?: string) => (moment === undefined ? {} : { at: moment });
      expect(await route()).toMatchObject({ allowed: true });
      const { revision } = promoted.body;
      expect(await route(revision)).toMatchObject({ allowed: true, revision });
      const before = joined.body['revision']!;
      expect(await route(before)).toMatchObject({ reason: 'no_role', revision: before });

      const scopes = ['scan:write'];
      const made = await ada.call<Body>('createApiKey', { organization }, { name: 'k', scopes });
      const key = made.body['id']!;
      const revoked = await ada.call<Body>('revokeApiKey', { organization, key });
      const carries = async (moment?: string) => {
        const asked = { key, organization, scope: 'scan:write', ...at(moment) };
        return (await ada.call<Explained>('checkApiKey', {}, asked)).body.reason;
      };
      expect(await carries()).toBe('key_revoked');
      expect(await carries(made.body['revision'])).toBe('granted');
      expect(await carries(revoked.body['revision'])).toBe('key_revoked');
    },
  },
  {
    name: 'a moment that was not, is not yet, or is another organization’s is refused',
    play: async (stage, organization) => {
      const ada = await stage.person(`ada.${organization}@example.com`);
      const other = `${organization}_2`;
      const made = { name: 'A', catalogue: 'vygl' };
      const first = await ada.call<Body>('createOrganization', {}, { ...made, id: organization });
      const second = await ada.call<Body>('createOrganization', {}, { ...made, id: other });
      const [member] = (
        await ada.call<{ items: Body[] }>('listMembers', { organization })
      ).body.items.map((one) => one['id']!);
      const question = { principal: member, organization, permission: 'organization:update' };
      const path = { organization, member: member! };
      const route = { permission: undefined, method: 'GET', path: '/x' };
      const key = { key: 'key_01jx8q5v3mf2h9k7c4n6t0wzpd', scope: 'scan:write' };
      const everywhere = async (moment: string) => {
        const asked = { ...question, at: moment };
        const query = { query: `?at=${encodeURIComponent(moment)}` };
        const answers = [
          await ada.call('checkAccess', {}, asked),
          await ada.call('explainAccess', {}, asked),
          await ada.call('checkAccessBatch', {}, { checks: [question], at: moment }),
          await ada.call('listPermissions', path, undefined, query),
          await ada.call('checkRoute', {}, { ...asked, ...route }),
          await ada.call('checkApiKey', {}, { ...key, organization, at: moment }),
          await list('listPrincipals', { organization }, moment),
        ];
        return [...new Set(answers.map(({ code }) => code))];
      };
      const list = (operation: string, about: Body, moment: string) => {
        const fields = { ...about, permission: question.permission, at: moment };
        return ada.call(operation, {}, undefined, {
          query: `?${new URLSearchParams(fields).toString()}`,
        });
      };
      /** A moment of all organizations: before the first there was nothing. */
      const where = async (moment: string) => {
        const about = { principal: question.principal! };
        const { code, body } = await list('listWhereabouts', about, moment);
        return code === 'ok' ? (body as { items: Body[] }).items.length : code;
      };
      expect(await everywhere(first.body['revision']!)).toEqual(['ok']);
      expect(await everywhere(new Date().toISOString())).toEqual(['ok']);
      expect(await everywhere('2020-01-01T00:00:00Z')).toEqual(['moment.invalid']);
      const before = Buffer.from(`${organization} -1`).toString('base64url');
      expect(await everywhere(before)).toEqual(['moment.invalid']);
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
      expect(await everywhere(tomorrow)).toEqual(['moment.invalid']);
      expect(await everywhere(second.body['revision']!)).toEqual(['revision.invalid']);
      const yetToCome = Buffer.from(`${organization} 999`).toString('base64url');
      expect(await everywhere(yetToCome)).toEqual(['revision.invalid']);
      expect(await everywhere('made.up')).toEqual(['revision.invalid']);
      expect(await everywhere('yesterday!')).toEqual(['request.invalid']);

      expect(await where(first.body['revision']!)).toBe(1);
      expect(await where(second.body['revision']!)).toBe(1);
      expect(await where(new Date().toISOString())).toBe(1);
      expect(await where('2020-01-01T00:00:00Z')).toBe(0);
      expect(await where(before)).toBe('moment.invalid');
      expect(await where(tomorrow)).toBe('moment.invalid');
      expect(await where(yetToCome)).toBe('revision.invalid');
      expect(await where('made.up')).toBe('revision.invalid');
      expect(await where('yesterday!')).toBe('request.invalid');
    },
  },
];
