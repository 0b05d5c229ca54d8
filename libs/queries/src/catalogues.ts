import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { Catalogues } from '#catalogues/catalogues.js';
import type { Catalogue, CatalogueContent } from '#domain/catalogue.js';
import type { CatalogueId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { Page, PageRequest } from './pages.js';
import { Reads } from './reads.js';

/** A catalogue as it is listed: its newest version, and which others there are. */
export interface CatalogueRow {
  readonly id: CatalogueId;
  readonly name: string;
  readonly description?: string;
  readonly version: number;
  readonly sha256: string;
  readonly versions: readonly number[];
}

/** One version as it was published. */
export interface CatalogueDetail {
  readonly id: CatalogueId;
  readonly version: number;
  readonly sha256: string;
  readonly content: CatalogueContent;
}

/** The catalogues that are published, by id. */
export class ListCatalogues extends Query<Page<CatalogueRow>> {
  constructor(readonly page: PageRequest = {}) {
    super();
  }
}

@QueryHandler(ListCatalogues)
export class ListCataloguesHandler implements IQueryHandler<ListCatalogues> {
  constructor(
    private readonly reads: Reads,
    private readonly catalogues: Catalogues,
  ) {}

  async execute({ page }: ListCatalogues): Promise<Page<CatalogueRow>> {
    const reading = this.reads.reading(['catalogues'], page);
    const [after = ''] = reading.after ?? [];
    const all = this.catalogues.all();
    const ids = [...new Set(all.map(({ id }) => id))].sort().filter((id) => id > after);
    const rows = ids
      .slice(0, reading.wanted)
      .map((id) => listed(all.filter((one) => one.id === id)));
    return reading.page(rows, ({ id }) => [id]);
  }
}

/** One version of a catalogue, the newest where none is named. Refuses `catalogue.not_found`. */
export class GetCatalogue extends Query<CatalogueDetail> {
  constructor(
    readonly id: CatalogueId,
    readonly version?: number,
  ) {
    super();
  }
}

@QueryHandler(GetCatalogue)
export class GetCatalogueHandler implements IQueryHandler<GetCatalogue> {
  constructor(private readonly catalogues: Catalogues) {}

  async execute({ id, version }: GetCatalogue): Promise<CatalogueDetail> {
    const found =
      version === undefined ? this.catalogues.latest(id) : this.catalogues.get(id, version);
    if (found === undefined) {
      const which = version === undefined ? id : `${id} version ${version}`;
      return refuse('catalogue.not_found', `There is no catalogue ${which}.`);
    }
    return { id, version: found.version, sha256: found.sha256, content: found.content };
  }
}

function listed(versions: readonly Catalogue[]): CatalogueRow {
  const newest = versions.reduce((best, one) => (one.version > best.version ? one : best));
  const { id, name, version, sha256, content } = newest;
  const { description } = content;
  return {
    id,
    name,
    ...(description === undefined ? {} : { description }),
    version,
    sha256,
    versions: versions.map((one) => one.version).sort((a, b) => a - b),
  };
}
