import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  createServiceAccount,
  type CreateServiceAccount as Rule,
} from '#domain/decide/service-account.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Adds a service account with its roles. The event names its id. */
export class CreateServiceAccount extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Omit<Rule, 'account'>,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(CreateServiceAccount)
export class CreateServiceAccountHandler implements ICommandHandler<CreateServiceAccount> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: CreateServiceAccount): Promise<Outcome> {
    const command = { ...input, account: this.transactor.ports.newId('service_account') };
    return this.transactor.transact(organization, request, (context) =>
      createServiceAccount(command, context),
    );
  }
}
