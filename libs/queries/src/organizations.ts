/** An organization as it is answered. */
import type { OrganizationId } from '#domain/ids.js';
import type { PolicyValues } from '#domain/policies.js';
import type { OrganizationTable } from '#readstore/rows.js';
import type { Reads } from './reads.js';
import { writeRevision } from './revisions.js';

export interface OrganizationRow extends Omit<
  OrganizationTable,
  'organization' | 'policies' | 'revision'
> {
  readonly id: OrganizationId;
  /** What the organization has set for itself; the rest is the catalogue's. */
  readonly policies: Partial<PolicyValues>;
  readonly activeMembers: number;
  readonly revision: string;
}

export async function organizationRows(
  { db }: Reads,
  rows: readonly OrganizationTable[],
): Promise<OrganizationRow[]> {
  const ids = rows.map(({ organization }) => organization);
  const counts =
    ids.length === 0
      ? []
      : await db.selectFrom('member_counts').selectAll().where('organization', 'in', ids).execute();
  const active = new Map(counts.map((one) => [one.organization, one.active]));
  return rows.map(({ organization: id, policies, revision, ...row }) => ({
    id,
    ...row,
    policies: JSON.parse(policies) as Partial<PolicyValues>,
    activeMembers: active.get(id) ?? 0,
    revision: writeRevision(id, revision),
  }));
}
