import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type RemoveMember as Input, removeMember } from '#domain/decide/member.js';
import type { OrganizationId } from '#domain/ids.js';
import { inParts } from './in-parts.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Ends a membership, or what a member holds directly at one space. */
export class RemoveMember extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(RemoveMember)
export class RemoveMemberHandler implements ICommandHandler<RemoveMember> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: RemoveMember): Promise<Outcome> {
    return inParts(
      this.transactor,
      organization,
      request,
      (limit) => (context) => removeMember(input, context, limit),
      ({ type }) => type === 'member.remove',
    );
  }
}
