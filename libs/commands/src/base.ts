import type { MembershipEvent, Metadata } from '#domain/events.js';
import { evolve } from '#domain/evolve.js';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import { emptyOrganization, type Organization } from '#domain/state.js';
import { NO_HASH } from '#eventlog/codec.js';
import type { EventLog } from '#eventlog/event-log.js';
import { changedBy, RecentChanges } from './changes.js';

/** A stored event, as read or as appended. */
export interface StoredEvent {
  readonly revision: number;
  readonly event: unknown;
  readonly metadata: Metadata;
}

/** An organization as far as its stored events say; nothing else ever changes it. */
export class Base {
  readonly stream: string;
  readonly changes: RecentChanges;
  /** Events folded since the last snapshot. */
  tail = 0;
  /** When the end of the stream was last seen, in milliseconds of the process's clock. */
  seen = 0;
  #reading: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(
    readonly organization: Organization,
    /** Of the last event folded; -1: there is none. */
    public revision: number,
    /** Of the last event folded. */
    public hash: string,
  ) {
    this.stream = organizationStream(organization.id);
    this.changes = new RecentChanges(revision + 1);
  }

  static empty(id: OrganizationId): Base {
    return new Base(emptyOrganization(id), -1, NO_HASH);
  }

  /** Folds the next event; one that is folded already changes nothing. */
  apply({ revision, event, metadata }: StoredEvent): void {
    if (revision <= this.revision) return;
    if (revision !== this.revision + 1 || metadata.previousHash !== this.hash) {
      throw new Error(`event ${revision} of ${this.stream} does not follow on ${this.revision}`);
    }
    const known = event as MembershipEvent;
    this.changes.note(changedBy(known, this.organization), revision);
    evolve(this.organization, { event: known, metadata, revision });
    this.revision = revision;
    this.hash = metadata.hash;
    this.tail += 1;
  }

  /**
   * Knows of every event that was in the log when this was called. Who asks while a read is under
   * way waits for the next, which all of them share: that one may have passed the end before.
   */
  catchUp(log: EventLog): Promise<void> {
    this.#next ??= this.#reading
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return (this.#reading = this.#readOn(log));
      });
    return this.#next;
  }

  #readOn(log: EventLog): Promise<void> {
    this.seen = performance.now();
    return this.readTo(log);
  }

  /** Folds on to an event, or to the end. */
  async readTo(log: EventLog, revision?: number): Promise<void> {
    for await (const events of log.read(this.stream, this.revision + 1, revision)) {
      for (const event of events) this.apply(event);
    }
  }
}
