/** Everything that has happened: lists, and exports that stream. */
import { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Instant, MemberId, SpaceId } from '#domain/ids.js';
import type { AuditFilters } from '#queries/audit-entries.js';
import { ExportAudit, type ExportFormat } from '#queries/export-audit.js';
import { ListAudit } from '#queries/list-audit.js';
import { readRevision } from '#queries/revisions.js';
import { PageOf, pageOf, ReadQuery } from './bodies.js';
import { Field, ListOf } from './fields.js';
import { Reading, ReadingDesk, type Reader } from './reading.js';
import { ActorAnswer, optional, scopeOf } from './resources.js';
import { Reads } from './routes.js';

class AuditQuery extends ReadQuery {
  @Field.eventType({ optional: true }) readonly type?: string;
  @Field.actor({
    optional: true,
    about:
      'who did it, or whom a trusted service did it for: a user, member, service account or key',
  })
  readonly actor?: string;
  @Field.memberId({
    optional: true,
    about: 'whom it is about, their invitations and keys included',
  })
  readonly member?: string;
  @Field.spaceId({ optional: true, about: 'only what names this space' }) readonly space?: string;
  @Field.instant({ optional: true, about: 'from then on' }) readonly from?: string;
  @Field.instant({ optional: true, about: 'before then' }) readonly to?: string;
}
class AuditListQuery extends AuditQuery {
  @Field.count(1, 200, { optional: true, about: 'how many; 50 where left out' })
  readonly limit?: number;
  @Field.cursor({ optional: true, about: 'nextCursor of the page before' })
  readonly cursor?: string;
  @Field.oneOf(['newest', 'oldest'], { optional: true, about: 'first; newest if left out' })
  readonly order?: 'newest' | 'oldest';
  @Field.revision({ optional: true, about: 'only what came after this revision' })
  readonly after?: string;
}
class AuditExportQuery extends AuditQuery {
  @Field.oneOf(['ndjson', 'csv', 'chain'], {
    optional: true,
    about: 'ndjson if left out; chain: the raw records, verifiable without keys',
  })
  readonly format?: ExportFormat;
}

const ANY = { additionalProperties: true, example: { name: 'Acme' } };

class AuditAnswer {
  @Field.text({ example: '0198c6a1-…' }) readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.revision() readonly revision!: string;
  @Field.wholeNumber({ about: 'place in the organization’s history' })
  readonly streamRevision!: number;
  @Field.text({ example: 'member.role_change' }) readonly type!: string;
  @Field.instant() readonly at!: string;
  @Field.object(() => ActorAnswer) readonly actor!: ActorAnswer;
  @Field.text({
    optional: true,
    nullable: true,
    example: 'Ada Lovelace',
    about: 'of the actor, or the person acted for, as known now; null: erased',
  })
  readonly actorName?: string | null;
  @Field.text({ optional: true, nullable: true, example: 'ada@example.com' })
  readonly actorEmail?: string | null;
  @Field.text({ optional: true, nullable: true, example: '203.0.113.7', about: 'null: erased' })
  readonly clientAddress?: string | null;
  @Field.text({ example: 'mem_01jx8q5v3mf2h9k7c4n6t0wzpd' }) readonly subject!: string;
  @Field.memberId({ optional: true, about: 'whom it is about' }) readonly member?: string;
  @Field.text({ optional: true, nullable: true, example: 'Grace Hopper', about: 'null: erased' })
  readonly memberName?: string | null;
  @Field.text({ optional: true, nullable: true, example: 'grace@example.com' })
  readonly memberEmail?: string | null;
  @ListOf.spaceId() readonly spaces!: readonly string[];
  @Field.record(ANY, () => undefined, { optional: true }) readonly before?: object;
  @Field.record(ANY, () => undefined, { optional: true }) readonly after?: object;
  @Field.record(ANY, () => undefined) readonly data!: object;
  @Field.text({ example: 'cmd_01jx8q5v3mf2h9k7c4n6t0wzpd' }) readonly commandId!: string;
  @Field.text({ example: 'req_1a2b' }) readonly correlationId!: string;
  @Field.wholeNumber({ about: 'the catalogue version it was decided with' })
  readonly catalogueVersion!: number;
}
const AuditPage = PageOf(AuditAnswer);

@ApiTags('audit')
@Controller('organizations/:organization/audit')
export class AuditController {
  constructor(private readonly reading: ReadingDesk) {}

  @Get()
  @Reads({ summary: 'What has happened, newest first', answers: AuditPage })
  listAudit(@Query() query: AuditListQuery, @Reading() reader: Reader) {
    const { organization, atLeast } = reader;
    const { order, after } = query;
    const filters = {
      ...filtersOf(query),
      ...optional('order', order),
      ...optional('after', after === undefined ? after : readRevision(organization, after)),
    };
    const question = new ListAudit(organization, filters, pageOf(query), atLeast);
    return this.reading.ask(reader, rightTo(query), question);
  }

  @Get('export')
  @ApiOperation({ summary: 'The audit log as a file, oldest first' })
  @ApiResponse({
    status: 200,
    description: 'Lines of JSON, or comma-separated values',
    content: {
      'application/x-ndjson': { schema: { type: 'string' } },
      'text/csv': { schema: { type: 'string' } },
    },
  })
  async exportAudit(
    @Query() query: AuditExportQuery,
    @Reading() reader: Reader,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { format = 'ndjson' } = query;
    const { organization, atLeast } = reader;
    const question = new ExportAudit(organization, format, filtersOf(query), atLeast);
    const { contentType, text } = await this.reading.ask(reader, rightTo(query), question);
    const name = `${organization}.audit.${format === 'csv' ? 'csv' : 'ndjson'}`;
    await reply
      .type(contentType)
      .header('content-disposition', `attachment; filename="${name}"`)
      .send(Readable.from(text));
  }
}

/** Whoever may see the audit log at one space sees only what names that space. */
const rightTo = ({ space }: AuditQuery) =>
  ({ operation: 'view_audit', scope: scopeOf(space) }) as const;

const filtersOf = ({ type, actor, member, space, from, to }: AuditQuery): AuditFilters => ({
  ...optional('type', type),
  ...optional('actor', actor),
  ...optional('member', member as MemberId | undefined),
  ...optional('space', space as SpaceId | undefined),
  ...optional('from', from as Instant | undefined),
  ...optional('to', to as Instant | undefined),
});
