import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { Expression } from 'kysely';
import type { OrganizationId, ServiceAccountId, SpaceId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { ServiceAccountTable } from '#readstore/rows.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';
import { grantsOf, lasts, present, revised, type GrantRow, type Present } from './rows.js';

export type ServiceAccountRow = Present<Omit<ServiceAccountTable, 'revision'>> & {
  readonly grants: readonly GrantRow[];
  readonly revision: string;
};

export interface ServiceAccountFilters {
  /** Holds any role at this space, be it from a later moment on. */
  readonly space?: SpaceId;
}

/** The service accounts of an organization, oldest first. */
export class ListServiceAccounts extends Query<Page<ServiceAccountRow>> {
  constructor(
    readonly organization: OrganizationId,
    readonly filters: ServiceAccountFilters = {},
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
    const { organization, filters, page, atLeast } = query;
    const { space } = filters;
    const reading = this.reads.reading(['service_accounts', organization, space], page);
    await this.reads.fresh(organization, atLeast);
    const rows = await this.reads.db
      .selectFrom('service_accounts')
      .selectAll()
      .where('organization', '=', organization)
      .$if(space !== undefined, (some) =>
        some.where((eb) =>
          eb.exists(heldAt(this.reads, organization, space!, eb.ref('service_accounts.id'))),
        ),
      )
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

/** What a service account holds at a space, be it from a later moment on. */
export const heldAt = (
  reads: Reads,
  organization: OrganizationId,
  space: SpaceId,
  account: Expression<string>,
) =>
  reads.db
    .selectFrom('service_account_grants')
    .select('holder')
    .where('organization', '=', organization)
    .where('scope', '=', space)
    .where('holder', '=', account)
    .where(lasts(reads.now()));

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
