/** Members who hold roles together. */
import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { RoleId, Scope, TeamId } from '#domain/ids.js';
import type { Organization } from '#domain/state.js';
import { AddTeamMember } from '#commands/add-team-member.js';
import { CreateTeam } from '#commands/create-team.js';
import { DeleteTeam } from '#commands/delete-team.js';
import { RemoveTeamMember } from '#commands/remove-team-member.js';
import { RenameTeam } from '#commands/rename-team.js';
import { SetTeamRoles } from '#commands/set-team-roles.js';
import { PageOf, pageOf, PageQuery, ReadQuery, RolesBody } from './bodies.js';
import { GetTeam, ListTeams } from '#queries/teams.js';
import { Desk } from './desk.js';
import { Asked, made, type Ask } from './exchange.js';
import { Field } from './fields.js';
import { EndedAnswer, optional, orGone, scopeOf, TeamAnswer, teamResource } from './resources.js';
import { Reading, ReadingDesk, type Reader } from './reading.js';
import { Reads, Writes } from './routes.js';

class CreateTeamBody {
  @Field.name({ example: 'Responders' }) readonly name!: string;
  @Field.spaceId({ optional: true, about: 'absent: a team of the whole organization' })
  readonly space?: string;
  @Field.text({ optional: true, example: 'okta:responders', about: 'the directory’s group' })
  readonly externalGroup?: string;
}
class RenameTeamBody {
  @Field.name({ example: 'First responders' }) readonly name!: string;
}

class TeamsQuery extends PageQuery {
  @Field.scope({ optional: true, about: 'of one space, or of the organization itself' })
  readonly scope?: string;
}
const TeamPage = PageOf(TeamAnswer);

@ApiTags('teams')
@Controller('organizations/:organization/teams')
export class TeamsController {
  constructor(
    private readonly desk: Desk,
    private readonly reading: ReadingDesk,
  ) {}

  @Get()
  @Reads({ summary: 'The teams, oldest first', answers: TeamPage })
  listTeams(@Query() query: TeamsQuery, @Reading() reader: Reader) {
    const { organization, atLeast } = reader;
    const scope = query.scope as Scope | undefined;
    const question = new ListTeams(organization, optional('scope', scope), pageOf(query), atLeast);
    const right = { operation: 'view_teams', ...optional('scope', scope) } as const;
    return this.reading.ask(reader, right, question);
  }

  @Get(':team')
  @Reads({ summary: 'One team; its members are listed by /members?team=', answers: TeamAnswer })
  getTeam(@Param('team') team: TeamId, @Query() _: ReadQuery, @Reading() reader: Reader) {
    const question = new GetTeam(reader.organization, team, reader.atLeast);
    const at = ({ scope }: { readonly scope: Scope }) => [scope];
    return this.reading.one(reader, { operation: 'view_teams' }, question, at);
  }

  @Post()
  @Writes({ summary: 'Add a team', answers: TeamAnswer, status: 201 })
  createTeam(@Body() { name, space, externalGroup }: CreateTeamBody, @Asked() ask: Ask) {
    const input = { name, scope: scopeOf(space), ...optional('externalGroup', externalGroup) };
    const command = new CreateTeam(ask.organization, input, ask.request);
    return this.desk.write(ask, command, (state, outcome) =>
      resource(state, made(outcome, 'team.create').team),
    );
  }

  @Patch(':team')
  @Writes({ summary: 'Rename a team', answers: TeamAnswer })
  renameTeam(@Body() { name }: RenameTeamBody, @Asked() ask: Ask) {
    const { organization, team, request } = ask;
    const command = new RenameTeam(organization, { team, name }, request);
    return this.desk.write(ask, command, (state) => resource(state, team));
  }

  @Delete(':team')
  @Writes({ summary: 'Delete it; its members lose its roles', answers: EndedAnswer })
  deleteTeam(@Asked() ask: Ask) {
    const { organization, team, request } = ask;
    const command = new DeleteTeam(organization, { team }, request);
    return this.desk.write(ask, command, (state) => resource(state, team));
  }

  @Put(':team/members/:member')
  @Writes({ summary: 'Add a member: gives every role of the team', answers: TeamAnswer })
  addTeamMember(@Asked() ask: Ask) {
    const { organization, team, member, request } = ask;
    const command = new AddTeamMember(organization, { team, member, source: 'direct' }, request);
    return this.desk.write(ask, command, (state) => resource(state, team));
  }

  @Delete(':team/members/:member')
  @Writes({ summary: 'Take a member out', answers: TeamAnswer })
  removeTeamMember(@Asked() ask: Ask) {
    const { organization, team, member, request } = ask;
    const input = { team, member, source: 'direct' } as const;
    const command = new RemoveTeamMember(organization, input, request);
    return this.desk.write(ask, command, (state) => resource(state, team));
  }

  @Put(':team/roles')
  @Writes({ summary: 'Set its roles at one scope', answers: TeamAnswer })
  setTeamRoles(@Body() { roles, space }: RolesBody, @Asked() ask: Ask) {
    const { organization, team, request } = ask;
    const input = { team, scope: scopeOf(space), roles: roles as readonly RoleId[] };
    const command = new SetTeamRoles(organization, input, request);
    return this.desk.write(ask, command, (state) => resource(state, team));
  }
}

const resource = ({ id, teams }: Organization, team: TeamId) =>
  orGone(id, team, teams.get(team), teamResource);
