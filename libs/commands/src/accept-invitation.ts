import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { accept } from '#domain/decide/accept.js';
import type { UserId } from '#domain/ids.js';
import { InvitationTokens } from '#vault/tokens.js';
import type { Person } from './addresses.js';
import { addressesBehind, readLink } from './links.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Who accepts with which link. */
export interface Acceptance extends Person {
  readonly token: string;
  readonly user: UserId;
}

/** Makes a member of whoever has signed in and holds the link. The token names the organization. */
export class AcceptInvitation extends Command<Outcome> {
  constructor(
    readonly input: Acceptance,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(AcceptInvitation)
export class AcceptInvitationHandler implements ICommandHandler<AcceptInvitation> {
  constructor(
    private readonly transactor: Transactor,
    private readonly tokens: InvitationTokens,
  ) {}

  async execute({ input, request }: AcceptInvitation): Promise<Outcome> {
    const link = await readLink(this.transactor, this.tokens, input.token);
    const addresses = await addressesBehind(this.transactor, link);
    const { user } = input;
    const member = this.transactor.ports.newId('member');
    const command = { ...link, newcomer: { ...addresses.newcomer(input, member), user } };
    return this.transactor.transact(link.organization, request, (context) =>
      accept(command, context),
    );
  }
}
