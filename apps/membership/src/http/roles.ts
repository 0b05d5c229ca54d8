/** Roles an organization makes for itself. */
import { Body, Controller, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Permission, RoleId } from '#domain/ids.js';
import type { Organization } from '#domain/state.js';
import { ChangeRole } from '#commands/change-role.js';
import { DefineRole } from '#commands/define-role.js';
import { RetireRole } from '#commands/retire-role.js';
import { Desk } from './desk.js';
import { Asked, made, type Ask } from './exchange.js';
import { Field, ListOf } from './fields.js';
import { CustomRoleAnswer, customRoleResource, optional, orGone } from './resources.js';
import { Writes } from './routes.js';

class DefineRoleBody {
  @Field.name({ example: 'Auditor' }) readonly name!: string;
  @Field.description({ optional: true }) readonly description?: string;
  @ListOf.oneOf(['organization', 'space'], { least: 1, most: 2 })
  readonly scopes!: readonly ('organization' | 'space')[];
  @ListOf.permission({ least: 1, most: 5000, about: 'none that the caller lacks' })
  readonly permissions!: readonly string[];
}
class ChangeRoleBody {
  @Field.name({ optional: true, example: 'Auditor' }) readonly name?: string;
  @Field.description({ optional: true }) readonly description?: string;
  @ListOf.permission({ optional: true, least: 1, most: 5000 })
  readonly permissions?: readonly string[];
}
class RetireRoleBody {
  @Field.role({ optional: true, about: 'what everybody who has it has from then on' })
  readonly remapTo?: string;
}

@ApiTags('roles')
@Controller('organizations/:organization/roles')
export class CustomRolesController {
  constructor(private readonly desk: Desk) {}

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
  @Writes({ summary: 'End a role', answers: CustomRoleAnswer })
  retireRole(@Body() { remapTo }: RetireRoleBody, @Asked() ask: Ask) {
    const { organization, role, request } = ask;
    const input = { role, ...optional('remapTo', remapTo as RoleId | undefined) };
    const command = new RetireRole(organization, input, request);
    return this.desk.write(ask, command, (state) => resource(state, role));
  }
}

const resource = ({ id, customRoles }: Organization, role: RoleId) =>
  orGone(id, role, customRoles.get(role), customRoleResource, 'retired');
