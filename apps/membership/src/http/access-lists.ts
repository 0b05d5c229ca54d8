/** Who may do something, and where: the questions about access that are answered with a list. */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { OPERATIONS } from '#domain/catalogue.js';
import type { MemberId, OrganizationId, Permission, SpaceId } from '#domain/ids.js';
import type { HoldersQuestion } from '#access/holders.js';
import type { Principal } from '#access/questions.js';
import { ListHolders } from '#queries/access-holders.js';
import { MemberReach } from '#queries/access-reach.js';
import { ListWhereabouts } from '#queries/access-whereabouts.js';
import { readCommonMoment, readMoment } from '#queries/moments.js';
import { readAnyFreshness, readFreshness } from '#queries/revisions.js';
import { Authentication } from './authentication.js';
import { PageOf, pageOf, PageQuery } from './bodies.js';
import { Asker, type Caller } from './caller.js';
import { Field, ListOf } from './fields.js';
import { optional } from './resources.js';
import { Reads } from './routes.js';

const KINDS = ['member', 'service_account', 'api_key', 'user'] as const;
const A_PAGE_MAY_BE_SHORT =
  'A page may have fewer items than asked for, or none, and still a nextCursor: go on until there is none.';

const ANY_SPACE_IS =
  'organization, the id of a space, or any_space: wherever they hold nothing of their own';

class HoldersQuery extends PageQuery {
  @Field.organizationId() readonly organization!: string;
  @Field.spaceId({ optional: true, about: 'absent: at the organization itself' })
  readonly space?: string;
  @Field.permission({ example: 'spaces:view' }) readonly permission!: string;
  @Field.moment({ optional: true, about: 'as of this time, or this revision; absent: now' })
  readonly at?: string;
}
class WhereQuery extends PageQuery {
  @Field.principal({ about: 'mem_…, svc_…, key_…, usr_… or user:<subject>' })
  readonly principal!: string;
  @Field.permission({ example: 'spaces:view' }) readonly permission!: string;
  @Field.moment({
    optional: true,
    about: 'as of this time, or of this revision of any organization; absent: now',
  })
  readonly at?: string;
}
class HolderAnswer {
  @Field.oneOf(KINDS, { about: 'user: a person who holds it through the platform alone' })
  readonly kind!: string;
  @Field.principal() readonly id!: string;
}
class WhereAnswer {
  @Field.organizationId() readonly organization!: string;
  @Field.spaceId({ optional: true, about: 'absent: at the organization itself' })
  readonly space?: string;
  @Field.flag({
    optional: true,
    about: 'true: it can not be said whether, until this organization is repaired',
  })
  readonly quarantined?: true;
}
class ActAnswer {
  @Field.oneOf(OPERATIONS, { about: 'what lets them do it' }) readonly operation!: string;
  @Field.role({
    optional: true,
    about: 'absent: with manage_roles a role they define, of all that they have; else none',
  })
  readonly role?: string;
  @Field.text({ example: 'organization', about: ANY_SPACE_IS }) readonly scope!: string;
  @Field.instant({ optional: true }) readonly expiresAt?: string;
  @Field.principal({
    optional: true,
    about:
      'a member or service account that is there: with its key comes all it holds; once there is one, it can be given more',
  })
  readonly principal?: string;
}
class ReachAnswer {
  @Field.role() readonly role!: string;
  @Field.text({ example: 'organization', about: ANY_SPACE_IS }) readonly scope!: string;
  @Field.instant({ optional: true, about: 'no longer than this; absent: for good' })
  readonly expiresAt?: string;
  @ListOf.object(() => ActAnswer, {
    least: 1,
    most: 1000,
    about: 'the way there, none of it to be left out; the last gives the role',
  })
  readonly acts!: readonly ActAnswer[];
}
const ReachPage = PageOf(ReachAnswer);
const HolderPage = PageOf(HolderAnswer);
const WherePage = PageOf(WhereAnswer);

@ApiTags('access')
@Controller()
export class AccessListsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly authentication: Authentication,
  ) {}

  @Get('access/principals')
  @Reads({
    summary: 'Who may do this',
    description: `Members (of teams too), service accounts and API keys, by id. ${A_PAGE_MAY_BE_SHORT}`,
    answers: HolderPage,
  })
  listPrincipals(@Query() query: HoldersQuery, @Asker() { actor }: Caller) {
    const organization = query.organization as OrganizationId;
    const question: HoldersQuestion = {
      ...readFreshness(organization, query.atLeast),
      permission: query.permission as Permission,
      ...optional('space', query.space as SpaceId | undefined),
      ...(query.at === undefined ? {} : { at: readMoment(organization, query.at) }),
    };
    return this.queries.execute(new ListHolders(question, actor, pageOf(query)));
  }

  @Get('access/organizations')
  @Reads({
    summary: 'Where somebody may do this',
    description: `Organizations, each followed by its spaces. Anybody may ask about themselves; of a member, a service account or an API key who may read that where it belongs; else who may ask across organizations. ${A_PAGE_MAY_BE_SHORT}`,
    answers: WherePage,
  })
  listWhereabouts(@Query() query: WhereQuery, @Asker() { actor }: Caller) {
    const { principal: named, permission, atLeast, at } = query;
    const principal = named.startsWith('user:')
      ? this.authentication.person(named.slice('user:'.length)).user
      : (named as Principal);
    const question = {
      principal,
      permission: permission as Permission,
      ...(atLeast === undefined ? {} : { since: readAnyFreshness(atLeast) }),
      ...(at === undefined ? {} : { at: readCommonMoment(at) }),
    };
    return this.queries.execute(new ListWhereabouts(question, actor, pageOf(query)));
  }

  @Get('organizations/:organization/members/:member/reach')
  @Reads({
    summary: 'Which roles a member could reach',
    description:
      'By acts they are allowed to do, alone, with helpers to whom they give roles, or with keys of members and service accounts: the roles they do not hold, the shortest ways first.',
    answers: ReachPage,
  })
  listReach(
    @Param('organization') organization: OrganizationId,
    @Param('member') member: string,
    @Query() query: PageQuery,
    @Asker() { actor }: Caller,
  ) {
    const question = {
      ...readFreshness(organization, query.atLeast),
      member: member as MemberId,
    };
    return this.queries.execute(new MemberReach(question, actor, pageOf(query)));
  }
}
