import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { rotateApiKey, type OneApiKey } from '#domain/decide/api-key.js';
import type { OrganizationId } from '#domain/ids.js';
import { withSecret, type SecretOutcome } from './create-api-key.js';
import { newSecret } from './ids.js';
import type { CommandRequest } from './request.js';
import { Transactor } from './transact.js';

/** Gives an API key a new secret; the old one is dead at once. */
export class RotateApiKey extends Command<SecretOutcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: OneApiKey,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(RotateApiKey)
export class RotateApiKeyHandler implements ICommandHandler<RotateApiKey> {
  constructor(private readonly transactor: Transactor) {}

  async execute({ organization, input, request }: RotateApiKey): Promise<SecretOutcome> {
    const { secret, secretHash } = newSecret(input.key);
    const command = { ...input, secretHash };
    const outcome = await this.transactor.transact(organization, request, (context) =>
      rotateApiKey(command, context),
    );
    return withSecret(outcome, secret);
  }
}
