import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  renameOrganization,
  type RenameOrganization as Input,
} from '#domain/decide/organization.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Gives the organization another name. */
export class RenameOrganization extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(RenameOrganization)
export class RenameOrganizationHandler implements ICommandHandler<RenameOrganization> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: RenameOrganization): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      renameOrganization(input, context),
    );
  }
}
