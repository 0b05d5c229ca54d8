/** Who gains and loses what, as it happens: what subscribers answer checks with themselves. */
import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OrganizationId, Permission } from '#domain/ids.js';
import { WatchPermissions } from '#queries/watch-permissions.js';
import { principalOf } from './access.js';
import { Authentication, credentialsOf } from './authentication.js';
import { EventStreams, LastEventId } from './event-streams.js';
import { SAMPLE_REVISION } from './examples.js';
import { Field, ListOf } from './fields.js';
import { optional } from './resources.js';

class ChangesQuery {
  @Field.organizationId({
    optional: true,
    about: 'absent: every organization, for a service that may ask across organizations',
  })
  readonly organization?: string;
  @Field.cursor({ optional: true, about: 'where an earlier stream had come to' })
  readonly cursor?: string;
  @Field.truth({ optional: true, about: 'first what is held now; without a cursor' })
  readonly state?: boolean;
  @Field.truth({ optional: true, about: 'from the first event on; without a cursor' })
  readonly beginning?: boolean;
  @Field.principal({ optional: true, about: 'only what they hold' }) readonly principal?: string;
  @Field.permission({ optional: true, about: 'only this one' }) readonly permission?: string;
}

const CURSOR = { optional: true, about: 'whoever goes on after it misses nothing' } as const;
const REVISIONS = {
  additionalProperties: { type: 'string' },
  example: { acme: SAMPLE_REVISION },
};

class ChangeEventAnswer {
  @Field.text({ example: '0198c6a1-…' }) readonly id!: string;
  @Field.text({ example: 'member.role_change' }) readonly type!: string;
  @Field.organizationId({ about: 'platform: what the platform gives has changed' })
  readonly organization!: string;
  @Field.revision() readonly revision!: string;
  @Field.wholeNumber() readonly streamRevision!: number;
  @Field.instant() readonly at!: string;
}
class ChangedHoldingAnswer {
  @Field.principal() readonly principal!: string;
  @Field.oneOf(['member', 'service_account', 'api_key', 'user'], {
    about: 'user: a person whom the platform gives it',
  })
  readonly kind!: string;
  @Field.text({
    optional: true,
    example: 'usr_01jx8q5v3mf2h9k7c4n6t0wzpd',
    about: 'the person a member is, who holds what the member holds',
  })
  readonly user?: string;
  @Field.scope({ about: 'a space: what is given there, held while the space is open for it' })
  readonly scope!: string;
  @Field.oneOf(['gained', 'lost']) readonly change!: string;
  @ListOf.permission({ most: 10_000 }) readonly permissions!: readonly string[];
  @Field.instant({ optional: true, about: 'absent: from the event on, at the latest' })
  readonly from?: string;
  @Field.instant({ optional: true, about: 'until just before; absent: without end' })
  readonly until?: string;
}
class SpaceChangeAnswer {
  @Field.spaceId() readonly space!: string;
  @Field.oneOf(['active', 'inactive', 'deleted']) readonly status!: string;
  @ListOf.permission({
    optional: true,
    most: 10_000,
    about: 'all that an inactive one is open for',
  })
  readonly only?: readonly string[];
}
class ChangeMessage {
  @Field.cursor({ ...CURSOR, about: 'within an event: the place before it' })
  readonly cursor?: string;
  @Field.organizationId() readonly organization!: string;
  @Field.revision({ about: 'of the organization’s last event' }) readonly revision!: string;
  @Field.wholeNumber() readonly streamRevision!: number;
  @Field.object(() => ChangeEventAnswer, { optional: true, about: 'absent: it is held now' })
  readonly event?: ChangeEventAnswer;
  @Field.flag({ optional: true, about: 'of an event: the rest of it follows' })
  readonly more?: boolean;
  @ListOf.object(() => ChangedHoldingAnswer, { most: 10_000 })
  readonly changes!: readonly ChangedHoldingAnswer[];
  @ListOf.object(() => SpaceChangeAnswer, { most: 10_000 })
  readonly spaces!: readonly SpaceChangeAnswer[];
}
class SyncedMessage {
  @Field.cursor(CURSOR) readonly cursor?: string;
  @Field.record(REVISIONS, () => undefined, { about: 'what is held as of these is told' })
  readonly revisions!: object;
}
class HeartbeatMessage {
  @Field.cursor(CURSOR) readonly cursor?: string;
  @Field.record(REVISIONS, () => undefined, {
    about: 'everything up to these is told; of all organizations those that have moved',
  })
  readonly revisions!: object;
}
class ClosedMessage {
  @Field.cursor(CURSOR) readonly cursor?: string;
  @Field.organizationId() readonly organization!: string;
  @Field.oneOf(['quarantined', 'deleted'], { about: 'why nothing more is said of it' })
  readonly reason!: string;
}
const MESSAGES = [ChangeMessage, SyncedMessage, HeartbeatMessage, ClosedMessage];

@ApiTags('access')
@ApiExtraModels(...MESSAGES)
@Controller()
export class AccessChangesController {
  constructor(
    private readonly queries: QueryBus,
    private readonly authentication: Authentication,
    private readonly streams: EventStreams,
  ) {}

  @Get('access/changes')
  @ApiOperation({
    summary: 'Who gains and loses what, as it happens',
    description:
      'Server-sent events: change, synced, heartbeat (at least every 2 s), closed, and refusal, the problem that ends it. docs/change-stream.md says how they are folded.',
  })
  @LastEventId()
  @ApiResponse({
    status: 200,
    description: 'Events, each the data of a message of its name',
    content: {
      'text/event-stream': {
        schema: { oneOf: MESSAGES.map((one) => ({ $ref: getSchemaPath(one) })) },
      },
    },
  })
  async watchPermissions(
    @Query() query: ChangesQuery,
    @Headers('last-event-id') last: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<AsyncIterable<object> | undefined> {
    const { organization, cursor, state, beginning, principal, permission } = query;
    const begin = last
      ? { cursor: last }
      : {
          ...optional('cursor', cursor),
          ...optional('state', state),
          ...optional('beginning', beginning),
        };
    const question = {
      ...begin,
      ...optional('organization', organization as OrganizationId | undefined),
      ...(principal === undefined
        ? {}
        : { principal: principalOf(principal, this.authentication) }),
      ...optional('permission', permission as Permission | undefined),
    };
    const end = this.streams.endOf(request, reply);
    const who = async () => (await this.authentication.caller(credentialsOf(request))).actor;
    const messages = await this.queries.execute(new WatchPermissions(question, who, end));
    return this.streams.send(request, reply, messages, end);
  }
}
