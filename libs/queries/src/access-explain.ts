import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import { Access } from '#access/access.js';
import type { Explanation } from '#access/explain.js';
import type { AccessQuestion } from '#access/questions.js';

/** Why may this principal do this, or not? For whoever may ask whether. */
export class ExplainAccess extends Query<Explanation> {
  constructor(
    readonly question: AccessQuestion,
    readonly actor: ActorFact,
  ) {
    super();
  }
}

@QueryHandler(ExplainAccess)
export class ExplainAccessHandler implements IQueryHandler<ExplainAccess> {
  constructor(private readonly access: Access) {}

  async execute({ question, actor }: ExplainAccess): Promise<Explanation> {
    await this.access.mayAsk(question, actor);
    return this.access.explain(question, actor);
  }
}
