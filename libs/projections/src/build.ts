/** One build of a projection: its tables, how far it is, what it could not follow. */
import type { Instant, OrganizationId } from '#domain/ids.js';
import { organizationOf, type DomainEvent, type Recorded } from '#domain/events.js';
import { createTables, shapeOf, showBuild } from '#readstore/builds.js';
import type { Checkpoint, Checkpoints } from '#readstore/checkpoints.js';
import type { Quarantined } from '#readstore/progress.js';
import type { QuarantineTable } from '#readstore/rows.js';
import type { ReadStore, Statements } from '#readstore/store.js';
import { At, versionedName, type Projection } from './projection.js';

/** Before the first event. */
export const NOTHING = -1n;

/** An event that a projection could not apply. Nothing of its batch was written. */
export class NotApplicable extends Error {
  constructor(
    readonly build: Build,
    readonly recorded: Pick<Recorded, 'stream' | 'revision' | 'event' | 'metadata'>,
    override readonly cause: unknown,
  ) {
    super(`${recorded.stream}#${recorded.revision} can't be applied to ${build.name}`);
  }
}

export class Build {
  readonly name: string;
  readonly number: number;
  readonly statements: Statements;
  /** Of the last event applied, and when that occurred, once one was applied here. */
  position: bigint;
  occurredAt: Instant | undefined;
  readonly quarantine = new Map<string, QuarantineTable>();

  constructor(
    store: ReadStore,
    checkpoints: Checkpoints,
    readonly projection: Projection,
    checkpoint: Checkpoint,
  ) {
    this.name = checkpoint.name;
    this.number = checkpoint.build;
    this.position = BigInt(checkpoint.position);
    const tables = projection.tables.map((table) => table.name);
    this.statements = store.inBuild(tables, this.number);
    for (const row of checkpoints.quarantined(this.number)) this.quarantine.set(row.stream, row);
  }

  /** Makes a new build's tables and its checkpoint; called inside a transaction. */
  static create(
    store: ReadStore,
    checkpoints: Checkpoints,
    projection: Projection,
    { log, state }: Pick<Checkpoint, 'log' | 'state'>,
  ): Build {
    const build = 1 + Math.max(0, ...checkpoints.all().map((one) => one.build));
    const names = projection.tables.map((table) => table.name);
    const checkpoint: Checkpoint = {
      name: versionedName(projection),
      build,
      state,
      position: Number(NOTHING),
      log,
      shape: shapeOf(projection.tables),
    };
    store.define(createTables(store.db, projection.tables, build));
    if (state === 'serving') store.define(showBuild(store.db, names, build));
    checkpoints.add(checkpoint);
    return new Build(store, checkpoints, projection, checkpoint);
  }

  /** Applies one event. Throws `NotApplicable`, or the store's own errors. */
  apply(recorded: Recorded, plaintexts: ReadonlyMap<string, string | null>): void {
    const handler = this.projection.on[recorded.event.type];
    if (handler === 'ignore') return;
    try {
      const at = new At(recorded, this.statements, plaintexts);
      (handler as (event: DomainEvent, at: At) => void)(recorded.event, at);
    } catch (error) {
      throw new NotApplicable(this, recorded, error);
    }
  }

  /** What was applied up to this event is committed, and what could not be. */
  moved({ position, metadata }: Recorded, failed: Iterable<QuarantineTable>): void {
    if (position <= this.position) return;
    this.position = position;
    this.occurredAt = metadata.occurredAt;
    for (const row of failed) this.quarantine.set(row.stream, row);
  }

  /** The event at this position is lost, and its stream quarantined; the first cause stays. */
  lost(position: bigint, row: QuarantineTable): void {
    this.position = position;
    if (!this.quarantine.has(row.stream)) this.quarantine.set(row.stream, row);
  }

  /** Takes away all there is of a stream. */
  clear(stream: string): void {
    this.projection.clear({
      stream,
      organization: organizationOf(stream) ?? ('' as OrganizationId),
      run: (statement, values) => {
        this.statements.run(statement, values);
      },
    });
  }

  quarantined(organization: OrganizationId, stream: string): Quarantined | undefined {
    const row = this.quarantine.get(stream);
    if (row === undefined) return undefined;
    const { revision, type, reason } = row;
    return { projection: this.name, organization, revision, type, reason };
  }
}
