/** Tenants. */
import { Body, Controller, Delete, Get, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { CatalogueId, OrganizationId, ReasonCode, RoleId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { AdoptCatalogue } from '#commands/adopt-catalogue.js';
import { ChangeOrganization } from '#commands/change-organization.js';
import { CreateOrganization } from '#commands/create-organization.js';
import { DeleteOrganization } from '#commands/delete-organization.js';
import { ResumeOrganization } from '#commands/resume-organization.js';
import { SuspendOrganization } from '#commands/suspend-organization.js';
import { Asked, type Ask } from './exchange.js';
import { Configuration } from '../config.js';
import { GetOrganization } from '#queries/get-organization.js';
import { ReadQuery } from './bodies.js';
import { Desk } from './desk.js';
import { Field } from './fields.js';
import { Founders } from './founders.js';
import { PolicyChangesBody, policyChanges, presentPolicies } from './policies.js';
import { optional, OrganizationAnswer, organizationResource } from './resources.js';
import { Reading, ReadingDesk, type Reader } from './reading.js';
import { Reads, Writes } from './routes.js';

class FounderBody {
  @Field.text({ example: 'auth0|ada', about: 'the subject the founder signs in with' })
  readonly subject!: string;
  @Field.email({ optional: true }) readonly email?: string;
  @Field.name({ optional: true, example: 'Ada Lovelace' }) readonly name?: string;
}
class CreateOrganizationBody {
  @Field.organizationId({ optional: true, about: 'made up where left out' }) readonly id?: string;
  @Field.name() readonly name!: string;
  @Field.catalogue() readonly catalogue!: string;
  @Field.object(() => FounderBody, { optional: true, about: 'somebody else: for the platform' })
  readonly founder?: FounderBody;
}
class ChangeOrganizationBody {
  @Field.name({ optional: true }) readonly name?: string;
  @Field.object(() => PolicyChangesBody, { optional: true, about: 'null: the catalogue’s value' })
  readonly policies?: PolicyChangesBody;
}
class SuspendBody {
  @Field.reasonCode({ optional: true }) readonly reason?: string;
}
class AdoptCatalogueBody {
  @Field.integer(1, 1_000_000) readonly version!: number;
  @Field.record(
    { additionalProperties: { type: 'string' }, example: { analyst: 'reader' } },
    (value) =>
      Object.values(value).every((one) => typeof one === 'string') ? undefined : 'maps ids to ids',
    { optional: true, about: 'role of the old version → role that takes its place' },
  )
  readonly remap?: { readonly [role: string]: string };
  @Field.flag({ optional: true, about: 'as ?dryRun=true' }) readonly dryRun?: boolean;
}

@ApiTags('organizations')
@Controller('organizations')
export class OrganizationsController {
  constructor(
    private readonly desk: Desk,
    private readonly reading: ReadingDesk,
    private readonly founders: Founders,
    private readonly configuration: Configuration,
  ) {}

  @Post()
  @Writes({ summary: 'Found an organization', answers: OrganizationAnswer, status: 201 })
  async createOrganization(@Body() body: CreateOrganizationBody, @Asked() ask: Ask) {
    const { id, name, catalogue } = body;
    const input = {
      ...optional('id', id as OrganizationId | undefined),
      name,
      catalogue: catalogue as CatalogueId,
      founder: this.founders.founder(ask.caller, body.founder),
      creation: this.configuration.value.ORGANIZATION_CREATION,
    };
    const outcome = await this.desk.execute(new CreateOrganization(input, ask.request));
    this.desk.acknowledge(outcome.organization, outcome.revision);
    return this.desk.answer(ask, outcome.organization, outcome, organizationResource);
  }

  @Get(':organization')
  @Reads({ summary: 'One organization', answers: OrganizationAnswer })
  async getOrganization(@Query() _: ReadQuery, @Reading() reader: Reader) {
    const question = new GetOrganization(reader.organization, reader.atLeast);
    // It is seen from each of its spaces, where the catalogue lets it be.
    const right = { operation: 'view_organization' } as const;
    const row = await this.reading.one(reader, right, question, (_, { spaces }) => spaces.keys());
    return { ...row, policies: presentPolicies(row.policies) };
  }

  @Patch(':organization')
  @Writes({ summary: 'Rename, or change policies', answers: OrganizationAnswer })
  updateOrganization(@Body() { name, policies }: ChangeOrganizationBody, @Asked() ask: Ask) {
    if (name === undefined && policies === undefined) {
      refuse('request.invalid', 'Give a name, or policies.');
    }
    const changes = policies === undefined ? undefined : policyChanges(policies);
    const input = { ...optional('name', name), ...optional('changes', changes) };
    const command = new ChangeOrganization(ask.organization, input, ask.request);
    return this.desk.write(ask, command, organizationResource);
  }

  @Delete(':organization')
  @Writes({ summary: 'Delete for good; its history stays', answers: OrganizationAnswer })
  deleteOrganization(@Asked() ask: Ask) {
    const command = new DeleteOrganization(ask.organization, {}, ask.request);
    return this.desk.write(ask, command, organizationResource);
  }

  @Post(':organization/suspend')
  @Writes({ summary: 'No permission is effective until resumed', answers: OrganizationAnswer })
  suspendOrganization(@Body() body: SuspendBody, @Asked() ask: Ask) {
    const input = optional('reason', body.reason as ReasonCode | undefined);
    const command = new SuspendOrganization(ask.organization, input, ask.request);
    return this.desk.write(ask, command, organizationResource);
  }

  @Post(':organization/resume')
  @Writes({ summary: 'End a suspension', answers: OrganizationAnswer })
  resumeOrganization(@Asked() ask: Ask) {
    const command = new ResumeOrganization(ask.organization, {}, ask.request);
    return this.desk.write(ask, command, organizationResource);
  }

  @Post(':organization/catalogue')
  @Writes({ summary: 'Adopt a version of the catalogue', answers: OrganizationAnswer })
  adoptCatalogue(@Body() body: AdoptCatalogueBody, @Asked() ask: Ask) {
    const { version, remap = {}, dryRun } = body;
    const input = { version, remap: remap as { readonly [role: string]: RoleId } };
    const request = dryRun === true ? { ...ask.request, dryRun } : ask.request;
    const command = new AdoptCatalogue(ask.organization, input, request);
    return this.desk.write(ask, command, organizationResource);
  }
}
