import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Resend, resend } from '#domain/decide/invitation.js';
import type { OrganizationId } from '#domain/ids.js';
import { addressesOf, NO_ADDRESS } from './addresses.js';
import { InvitationRecords } from './ports.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Sends a fresh link with a new expiry; the old one is dead at once. */
export class ResendInvitation extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Omit<Resend, 'address'>,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ResendInvitation)
export class ResendInvitationHandler implements ICommandHandler<ResendInvitation> {
  constructor(
    private readonly transactor: Transactor,
    private readonly records: InvitationRecords,
  ) {}

  async execute({ organization, input, request }: ResendInvitation): Promise<Outcome> {
    const addresses = await addressesOf(this.transactor, organization);
    const email = (await this.records.find(organization, input.invitation))?.email;
    const address = email == null ? NO_ADDRESS : addresses.address(email);
    const command = { ...input, address };
    return this.transactor.transact(organization, request, (context) => resend(command, context));
  }
}
