/** How what answers about access keeps up with the log, and what it makes a question wait for. */
import type { Mark, Recorded } from '#domain/events.js';
import { organizationStream, PLATFORM, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { Published } from '#catalogues/catalogues.js';
import { followPastDamage, type Followed } from '#eventlog/damage.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { Keeping } from '#eventlog/keeping.js';
import { markOf } from '#eventlog/mark.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import { PermissionIndex, type Fault, type IndexCopy } from './permission-index.js';
import type { Freshness } from './questions.js';
import { INDEX } from './snapshot.js';
import { Waiting } from './waiting.js';

export interface AccessHealth {
  /** Everything that was in the log when it was followed is applied. */
  readonly ready: boolean;
  /** Position of the last event applied. */
  readonly position: bigint | null;
  /** Position that the snapshot ended at which it began with; `null`: it began with the first event. */
  readonly restored: bigint | null;
  /** Organizations (and catalogues) whose event could not be applied or read, with the event. */
  readonly quarantined: readonly Fault[];
}

/**
 * An index that follows the log in commit order. Nothing that is `fresh` comes from before its
 * `atLeast`, nor from before what this node has acknowledged.
 */
export abstract class Following {
  protected index = new PermissionIndex();
  readonly #keeping: Keeping<PermissionIndex, IndexCopy>;
  readonly #waiting = new Waiting();
  readonly #acknowledged = new Map<OrganizationId, number>();
  #ready = false;
  #position: bigint | null = null;
  #newest: Mark | null = null;
  #restored: bigint | null = null;
  #turn: Promise<void> = Promise.resolve();

  /** @param patience how long a question waits for the revision it needs, in milliseconds. */
  constructor(
    protected readonly log: EventLog,
    protected readonly patience: number,
    snapshots: Snapshots | undefined,
  ) {
    this.#keeping = new Keeping(log, snapshots, INDEX);
  }

  /**
   * Follows the log until aborted; throws what keeps it from that, and can then be run again.
   * Nothing is answered while it does not run. An event that can't be applied, or is damaged,
   * closes its organization.
   */
  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.restore();
      const head = await this.log.head();
      this.#progress(head);
      for await (const next of followPastDamage(this.log, this.#position, signal)) {
        await this.#exclusively(() => this.#apply(next));
        this.#progress(head);
        if (this.#ready) this.#consider();
      }
    } finally {
      this.#ready = false;
      await this.#keeping.end(() => this.index.copy());
    }
  }

  /** Begins where the last snapshot ends, as `run` does, unless it has begun; true: it does so now. */
  async restore(): Promise<boolean> {
    if (this.#position !== null) return false;
    const found = await this.#keeping.restore();
    if (found === undefined) return false;
    this.index = found.state;
    this.#position = found.mark.position;
    this.#newest = found.mark;
    this.#restored = found.mark.position;
    return true;
  }

  /** The catalogues that were published up to where it is; `undefined` before it has begun. */
  get published(): Published | undefined {
    if (this.#position === null) return undefined;
    return { contents: this.index.contents(), upTo: this.#position };
  }

  /** This node has told somebody that the organization is at `revision`: from here on no answer
   * comes from before it. */
  acknowledged(organization: OrganizationId, revision: number): void {
    if (this.index.revision(organization) >= revision) return;
    const before = this.#acknowledged.get(organization) ?? -1;
    this.#acknowledged.set(organization, Math.max(before, revision));
  }

  /**
   * Folds one organization again from its own stream, out of quarantine if that succeeds; else
   * throws. What it answered before stays until then.
   */
  async rebuild(organization: OrganizationId): Promise<void> {
    await this.#exclusively(() => this.index.refold(organization, this.#eventsSoFar(organization)));
    this.#waiting.check();
  }

  /**
   * `rebuild` of every organization, one after the other, while all is answered as before. One
   * that can't be folded again stays as it was.
   */
  async rebuildAll(): Promise<void> {
    for (const organization of this.index.organizations()) {
      await this.rebuild(organization).catch(() => undefined);
    }
  }

  /** What comes later is on its way here with everything else, in commit order. */
  async *#eventsSoFar(organization: OrganizationId): AsyncGenerator<Recorded> {
    const end = this.#position;
    for await (const batch of this.log.read(organizationStream(organization))) {
      for (const recorded of batch) {
        if (end === null || recorded.position > end) return;
        yield recorded;
      }
    }
  }

  health(): AccessHealth {
    return {
      ready: this.#ready,
      position: this.#position,
      restored: this.#restored,
      quarantined: this.index.faults(),
    };
  }

  /** Position of the last event applied. */
  protected get position(): bigint | null {
    return this.#position;
  }

  /** The last event applied that could be read. */
  protected get newest(): Mark | null {
    return this.#newest;
  }

  /** The last event that could be read of all there is now; refuses `read.not_yet` where that is
   * not applied in time. */
  async upToNow(): Promise<Mark | null> {
    const head = await this.log.head();
    if (!(await this.applied(() => this.isUpTo(head), this.patience))) notYet();
    return this.#newest;
  }

  /** Is everything applied up to this place in the log? */
  protected isUpTo(end: bigint | null): boolean {
    return end === null || (this.#position !== null && this.#position >= end);
  }

  /** Waits until that is true of what is applied; false: it took too long, or was given up. */
  protected applied(
    isTrue: () => boolean,
    patience: number,
    signal?: AbortSignal,
  ): Promise<boolean> {
    return this.#waiting.until(isTrue, patience, signal);
  }

  #consider(): void {
    this.#keeping.consider(
      () => this.index.copy(),
      () => this.index.size,
    );
  }

  #apply(next: Followed): void {
    if (next instanceof DamagedEvent) {
      this.index.lose(next);
      this.#position = next.position;
    } else {
      for (const recorded of next) this.index.apply(recorded);
      this.#keeping.applied(next);
      const last = next.at(-1);
      if (last !== undefined) {
        this.#position = last.position;
        this.#newest = markOf(last);
      }
    }
    for (const [organization, revision] of this.#acknowledged) {
      if (this.index.revision(organization) >= revision) this.#acknowledged.delete(organization);
    }
  }

  /** @param head where the log ended when it began to be followed. */
  #progress(head: bigint | null): void {
    if (this.isUpTo(head)) this.#ready = true;
    this.#waiting.check();
  }

  /** Batches and rebuilds, one after the other. */
  #exclusively(work: () => void | Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Would the question be answered from too old a state? */
  protected isLate({ organization, atLeast }: Freshness): boolean {
    if (!this.#ready) return true;
    if (atLeast !== undefined && this.index.revision(organization) < atLeast) return true;
    if (this.#acknowledged.size === 0) return false;
    return this.#isBehind(organization) || this.#isBehind(PLATFORM);
  }

  #isBehind(organization: OrganizationId): boolean {
    const revision = this.#acknowledged.get(organization);
    return revision !== undefined && this.index.revision(organization) < revision;
  }

  /** As `fresh`, for what is asked about every organization. */
  protected async freshEverywhere(since?: Freshness): Promise<void> {
    const known = [...this.#acknowledged.keys()].map((organization) => ({ organization }));
    const all: Freshness[] = [{ organization: PLATFORM }, ...known, ...(since ? [since] : [])];
    if (all.some((one) => this.isLate(one))) await this.fresh(all);
  }

  /** Waits until none of these is late; refuses `read.not_yet` where that takes too long. */
  protected async fresh(questions: readonly Freshness[]): Promise<void> {
    const isFresh = () => !questions.some((one) => this.isLate(one));
    if (await this.#waiting.until(isFresh, this.patience)) return;
    notYet();
  }
}

export const notYet = (): never =>
  refuse('read.not_yet', 'This node has not yet applied what you ask for; ask again in a moment.');
