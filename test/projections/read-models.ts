/** The read models as they are, in the shape of the oracle's. */
import type { ReadStore } from '#readstore/store.js';
import type { Expected } from './oracle.js';

type Row = Record<string, unknown>;

const parsed = (row: Row, ...columns: string[]): Row => ({
  ...row,
  ...Object.fromEntries(
    columns.map((column) => [column, JSON.parse((row[column] as string | null) ?? 'null')]),
  ),
});
const without = (row: Row, ...columns: string[]): Row =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)));

type GrantTables = 'member_grants' | 'invitation_grants' | 'team_grants' | 'service_account_grants';
type Parts = 'members' | 'invitations' | 'teams' | 'service_accounts' | 'spaces' | 'api_keys';

/** Rows by what they have in a column; each list of rows is sorted out once. */
function grouped(rows: readonly Row[], column: string): Map<unknown, Row[]> {
  const known = SORTED.get(rows);
  if (known !== undefined) return known;
  const groups = new Map<unknown, Row[]>();
  for (const row of rows) {
    const group = groups.get(row[column]);
    if (group === undefined) groups.set(row[column], [row]);
    else group.push(row);
  }
  SORTED.set(rows, groups);
  return groups;
}
const SORTED = new WeakMap<readonly Row[], Map<unknown, Row[]>>();

const PERSONAL = ['email', 'displayEmail', 'name'];

/** Every organization's rows, by stream. */
export async function readModels(store: ReadStore): Promise<Map<string, object>> {
  const { db } = store;
  const rows = async (table: Parts | 'custom_roles' | 'team_members') =>
    (await db
      .selectFrom(table as 'spaces')
      .selectAll()
      .execute()) as unknown as Row[];
  const grants = async (table: GrantTables) =>
    (await db.selectFrom(table).selectAll().orderBy('ordinal').execute()) as unknown as Row[];
  const known = async (table: 'member_persons' | 'invitation_persons', some: Row[]) => {
    const persons = (await db.selectFrom(table).selectAll().execute()) as unknown as Row[];
    const byId = new Map(persons.map((one) => [one['id'], one]));
    const fields = table === 'member_persons' ? PERSONAL : PERSONAL.slice(0, 2);
    return some.map(({ person, ...row }): Row => {
      const of = byId.get(person);
      return { ...row, ...Object.fromEntries(fields.map((one) => [one, of?.[one] ?? null])) };
    });
  };
  const members = await known('member_persons', await rows('members'));
  const invitations = await known('invitation_persons', await rows('invitations'));
  const tables = {
    members: [members, await grants('member_grants')],
    invitations: [invitations, await grants('invitation_grants')],
    teams: [await rows('teams'), await grants('team_grants')],
    accounts: [await rows('service_accounts'), await grants('service_account_grants')],
  } as const;
  const counts = await db.selectFrom('member_counts').selectAll().execute();
  const [spaces, keys, roles, places] = [
    await rows('spaces'),
    await rows('api_keys'),
    await rows('custom_roles'),
    await rows('team_members'),
  ];
  const organizations = await db.selectFrom('organizations').selectAll().execute();
  const dropped = ['organization', 'createdAt', 'statusCause', 'tag'];
  const rest = ['source', 'batch', 'joinRequest'];
  return new Map(
    organizations.map((row) => {
      const mine = (some: readonly Row[]) =>
        grouped(some, 'organization').get(row.organization) ?? [];
      const holders = (name: keyof typeof tables, ...json: string[]) => {
        const held = grouped(mine(tables[name][1]), 'holder');
        return byId(
          mine(tables[name][0]).map((one) => ({
            ...parsed(without(one, ...dropped, ...rest), ...json),
            grants: (held.get(one['id']) ?? []).map(
              ({ id, role, scope, notBefore, expiresAt, source, grantedBy }) => ({
                ...{ id, role, scope, notBefore, expiresAt, source },
                by: JSON.parse(grantedBy as string) as unknown,
              }),
            ),
          })),
        );
      };
      const { status, name, catalogueVersion: version, policies } = row;
      return [
        `organization-${row.organization}`,
        {
          ...{ name, status, version, policies: JSON.parse(policies) as unknown },
          active: counts.find((one) => one.organization === row.organization)?.active ?? 0,
          members: holders('members', 'invitedBy'),
          invitations: holders('invitations', 'invitedBy', 'sentBy', 'teams'),
          spaces: byId(mine(spaces).map((one) => without(one, ...dropped))),
          teams: holders('teams'),
          places: sorted(mine(places).map((one) => without(one, 'organization', 'addedAt'))),
          accounts: holders('accounts'),
          keys: byId(mine(keys).map((one) => parsed(without(one, ...dropped), 'scopes'))),
          roles: byId(
            mine(roles).map((one) => parsed(without(one, ...dropped), 'scopes', 'permissions')),
          ),
        },
      ];
    }),
  );
}

/** The oracle's answer in the same shape. */
export function asRows(all: ReadonlyMap<string, Expected>): Map<string, object> {
  return new Map(
    [...all]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([stream, one]) => {
        const { name, status, version, policies, places } = one;
        return [
          stream,
          {
            ...{ name, status, version, policies },
            active: [...one.members.values()].filter((row) => row['status'] === 'active').length,
            members: byId([...one.members.values()]),
            invitations: byId([...one.invitations.values()]),
            spaces: byId([...one.spaces.values()]),
            teams: byId([...one.teams.values()]),
            places: sorted(places as unknown as Row[]),
            accounts: byId([...one.accounts.values()]),
            keys: byId([...one.keys.values()]),
            roles: byId([...one.roles.values()]),
          },
        ];
      }),
  );
}

const byId = (rows: Row[]): Record<string, Row> =>
  Object.fromEntries(rows.map((row) => [row['id'], row]));
const sorted = (rows: Row[]): string[] =>
  rows
    .map(({ team, member, source, group }) => JSON.stringify([team, member, source, group]))
    .sort();
