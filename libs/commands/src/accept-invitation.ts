import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Context } from '#domain/context.js';
import { accept } from '#domain/decide/accept.js';
import type { UserId } from '#domain/ids.js';
import { InvitationTokens } from '#vault/tokens.js';
import type { Person } from './addresses.js';
import { addressesBehind, readLink } from './links.js';
import type { CommandRequest, OutcomeIn } from './request.js';
import { Transactor } from './transact.js';

/** Who accepts with which link. */
export interface Acceptance extends Person {
  readonly token: string;
  readonly user: UserId;
}

/** Makes a member of whoever has signed in and holds the link. The token names the organization. */
export class AcceptInvitation extends Command<OutcomeIn> {
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

  async execute({ input, request }: AcceptInvitation): Promise<OutcomeIn> {
    const link = await readLink(this.transactor, this.tokens, input.token);
    const addresses = await addressesBehind(this.transactor, link);
    const { user } = input;
    const member = this.transactor.ports.newId('member');
    const command = { ...link, newcomer: { ...addresses.newcomer(input, member), user } };
    const { organization } = link;
    const rule = (context: Context) => accept(command, context);
    return { ...(await this.transactor.transact(organization, request, rule)), organization };
  }
}
