/** Programs with roles. */
import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { RoleId, ServiceAccountId, SpaceId } from '#domain/ids.js';
import type { Organization } from '#domain/state.js';
import { ChangeServiceAccount } from '#commands/change-service-account.js';
import { ChangeServiceAccountRoles } from '#commands/change-service-account-roles.js';
import { CreateServiceAccount } from '#commands/create-service-account.js';
import { DeleteServiceAccount } from '#commands/delete-service-account.js';
import {
  PageOf,
  pageOf,
  PageQuery,
  ReadQuery,
  RolesBody,
  wantedGrants,
  WantedGrantBody,
} from './bodies.js';
import { GetServiceAccount, ListServiceAccounts } from '#queries/service-accounts.js';
import { Desk } from './desk.js';
import { Asked, made, type Ask } from './exchange.js';
import { Field, ListOf } from './fields.js';
import {
  EndedAnswer,
  optional,
  orGone,
  scopeOf,
  ServiceAccountAnswer,
  serviceAccountResource,
} from './resources.js';
import { atGrants, Reading, ReadingDesk, type Reader } from './reading.js';
import { Reads, Writes } from './routes.js';

class CreateServiceAccountBody {
  @Field.name({ example: 'nightly scans' }) readonly name!: string;
  @Field.description({ optional: true }) readonly description?: string;
  @ListOf.role({ optional: true, about: 'roles at one scope; or give grants', most: 50 })
  readonly roles?: readonly string[];
  @Field.spaceId({ optional: true }) readonly space?: string;
  @ListOf.object(() => WantedGrantBody, { optional: true, most: 50 })
  readonly grants?: readonly WantedGrantBody[];
}
class ChangeServiceAccountBody {
  @Field.name({ optional: true, example: 'weekly scans' }) readonly name?: string;
  @Field.description({ optional: true }) readonly description?: string;
}

class ServiceAccountsQuery extends PageQuery {
  @Field.spaceId({ optional: true, about: 'which hold a role there' }) readonly space?: string;
}
const ServiceAccountPage = PageOf(ServiceAccountAnswer);

@ApiTags('service accounts')
@Controller('organizations/:organization/service-accounts')
export class ServiceAccountsController {
  constructor(
    private readonly desk: Desk,
    private readonly reading: ReadingDesk,
  ) {}

  @Get()
  @Reads({ summary: 'The service accounts, oldest first', answers: ServiceAccountPage })
  listServiceAccounts(@Query() query: ServiceAccountsQuery, @Reading() reader: Reader) {
    const { organization, atLeast } = reader;
    const space = query.space as SpaceId | undefined;
    const filters = optional('space', space);
    const question = new ListServiceAccounts(organization, filters, pageOf(query), atLeast);
    const right = { operation: 'view_service_accounts', scope: scopeOf(space) } as const;
    return this.reading.ask(reader, right, question);
  }

  @Get(':account')
  @Reads({ summary: 'One service account', answers: ServiceAccountAnswer })
  getServiceAccount(
    @Param('account') account: ServiceAccountId,
    @Query() _: ReadQuery,
    @Reading() reader: Reader,
  ) {
    const question = new GetServiceAccount(reader.organization, account, reader.atLeast);
    const right = { operation: 'view_service_accounts', about: [account] } as const;
    return this.reading.one(reader, right, question, atGrants);
  }

  @Post()
  @Writes({ summary: 'Add a service account', answers: ServiceAccountAnswer, status: 201 })
  createServiceAccount(@Body() body: CreateServiceAccountBody, @Asked() ask: Ask) {
    const { name, description } = body;
    const input = { name, ...optional('description', description), grants: wantedGrants(body) };
    const command = new CreateServiceAccount(ask.organization, input, ask.request);
    return this.desk.write(ask, command, (state, outcome) =>
      resource(state, made(outcome, 'service_account.create').account),
    );
  }

  @Patch(':account')
  @Writes({ summary: 'Change its name or description', answers: ServiceAccountAnswer })
  updateServiceAccount(@Body() body: ChangeServiceAccountBody, @Asked() ask: Ask) {
    const { organization, account, request } = ask;
    const { name, description } = body;
    const input = { account, ...optional('name', name), ...optional('description', description) };
    const command = new ChangeServiceAccount(organization, input, request);
    return this.desk.write(ask, command, (state) => resource(state, account));
  }

  @Put(':account/roles')
  @Writes({ summary: 'Set its roles at one scope', answers: ServiceAccountAnswer })
  setServiceAccountRoles(@Body() { roles, space }: RolesBody, @Asked() ask: Ask) {
    const { organization, account, request } = ask;
    const wanted = { kind: 'set', roles: roles as readonly RoleId[] } as const;
    const input = { account, scope: scopeOf(space), wanted };
    const command = new ChangeServiceAccountRoles(organization, input, request);
    return this.desk.write(ask, command, (state) => resource(state, account));
  }

  @Delete(':account')
  @Writes({ summary: 'Delete it; its keys stop at once', answers: EndedAnswer })
  deleteServiceAccount(@Asked() ask: Ask) {
    const { organization, account, request } = ask;
    const command = new DeleteServiceAccount(organization, { account }, request);
    return this.desk.write(ask, command, (state) => resource(state, account));
  }
}

const resource = ({ id, serviceAccounts }: Organization, account: ServiceAccountId) =>
  orGone(id, account, serviceAccounts.get(account), serviceAccountResource);
