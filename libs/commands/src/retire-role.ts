import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { retireRole, type RetireRole as Input } from '#domain/decide/role.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Ends a custom role; where it is in use, another takes its place. */
export class RetireRole extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(RetireRole)
export class RetireRoleHandler implements ICommandHandler<RetireRole> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: RetireRole): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) => retireRole(input, context));
  }
}
