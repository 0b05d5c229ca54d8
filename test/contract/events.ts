import type { DomainEvent, Recorded } from '#domain/events.js';
import type { CommandId, Instant } from '#domain/ids.js';
import { encode, type MetadataInput, NO_HASH } from '#eventlog/codec.js';
import type { EncodedEvent, EventLog } from '#eventlog/event-log.js';

/** Metadata as plain as it can be. */
export const metadata = (overrides: Partial<MetadataInput> = {}): MetadataInput => ({
  commandId: 'cmd_01h455vb4pex5vsknk084sn02q' as CommandId,
  actor: { kind: 'system', id: 'configuration', via: 'internal' },
  correlationId: 'req-1',
  occurredAt: '2026-03-01T12:00:00.000Z' as Instant,
  schemaVersion: 1,
  catalogueVersion: 1,
  ...overrides,
});

export const renamed = (name: string): DomainEvent => ({ type: 'organization.rename', name });

/** Events for one stream, each chained to the one before. */
export class Chain {
  /** Everything encoded so far. */
  readonly events: EncodedEvent[] = [];

  constructor(
    readonly stream: string,
    private revision = 0,
    private previousHash = NO_HASH,
  ) {}

  /** Encodes these at the end of the chain. */
  next(...events: readonly DomainEvent[]): EncodedEvent[] {
    return this.nextAs({}, ...events);
  }

  /** The same, with other metadata. */
  nextAs(overrides: Partial<MetadataInput>, ...events: readonly DomainEvent[]): EncodedEvent[] {
    const encoded = events.map((event) => {
      const made = encode(
        this.stream,
        this.revision,
        this.previousHash,
        event,
        metadata(overrides),
      );
      this.revision++;
      this.previousHash = made.metadata.hash;
      return made;
    });
    this.events.push(...encoded);
    return encoded;
  }

  /** `count` renames. */
  renames(count: number, label = 'name'): EncodedEvent[] {
    const from = this.revision;
    return this.next(...Array.from({ length: count }, (_, i) => renamed(`${label} ${from + i}`)));
  }
}

export const collect = async <T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> => {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
};

export const readAll = (
  log: EventLog,
  stream: string,
  from?: number,
  to?: number,
): Promise<Recorded[]> => collect(log.read(stream, from, to));

/** Follows until `count` events have come. */
export const followUntil = async (
  log: EventLog,
  after: bigint | null,
  count: number,
): Promise<Recorded[]> => {
  const stop = new AbortController();
  const seen: Recorded[] = [];
  if (count === 0) return seen;
  for await (const batch of log.follow(after, stop.signal)) {
    seen.push(...batch);
    if (seen.length >= count) stop.abort();
  }
  return seen;
};

/** What a reader is to get for an encoded event. */
export const asRecorded = (encoded: EncodedEvent, position: bigint): Recorded => ({
  stream: encoded.stream,
  revision: encoded.revision,
  id: encoded.id,
  position,
  event: encoded.event,
  metadata: encoded.metadata,
});

export const headsOf = async (log: EventLog) => {
  const heads: { stream: string; revision: number; hash: string }[] = [];
  for await (const head of log.heads()) heads.push(head);
  return heads;
};
