import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type TransferOwnership as Input, transferOwnership } from '#domain/decide/change-roles.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Passes the protected role on and takes another in its place, in one append. */
export class TransferOwnership extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(TransferOwnership)
export class TransferOwnershipHandler implements ICommandHandler<TransferOwnership> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: TransferOwnership): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      transferOwnership(input, context),
    );
  }
}
