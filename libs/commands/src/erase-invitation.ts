import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { eraseInvitation } from '#domain/decide/erasure.js';
import type { OneInvitation } from '#domain/decide/invitation.js';
import type { OrganizationId } from '#domain/ids.js';
import { InvitationRecords } from './ports.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Forgets whom an invitation, open or ended, was for. */
export class EraseInvitation extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: OneInvitation,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(EraseInvitation)
export class EraseInvitationHandler implements ICommandHandler<EraseInvitation> {
  constructor(
    private readonly transactor: Transactor,
    private readonly records: InvitationRecords,
  ) {}

  async execute({ organization, input, request }: EraseInvitation): Promise<Outcome> {
    const record = await this.records.find(organization, input.invitation);
    const command = { ...input, ...(record && { member: record.member }) };
    return this.transactor.transact(organization, request, (context) =>
      eraseInvitation(command, context),
    );
  }
}
