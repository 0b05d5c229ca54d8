import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type ChangeStatus, deactivateMember } from '#domain/decide/member.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Blocks every permission and every key of a member at once; grants are kept. */
export class DeactivateMember extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: ChangeStatus,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(DeactivateMember)
export class DeactivateMemberHandler implements ICommandHandler<DeactivateMember> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: DeactivateMember): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      deactivateMember(input, context),
    );
  }
}
