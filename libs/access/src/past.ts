/** Organizations as they stood at any moment, back to their first event. */
import { LRUCache } from 'lru-cache';
import type { Catalogue } from '#domain/catalogue.js';
import { unknownOrganization } from '#domain/delegation.js';
import {
  organizationStream,
  PLATFORM,
  type CatalogueId,
  type Instant,
  type OrganizationId,
} from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import type { Bases, Basis } from './bases.js';
import type { CommonMoment, Moment } from './moment.js';
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

/** What had happened by a moment, in whichever organization. */
export interface Cut {
  /** True of every event up to some place in a stream, false from there on. */
  readonly wasBy: (stamp: Stamp) => boolean;
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

  /**
   * @param bases where it is had from how organizations are now.
   * @param catalogues every version that was ever published.
   * @param revisionOf about where an organization is now.
   */
  constructor(
    private readonly log: EventLog,
    private readonly bases: Bases,
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
    if ('time' in moment) requirePast(moment.time, now);
    const mark = await this.#last(organization, by(moment)).catch(readOf);
    if (mark === undefined) return this.#before(organization);
    if ('revision' in moment && mark.revision < moment.revision) notReached();
    const wasBy =
      'time' in moment ? by(moment) : ({ position }: Stamp) => position <= mark.position;
    const at = 'time' in moment ? moment.time : mark.occurredAt;
    return this.#then(mark, at, () => this.#last(PLATFORM, wasBy));
  }

  /** Refuses as `at` does. */
  async cut(moment: CommonMoment, now: Instant): Promise<Cut> {
    if ('time' in moment) {
      requirePast(moment.time, now);
      return { wasBy: by(moment), at: moment.time };
    }
    const { organization, revision } = moment;
    if (revision < 0) return this.#before(organization);
    const { position, occurredAt } = await this.#stamp(organization, revision).catch(readOf);
    return { wasBy: (stamp) => stamp.position <= position, at: occurredAt };
  }

  async #stamp(organization: OrganizationId, revision: number): Promise<Stamp> {
    const stream = organizationStream(organization);
    for await (const [event] of this.log.read(stream, revision, revision)) {
      if (event !== undefined) return stampOf(event);
    }
    return notReached();
  }

  /** As it stood then; `undefined` where it was not there yet. Refuses `read.quarantined` where its
   * events can't be read. */
  async by(organization: OrganizationId, { wasBy, at }: Cut): Promise<Then | undefined> {
    const mark = await this.#last(organization, wasBy).catch(readOf);
    return mark && this.#then(mark, at, () => this.#last(PLATFORM, wasBy));
  }

  /**
   * As it is after every event up to a place in the log, at `now`; refuses `read.quarantined` where
   * its events can't be read.
   * @param isTrusted false: the platform gives nobody anything.
   */
  async present(
    organization: OrganizationId,
    position: bigint | null,
    now: Instant,
    isTrusted: boolean,
  ): Promise<Then> {
    const state = await this.bases.upTo(organization, position).catch(readOf);
    if (state === undefined) return unknownOrganization({ id: organization });
    return this.#then(state, now, async () =>
      isTrusted ? this.bases.upTo(PLATFORM, position) : undefined,
    );
  }

  /** @param platform as it was then; what can't be read gives nobody anything. */
  async #then(
    { organization, revision }: Basis,
    at: Instant,
    platform: () => Promise<Basis | undefined>,
  ): Promise<Then> {
    const { id, version } = organization.catalogue;
    const catalogue = this.catalogues(id, version) ?? unreadable();
    if (organization.id === PLATFORM) {
      const place = { organization, catalogue, platform: { organization, catalogue } };
      return { place, revision, platformRevision: revision, at };
    }
    const gives = await platform().catch((error: unknown) => {
      if (error instanceof DamagedEvent) return undefined;
      throw error;
    });
    const chosen = gives?.organization.catalogue;
    const its = chosen && this.catalogues(chosen.id, chosen.version);
    if (gives === undefined || its === undefined) {
      const nothing = { organization: NO_PLATFORM, catalogue };
      const place = { organization, catalogue, platform: nothing };
      return { place, revision, platformRevision: -1, at };
    }
    const power = { organization: gives.organization, catalogue: its };
    const place = { organization, catalogue, platform: power };
    return { place, revision, platformRevision: gives.revision, at };
  }

  async #before(organization: OrganizationId): Promise<never> {
    for await (const [first] of this.log.read(organizationStream(organization), 0, 0)) {
      const since = first?.metadata.occurredAt;
      refuse('moment.invalid', `The organization was created at ${since}; ask from then on.`);
    }
    return unknownOrganization({ id: organization });
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

function requirePast(time: Instant, now: Instant): void {
  if (time <= now) return;
  refuse('moment.invalid', `That is yet to come: it is ${now}. Ask at a time up to now.`);
}

export const notReached = (): never =>
  refuse('revision.invalid', 'The organization has not come to this revision.');

const readOf = (error: unknown): never => {
  if (error instanceof DamagedEvent) unreadable();
  throw error;
};

const unreadable = (): never =>
  refuse(
    'read.quarantined',
    'The events of this organization can not all be read; an operator has to repair it.',
  );
