import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { deactivateSpace, type OneSpace } from '#domain/decide/space.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Closes a space for a while: only what the catalogue lists still works there. */
export class DeactivateSpace extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: OneSpace,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(DeactivateSpace)
export class DeactivateSpaceHandler implements ICommandHandler<DeactivateSpace> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: DeactivateSpace): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      deactivateSpace(input, context),
    );
  }
}
