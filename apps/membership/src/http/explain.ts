/** Why somebody may do something, or what would let them. */
import { Body, Controller, Post } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { ActorFact } from '#domain/events.js';
import { GRANT_SOURCES } from '#domain/state.js';
import type { Explanation, GrantBehind, Ground } from '#access/explain.js';
import { ExplainAccess } from '#queries/access-explain.js';
import { writeRevision } from '#queries/revisions.js';
import { CheckAnswer, CheckBody, questionOf } from './access.js';
import { Authentication } from './authentication.js';
import { Asker, type Caller } from './caller.js';
import { sampleId } from './examples.js';
import { Field, ListOf } from './fields.js';
import { Reads } from './routes.js';

const SOURCES = [...GRANT_SOURCES, 'platform'] as const;

class GroundAnswer {
  @Field.text({ example: '0b5f1c2e-6d0a-8c3b-9a51-7d2f4e6a8b90' }) readonly id!: string;
  @Field.organizationId({ about: 'whose event it is: `platform` for what the platform gives' })
  readonly organization!: string;
  @Field.revision({ about: 'right after this event' }) readonly revision!: string;
  @Field.text({ example: 'member.role_change' }) readonly type!: string;
  @Field.instant() readonly at!: string;
}
class GrantorAnswer {
  @Field.oneOf(['user', 'service_account', 'api_key', 'link', 'system']) readonly kind!: string;
  @Field.text({ example: sampleId('usr') }) readonly id!: string;
  @Field.memberId({ optional: true, about: 'the member whose rights were used' })
  readonly member?: string;
  @Field.userId({ optional: true }) readonly actingFor?: string;
}
class GrantBehindAnswer {
  @Field.role({ about: 'the role that has the permission' }) readonly role!: string;
  @Field.scope() readonly scope!: string;
  @Field.oneOf(SOURCES) readonly source!: string;
  @Field.permission({ optional: true, about: 'the power over all organizations that it is' })
  readonly power?: string;
  @Field.text({
    optional: true,
    example: sampleId('grant'),
    about: 'absent where every member has it; of an implicit role, what gives access to the scope',
  })
  readonly grant?: string;
  @Field.teamId({ optional: true }) readonly team?: string;
  @Field.instant({ optional: true }) readonly notBefore?: string;
  @Field.instant({ optional: true }) readonly expiresAt?: string;
  @Field.object(() => GrantorAnswer, {
    optional: true,
    about: 'of an invitation, who sent it last; what the platform gave, it shows to its own',
  })
  readonly grantedBy?: GrantorAnswer;
  @Field.instant({ optional: true }) readonly grantedAt?: string;
  @ListOf.object(() => GroundAnswer, { about: 'what it rests on, with places in teams' })
  readonly events!: readonly GroundAnswer[];
}
class RoleAtScopeAnswer {
  @Field.role() readonly role!: string;
  @Field.scope() readonly scope!: string;
}
class MayGiveAnswer {
  @ListOf.object(() => RoleAtScopeAnswer, { about: 'each alone is enough' })
  readonly roles!: readonly RoleAtScopeAnswer[];
  @ListOf.memberId({
    optional: true,
    about: 'the first of those who may; absent for whoever may not see members',
  })
  readonly members?: readonly string[];
  @Field.integer(0, 1000, { optional: true, about: 'how many may' }) readonly count?: number;
  @Field.flag({ optional: true, about: 'there may be more than were looked at' })
  readonly more?: boolean;
}
export class MissingAnswer extends RoleAtScopeAnswer {
  @Field.text({ example: sampleId('mem'), about: 'the member or service account to give it to' })
  readonly holder!: string;
  @ListOf.text({ about: 'grants whose place it takes, where one role is all there can be' })
  readonly replaces!: readonly string[];
  @Field.object(() => MayGiveAnswer) readonly mayGive!: MayGiveAnswer;
}
class ExplainAnswer extends CheckAnswer {
  @Field.instant({ about: 'what the times of grants were compared with' }) readonly at!: string;
  @ListOf.object(() => GrantBehindAnswer, { most: 10_000, about: 'each alone allows it' })
  readonly grants!: readonly GrantBehindAnswer[];
  @ListOf.object(() => MissingAnswer, {
    most: 10_000,
    about: 'the smallest grants that would allow it, each alone; the smallest first',
  })
  readonly missing!: readonly MissingAnswer[];
  @ListOf.object(() => GroundAnswer, { about: 'the making of the API key it was asked about' })
  readonly key!: readonly GroundAnswer[];
  @ListOf.object(() => GroundAnswer, {
    about: 'what deactivated or deleted the space, where that is why; none of one that never was',
  })
  readonly space!: readonly GroundAnswer[];
}

@ApiTags('access')
@Controller()
export class ExplainController {
  constructor(
    private readonly queries: QueryBus,
    private readonly authentication: Authentication,
  ) {}

  @Post('access/explain')
  @Reads({ summary: 'Why may this principal do this, or not?', answers: ExplainAnswer })
  async explainAccess(@Body() body: CheckBody, @Asker() { actor }: Caller): Promise<ExplainAnswer> {
    const question = questionOf(body, this.authentication);
    const told = await this.queries.execute(new ExplainAccess(question, actor));
    const { allowed, reason, at, grants, missing, key, space }: Explanation = told;
    const revision = writeRevision(question.organization, told.revision);
    return {
      allowed,
      reason,
      revision,
      at,
      grants: grants.map(grantAnswer),
      missing,
      key: key.map(groundAnswer),
      space: space.map(groundAnswer),
    };
  }
}

const groundAnswer = ({ id, organization, revision, type, at }: Ground): GroundAnswer => ({
  id,
  organization,
  revision: writeRevision(organization, revision),
  type,
  at,
});

const grantAnswer = ({ grantedBy, events, ...grant }: GrantBehind): GrantBehindAnswer => ({
  ...grant,
  ...(grantedBy === undefined ? {} : { grantedBy: grantorAnswer(grantedBy) }),
  events: events.map(groundAnswer),
});

const grantorAnswer = (actor: ActorFact): GrantorAnswer => ({
  kind: actor.kind,
  id: actor.id,
  ...('member' in actor ? { member: actor.member } : {}),
  ...('actingFor' in actor ? { actingFor: actor.actingFor } : {}),
});
