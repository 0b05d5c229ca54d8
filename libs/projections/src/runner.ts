import { setTimeout as sleep } from 'node:timers/promises';
import { organizationOf, type Recorded } from '#domain/events.js';
import { organizationStream, type Instant, type OrganizationId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { followPastDamage } from '#eventlog/damage.js';
import type { EventLog } from '#eventlog/event-log.js';
import { CheckpointLost, Checkpoints } from '#readstore/checkpoints.js';
import { Progress, type Quarantined } from '#readstore/progress.js';
import type { AskedRebuild } from '#readstore/rebuilds.js';
import type { ReadStore, Writer } from '#readstore/store.js';
import type { Vault } from '#vault/vault.js';
import { Applied, type Step } from './applied.js';
import { Applying, type Committed } from './applying.js';
import { Asked } from './asked.js';
import { Build, NOTHING } from './build.js';
import { ErasedBytes } from './erased-bytes.js';
import { healthOf, type RunnerHealth } from './health.js';
import { install } from './installation.js';
import type { Projection } from './projection.js';
import { Turns } from './turns.js';
import { Works } from './works.js';

/** Pauses before trying again after an error, in milliseconds: the first, and the longest. */
const PAUSE = { first: 100, longest: 5000 } as const;
/**
 * Fewer events than these are followed by a pause in milliseconds, which ends when somebody waits:
 * what comes meanwhile shares a transaction and the pages it writes.
 */
const GATHERING = { events: 64, time: 20 } as const;
/** Milliseconds that somebody waits for a repair. */
const REPAIRING = 30_000;

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
  /** Told of events that are now in what is read, and when they were begun (ms since the epoch). */
  readonly onRead?: (events: readonly Recorded[], begunAt: number) => void;
  /** Told of every rebuild that was asked for, on whichever node. */
  readonly onAsked?: (asked: AskedRebuild) => void;
}

/**
 * Follows the log for all projections of one store: one follower, and each batch in one
 * transaction with the checkpoints of all. Of several runners on a store one works, and the others
 * stand by, where the engine sees to that; else of two the one that is behind stops.
 */
