/** Where an organization has its events sent. */
import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { EventType, Recorded } from '#domain/events.js';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { EventLog } from '#eventlog/event-log.js';
import { EVENT_TYPES } from '#eventlog/upcasts.js';
import { Deliveries } from '#publishing/webhooks/deliveries.js';
import { Endpoints, MOST_ENDPOINTS } from '#publishing/webhooks/endpoints.js';
import { requireAddress } from '#publishing/webhooks/sending.js';
import { Cursors } from '#queries/cursors.js';
import { readRevision, writeRevision } from '#queries/revisions.js';
import { Reading as Page } from '#queries/pages.js';
import { Configuration } from '../config.js';
import { RemoteReadSide } from '../read-side/remote.js';
import { PageOf, pageOf, PageQuery } from './bodies.js';
import { Field, ListOf } from './fields.js';
import { Reading, ReadingDesk, type Reader } from './reading.js';
import { optional } from './resources.js';
import { Reads, Sets } from './routes.js';

class CreateWebhookBody {
  @Field.webhookUrl() readonly url!: string;
  @Field.description({ optional: true, example: 'Tells the directory who comes and goes' })
  readonly description?: string;
  @ListOf.oneOf(EVENT_TYPES, { optional: true, least: 1, about: 'absent: every event' })
  readonly types?: readonly EventType[];
}
class ChangeWebhookBody {
  @Field.webhookUrl({ optional: true }) readonly url?: string;
  @Field.description({ optional: true, example: 'Tells the directory who comes and goes' })
  readonly description?: string;
  @ListOf.oneOf(EVENT_TYPES, {
    optional: true,
    nullable: true,
    about: 'one at least; absent: as they are; null: every event',
  })
  readonly types?: readonly EventType[] | null;
  @Field.oneOf(['enabled', 'disabled'], { optional: true })
  readonly status?: 'enabled' | 'disabled';
}
class RedeliverBody {
  @Field.revision({
    optional: true,
    about: 'one event of its types, sent before or not; absent: all that failed',
  })
  readonly revision?: string;
}

class WebhookAnswer {
  @Field.webhookId() readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.webhookUrl() readonly url!: string;
  @Field.description({ optional: true, example: 'Tells the directory who comes and goes' })
  readonly description?: string;
  @ListOf.oneOf(EVENT_TYPES, { optional: true, about: 'absent: every event' })
  readonly types?: readonly string[];
  @Field.oneOf(['enabled', 'disabled']) readonly status!: string;
  @Field.text({
    optional: true,
    example: 'it answered 410, that it is gone',
    about: 'why the service disabled it',
  })
  readonly reason?: string;
  @Field.instant() readonly createdAt!: string;
  @Field.instant() readonly updatedAt!: string;
}
class WebhookSecretAnswer extends WebhookAnswer {
  @Field.text({ example: 'whsec_…', about: 'signs what is sent; shown here and never again' })
  readonly secret!: string;
}
class WebhooksAnswer {
  @ListOf.object(() => WebhookAnswer, { most: MOST_ENDPOINTS })
  readonly items!: readonly WebhookAnswer[];
}
class WebhookDeliveryAnswer {
  @Field.revision({ about: 'of the event' }) readonly revision!: string;
  @Field.wholeNumber() readonly streamRevision!: number;
  @Field.text({ example: 'member.join' }) readonly type!: string;
  @Field.oneOf(['waiting', 'held', 'dead'], {
    about: 'held: until the webhook is enabled again; dead: given up',
  })
  readonly state!: string;
  @Field.wholeNumber({ about: 'tries so far' }) readonly attempts!: number;
  @Field.instant({ about: 'when it is tried next' }) readonly dueAt!: string;
  @Field.instant({ optional: true }) readonly attemptedAt?: string;
  @Field.text({ optional: true, example: 'answered 503' }) readonly reason?: string;
}
const WebhookDeliveryPage = PageOf(WebhookDeliveryAnswer);
class RedeliveredAnswer {
  @Field.wholeNumber({ about: 'how many are sent again' }) readonly redelivered!: number;
}
class RemovedWebhookAnswer {
  @Field.webhookId() readonly id!: string;
  @Field.oneOf(['deleted']) readonly status!: string;
}

@ApiTags('webhooks')
@Controller('organizations/:organization/webhooks')
export class WebhooksController {
  constructor(
    private readonly reading: ReadingDesk,
    private readonly endpoints: Endpoints,
    private readonly deliveries: Deliveries,
    private readonly readSide: RemoteReadSide,
    private readonly log: EventLog,
    private readonly cursors: Cursors,
    private readonly configuration: Configuration,
  ) {}

  @Get()
  @Reads({ summary: 'The webhooks, oldest first, without their secrets', answers: WebhooksAnswer })
  async listWebhooks(@Reading() reader: Reader) {
    await this.#require(reader);
    return { items: await this.endpoints.list(reader.organization) };
  }

