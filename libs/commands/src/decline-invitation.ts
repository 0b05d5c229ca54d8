import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { InvitationTokens } from '#vault/tokens.js';
import type { Context } from '#domain/context.js';
import { decline } from '#domain/decide/accept.js';
import { readLink } from './links.js';
import type { CommandRequest, OutcomeIn } from './request.js';
import { Transactor } from './transact.js';

/** Says no to an invitation; whoever holds the link may. The token names the organization. */
export class DeclineInvitation extends Command<OutcomeIn> {
  constructor(
    readonly input: { readonly token: string },
    /** Its actor becomes the link. */
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(DeclineInvitation)
export class DeclineInvitationHandler implements ICommandHandler<DeclineInvitation> {
  constructor(
    private readonly transactor: Transactor,
    private readonly tokens: InvitationTokens,
  ) {}

  async execute({ input, request }: DeclineInvitation): Promise<OutcomeIn> {
    const link = await readLink(this.transactor, this.tokens, input.token);
    const actor = { kind: 'link', id: link.invitation, via: request.actor.via } as const;
    const { organization } = link;
    const rule = (context: Context) => decline(link, context);
    const outcome = await this.transactor.transact(organization, { ...request, actor }, rule);
    return { ...outcome, organization };
  }
}
