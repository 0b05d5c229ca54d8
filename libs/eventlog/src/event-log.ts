import type { DomainEvent, Metadata, Recorded } from '#domain/events.js';

/**
 * An event encoded once, ready to be appended. A retry repeats exactly these bytes.
 * Made by `encode` in codec.ts.
 */
export interface EncodedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  /** RFC 8785 form of {stream, revision, type, schemaVersion, metadata without hash, data}. */
  readonly canonical: string;
  /** What the canonical form says, so that nobody in this process decodes it again. */
  readonly event: DomainEvent;
  readonly metadata: Metadata;
  /** UTF-8 length of its data as JSON, without type and metadata: what an append is measured by. */
  readonly dataBytes: number;
}

export type AppendOutcome =
  /** On disk. `position` is that of the last event. */
  | { readonly outcome: 'committed'; readonly revision: number; readonly position: bigint }
  /** Nothing was written: the stream is at `actual` (-1: there is none). */
  | { readonly outcome: 'conflict'; readonly actual: number }
  /** Written or not, nobody knows; settled only by repeating the same append unchanged. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** An event as it lies in the log, not verified: what `verify` and the raw export look at. */
export interface StoredRecord {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly position: bigint;
  readonly canonical: string;
  /** SHA-256, hex, as stored beside the canonical form. */
  readonly hash: string;
}

/** Whether the log takes appends, and what is damaged in it. */
export type LogHealth = (
  | { readonly status: 'ok' }
  /** Reads go on; every append throws `LogStopped` until the service is restarted. */
  | { readonly status: 'stopped'; readonly reason: string }
  /** The store does not answer; it is tried again, and what can't be done meanwhile says so. */
  | { readonly status: 'unreachable'; readonly reason: string }
) & {
  /** Events that were met damaged by anybody since the start; absent: none. */
  readonly damaged?: readonly DamagedEvent[];
};

/** Limits of every engine, pinned by the contract suite. */
export const LIMITS = {
  /** Of the canonical form. */
  eventBytes: 64 * 1024,
  catalogueEventBytes: 512 * 1024,
  /** Of the data of its events: EventStoreDB takes 1,048,576 of that, unless it is set up otherwise. */
  appendBytes: 768 * 1024,
  appendEvents: 1000,
} as const;

/** The append-only log of all streams, in one commit order. */
export abstract class EventLog {
  /** Names this log for ever; a cursor of another log is refused by it. */
  abstract readonly id: string;

  /**
   * Appends all events or none. The first one's revision is the expected position of the stream's
   * end: 0 for a stream that does not exist yet. The same append repeated is `committed` with
   * the revision and position of the first time; any other content at a revision that is taken, a
   * partial overlap included, is a `conflict`. All events are of one stream, their revisions
   * follow one another, and there is at least one: else a `TypeError`. Refuses (throws
   * `AppendTooLarge`, nothing written) what is over `LIMITS`. Throws `LogStopped` when the log
   * takes nothing any more: this call wrote nothing, and settles nothing about an earlier one
   * that was `unknown`.
   */
  abstract append(events: readonly EncodedEvent[]): Promise<AppendOutcome>;

  /**
   * Events of one stream from `from` to `to` (both inclusive; to the end where left out), in
   * batches; nothing for a missing stream. Throws `DamagedEvent` rather than serving what was not
   * written.
   */
  abstract read(stream: string, from?: number, to?: number): AsyncIterable<readonly Recorded[]>;

  /** The stream's last event, or `undefined` for a missing stream. */
  abstract last(stream: string): Promise<Recorded | undefined>;

  /**
   * All events after `after` (exclusive; `null`: from the beginning) in commit order: catching up,
   * then live, in batches as they become available. Never ends by itself, only by `signal` or by
   * `close`. Events are shared between followers: nobody changes them. Throws `AheadOfLog` when
   * the log ends before `after`, and `DamagedEvent` for one that is read damaged, once everything
   * before it is handed out: see `followPastDamage`.
   */
  abstract follow(after: bigint | null, signal: AbortSignal): AsyncIterable<readonly Recorded[]>;

  /** Position of the last committed event, `null` when the log is empty. */
  abstract head(): Promise<bigint | null>;

  /** Every stream's name with the revision and hash of its last event, ordered by name. */
  abstract heads(): AsyncIterable<{ stream: string; revision: number; hash: string }>;

  /**
   * Stored records of one stream, or of the whole log in commit order, up to the end as it is
   * when asked. Not verified, so that a damaged one can be shown.
   */
  abstract records(stream?: string): AsyncIterable<readonly StoredRecord[]>;

  abstract health(): LogHealth;

  /** Finishes what was appended, ends every follower. */
  abstract close(): Promise<void>;
}

/** An append over `LIMITS`; nothing was written. */
export class AppendTooLarge extends Error {}

/** The log has stopped taking appends (a full disk, an I/O error); `health` says why. */
export class LogStopped extends Error {}

/** The store did not answer in time: nothing is known of what was asked. */
export class LogUnavailable extends Error {}

/** The server answers and holds no log of ours, and none is to be made. */
export class LogMissing extends Error {}

/** A log is being moved there, and not all of it is there yet: nobody works with it. */
export class LogIncomplete extends Error {
  constructor() {
    super(
      'a log is being moved to this EventStoreDB; repeat "membership migrate" until it is done',
    );
  }
}

/** A follower has seen more than the log holds: it is another log, or an older backup of it. */
export class AheadOfLog extends Error {
  constructor(after: bigint, head: bigint | null) {
    super(
      `the log ends at ${head ?? 'nothing'}, before ${after}: another log, or an older backup of it? Rebuild what follows it`,
    );
  }
}

/** A stored event that is never served: it does not have the hash it was stored with, or is unknown. */
export class DamagedEvent extends Error {
  /** `newer`: whole, and only a newer program understands it. */
  readonly kind: 'damaged' | 'newer' = 'damaged';

  /**
   * @param position its place in the log, if it was met there and it is certain that it is this
   * stream's: whoever closes the stream can follow on after it.
   */
  constructor(
    readonly stream: string,
    readonly revision: number,
    detail: string,
    readonly position?: bigint,
  ) {
    super(`event ${revision} of ${stream} is damaged: ${detail}`);
  }
}
