import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  createOrganization,
  type CreateOrganization as Rule,
} from '#domain/decide/organization.js';
import type { Catalogue } from '#domain/catalogue.js';
import type { CatalogueId, OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { unknown } from '#domain/suggest.js';
import { addressesOfNew, type Person } from './addresses.js';
import { remembered } from './decision.js';
import { commandIdOf, organizationIdOf } from './ids.js';
import type { CommandRequest, Decide, OutcomeIn } from './request.js';
import { Transactor } from './transact.js';

export interface NewOrganization {
  /** Made up where left out; the same for the same idempotency key, while it is remembered. */
  readonly id?: OrganizationId;
  readonly name: string;
  /** Its newest version is pinned. */
  readonly catalogue: CatalogueId;
  readonly founder: Person;
  /** Who may create organizations: a setting of the installation. */
  readonly creation: Rule['creation'];
}

/** Founds an organization; the founder becomes its first member. */
export class CreateOrganization extends Command<OutcomeIn> {
  constructor(
    readonly input: NewOrganization,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(CreateOrganization)
export class CreateOrganizationHandler implements ICommandHandler<CreateOrganization> {
  constructor(private readonly transactor: Transactor) {}

  async execute({ input, request }: CreateOrganization): Promise<OutcomeIn> {
    const { newId, catalogues } = this.transactor.ports;
    const id = input.id ?? (await this.#idOf(request)) ?? newId('organization');
    const catalogue =
      catalogues.latest(input.catalogue) ?? noCatalogue(input.catalogue, catalogues.all());
    const found = async (asked: CommandRequest): Promise<OutcomeIn> => {
      const addresses = await addressesOfNew(this.transactor, id, asked);
      const founders = [addresses.newcomer(input.founder, newId('member'), '/founder/email')];
      const command = { name: input.name, founders, creation: input.creation };
      const rule: Decide = (context) => createOrganization(command, context);
      const outcome = await this.transactor.transact(id, asked, rule, { catalogue });
      return { ...outcome, organization: id };
    };
    const { status } = await this.transactor.state(id);
    // What is refused leaves no key: it is tried first, under one that is not kept.
    if (status === 'absent') await found({ ...request, dryRun: true });
    return found(request);
  }

  /** Made of the key, for as long as that is remembered: then it founds another organization. */
  async #idOf({ idempotency }: CommandRequest): Promise<OrganizationId | undefined> {
    if (idempotency === undefined) return undefined;
    for (let use = 0; ; use += 1) {
      const organization = organizationIdOf(idempotency, use);
      const state = await this.transactor.latest(organization);
      const command = commandIdOf({ ...idempotency, organization });
      const isKnown = remembered(state.commands, command, this.transactor.now()) !== undefined;
      if (state.status === 'absent' || isKnown) return organization;
    }
  }
}

function noCatalogue(id: CatalogueId, known: readonly Pick<Catalogue, 'id'>[]): never {
  const what = unknown(
    'catalogue',
    id,
    known.map((one) => one.id),
  );
  const detail = `${what} (GET /api/v1/catalogues lists them)`;
  refuse('catalogue.not_found', detail, [{ pointer: '/catalogue', detail }]);
}
