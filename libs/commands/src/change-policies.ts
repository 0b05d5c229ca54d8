import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { changePolicies, type ChangePolicies as Input } from '#domain/decide/organization.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Sets policies the catalogue lets an organization set; `null` goes back to the catalogue's value. */
export class ChangePolicies extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ChangePolicies)
export class ChangePoliciesHandler implements ICommandHandler<ChangePolicies> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ChangePolicies): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      changePolicies(input, context),
    );
  }
}
