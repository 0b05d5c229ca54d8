/** Events become rows: in transactions of a few milliseconds, checkpoints moving with the rows. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventType, Recorded } from '#domain/events.js';
import type { Instant } from '#domain/ids.js';
import type { Followed, KnownDamage } from '#eventlog/damage.js';
import { DamagedEvent } from '#eventlog/event-log.js';
import type { Checkpoints } from '#readstore/checkpoints.js';
import type { QuarantineTable } from '#readstore/rows.js';
import { isOutage, type ReadStore } from '#readstore/store.js';
import type { Vault } from '#vault/vault.js';
import { NotApplicable, type Build } from './build.js';
import { plaintextsOf, type Plaintexts } from './opening.js';

/** One transaction takes so many events, and more while it takes no longer, in milliseconds. */
const SLICE = { least: 100, time: 6 } as const;

/** After these, bytes of somebody's data lie where rows were. */
const ERASING: ReadonlySet<EventType> = new Set<EventType>([
  'member.invite_erase',
  'member.personal_data_erase',
]);

export interface ApplyingOptions {
  readonly store: ReadStore;
  readonly checkpoints: Checkpoints;
  readonly vault: Vault;
  readonly now: () => Instant;
  /** Told of what is committed. */
  readonly committed: (events: readonly Recorded[], erasing: boolean) => void;
}

/** Streams that fail in this slice, per build. */
type Failing = Map<Build, Map<string, QuarantineTable>>;

export class Applying {
  constructor(private readonly options: ApplyingOptions) {}

  /** Takes what comes next in the log; see `follow` and `lose`. */
  async next(builds: readonly Build[], next: Followed): Promise<void> {
    if (next instanceof DamagedEvent) this.lose(builds, next);
    else await this.follow(builds, next);
  }

  /**
   * Applies what each build has not seen yet. An event that can't be applied quarantines its
   * stream in that build. Throws `CheckpointLost`, and what store and vault throw.
   */
  async follow(builds: readonly Build[], events: readonly Recorded[]): Promise<void> {
    const unseen = events.filter((event) => builds.some((one) => event.position > one.position));
    const plaintexts = await plaintextsOf(this.options.vault, unseen);
    for (let first = 0; first < unseen.length;) {
      const next = this.#slice(builds, unseen, first, plaintexts);
      const done = unseen.slice(first, next);
      this.options.committed(
        done,
        done.some(({ event }) => ERASING.has(event.type)),
      );
      first = next;
      if (first < unseen.length) await nextTurn();
    }
  }

  /** Quarantines the stream of an event that is lost, in each build that comes to it, and goes on. */
  lose(builds: readonly Build[], damage: KnownDamage): void {
    const { stream, position } = damage;
    const coming = builds.filter((build) => build.position < position);
    const rowOf = (build: Build) => this.lostRow(build, damage);
    const { store, checkpoints } = this.options;
    store.transaction(() => {
      for (const build of coming) {
        const { number, name, position: from } = build;
        checkpoints.move({ build: number, name }, from, position);
        if (!build.quarantine.has(stream)) checkpoints.quarantine(rowOf(build));
      }
    });
    for (const build of coming) build.lost(position, rowOf(build));
    this.options.committed([], false);
  }

  /** Applies events of one stream again; the checkpoint stays. Throws `NotApplicable`. */
  async replay(build: Build, events: readonly Recorded[]): Promise<void> {
    const plaintexts = await plaintextsOf(this.options.vault, events);
    this.options.store.transaction(() => {
      for (const event of events) build.apply(event, plaintexts);
    });
  }

  /** How a stream that failed stands in the quarantine. */
  row({ build, recorded, cause }: NotApplicable): QuarantineTable {
    return {
      build: build.number,
      stream: recorded.stream,
      revision: recorded.revision,
      type: recorded.event.type,
      reason: cause instanceof Error ? cause.message : String(cause),
      at: this.options.now(),
    };
  }

  /** The same, of one whose event is lost. */
  lostRow({ number }: Build, { stream, revision, message }: DamagedEvent): QuarantineTable {
    const at = this.options.now();
    return { build: number, stream, revision, type: 'damaged', reason: message, at };
  }

  /** One transaction, tried again without what fails in it; the index of the next event. */
  #slice(
    builds: readonly Build[],
    events: readonly Recorded[],
    first: number,
    plaintexts: Plaintexts,
  ): number {
    const { store } = this.options;
    const failing: Failing = new Map(builds.map((build) => [build, new Map()]));
    for (;;) {
      try {
        const next = store.transaction(() =>
          this.#write(builds, events, first, plaintexts, failing),
        );
        const last = events[next - 1] as Recorded;
        for (const build of builds) build.moved(last, failing.get(build)?.values() ?? []);
        return next;
      } catch (error) {
        if (!(error instanceof NotApplicable)) throw error;
        if (isOutage(error.cause)) throw error.cause;
        failing.get(error.build)?.set(error.recorded.stream, this.row(error));
      }
    }
  }

  #write(
    builds: readonly Build[],
    events: readonly Recorded[],
    first: number,
    plaintexts: Plaintexts,
    failing: Failing,
  ): number {
    const end = performance.now() + SLICE.time;
    const least = Math.min(first + SLICE.least, events.length);
    let next = first;
    for (; next < least || (next < events.length && performance.now() < end); next++) {
      const recorded = events[next] as Recorded;
      for (const build of builds) {
        const failed = failing.get(build)?.get(recorded.stream);
        if (failed !== undefined && recorded.revision >= failed.revision) continue;
        if (recorded.position > build.position && !build.quarantine.has(recorded.stream)) {
          build.apply(recorded, plaintexts);
        }
      }
    }
    const { position } = events[next - 1] as Recorded;
    for (const build of builds) {
      if (position <= build.position) continue;
      const { number, name } = build;
      this.options.checkpoints.move({ build: number, name }, build.position, position);
      const failed = failing.get(build)?.values() ?? [];
      for (const row of failed) this.options.checkpoints.quarantine(row);
    }
    return next;
  }
}
