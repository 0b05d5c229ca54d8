/** The feed of events: what is on the topic, read from the log, for whoever may see the audit log. */
import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EventType } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { Access } from '#access/access.js';
import { EventLog } from '#eventlog/event-log.js';
import { EVENT_TYPES } from '#eventlog/upcasts.js';
import { Feed, type Permitted, type Place, type Step } from '#publishing/feed.js';
import { Cursors } from '#queries/cursors.js';
import { Authentication, credentialsOf } from './authentication.js';
import { EventStreams, LastEventId, type Message } from './event-streams.js';
import { Field, ListOf } from './fields.js';
import { optional } from './resources.js';

class FeedQuery {
  @Field.organizationId({ optional: true, about: 'absent: everything, for who may read it all' })
  readonly organization?: string;
  @Field.oneOf(EVENT_TYPES, { optional: true, about: 'only such events' })
  readonly type?: EventType;
  @Field.cursor({ optional: true, about: 'where an earlier answer had come to' })
  readonly cursor?: string;
  @Field.truth({ optional: true, about: 'from the first event on; without a cursor' })
  readonly beginning?: boolean;
  @Field.count(1, 200, { optional: true, about: 'events in one answer at most; 50 if left out' })
  readonly limit?: number;
  @Field.count(0, 60, {
    optional: true,
    about: 'seconds to wait for the first event; 0 if left out',
  })
  readonly wait?: number;
}

const CURSOR = { about: 'whoever goes on after it misses nothing' } as const;

/** A CloudEvent, in its JSON form. */
class PublishedEventAnswer {
  @Field.cursor(CURSOR) readonly cursor!: string;
  @Field.text({ example: '1.0' }) readonly specversion!: string;
  @Field.text({ example: '0198c6a1-…', about: 'the same however often it comes' })
  readonly id!: string;
  @Field.text({ example: 'urn:membership:0198c6a1-…', about: 'the installation' })
  readonly source!: string;
  @Field.text({ example: 'member.role_change' }) readonly type!: string;
  @Field.instant() readonly time!: string;
  @Field.text({ example: 'application/json' }) readonly datacontenttype!: string;
  @Field.text({ example: 'urn:membership:events:1#/$defs/member.role_change' })
  readonly dataschema!: string;
  @Field.text({ example: 'acme', about: 'what keeps its order: the organization' })
  readonly partitionkey!: string;
  @Field.text({ example: 'organization-acme' }) readonly stream!: string;
  @Field.wholeNumber({ about: 'place in the stream, without gaps' })
  readonly streamrevision!: number;
  @Field.revision({ optional: true, about: 'absent: of no organization' })
  readonly revision?: string;
  @Field.text({
    optional: true,
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    about: 'the trace it was made in; absent: none was',
  })
  readonly traceparent?: string;
  @Field.record({ additionalProperties: true, example: {} }, () => undefined, {
    about: 'docs/events/events.schema.json says what is in it',
  })
  readonly data!: object;
}
class FeedPage {
  @ListOf.object(() => PublishedEventAnswer) readonly items!: readonly PublishedEventAnswer[];
  @Field.cursor(CURSOR) readonly nextCursor!: string;
}
class QuietMessage {
  @Field.cursor(CURSOR) readonly cursor!: string;
}

@ApiTags('events')
@ApiExtraModels(FeedPage, PublishedEventAnswer, QuietMessage)
@Controller()
export class FeedController {
  constructor(
    private readonly feed: Feed,
    private readonly log: EventLog,
    private readonly access: Access,
    private readonly authentication: Authentication,
    private readonly cursors: Cursors,
    private readonly streams: EventStreams,
  ) {}

  @Get('events')
  @ApiOperation({
    summary: 'What happens, as it happens',
    description:
      'To who accepts text/event-stream, server-sent events: event, heartbeat (every 2 s where there is nothing) and refusal, the problem that ends it. To others a page, which is waited for; docs/events.md says how to follow.',
  })
  @LastEventId()
  @ApiResponse({
    status: 200,
    description: 'A page, or events, each the data of a message of its name',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(FeedPage) } },
      'text/event-stream': {
        schema: {
          oneOf: [PublishedEventAnswer, QuietMessage].map((one) => ({ $ref: getSchemaPath(one) })),
        },
      },
    },
  })
  async readEvents(
    @Query() query: FeedQuery,
    @Headers('last-event-id') last: string | undefined,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { organization, type, beginning, wait = 0, limit = 50 } = query;
    const cursor = last || query.cursor;
    if (cursor !== undefined && beginning === true && !last) {
      refuse('request.invalid', 'Begin in one way: with a cursor, or the beginning.');
    }
    const list = ['events', this.log.id, organization, type];
    const written = (place: Place) => this.cursors.writeMark(list, place);
    const question = {
      ...optional('organization', organization as OrganizationId | undefined),
      ...optional('type', type),
      after:
        cursor !== undefined
          ? this.cursors.readMark(list, cursor)
          : beginning
            ? null
            : ('now' as const),
    };
    const end = this.streams.endOf(request, reply);
    const steps = (signal: AbortSignal) =>
      this.feed.read(question, this.#permitted(request, question.organization), signal);
    if (accept?.includes('text/event-stream')) {
      await this.streams.send(request, reply, told(steps(end), written), end);
    } else {
      await reply.send(
        await page(steps, written, { wait: wait * 1000, limit, end }, question.after),
      );
    }
  }

  /** Who asks, and what they may, is looked at again and again: neither is for ever. */
  #permitted(request: FastifyRequest, organization: OrganizationId | undefined): Permitted {
    return async (revision) => {
      const { actor } = await this.authentication.caller(credentialsOf(request));
      const reading = { actor, operation: 'view_audit' } as const;
      if (organization === undefined) return this.access.mayReadEverywhere(reading, revision);
      return this.access.mayRead({ organization, ...optional('atLeast', revision) }, reading);
    };
  }
}

type Written = (place: Place) => string;
type Item = Step['messages'][number];

const answerOf = ({ message, place }: Item, written: Written) => ({
  ...(message.toJSON() as object),
  cursor: written(place),
});

async function* told(steps: AsyncIterable<Step>, written: Written): AsyncGenerator<Message> {
  for await (const { messages, place, isAll } of steps) {
    for (const one of messages) yield { event: answerOf(one, written) };
    if (isAll) yield { heartbeat: { cursor: written(place) } };
  }
}

interface Patience {
  /** Milliseconds. */
  readonly wait: number;
  readonly limit: number;
  readonly end: AbortSignal;
}

/** Milliseconds in which events that are not asked for may be passed over. */
const LOOKING = 2_000;

/** What there is, or what comes first. */
async function page(
  steps: (signal: AbortSignal) => AsyncIterable<Step>,
  written: Written,
  { wait, limit, end }: Patience,
  after: Place | 'now',
): Promise<object> {
  const over = performance.now() + wait;
  const atLast = Math.max(over, performance.now() + LOOKING);
  const enough = AbortSignal.any([end, AbortSignal.timeout(Math.max(wait, LOOKING))]);
  const items: Item[] = [];
  let reached = after;
  for await (const { messages, place, isAll } of steps(enough)) {
    items.push(...messages);
    reached = place;
    if (items.length >= limit) break;
    const now = performance.now();
    if (isAll && (items.length > 0 || now >= over)) break;
    if (now >= atLast) break;
  }
  if (items.length > limit) reached = items[limit - 1]!.place;
  if (reached === 'now') refuse('read.not_yet', 'This node does not know yet; ask again.');
  return {
    items: items.slice(0, limit).map((one) => answerOf(one, written)),
    nextCursor: written(reached),
  };
}
