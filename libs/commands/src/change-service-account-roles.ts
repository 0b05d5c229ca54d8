import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  changeServiceAccountRoles,
  type ChangeServiceAccountRoles as Input,
} from '#domain/decide/service-account.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Sets, adds or removes a service account's roles at one scope. */
export class ChangeServiceAccountRoles extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ChangeServiceAccountRoles)
export class ChangeServiceAccountRolesHandler implements ICommandHandler<ChangeServiceAccountRoles> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ChangeServiceAccountRoles): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      changeServiceAccountRoles(input, context),
    );
  }
}
