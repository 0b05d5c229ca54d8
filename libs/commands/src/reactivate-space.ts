import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { reactivateSpace, type OneSpace } from '#domain/decide/space.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Opens a deactivated space again. */
export class ReactivateSpace extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: OneSpace,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ReactivateSpace)
export class ReactivateSpaceHandler implements ICommandHandler<ReactivateSpace> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ReactivateSpace): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      reactivateSpace(input, context),
    );
  }
}
