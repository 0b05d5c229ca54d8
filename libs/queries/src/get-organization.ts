import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { unknownOrganization } from '#domain/delegation.js';
import type { OrganizationId } from '#domain/ids.js';
import { organizationRows, type OrganizationRow } from './organizations.js';
import { Reads } from './reads.js';

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

  async execute({ organization, atLeast }: GetOrganization): Promise<OrganizationRow> {
    await this.reads.fresh(organization, atLeast);
    const rows = await this.reads.db
      .selectFrom('organizations')
      .selectAll()
      .where('organization', '=', organization)
      .where('status', '<>', 'deleted')
      .execute();
    const [row] = await organizationRows(this.reads, rows);
    return row ?? unknownOrganization({ id: organization });
  }
}
