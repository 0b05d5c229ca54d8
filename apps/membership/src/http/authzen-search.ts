/** Searches of the Authorization API 1.0 of OpenID AuthZEN: who, where, and what. */
import { Body, Controller, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { OrganizationId } from '#domain/ids.js';
import type { WhereQuestion, WhereRow } from '#access/whereabouts.js';
import { ListHolders } from '#queries/access-holders.js';
import { ListWhereabouts } from '#queries/access-whereabouts.js';
import { mapped } from '#queries/pages.js';
import { readAnyFreshness } from '#queries/revisions.js';
import { SearchActions } from '#queries/search-actions.js';
import { Authentication } from './authentication.js';
import { NOTHING, search, Sent, type SentSearch } from './authzen-pages.js';
import {
  ActionsAnswer,
  ActionSearchBody,
  ResourcesAnswer,
  ResourceSearchBody,
  SubjectsAnswer,
  SubjectSearchBody,
} from './authzen-search-bodies.js';
import { permissionOf, placeOf, principalOf, RESOURCES, SUBJECTS } from './authzen-words.js';
import { Asker, type Caller } from './caller.js';
import { optional } from './resources.js';
import { Reads } from './routes.js';

const A_PAGE_MAY_BE_SHORT =
  'A page may have fewer results than asked for, or none, and still a next_token: go on until it is empty.';

@ApiTags('authzen')
@Controller('access/v1/search')
export class AuthzenSearchController {
  constructor(
    private readonly queries: QueryBus,
    private readonly authentication: Authentication,
  ) {}

  @Post('subject')
  @Reads({
    summary: 'AuthZEN: who may do this there?',
    description: `Of type user every person who may, members among them. ${A_PAGE_MAY_BE_SHORT}`,
    answers: SubjectsAnswer,
  })
  async searchSubjects(
    @Body() { subject, action, resource, context, page }: SubjectSearchBody,
    @Sent() sent: SentSearch,
    @Asker() { actor }: Caller,
  ): Promise<SubjectsAnswer> {
    const kind = SUBJECTS.find((one) => one === subject.type);
    if (kind === undefined) return NOTHING;
    return search(sent, page, async (request) => {
      const question = { ...placeOf(resource, context), permission: permissionOf(action), kind };
      const found = await this.queries.execute(new ListHolders(question, actor, request));
      return mapped(found, ({ kind: type, id }) => ({ type, id }));
    });
  }

  @Post('resource')
  @Reads({
    summary: 'AuthZEN: where may the subject do this?',
    description: `Organizations; or spaces, with \`properties.organization\` those of one. ${A_PAGE_MAY_BE_SHORT}`,
    answers: ResourcesAnswer,
  })
  async searchResources(
    @Body() { subject, action, resource, context, page }: ResourceSearchBody,
    @Sent() sent: SentSearch,
    @Asker() { actor }: Caller,
  ): Promise<ResourcesAnswer> {
    const kind = RESOURCES.find((one) => one === resource.type);
    if (kind === undefined) return NOTHING;
    const of = resource.properties?.organization as OrganizationId | undefined;
    const question: WhereQuestion = {
      principal: principalOf(subject, this.authentication),
      permission: permissionOf(action),
      kind,
      ...optional('organization', kind === 'space' ? of : undefined),
      ...(context?.atLeast === undefined ? {} : { since: readAnyFreshness(context.atLeast) }),
    };
    const found = await search(sent, page, (request) =>
      this.queries.execute(new ListWhereabouts(question, actor, request)),
    );
    return withoutQuarantined(found);
  }

  @Post('action')
  @Reads({ summary: 'AuthZEN: what may the subject do there?', answers: ActionsAnswer })
  searchActions(
    @Body() { subject, resource, context, page }: ActionSearchBody,
    @Sent() sent: SentSearch,
    @Asker() { actor }: Caller,
  ): Promise<ActionsAnswer> {
    const principal = principalOf(subject, this.authentication);
    return search(sent, page, async (request) => {
      const question = { ...placeOf(resource, context), principal };
      const found = await this.queries.execute(new SearchActions(question, actor, request));
      return mapped(found, (name) => ({ name }));
    });
  }
}

/** Results are what is permitted; of what nothing can be said stands beside them. */
function withoutQuarantined({
  page,
  context,
  results,
}: Awaited<ReturnType<typeof search<WhereRow>>>): ResourcesAnswer {
  const good = results.filter((row) => row.quarantined !== true);
  const quarantined = results.filter((row) => row.quarantined).map((row) => row.organization);
  const about = { ...context, ...(quarantined.length === 0 ? {} : { quarantined }) };
  return {
    page: { ...page, count: good.length },
    ...(Object.keys(about).length === 0 ? {} : { context: about }),
    results: good.map(({ organization, space }) =>
      space === undefined
        ? { type: 'organization', id: organization }
        : { type: 'space', id: space, properties: { organization } },
    ),
  };
}
