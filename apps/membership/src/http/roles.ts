/** Roles an organization makes for itself. */
import { Body, Controller, Get, Patch, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { isAssignable } from '#domain/decide/assignable.js';
import { PLATFORM, type CatalogueId, type Permission, type RoleId } from '#domain/ids.js';
import { findRole, rightsOf } from '#domain/permissions.js';
import type { Organization } from '#domain/state.js';
import { ChangeRole } from '#commands/change-role.js';
import { DefineRole } from '#commands/define-role.js';
import { RetireRole } from '#commands/retire-role.js';
import { Transactor } from '#commands/transact.js';
import { ListRoles } from '#queries/list-roles.js';
import { PageOf, pageOf, PageQuery } from './bodies.js';
import { Desk } from './desk.js';
import { Asked, made, type Ask } from './exchange.js';
import { Field, ListOf } from './fields.js';
import {
  EndedAnswer,
  CustomRoleAnswer,
  customRoleResource,
  optional,
  orGone,
} from './resources.js';
import { Reading, ReadingDesk, type Reader } from './reading.js';
import { Reads, Writes } from './routes.js';

class DefineRoleBody {
  @Field.name({ example: 'Auditor' }) readonly name!: string;
  @Field.description({ optional: true, example: 'Looks, and changes nothing' })
  readonly description?: string;
  @ListOf.oneOf(['organization', 'space'], { least: 1, most: 2 })
  readonly scopes!: readonly ('organization' | 'space')[];
  @ListOf.permission({ least: 1, most: 5000, about: 'none that the caller lacks' })
  readonly permissions!: readonly string[];
}
class ChangeRoleBody {
  @Field.name({ optional: true, example: 'Auditor' }) readonly name?: string;
  @Field.description({ optional: true, example: 'Looks, and changes nothing' })
  readonly description?: string;
  @ListOf.permission({ optional: true, least: 1, most: 5000 })
  readonly permissions?: readonly string[];
}
class RetireRoleBody {
  @Field.role({ optional: true, about: 'what everybody who has it has from then on' })
  readonly remapTo?: string;
}

class RoleAnswer {
  @Field.role() readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.name({ example: 'Editor' }) readonly name!: string;
  @Field.oneOf(['base', 'specialized', 'service_account', 'implicit', 'custom'])
  readonly kind!: string;
  @Field.text({ example: 'Reads and changes everything' }) readonly description!: string;
  @ListOf.oneOf(['organization', 'space', 'platform']) readonly scopes!: readonly string[];
  @ListOf.permission({ most: 5000 }) readonly permissions!: readonly string[];
  @Field.flag({ optional: true, about: 'may the caller give it?' }) readonly assignable?: boolean;
  @Field.revision() readonly revision!: string;
}
const RolePage = PageOf(RoleAnswer);

@ApiTags('roles')
@Controller('organizations/:organization/roles')
export class CustomRolesController {
  constructor(
    private readonly desk: Desk,
    private readonly reading: ReadingDesk,
    private readonly transactor: Transactor,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Reads({ summary: 'The catalogue’s roles and its own', answers: RolePage })
  async listRoles(@Query() query: PageQuery, @Reading() reader: Reader) {
    const { organization, atLeast } = reader;
    // They are the organization's, and are held at its spaces too.
    await this.reading.where(reader, { operation: 'view_roles' });
    const mayGive = await this.#assignable(reader);
    const question = new ListRoles(organization, mayGive, pageOf(query), atLeast);
    return this.queries.execute(question);
  }

  /** Whether the caller may give a role, anywhere in the organization. */
  async #assignable({ organization, actor }: Reader): Promise<(role: RoleId) => boolean> {
    const { catalogues, clock } = this.transactor.ports;
    const state = await this.transactor.latest(organization);
    const platform = await this.transactor.latest(PLATFORM);
    const catalogueOf = ({ catalogue: { id, version } }: Organization) =>
      catalogues.get(id, version);
    const catalogue = catalogueOf(state);
    const power = catalogueOf(platform) ?? catalogues.latest(PLATFORM as string as CatalogueId);
    if (catalogue === undefined || power === undefined) return () => false;
    const there = { organization: platform, catalogue: power };
    const now = clock.now();
    const rights = rightsOf(state, catalogue, there, actor, now);
    return (id) => {
      const role = findRole(state, catalogue, id);
      return role !== undefined && isAssignable(state, { catalogue, now }, rights, role);
    };
  }

  @Post()
  @Writes({ summary: 'Define a role', answers: CustomRoleAnswer, status: 201 })
  defineRole(@Body() body: DefineRoleBody, @Asked() ask: Ask) {
    const { name, description, scopes } = body;
    const permissions = body.permissions as readonly Permission[];
    const input = { name, ...optional('description', description), scopes, permissions };
    const command = new DefineRole(ask.organization, input, ask.request);
    return this.desk.write(ask, command, (state, outcome) =>
      resource(state, made(outcome, 'role.define').role),
    );
  }

  @Patch(':role')
  @Writes({ summary: 'Change a role: acts on everybody who has it', answers: CustomRoleAnswer })
  changeRole(@Body() body: ChangeRoleBody, @Asked() ask: Ask) {
    const { organization, role, request } = ask;
    const input = {
      role,
      ...optional('name', body.name),
      ...optional('description', body.description),
      ...optional('permissions', body.permissions as readonly Permission[] | undefined),
    };
    const command = new ChangeRole(organization, input, request);
    return this.desk.write(ask, command, (state) => resource(state, role));
  }

  @Post(':role/retire')
  @Writes({ summary: 'End a role', answers: EndedAnswer })
  retireRole(@Body() { remapTo }: RetireRoleBody, @Asked() ask: Ask) {
    const { organization, role, request } = ask;
    const input = { role, ...optional('remapTo', remapTo as RoleId | undefined) };
    const command = new RetireRole(organization, input, request);
    return this.desk.write(ask, command, (state) => resource(state, role));
  }
}

const resource = ({ id, customRoles }: Organization, role: RoleId) =>
  orGone(id, role, customRoles.get(role), customRoleResource, 'retired');
