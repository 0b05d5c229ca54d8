/** Organizations as they stood at any moment, back to their first event. */
import { LRUCache } from 'lru-cache';
import type { Catalogue } from '#domain/catalogue.js';
import { unknownOrganization } from '#domain/delegation.js';
import type { MembershipEvent } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import {
  organizationStream,
  PLATFORM,
  type CatalogueId,
  type Instant,
  type OrganizationId,
} from '#domain/ids.js';
import type { Platform } from '#domain/permissions.js';
import { refuse } from '#domain/refusals.js';
import { emptyOrganization, overlay } from '#domain/state.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import type { Moment } from './moment.js';
import { NO_PLATFORM, type Place } from './place.js';
import { stampOf, Timeline, type Mark, type Stamp } from './timeline.js';

/** An organization as it stood, with what decided in it. */
export interface Then {
  readonly place: Place;
  /** Of the last event that had happened. */
  readonly revision: number;
  /** The same of the platform; -1: nothing had. */
  readonly platformRevision: number;
  /** What the times of grants are compared with. */
  readonly at: Instant;
}

export interface PastOptions {
  /** What all states that are kept may take in memory, in bytes. */
  readonly bytes?: number;
}

/** A state is kept every so many events at least: folding so many again takes milliseconds. */
const EVERY = 250;
/** States kept of one organization: what is read of the newest falls through all of them. */
const DEPTH = 16;
/** What one takes that keeps nothing, in bytes. */
const TIMELINE_BYTES = 1000;

export class Past {
  readonly #timelines: LRUCache<OrganizationId, Timeline>;
  readonly #bytes: number;
  #present: { readonly mark: Mark; readonly depth: number } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param catalogues every version that was ever published.
   * @param revisionOf about where an organization is now.
   */
  constructor(
    private readonly log: EventLog,
    private readonly catalogues: (id: CatalogueId, version: number) => Catalogue | undefined,
    private readonly revisionOf: (organization: OrganizationId) => number,
    { bytes = 64 * 1024 * 1024 }: PastOptions = {},
  ) {
    this.#bytes = bytes;
    this.#timelines = new LRUCache({ maxSize: bytes });
  }

  /**
   * Refuses: `moment.invalid` for one before the organization was there or after `now`,
   * `revision.invalid` for one that it has not come to, `read.quarantined` where its events can't be
   * read, `organization.not_found`.
   */
  async at(organization: OrganizationId, moment: Moment, now: Instant): Promise<Then> {
    if ('time' in moment && moment.time > now) {
      refuse('moment.invalid', `That is yet to come: it is ${now}. Ask at a time up to now.`);
    }
    const mark = await this.#readable(organization, by(moment));
    if (mark === undefined) return this.#before(organization);
    if ('revision' in moment && mark.revision < moment.revision) {
      refuse('revision.invalid', 'The organization has not come to this revision.');
    }
    const wasBy =
      'time' in moment ? by(moment) : ({ position }: Stamp) => position <= mark.position;
    return this.#then(mark, wasBy, 'time' in moment ? moment.time : mark.occurredAt);
  }

  /**
   * As it is at the revision it has come to, with the platform at the one that has come to, at
   * `now`; refuses `read.quarantined` where its events can't be read.
   */
  async present(
    organization: OrganizationId,
    revision: number,
    platformRevision: number,
    now: Instant,
  ): Promise<Then> {
    // One after the other: who waits finds what was folded meanwhile.
    const folded = this.#turn.then(() => this.#foldOn(organization, revision));
    this.#turn = folded.catch(() => undefined);
    const mark = await folded.catch(readOf);
    if (mark === undefined) return unknownOrganization({ id: organization });
    return this.#then(mark, by({ revision: platformRevision }), now);
  }

