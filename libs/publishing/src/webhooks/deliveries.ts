/** What is to be sent to which endpoint, and what could not be. */
import { sql } from 'kysely';
import type { Instant, OrganizationId } from '#domain/ids.js';
import type { WebhookDeliveryTable, WebhookEndpointTable } from '#readstore/rows.js';
import { question, statement } from '#readstore/statement.js';
import type { ReadStore, Writer } from '#readstore/store.js';

export type Delivery = WebhookDeliveryTable;
type New = Pick<Delivery, 'endpoint' | 'organization' | 'revision' | 'type' | 'dueAt'>;
type Key = 'endpoint' | 'revision';
/** An endpoint that something is due for. */
export interface EndpointDue extends Pick<Delivery, 'endpoint' | 'organization'> {
  /** `null`: it was ended while something was added. */
  readonly status: WebhookEndpointTable['status'] | null;
}
type Tried = Pick<Delivery, 'state' | 'attempts' | 'dueAt' | 'attemptedAt' | 'reason'>;

const add = statement<keyof New>((db, { endpoint, organization, revision, type, dueAt }) =>
  db
    .insertInto('webhook_deliveries')
    .values({
      ...{ endpoint, organization, revision, type, dueAt },
      ...{ state: 'waiting', attempts: 0, attemptedAt: null, reason: null },
    })
    .onConflict((conflict) =>
      conflict
        .columns(['endpoint', 'revision'])
        .doUpdateSet({ state: 'waiting', attempts: 0, dueAt })
        .where('webhook_deliveries.state', '=', 'dead'),
    ),
);
const set = statement<Key | keyof Tried>((db, row) =>
  db
    .updateTable('webhook_deliveries')
    .set({
      state: row.state,
      attempts: row.attempts,
      dueAt: row.dueAt,
      attemptedAt: row.attemptedAt,
      reason: row.reason,
    })
    .where('endpoint', '=', row.endpoint)
    .where('revision', '=', row.revision),
);
const remove = statement<Key>((db, { endpoint, revision }) =>
  db
    .deleteFrom('webhook_deliveries')
    .where('endpoint', '=', endpoint)
    .where('revision', '=', revision),
);
const hurry = statement<Key | 'dueAt'>((db, { endpoint, revision, dueAt }) =>
  db
    .updateTable('webhook_deliveries')
    .set({ dueAt })
    .where('endpoint', '=', endpoint)
    .where('revision', '=', revision)
    .where('state', '=', 'waiting'),
);
const revive = statement<'endpoint' | 'dueAt'>((db, { endpoint, dueAt }) =>
  db
    .updateTable('webhook_deliveries')
    .set({ state: 'waiting', attempts: 0, dueAt })
    .where('endpoint', '=', endpoint)
    .where((is) =>
      is.or([is('state', '=', 'dead'), is('state', '=', 'waiting').and('dueAt', '>', dueAt)]),
    ),
);
/** As the indexes of what waits say it. */
const WAITING = sql.lit('waiting' as const);
/** From one endpoint to the next, however much waits for each. */
const dueEndpoints = question<'now', EndpointDue>(
  (_, { now }) => sql<EndpointDue>`
    with recursive waits (endpoint) as (
      select min(endpoint) from webhook_deliveries where state = 'waiting'
      union all
      select (
        select min(endpoint) from webhook_deliveries
        where state = 'waiting' and endpoint > waits.endpoint
      ) from waits where endpoint is not null
    )
    select * from (
      select waits.endpoint, webhook_endpoints.status, (
        select organization from webhook_deliveries
        where endpoint = waits.endpoint and state = 'waiting' and "dueAt" <= ${now}
        order by "dueAt" limit 1
      ) as organization
      from waits left join webhook_endpoints on webhook_endpoints.id = waits.endpoint
    ) as due where organization is not null`,
);
const dueOf = question<'endpoint' | 'now' | 'limit', Delivery>((db, { endpoint, now, limit }) =>
  db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('endpoint', '=', endpoint)
    .where('state', '=', WAITING)
    .where('dueAt', '<=', now)
    .orderBy('dueAt')
    .orderBy('revision')
    .limit(limit),
);
const nextDue = question<never, { dueAt: Instant }>((db) =>
  db
    .selectFrom('webhook_deliveries')
    .select('dueAt')
    .where('state', '=', WAITING)
    .orderBy('dueAt')
    .limit(1),
);
const page = question<'endpoint' | 'after' | 'limit', Delivery>((db, { endpoint, after, limit }) =>
  db
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('endpoint', '=', endpoint)
    .where('revision', '>', after)
    .orderBy('revision')
    .limit(limit),
);

/** What whoever sends has to do; nobody else writes here meanwhile, but see `Deliveries`. */
export class DeliveryQueue {
  /** @param writer held by the one that sends. */
  constructor(
    private readonly store: ReadStore,
    private readonly writer: Writer,
  ) {}

  /** Adds what is not waiting; what was given up waits again. */
  add(added: readonly New[]): Promise<void> {
    const { rows } = this.writer;
    return this.writer.transaction(() => {
      for (const row of added) rows.run(add, { ...row });
    });
  }

  endpointsDue(now: Instant): Promise<EndpointDue[]> {
    return this.store.all(dueEndpoints, { now });
  }

  /** Up to so many of an endpoint, those first that have been due for longest. */
  dueOf({ endpoint }: EndpointDue, now: Instant, most: number): Promise<Delivery[]> {
    return this.store.all(dueOf, { endpoint, now, limit: most });
  }

  /** When there is something to do next. */
  async next(): Promise<Instant | undefined> {
    return (await this.store.first(nextDue, {}))?.dueAt;
  }

  sent({ endpoint, revision }: Delivery): Promise<void> {
    return this.writer.transaction(() => this.writer.rows.run(remove, { endpoint, revision }));
  }

  tried({ endpoint, revision }: Delivery, tried: Tried): Promise<void> {
    const row = { endpoint, revision, ...tried };
    return this.writer.transaction(() => this.writer.rows.run(set, row));
  }
}

/** The same as people see it, on every node. */
export class Deliveries {
  constructor(private readonly store: ReadStore) {}

  /** What waits, is held, or was given up, oldest event first. */
  list(endpoint: string, after: number, limit: number): Promise<Delivery[]> {
    return this.store.all(page, { endpoint, after, limit });
  }

  /** Everything that was given up, or waits for a later try, is due; how many that are. */
  revive(endpoint: string, dueAt: Instant): Promise<number> {
    return this.store.change(nameOf(endpoint), (rows) => rows.count(revive, { endpoint, dueAt }));
  }

  /** One event that has happened is due, be it sent before or not. */
  again(
    organization: OrganizationId,
    endpoint: string,
    { revision, type }: Pick<New, 'revision' | 'type'>,
    dueAt: Instant,
  ): Promise<void> {
    const row = { endpoint, organization, revision, type, dueAt };
    return this.store.change(nameOf(endpoint), (rows) => {
      rows.run(add, row);
      rows.run(hurry, row);
    });
  }
}

const nameOf = (endpoint: string): string => `deliveries of ${endpoint}`;
