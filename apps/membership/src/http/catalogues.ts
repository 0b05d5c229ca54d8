/** What organizations are founded on: public to everybody who has signed in. */
import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { CatalogueId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { GetCatalogue, ListCatalogues } from '#queries/catalogues.js';
import { Field, ListOf } from './fields.js';
import { Reads } from './routes.js';

class CatalogueAnswer {
  @Field.catalogue() readonly id!: string;
  @Field.name({ example: 'Mondoo' }) readonly name!: string;
  @Field.description({ optional: true }) readonly description?: string;
  @Field.integer(1, 1_000_000, { about: 'the newest' }) readonly version!: number;
  @Field.text({ example: 'c2…', about: 'SHA-256 of its content, hex' }) readonly sha256!: string;
  @ListOf.wholeNumber() readonly versions!: readonly number[];
}
class CataloguesAnswer {
  @ListOf.object(() => CatalogueAnswer) readonly items!: readonly CatalogueAnswer[];
}
class CatalogueContentAnswer {
  @Field.catalogue() readonly id!: string;
  @Field.integer(1, 1_000_000) readonly version!: number;
  @Field.text({ example: 'c2…' }) readonly sha256!: string;
  @Field.record({ additionalProperties: true, example: { id: 'mondoo' } }, () => undefined, {
    about: 'the catalogue as it was published',
  })
  readonly content!: object;
}

@ApiTags('roles')
@Controller('catalogues')
export class CataloguesController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Reads({ summary: 'Every catalogue', answers: CataloguesAnswer })
  listCatalogues() {
    return this.queries.execute(new ListCatalogues());
  }

  @Get(':catalogue')
  @Reads({ summary: 'The newest version of a catalogue', answers: CatalogueContentAnswer })
  getCatalogue(@Param('catalogue') catalogue: CatalogueId) {
    return this.queries.execute(new GetCatalogue(catalogue));
  }

  @Get(':catalogue/versions/:version')
  @Reads({ summary: 'One version of a catalogue', answers: CatalogueContentAnswer })
  getCatalogueVersion(
    @Param('catalogue') catalogue: CatalogueId,
    @Param('version') version: string,
  ) {
    if (!/^\d{1,6}$/.test(version)) {
      refuse('catalogue.not_found', `There is no version ${version} of ${catalogue}.`);
    }
    return this.queries.execute(new GetCatalogue(catalogue, Number(version)));
  }
}
