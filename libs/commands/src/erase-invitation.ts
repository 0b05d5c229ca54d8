import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { eraseInvitation } from '#domain/decide/erasure.js';
import type { OneInvitation } from '#domain/decide/invitation.js';
import type { MemberId, OrganizationId } from '#domain/ids.js';
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

/** Where nothing is known of an invitation, there is nothing to erase. */
const NOBODY = '' as MemberId;

@CommandHandler(EraseInvitation)
export class EraseInvitationHandler implements ICommandHandler<EraseInvitation> {
  constructor(
    private readonly transactor: Transactor,
    private readonly records: InvitationRecords,
  ) {}

  async execute({ organization, input, request }: EraseInvitation): Promise<Outcome> {
    const member = (await this.records.find(organization, input.invitation))?.member ?? NOBODY;
    const command = { ...input, member };
    return this.transactor.transact(organization, request, (context) =>
      eraseInvitation(command, context),
    );
  }
}
