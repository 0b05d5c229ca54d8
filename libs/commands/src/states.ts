import { LRUCache } from 'lru-cache';
import { PLATFORM, type CommandId, type OrganizationId } from '#domain/ids.js';
import type { Platform } from '#domain/permissions.js';
import { emptyOrganization, type Organization, type Remembered } from '#domain/state.js';
import type { Catalogues } from '#catalogues/catalogues.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import { keptState, rowsOf, STATE_SNAPSHOT, writeState } from '#eventlog/state-snapshot.js';
import { Base } from './base.js';
import type { Settings } from './settings.js';
import { unavailable } from './unavailable.js';

/** What states are made from. */
export interface StateSources {
  readonly log: EventLog;
  readonly snapshots: Snapshots;
  readonly catalogues: Catalogues;
}

/** Commands that changed nothing and are remembered, of all organizations. */
const QUIET = 100_000;

/** About what one row takes in memory, its indexes included; in bytes. */
const ROW_BYTES = 1000;

/**
 * The states of the organizations that commands were lately decided on, as many as fit. A state
 * that is not here is folded from its snapshot and the events after it.
 */
export class States {
  /** Commands with an idempotency key that were so already. They are in no event: only this node
   * knows them, and the newest alone. */
  readonly quiet = new LRUCache<CommandId, Remembered>({ max: QUIET });
  readonly #bases: LRUCache<OrganizationId, Base>;
  readonly #loading = new Map<OrganizationId, Promise<Base>>();
  #platform: Base | undefined;
  /** Snapshots are written one after the other. */
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly sources: StateSources,
    private readonly settings: Settings,
  ) {
    this.#bases = new LRUCache({ maxSize: settings.cacheBytes });
  }

  /** The state as far as this node knows it; the same object for as long as it is kept. */
  load(id: OrganizationId): Base | Promise<Base> {
    const known = id === PLATFORM ? this.#platform : this.#bases.get(id);
    if (known !== undefined) return known;
    const loading = this.#loading.get(id) ?? this.#load(id);
    this.#loading.set(id, loading);
    return loading;
  }

  async #load(id: OrganizationId): Promise<Base> {
    try {
      const base = await this.#read(id);
      this.keep(base);
      return base;
    } finally {
      this.#loading.delete(id);
    }
  }

  async #read(id: OrganizationId): Promise<Base> {
    const base = (await this.#fromSnapshot(id)) ?? Base.empty(id);
    await base.catchUp(this.sources.log);
    return base;
  }

  /** The state as it was after this event: one of the caller's own, from its snapshot if that is
   * not of later. */
  async upTo(id: OrganizationId, revision: number): Promise<Base> {
    const kept = await this.#fromSnapshot(id);
    const base = kept !== undefined && kept.revision <= revision ? kept : Base.empty(id);
    await base.readTo(this.sources.log, revision);
    return base;
  }

  async #fromSnapshot(id: OrganizationId): Promise<Base | undefined> {
    const { log, snapshots } = this.sources;
    const kept = await keptState(log, snapshots, id);
    return kept && new Base(kept.organization, kept.revision, kept.hash);
  }

  /** Keeps the state, with what it takes now, and writes a snapshot when it is time for one. */
  keep(base: Base): void {
    const { organization, revision } = base;
    if (organization.id === PLATFORM) this.#platform = base;
    // An organization that does not exist takes nobody's place.
    else if (revision >= 0) {
      const size = Math.min((1 + rowsOf(organization)) * ROW_BYTES, this.settings.cacheBytes);
      this.#bases.set(organization.id, base, { size });
    }
    const { snapshotEvents, snapshotShare } = this.settings;
    if (base.tail < snapshotEvents || base.tail < snapshotShare * rowsOf(organization)) return;
    base.tail = 0;
    this.#writing = this.#writing.then(() => this.#write(base)).catch(() => undefined);
  }

  async #write({ organization, stream, revision, hash }: Base): Promise<void> {
    const payload = await writeState(organization);
    await this.sources.snapshots.save({ stream, name: STATE_SNAPSHOT, revision, hash, payload });
  }

  /** Forgets a state that can't be trusted any more. */
  drop(id: OrganizationId): void {
    if (id === PLATFORM) this.#platform = undefined;
    else this.#bases.delete(id);
  }

  /**
   * The platform organization and its catalogue. While it can't be read it gives nobody anything:
   * it only ever adds to what people may do.
   * @param age milliseconds that it may be old
   */
  async platform(age = this.settings.platformAge): Promise<Platform> {
    const { catalogues } = this.sources;
    const organization = await this.#platformAt(age).catch((error: unknown) => {
      if (error instanceof DamagedEvent) return emptyOrganization(PLATFORM);
      throw error;
    });
    const { id, version } = organization.catalogue;
    const catalogue =
      organization.status === 'absent'
        ? catalogues.latest(PLATFORM as string as typeof id)
        : catalogues.get(id, version);
    if (catalogue === undefined) throw unavailable('The platform catalogue is not known here yet.');
    return { organization, catalogue };
  }

  /** Of the last event of the platform that is known here. */
  get platformRevision(): number {
    return this.#platform?.revision ?? -1;
  }

  async #platformAt(age: number): Promise<Organization> {
    const base = await this.load(PLATFORM);
    if (performance.now() - base.seen >= age) await base.catchUp(this.sources.log);
    return base.organization;
  }

  /** Resolves when no snapshot is being written. */
  written(): Promise<void> {
    return this.#writing;
  }
}
