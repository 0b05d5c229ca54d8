import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type ChangeStatus, reactivateMember } from '#domain/decide/member.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Lets a deactivated member in again, as it was. */
export class ReactivateMember extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: ChangeStatus,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ReactivateMember)
export class ReactivateMemberHandler implements ICommandHandler<ReactivateMember> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ReactivateMember): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      reactivateMember(input, context),
    );
  }
}
