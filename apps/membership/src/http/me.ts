/** What is about the caller. */
import { Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { ErasePerson, type Erasure } from '#commands/erase-person.js';
import { ListMemberships } from '#queries/list-memberships.js';
import { pageOf } from './bodies.js';
import { MembershipPage, MembershipsQuery } from './memberships.js';
import { Asker, personOf, type Caller } from './caller.js';
import { Desk, previewed } from './desk.js';
import { Asked, type Ask } from './exchange.js';
import { Field, ListOf } from './fields.js';
import { PermissionChangeAnswer, PreviewedEventAnswer } from './preview-answers.js';
import { optional } from './resources.js';
import { writeRevision } from '#queries/revisions.js';
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
}
class ErasureAnswer {
  @Field.organizationId() readonly organization!: string;
  @Field.oneOf(['erased', 'would_be_erased', 'refused']) readonly status!: string;
  @Field.text({ optional: true, example: 'member.last_holder' }) readonly code?: string;
  @Field.text({ optional: true }) readonly detail?: string;
  @ListOf.object(() => PreviewedEventAnswer, { optional: true, about: 'of a dry run' })
  readonly events?: readonly object[];
  @ListOf.object(() => PermissionChangeAnswer, { optional: true, about: 'of a dry run' })
  readonly permissionChanges?: readonly PermissionChangeAnswer[];
  @Field.revision({ optional: true }) readonly revision?: string;
}
class ErasuresAnswer {
  @ListOf.object(() => ErasureAnswer, { most: 100_000 })
  readonly results!: readonly ErasureAnswer[];
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
  getMe(@Asker() { actor, person, home }: Caller): MeAnswer {
    return {
      ...optional('id', person?.user),
      ...optional('subject', person?.subject),
      ...optional('issuer', person?.issuer),
      ...optional('email', person?.email),
      ...optional('name', person?.name),
      ...(actor.kind === 'api_key' ? { key: actor.id } : {}),
      ...optional('organization', home),
    };
  }

  @Post('erase')
  @HttpCode(200)
  @Writes({
    summary: 'Forget the caller everywhere',
    description: 'An answer for each organization. Repeated, it goes on where it stopped.',
    answers: ErasuresAnswer,
  })
  async eraseMe(@Asked() { caller, request }: Ask): Promise<ErasuresAnswer> {
    const { user, email } = personOf(caller);
    const input = { user, ...optional('email', email) };
    const erasures = await this.desk.execute(new ErasePerson(input, request));
    for (const one of erasures) {
      if ('outcome' in one) this.desk.acknowledge(one.organization, one.outcome.revision);
    }
    return { results: erasures.map(erasureAnswer) };
  }
}

const erasureAnswer = (erasure: Erasure): ErasureAnswer => {
  const { organization } = erasure;
  if ('refusal' in erasure) {
    const { code, message: detail } = erasure.refusal;
    return { organization, status: 'refused', code, detail };
  }
  const { dryRun } = erasure.outcome;
  const revision = writeRevision(organization, erasure.outcome.revision);
  if (dryRun === undefined) return { organization, status: 'erased', revision };
  const { events, permissionChanges } = previewed(dryRun);
  return { organization, status: 'would_be_erased', events, permissionChanges, revision };
};
