/** Has what time has done written down, soon after it has come due. */
import { setTimeout as delay } from 'node:timers/promises';
import { becomesDue, settles, sweep, type Due } from '#domain/decide/sweep.js';
import { organizationOf, type Recorded } from '#domain/events.js';
import { later, type Instant, type OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { systemRequest } from './system-request.js';
import type { Transactor } from './transact.js';

export interface SweeperSettings {
  /** Milliseconds between two looks at the clock. */
  readonly period: number;
  /** Facts of one organization that are written at a time. */
  readonly limit: number;
}

/** Somebody's loss is looked into when it is news; later it has been, in milliseconds. */
const NEWS = 60 * 60 * 1000;

/**
 * Follows the log for moments to come and sweeps an organization when one has passed. It holds no
 * checkpoint: what it missed while it did not run is found by reading the log again.
 */
export class Sweeper {
  readonly #due = new Map<OrganizationId, Map<Due['item'], Instant>>();
  #position: bigint | null = null;

  constructor(
    private readonly transactor: Transactor,
    private readonly settings: SweeperSettings = { period: 1000, limit: 500 },
  ) {}

  /** Position of the last event it has taken note of. */
  get position(): bigint | null {
    return this.#position;
  }

  /** Ends only by `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#follow(signal), this.#sweepOnTime(signal)]);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    for await (const events of this.transactor.ports.log.follow(this.#position, signal)) {
      for (const event of events) this.#note(event);
    }
  }

  #note({ stream, event, metadata, position }: Recorded): void {
    this.#position = position;
    const organization = organizationOf(stream);
    if (organization === undefined || event.type === 'catalogue.publish') return;
    if (event.type === 'organization.delete') return void this.#due.delete(organization);
    const items = this.#due.get(organization) ?? new Map<Due['item'], Instant>();
    for (const item of settles(event)) items.delete(item);
    const news = later(this.#now(), -NEWS);
    for (const { item, at } of becomesDue(event, metadata.occurredAt)) {
      if (item !== 'lost' || at > news) items.set(item, at);
    }
    if (items.size > 0) this.#due.set(organization, items);
    else this.#due.delete(organization);
  }

  async #sweepOnTime(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = this.#now();
      for (const [organization, items] of this.#due) {
        if (signal.aborted) return;
        const passed = [...items].filter(([, at]) => at <= now);
        if (passed.length > 0) await this.#sweep(organization, items, passed);
      }
      await delay(this.settings.period, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #sweep(
    organization: OrganizationId,
    items: Map<Due['item'], Instant>,
    passed: readonly (readonly [Due['item'], Instant])[],
  ): Promise<void> {
    const { limit } = this.settings;
    const request = systemRequest('sweeper', this.transactor.ports.newId);
    try {
      for (let written = limit; written >= limit;) {
        const { events } = await this.transactor.transact(organization, request, (context) =>
          sweep({ limit }, context),
        );
        written = events.length;
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // Busy: it is still due when the clock is looked at next.
      if (error.kind === 'unavailable') return;
    }
    // What was noted anew meanwhile stays.
    for (const [item, at] of passed) if (items.get(item) === at) items.delete(item);
    if (items.size === 0) this.#due.delete(organization);
  }

  #now(): Instant {
    return this.transactor.ports.clock.now();
  }
}
