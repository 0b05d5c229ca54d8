/** The feed: the messages of the topic, read from the log, from any place in it on. */
import { setTimeout as delay } from 'node:timers/promises';
import { organizationOf, type EventType, type Mark, type Recorded } from '#domain/events.js';
import { organizationStream, PLATFORM, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { followPastDamage, requireKnown } from '#eventlog/damage.js';
import { AheadOfLog, DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import type { News } from '#eventlog/news.js';
import { found, isBefore, markOf } from '#eventlog/mark.js';
import type { Envelopes, Message } from './envelope.js';

export interface FeedQuestion {
  /** Absent: everything the log holds. */
  readonly organization?: OrganizationId;
  /** Only events of this type. */
  readonly type?: EventType;
  /** What comes after this place; `now`: what is to come. */
  readonly after: Place | 'now';
}

/** After an event that could be read; `null`: before the first. */
export type Place = Mark | null;

/** What the feed has come to. */
export interface Step {
  readonly messages: readonly { readonly message: Message; readonly place: Place }[];
  /** Everything up to here is told, or is not asked for. */
  readonly place: Place;
  /** There was nothing more in the log. */
  readonly isAll: boolean;
}

interface Batch {
  readonly events: readonly Recorded[];
  readonly place: Place;
  readonly isAll: boolean;
}

/** Refuses unless whoever reads still may, by everything up to this event of the organization, or
 * of the platform where everything is read; absent: as of now. */
export type Permitted = (revision?: number) => Promise<void>;

/** Milliseconds after which whoever waits is told that there is nothing, and asked who they are. */
export const QUIET = 2_000;

export class Feed {
  constructor(
    private readonly log: EventLog,
    private readonly news: News,
    private readonly envelopes: Envelopes,
    /** The last event of everything that there is now. */
    private readonly newest: () => Promise<Place>,
  ) {}

  /**
   * Goes on until aborted, with a step at least every `QUIET` ms. Refuses what `permitted` refuses,
   * whenever that is: nobody is told of an event that takes the right to see it, or of a later one;
   * `cursor.invalid` for a place that is not in this log; `read.quarantined` for an organization
   * whose history is damaged. Of all organizations a damaged event is left out; it is no place.
   */
  async *read(
    question: FeedQuestion,
    permitted: Permitted,
    signal: AbortSignal,
  ): AsyncGenerator<Step> {
    await permitted();
    const { organization, type } = question;
    const after = await this.#placeOf(question);
    const batches =
      organization === undefined
        ? this.#everything(after, signal)
        : this.#ofOne(organization, after, signal);
    const decides = organization ?? PLATFORM;
    for await (const { events, place, isAll } of batches) {
      const deciding = events.filter(({ stream }) => organizationOf(stream) === decides);
      await permitted(deciding.at(-1)?.revision);
      const wanted = events.filter(({ event }) => type === undefined || event.type === type);
      const messages = await this.envelopes.of(wanted);
      const placed = messages.map((message, index) => ({ message, place: markOf(wanted[index]!) }));
      yield { messages: placed, place, isAll };
    }
  }

  async #placeOf({ after }: FeedQuestion): Promise<Place | 'now'> {
    if (after === 'now' || after === null) return after;
    return (await found(this.log, after)) ?? elsewhere();
  }

  async *#ofOne(
    organization: OrganizationId,
    after: Place | 'now',
    signal: AbortSignal,
  ): AsyncGenerator<Batch> {
    const stream = organizationStream(organization);
    const heard = await this.news.of(organization);
    try {
      let place = after === 'now' ? placeOf(await this.log.last(stream)) : after;
      while (!signal.aborted) {
        for await (const events of this.log.read(stream, revisionOf(place) + 1)) {
          place = placeOf(events.at(-1));
          yield { events, place, isAll: false };
          if (signal.aborted) return;
        }
        yield { events: [], place, isAll: true };
        await heard.beyond(revisionOf(place), QUIET, signal);
      }
    } catch (error) {
      if (!(error instanceof DamagedEvent)) throw error;
      refuse('read.quarantined', `Event ${error.revision} of this organization is damaged.`);
    } finally {
      heard.end();
    }
  }

  async *#everything(after: Place | 'now', signal: AbortSignal): AsyncGenerator<Batch> {
    let place = after === 'now' ? await this.newest() : after;
    let at = place?.position ?? null;
    let end = await this.log.head();
    const following = new AbortController();
    const both = AbortSignal.any([signal, following.signal]);
    const coming = followPastDamage(this.log, at, both);
    try {
      let next = settling(coming.next());
      while (!signal.aborted) {
        if (!isBefore(at, end)) end = await this.log.head();
        if (!isBefore(at, end)) yield { events: [], place, isAll: true };
        const found = await next(QUIET);
        if (found === undefined) continue;
        if (found.done === true) return;
        const { value } = found;
        requireKnown(value);
        const events = value instanceof DamagedEvent ? [] : value;
        place = placeOf(events.at(-1)) ?? place;
        at = value instanceof DamagedEvent ? value.position : (place?.position ?? null);
        next = settling(coming.next());
        yield { events, place, isAll: false };
      }
    } catch (error) {
      if (error instanceof AheadOfLog) elsewhere();
      throw error;
    } finally {
      following.abort();
      await coming.return(undefined).catch(() => undefined);
    }
  }
}

/**
 * What comes within so many milliseconds, asked again and again; it fails where it is asked. A race
 * would leave something behind on what is waited for every time.
 */
function settling<T>(coming: Promise<T>): (patience: number) => Promise<T | undefined> {
  const settled = new AbortController();
  const end = () => settled.abort();
  coming.then(end, end);
  return async (patience) => {
    await delay(patience, undefined, { signal: settled.signal }).catch(() => undefined);
    return settled.signal.aborted ? coming : undefined;
  };
}

const placeOf = (last: Recorded | undefined): Place => (last === undefined ? null : markOf(last));

const revisionOf = (place: Place): number => place?.revision ?? -1;

const elsewhere = (): never =>
  refuse('cursor.invalid', 'The log does not have the event of this cursor: begin anew.', [
    { pointer: '?cursor', detail: 'is of another log, or of an older backup of it' },
  ]);
