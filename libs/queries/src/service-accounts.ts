import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { OrganizationId, ServiceAccountId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { ServiceAccountTable } from '#readstore/rows.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';
import { grantsOf, present, revised, type GrantRow, type Present } from './rows.js';

export type ServiceAccountRow = Present<Omit<ServiceAccountTable, 'revision'>> & {
  readonly grants: readonly GrantRow[];
  readonly revision: string;
};

/** The service accounts of an organization, oldest first. */
export class ListServiceAccounts extends Query<Page<ServiceAccountRow>> {
  constructor(
    readonly organization: OrganizationId,
    readonly page: PageRequest = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(ListServiceAccounts)
export class ListServiceAccountsHandler implements IQueryHandler<ListServiceAccounts> {
  constructor(private readonly reads: Reads) {}

  async execute(query: ListServiceAccounts): Promise<Page<ServiceAccountRow>> {
    const { organization, page, atLeast } = query;
    const reading = this.reads.reading(['service_accounts', organization], page);
    await this.reads.fresh(organization, atLeast);
    const rows = await this.reads.db
      .selectFrom('service_accounts')
      .selectAll()
      .where('organization', '=', organization)
      .$if(reading.after !== undefined, (some) =>
        some.where('id', '>', reading.after![0] as ServiceAccountId),
      )
      .orderBy('id')
      .limit(reading.wanted)
      .execute();
    const { items, ...rest } = reading.page(rows, (row) => [row.id]);
    return { items: await accountRows(this.reads, organization, items), ...rest };
  }
}

/** One service account. Refuses `service_account.not_found`. */
export class GetServiceAccount extends Query<ServiceAccountRow> {
  constructor(
    readonly organization: OrganizationId,
    readonly account: ServiceAccountId,
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(GetServiceAccount)
export class GetServiceAccountHandler implements IQueryHandler<GetServiceAccount> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, account, atLeast }: GetServiceAccount): Promise<ServiceAccountRow> {
    await this.reads.fresh(organization, atLeast);
    const rows = await this.reads.db
      .selectFrom('service_accounts')
      .selectAll()
      .where('organization', '=', organization)
      .where('id', '=', account)
      .execute();
    const [row] = await accountRows(this.reads, organization, rows);
    if (row !== undefined) return row;
    return refuse('service_account.not_found', `There is no service account ${account} here.`);
  }
}

async function accountRows(
  reads: Reads,
  organization: OrganizationId,
  accounts: readonly ServiceAccountTable[],
): Promise<ServiceAccountRow[]> {
  const ids = accounts.map(({ id }) => id);
  const grants = await grantsOf(reads, 'service_account_grants', organization, ids);
  return accounts.map((one) => ({ ...present(revised(one)), grants: grants(one.id) }));
}
