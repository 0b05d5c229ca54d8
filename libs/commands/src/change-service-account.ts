import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  changeServiceAccount,
  type ChangeServiceAccount as Input,
} from '#domain/decide/service-account.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Gives a service account another name or description. */
export class ChangeServiceAccount extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ChangeServiceAccount)
export class ChangeServiceAccountHandler implements ICommandHandler<ChangeServiceAccount> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ChangeServiceAccount): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      changeServiceAccount(input, context),
    );
  }
}
