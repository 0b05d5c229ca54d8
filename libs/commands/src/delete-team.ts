import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { deleteTeam, type OneTeam } from '#domain/decide/team.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Ends a team; its members lose what it gave them. */
export class DeleteTeam extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: OneTeam,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(DeleteTeam)
export class DeleteTeamHandler implements ICommandHandler<DeleteTeam> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: DeleteTeam): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) => deleteTeam(input, context));
  }
}
