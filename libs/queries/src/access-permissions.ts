import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ActorFact } from '#domain/events.js';
import { Access } from '#access/access.js';
import type { PermissionsAnswer, PermissionsQuestion } from '#access/questions.js';

/** Everything a member may do now, at the organization or one space. */
export class MemberPermissions extends Query<PermissionsAnswer> {
  constructor(
    readonly question: PermissionsQuestion,
    readonly actor: ActorFact,
  ) {
    super();
  }
}

@QueryHandler(MemberPermissions)
export class MemberPermissionsHandler implements IQueryHandler<MemberPermissions> {
  constructor(private readonly access: Access) {}

  async execute({ question, actor }: MemberPermissions): Promise<PermissionsAnswer> {
    await this.access.mayAsk(question, actor);
    return this.access.permissions(question);
  }
}
