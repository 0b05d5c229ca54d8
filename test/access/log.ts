/** Puts events into a real log, chained as the service chains them. */
import type { ActorFact, Metadata } from '#domain/events.js';
import type { Instant } from '#domain/ids.js';
import { encode, NO_HASH, type MetadataInput } from '#eventlog/codec.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import type { Happened } from './oracle.js';

const NOON = '2026-03-01T12:00:00.000Z' as Instant;
const METADATA = {
  commandId: 'cmd_test',
  actor: { kind: 'system', id: 'configuration', via: 'internal' },
  correlationId: 'test',
  schemaVersion: 1,
  catalogueVersion: 1,
} as unknown as MetadataInput;

/** A log that gives events their revisions. */
export class TestLog {
  readonly log: SqliteEventLog;
  readonly #heads = new Map<string, { revision: number; hash: string }>();

  /** @param path of its file; absent: it is in memory. */
  constructor(path = ':memory:') {
    this.log = new SqliteEventLog(path);
  }

  /** Appends each by itself and waits until all are on disk. */
  async append(
    events: readonly (Happened & { at?: Instant; actor?: ActorFact; schemaVersion?: number })[],
  ): Promise<void> {
    const appended = events.map(({ stream, event, at = NOON, actor = METADATA.actor, ...more }) => {
      const { revision, hash } = this.#heads.get(stream) ?? { revision: -1, hash: NO_HASH };
      const metadata: Omit<Metadata, 'hash' | 'previousHash'> = {
        ...METADATA,
        ...(more.schemaVersion && { schemaVersion: more.schemaVersion }),
        actor,
        occurredAt: at,
      };
      const encoded = encode(stream, revision + 1, hash, event, metadata);
      this.#heads.set(stream, { revision: revision + 1, hash: encoded.metadata.hash });
      return this.log.append([encoded]);
    });
    for (const { outcome } of await Promise.all(appended)) {
      if (outcome !== 'committed') throw new Error(`an append ended ${outcome}`);
    }
  }

  revision(stream: string): number {
    return this.#heads.get(stream)?.revision ?? -1;
  }

  streams(): string[] {
    return [...this.#heads.keys()];
  }
}
