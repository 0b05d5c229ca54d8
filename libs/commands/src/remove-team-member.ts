import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { removeTeamMember, type TeamPlaceChange } from '#domain/decide/team.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Takes a member out of a team, as far as the source put it there. */
export class RemoveTeamMember extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: TeamPlaceChange,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(RemoveTeamMember)
export class RemoveTeamMemberHandler implements ICommandHandler<RemoveTeamMember> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: RemoveTeamMember): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      removeTeamMember(input, context),
    );
  }
}
