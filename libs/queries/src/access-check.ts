import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import { Access } from '#access/access.js';
import type { AccessAnswer, AccessQuestion } from '#access/questions.js';

/** May this principal do this? About others for holders of `read_access` at the scope. */
export class CheckAccess extends Query<AccessAnswer> {
  constructor(
    readonly question: AccessQuestion,
    readonly actor: ActorFact,
  ) {
    super();
  }
}

@QueryHandler(CheckAccess)
export class CheckAccessHandler implements IQueryHandler<CheckAccess> {
  constructor(private readonly access: Access) {}

  async execute({ question, actor }: CheckAccess): Promise<AccessAnswer> {
    await this.access.mayAsk(question, actor);
    return this.access.check(question);
  }
}
