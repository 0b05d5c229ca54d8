import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { OrganizationId, UserId } from '#domain/ids.js';
import { organizationRows, type OrganizationRow } from './organizations.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** The organizations a person is an active member of; every one where no person is named. */
export class ListOrganizations extends Query<Page<OrganizationRow>> {
  constructor(
    readonly user?: UserId,
    readonly page: PageRequest = {},
  ) {
    super();
  }
}

@QueryHandler(ListOrganizations)
export class ListOrganizationsHandler implements IQueryHandler<ListOrganizations> {
  constructor(private readonly reads: Reads) {}

  async execute({ user, page }: ListOrganizations): Promise<Page<OrganizationRow>> {
    const reading = this.reads.reading(['organizations', user], page);
    await this.reads.freshEverywhere();
    const rows = await this.reads.db
      .selectFrom('organizations')
      .selectAll('organizations')
      .where('organizations.status', '<>', 'deleted')
      .$if(user !== undefined, (query) =>
        query.where('organizations.organization', 'in', (eb) =>
          eb
            .selectFrom('members')
            .select('organization')
            .where('user', '=', user!)
            .where('status', '=', 'active'),
        ),
      )
      .$if(reading.after !== undefined, (query) =>
        query.where('organizations.organization', '>', reading.after![0] as OrganizationId),
      )
      .orderBy('organizations.organization')
      .limit(reading.wanted)
      .execute();
    const { items, ...rest } = reading.page(rows, (row) => [row.organization]);
    for (const { organization } of items) this.reads.requireGood(organization);
    return { items: await organizationRows(this.reads, items), ...rest };
  }
}
