/** Has what time has done written down, soon after it has come due. */
import { setTimeout as delay } from 'node:timers/promises';
import { becomesDue, settles } from '#domain/decide/agenda.js';
import { invitationsAt, sweep, type Place } from '#domain/decide/sweep.js';
import { organizationOf, type ActorFact, type DomainEvent, type Recorded } from '#domain/events.js';
import { PLATFORM, type Instant, type OrganizationId } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import { followPastDamage } from '#eventlog/damage.js';
import { DamagedEvent, LogUnavailable } from '#eventlog/event-log.js';
import { Keeping } from '#eventlog/keeping.js';
import { Agenda, AGENDAS, type Agendas, type AgendasCopy, type Entry } from './agendas.js';
import { systemRequest } from './system-request.js';
import type { Transactor } from './transact.js';

export interface SweeperSettings {
  /** Milliseconds between two looks at the clock. */
  readonly period: number;
  /** Facts of one organization that are written at a time. */
  readonly limit: number;
  /** Events after which what is due is kept at the end. */
  readonly worth?: number;
}

/**
 * Follows the log for moments to come and sweeps an organization when one has passed. What it missed
 * while it did not run is found by reading on from what it has kept, however long ago that was.
 */
export class Sweeper {
  readonly #keeping: Keeping<Agendas, AgendasCopy>;
  #due: Agendas = { agendas: new Map(), operators: new Set() };
  #position: bigint | null = null;
  /** No event was lost, or not known here: what that makes due would be missing in what is kept. */
  #isWhole = true;

  constructor(
    private readonly transactor: Transactor,
    private readonly settings: SweeperSettings = { period: 1000, limit: 500 },
  ) {
    const { log, snapshots } = transactor.ports;
    this.#keeping = new Keeping(log, snapshots, AGENDAS, settings.worth);
  }

  /** Position of the last event it has taken note of. */
  get position(): bigint | null {
    return this.#position;
  }

  /** Ends by `signal`, or with what keeps it from going on; then nothing of it goes on. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#restore();
    // Until it has read what there is, most of what seems due has been settled since.
    const head = await this.transactor.ports.log.head();
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const works = [this.#follow(both), this.#sweepOnTime(head, both)].map((work) =>
      work.finally(() => over.abort()),
    );
    await Promise.allSettled(works);
    await this.#keeping.end(this.#copy);
    await Promise.all(works);
  }

  /** Begins with what was kept, unless it has begun. */
  async #restore(): Promise<void> {
    if (this.#position !== null) return;
    const kept = await this.#keeping.restore();
    if (kept === undefined) return;
    this.#due = kept.state;
    this.#position = kept.mark.position;
  }

  readonly #copy = (): AgendasCopy | undefined => {
    if (!this.#isWhole) return undefined;
    const { agendas, operators } = this.#due;
    const copies = [...agendas].map(([organization, agenda]) => agenda.copy(organization));
    return {
      operators: [...operators],
      items: copies.flatMap(({ items }) => items),
      pending: copies.flatMap(({ pending }) => pending),
    };
  };

  readonly #size = (): number =>
    [...this.#due.agendas.values()].reduce((sum, { size }) => sum + size, 0);

  async #follow(signal: AbortSignal): Promise<void> {
    const { log } = this.transactor.ports;
    for await (const next of followPastDamage(log, this.#position, signal)) {
      if (next instanceof DamagedEvent) {
        this.#position = next.position;
        this.#isWhole = false;
      } else {
        for (const event of next) this.#note(event);
        this.#keeping.applied(next);
        this.#keeping.consider(this.#copy, this.#size);
      }
    }
  }

  #note(recorded: Recorded): void {
    const { stream, event, metadata, position, id } = recorded;
    this.#position = position;
    const organization = organizationOf(stream);
    if (organization === undefined || event.type === 'catalogue.publish') return;
    const { agendas, operators } = this.#due;
    const isPlatform = organization === PLATFORM;
    if (isPlatform) for (const id of namedIn(event)) operators.add(id);
    const agenda = agendas.get(organization) ?? new Agenda();
    for (const item of settles(event)) agenda.settle(item);
    if (event.type === 'member.invite' || event.type === 'member.invite_resend') {
      agenda.sent(
        event.invitation,
        sendersOf(metadata.actor).some((id) => operators.has(id)),
      );
    }
    // Of a deleted organization nothing is due but that its invitations have ended.
    if (event.type === 'organization.delete') agenda.clear();
    for (const due of becomesDue(event, metadata.occurredAt)) {
      // What is lost at once matters to invitations that are open, here or (by the platform) abroad.
      const isLoss = due.at === metadata.occurredAt;
      if (!isLoss) agenda.add(due);
      else if (isPlatform || agenda.hasInvitations) agenda.add({ ...due, cause: id });
    }
    if (agenda.size === 0) agendas.delete(organization);
    else agendas.set(organization, agenda);
  }

