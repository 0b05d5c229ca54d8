/** Who gained and lost what between two moments. */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { OrganizationId } from '#domain/ids.js';
import { AccessDiff } from '#queries/access-diff.js';
import { readMoment } from '#queries/moments.js';
import { readFreshness } from '#queries/revisions.js';
import { PageOf, pageOf, PageQuery } from './bodies.js';
import { Asker, type Caller } from './caller.js';
import { Field } from './fields.js';
import { Reads } from './routes.js';

const A_MOMENT = 'a time, or a revision of this organization: right after that event';

class DiffQuery extends PageQuery {
  @Field.moment({ about: A_MOMENT }) readonly from!: string;
  @Field.moment({
    optional: true,
    example: '2026-04-01T12:00:00.000Z',
    about: `${A_MOMENT}; absent: now`,
  })
  readonly to?: string;
}
class DiffAnswer {
  @Field.oneOf(['gained', 'lost']) readonly change!: string;
  @Field.oneOf(['member', 'service_account', 'api_key', 'user'], {
    about: 'user: a person whom the platform gives it',
  })
  readonly kind!: string;
  @Field.principal() readonly principal!: string;
  @Field.scope() readonly scope!: string;
  @Field.permission() readonly permission!: string;
}
const DiffPage = PageOf(DiffAnswer);

@ApiTags('access')
@Controller('organizations/:organization/access')
export class AccessDiffController {
  constructor(private readonly queries: QueryBus) {}

  @Get('diff')
  @Reads({
    summary: 'Who gained and lost what between two moments',
    description:
      'By principal, scope and permission. What is held in the whole organization is told of the organization and not again of each space. A page may have fewer items than asked for, or none, and still a nextCursor: go on until there is none.',
    answers: DiffPage,
  })
  accessDiff(
    @Param('organization') organization: OrganizationId,
    @Query() query: DiffQuery,
    @Asker() { actor }: Caller,
  ) {
    const { from, to, atLeast } = query;
    const question = {
      ...readFreshness(organization, atLeast),
      from: readMoment(organization, from),
      ...(to === undefined ? {} : { to: readMoment(organization, to) }),
    };
    return this.queries.execute(new AccessDiff(question, actor, pageOf(query)));
  }
}
