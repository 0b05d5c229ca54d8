import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type ChangeRoles as Input, changeRoles } from '#domain/decide/change-roles.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Sets, adds or removes one member's roles at one scope. */
export class ChangeRoles extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ChangeRoles)
export class ChangeRolesHandler implements ICommandHandler<ChangeRoles> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ChangeRoles): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      changeRoles(input, context),
    );
  }
}
