/** What organizations are founded on: public to everybody who has signed in. */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { Access } from '#access/access.js';
import { PLATFORM, type CatalogueId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { GetCatalogue, ListCatalogues } from '#queries/catalogues.js';
import { ListAdoptions } from '#queries/list-adoptions.js';
import { mapped } from '#queries/pages.js';
import { readAnyFreshness } from '#queries/revisions.js';
import { Adoptions } from '../adoptions.js';
import { PageOf, pageOf, PageQuery } from './bodies.js';
import { Asker, type Caller } from './caller.js';
import { Field, ListOf } from './fields.js';
import { Reads } from './routes.js';

class CatalogueAnswer {
  @Field.catalogue() readonly id!: string;
  @Field.name({ example: 'Mondoo' }) readonly name!: string;
  @Field.description({
    optional: true,
    example: 'Base roles for most people, specialized roles stacked on top',
  })
  readonly description?: string;
  @Field.integer(1, 1_000_000, { about: 'the newest' }) readonly version!: number;
  @Field.text({ example: 'c2…', about: 'SHA-256 of its content, hex' }) readonly sha256!: string;
  @ListOf.wholeNumber() readonly versions!: readonly number[];
}
const CataloguePage = PageOf(CatalogueAnswer);
class CatalogueContentAnswer {
  @Field.catalogue() readonly id!: string;
  @Field.integer(1, 1_000_000) readonly version!: number;
  @Field.text({ example: 'c2…' }) readonly sha256!: string;
  @Field.record({ additionalProperties: true, example: { id: 'mondoo' } }, () => undefined, {
    about: 'the catalogue as it was published',
  })
  readonly content!: object;
}

class AdoptionRefusalAnswer {
  @Field.text({ example: 'catalogue.remap_needed' }) readonly code!: string;
  @Field.text({ example: 'Version 2 has no role guest; name in remap what takes its place.' })
  readonly detail!: string;
}
class AdoptionAnswer {
  @Field.organizationId() readonly organization!: string;
  @Field.integer(1, 1_000_000, { about: 'the one it is on' }) readonly version!: number;
  @Field.integer(1, 1_000_000, { about: 'the newest' }) readonly latest!: number;
  @Field.oneOf(['manual', 'follow']) readonly adoption!: string;
  @Field.object(() => AdoptionRefusalAnswer, { optional: true, about: 'why it could not follow' })
  readonly refused?: AdoptionRefusalAnswer;
}
const AdoptionPage = PageOf(AdoptionAnswer);

@ApiTags('roles')
@Controller('catalogues')
export class CataloguesController {
  constructor(
    private readonly queries: QueryBus,
    private readonly access: Access,
    private readonly adoptions: Adoptions,
  ) {}

  @Get()
  @Reads({ summary: 'The catalogues', answers: CataloguePage })
  listCatalogues(@Query() query: PageQuery) {
    return this.queries.execute(new ListCatalogues(pageOf(query)));
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

  @Get(':catalogue/adoptions')
  @Reads({
    summary: 'Organizations behind the newest version of a catalogue, for platform members',
    answers: AdoptionPage,
  })
  async listAdoptions(
    @Param('catalogue') catalogue: CatalogueId,
    @Query() query: PageQuery,
    @Asker() { actor }: Caller,
  ) {
    // Who may ask; the rows are as of now.
    if (query.atLeast !== undefined) {
      await this.access.asOfAny(readAnyFreshness(query.atLeast), actor);
    }
    await this.access.mayRead(
      { organization: PLATFORM },
      { actor, operation: 'view_organization' },
    );
    const page = await this.queries.execute(new ListAdoptions(catalogue, pageOf(query)));
    return mapped(page, (row) => {
      const refusal = this.adoptions.refusal(row.organization);
      if (refusal === undefined) return row;
      return { ...row, refused: { code: refusal.code, detail: refusal.message } };
    });
  }
}
