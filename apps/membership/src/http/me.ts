/** What is about the caller. */
import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { ErasePerson } from '#commands/erase-person.js';
import { ListMemberships } from '#queries/list-memberships.js';
import { pageOf } from './bodies.js';
import { MembershipPage, MembershipsQuery } from './memberships.js';
import { Asker, personOf, type Caller } from './caller.js';
import { Desk } from './desk.js';
import { ErasuresAnswer, erasuresOf } from './erasures.js';
import { Asked, type Ask } from './exchange.js';
import { Field } from './fields.js';
import { optional } from './resources.js';
import { Reads, Writes } from './routes.js';

class MeAnswer {
  @Field.userId({ optional: true, about: 'absent: an API key that acts for no person' })
  readonly id?: string;
  @Field.text({ optional: true, example: 'auth0|ada' }) readonly subject?: string;
  @Field.text({ optional: true, example: 'https://id.example.com' }) readonly issuer?: string;
  @Field.email({ optional: true, about: 'only where the issuer has verified it' })
  readonly email?: string;
  @Field.name({ optional: true, example: 'Ada Lovelace' }) readonly name?: string;
  @Field.apiKeyId({ optional: true, about: 'the API key that was used' }) readonly key?: string;
  @Field.organizationId({ optional: true, about: 'the organization of that key' })
  readonly organization?: string;
  @Field.keyOwner({ optional: true, about: 'whose that key is: mem_…, svc_… or organization' })
  readonly owner?: string;
}

@ApiTags('me')
@Controller('me')
export class MeController {
  constructor(
    private readonly desk: Desk,
    private readonly queries: QueryBus,
  ) {}

  @Get('memberships')
  @Reads({ summary: 'Where the caller is a member', answers: MembershipPage })
  listMyMemberships(@Query() query: MembershipsQuery, @Asker() caller: Caller) {
    const { user } = personOf(caller);
    const filters = optional('status', query.status);
    return this.queries.execute(new ListMemberships(user, filters, pageOf(query)));
  }

  @Get()
  @Reads({ summary: 'Who the service takes the caller for', answers: MeAnswer })
  getMe(@Asker() { actor, person, home, owner }: Caller): MeAnswer {
    return {
      ...optional('id', person?.user),
      ...optional('subject', person?.subject),
      ...optional('issuer', person?.issuer),
      ...optional('email', person?.email),
      ...optional('name', person?.name),
      ...(actor.kind === 'api_key' ? { key: actor.id } : {}),
      ...optional('organization', home),
      ...optional('owner', owner),
    };
  }

  @Post('erase')
  @HttpCode(200)
  @Writes({
    summary: 'Forget the caller everywhere',
    description: 'An answer for each organization. Repeated, it goes on where it stopped.',
    answers: ErasuresAnswer,
  })
  eraseMe(@Asked() { caller, request }: Ask): Promise<ErasuresAnswer> {
    const { user, email } = personOf(caller);
    const input = { user, ...optional('email', email) };
    return erasuresOf(this.desk, new ErasePerson(input, request));
  }
}
