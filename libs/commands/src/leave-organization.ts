import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { leave } from '#domain/decide/member.js';
import type { OrganizationId } from '#domain/ids.js';
import { inParts } from './in-parts.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Ends the actor's own membership. */
export class LeaveOrganization extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: object,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(LeaveOrganization)
export class LeaveOrganizationHandler implements ICommandHandler<LeaveOrganization> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: LeaveOrganization): Promise<Outcome> {
    return inParts(
      this.transactor,
      organization,
      request,
      (limit) => (context) => leave(input, context, limit),
      ({ type }) => type === 'member.remove',
    );
  }
}
