import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Recorded } from '#domain/events.js';
import { organizationStream, type Instant, type OrganizationId } from '#domain/ids.js';
import type { EventLog } from '#eventlog/event-log.js';
import { dropTables, emptyTables } from '#readstore/discarding.js';
import { CheckpointLost, Checkpoints } from '#readstore/checkpoints.js';
import { Progress, type Quarantined } from '#readstore/progress.js';
import type { ReadStore } from '#readstore/store.js';
import type { Vault } from '#vault/vault.js';
import { Applying } from './applying.js';
import { Build, NOTHING } from './build.js';
import { ErasedBytes } from './erased-bytes.js';
import { healthOf, type RunnerHealth } from './health.js';
import { install } from './installation.js';
import type { Projection } from './projection.js';
import { catchUp, serveInstead } from './rebuilding.js';
import { repair } from './repairing.js';
import { Turns } from './turns.js';
import { Waiters } from './waiters.js';

/** Organizations whose newest applied revision is kept at hand. */
const REVISIONS = 20_000;
/** Pauses before trying again after an error, in milliseconds: the first, and the longest. */
const PAUSE = { first: 100, longest: 10_000 } as const;
/** How often the log is looked at for an event that is not there yet, in milliseconds. */
const LOOK = 50;
/**
 * Fewer events than these are followed by a pause in milliseconds, which ends when somebody waits:
 * what comes meanwhile shares a transaction and the pages it writes.
 */
const GATHERING = { events: 64, time: 20 } as const;

export interface RunnerOptions {
  readonly log: EventLog;
  readonly vault: Vault;
  readonly store: ReadStore;
  readonly projections: readonly Projection[];
  /** The clock, for health and quarantine; the machine's where left out. */
  readonly now?: () => Instant;
  /** Told of errors it goes on from, and of the one it stops for. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Follows the log for all projections of one store: one follower, and each batch in one
 * transaction with the checkpoints of all. Only one runner may work on a store; of two, the one
 * that is behind stops.
 */
export class ProjectionRunner extends Progress {
  readonly #options: Required<RunnerOptions>;
  readonly #checkpoints: Checkpoints;
  readonly #applying: Applying;
  readonly #turns = new Turns();
  /** Rebuilds and repairs, one at a time. */
  readonly #works = new Turns();
  readonly #waiters = new Waiters();
  readonly #revisions = new LRUCache<string, number>({ max: REVISIONS });
  readonly #erased: ErasedBytes;
  readonly #stopping = new AbortController();
  readonly #serving = new Map<string, Build>();
  readonly #building = new Map<string, Build>();
  #status: RunnerHealth['status'] = 'stopped';
  #reason: string | undefined;
  #running: Promise<unknown> = Promise.resolve();
  /** End of the log when the runner was started. */
  #start = NOTHING;

