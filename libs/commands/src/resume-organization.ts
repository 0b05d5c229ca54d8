import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { resumeOrganization } from '#domain/decide/organization.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Ends a suspension; the platform's. */
export class ResumeOrganization extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: object,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ResumeOrganization)
export class ResumeOrganizationHandler implements ICommandHandler<ResumeOrganization> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ResumeOrganization): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      resumeOrganization(input, context),
    );
  }
}
