import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { organizationStream, type OrganizationId } from '#domain/ids.js';
import type { EventLog } from '#eventlog/event-log.js';
import { Progress, type Quarantined } from '#readstore/progress.js';
import { NOTHING } from './build.js';
import { Waiters } from './waiters.js';

/** Organizations whose newest applied revision is kept at hand; by size, since a cache by count takes
 * all its place at once. */
const REVISIONS = 20_000;
/** How often the log is looked at for an event that is not there yet, in milliseconds. */
const LOOK = 50;

/** What was applied in one transaction. */
export interface Step {
  /** Of the last event that every read model has applied. */
  readonly position: bigint;
  /** The newest revision applied of each stream the transaction touched. */
  readonly revisions: ReadonlyMap<string, number>;
}

/** How far the read models are, as whoever applies events says. */
export class Applied extends Progress {
  readonly #revisions = new LRUCache<string, number>({
    maxSize: REVISIONS,
    sizeCalculation: () => 1,
  });
  readonly #waiters: Waiters;
  /** Of the last event applied. */
  #position = NOTHING;
  /** End of the log when the following began. */
  #start: bigint | undefined;
  #ended = false;

  constructor(
    private readonly log: EventLog,
    private readonly quarantine: (organization: OrganizationId) => Quarantined | undefined,
    /** Told that somebody waits. */
    onWait?: () => void,
  ) {
    super();
    this.#waiters = new Waiters(onWait);
  }

  /** Events are followed from here on: `head` is where the log ends, `position` what is applied. */
  begin(head: bigint | null, position: bigint): void {
    this.#start ??= head ?? NOTHING;
    this.#position = position;
    this.#waiters.reached(position);
  }

  reached({ position, revisions }: Step): void {
    for (const [stream, revision] of revisions) this.#revisions.set(stream, revision);
    if (position > this.#position) this.#position = position;
    this.#waiters.reached(this.#position);
  }

  /** Nothing will be applied any more: nobody waits any longer. */
  end(): void {
    this.#ended = true;
    this.#waiters.close();
  }

  /** Resolves after so many milliseconds, or as soon as somebody waits. */
  quiet(time: number): Promise<void> {
    return this.#waiters.quiet(time);
  }

  /** Somebody waits, elsewhere. */
  hurry(): void {
    this.#waiters.disturb();
  }

  /** Is it known here that this was applied? */
  has(stream: string, revision: number): boolean {
    const newest = this.#revisions.get(stream);
    return newest !== undefined && revision <= newest;
  }

  async waitFor(position: bigint, timeout: number): Promise<boolean> {
    if (position <= this.#position) return true;
    return this.#ended ? false : this.#waiters.wait(position, timeout);
  }

  async waitForRevision(
    organization: OrganizationId,
    revision: number,
    timeout: number,
  ): Promise<boolean> {
    const stream = organizationStream(organization);
    if (this.has(stream, revision)) return true;
    const end = performance.now() + timeout;
    for (;;) {
      const position = await this.#positionOf(stream, revision);
      const left = end - performance.now();
      if (position !== undefined) return this.waitFor(position, Math.max(0, left));
      if (left <= 0 || this.#ended) return false;
      await sleep(Math.min(LOOK, left));
    }
  }

  async caughtUp(timeout: number): Promise<boolean> {
    const end = performance.now() + timeout;
    while (this.#start === undefined) {
      const left = end - performance.now();
      if (left <= 0 || this.#ended) return false;
      await sleep(Math.min(LOOK, left));
    }
    return this.waitFor(this.#start, Math.max(0, end - performance.now()));
  }

  async upToDate(timeout: number): Promise<boolean> {
    return this.waitFor((await this.log.head()) ?? NOTHING, timeout);
  }

  quarantined(organization: OrganizationId): Quarantined | undefined {
    return this.quarantine(organization);
  }

  async #positionOf(stream: string, revision: number): Promise<bigint | undefined> {
    let position: bigint | undefined;
    for await (const [event] of this.log.read(stream, revision, revision)) {
      position = event?.position;
    }
    return position;
  }
}
