import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { revokeApiKey, type OneApiKey } from '#domain/decide/api-key.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Ends an API key. */
export class RevokeApiKey extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: OneApiKey,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(RevokeApiKey)
export class RevokeApiKeyHandler implements ICommandHandler<RevokeApiKey> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: RevokeApiKey): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      revokeApiKey(input, context),
    );
  }
}
