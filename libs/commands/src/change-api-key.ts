import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { changeApiKey, type ChangeApiKey as Input } from '#domain/decide/api-key.js';
import type { OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** Changes the name, scopes or end of an API key. */
export class ChangeApiKey extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Input,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(ChangeApiKey)
export class ChangeApiKeyHandler implements ICommandHandler<ChangeApiKey> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: ChangeApiKey): Promise<Outcome> {
    return this.transactor.transact(organization, request, (context) =>
      changeApiKey(input, context),
    );
  }
}
