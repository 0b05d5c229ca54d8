import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { organizationOf, type Recorded } from '#domain/events.js';
import { organizationStream, type Instant, type OrganizationId } from '#domain/ids.js';
import { followPastDamage } from '#eventlog/damage.js';
import type { EventLog } from '#eventlog/event-log.js';
import { dropTables, emptyTables } from '#readstore/discarding.js';
import { CheckpointLost, Checkpoints } from '#readstore/checkpoints.js';
import { Progress, type Quarantined } from '#readstore/progress.js';
import type { ReadStore } from '#readstore/store.js';
import type { Vault } from '#vault/vault.js';
import { Applied, type Step } from './applied.js';
import { Applying } from './applying.js';
import { Build, NOTHING } from './build.js';
import { ErasedBytes } from './erased-bytes.js';
import { healthOf, type RunnerHealth } from './health.js';
import { install } from './installation.js';
import type { Projection } from './projection.js';
import { catchUp, serveInstead } from './rebuilding.js';
import { repair } from './repairing.js';
import { Turns } from './turns.js';

/** Pauses before trying again after an error, in milliseconds: the first, and the longest. */
const PAUSE = { first: 100, longest: 10_000 } as const;
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
  /** Told of every transaction, once it is committed. */
  readonly onApplied?: (step: Step) => void;
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
  readonly #applied: Applied;
  readonly #erased: ErasedBytes;
  readonly #stopping = new AbortController();
  readonly #serving = new Map<string, Build>();
  readonly #building = new Map<string, Build>();
  #status: RunnerHealth['status'] = 'stopped';
  #failure: unknown;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: RunnerOptions) {
    super();
    const now = () => new Date().toISOString() as Instant;
    const ignore = () => undefined;
    this.#options = { now, onError: ignore, onApplied: ignore, ...options };
    const { log, store, vault } = options;
    this.#applied = new Applied(log, (organization) => this.#quarantined(organization));
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
    for (const projection of projections) {
      const { serving, building } = install(store, this.#checkpoints, projection, {
        id: log.id,
        head,
      });
      this.#serving.set(projection.name, serving);
      if (building !== undefined) this.#building.set(projection.name, building);
    }
    this.#applied.begin(head, this.position);
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
    this.#applied.end();
    this.#erased.close();
    if (this.#status !== 'superseded') this.#status = 'stopped';
  }

  waitFor(position: bigint, timeout: number): Promise<boolean> {
    return this.#applied.waitFor(position, timeout);
  }

  waitForRevision(
    organization: OrganizationId,
    revision: number,
    timeout: number,
  ): Promise<boolean> {
    return this.#applied.waitForRevision(organization, revision, timeout);
  }

  caughtUp(timeout: number): Promise<boolean> {
    return this.#applied.caughtUp(timeout);
  }

  upToDate(timeout: number): Promise<boolean> {
    return this.#applied.upToDate(timeout);
  }

  quarantined(organization: OrganizationId): Quarantined | undefined {
    return this.#applied.quarantined(organization);
  }

  /** Everything that is not served now, and why. */
  get quarantine(): Quarantined[] {
    return [...this.#serving.values()].flatMap((build) =>
      [...build.quarantine.keys()].flatMap((stream) => {
        const organization = organizationOf(stream) ?? (stream as OrganizationId);
        return build.quarantined(organization, stream) ?? [];
      }),
    );
  }

  /** Somebody waits who can't call `waitFor` here: what is there is applied at once. */
  hurry(): void {
    this.#applied.hurry();
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
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      projections: [
        ...[...this.#serving.values()].map((one) => healthOf(one, 'serving', head, now)),
        ...[...this.#building.values()].map((one) => healthOf(one, 'building', head, now)),
      ],
    };
  }

  /** Of the last event that everything served has applied. */
  get position(): bigint {
    let least: bigint | undefined;
    for (const { position } of this.#serving.values()) {
      if (least === undefined || position < least) least = position;
    }
    return least ?? NOTHING;
  }

  #quarantined(organization: OrganizationId): Quarantined | undefined {
    const stream = organizationStream(organization);
    for (const build of this.#serving.values()) {
      const found = build.quarantined(organization, stream);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    for (
      let pause: number = PAUSE.first;
      !signal.aborted;
      pause = Math.min(2 * pause, PAUSE.longest)
    ) {
      try {
        const after = this.position;
        const { log } = this.#options;
        for await (const next of followPastDamage(log, after === NOTHING ? null : after, signal)) {
          await this.#turns.run(() => this.#applying.next([...this.#serving.values()], next));
          this.#status = 'running';
          this.#failure = undefined;
          pause = PAUSE.first;
          if (Array.isArray(next) && next.length < GATHERING.events)
            await this.#applied.quiet(GATHERING.time);
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onError(error);
        this.#failure = error;
        this.#status = error instanceof CheckpointLost ? 'superseded' : 'failing';
        if (error instanceof CheckpointLost) return this.#applied.end();
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #committed(events: readonly Recorded[], erasing: boolean): void {
    if (erasing) this.#erased.note();
    const revisions = new Map(events.map(({ stream, revision }) => [stream, revision]));
    const step = { position: this.position, revisions };
    this.#applied.reached(step);
    this.#options.onApplied(step);
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
