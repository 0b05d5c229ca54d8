import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  suspendOrganization,
  type SuspendOrganization as Input,
} from '#domain/decide/organization.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Stops every permission in the organization; the platform's. */
export class SuspendOrganization extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(SuspendOrganization)
export class SuspendOrganizationHandler implements ICommandHandler<SuspendOrganization> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: SuspendOrganization): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      suspendOrganization(input, context),
    );
  }
}
