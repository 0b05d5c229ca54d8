import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { createSpace, type CreateSpace as Rule } from '#domain/decide/space.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Adds a space. The event names its id. */
export class CreateSpace extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Omit<Rule, 'space'>,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(CreateSpace)
export class CreateSpaceHandler implements ICommandHandler<CreateSpace> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: CreateSpace): Promise<Outcome> {
    const command = { ...input, space: this.transactor.ports.newId('space') };
    return this.transactor.transact(organization, request, (context) =>
      createSpace(command, context),
    );
  }
}
