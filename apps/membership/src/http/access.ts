/** Who may do what: the questions a product asks on every request. */
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { ApiKeyId, OrganizationId, Permission, SpaceId } from '#domain/ids.js';
import { REASONS, type AccessQuestion, type Principal } from '#access/questions.js';
import { CheckAccess } from '#queries/access-check.js';
import { CheckAccessBatch } from '#queries/access-check-batch.js';
import { CheckKeyScope } from '#queries/access-key-scope.js';
import { MemberPermissions } from '#queries/access-permissions.js';
import { CheckRoute } from '#queries/access-route.js';
import { Authentication } from './authentication.js';
import { ReadQuery } from './bodies.js';
import { Asker, type Caller } from './caller.js';
import { SAMPLE_REVISION } from './examples.js';
import { Field, ListOf } from './fields.js';
import { readMoment } from '#queries/moments.js';
import { readFreshness, writeRevision } from '#queries/revisions.js';
import { Reads } from './routes.js';

/** One question. */
class QuestionBody {
  @Field.principal({ about: 'mem_…, svc_…, key_…, usr_… or user:<subject>' })
  readonly principal!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.spaceId({ optional: true, about: 'absent: at the organization itself' })
  readonly space?: string;
  @Field.permission() readonly permission!: string;
  @Field.revision({ optional: true, about: 'at least as fresh as this revision' })
  readonly atLeast?: string;
}
const THEN = { optional: true, about: 'as of this time, or this revision; absent: now' } as const;
export class CheckBody extends QuestionBody {
  @Field.moment(THEN) readonly at?: string;
}
class CheckManyBody {
  @ListOf.object(() => QuestionBody, { least: 1, most: 1000 })
  readonly checks!: readonly QuestionBody[];
  @Field.moment({
    ...THEN,
    about: 'all as of this time, or this revision of their one organization; absent: now',
  })
  readonly at?: string;
}
class CheckRouteBody {
  @Field.principal() readonly principal!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.spaceId({ optional: true }) readonly space?: string;
  @Field.text({ example: 'GET', about: 'of the request to the product' }) readonly method!: string;
  @Field.text({ example: '/software/monitoring/17', about: 'with or without /api/v1' })
  readonly path!: string;
  @Field.revision({ optional: true }) readonly atLeast?: string;
  @Field.moment(THEN) readonly at?: string;
}
class CheckKeyBody {
  @Field.apiKeyId() readonly key!: string;
  @Field.apiScope() readonly scope!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.revision({ optional: true }) readonly atLeast?: string;
  @Field.moment(THEN) readonly at?: string;
}
class PermissionsQuery extends ReadQuery {
  @Field.spaceId({ optional: true, about: 'absent: at the organization itself' })
  readonly space?: string;
  @Field.moment(THEN) readonly at?: string;
}

class VerdictAnswer {
  @Field.flag() readonly allowed!: boolean;
  @Field.oneOf(REASONS) readonly reason!: string;
}
export class CheckAnswer extends VerdictAnswer {
  @Field.revision({ about: 'the state it was answered from' }) readonly revision!: string;
}
class CheckManyAnswer {
  @ListOf.object(() => VerdictAnswer, { most: 1000, about: 'in the order asked' })
  readonly results!: readonly VerdictAnswer[];
  @Field.record(
    { additionalProperties: { type: 'string' }, example: { acme: SAMPLE_REVISION } },
    () => undefined,
    { about: 'the revision each organization was answered from' },
  )
  readonly revisions!: { readonly [organization: string]: string };
}
class PermissionsAnswer {
  @ListOf.permission({ most: 10_000 }) readonly permissions!: readonly string[];
  @Field.revision() readonly revision!: string;
}

@ApiTags('access')
@Controller()
export class AccessController {
  constructor(
    private readonly queries: QueryBus,
    private readonly authentication: Authentication,
  ) {}

  @Post('access/check')
  @Reads({ summary: 'May this principal do this?', answers: CheckAnswer })
  async checkAccess(@Body() body: CheckBody, @Asker() { actor }: Caller): Promise<CheckAnswer> {
    const question = questionOf(body, this.authentication);
    const answer = await this.queries.execute(new CheckAccess(question, actor));
    return worded(question.organization, answer);
  }

