import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Catalogues } from '#catalogues/catalogues.js';
import { policy } from '#domain/decide/requirements.js';
import type { CatalogueId, OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { PolicyValues } from '#domain/policies.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** An organization that has not adopted the newest version of its catalogue. */
export interface AdoptionRow {
  readonly organization: OrganizationId;
  /** The version it is on. */
  readonly version: number;
  readonly latest: number;
  /** Does it adopt new versions by itself? What it has set, else what its version says. */
  readonly adoption: PolicyValues['catalogueAdoption'];
}

/**
 * The organizations behind the newest version of a catalogue, by id; deleted ones are not among
 * them. Refuses `catalogue.not_found`. A quarantined organization is shown as it was last known:
 * it is decided again, on the log, by the command that adopts.
 */
export class ListAdoptions extends Query<Page<AdoptionRow>> {
  constructor(
    readonly catalogue: CatalogueId,
    readonly page: PageRequest = {},
  ) {
    super();
  }
}

@QueryHandler(ListAdoptions)
export class ListAdoptionsHandler implements IQueryHandler<ListAdoptions> {
  constructor(
    private readonly reads: Reads,
    private readonly catalogues: Catalogues,
  ) {}

  async execute({ catalogue, page }: ListAdoptions): Promise<Page<AdoptionRow>> {
    const newest = this.catalogues.latest(catalogue);
    if (newest === undefined) {
      return refuse('catalogue.not_found', `There is no catalogue ${catalogue}.`);
    }
    const reading = this.reads.reading(['adoptions', catalogue], page);
    await this.reads.freshEverywhere();
    const rows = await this.reads.db
      .selectFrom('organizations')
      .select(['organization', 'catalogueVersion as version', 'policies'])
      .where('catalogue', '=', catalogue)
      .where('catalogueVersion', '<', newest.version)
      .where('status', '<>', 'deleted')
      .$if(reading.after !== undefined, (query) =>
        query.where('organization', '>', reading.after![0] as OrganizationId),
      )
      .orderBy('organization')
      .limit(reading.wanted)
      .execute();
    const { items, ...rest } = reading.page(rows, (row) => [row.organization]);
    return {
      items: items.map(({ organization, version, policies }) => {
        const own = { policies: JSON.parse(policies) as Partial<PolicyValues> };
        const pinned = this.catalogues.get(catalogue, version);
        const adoption = (pinned && policy(own, pinned, 'catalogueAdoption')) ?? 'manual';
        return { organization, version, latest: newest.version, adoption };
      }),
      ...rest,
    };
  }
}
