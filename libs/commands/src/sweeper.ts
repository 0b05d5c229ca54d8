/** Has what time has done written down, soon after it has come due. */
import { setTimeout as delay } from 'node:timers/promises';
import { becomesDue, isInvitation, settles, sweep, type Due } from '#domain/decide/sweep.js';
import { organizationOf, type MembershipEvent, type Recorded } from '#domain/events.js';
import { later, type Instant, type OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { followPastDamage } from '#eventlog/damage.js';
import { DamagedEvent } from '#eventlog/event-log.js';
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

/** When something comes due, and what made it so where that was an event and not time alone. */
interface Entry {
  readonly at: Instant;
  readonly cause?: Recorded<MembershipEvent>;
}

/** What comes due in one organization; losses are told apart by their events. */
class Agenda {
  readonly items = new Map<string, Entry>();
  /** Nothing is due before. */
  #earliest: Instant | undefined;

  add(item: string, entry: Entry): void {
    this.items.set(item, entry);
    if (this.#earliest === undefined || entry.at < this.#earliest) this.#earliest = entry.at;
  }

  /** What is due by now. All is looked at only when something may be. */
  passed(now: Instant): (readonly [string, Entry])[] {
    if (this.#earliest === undefined || this.#earliest > now) return [];
    const passed: (readonly [string, Entry])[] = [];
    this.#earliest = undefined;
    for (const [item, entry] of this.items) {
      if (entry.at <= now) passed.push([item, entry]);
      if (this.#earliest === undefined || entry.at < this.#earliest) this.#earliest = entry.at;
    }
    return passed;
  }

  /** The organization is deleted: its invitations end now, and nothing else is due in it. */
  close(cause: Recorded<MembershipEvent>): void {
    const items = [...this.items.keys()] as Due['item'][];
    this.items.clear();
    const at = cause.metadata.occurredAt;
    for (const item of items) if (isInvitation(item)) this.add(item, { at, cause });
  }
}

/**
 * Follows the log for moments to come and sweeps an organization when one has passed. It holds no
 * checkpoint: what it missed while it did not run is found by reading the log again.
 */
export class Sweeper {
  readonly #agendas = new Map<OrganizationId, Agenda>();
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
    const { log } = this.transactor.ports;
    for await (const next of followPastDamage(log, this.#position, signal)) {
      if (next instanceof DamagedEvent) this.#position = next.position;
      else for (const event of next) this.#note(event);
    }
  }

  #note(recorded: Recorded): void {
    const { stream, event, metadata, position } = recorded;
    this.#position = position;
    const organization = organizationOf(stream);
    if (organization === undefined || event.type === 'catalogue.publish') return;
    const cause = recorded as Recorded<MembershipEvent>;
    const agenda = this.#agendas.get(organization) ?? new Agenda();
    for (const item of settles(event)) agenda.items.delete(item);
    const news = later(this.#now(), -NEWS);
    for (const { item, at } of becomesDue(event, metadata.occurredAt)) {
      if (item !== 'lost') agenda.add(item, { at });
      else if (at > news) agenda.add(`lost ${recorded.id}`, { at, cause });
    }
    if (event.type === 'organization.delete') agenda.close(cause);
    if (agenda.items.size > 0) this.#agendas.set(organization, agenda);
    else this.#agendas.delete(organization);
  }

  async #sweepOnTime(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = this.#now();
      for (const [organization, agenda] of this.#agendas) {
        if (signal.aborted) return;
        const passed = agenda.passed(now);
        if (passed.length > 0) await this.#sweep(organization, agenda, passed);
      }
      await delay(this.settings.period, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #sweep(
    organization: OrganizationId,
    { items }: Agenda,
    passed: readonly (readonly [string, Entry])[],
  ): Promise<void> {
    const causes = new Set(passed.flatMap(([, { cause }]) => cause ?? []));
    try {
      // What one event took the ground from is written as its doing; the rest is time's.
      for (const cause of [...causes, undefined]) await this.#write(organization, cause);
    } catch (error) {
      // Of an organization that can't be read nothing can be written down either.
      if (!(error instanceof Refusal || error instanceof DamagedEvent)) throw error;
      // Busy: it is still due when the clock is looked at next.
      if (error instanceof Refusal && error.kind === 'unavailable') return;
    }
    // What was noted anew meanwhile stays.
    for (const [item, entry] of passed) if (items.get(item) === entry) items.delete(item);
    if (items.size === 0) this.#agendas.delete(organization);
  }

  /** A portion after the other, until there is no more. */
  async #write(
    organization: OrganizationId,
    cause: Recorded<MembershipEvent> | undefined,
  ): Promise<void> {
    const { limit } = this.settings;
    const request = systemRequest('sweeper', this.transactor.ports.newId, cause?.id);
    const command = { limit, ...(cause === undefined ? {} : { because: cause.event }) };
    for (let written = limit; written >= limit;) {
      const { events } = await this.transactor.transact(organization, request, (context) =>
        sweep(command, context),
      );
      written = events.length;
    }
  }

  #now(): Instant {
    return this.transactor.ports.clock.now();
  }
}
