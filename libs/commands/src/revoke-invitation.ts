import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type OneInvitation, revoke } from '#domain/decide/invitation.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Takes an invitation back: its link is dead at once. */
export class RevokeInvitation extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: OneInvitation,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(RevokeInvitation)
export class RevokeInvitationHandler implements ICommandHandler<RevokeInvitation> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: RevokeInvitation): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) => revoke(input, context));
  }
}
