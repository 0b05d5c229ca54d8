import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { erase } from '#domain/decide/erasure.js';
import type { OrganizationId, UserId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { MembershipsOfPerson } from './ports.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** What became of the person in one organization. */
export type Erasure =
  | { readonly organization: OrganizationId; readonly outcome: Outcome }
  | { readonly organization: OrganizationId; readonly refusal: Refusal };

/**
 * Forgets a person everywhere: a command per organization, an answer for each. By the person or
 * the platform, which the rule asks in every organization. Repeated, it goes on where it stopped.
 */
export class ErasePerson extends Command<readonly Erasure[]> {
  constructor(
    readonly input: { readonly user: UserId },
    readonly request: CommandRequest,
  ) {
    super();
  }
}

/** Organizations that are erased from at the same time. */
const AT_ONCE = 50;

@CommandHandler(ErasePerson)
export class ErasePersonHandler implements ICommandHandler<ErasePerson> {
  constructor(
    private readonly transactor: Transactor,
    private readonly memberships: MembershipsOfPerson,
  ) {}

  async execute({ input, request }: ErasePerson): Promise<readonly Erasure[]> {
    const organizations = await this.memberships.organizations(input.user);
    const erasures: Erasure[] = [];
    for (let at = 0; at < organizations.length; at += AT_ONCE) {
      const some = organizations.slice(at, at + AT_ONCE);
      erasures.push(
        ...(await Promise.all(some.map((one) => this.#eraseFrom(one, input, request)))),
      );
    }
    return erasures;
  }

  async #eraseFrom(
    organization: OrganizationId,
    input: ErasePerson['input'],
    request: CommandRequest,
  ): Promise<Erasure> {
    try {
      const outcome = await this.transactor.transact(organization, request, (context) =>
        erase(input, context),
      );
      return { organization, outcome };
    } catch (error) {
      if (error instanceof Refusal) return { organization, refusal: error };
      throw error;
    }
  }
}
