import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { sweep, type Sweep } from '#domain/decide/sweep.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Writes down what time has done, a portion at a time; the sweeper's. */
export class SweepOrganization extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Sweep,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(SweepOrganization)
export class SweepOrganizationHandler implements ICommandHandler<SweepOrganization> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: SweepOrganization): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) => sweep(input, context));
  }
}
