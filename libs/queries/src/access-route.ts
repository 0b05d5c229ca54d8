import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import { Access } from '#access/access.js';
import type { AccessAnswer, RouteQuestion } from '#access/questions.js';

/** May this principal send this request? A route the catalogue does not have is denied. */
export class CheckRoute extends Query<AccessAnswer> {
  constructor(
    readonly question: RouteQuestion,
    readonly actor: ActorFact,
  ) {
    super();
  }
}

@QueryHandler(CheckRoute)
export class CheckRouteHandler implements IQueryHandler<CheckRoute> {
  constructor(private readonly access: Access) {}

  async execute({ question, actor }: CheckRoute): Promise<AccessAnswer> {
    await this.access.mayAsk(question, actor);
    return this.access.route(question);
  }
}
