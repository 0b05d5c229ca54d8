import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { createTeam, type CreateTeam as Rule } from '#domain/decide/team.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Adds a team. The event names its id. */
export class CreateTeam extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Omit<Rule, 'team'>,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(CreateTeam)
export class CreateTeamHandler implements ICommandHandler<CreateTeam> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: CreateTeam): Promise<Outcome> {
    const command = { ...input, team: this.transactor.ports.newId('team') };
    return this.transactor.transact(organization, request, (context) =>
      createTeam(command, context),
    );
  }
}
