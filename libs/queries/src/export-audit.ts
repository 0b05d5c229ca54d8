import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { stringify } from 'csv-stringify/sync';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { EventLog } from '#eventlog/event-log.js';
import { Vault } from '#vault/vault.js';
import {
  auditRows,
  auditTable,
  newest,
  type AuditFilters,
  type AuditRow,
} from './audit-entries.js';
import { Reads } from './reads.js';

/** `chain`: the records as they lie in the log, whole, each with its hash. */
export type ExportFormat = 'ndjson' | 'csv' | 'chain';

export interface AuditExport {
  readonly contentType: string;
  /** Text in pieces, from the first event to what was the last when asked. */
  readonly text: AsyncIterable<string>;
}

/**
 * The audit log as a file, oldest first. Refuses `request.invalid` for a chain with filters, which
 * would be none.
 */
export class ExportAudit extends Query<AuditExport> {
  constructor(
    readonly organization: OrganizationId,
    readonly format: ExportFormat,
    readonly filters: AuditFilters = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

/** Entries read and opened at a time. */
const PORTION = 200;

@QueryHandler(ExportAudit)
export class ExportAuditHandler implements IQueryHandler<ExportAudit> {
  constructor(
    private readonly reads: Reads,
    private readonly vault: Vault,
    private readonly log: EventLog,
  ) {}

  async execute({ organization, format, filters, atLeast }: ExportAudit): Promise<AuditExport> {
    if (format === 'chain' && Object.values(filters).some((one) => one !== undefined)) {
      refuse('request.invalid', 'A chain is exported whole; leave the filters out.');
    }
    await this.reads.fresh(organization, atLeast);
    switch (format) {
      case 'chain':
        return { contentType: 'application/x-ndjson', text: this.#chain(organization) };
      case 'ndjson':
        return {
          contentType: 'application/x-ndjson',
          text: this.#portions(organization, filters, (rows) =>
            rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
          ),
        };
      case 'csv':
        return {
          contentType: 'text/csv; charset=utf-8; header=present',
          text: this.#csv(organization, filters),
        };
    }
  }

  /** The canonical text stands verbatim in `record`; its SHA-256 is `hash`. */
  async *#chain(organization: OrganizationId): AsyncGenerator<string> {
    for await (const records of this.log.records(organizationStream(organization))) {
      yield records
        .map(({ hash, canonical }) => `{"hash":"${hash}","record":${canonical}}\n`)
        .join('');
    }
  }

  async *#csv(organization: OrganizationId, filters: AuditFilters): AsyncGenerator<string> {
    yield csv([CSV_COLUMNS]);
    yield* this.#portions(organization, filters, (rows) => csv(rows.map(csvCells)));
  }

  async *#portions(
    organization: OrganizationId,
    filters: AuditFilters,
    text: (rows: readonly AuditRow[]) => string,
  ): AsyncGenerator<string> {
    const until = await newest(this.reads, organization);
    for (let after: number | undefined; ;) {
      const stretch = { order: 'oldest', after, until, limit: PORTION } as const;
      const entries = await auditTable(this.reads, organization, filters, stretch);
      if (entries.length > 0)
        yield text(await auditRows(this.reads, this.vault, organization, entries));
      after = entries.at(-1)?.revision;
      if (entries.length < PORTION) return;
    }
  }
}

const CSV_COLUMNS = [
  'at',
  'type',
  'actorKind',
  'actorId',
  'actorMember',
  'actorName',
  'actorEmail',
  'actingFor',
  'via',
  'clientAddress',
  'subject',
  'member',
  'memberName',
  'memberEmail',
  'spaces',
  'before',
  'after',
  'data',
  'id',
  'streamRevision',
  'commandId',
  'correlationId',
];

const json = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));

const csvCells = (row: AuditRow): readonly (string | number)[] => {
  const { actor } = row;
  return [
    row.at,
    row.type,
    actor.kind,
    actor.id,
    ('member' in actor ? actor.member : undefined) ?? '',
    row.actorName ?? '',
    row.actorEmail ?? '',
    ('actingFor' in actor ? actor.actingFor : undefined) ?? '',
    actor.via,
    row.clientAddress ?? '',
    row.subject,
    row.member ?? '',
    row.memberName ?? '',
    row.memberEmail ?? '',
    row.spaces.join(' '),
    json(row.before),
    json(row.after),
    json(row.data),
    row.id,
    row.streamRevision,
    row.commandId,
    row.correlationId,
  ];
};

/** What a spreadsheet would take for a formula is escaped. */
const csv = (rows: readonly (readonly (string | number)[])[]): string =>
  stringify(rows as (string | number)[][], { escape_formulas: true });
