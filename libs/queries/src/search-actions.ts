import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import type { Permission } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { PermissionsQuestion } from '#access/questions.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** What `MemberPermissions` tells, page by page. */
export class SearchActions extends Query<Page<Permission>> {
  constructor(
    readonly question: PermissionsQuestion,
    readonly actor: ActorFact,
    readonly page: PageRequest = {},
  ) {
    super();
  }
}

@QueryHandler(SearchActions)
export class SearchActionsHandler implements IQueryHandler<SearchActions> {
  constructor(
    private readonly access: Access,
    private readonly reads: Reads,
  ) {}

  async execute({ question, actor, page }: SearchActions): Promise<Page<Permission>> {
    const { principal, organization, space, atLeast } = question;
    const list = ['actions', principal, organization, space, atLeast];
    const reading = this.reads.reading(list, page);
    await this.access.mayAsk(question, actor);
    const { permissions } = await this.access.permissions(question);
    const [after = ''] = reading.after ?? [];
    const rest = permissions.filter((one) => one > after);
    return reading.page(rest.slice(0, reading.wanted), (one) => [one]);
  }
}