  async #sweepOnTime(from: bigint | null, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (from === null || (this.#position !== null && this.#position >= from)) {
        await this.#sweepAll(signal);
      }
      await delay(this.settings.period, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #sweepAll(signal: AbortSignal): Promise<void> {
    const now = this.#now();
    for (const [organization, agenda] of this.#due.agendas) {
      if (signal.aborted) return;
      const passed = agenda.passed(now);
      if (passed.length === 0) continue;
      if (organization === PLATFORM) this.#lookEverywhere(now);
      await this.#sweep(organization, agenda, passed);
    }
  }

  /** Somebody of the platform may have lost what invitations elsewhere rest on. */
  #lookEverywhere(at: Instant): void {
    for (const agenda of this.#due.agendas.values()) {
      if (agenda.restsOnPlatform) agenda.add({ item: 'invitations', place: 'invitations', at });
    }
  }

  async #sweep(
    organization: OrganizationId,
    agenda: Agenda,
    passed: readonly Entry[],
  ): Promise<void> {
    try {
      // What one event took the ground from is written as its doing; the rest is time's.
      for (const { cause, place } of passed) {
        if (cause !== undefined && (await this.#isAnythingAt(organization, place))) {
          await this.#write(organization, [place], cause);
        }
      }
      const { limit } = this.settings;
      const places = [...new Set(passed.map(({ place }) => place))];
      for (let from = 0; from < places.length; from += limit) {
        await this.#write(organization, places.slice(from, from + limit));
      }
    } catch (error) {
      // Busy, or away: it is still due when the clock is looked at next.
      if (error instanceof LogUnavailable) return;
      if (error instanceof Refusal && error.kind === 'unavailable') return;
      // Of an organization that can't be read nothing can be written down either.
      if (!(error instanceof Refusal || error instanceof DamagedEvent)) throw error;
    }
    agenda.done(passed);
    if (agenda.size === 0) this.#due.agendas.delete(organization);
  }

  /** Writes down all that is due at these places, a portion at a time. */
  async #write(
    organization: OrganizationId,
    places: readonly Place[],
    cause?: string,
  ): Promise<void> {
    const { limit } = this.settings;
    const request = systemRequest('sweeper', this.transactor.ports.newId, cause);
    for (let written = limit; written >= limit;) {
      const { events } = await this.transactor.transact(organization, request, (context) =>
        sweep({ limit, places, lostOnly: cause !== undefined }, context),
      );
      written = events.length;
    }
  }

  async #isAnythingAt(organization: OrganizationId, place: Place): Promise<boolean> {
    const state = await this.transactor.state(organization);
    return [...invitationsAt(state, [place])].length > 0;
  }

  #now(): Instant {
    return this.transactor.ports.clock.now();
  }
}

/** People, accounts and keys that an event of the platform is about. */
const namedIn = (event: DomainEvent): string[] => [
  ...('user' in event && event.user !== undefined ? [event.user] : []),
  ...('account' in event ? [event.account] : []),
  ...('key' in event ? [event.key] : []),
];

const sendersOf = (actor: ActorFact): string[] =>
  'actingFor' in actor && actor.actingFor !== undefined ? [actor.id, actor.actingFor] : [actor.id];
