import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { deleteServiceAccount, type OneServiceAccount } from '#domain/decide/service-account.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Ends a service account and its API keys. */
export class DeleteServiceAccount extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: OneServiceAccount,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(DeleteServiceAccount)
export class DeleteServiceAccountHandler implements ICommandHandler<DeleteServiceAccount> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: DeleteServiceAccount): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      deleteServiceAccount(input, context),
    );
  }
}
