/** Who may read what: what is at a space is for whoever may read there. */
import { expect } from '@jest/globals';
import type { Person, Scenario, Stage } from './client.js';

interface Made {
  readonly id: string;
}
interface Rows {
  readonly items: readonly (Made & Record<string, unknown>)[];
}
interface Wanted {
  readonly role: string;
  readonly space?: string;
  readonly expiresAt?: string;
}

/** An organization with two spaces, its founder, and how others come in and things are made. */
const founded = async (stage: Stage, organization: string, catalogue: string) => {
  const ada = await stage.person(`ada.${organization}@example.com`);
  const at = { organization };
  expect(
    (await ada.call('createOrganization', {}, { id: organization, name: 'A', catalogue })).code,
  ).toBe('ok');
  const make = async (operation: string, body: unknown, by: Person = ada): Promise<string> => {
    const { code, body: made } = await by.call<Made>(operation, at, body);
    expect([operation, code]).toEqual([operation, 'ok']);
    return made.id;
  };
  const join = async (name: string, grants: readonly Wanted[]): Promise<Person> => {
    const person = await stage.person(`${name}.${organization}@example.com`);
    await make('inviteMember', { email: person.email, grants });
    const token = await stage.linkOf(person.email);
    expect((await person.call('acceptInvitation', {}, { token })).code).toBe('ok');
    return person;
  };
  const north = await make('createSpace', { name: 'North' });
  const south = await make('createSpace', { name: 'South' });
  return { ada, at, make, join, north, south };
};

/** What a list has, by id, or the refusal. */
const listed = async (
  person: Person,
  operation: string,
  at: Readonly<Record<string, string>>,
  query = '',
): Promise<string | string[]> => {
  const { code, body } = await person.call<Rows>(operation, at, undefined, { query });
  return code === 'ok' ? body.items.map(({ id }) => id) : code;
};