export class ProjectionRunner extends Progress {
  readonly #options: Required<RunnerOptions>;
  readonly #writer: Writer;
  readonly #checkpoints: Checkpoints;
  readonly #applying: Applying;
  readonly #turns = new Turns();
  readonly #works: Works;
  readonly #applied: Applied;
  readonly #erased: ErasedBytes;
  readonly #asked: Asked;
  readonly #stopping = new AbortController();
  readonly #serving = new Map<string, Build>();
  readonly #building = new Map<string, Build>();
  #status: RunnerHealth['status'] = 'stopped';
  #failure: unknown;
  /** Where the log ended when the service started. */
  #head: bigint | null = null;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: RunnerOptions) {
    super();
    const now = () => new Date().toISOString() as Instant;
    const ignore = () => undefined;
    const silent = { onError: ignore, onApplied: ignore, onRead: ignore, onAsked: ignore };
    this.#options = { now, ...silent, ...options };
    const { log, store, vault } = options;
    this.#applied = new Applied(log, (organization) => this.#quarantined(organization));
    this.#writer = store.writer('projections');
    this.#checkpoints = new Checkpoints(store, this.#writer);
    this.#erased = new ErasedBytes(this.#writer, this.#options.onError);
    this.#applying = new Applying({
      writer: this.#writer,
      vault,
      checkpoints: this.#checkpoints,
      now: this.#options.now,
      committed: (what) => this.#committed(what),
      behind: (events) => this.#missed(events),
    });
    this.#works = new Works({
      log,
      writer: this.#writer,
      checkpoints: this.#checkpoints,
      applying: this.#applying,
      turns: this.#turns,
      serving: this.#serving,
      building: this.#building,
      stopping: this.#stopping.signal,
      erased: () => this.#erased.note(),
      onError: this.#options.onError,
    });
    this.#asked = new Asked({
      ...this.#options,
      isWriting: () => this.#status === 'running',
      carryOut: (asked) => this.#carryOut(asked),
    });
  }

  /**
   * Makes or finds the tables and begins to follow; or stands by while another node does, and knows
   * how far that is. Reads wait until all is caught up.
   */
  async start(): Promise<void> {
    this.#head = await this.#options.log.head();
    let standing = (): void => undefined;
    const stands = new Promise<void>((resolve) => {
      standing = resolve;
    });
    const taking = this.#take(standing);
    await Promise.race([taking, stands]);
    const { signal } = this.#stopping;
    this.#running = Promise.all([this.#follow(taking), this.#asked.run(signal)]);
  }

  /** Ends the following; what was being applied is finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#works.ended();
    this.#applied.end();
    await this.#erased.close();
    this.#writer.release();
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
   * Notes that a read model is to be built anew, by whichever node writes; its number. It is carried
   * out whatever happens then. Of one that is none of the projections nodes are told, and no more.
   */
  askToRebuild(readModel: string): Promise<number> {
    return this.#asked.ask({ readModel });
  }

  /**
   * Has a projection built anew from the first event while the old rows are read, and resolves when
   * the new ones have taken their place.
   */
  async rebuild(name: string): Promise<void> {
    await this.#asked.done(await this.askToRebuild(name), this.#stopping.signal);
  }

  /**
   * Has all rows of one organization taken away and its events applied again, lifting its
   * quarantine. Until then its reads are refused. Gives what stays quarantined. Refuses
   * `read.not_yet` where it takes long, or nobody writes: then it is done later.
   */
  async rebuildOrganization(organization: OrganizationId): Promise<Quarantined | undefined> {
    const number = await this.#asked.ask({ organization });
    if (!(await this.#asked.done(number, this.#stopping.signal, REPAIRING))) {
      refuse('read.not_yet', 'It is noted, and done as soon as it can be; look again later.');
    }
    if (!this.#writer.isHeld) await this.#observe();
    return this.quarantined(organization);
  }

  /** Against the end of the log, which is looked for where it is not given. */
  async health(end?: bigint | null): Promise<RunnerHealth> {
    const head = end === undefined ? await this.#options.log.head() : end;
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

  /**
   * Waits until nobody else writes, and finds what there is to go on with.
   * @param stands told when it is known that somebody does.
   */
  async #take(stands: () => void = () => undefined): Promise<void> {
    const { signal } = this.#stopping;
    const standBy = async (): Promise<void> => {
      await this.#observe();
      stands();
    };
    await this.#writer.acquire(standBy, signal);
    if (signal.aborted) return;
    try {
      await this.#install();
    } catch (error) {
      // What is stored is not known: it is looked at again before anything is written.
      this.#writer.release();
      throw error;
    }
  }

  async #install(): Promise<void> {
    // What was begun before the connection was lost ends first.
    await this.#works.ended();
    const { log, projections } = this.#options;
    const end = { id: log.id, head: await log.head() };
    this.#building.clear();
    for (const projection of projections) {
      const { serving, building } = await install(this.#writer, this.#checkpoints, projection, end);
      this.#serving.set(projection.name, serving);
      if (building !== undefined) this.#building.set(projection.name, building);
    }
    this.#applied.begin(this.#head, this.position);
    // A process that was killed may have left erased bytes behind.
    this.#erased.note();
    this.#status = 'running';
    this.#failure = undefined;
    void this.#openNewer().catch(this.#options.onError);
    for (const building of this.#building.values()) {
      void this.#works.build(building).catch(this.#options.onError);
    }
    void this.#works.discardRetired().catch(this.#options.onError);
  }

  /** What an older program did not know this one may. */
  async #openNewer(): Promise<void> {
    await this.#works.openNewer();
    this.#options.onApplied({ position: this.position, revisions: new Map() });
  }

  /** How far the one who writes is. */
  async #observe(): Promise<void> {
    const { log, projections, onApplied } = this.#options;
    const known = await this.#checkpoints.all();
    const found: Build[] = [];
    for (const projection of projections) {
      const served = known.find(
        (one) =>
          one.state === 'serving' &&
          one.log === log.id &&
          one.name.split('@')[0] === projection.name,
      );
      if (served === undefined) return;
      const quarantine = await this.#checkpoints.quarantined(served.build);
      found.push(new Build(this.#writer, projection, served, quarantine));
    }
    // Meanwhile it may have come to be the one who writes.
    if (this.#writer.isHeld) return;
    for (const build of found) this.#serving.set(build.projection.name, build);
    this.#status = 'standby';
    this.#failure = undefined;
    this.#applied.begin(this.#head, this.position);
    onApplied({ position: this.position, revisions: new Map() });
  }

  async #follow(taking: Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    for (
      let pause: number = PAUSE.first;
      !signal.aborted;
      pause = Math.min(2 * pause, PAUSE.longest)
    ) {
      try {
        await taking;
        if (!this.#writer.isHeld) await this.#take();
        const { lost } = this.#writer;
        const while_ = AbortSignal.any([signal, lost]);
        const after = this.position;
        const { log } = this.#options;
        for await (const next of followPastDamage(log, after === NOTHING ? null : after, while_)) {
          await this.#turns.run(() => this.#applying.next([...this.#serving.values()], next));
          this.#status = 'running';
          this.#failure = undefined;
          pause = PAUSE.first;
          if (Array.isArray(next) && next.length < GATHERING.events)
            await this.#applied.quiet(GATHERING.time);
        }
        if (!lost.aborted) return;
        this.#status = 'failing';
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onError(error);
        this.#failure = error;
        this.#status = error instanceof CheckpointLost ? 'superseded' : 'failing';
        if (error instanceof CheckpointLost) return this.#applied.end();
        taking = Promise.resolve();
        await sleep(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** What was handed over twice is known; what is not has been found late. */
  #missed(events: readonly Recorded[]): void {
    const late = events.filter(({ stream, revision }) => !this.#applied.has(stream, revision));
    void this.#asked.late(late, this.#stopping.signal);
  }

  #committed({ builds, events, erasing, begunAt }: Committed): void {
    if (erasing) this.#erased.note();
    const revisions = new Map(events.map(({ stream, revision }) => [stream, revision]));
    const step = { position: this.position, revisions };
    this.#applied.reached(step);
    const isRead = builds.some((one) => this.#serving.get(one.projection.name) === one);
    this.#options.onApplied(step);
    if (isRead) this.#options.onRead(events, begunAt);
  }

  async #carryOut({ readModel, organization }: AskedRebuild): Promise<boolean> {
    if (organization !== null) await this.#works.repair(organization);
    else if (!(await this.#works.buildAnew(readModel as string))) return false;
    this.#options.onApplied({ position: this.position, revisions: new Map() });
    return true;
  }
}
