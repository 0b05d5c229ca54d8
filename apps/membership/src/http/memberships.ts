/** One person across organizations. */
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { PLATFORM, type UserId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { Access } from '#access/access.js';
import { ErasePerson } from '#commands/erase-person.js';
import { ListMemberships } from '#queries/list-memberships.js';
import { readAnyFreshness } from '#queries/revisions.js';
import { Authentication } from './authentication.js';
import { PageOf, pageOf, PageQuery } from './bodies.js';
import { Asker, type Caller } from './caller.js';
import { Desk } from './desk.js';
import { ErasuresAnswer, erasuresOf } from './erasures.js';
import { Asked, type Ask } from './exchange.js';
import { Field, ListOf } from './fields.js';
import { GrantAnswer, optional } from './resources.js';
import { Reads, Writes } from './routes.js';

const STATUSES = ['active', 'inactive', 'removed'] as const;

const STATUS =
  'active and inactive ones where left out; an invitation is to an address, and nobody’s membership until it is accepted';

const QUARANTINED =
  'true: an event of this organization could not be applied, and this is as last known; its own reads answer 503 until it is repaired';

export class MembershipsQuery extends PageQuery {
  @Field.oneOf(STATUSES, { optional: true, about: STATUS })
  readonly status?: (typeof STATUSES)[number];
}
class MembershipAnswer {
  @Field.organizationId() readonly organization!: string;
  @Field.name() readonly organizationName!: string;
  @Field.oneOf(['active', 'suspended', 'deleted']) readonly organizationStatus!: string;
  @Field.catalogue() readonly catalogue!: string;
  @Field.memberId() readonly member!: string;
  @Field.oneOf(STATUSES) readonly status!: string;
  @Field.instant({ nullable: true }) readonly joinedAt!: string | null;
  @ListOf.object(() => GrantAnswer, { most: 1000 }) readonly grants!: readonly GrantAnswer[];
  @Field.revision() readonly revision!: string;
  @Field.flag({ optional: true, about: QUARANTINED }) readonly quarantined?: true;
}
export const MembershipPage = PageOf(MembershipAnswer);

const ADDRESS = 'of the person: invitations to it are forgotten too, wherever they are';

class ErasePersonBody {
  @Field.email({ optional: true, about: ADDRESS }) readonly email?: string;
}

@ApiTags('members')
@Controller('users')
export class MembershipsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly authentication: Authentication,
    private readonly access: Access,
    private readonly desk: Desk,
  ) {}

  @Get(':user/memberships')
  @Reads({
    summary: 'Where a person is a member',
    description: 'Of others: for platform members who may ask across organizations.',
    answers: MembershipPage,
  })
  async listMemberships(
    @Param('user') named: string,
    @Query() query: MembershipsQuery,
    @Asker() { actor, person }: Caller,
  ) {
    const user = this.#named(named);
    if (user !== person?.user) {
      // Who may ask; the rows are as of now.
      if (query.atLeast !== undefined) {
        await this.access.asOfAny(readAnyFreshness(query.atLeast), actor);
      }
      const right = { actor, operation: 'read_access' } as const;
      await this.access.mayRead({ organization: PLATFORM }, right);
    }
    const filters = optional('status', query.status);
    return this.queries.execute(new ListMemberships(user, filters, pageOf(query)));
  }

  @Post(':user/erase')
  @HttpCode(200)
  @Writes({
    summary: 'Forget a person everywhere, for platform members',
    description: 'An answer for each organization. Repeated, it goes on where it stopped.',
    answers: ErasuresAnswer,
  })
  erasePerson(
    @Param('user') named: string,
    @Body() { email }: ErasePersonBody,
    @Asked() { request }: Ask,
  ): Promise<ErasuresAnswer> {
    const input = { user: this.#named(named), ...optional('email', email) };
    return erasuresOf(this.desk, new ErasePerson(input, request));
  }

  #named(person: string): UserId {
    if (!/^(usr_|user:)./.test(person)) {
      refuse('request.invalid', 'Name the person by an id such as usr_…, or as user:<subject>.');
    }
    return person.startsWith('user:')
      ? this.authentication.person(person.slice('user:'.length)).user
      : (person as UserId);
  }
}
