/** Who is in an organization, with which roles. */
import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Instant, MemberId, RoleId, Scope, SpaceId, TeamId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { Organization } from '#domain/state.js';
import { ChangeProfile } from '#commands/change-profile.js';
import { ChangeRoles } from '#commands/change-roles.js';
import { DeactivateMember } from '#commands/deactivate-member.js';
import { EraseMember } from '#commands/erase-member.js';
import { LeaveOrganization } from '#commands/leave-organization.js';
import { ReactivateMember } from '#commands/reactivate-member.js';
import { RemoveMember } from '#commands/remove-member.js';
import { TransferOwnership } from '#commands/transfer-ownership.js';
import { PageOf, pageOf, PageQuery, ReadQuery, RolesBody } from './bodies.js';
import { personOf } from './caller.js';
import { GetMember } from '#queries/get-member.js';
import type { MemberRow } from '#queries/members.js';
import { ListMembers } from '#queries/list-members.js';
import { Desk } from './desk.js';
import { Asked, type Ask } from './exchange.js';
import { Field, ListOf } from './fields.js';
import { MemberAnswer } from './member-answers.js';
import { memberResource, optional, scopeOf } from './resources.js';
import { atGrants, atTeams, Reading, ReadingDesk, type Reader } from './reading.js';
import { Reads, Writes } from './routes.js';

class ProfileBody {
  @Field.name({ nullable: true, example: 'Ada Lovelace', about: 'null takes it away' })
  readonly name!: string | null;
}
const FROM_THEN =
  'in force from then on; absent: at once. What it takes the place of is held until then where it is added, too, with this as its expiresAt';

class AddedRoleBody {
  @Field.role() readonly role!: string;
  @Field.instant({ optional: true, about: FROM_THEN }) readonly notBefore?: string;
  @Field.instant({ optional: true }) readonly expiresAt?: string;
}
class ChangeRolesBody {
  @ListOf.object(() => AddedRoleBody, { optional: true, most: 50 })
  readonly add?: readonly AddedRoleBody[];
  @ListOf.role({ optional: true, most: 50 }) readonly remove?: readonly string[];
  @Field.spaceId({ optional: true, about: 'absent: the whole organization' })
  readonly space?: string;
}
class RemoveQuery {
  @Field.spaceId({ optional: true, about: 'only what is held directly there' })
  readonly space?: string;
  @Field.truth({ optional: true, about: 'say what would happen and write nothing' })
  readonly dryRun?: boolean;
}
class TransferBody {
  @Field.memberId({ about: 'who is to have it' }) readonly to!: string;
  @Field.role({ about: 'what the one who gives it has from then on' }) readonly demoteTo!: string;
}

const STATUSES = ['invited', 'active', 'inactive', 'removed'] as const;
class MembersQuery extends PageQuery {
  @Field.oneOf(STATUSES, { optional: true }) readonly status?: (typeof STATUSES)[number];
  @Field.role({ optional: true, about: 'who holds this role directly' }) readonly role?: string;
  @Field.spaceId({ optional: true, about: 'who holds a role there directly' })
  readonly space?: string;
  @Field.teamId({ optional: true }) readonly team?: string;
  @Field.text({ optional: true, example: 'ada', about: 'part of the name or address' })
  readonly q?: string;
}
const MemberPage = PageOf(MemberAnswer);

@ApiTags('members')
@Controller('organizations/:organization')
export class MembersController {
  constructor(
    private readonly desk: Desk,
    private readonly reading: ReadingDesk,
  ) {}

  @Get('members')
  @Reads({ summary: 'The members, oldest first', answers: MemberPage })
  listMembers(@Query() query: MembersQuery, @Reading() reader: Reader) {
    const { status, q } = query;
    const space = query.space as SpaceId | undefined;
    const team = query.team as TeamId | undefined;
    const filters = {
      ...optional('status', status),
      ...optional('role', query.role as RoleId | undefined),
      ...optional('space', space),
      ...optional('team', team),
      ...optional('q', q),
    };
    const { organization, atLeast } = reader;
    const question = new ListMembers(organization, filters, pageOf(query), atLeast);
    return this.reading.ask(reader, rightTo(space, team), question);
  }

  @Get('members/:member')
  @Reads({ summary: 'One member, whatever its status', answers: MemberAnswer })
  getMember(@Param('member') member: MemberId, @Query() _: ReadQuery, @Reading() reader: Reader) {
    const question = new GetMember(reader.organization, member, reader.atLeast);
    const right = { operation: 'view_members', about: [member] } as const;
    return this.reading.one(reader, right, question, atScopes);
  }

  @Patch('members/:member')
  @Writes({ summary: 'Change a member’s name', answers: MemberAnswer })
  updateMember(@Body() { name }: ProfileBody, @Asked() ask: Ask) {
    const { organization, member, request } = ask;
    const command = new ChangeProfile(organization, { member, name }, request);
    return this.desk.write(ask, command, (state) => ({ ...memberResource(state, member), name }));
  }

