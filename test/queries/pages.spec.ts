/** No list is cut silently: every one of them, at its least, at its most, and at one more. */
import { expect, test } from '@jest/globals';
import type { Query } from '@nestjs/cqrs';
import type { TeamId, UserId } from '#domain/ids.js';
import { ListApiKeys } from '#queries/api-keys.js';
import { ListAudit } from '#queries/list-audit.js';
import { ListInvitations } from '#queries/list-invitations.js';
import { ListMembers } from '#queries/list-members.js';
import { ListMemberships } from '#queries/list-memberships.js';
import { ListRoles } from '#queries/list-roles.js';
import { ListTeamMembers } from '#queries/list-team-members.js';
import type { Page, PageRequest } from '#queries/pages.js';
import { ListServiceAccounts } from '#queries/service-accounts.js';
import { ListSpaces } from '#queries/spaces.js';
import { ListTeams } from '#queries/teams.js';
import { created, invited, joined } from '../projections/facts.js';
import { ORG } from '../projections/world.js';
import { reading, smallCatalogue } from './reading.js';

const MOST = 200;
/** One more than a page holds. */
const COUNT = MOST + 1;
const TEAM = 'team_000' as TeamId;
const KEY = { owner: 'organization', name: 'K', scopes: [], secretHash: 'h' };

/** What makes the nth row of each list, and the list; named by what tells its rows apart. */
const LISTS: Record<
  string,
  [(n: string) => object[], (page: PageRequest) => Query<Page<object>>, string]
> = {
  members: [(n) => [joined(`m${n}`)], (page) => new ListMembers(ORG, { q: 'müller' }, page), 'id'],
  invitations: [(n) => [invited(`i${n}`)], (page) => new ListInvitations(ORG, {}, page), 'id'],
  spaces: [
    (n) => [{ type: 'space.create', space: `space_${n}`, name: n }],
    (page) => new ListSpaces(ORG, {}, page),
    'id',
  ],
  teams: [
    (n) => [{ type: 'team.create', team: `team_${n}`, name: n, scope: 'organization' }],
    (page) => new ListTeams(ORG, {}, page),
    'id',
  ],
  'team members': [
    (n) => [{ type: 'team.member_add', team: TEAM, member: `mem_m${n}`, source: 'direct' }],
    (page) => new ListTeamMembers(ORG, TEAM, page),
    'member',
  ],
  'service accounts': [
    (n) => [{ type: 'service_account.create', account: `svc_${n}`, name: n, grants: [] }],
    (page) => new ListServiceAccounts(ORG, {}, page),
    'id',
  ],
  'API keys': [
    (n) => [{ type: 'api_key.create', key: `key_${n}`, ...KEY }],
    (page) => new ListApiKeys(ORG, {}, page),
    'id',
  ],
  roles: [
    (n) => [{ type: 'role.define', role: `role_${n}`, name: n, scopes: [], permissions: [] }],
    (page) => new ListRoles(ORG, undefined, page),
    'id',
  ],
  audit: [() => [], (page) => new ListAudit(ORG, { type: 'member.invite' }, page), 'id'],
  memberships: [() => [], (page) => new ListMemberships('usr_x' as UserId, {}, page), 'member'],
};

test('a full page says that there is more; one by one they are the same rows', async () => {
  const one = await reading();
  one.catalogues.add(smallCatalogue());
  const numbers = Array.from({ length: COUNT }, (_, n) => String(n).padStart(3, '0'));
  await one.world.happens([created]);
  for (const [make] of Object.values(LISTS)) await one.world.happens(numbers.flatMap(make));
  for (const n of numbers) {
    const stream = `organization-org_${n}`;
    await one.world.happens([created, joined(`x${n}`, { user: 'usr_x' })], { stream });
  }
  await one.world.applied();

  for (const [name, [, list, id]] of Object.entries(LISTS)) {
    const pages = async (limit: number, most = Infinity): Promise<string[][]> => {
      const all: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await one.ask(list({ limit, ...(cursor === undefined ? {} : { cursor }) }));
        all.push(page.items.map((row) => (row as Record<string, string>)[id]!));
        cursor = page.nextCursor;
      } while (cursor !== undefined && all.length < most);
      return all;
    };
    // Two roles are the catalogue's, and one organization is the one all the rest is in.
    const count = { roles: COUNT + 2, organizations: COUNT + 1 }[name] ?? COUNT;
    const [first = [], second = [], ...rest] = await pages(MOST);
    expect([name, first.length, second.length, rest]).toEqual([name, MOST, count - MOST, []]);
    expect(new Set([...first, ...second]).size).toBe(count);
    expect([name, (await pages(1, 5)).flat()]).toEqual([name, first.slice(0, 5)]);
    expect([name, (await one.ask(list({}))).items.length]).toEqual([name, 50]);
    for (const limit of [0, MOST + 1]) {
      await expect(one.ask(list({ limit }))).rejects.toMatchObject({ code: 'request.invalid' });
    }
  }
});
