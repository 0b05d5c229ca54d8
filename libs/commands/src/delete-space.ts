import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { deleteSpace, type OneSpace } from '#domain/decide/space.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Ends a space and every grant at it. */
export class DeleteSpace extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: OneSpace,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(DeleteSpace)
export class DeleteSpaceHandler implements ICommandHandler<DeleteSpace> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: DeleteSpace): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      deleteSpace(input, context),
    );
  }
}
