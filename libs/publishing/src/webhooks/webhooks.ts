/** Sends the events of organizations to where they want them: a follower of the log, with a queue. */
import { setTimeout as delay } from 'node:timers/promises';
import { organizationOf, type Recorded } from '#domain/events.js';
import { later, organizationStream, type Instant, type OrganizationId } from '#domain/ids.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import type { WebhookEndpointTable } from '#readstore/rows.js';
import type { Checkpoints } from '../checkpoints.js';
import type { Envelopes, Message } from '../envelope.js';
import { isIn, Relay, type RelayHealth, type Telling } from '../relay.js';
import type { Delivery, DeliveryQueue } from './deliveries.js';
import { isClosed, type Endpoints } from './endpoints.js';
import { send, signed, type Attempt, type SendingOptions } from './sending.js';
import { AT_ONCE, chosen } from './turns.js';

export interface WebhooksOptions {
  readonly log: EventLog;
  readonly envelopes: Envelopes;
  /** Whoever holds them sends. */
  readonly checkpoints: Checkpoints;
  readonly endpoints: Endpoints;
  readonly queue: DeliveryQueue;
  readonly sending: SendingOptions;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Milliseconds to wait after so many tries; `undefined`: it is given up. */
  readonly backoff?: (attempts: number) => number | undefined;
  readonly onError?: (error: unknown) => void;
  /** Does every request; whoever looks on does it himself. */
  readonly around?: (message: Message, request: () => Promise<Attempt>) => Promise<Attempt>;
}

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** What Standard Webhooks suggests: three days in all. */
const WAITS = [
  ...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR],
  ...[10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
];
/** A tenth more or less, so that what failed together is not tried together. */
const usualBackoff = (attempts: number): number | undefined => {
  const wait = WAITS[attempts - 1];
  return wait && wait * (0.9 + Math.random() * 0.2);
};

/** Key of the checkpoint. */
const NAME = 'webhooks@1';
/** Milliseconds between two looks, for another node wakes nobody here, and after an error. */
const LOOK = 5_000;
const PAUSE = 1_000;
/** Milliseconds in which a newer node may come, for what only that one can send. */
const PUT_OFF = MINUTE;
/** Milliseconds in which events are gathered: most are of organizations without a webhook. */
const PACE = 100;

export class Webhooks {
  readonly #options: Required<WebhooksOptions>;
  readonly #relay: Relay;
  readonly #underway = new Map<
    string,
    { readonly delivery: Delivery; readonly done: Promise<void> }
  >();
  #wake: () => void = () => undefined;