  constructor(options: RunnerOptions) {
    super();
    const now = () => new Date().toISOString() as Instant;
    this.#options = { now, onError: () => undefined, ...options };
    const { store, vault } = options;
    this.#checkpoints = new Checkpoints(store);
    this.#erased = new ErasedBytes(store);
    this.#applying = new Applying({
      store,
      vault,
      checkpoints: this.#checkpoints,
      now: this.#options.now,
      committed: (events, erasing) => this.#committed(events, erasing),
    });
  }

  /** Makes or finds the tables and begins to follow. Reads wait until it has caught up. */
  async start(): Promise<void> {
    const { log, store, projections } = this.#options;
    const head = await log.head();
    this.#start = head ?? NOTHING;
    for (const projection of projections) {
      const { serving, building } = install(store, this.#checkpoints, projection, {
        id: log.id,
        head,
      });
      this.#serving.set(projection.name, serving);
      if (building !== undefined) this.#building.set(projection.name, building);
    }
    // A process that was killed may have left erased bytes in the WAL.
    this.#erased.note();
    this.#status = 'running';
    const rebuilds = [...this.#building.values()].map((building) =>
      this.#works.run(() => this.#rebuild(building)).catch(this.#options.onError),
    );
    const discarding = this.#works.run(() => this.#discardRetired());
    this.#running = Promise.all([
      this.#follow(),
      ...rebuilds,
      discarding.catch(this.#options.onError),
    ]);
  }

  /** Ends the following; what was being applied is finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#works.run(async () => undefined);
    this.#waiters.close();
    this.#erased.close();
    if (this.#status !== 'superseded') this.#status = 'stopped';
  }

  async waitFor(position: bigint, timeout: number): Promise<boolean> {
    if (position <= this.#applied()) return true;
    if (this.#status === 'superseded') return false;
    return this.#waiters.wait(position, timeout);
  }

  async waitForRevision(
    organization: OrganizationId,
    revision: number,
    timeout: number,
  ): Promise<boolean> {
    const stream = organizationStream(organization);
    const applied = this.#revisions.get(stream);
    if (applied !== undefined && revision <= applied) return true;
    const end = performance.now() + timeout;
    for (;;) {
      const position = await this.#positionOf(stream, revision);
      const left = end - performance.now();
      if (position !== undefined) return this.waitFor(position, Math.max(0, left));
      if (left <= 0 || this.#stopping.signal.aborted) return false;
      await sleep(Math.min(LOOK, left));
    }
  }

  caughtUp(timeout: number): Promise<boolean> {
    return this.waitFor(this.#start, timeout);
  }

  async upToDate(timeout: number): Promise<boolean> {
    return this.waitFor((await this.#options.log.head()) ?? NOTHING, timeout);
  }

  quarantined(organization: OrganizationId): Quarantined | undefined {
    const stream = organizationStream(organization);
    for (const build of this.#serving.values()) {
      const found = build.quarantined(organization, stream);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /**
   * Builds a projection anew from the first event while the old rows are read, and resolves when
   * the new ones have taken their place. @throws TypeError for a name that is none.
   */
  async rebuild(name: string): Promise<void> {
    await this.#works.run(async () => {
      const serving = this.#serving.get(name);
      if (serving === undefined) throw new TypeError(`there is no projection ${name}`);
      const { store, log } = this.#options;
      const building = store.transaction(() =>
        Build.create(store, this.#checkpoints, serving.projection, {
          log: log.id,
          state: 'building',
        }),
      );
      this.#building.set(name, building);
      await this.#rebuild(building);
    });
  }

  /**
   * Takes away all rows of one organization and applies its events again, lifting its quarantine.
   * Until then its reads are refused. Gives what stays quarantined.
   */
  async rebuildOrganization(organization: OrganizationId): Promise<Quarantined | undefined> {
    const { log, store } = this.#options;
    const [checkpoints, applying, turns] = [this.#checkpoints, this.#applying, this.#turns];
    const stream = organizationStream(organization);
    return this.#works.run(async () => {
      for (const build of this.#serving.values()) {
        await repair({ log, store, checkpoints, applying, turns }, build, stream);
      }
      return this.quarantined(organization);
    });
  }

  async health(): Promise<RunnerHealth> {
    const head = await this.#options.log.head();
    const now = this.#options.now();
    return {
      status: this.#status,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      projections: [
        ...[...this.#serving.values()].map((one) => healthOf(one, 'serving', head, now)),
        ...[...this.#building.values()].map((one) => healthOf(one, 'building', head, now)),
      ],
    };
  }

  /** Of the last event that everything served has applied. */
  #applied(): bigint {
    let least: bigint | undefined;
    for (const { position } of this.#serving.values()) {
      if (least === undefined || position < least) least = position;
    }
    return least ?? NOTHING;
  }

  async #positionOf(stream: string, revision: number): Promise<bigint | undefined> {
    const events = this.#options.log.read(stream, revision)[Symbol.asyncIterator]();
    const { value } = await events.next();
    await events.return?.();
    return (value as readonly Recorded[] | undefined)?.[0]?.position;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    for (
      let pause: number = PAUSE.first;
      !signal.aborted;
      pause = Math.min(2 * pause, PAUSE.longest)
    ) {
      try {
        const after = this.#applied();
        for await (const events of this.#options.log.follow(
          after === NOTHING ? null : after,
          signal,
        )) {
          await this.#turns.run(() => this.#applying.follow([...this.#serving.values()], events));
          this.#status = 'running';
          this.#reason = undefined;
          pause = PAUSE.first;
          if (events.length < GATHERING.events) await this.#waiters.quiet(GATHERING.time);
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onError(error);
        this.#reason = error instanceof Error ? error.message : String(error);
        this.#status = error instanceof CheckpointLost ? 'superseded' : 'failing';
        if (error instanceof CheckpointLost) return this.#waiters.close();
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #committed(events: readonly Recorded[], erasing: boolean): void {
    for (const { stream, revision } of events) this.#revisions.set(stream, revision);
    if (erasing) this.#erased.note();
    this.#waiters.reached(this.#applied());
  }

  async #rebuild(building: Build): Promise<void> {
    const { name } = building.projection;
    const { log, store } = this.#options;
    const serving = this.#serving.get(name) as Build;
    const { signal } = this.#stopping;
    const options = { log, applying: this.#applying, turns: this.#turns, signal };
    const done = await catchUp(options, building, serving, () => {
      serveInstead(store, this.#checkpoints, building, serving);
      this.#serving.set(name, building);
      this.#building.delete(name);
    });
    if (done) await this.#discardRetired();
  }

  /** Frees what no build needs any more, a little at a time. */
  async #discardRetired(): Promise<void> {
    const { store } = this.#options;
    for (const { state, shape, build } of this.#checkpoints.all()) {
      if (state !== 'retired') continue;
      for (const _ of emptyTables(store, shape, build)) {
        if (this.#stopping.signal.aborted) return;
        await nextTurn();
      }
      store.transaction(() => {
        store.define(dropTables(store.db, shape, build));
        this.#checkpoints.remove(build);
      });
    }
    this.#erased.note();
  }
}
