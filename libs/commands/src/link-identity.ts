import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type LinkIdentity as Input, linkIdentity } from '#domain/decide/join.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Tells who a provisioned member is that signs in for the first time. */
export class LinkIdentity extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(LinkIdentity)
export class LinkIdentityHandler implements ICommandHandler<LinkIdentity> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: LinkIdentity): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      linkIdentity(input, context),
    );
  }
}
