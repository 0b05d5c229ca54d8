/** Where an organization has its events sent: what its people have set. */
import { randomBytes } from 'node:crypto';
import { typeidUnboxed } from 'typeid-js';
import type { EventType } from '#domain/events.js';
import { later, type Instant, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { WebhookEndpointTable } from '#readstore/rows.js';
import type { Script } from '#readstore/script.js';
import { question, statement } from '#readstore/statement.js';
import type { ReadStore, Rows } from '#readstore/store.js';
import type { Secrets } from '#vault/secrets.js';

/** An endpoint as its organization sees it. */
export interface Endpoint {
  readonly id: string;
  readonly organization: OrganizationId;
  readonly url: string;
  readonly description?: string;
  /** Absent: every type. */
  readonly types?: readonly EventType[];
  readonly status: 'enabled' | 'disabled';
  /** Why the service disabled it. */
  readonly reason?: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
}

export interface EndpointInput {
  readonly url: string;
  readonly description?: string;
  readonly types?: readonly EventType[];
}
export interface EndpointChange extends Partial<Omit<EndpointInput, 'types'>> {
  /** `null`: every type. */
  readonly types?: readonly EventType[] | null;
  readonly status?: Endpoint['status'];
}

/** Endpoints that one organization may have. */
export const MOST_ENDPOINTS = 20;
/** Milliseconds for which the secrets before a rotation still sign, beside the new one. */
export const OVERLAP = 24 * 3_600_000;
/** So many of them: who rotates more often has the oldest sign no more. */
const MOST_PREVIOUS = 4;
const SECRET_BYTES = 24;
/** `after` of those whose organization is deleted: nothing more is sent. */
const OVER = Number.MAX_SAFE_INTEGER;

type Row = WebhookEndpointTable;
/** What can change, and what stays. */
const CHANGING = [
  ...(['url', 'description', 'types', 'status', 'reason', 'secret'] as const),
  ...(['previousSecret', 'previousUntil', 'after', 'updatedAt'] as const),
];
const STAYING = ['organization', 'id', 'createdAt'] as const;
const picked = (row: object, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, (row as Record<string, unknown>)[name]])) as never;

const insert = statement<keyof Row>((db, row) =>
  db.insertInto('webhook_endpoints').values(picked(row, [...STAYING, ...CHANGING])),
);
const set = statement<'id' | (typeof CHANGING)[number]>((db, row) =>
  db.updateTable('webhook_endpoints').set(picked(row, CHANGING)).where('id', '=', row.id),
);
const drop = statement<'id'>((db, { id }) =>
  db.deleteFrom('webhook_endpoints').where('id', '=', id),
);
const dropDeliveries = statement<'id'>((db, { id }) =>
  db.deleteFrom('webhook_deliveries').where('endpoint', '=', id),
);
const dropBeyond = statement<'id' | 'last'>((db, { id, last }) =>
  db.deleteFrom('webhook_deliveries').where('endpoint', '=', id).where('revision', '>', last),
);
/** Deliveries of a disabled endpoint, so that no look meets them again and again. */
const hold = statement<'id'>((db, { id }) =>
  db
    .updateTable('webhook_deliveries')
    .set({ state: 'held' })
    .where('endpoint', '=', id)
    .where('state', '=', 'waiting'),
);
const release = statement<'id' | 'dueAt'>((db, { id, dueAt }) =>
  db
    .updateTable('webhook_deliveries')
    .set({ state: 'waiting', dueAt })
    .where('endpoint', '=', id)
    .where('state', '=', 'held'),
);
const allOf = question<'organization', Row>((db, { organization }) =>
  db
    .selectFrom('webhook_endpoints')
    .selectAll()
    .where('organization', '=', organization)
    .orderBy('id'),
);
const byId = question<'id', Row>((db, { id }) =>
  db.selectFrom('webhook_endpoints').selectAll().where('id', '=', id),
);
const close = statement<'organization'>((db, { organization }) =>
  db.updateTable('webhook_endpoints').set({ after: OVER }).where('organization', '=', organization),
);
/** Nothing waits for them, or it would wait for ever. */
const over = question<never, Pick<Row, 'organization' | 'id'>>((db) =>
  db
    .selectFrom('webhook_endpoints')
    .leftJoin('webhook_deliveries as waits', (join) =>
      join.onRef('waits.endpoint', '=', 'id').on('waits.state', '=', 'waiting'),
    )
    .select(['webhook_endpoints.organization', 'id'])
    .distinct()
    .where('after', '=', OVER)
    .where((is) => is.or([is('status', '=', 'disabled'), is('waits.state', 'is', null)])),
);
const all = question<never, Row>((db) => db.selectFrom('webhook_endpoints').selectAll());
const wanting = question<never, { organization: OrganizationId }>((db) =>
  db.selectFrom('webhook_endpoints').select('organization').distinct(),
);

