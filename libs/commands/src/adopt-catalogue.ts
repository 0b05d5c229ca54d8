import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { adoptCatalogue } from '#domain/decide/adoption.js';
import { enter } from '#domain/delegation.js';
import type { OrganizationId, RoleId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { CommandRequest, Outcome } from './request.js';
import { Transactor } from './transact.js';

export interface Adoption {
  readonly version: number;
  /** Role of the pinned version → role that takes its place. */
  readonly remap: { readonly [role: string]: RoleId };
}

/** Moves the organization to a newer version of its catalogue. */
export class AdoptCatalogue extends Command<Outcome> {
  constructor(
    readonly organization: OrganizationId,
    readonly input: Adoption,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

@CommandHandler(AdoptCatalogue)
export class AdoptCatalogueHandler implements ICommandHandler<AdoptCatalogue> {
  constructor(private readonly transactor: Transactor) {}

  execute({ organization, input, request }: AdoptCatalogue): Promise<Outcome> {
    const { catalogues } = this.transactor.ports;
    const { version, remap } = input;
    return this.transactor.transact(organization, request, (context) => (state) => {
      enter(state, context);
      const { id } = state.catalogue;
      const target =
        catalogues.get(id, version) ??
        refuse('catalogue.not_found', `There is no version ${version} of ${id}.`);
      return adoptCatalogue({ target, remap }, context)(state);
    });
  }
}
