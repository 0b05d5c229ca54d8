import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { erase, isLastOf, mayForgetPeople } from '#domain/decide/erasure.js';
import { personOf } from '#domain/decide/organization.js';
import { PLATFORM, type OrganizationId, type Tag, type UserId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { canonicalAddress } from '#vault/addresses.js';
import { tagOf } from '#vault/tags.js';
import { inParts } from './in-parts.js';
import { MembershipsOfPerson } from './ports.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

/** What became of the person in one organization. */
export type Erasure =
  | { readonly organization: OrganizationId; readonly outcome: Outcome }
  | { readonly organization: OrganizationId; readonly refusal: Refusal };

/**
 * Forgets a person everywhere: as a member, as somebody invited, as somebody who acted. A command
 * per organization, an answer for each. By the person or the platform, which the rule asks in every
 * organization; anybody else is refused as a whole. Repeated, it goes on where it stopped.
 */
export class ErasePerson extends Command<readonly Erasure[]> {
  constructor(
    readonly input: {
      readonly user: UserId;
      /** Verified; without it invitations to the person are found only where it is a member. */
      readonly email?: string;
    },
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
    const { user } = input;
    if (personOf(request.actor) !== user) {
      const { idempotency: _, ...asking } = request;
      await this.transactor.transact(PLATFORM, asking, mayForgetPeople);
    }
    const email = canonicalOf(input.email);
    const acted = new Set(await this.transactor.ports.vault.organizationsOf(user));
    const known = await this.memberships.organizations(user, email);
    const organizations = [...new Set([...known, ...acted])].sort();
    const erasures: Erasure[] = [];
    for (let at = 0; at < organizations.length; at += AT_ONCE) {
      const some = organizations.slice(at, at + AT_ONCE);
      const work = some.map((one) =>
        this.#eraseFrom(one, { user, email, acted: acted.has(one) }, request),
      );
      erasures.push(...(await Promise.all(work)));
    }
    return erasures;
  }

  async #eraseFrom(
    organization: OrganizationId,
    { user, email, acted }: Someone,
    request: CommandRequest,
  ): Promise<Erasure> {
    try {
      const tag = email === undefined ? undefined : await this.#tag(organization, email);
      const command = { user, acted, ...(tag === undefined ? {} : { tag }) };
      const outcome = await inParts(
        this.transactor,
        organization,
        request,
        (limit) => (context) => erase(command, context, limit),
        (event) => isLastOf(command, event),
      );
      return { organization, outcome };
    } catch (error) {
      if (error instanceof Refusal) return { organization, refusal: error };
      throw error;
    }
  }

  /** What the address is known by there, in one that is deleted too. */
  async #tag(organization: OrganizationId, email: string): Promise<Tag | undefined> {
    const { status } = await this.transactor.state(organization);
    if (status === 'absent') return undefined;
    return tagOf(await this.transactor.tagKey(organization), email);
  }
}

interface Someone {
  readonly user: UserId;
  readonly email: string | undefined;
  readonly acted: boolean;
}

/** What is no address was never invited. */
function canonicalOf(email: string | undefined): string | undefined {
  const found = email === undefined ? undefined : canonicalAddress(email);
  return found === undefined || 'problem' in found ? undefined : found.canonical;
}