  /** On from where it was folded to the last time, if it is the one that was asked about last. */
  async #foldOn(organization: OrganizationId, revision: number): Promise<Mark | undefined> {
    const { mark: before, depth } = this.#present ?? { depth: 0 };
    const isOn =
      before?.organization.id === organization && before.revision <= revision && depth < DEPTH;
    if (isOn && before.revision === revision) return before;
    const state = isOn ? overlay(before.organization) : emptyOrganization(organization);
    let mark = isOn ? before : undefined;
    const from = (mark?.revision ?? -1) + 1;
    for await (const batch of this.log.read(organizationStream(organization), from, revision)) {
      for (const recorded of batch) {
        evolve(state, { ...recorded, event: recorded.event as MembershipEvent });
        mark = { ...stampOf(recorded), organization: state };
      }
    }
    this.#present = mark && { mark, depth: isOn ? depth + 1 : 0 };
    return mark;
  }

  /** @param wasBy of the platform's events, those that had happened. */
  async #then(mark: Mark, wasBy: (stamp: Stamp) => boolean, at: Instant): Promise<Then> {
    const { id: organization, catalogue: chosen } = mark.organization;
    const catalogue = this.catalogues(chosen.id, chosen.version) ?? unreadable();
    const { platform, platformRevision } =
      organization === PLATFORM
        ? {
            platform: { organization: mark.organization, catalogue },
            platformRevision: mark.revision,
          }
        : await this.#platform(wasBy, catalogue);
    return {
      place: { organization: mark.organization, catalogue, platform },
      revision: mark.revision,
      platformRevision,
      at,
    };
  }

  async #readable(
    organization: OrganizationId,
    wasBy: (stamp: Stamp) => boolean,
  ): Promise<Mark | undefined> {
    try {
      return await this.#last(organization, wasBy);
    } catch (error) {
      return readOf(error);
    }
  }

  async #before(organization: OrganizationId): Promise<never> {
    for await (const [first] of this.log.read(organizationStream(organization), 0, 0)) {
      const since = first?.metadata.occurredAt;
      refuse('moment.invalid', `The organization was created at ${since}; ask from then on.`);
    }
    return unknownOrganization({ id: organization });
  }

  /** While it can't be read, or its catalogue is not known, it gives nobody anything. */
  async #platform(
    wasBy: (stamp: Stamp) => boolean,
    catalogue: Catalogue,
  ): Promise<{ platform: Platform; platformRevision: number }> {
    const nothing = { platform: { organization: NO_PLATFORM, catalogue }, platformRevision: -1 };
    const last = await this.#last(PLATFORM, wasBy).catch((error: unknown) => {
      if (error instanceof DamagedEvent) return undefined;
      throw error;
    });
    if (last === undefined) return nothing;
    const { id, version } = last.organization.catalogue;
    const itsCatalogue = this.catalogues(id, version);
    if (itsCatalogue === undefined) return nothing;
    return {
      platform: { organization: last.organization, catalogue: itsCatalogue },
      platformRevision: last.revision,
    };
  }

  async #last(
    organization: OrganizationId,
    wasBy: (stamp: Stamp) => boolean,
  ): Promise<Mark | undefined> {
    const timeline = this.#timelines.get(organization) ?? this.#begin(organization);
    this.#keep(organization, timeline);
    const mark = await timeline.last(wasBy);
    if (this.#timelines.peek(organization) === timeline) this.#keep(organization, timeline);
    return mark;
  }

  #begin(organization: OrganizationId): Timeline {
    const revision = this.revisionOf(organization);
    const even = Number.isFinite(revision) ? Math.ceil((revision + 1) / DEPTH) : 0;
    return this.#timeline(organization, Math.max(EVERY, even));
  }

  #timeline(organization: OrganizationId, every: number): Timeline {
    return new Timeline(this.log, organizationStream(organization), every);
  }

  /** One that has become too deep, or too large, begins again with half as many states. */
  #keep(organization: OrganizationId, timeline: Timeline): void {
    const { bytes, depth, every } = timeline;
    if (bytes <= this.#bytes && depth <= 2 * DEPTH) {
      const size = Math.min(bytes + TIMELINE_BYTES, this.#bytes);
      this.#timelines.set(organization, timeline, { size });
    } else {
      this.#timelines.set(organization, this.#timeline(organization, 2 * every), {
        size: TIMELINE_BYTES,
      });
    }
  }
}

const by = (moment: Moment): ((stamp: Stamp) => boolean) =>
  'time' in moment
    ? ({ occurredAt }) => occurredAt <= moment.time
    : ({ revision }) => revision <= moment.revision;

const readOf = (error: unknown): never => {
  if (error instanceof DamagedEvent) unreadable();
  throw error;
};

const unreadable = (): never =>
  refuse(
    'read.quarantined',
    'The events of this organization can not all be read; an operator has to repair it.',
  );
