import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { createApiKey, type CreateApiKey as Rule } from '#domain/decide/api-key.js';
import type { OrganizationId } from '#domain/ids.js';
import { newSecret } from './ids.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

export interface SecretOutcome extends Outcome {
  /** Shown this once; absent where nothing was written now. */
  readonly secret?: string;
}

/** Makes an API key. The event names its id; only the hash of the secret is stored. */
export class CreateApiKey extends Command<SecretOutcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Omit<Rule, 'key' | 'secretHash'>,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(CreateApiKey)
export class CreateApiKeyHandler implements ICommandHandler<CreateApiKey> {
  constructor(private readonly transactor: Transactor) {}

  async execute({ organization, input, request }: CreateApiKey): Promise<SecretOutcome> {
    const key = this.transactor.ports.newId('api_key');
    const { secret, secretHash } = newSecret(key);
    const command = { ...input, key, secretHash };
    const outcome = await this.transactor.transact(organization, request, (context) =>
      createApiKey(command, context),
    );
    return withSecret(outcome, secret);
  }
}

/** The secret goes with the events that hold its hash, and with nothing else. */
export const withSecret = (outcome: Outcome, secret: string): SecretOutcome =>
  outcome.replayed || outcome.events.length === 0 ? outcome : { ...outcome, secret };
