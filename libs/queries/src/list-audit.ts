import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { OrganizationId } from '#domain/ids.js';
import { Vault } from '#vault/vault.js';
import { auditRows, auditTable, type AuditFilters, type AuditRow } from './audit-entries.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** The audit log of an organization, the newest first unless asked otherwise. */
export class ListAudit extends Query<Page<AuditRow>> {
  constructor(
    readonly organization: OrganizationId,
    readonly filters: AuditFilters & { readonly order?: 'newest' | 'oldest' } = {},
    readonly page: PageRequest = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(ListAudit)
export class ListAuditHandler implements IQueryHandler<ListAudit> {
  constructor(
    private readonly reads: Reads,
    private readonly vault: Vault,
  ) {}

  async execute({ organization, filters, page, atLeast }: ListAudit): Promise<Page<AuditRow>> {
    const { order = 'newest', type, actor, member, subject, space, from, to } = filters;
    const narrowed = [type, actor, member, subject, space, from, to, filters.after];
    const list = ['audit', organization, order, ...narrowed];
    const reading = this.reads.reading(list, page);
    await this.reads.fresh(organization, atLeast);
    const after = reading.after?.[0] as number | undefined;
    const stretch = { order, after, limit: reading.wanted };
    const rows = await auditTable(this.reads, organization, filters, stretch);
    const { items, ...rest } = reading.page(rows, (row) => [row.revision]);
    return { items: await auditRows(this.reads, this.vault, organization, items), ...rest };
  }
}
