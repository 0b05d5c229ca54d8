import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import { Access } from '#access/access.js';
import type { AccessAnswer, KeyScopeQuestion } from '#access/questions.js';

/** Does this API key, good now, carry this scope? */
export class CheckKeyScope extends Query<AccessAnswer> {
  constructor(
    readonly question: KeyScopeQuestion,
    readonly actor: ActorFact,
  ) {
    super();
  }
}

@QueryHandler(CheckKeyScope)
export class CheckKeyScopeHandler implements IQueryHandler<CheckKeyScope> {
  constructor(private readonly access: Access) {}

  async execute({ question, actor }: CheckKeyScope): Promise<AccessAnswer> {
    const about = [question.key];
    await this.access.mayRead(question, { actor, operation: 'read_access', about });
    return this.access.keyScope(question);
  }
}