/** What is set, through whichever node: changes of one organization come one after the other. */
export class Endpoints {
  constructor(
    private readonly store: ReadStore,
    private readonly secrets: Secrets,
    private readonly now: () => Instant,
  ) {}

  /** Oldest first. */
  async list(organization: OrganizationId): Promise<Endpoint[]> {
    return (await this.of(organization)).map(shown);
  }

  /** Refuses `webhook.not_found`. */
  async get(organization: OrganizationId, id: string): Promise<Endpoint> {
    return shown(owned(organization, id, await this.find(id)));
  }

  /** Organizations that have any that is enabled. */
  async organizations(): Promise<Set<OrganizationId>> {
    const rows = await this.store.all(wanting, {});
    return new Set(rows.map(({ organization }) => organization));
  }

  /** Rows of one organization, as deliveries need them. */
  of(organization: OrganizationId): Promise<Row[]> {
    return this.store.all(allOf, { organization });
  }

  /** As `get`, whosever it is. */
  find(id: string): Promise<Row | undefined> {
    return this.store.first(byId, { id });
  }

  /**
   * The secret is told here and never again. Refuses `webhook.too_many`.
   * @param after the organization's newest event: it is not sent.
   */
  async create(
    organization: OrganizationId,
    { url, description, types }: EndpointInput,
    after: number,
  ): Promise<Endpoint & { readonly secret: string }> {
    const id = typeidUnboxed('whk');
    const secret = newSecret();
    const at = this.now();
    const row: Row = {
      organization,
      id,
      url,
      description: description ?? null,
      types: types === undefined ? null : JSON.stringify(types),
      status: 'enabled',
      reason: null,
      secret: this.secrets.seal(id, secret),
      previousSecret: null,
      previousUntil: null,
      after,
      createdAt: at,
      updatedAt: at,
    };
    await this.#change(organization, function* (rows) {
      if ((yield* rows.all(allOf, { organization })).length >= MOST_ENDPOINTS) {
        refuse('webhook.too_many', `An organization has ${MOST_ENDPOINTS} webhooks at most.`);
      }
      rows.run(insert, row);
    });
    return { ...shown(row), secret };
  }

  /** Refuses `webhook.not_found`. Enabled again, it goes on with what was not sent meanwhile. */
  change(organization: OrganizationId, id: string, change: EndpointChange): Promise<Endpoint> {
    return this.#set(organization, id, (row) => ({
      ...(change.url === undefined ? {} : { url: change.url }),
      ...(change.description === undefined ? {} : { description: change.description }),
      ...(change.types === undefined
        ? {}
        : { types: change.types && JSON.stringify(change.types) }),
      ...(change.status === undefined || change.status === row.status
        ? {}
        : { status: change.status, reason: null }),
    }));
  }

  /** The new secret is told here and never again; the old ones sign too for a day. */
  async rotate(
    organization: OrganizationId,
    id: string,
  ): Promise<Endpoint & { readonly secret: string }> {
    const secret = newSecret();
    const endpoint = await this.#set(organization, id, (row) => ({
      secret: this.secrets.seal(id, secret),
      previousSecret: [row.secret, ...this.#previous(row)].slice(0, MOST_PREVIOUS).join(' '),
      previousUntil: later(this.now(), OVERLAP),
    }));
    return { ...endpoint, secret };
  }

  /** With everything that waits for it. Refuses `webhook.not_found`. */
  remove(organization: OrganizationId, id: string): Promise<void> {
    return this.#change(organization, function* (rows) {
      owned(organization, id, yield* rows.first(byId, { id }));
      ending(rows, id);
    });
  }

  /** The organization is deleted: each ends as soon as nothing waits for it. */
  async close(organization: OrganizationId): Promise<void> {
    await this.#change(organization, (rows) => rows.run(close, { organization }));
    await this.endOver();
  }

  /** What is closed, and has nothing that waits, goes with its secret and what was given up. */
  async endOver(): Promise<void> {
    for (const { organization, id } of await this.store.all(over, {})) {
      await this.#change(organization, function* (rows) {
        // It may have been enabled, or sent to again, meanwhile.
        const still = yield* rows.all(over, {});
        if (still.some((one) => one.id === id)) ending(rows, id);
      });
    }
  }

  /** The service gives up its address; false: it has ended, or another one meanwhile. */
  async disable({ organization, id, url }: Row, reason: string): Promise<boolean> {
    const now = await this.#update(organization, id, (row) =>
      row.url === url ? { status: 'disabled', reason } : undefined,
    );
    return now?.url === url;
  }

  /** What waits for it waits until it is enabled again, if it is disabled still. */
  hold(organization: OrganizationId, id: string): Promise<void> {
    return this.#change(organization, function* (rows) {
      const row = yield* rows.first(byId, { id });
      if (row?.status === 'disabled') rows.run(hold, { id });
    });
  }

  /**
   * After the log was restored as it was before: what it has lost is not sent, and what comes in its
   * place is.
   * @param lastOf the newest event of an organization, -1 where there is none.
   */
  async goBack(lastOf: (organization: OrganizationId) => Promise<number>): Promise<void> {
    for (const { organization, id } of await this.store.all(all, {})) {
      const last = await lastOf(organization);
      await this.#change(organization, function* (rows) {
        const row = yield* rows.first(byId, { id });
        if (row === undefined) return;
        rows.run(dropBeyond, { id, last });
        if (row.after > last) rows.run(set, { ...row, after: last });
      });
    }
  }

  /** Seals anew what an older key has sealed, so that it can be taken away. */
  async seal(): Promise<void> {
    for (const { organization, id, secret, previousSecret } of await this.store.all(all, {})) {
      const isCurrent = [secret, ...sealedIn(previousSecret)].every((one) =>
        this.secrets.isCurrent(one),
      );
      if (isCurrent) continue;
      // As it is then: it may be rotated meanwhile.
      await this.#update(organization, id, (row) => ({
        secret: this.#sealedNow(id, row.secret),
        previousSecret:
          row.previousSecret &&
          sealedIn(row.previousSecret)
            .map((one) => this.#sealedNow(id, one))
            .join(' '),
      }));
    }
  }

  #sealedNow(id: string, sealed: string): string {
    const opened = this.secrets.isCurrent(sealed) ? undefined : this.secrets.open(id, sealed);
    return opened === undefined ? sealed : this.secrets.seal(id, opened);
  }

  /** What signs now, the current one first. */
  secretsOf(row: Row): string[] {
    const sealed = [row.secret, ...this.#previous(row)];
    return sealed.flatMap((one) => this.secrets.open(row.id, one) ?? []);
  }

  /** Those that sign still, newest first. */
  #previous({ previousSecret, previousUntil }: Row): string[] {
    const isOver = previousUntil === null || previousUntil <= this.now();
    return isOver ? [] : sealedIn(previousSecret);
  }

  async #set(organization: OrganizationId, id: string, change: Changing): Promise<Endpoint> {
    return shown(owned(organization, id, await this.#update(organization, id, change)));
  }

  /** `undefined` where there is none of this organization. */
  #update(organization: OrganizationId, id: string, changing: Changing): Promise<Row | undefined> {
    const at = this.now();
    return this.#change(organization, function* (rows) {
      const row = yield* rows.first(byId, { id });
      if (row?.organization !== organization) return undefined;
      const change = changing(row);
      if (change === undefined) return row;
      const changed: Row = { ...row, ...change, updatedAt: at };
      rows.run(set, changed);
      const isBack = row.status === 'disabled' && changed.status === 'enabled';
      if (isBack) rows.run(release, { id, dueAt: at });
      return changed;
    });
  }

  #change<T>(organization: OrganizationId, work: (rows: Rows) => T | Script<T>): Promise<T> {
    return this.store.change(`webhooks of ${organization}`, work);
  }
}

function ending(rows: Rows, id: string): void {
  rows.run(dropDeliveries, { id });
  rows.run(drop, { id });
}

export const isClosed = ({ after }: Row): boolean => after === OVER;

/** What changes; nothing at all: `undefined`. */
type Changing = (row: Row) => Partial<Row> | undefined;

function owned(organization: OrganizationId, id: string, row: Row | undefined): Row {
  if (row?.organization === organization) return row;
  return refuse('webhook.not_found', `There is no webhook ${id}.`);
}

/** The secrets of a row that holds several. */
const sealedIn = (previous: string | null): string[] => previous?.split(' ') ?? [];

const newSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;

const shown = ({ id, organization, url, status, createdAt, updatedAt, ...row }: Row): Endpoint => ({
  id,
  organization,
  url,
  ...(row.description === null ? {} : { description: row.description }),
  ...(row.types === null ? {} : { types: JSON.parse(row.types) as EventType[] }),
  status,
  ...(row.reason === null ? {} : { reason: row.reason }),
  createdAt,
  updatedAt,
});