  @Post()
  @Sets({
    summary: 'Set up a webhook; its secret is shown once',
    answers: WebhookSecretAnswer,
    status: 201,
  })
  async createWebhook(@Body() body: CreateWebhookBody, @Reading() reader: Reader) {
    await this.#require(reader);
    const { url, description, types } = body;
    requireAddress(url, this.configuration.value);
    const { organization } = reader;
    const input = { url, ...optional('description', description), ...optional('types', types) };
    const after = (await this.log.last(organizationStream(organization)))?.revision ?? -1;
    return this.readSide.webhooks('create', organization, input, after);
  }

  @Get(':webhook')
  @Reads({ summary: 'One webhook', answers: WebhookAnswer })
  async getWebhook(@Param('webhook') webhook: string, @Reading() reader: Reader) {
    await this.#require(reader);
    return this.endpoints.get(reader.organization, webhook);
  }

  @Patch(':webhook')
  @Sets({ summary: 'Change it, or enable and disable it', answers: WebhookAnswer })
  async updateWebhook(
    @Param('webhook') webhook: string,
    @Body() { url, description, types, status }: ChangeWebhookBody,
    @Reading() reader: Reader,
  ) {
    if (types?.length === 0) {
      const detail = 'must have at least 1; null: every event';
      refuse('request.invalid', `One field is not valid: /types ${detail}.`, [
        { pointer: '/types', detail },
      ]);
    }
    await this.#one(reader, webhook);
    if (url !== undefined) requireAddress(url, this.configuration.value);
    const change = {
      ...optional('url', url),
      ...optional('description', description),
      ...optional('types', types),
      ...optional('status', status),
    };
    return this.readSide.webhooks('change', reader.organization, webhook, change);
  }

  @Delete(':webhook')
  @Sets({ summary: 'End it, with all that waits for it', answers: RemovedWebhookAnswer })
  async deleteWebhook(@Param('webhook') webhook: string, @Reading() reader: Reader) {
    await this.#one(reader, webhook);
    await this.readSide.webhooks('remove', reader.organization, webhook);
    return { id: webhook, status: 'deleted' };
  }

  @Post(':webhook/rotate')
  @Sets({
    summary: 'A new secret; those before sign too for a day',
    answers: WebhookSecretAnswer,
  })
  async rotateWebhook(@Param('webhook') webhook: string, @Reading() reader: Reader) {
    await this.#one(reader, webhook);
    return this.readSide.webhooks('rotate', reader.organization, webhook);
  }

  @Get(':webhook/deliveries')
  @Reads({ summary: 'What waits to be sent and what was given up', answers: WebhookDeliveryPage })
  async listDeliveries(
    @Param('webhook') webhook: string,
    @Query() query: PageQuery,
    @Reading() reader: Reader,
  ) {
    const { id } = await this.#one(reader, webhook);
    const { organization } = reader;
    const reading = new Page(this.cursors, ['deliveries', organization, id], pageOf(query));
    const after = Number(reading.after?.[0] ?? -1);
    const rows = await this.deliveries.list(id, after, reading.wanted);
    const { items, ...rest } = reading.page(rows, ({ revision }) => [revision]);
    const answers = items.map(
      ({ revision, type, state, attempts, dueAt, attemptedAt, reason }) => ({
        revision: writeRevision(organization, revision),
        streamRevision: revision,
        ...{ type, state, attempts, dueAt },
        ...optional('attemptedAt', attemptedAt ?? undefined),
        ...optional('reason', reason ?? undefined),
      }),
    );
    return { items: answers, ...rest };
  }

  @Post(':webhook/redeliver')
  @Sets({ summary: 'Send again what failed, or one event', answers: RedeliveredAnswer })
  async redeliver(
    @Param('webhook') webhook: string,
    @Body() { revision }: RedeliverBody,
    @Reading() reader: Reader,
  ) {
    const { types } = await this.#one(reader, webhook);
    const { organization } = reader;
    if (revision === undefined) {
      return { redelivered: await this.readSide.webhooks('revive', organization, webhook) };
    }
    const wanted = readRevision(organization, revision);
    const event = await this.#event(organization, wanted);
    if (types?.includes(event.type) === false) return { redelivered: 0 };
    await this.readSide.webhooks('again', organization, webhook, event);
    return { redelivered: 1 };
  }

  async #event(organization: OrganizationId, wanted: number) {
    const stream = organizationStream(organization);
    const found: Recorded[] = [];
    for await (const events of this.log.read(stream, Math.max(wanted, 0), wanted)) {
      found.push(...events);
    }
    const [one] = found;
    if (one !== undefined) return { revision: one.revision, type: one.event.type };
    return refuse('revision.invalid', 'There is no event of this revision.');
  }

  async #one(reader: Reader, webhook: string) {
    await this.#require(reader);
    return this.endpoints.get(reader.organization, webhook);
  }

  /** What is sent is what the audit log holds, and where to is a setting of the organization. */
  async #require(reader: Reader): Promise<void> {
    await this.reading.require(reader, { operation: 'view_audit' });
    await this.reading.require(reader, { operation: 'update_organization' });
  }
}
