import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { OrganizationId, SpaceId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { SpaceTable } from '#readstore/rows.js';
import { mapped, type Page, type PageRequest } from './pages.js';
import { Reads } from './reads.js';
import { revised } from './rows.js';

export interface SpaceRow extends Omit<SpaceTable, 'revision'> {
  readonly revision: string;
}

/** The spaces of an organization, oldest first. */
export class ListSpaces extends Query<Page<SpaceRow>> {
  constructor(
    readonly organization: OrganizationId,
    /** No others than these. */
    readonly filters: { readonly among?: readonly SpaceId[] } = {},
    readonly page: PageRequest = {},
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(ListSpaces)
export class ListSpacesHandler implements IQueryHandler<ListSpaces> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, filters, page, atLeast }: ListSpaces): Promise<Page<SpaceRow>> {
    const { among } = filters;
    const reading = this.reads.reading(['spaces', organization], page);
    await this.reads.fresh(organization, atLeast);
    const rows = await this.reads.db
      .selectFrom('spaces')
      .selectAll()
      .where('organization', '=', organization)
      .$if(among !== undefined, (query) => query.where('id', 'in', among!))
      .$if(reading.after !== undefined, (query) =>
        query.where('id', '>', reading.after![0] as SpaceId),
      )
      .orderBy('id')
      .limit(reading.wanted)
      .execute();
    return mapped(
      reading.page(rows, (row) => [row.id]),
      revised,
    );
  }
}

/** One space. Refuses `space.not_found`. */
export class GetSpace extends Query<SpaceRow> {
  constructor(
    readonly organization: OrganizationId,
    readonly space: SpaceId,
    readonly atLeast?: string,
  ) {
    super();
  }
}

@QueryHandler(GetSpace)
export class GetSpaceHandler implements IQueryHandler<GetSpace> {
  constructor(private readonly reads: Reads) {}

  async execute({ organization, space, atLeast }: GetSpace): Promise<SpaceRow> {
    await this.reads.fresh(organization, atLeast);
    const row = await this.reads.db
      .selectFrom('spaces')
      .selectAll()
      .where('organization', '=', organization)
      .where('id', '=', space)
      .executeTakeFirst();
    if (row !== undefined) return revised(row);
    return refuse('space.not_found', `There is no space ${space} in this organization.`);
  }
}