  constructor(options: WebhooksOptions) {
    const around: WebhooksOptions['around'] = (_, request) => request();
    const usual = { now: Date.now, backoff: usualBackoff, onError: () => undefined, around };
    this.#options = { ...usual, ...options };
    const { log, checkpoints, onError } = this.#options;
    this.#relay = new Relay({
      name: NAME,
      log,
      checkpoints,
      onError,
      tell: () => this.#wanted(),
      // Only who sends seals anew what others may not be able to open yet.
      prepare: async () => {
        await this.#options.endpoints.seal();
        await this.#options.endpoints.endOver();
      },
      beside: (signal) => this.#send(signal),
      publish: (messages) => this.#enqueue(messages),
      pace: PACE,
    });
  }

  /**
   * To be called before anything is set up: what happened before is not sent, so where it has no
   * place in this log it begins at the end.
   */
  async open(): Promise<void> {
    const { log, checkpoints } = this.#options;
    const known = await checkpoints.find(NAME);
    if (known !== undefined && (await isIn(log, known))) return;
    await this.#options.endpoints.goBack(
      async (organization) => (await log.last(organizationStream(organization)))?.revision ?? -1,
    );
    await checkpoints.begin(NAME, { log: log.id, position: await log.head() }, known);
  }

  /**
   * Follows and sends until aborted, while no other node does. What is under way then is noted before
   * another one may send. After `open`. Throws only `RelayCheckpointLost`.
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#relay.run(signal);
    } finally {
      await this.#ended();
    }
  }

  health(): RelayHealth {
    return this.#relay.health();
  }

  /** There may be something to send. */
  hurry(): void {
    this.#wake();
  }

  /** Of organizations that have an endpoint; of most nothing has to be made. */
  #wanted(): Telling {
    const { endpoints, envelopes } = this.#options;
    return {
      async *of(events: readonly Recorded[]) {
        const organizations = await endpoints.organizations();
        if (organizations.size === 0) return;
        const wanted = events.filter(({ stream }) => {
          const organization = organizationOf(stream);
          return organization !== undefined && organizations.has(organization);
        });
        yield* await envelopes.of(wanted);
      },
    };
  }

  async #enqueue(messages: readonly Message[]): Promise<void> {
    const dueAt = this.#now();
    const known = new Map<OrganizationId, WebhookEndpointTable[]>();
    const rows = [];
    const deleted: OrganizationId[] = [];
    for (const message of messages) {
      const { type } = message;
      const organization = String(message['partitionkey']) as OrganizationId;
      const revision = Number(message['streamrevision']);
      const endpoints = known.get(organization) ?? (await this.#options.endpoints.of(organization));
      known.set(organization, endpoints);
      // Those that are disabled, too: enabled again, they go on with what was not sent meanwhile.
      for (const { id, after, types } of endpoints) {
        const isOfType = types === null || (JSON.parse(types) as string[]).includes(type);
        if (revision <= after || !isOfType) continue;
        rows.push({ endpoint: id, organization, revision, type, dueAt });
      }
      if (type !== 'organization.delete') continue;
      deleted.push(organization);
      known.set(organization, []);
    }
    if (rows.length > 0) await this.#options.queue.add(rows);
    for (const organization of deleted) await this.#options.endpoints.close(organization);
    if (rows.length > 0) this.#wake();
  }

  /** Until it is stopped; what is under way then has ended. */
  async #send(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        if ((await this.#begin(signal)) > 0) continue;
        await either(woken, await this.#pause(), signal);
      } catch (error) {
        this.#options.onError(error);
        await delay(PAUSE, undefined, { signal }).catch(() => undefined);
      }
    }
    await this.#ended();
  }

  async #ended(): Promise<void> {
    await Promise.all([...this.#underway.values()].map(({ done }) => done));
  }

  /** Begins what is due and has room; how many that are. */
  async #begin(signal: AbortSignal): Promise<number> {
    // What ends meanwhile is due in an answer that is older.
    const before = new Set(this.#underway.keys());
    const due = await this.#due();
    if (signal.aborted) return 0;
    const underway = [...this.#underway.values()].map(({ delivery }) => delivery);
    const begun = chosen(
      due.filter((one) => !before.has(nameOf(one))),
      underway,
    );
    for (const one of begun) {
      const done = this.#deliver(one)
        .catch((error: unknown) => {
          // What became of it is not noted, so it is due still.
          this.#options.onError(error);
          return delay(PAUSE);
        })
        .finally(() => {
          this.#underway.delete(nameOf(one));
          this.#wake();
        });
      this.#underway.set(nameOf(one), { delivery: one, done });
    }
    return begun.length;
  }

  /** What of it is for an endpoint that is disabled is held, and asked about no more. */
  async #due(): Promise<Delivery[]> {
    const { queue, endpoints } = this.#options;
    const [now, due]: [Instant, Delivery[]] = [this.#now(), []];
    for (const one of await queue.endpointsDue(now)) {
      if (one.status === 'disabled') await endpoints.hold(one.organization, one.endpoint);
      else due.push(...(await queue.dueOf(one, now, AT_ONCE.ofEach)));
    }
    return due;
  }

  /** Milliseconds until there is something to do. */
  async #pause(): Promise<number> {
    if (this.#underway.size > 0) return LOOK;
    const next = await this.#options.queue.next();
    const wait = next === undefined ? LOOK : Date.parse(next) - this.#options.now();
    return Math.min(Math.max(wait, 0), LOOK);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { endpoints, queue } = this.#options;
    const endpoint = await endpoints.find(delivery.endpoint);
    if (endpoint === undefined) return queue.sent(delivery);
    await this.#try(delivery, endpoint);
    const after = await endpoints.find(endpoint.id);
    if (after !== undefined && isClosed(after)) await endpoints.endOver();
  }

  async #try(delivery: Delivery, endpoint: WebhookEndpointTable): Promise<void> {
    const { endpoints, queue, sending, now, around } = this.#options;
    const secrets = endpoints.secretsOf(endpoint);
    if (secrets.length === 0) {
      return this.#failed(delivery, 'its secret can not be opened with the keys of this node');
    }
    const message = await this.#message(delivery);
    if (message instanceof UnknownEvent) return this.#putOff(delivery);
    if (message === undefined || message instanceof DamagedEvent) {
      return this.#given(delivery, 'the event is damaged');
    }
    const attempt = await around(message, () =>
      send(endpoint.url, signed(message, secrets, now()), sending),
    );
    switch (attempt.outcome) {
      case 'sent':
        return queue.sent(delivery);
      case 'gone':
        if (await endpoints.disable(endpoint, 'it answered 410, that it is gone')) {
          return this.#given({ ...delivery, attempts: delivery.attempts + 1 }, 'answered 410');
        }
        return this.#failed(delivery, 'answered 410');
      case 'failed':
        return this.#failed(delivery, attempt.reason);
    }
  }

  async #message({
    organization,
    revision,
  }: Delivery): Promise<Message | DamagedEvent | undefined> {
    const stream = organizationStream(organization);
    try {
      const found: Message[] = [];
      for await (const events of this.#options.log.read(stream, revision, revision)) {
        found.push(...(await this.#options.envelopes.of(events)));
      }
      return found[0];
    } catch (error) {
      if (error instanceof DamagedEvent) return error;
      throw error;
    }
  }

  /** What only a newer node knows is sent by that one; nothing was tried, and others go on. */
  #putOff(delivery: Delivery): Promise<void> {
    const { attempts, attemptedAt, reason } = delivery;
    const dueAt = later(this.#now(), PUT_OFF);
    const put = { state: 'waiting', attempts, dueAt, attemptedAt, reason } as const;
    return this.#options.queue.tried(delivery, put);
  }

  #failed(delivery: Delivery, reason: string): Promise<void> {
    const attempts = delivery.attempts + 1;
    const wait = this.#options.backoff(attempts);
    if (wait === undefined) return this.#given({ ...delivery, attempts }, reason);
    const attemptedAt = this.#now();
    const dueAt = later(attemptedAt, wait);
    const tried = { state: 'waiting', attempts, dueAt, attemptedAt, reason } as const;
    return this.#options.queue.tried(delivery, tried);
  }

  /** It waits no more, and is shown. */
  #given(delivery: Delivery, reason: string): Promise<void> {
    const [{ attempts, dueAt }, attemptedAt] = [delivery, this.#now()];
    const tried = { state: 'dead', attempts, dueAt, attemptedAt, reason } as const;
    return this.#options.queue.tried(delivery, tried);
  }

  #now(): Instant {
    return new Date(this.#options.now()).toISOString() as Instant;
  }
}

const nameOf = ({ endpoint, revision }: Delivery): string => `${endpoint} ${revision}`;

async function either(woken: Promise<void>, pause: number, signal: AbortSignal): Promise<void> {
  const rest = new AbortController();
  const both = AbortSignal.any([signal, rest.signal]);
  await Promise.race([woken, delay(pause, undefined, { signal: both }).catch(() => undefined)]);
  rest.abort();
}