export const READING: readonly Scenario[] = [
  {
    name: 'whoever manages accounts, keys and teams at a space reads those there, and no others',
    play: async (stage, organization) => {
      const { at, make, join, north, south } = await founded(stage, organization, 'mondoo');
      const grants = ['service-account-creator', 'api-token-manager', 'team-manager'].map(
        (role) => ({ role, space: north }),
      );
      const nora = await join('nora', grants);
      const agent = (space: string) =>
        make('createServiceAccount', { name: 'Robot', roles: ['agent'], space });
      const [robot, drone] = [await agent(north), await agent(south)];
      const keyOf = (owner: string) => make('createApiKey', { name: 'K', owner, scopes: [] });
      const key = await keyOf(robot);
      await keyOf(drone);
      await make('createApiKey', { name: 'K', owner: 'organization', scopes: [] });

      expect(await listed(nora, 'listServiceAccounts', at)).toBe('permission.denied');
      expect(await listed(nora, 'listServiceAccounts', at, `?space=${north}`)).toEqual([robot]);
      expect(await listed(nora, 'listServiceAccounts', at, `?space=${south}`)).toBe(
        'permission.denied',
      );
      const account = async (id: string) =>
        (await nora.call('getServiceAccount', { ...at, account: id })).code;
      expect(await account(robot)).toBe('ok');
      expect(await account(drone)).toBe('permission.denied');
      expect(await account(robot.replace(/.{6}$/, '000000'))).toBe('service_account.not_found');

      expect(await listed(nora, 'listApiKeys', at)).toBe('permission.denied');
      expect(await listed(nora, 'listApiKeys', at, `?space=${north}`)).toEqual([key]);
      expect(await listed(nora, 'listApiKeys', at, `?space=${south}`)).toBe('permission.denied');

      const crew = await make('createTeam', { name: 'Crew', space: north }, nora);
      const squad = await make('createTeam', { name: 'Squad', space: south });
      const all = await make('createTeam', { name: 'All' });
      expect(await listed(nora, 'listTeams', at)).toBe('permission.denied');
      expect(await listed(nora, 'listTeams', at, `?scope=${north}`)).toEqual([crew]);
      expect(await listed(nora, 'listTeams', at, `?scope=${south}`)).toBe('permission.denied');
      const team = async (id: string) => (await nora.call('getTeam', { ...at, team: id })).code;
      expect(await team(crew)).toBe('ok');
      expect(await team(squad)).toBe('permission.denied');
      expect(await team(all)).toBe('permission.denied');

      const members = await nora.call<Rows>('listMyMemberships');
      const member = String(members.body.items[0]!['member']);
      expect((await nora.call('addTeamMember', { ...at, team: crew, member })).code).toBe('ok');
      expect(await listed(nora, 'listMembers', at, `?team=${crew}`)).toEqual([member]);
      expect(await listed(nora, 'listMembers', at, `?team=${squad}`)).toBe('permission.denied');
      expect(await listed(nora, 'listMembers', at)).toBe('permission.denied');
    },
  },
  {
    name: 'a space’s Owner reads the roles, and the members and invitations of the space',
    play: async (stage, organization) => {
      const { ada, at, make, join, north, south } = await founded(stage, organization, 'mondoo');
      const olive = await join('olive', [{ role: 'owner', space: north }]);
      const tom = await join('tom', [{ role: 'ticket-creator', space: north }]);
      const sue = await join('sue', [{ role: 'viewer', space: south }]);
      const memberOf = async (person: Person) =>
        String((await person.call<Rows>('listMyMemberships')).body.items[0]!['member']);

      const catalogue = (await ada.call<Rows>('listRoles', at, undefined, { query: '?limit=200' }))
        .body.items.length;
      expect(await listed(olive, 'listRoles', at, '?limit=200')).toHaveLength(catalogue);
      expect(await listed(tom, 'listRoles', at)).toBe('permission.denied');

      const member = async (who: Person, by = olive) =>
        (await by.call('getMember', { ...at, member: await memberOf(who) })).code;
      expect(await member(tom)).toBe('ok');
      expect(await member(sue)).toBe('permission.denied');
      expect(await member(ada)).toBe('permission.denied');
      expect(await member(tom, tom)).toBe('ok');
      expect(await member(olive, tom)).toBe('permission.denied');

      const crew = await make('createTeam', { name: 'Crew', space: north }, olive);
      const invite = (name: string, more: object, by = olive) =>
        make('inviteMember', { email: `${name}.${organization}@example.com`, ...more }, by);
      const viewer = { roles: ['viewer'] };
      const there = await invite('bob', { ...viewer, space: north });
      const toTeam = await invite('cleo', { teams: [crew] });
      const elsewhere = await invite('dan', { ...viewer, space: south }, ada);
      const whole = await invite('eve', viewer, ada);
      const invitation = async (id: string, by = olive) =>
        (await by.call('getInvitation', { ...at, invitation: id })).code;
      expect(await invitation(there)).toBe('ok');
      expect(await invitation(toTeam)).toBe('ok');
      expect(await invitation(elsewhere)).toBe('permission.denied');
      expect(await invitation(whole)).toBe('permission.denied');
      expect(await invitation(there, tom)).toBe('permission.denied');
      const here = `?space=${north}&status=pending`;
      expect(await listed(olive, 'listInvitations', at, here)).toEqual([toTeam, there]);

      // Who is at the space by a team of it alone is there as whoever holds a role at it is.
      const cleo = await stage.person(`cleo.${organization}@example.com`);
      const token = await stage.linkOf(cleo.email);
      expect((await cleo.call('acceptInvitation', {}, { token })).code).toBe('ok');
      expect(await member(cleo)).toBe('ok');
      expect(await member(cleo, tom)).toBe('permission.denied');
      expect(await member(cleo, sue)).toBe('permission.denied');
      expect(await listed(olive, 'listMembers', at, `?space=${north}`)).not.toContain(
        await memberOf(cleo),
      );
      await olive.call('revokeInvitation', { ...at, invitation: there });
      expect(await invitation(there)).toBe('ok');
    },
  },
  ...['mondoo', 'mondoo-classic'].map((catalogue): Scenario => ({
    name: `at a space of ${catalogue} one sees the organization and that space, no other`,
    play: async (stage, organization) => {
      const { ada, at, join, north, south } = await founded(stage, organization, catalogue);
      const olive = await join('olive', [{ role: 'owner', space: north }]);
      expect((await olive.call('getOrganization', at)).code).toBe('ok');
      expect(await listed(olive, 'listSpaces', at)).toEqual([north]);
      const space = async (by: Person, id: string) =>
        (await by.call('getSpace', { ...at, space: id })).code;
      expect(await space(olive, north)).toBe('ok');
      expect(await space(olive, south)).toBe('permission.denied');
      expect(await listed(ada, 'listSpaces', at)).toEqual([north, south]);
      expect(await space(ada, south)).toBe('ok');
      if (catalogue !== 'mondoo') return;
      await ada.call('deactivateSpace', { ...at, space: north });
      expect(await listed(olive, 'listSpaces', at)).toEqual([north]);
      expect(await space(olive, north)).toBe('ok');
    },
  })),
  {
    name: 'a role is assignable to whoever may give it somewhere, if only for a time',
    play: async (stage, organization) => {
      const { ada, at, make, join, north } = await founded(stage, organization, 'mondoo');
      const vera = await join('vera', [{ role: 'viewer' }]);
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      const temp = await join('temp', [{ role: 'editor', expiresAt }]);
      const olive = await join('olive', [{ role: 'owner', space: north }]);
      const assignable = async (person: Person): Promise<string[]> => {
        const query = '?limit=200';
        const { body } = await person.call<Rows>('listRoles', at, undefined, { query });
        return body.items.filter((one) => one['assignable']).map(({ id }) => id);
      };
      // A Viewer has members:view and no memberships:assign.
      expect(await assignable(vera)).toEqual([]);
      const byFounder = await assignable(ada);
      expect(byFounder).toEqual(expect.arrayContaining(['owner', 'viewer', 'agent']));
      expect(byFounder).not.toContain('org-member');
      expect(byFounder).not.toContain('space-member');
      // An Editor for an hour gives what an Editor gives, for an hour.
      const byEditor = await assignable(temp);
      expect(byEditor).toEqual(expect.arrayContaining(['editor', 'viewer', 'agent']));
      expect(byEditor).not.toContain('owner');
      // Roles of the organization are not given at a space.
      const bySpace = await assignable(olive);
      expect(bySpace).toEqual(expect.arrayContaining(['owner', 'viewer', 'agent']));
      expect(bySpace).not.toContain('organization-manager');
      const email = `x.${organization}@example.com`;
      await make('inviteMember', { email, grants: [{ role: 'viewer', expiresAt }] }, temp);
    },
  },
  {
    name: 'a role is assignable to whoever gives it to teams alone, or to accounts that there are',
    play: async (stage, organization) => {
      const { ada, at, make, join, north } = await founded(stage, organization, 'mondoo');
      const roles = async (person: Person) =>
        (await person.call<Rows>('listRoles', at, undefined, { query: '?limit=200' })).body.items;
      const assignable = async (person: Person): Promise<string[]> =>
        (await roles(person)).filter((one) => one['assignable']).map(({ id }) => id);
      const tim = await join('tim', [{ role: 'viewer' }, { role: 'team-manager' }]);
      const team = await make('createTeam', { name: 'Crew' }, tim);
      const both = ['viewer', 'team-manager'];
      expect((await assignable(tim)).sort()).toEqual([...both].sort());
      const crew = { ...at, team };
      expect((await tim.call('setTeamRoles', crew, { roles: both })).code).toBe('ok');
      const account = await make('createServiceAccount', { name: 'Robot', roles: [] });
      const { permissions } = (await roles(ada)).find(({ id }) => id === 'agent')!;
      for (const [right, code] of [
        ['manage_memberships', 'ok'],
        ['update', 'permission.denied'],
      ] as const) {
        const role = await make('defineRole', {
          name: right,
          scopes: ['organization'],
          permissions: [
            ...(permissions as string[]),
            ...['roles:view', `service_accounts:${right}`],
          ],
        });
        const person = await join(right.replace('_', '.'), [{ role }]);
        const given = { roles: ['agent'], space: north };
        const robot = { ...at, account };
        expect((await assignable(person)).includes('agent')).toBe(code === 'ok');
        expect((await person.call('setServiceAccountRoles', robot, given)).code).toBe(code);
      }
    },
  },
];
