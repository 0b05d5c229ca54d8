/** One build of a projection: its tables, how far it is, what it could not follow. */
import type { Instant, OrganizationId } from '#domain/ids.js';
import { organizationOf, type DomainEvent, type Recorded } from '#domain/events.js';
import { shapeOf } from '#readstore/builds.js';
import type { Checkpoint, Checkpoints } from '#readstore/checkpoints.js';
import type { Lane } from '#readstore/gathered.js';
import type { Quarantined } from '#readstore/progress.js';
import type { QuarantineTable } from '#readstore/rows.js';
import { isScript, type Script } from '#readstore/script.js';
import type { Rows, Writer } from '#readstore/store.js';
import type { Plaintexts } from './opening.js';
import { At, versionedName, type Projection, type Subjects } from './projection.js';

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
  readonly rows: Rows;
  /** Of the last event applied, and when that occurred, once one was applied here. */
  position: bigint;
  occurredAt: Instant | undefined;
  readonly quarantine = new Map<string, QuarantineTable>();

  constructor(
    writer: Writer,
    readonly projection: Projection,
    checkpoint: Checkpoint,
    quarantine: readonly QuarantineTable[] = [],
  ) {
    this.name = checkpoint.name;
    this.number = checkpoint.build;
    this.position = BigInt(checkpoint.position);
    const tables = projection.tables.map((table) => table.name);
    this.rows = writer.inBuild(tables, this.number);
    for (const row of quarantine) this.quarantine.set(row.stream, row);
  }

  /**
   * Makes a new build's tables and its checkpoint; called inside a transaction.
   * @param known every checkpoint there is.
   */
  static create(
    writer: Writer,
    checkpoints: Checkpoints,
    projection: Projection,
    { known, log, state }: Pick<Checkpoint, 'log' | 'state'> & { known: readonly Checkpoint[] },
  ): Build {
    const build = 1 + Math.max(0, ...known.map((one) => one.build));
    const names = projection.tables.map((table) => table.name);
    const checkpoint: Checkpoint = {
      name: versionedName(projection),
      build,
      state,
      position: Number(NOTHING),
      log,
      shape: shapeOf(projection.tables),
    };
    writer.createTables(projection.tables, build);
    if (state === 'serving') writer.showBuild(names, build);
    checkpoints.add(checkpoint);
    return new Build(writer, projection, checkpoint);
  }

  /**
   * Applies one event. Throws `NotApplicable`: where an engine tells later what went wrong, only if it
   * has no lane, and nothing else is on its way.
   */
  *apply(recorded: Recorded, plaintexts: Plaintexts, lane?: Lane): Script<void> {
    const handler = this.projection.on[recorded.event.type];
    if (handler === 'ignore') return;
    try {
      const at = new At(recorded, this.rows, plaintexts, lane);
      const result = (handler as (event: DomainEvent, at: At) => void | Script<void>)(
        recorded.event,
        at,
      );
      if (isScript(result)) yield* result;
      if (lane === undefined) yield* this.rows.settled();
    } catch (error) {
      throw new NotApplicable(this, recorded, error);
    }
  }

  ignores({ event }: Recorded): boolean {
    return this.projection.on[event.type] === 'ignore';
  }

  /** See `Projection.subjects`; a stream begins before anything happens to what it is about. */
  *subjectsOf(events: readonly Recorded[], plaintexts: Plaintexts): Script<Subjects> {
    const [first] = events;
    if (first === undefined) return [];
    const at = new At(first, this.rows, plaintexts);
    const asked = this.projection.subjects?.(
      events.map(({ event }) => event),
      at,
    );
    const subjects = isScript(asked) ? yield* asked : asked;
    return events.map(({ revision }, index) => (revision === 0 ? undefined : subjects?.[index]));
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
        this.rows.run(statement, values);
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
