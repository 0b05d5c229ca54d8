import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { renameTeam, type RenameTeam as Input } from '#domain/decide/team.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Gives a team another name. */
export class RenameTeam extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(RenameTeam)
export class RenameTeamHandler implements ICommandHandler<RenameTeam> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: RenameTeam): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) => renameTeam(input, context));
  }
}
