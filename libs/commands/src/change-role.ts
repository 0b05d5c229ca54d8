import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { changeRole, type ChangeRole as Input } from '#domain/decide/role.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Changes a custom role, and with it what everyone who holds it may do. */
export class ChangeRole extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ChangeRole)
export class ChangeRoleHandler implements ICommandHandler<ChangeRole> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ChangeRole): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) => changeRole(input, context));
  }
}
