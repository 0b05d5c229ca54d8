/** Events become rows: in transactions of a few milliseconds, checkpoints moving with the rows. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventType, Recorded } from '#domain/events.js';
import type { Instant } from '#domain/ids.js';
import type { Followed, KnownDamage } from '#eventlog/damage.js';
import { DamagedEvent } from '#eventlog/event-log.js';
import { CheckpointLost, type Checkpoints } from '#readstore/checkpoints.js';
import type { QuarantineTable } from '#readstore/rows.js';
import type { Script } from '#readstore/script.js';
import { isOutage, type Writer } from '#readstore/store.js';
import type { Vault } from '#vault/vault.js';
import { NotApplicable, type Build } from './build.js';
import { plaintextsOf, type Plaintexts } from './opening.js';
import { writeInOrder, writeTogether, type Failing, type Slice } from './slices.js';

/** After these, bytes of somebody's data lie where rows were. */
const ERASING: ReadonlySet<EventType> = new Set<EventType>([
  'member.invite_erase',
  'member.personal_data_erase',
]);

/** One transaction. */
export interface Committed {
  readonly builds: readonly Build[];
  readonly events: readonly Recorded[];
  readonly erasing: boolean;
  /** Milliseconds since the epoch. */
  readonly begunAt: number;
}

export interface ApplyingOptions {
  readonly writer: Writer;
  readonly checkpoints: Checkpoints;
  readonly vault: Vault;
  readonly now: () => Instant;
  readonly committed: (what: Committed) => void;
  /** Told of what every build has behind it when it comes. */
  readonly behind: (events: readonly Recorded[]) => void;
}

export class Applying {
  constructor(private readonly options: ApplyingOptions) {}

  /** Takes what comes next in the log; see `follow` and `lose`. */
  async next(builds: readonly Build[], next: Followed): Promise<void> {
    if (next instanceof DamagedEvent) await this.lose(builds, next);
    else await this.follow(builds, next);
  }

  /**
   * Applies what each build has not seen yet. An event that can't be applied quarantines its
   * stream in that build. Throws `CheckpointLost`, and what store and vault throw.
   */
  async follow(builds: readonly Build[], events: readonly Recorded[]): Promise<void> {
    const unseen = events.filter((event) => builds.some((one) => event.position > one.position));
    const behind = events.filter((event) => builds.every((one) => event.position <= one.position));
    if (behind.length > 0) this.options.behind(behind);
    const plaintexts = await plaintextsOf(this.options.vault, unseen);
    for (let first = 0; first < unseen.length;) {
      const begunAt = Date.now();
      const next = await this.#slice(builds, unseen, first, plaintexts);
      const done = unseen.slice(first, next);
      const erasing = done.some(({ event }) => ERASING.has(event.type));
      this.options.committed({ builds, events: done, erasing, begunAt });
      first = next;
      if (first < unseen.length) await nextTurn();
    }
  }

  /** Quarantines the stream of an event that is lost, in each build that comes to it, and goes on. */
  async lose(builds: readonly Build[], damage: KnownDamage): Promise<void> {
    const { stream, position } = damage;
    const coming = builds.filter((build) => build.position < position);
    const rowOf = (build: Build) => this.lostRow(build, damage);
    const { writer, checkpoints } = this.options;
    await writer.transaction(function* () {
      for (const build of coming) {
        const { number, name, position: from } = build;
        yield* checkpoints.move({ build: number, name }, from, position);
        if (!build.quarantine.has(stream)) checkpoints.quarantine(rowOf(build));
      }
    });
    for (const build of coming) build.lost(position, rowOf(build));
    this.options.committed({ builds, events: [], erasing: false, begunAt: Date.now() });
  }

  /** Applies events of one stream again; the checkpoint stays. Throws `NotApplicable`. */
  async replay(build: Build, events: readonly Recorded[]): Promise<void> {
    const plaintexts = await plaintextsOf(this.options.vault, events);
    await this.options.writer.transaction(function* () {
      for (const event of events) yield* build.apply(event, plaintexts);
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
  lostRow({ number }: Build, { stream, revision, kind, message }: DamagedEvent): QuarantineTable {
    const at = this.options.now();
    return { build: number, stream, revision, type: kind, reason: message, at };
  }

  /** One transaction, tried again without what fails in it; the index of the next event. */
  async #slice(
    builds: readonly Build[],
    events: readonly Recorded[],
    first: number,
    plaintexts: Plaintexts,
  ): Promise<number> {
    const { writer } = this.options;
    const failing: Failing = new Map(builds.map((build) => [build, new Map()]));
    const write = writer.isRemote ? writeTogether : writeInOrder;
    for (let alone = false; ;) {
      try {
        const slice = { builds, events, first, plaintexts, failing, alone };
        const next = await writer.transaction(() => this.#moving(write, slice));
        const last = events[next - 1] as Recorded;
        for (const build of builds) build.moved(last, failing.get(build)?.values() ?? []);
        return next;
      } catch (error) {
        if (error instanceof NotApplicable) {
          if (isOutage(error.cause)) throw error.cause;
          failing.get(error.build)?.set(error.recorded.stream, this.row(error));
        } else if (alone || isOutage(error) || error instanceof CheckpointLost) {
          throw error;
        }
        // Of many that were on their way together nobody knows which it was.
        alone = writer.isRemote;
      }
    }
  }

  /** The rows and the checkpoints; the index of the next event. */
  *#moving(write: (slice: Slice) => Script<number>, slice: Slice): Script<number> {
    const { checkpoints } = this.options;
    const next = yield* write(slice);
    const { position } = slice.events[next - 1] as Recorded;
    for (const build of slice.builds) {
      if (position <= build.position) continue;
      const { number, name } = build;
      yield* checkpoints.move({ build: number, name }, build.position, position);
      const failed = slice.failing.get(build)?.values() ?? [];
      for (const row of failed) checkpoints.quarantine(row);
    }
    return next;
  }
}