  @Post('access/check/batch')
  @Reads({ summary: 'Up to 1,000 such questions at one moment', answers: CheckManyAnswer })
  async checkAccessBatch(
    @Body() { checks, at }: CheckManyBody,
    @Asker() { actor }: Caller,
  ): Promise<CheckManyAnswer> {
    const questions = checks.map((check) => questionOf(check, this.authentication));
    // A revision is of one organization: all of them have to be about that.
    const [moment] =
      at === undefined ? [] : questions.map((one) => readMoment(one.organization, at));
    const { results, revisions } = await this.queries.execute(
      new CheckAccessBatch(questions, actor, moment),
    );
    const named = Object.entries(revisions).map(([organization, revision]) => [
      organization,
      writeRevision(organization as OrganizationId, revision),
    ]);
    return {
      results: results.map(({ allowed, reason }) => ({ allowed, reason })),
      revisions: Object.fromEntries(named) as CheckManyAnswer['revisions'],
    };
  }

  @Post('access/route')
  @Reads({ summary: 'May this principal send this request to the product?', answers: CheckAnswer })
  async checkRoute(@Body() body: CheckRouteBody, @Asker() { actor }: Caller): Promise<CheckAnswer> {
    const { method, path } = body;
    const place = placeOf(body);
    const question = {
      ...place,
      principal: principalOf(body.principal, this.authentication),
      method,
      path,
    };
    return worded(place.organization, await this.queries.execute(new CheckRoute(question, actor)));
  }

  @Post('access/keys/check')
  @Reads({
    summary: 'Is this API key good, and does it carry this scope?',
    description:
      'Of a key by its id, which is no secret and proves nothing. Whether somebody has the key is found by calling with it, `Authorization: Bearer key_…_…`: this, or `GET /api/v1/me`, which says whose it is. A wrong one is answered with 401.',
    answers: CheckAnswer,
  })
  async checkApiKey(@Body() body: CheckKeyBody, @Asker() { actor }: Caller): Promise<CheckAnswer> {
    const place = placeOf(body);
    const question = { ...place, key: body.key as ApiKeyId, scope: body.scope };
    const answer = await this.queries.execute(new CheckKeyScope(question, actor));
    return worded(place.organization, answer);
  }

  @Get('organizations/:organization/members/:member/permissions')
  @Reads({ summary: 'Everything a member may do', answers: PermissionsAnswer })
  async listPermissions(
    @Param('organization') organization: OrganizationId,
    @Param('member') member: string,
    @Query() query: PermissionsQuery,
    @Asker() { actor }: Caller,
  ): Promise<PermissionsAnswer> {
    const question = {
      ...placeOf({ organization, ...query }),
      principal: principalOf(member, this.authentication),
    };
    const answer = await this.queries.execute(new MemberPermissions(question, actor));
    const revision = writeRevision(organization, answer.revision);
    return { permissions: answer.permissions, revision };
  }
}

interface Asked {
  readonly organization: string;
  readonly space?: string;
  readonly atLeast?: string;
  readonly at?: string;
}

/** A question as it was asked. Refuses `revision.invalid`. */
export const questionOf = (body: CheckBody, authentication: Authentication): AccessQuestion => ({
  ...placeOf(body),
  principal: principalOf(body.principal, authentication),
  permission: body.permission as Permission,
});

function placeOf({ organization: named, space, atLeast, at }: Asked) {
  const organization = named as OrganizationId;
  return {
    ...readFreshness(organization, atLeast),
    ...(space === undefined ? {} : { space: space as SpaceId }),
    ...(at === undefined ? {} : { at: readMoment(organization, at) }),
  };
}

/** `user:<subject>` is the person who signs in with that subject. */
export function principalOf(named: string, authentication: Authentication): Principal {
  if (!named.startsWith('user:')) return named as Principal;
  return authentication.person(named.slice('user:'.length)).user;
}

const worded = (
  organization: OrganizationId,
  { allowed, reason, revision }: { allowed: boolean; reason: string; revision: number },
): CheckAnswer => ({ allowed, reason, revision: writeRevision(organization, revision) });