  @Put('members/:member/roles')
  @Writes({ summary: 'Set every role at one scope', answers: MemberAnswer })
  setRoles(@Body() { roles, space }: RolesBody, @Asked() ask: Ask) {
    const { organization, member, request } = ask;
    const wanted = { kind: 'set', roles: roles as readonly RoleId[] } as const;
    const input = { member, scope: scopeOf(space), wanted };
    const command = new ChangeRoles(organization, input, request);
    return this.desk.write(ask, command, (state) => memberResource(state, member));
  }

  @Patch('members/:member/roles')
  @Writes({ summary: 'Add and remove roles at one scope', answers: MemberAnswer })
  changeRoles(@Body() body: ChangeRolesBody, @Asked() ask: Ask) {
    const { organization, member, request } = ask;
    const { add = [], remove = [], space } = body;
    const added = add.map(({ role, notBefore, expiresAt }) => ({
      role: role as RoleId,
      ...optional('notBefore', notBefore as Instant | undefined),
      ...optional('expiresAt', expiresAt as Instant | undefined),
    }));
    const wanted = { kind: 'change', add: added, remove: remove as readonly RoleId[] } as const;
    const input = { member, scope: scopeOf(space), wanted };
    const command = new ChangeRoles(organization, input, request);
    return this.desk.write(ask, command, (state) => memberResource(state, member));
  }

  @Post('members/:member/deactivate')
  @Writes({ summary: 'Block every permission and key at once', answers: MemberAnswer })
  deactivateMember(@Asked() ask: Ask) {
    const { organization, member, request } = ask;
    const command = new DeactivateMember(organization, { member, cause: 'direct' }, request);
    return this.desk.write(ask, command, (state) => memberResource(state, member));
  }

  @Post('members/:member/reactivate')
  @Writes({ summary: 'Give everything back', answers: MemberAnswer })
  reactivateMember(@Asked() ask: Ask) {
    const { organization, member, request } = ask;
    const command = new ReactivateMember(organization, { member, cause: 'direct' }, request);
    return this.desk.write(ask, command, (state) => memberResource(state, member));
  }

  @Post('members/:member/erase')
  @Writes({ summary: 'Forget the person in this organization', answers: MemberAnswer })
  eraseMember(@Asked() ask: Ask) {
    const { organization, member, request } = ask;
    const command = new EraseMember(organization, { member }, request);
    return this.desk.write(ask, command, (state) => memberResource(state, member));
  }

  @Delete('members/:member')
  @Writes({ summary: 'End the membership, or what is held at one space', answers: MemberAnswer })
  removeMember(
    @Param('member') member: MemberId,
    @Query() { space }: RemoveQuery,
    @Asked(['space']) ask: Ask,
  ) {
    const input = { member, scope: scopeOf(space), reason: 'removed' } as const;
    const command = new RemoveMember(ask.organization, input, ask.request);
    return this.desk.write(ask, command, (state) => memberResource(state, member));
  }

  @Post('leave')
  @Writes({ summary: 'End one’s own membership', answers: MemberAnswer })
  async leaveOrganization(@Asked() ask: Ask) {
    const { user } = personOf(ask.caller);
    const before = await this.desk.memberOf(ask);
    const command = new LeaveOrganization(ask.organization, {}, ask.request);
    return this.desk.write(ask, command, (state, { events }) => {
      const gone = events.flatMap(({ event }) => ('member' in event ? [event.member] : []))[0];
      const id = gone ?? before ?? state.memberByUser.get(user);
      return id === undefined
        ? { organization: state.id, status: 'removed' }
        : memberResource(state, id);
    });
  }

  @Post('ownership-transfer')
  @Writes({ summary: 'Pass the protected role on', answers: MemberAnswer })
  transferOwnership(@Body() { to, demoteTo }: TransferBody, @Asked() ask: Ask) {
    const input = { to: to as MemberId, demoteTo: demoteTo as RoleId };
    if (ask.caller.person === undefined) {
      refuse('permission.denied', 'Only a member who holds the role can pass it on.');
    }
    const command = new TransferOwnership(ask.organization, input, ask.request);
    return this.desk.write(ask, command, (state) => memberResource(state, input.to));
  }
}

/** Where a member is: at the scopes of what it holds itself, and of the teams it is in. */
const atScopes = (member: Pick<MemberRow, 'grants' | 'teams'>, there: Organization): Scope[] => [
  ...atGrants(member),
  ...atTeams(
    member.teams.map(({ team }) => team),
    there,
  ),
];

/** Who is in a team is for whoever may see the team, where the team is. */
const rightTo = (space: SpaceId | undefined, team: TeamId | undefined) =>
  team === undefined
    ? ({ operation: 'view_members', scope: scopeOf(space) } as const)
    : ({
        operation: 'view_teams',
        scopes: ({ teams }: Organization) => [teams.get(team)?.scope ?? 'organization'],
      } as const);
