import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { renameSpace, type RenameSpace as Input } from '#domain/decide/space.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Gives a space another name. */
export class RenameSpace extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(RenameSpace)
export class RenameSpaceHandler implements ICommandHandler<RenameSpace> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: RenameSpace): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      renameSpace(input, context),
    );
  }
}
