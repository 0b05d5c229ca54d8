import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { deleteOrganization } from '#domain/decide/organization.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Ends the organization for good; its keys die with it, its id is never used again. */
export class DeleteOrganization extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: object,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(DeleteOrganization)
export class DeleteOrganizationHandler implements ICommandHandler<DeleteOrganization> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: DeleteOrganization): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      deleteOrganization(input, context),
    );
  }
}
