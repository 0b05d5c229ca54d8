import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { unknownOrganization } from '#domain/delegation.js';
import type { OrganizationId } from '#domain/ids.js';
import type { PolicyValues } from '#domain/policies.js';
import type { OrganizationTable } from '#readstore/rows.js';
import { Reads } from './reads.js';
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

/** One organization. Refuses `organization.not_found`, also for a deleted one. */
export class GetOrganization extends Query<OrganizationRow> {
  constructor(
    readonly organization: OrganizationId,
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(GetOrganization)
export class GetOrganizationHandler implements IQueryHandler<GetOrganization> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization: id, atLeast }: GetOrganization): Promise<OrganizationRow> {
    await this.reads.fresh(id, atLeast);
    const found = await this.reads.db
      .selectFrom('organizations')
      .leftJoin('member_counts', 'member_counts.organization', 'organizations.organization')
      .selectAll('organizations')
      .select('active')
      .where('organizations.organization', '=', id)
      .where('status', '<>', 'deleted')
      .executeTakeFirst();
    if (found === undefined) return unknownOrganization({ id });
    const { organization: _, policies, active, revision, ...row } = found;
    return {
      id,
      ...row,
      policies: JSON.parse(policies) as Partial<PolicyValues>,
      activeMembers: active ?? 0,
      revision: writeRevision(id, revision),
    };
  }
}
