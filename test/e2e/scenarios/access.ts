/** Who may do something, and where. */
import { expect } from '@jest/globals';
import type { Person, Scenario, Stage } from './client.js';

type Body = Record<string, string>;
interface Rows {
  readonly items: readonly Record<string, unknown>[];
  readonly nextCursor?: string;
}

const found = async (stage: Stage, organization: string, catalogue: string): Promise<Person> => {
  const ada = await stage.person(`ada.${organization}@example.com`);
  const body = { id: organization, name: 'A', catalogue };
  expect((await ada.call('createOrganization', {}, body)).code).toBe('ok');
  return ada;
};

/** Somebody invited with these roles who has accepted, and the member they are. */
const join = async (stage: Stage, ada: Person, organization: string, name: string, to: object) => {
  const person = await stage.person(`${name}.${organization}@example.com`);
  const invited = await ada.call<Body>(
    'inviteMember',
    { organization },
    {
      email: person.email,
      ...to,
    },
  );
  expect(invited.code).toBe('ok');
  const token = await stage.linkOf(person.email);
  const accepted = await person.call<Body>('acceptInvitation', {}, { token });
  expect(accepted.code).toBe('ok');
  const { id: member, revision } = accepted.body;
  return { person, member: member!, revision: revision! };
};

export const ACCESS: readonly Scenario[] = [
  {
    name: 'who may delete a space, page by page: members, of teams too, until they may not any more',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'mondoo');
      const at = { organization };
      const founder = String((await ada.call<Rows>('listMembers', at)).body.items[0]!['id']);
      const space = (await ada.call<Body>('createSpace', at, { name: 'S' })).body['id']!;
      const { member } = await join(stage, ada, organization, 'bob', { roles: ['viewer'] });
      const ask = async (asker: Person, more: string) =>
        asker.call<Rows>('listPrincipals', {}, undefined, {
          query: `?organization=${organization}&permission=spaces:delete&${more}`,
        });
      /** Page by page. Who has power over all organizations is among them, as a user. */
      const holders = async (more = `space=${space}`) => {
        const rows: Rows['items'][number][] = [];
        for (let cursor = ''; ;) {
          const { code, body } = await ask(ada, `${more}&limit=1${cursor}`);
          expect(code).toBe('ok');
          rows.push(...body.items);
          if (body.nextCursor === undefined) break;
          cursor = `&cursor=${body.nextCursor}`;
        }
        return rows.filter(({ kind }) => kind !== 'user').map(({ id }) => id);
      };
      expect(await holders()).toEqual([founder]);

      const team = (await ada.call<Body>('createTeam', at, { name: 'Owners' })).body['id']!;
      await ada.call('setTeamRoles', { ...at, team }, { roles: ['owner'], space });
      await ada.call('addTeamMember', { ...at, team, member });
      expect(new Set(await holders())).toEqual(new Set([founder, member]));
      expect(await holders('')).toEqual([founder]);

      await ada.call('deactivateMember', { ...at, member });
      expect(await holders()).toEqual([founder]);
    },
  },
  {
    name: 'where somebody may see spaces: their organizations, and the spaces within',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'mondoo');
      const at = { organization };
      const space = (await ada.call<Body>('createSpace', at, { name: 'S' })).body['id']!;
      const to = { roles: ['viewer'], space };
      const { person: bob, member } = await join(stage, ada, organization, 'bob', to);
      const ask = (asker: Person, principal: string) =>
        asker.call<Rows>('listWhereabouts', {}, undefined, {
          query: `?principal=${principal}&permission=spaces:view`,
        });
      const here = [{ organization, space }];
      expect((await ask(bob, `user:${bob.email}`)).body.items).toEqual(here);
      expect((await ask(bob, member)).body.items).toEqual(here);
      expect((await ask(ada, member)).body.items).toEqual(here);
      expect((await ask(ada, `user:${ada.email}`)).body.items).toEqual([
        { organization },
        { organization, space },
      ]);
      // A person is in other organizations too: that is the platform's to ask.
      expect((await ask(ada, `user:${bob.email}`)).code).not.toBe('ok');
      const root = await stage.person('root@example.com', { platformAdmin: true });
      expect((await ask(root, `user:${bob.email}`)).body.items).toEqual(here);
      const newer = (await ada.call<Body>('createSpace', at, { name: 'T' })).body['id']!;
      expect((await ask(ada, `user:${ada.email}`)).body.items).toEqual([
        { organization },
        { organization, space },
        { organization, space: newer },
      ]);
    },
  },
  {
    name: 'which roles a member could reach, and how',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'mondoo');
      const at = { organization };
      const ian = await join(stage, ada, organization, 'ian', { roles: ['viewer'] });
      const ask = (who: Person, member: string, query = '') =>
        who.call<Rows>('listReach', { ...at, member }, undefined, { query });
      expect((await ask(ada, ian.member)).body).toEqual({ items: [] });
      expect((await ask(ada, 'mem_01jx8q5v3mf2h9k7c4n6t0wzpd')).code).toBe('member.not_found');

      const roles = { roles: ['owner'] };
      await ada.call('setRoles', { ...at, member: ian.member }, roles);
      const first = (await ask(ian.person, ian.member, '?limit=2')).body;
      expect(first.items).toHaveLength(2);
      const next = `?limit=200&cursor=${first.nextCursor}`;
      const { items } = (await ask(ian.person, ian.member, next)).body;
      const editor = { role: 'editor', scope: 'organization' };
      // Of a message, what is absent is null.
      expect([...first.items, ...items]).toContainEqual(
        expect.objectContaining({
          ...editor,
          acts: [expect.objectContaining({ operation: 'change_roles', ...editor })],
        }),
      );
      expect(items.map(({ role }) => role)).not.toContain('iam-manager');

      const define = async (name: string, permissions: readonly string[]) => {
        const scopes = ['organization'];
        const made = await ada.call<Body>('defineRole', at, { name, scopes, permissions });
        return made.body['id']!;
      };
      const watcher = await define('Watcher', ['spaces:view']);
      const maker = await define('Key maker', ['spaces:view', 'api_tokens:generate']);
      const robot = { name: 'Robot', roles: [watcher] };
      const principal = (await ada.call<Body>('createServiceAccount', at, robot)).body['id']!;
      await ada.call('setRoles', { ...at, member: ian.member }, { roles: [maker] });
      const withKey = { operation: 'create_api_key', role: watcher, principal };
      expect((await ask(ada, ian.member)).body.items).toEqual([
        expect.objectContaining({ role: watcher, acts: [expect.objectContaining(withKey)] }),
      ]);
      // Whoever may not ask about others is not told of them.
      const own = JSON.stringify((await ask(ian.person, ian.member)).body);
      expect(own).toContain(watcher);
      expect(own).not.toContain(principal);
    },
  },
  {
    name: 'who gained and lost what between two revisions',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'cve-project');
      const at = { organization };
      const viewer = { roles: ['viewer'] };
      const { member, revision: from } = await join(stage, ada, organization, 'vic', viewer);
      const change = await ada.call('setRoles', { ...at, member }, { roles: ['analyst'] });
      const to = String(change.body['revision']);
      const diff = async (query: string) => {
        const rows: Rows['items'][number][] = [];
        for (let cursor = ''; ;) {
          const whole = `?${query}&limit=7${cursor}`;
          const { code, body } = await ada.call<Rows>('accessDiff', at, undefined, {
            query: whole,
          });
          expect(code).toBe('ok');
          rows.push(...body.items);
          if (body.nextCursor === undefined) return rows;
          cursor = `&cursor=${body.nextCursor}`;
        }
      };
      const gained = await diff(`from=${from}&to=${to}`);
      const row = { kind: 'member', principal: member, scope: 'organization' };
      expect(gained).toContainEqual({
        change: 'gained',
        ...row,
        permission: 'alerts:update_status',
      });
      const mine = gained.filter(({ principal }) => principal === member);
      expect(mine.map((one) => one['change'])).not.toContain('lost');
      expect(mine).toHaveLength(gained.length);

      await ada.call('deactivateMember', { ...at, member });
      const lost = await diff(`from=${to}`);
      expect(lost).toContainEqual({ change: 'lost', ...row, permission: 'alerts:update_status' });
      // Whatever was gained is lost again, and what the viewer had.
      const permissions = (rows: typeof lost) => rows.map(({ permission }) => permission);
      expect(permissions(lost)).toEqual(expect.arrayContaining(permissions(gained)));
      expect(await diff(`from=${to}&to=${to}`)).toEqual([]);
    },
  },
  {
    name: 'a thousand questions at a time and no more, about permissions that there are',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'mondoo');
      const check = { principal: `user:${ada.email}`, organization, permission: 'spaces:view' };
      const ask = (count: number) =>
        ada.call<{ results: object[]; detail: string }>(
          'checkAccessBatch',
          {},
          { checks: Array<object>(count).fill(check) },
        );
      expect((await ask(1000)).body.results).toHaveLength(1000);
      const many = await ask(1001);
      expect([many.code, many.body.detail]).toEqual([
        'request.invalid',
        expect.stringContaining('checks'),
      ]);

      const typed = { ...check, permission: 'spaces:veiw' };
      for (const [operation, body, query] of [
        ['checkAccess', typed, ''],
        ['checkAccessBatch', { checks: [check, typed] }, ''],
        ['explainAccess', typed, ''],
        ['listPrincipals', undefined, `?organization=${organization}&permission=spaces:veiw`],
      ] as const) {
        const { code, body: told } = await ada.call<Body>(operation, {}, body, { query });
        expect([operation, code]).toEqual([operation, 'permission.unknown']);
        expect(told['detail']).toContain('spaces:view');
      }
    },
  },
  {
    name: 'a gateway asks whether a request may pass',
    about: 'forwardAuth',
    play: async (stage, organization) => {
      const ada = await found(stage, organization, 'cve-project');
      const vic = await join(stage, ada, organization, 'vic', { roles: ['viewer'] });
      const ask = (who: Person) =>
        who.call('forwardAuth', {}, undefined, {
          query: `?organization=${organization}`,
          headers: { 'x-original-method': 'GET', 'x-original-uri': '/project/billing' },
        });
      expect((await ask(ada)).code).toBe('ok');
      expect((await ask(vic.person)).code).toBe('permission.denied');
    },
  },
];
