import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import { Access } from '#access/access.js';
import type { WhereQuestion, WhereRow } from '#access/whereabouts.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** Where may this principal do this? About others for those who may ask across organizations. */
export class ListWhereabouts extends Query<Page<WhereRow>> {
  constructor(
    readonly question: WhereQuestion,
    readonly actor: ActorFact,
    readonly page: PageRequest = {},
  ) {
    super();
  }
}

@QueryHandler(ListWhereabouts)
export class ListWhereaboutsHandler implements IQueryHandler<ListWhereabouts> {
  constructor(
    private readonly access: Access,
    private readonly reads: Reads,
  ) {}

  async execute({ question, actor, page }: ListWhereabouts): Promise<Page<WhereRow>> {
    const { principal, permission, kind, organization, at } = question;
    const list = ['whereabouts', principal, permission, kind, organization, at];
    const reading = this.reads.reading(list, page);
    const { rows, next } = await this.access.whereabouts(question, actor, reading.from);
    return reading.walked(rows, next);
  }
}
