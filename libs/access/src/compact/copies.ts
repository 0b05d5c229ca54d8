/** Organizations of the index as they are at a moment, and back. */
import { reindexKey } from '#domain/indexes.js';
import { Layer, type Table } from '#domain/layer.js';
import { emptyOrganization, type Organization } from '#domain/state.js';
import type { Memberships } from './memberships.js';
import { compacted, MembersOf, type Compact } from './tables.js';

const VALUES = [
  'id',
  'status',
  'name',
  'catalogue',
  'policies',
  'activeMembers',
  'occurredAt',
] as const;
const TABLES = ['spaces', 'teams', 'serviceAccounts', 'apiKeys', 'customRoles', 'ended'] as const;

type Rows<T> = T extends Table<infer K, infer V> ? [K, V][] : never;

/** All of an organization but what the columns hold of its members. */
export interface CompactCopy {
  readonly values: Pick<Organization, (typeof VALUES)[number]>;
  readonly tables: { readonly [T in (typeof TABLES)[number]]: Rows<Organization[T]> };
  /** Of its members, in the order of their ids. */
  readonly rows: Uint32Array;
}

/** Later changes are not in it. */
export const copyOf = (organization: Compact): CompactCopy => ({
  values: Object.fromEntries(
    VALUES.map((name) => [name, organization[name]]),
  ) as CompactCopy['values'],
  tables: Object.fromEntries(
    TABLES.map((name) => [name, [...organization[name].entries()]]),
  ) as unknown as CompactCopy['tables'],
  rows: organization.members.rows(),
});

/**
 * @param memberships of the same moment.
 * @param forget as `compacted` takes it.
 */
export function restored(
  { values, tables, rows }: CompactCopy,
  memberships: Memberships,
  forget: (id: string) => void,
): Compact {
  const filled = Object.fromEntries(
    TABLES.map((name) => [name, tableOf(tables[name] as [unknown, unknown][])]),
  );
  const state: Organization = { ...emptyOrganization(values.id), ...values, ...filled };
  for (const key of state.apiKeys.values()) reindexKey(state, undefined, key);
  const number = memberships.organizations.take(values.id);
  const members = new MembersOf(memberships, number, rows);
  for (const [team, member] of members.inTeams()) state.teamMembers.add(team, member);
  return compacted(state, members, memberships, forget);
}

function tableOf<K, V>(rows: readonly (readonly [K, V])[]): Layer<K, V> {
  const table = new Layer<K, V>();
  for (const [key, value] of rows) table.set(key, value);
  return table;
}
