import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  changeOrganization,
  type ChangeOrganization as Input,
} from '#domain/decide/organization.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Gives the organization another name, or sets policies, or both in one append. */
export class ChangeOrganization extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ChangeOrganization)
export class ChangeOrganizationHandler implements ICommandHandler<ChangeOrganization> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ChangeOrganization): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      changeOrganization(input, context),
    );
  }
}
