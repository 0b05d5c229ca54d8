import type { Recorded } from '#domain/events.js';
import {
  type AppendOutcome,
  type EncodedEvent,
  EventLog,
  type LogHealth,
  type StoredRecord,
} from '#eventlog/event-log.js';

/** What becomes of one append. */
export type Fault =
  | 'pass'
  /** Written, and nobody is told. */
  | 'unknown-written'
  /** Not written, and nobody is told. */
  | 'unknown-lost'
  /** The engine says there was a conflict, having written nothing. */
  | 'conflict'
  /** Nothing is known before `release`. */
  | 'hang'
  | 'throw';

/** The real log with appends that go wrong as told; every attempt is kept. */
export class FaultyLog extends EventLog {
  readonly attempts: (readonly EncodedEvent[])[] = [];
  /** Events that anybody was given. */
  given = 0;
  /** Faults of the next appends, one after the other; then all pass. */
  faults: Fault[] = [];
  /** Runs before each append is handed on: what another writer does meanwhile. */
  before: (events: readonly EncodedEvent[]) => Promise<void> = async () => undefined;
  /** Runs once a read has met the end of a stream, before whoever reads is told so. */
  atEnd: () => Promise<void> = async () => undefined;
  #held: (() => void)[] = [];

  constructor(readonly real: EventLog) {
    super();
  }

  get id(): string {
    return this.real.id;
  }

  async append(events: readonly EncodedEvent[]): Promise<AppendOutcome> {
    this.attempts.push(events);
    const fault = this.faults.shift() ?? 'pass';
    await this.before(events);
    switch (fault) {
      case 'pass':
        return this.real.append(events);
      case 'unknown-written':
        await this.real.append(events);
        return { outcome: 'unknown', reason: 'told so by the test' };
      case 'unknown-lost':
        return { outcome: 'unknown', reason: 'told so by the test' };
      case 'conflict':
        return { outcome: 'conflict', actual: (events[0]?.revision ?? 0) - 1 };
      case 'hang':
        await new Promise<void>((resolve) => {
          this.#held.push(resolve);
        });
        return this.real.append(events);
      case 'throw':
        throw new Error('told so by the test');
    }
  }

  release(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }

  async *read(stream: string, from?: number, to?: number): AsyncGenerator<readonly Recorded[]> {
    for await (const events of this.real.read(stream, from, to)) {
      this.given += events.length;
      yield events;
    }
    await this.atEnd();
  }

  last(stream: string): Promise<Recorded | undefined> {
    return this.real.last(stream);
  }

  follow(after: bigint | null, signal: AbortSignal): AsyncIterable<readonly Recorded[]> {
    return this.real.follow(after, signal);
  }

  head(): Promise<bigint | null> {
    return this.real.head();
  }

  heads(): AsyncIterable<{ stream: string; revision: number; hash: string }> {
    return this.real.heads();
  }

  records(stream?: string): AsyncIterable<readonly StoredRecord[]> {
    return this.real.records(stream);
  }

  health(): LogHealth {
    return this.real.health();
  }

  close(): Promise<void> {
    return this.real.close();
  }
}
