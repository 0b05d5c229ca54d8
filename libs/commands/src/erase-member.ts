import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { erase, isLastOf, type Erase } from '#domain/decide/erasure.js';
import type { OrganizationId } from '#domain/ids.js';
import { inParts } from './in-parts.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Forgets one person in one organization: a member, present or former. */
export class EraseMember extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Erase,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(EraseMember)
export class EraseMemberHandler implements ICommandHandler<EraseMember> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: EraseMember): Promise<Outcome> {
    return inParts(
      this.transactor,
      organization,
      request,
      (limit) => (context) => erase(input, context, limit),
      (event) => isLastOf(input, event),
    );
  }
}
