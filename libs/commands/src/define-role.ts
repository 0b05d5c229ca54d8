import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { defineRole, type DefineRole as Rule } from '#domain/decide/role.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Adds a custom role of this organization. The event names its id. */
export class DefineRole extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Omit<Rule, 'role'>,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(DefineRole)
export class DefineRoleHandler implements ICommandHandler<DefineRole> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: DefineRole): Promise<Outcome> {
    const command = { ...input, role: this.transactor.ports.newId('role') };
    return this.transactor.transact(organization, request, (context) =>
      defineRole(command, context),
    );
  }
}
