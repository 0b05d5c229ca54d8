import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { addTeamMember, type TeamPlaceChange } from '#domain/decide/team.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Puts a member into a team. */
export class AddTeamMember extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: TeamPlaceChange,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(AddTeamMember)
export class AddTeamMemberHandler implements ICommandHandler<AddTeamMember> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: AddTeamMember): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      addTeamMember(input, context),
    );
  }
}
