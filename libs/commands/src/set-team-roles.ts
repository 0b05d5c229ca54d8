import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { setTeamRoles, type SetTeamRoles as Input } from '#domain/decide/team.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Sets the roles a team gives its members at one scope. */
export class SetTeamRoles extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(SetTeamRoles)
export class SetTeamRolesHandler implements ICommandHandler<SetTeamRoles> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: SetTeamRoles): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      setTeamRoles(input, context),
    );
  }
}
