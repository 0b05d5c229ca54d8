import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Invite, invite } from '#domain/decide/invitation.js';
import type { NewId, OrganizationId } from '#domain/ids.js';
import { addressesOf, sealedMessage, type AddressBook } from './addresses.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Whom to invite to what. */
export interface Invitee extends Pick<
  Invite,
  'grants' | 'teams' | 'expiresIn' | 'onExisting' | 'joinRequest'
> {
  readonly email: string;
  /** At most 500 bytes of UTF-8. */
  readonly message?: string;
}

/** Invites one person; the event names the invitation. */
export class InviteMember extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Invitee,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(InviteMember)
export class InviteMemberHandler implements ICommandHandler<InviteMember> {
  constructor(private readonly transactor: Transactor) {}

  async execute({ organization, input, request }: InviteMember): Promise<Outcome> {
    const addresses = await addressesOf(this.transactor, organization);
    const command = invitationFor(input, addresses, this.transactor.ports.newId);
    return this.transactor.transact(organization, request, (context) => invite(command, context));
  }
}

/**
 * The rule's command, under new ids.
 *
 * @param at where in the request the invitee stands.
 */
export function invitationFor(
  { email, message, ...wanted }: Invitee,
  addresses: AddressBook,
  newId: NewId,
  at = '',
): Invite {
  return {
    ...wanted,
    invitation: newId('invitation'),
    member: newId('member'),
    address: addresses.address(email, `${at}/email`),
    ...(message === undefined ? {} : { message: sealedMessage(message, `${at}/message`) }),
  };
}
