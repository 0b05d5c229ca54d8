/** What a projection is: a table over every event there is, and the tables it writes. */
import type {
  ActorFact,
  DomainEvent,
  EventType,
  Metadata,
  Recorded,
  Sealed,
} from '#domain/events.js';
import { organizationOf } from '#domain/events.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import type { Lane } from '#readstore/gathered.js';
import type { Script } from '#readstore/script.js';
import type { Statement } from '#readstore/statement.js';
import type { Rows } from '#readstore/store.js';
import type { Table } from '#readstore/tables.js';

type Named<E, T extends EventType> = E extends { readonly type: infer U }
  ? T extends U
    ? E
    : never
  : never;

/** What to do with an event of this type; one that asks what is stored is a script. */
export type Handler<T extends EventType> = (
  event: Named<DomainEvent, T>,
  at: At,
) => void | Script<void>;

/**
 * Of each event: what it is about. Those about different ones touch different rows, and may be applied
 * in any order; `undefined`, which may be about any, keeps its place.
 */
export type Subjects = readonly (string | undefined)[];

export interface Projection {
  readonly name: string;
  /** Raised when rows would come out otherwise than before: the projection is built anew. */
  readonly version: number;
  readonly tables: readonly Table[];
  /** What of their stream events are about, `at` the first of them; left out: any of it. */
  readonly subjects?: (events: readonly DomainEvent[], at: At) => Subjects | Script<Subjects>;
  readonly on: { readonly [T in EventType]: 'ignore' | Handler<T> };
  /** Takes everything of one stream away. */
  readonly clear: (at: Pick<At, 'organization' | 'stream' | 'run'>) => void;
}

/** Where an event stands, and what its handler works with. */
export class At {
  constructor(
    private readonly recorded: Recorded,
    private readonly rows: Rows,
    private readonly plaintexts: ReadonlyMap<string, string | null>,
    private readonly lane?: Lane,
  ) {}

  get stream(): string {
    return this.recorded.stream;
  }

  /** Empty for a catalogue's stream, which only the audit log reads. */
  get organization(): OrganizationId {
    return organizationOf(this.recorded.stream) ?? ('' as OrganizationId);
  }

  get revision(): number {
    return this.recorded.revision;
  }

  get position(): bigint {
    return this.recorded.position;
  }

  get id(): string {
    return this.recorded.id;
  }

  get metadata(): Metadata {
    return this.recorded.metadata;
  }

  get actor(): ActorFact {
    return this.recorded.metadata.actor;
  }

  /** When it occurred. */
  get time(): Instant {
    return this.recorded.metadata.occurredAt;
  }

  /** The plain text of an e-mail address or name; `null` when it is erased, or there is none. */
  opened(value: Sealed | null | undefined): string | null {
    if (value == null) return null;
    const plaintext = this.plaintexts.get(value.sealed);
    if (plaintext === undefined) throw new Error(`a value of ${value.subject} can't be opened`);
    return plaintext;
  }

  run<Values>(statement: Statement<Values>, values: Values): void {
    this.rows.run(statement, values, this.lane);
  }

  all<Values, Row>(question: Statement<Values, Row>, values: Values): Script<Row[]> {
    return this.rows.all(question, values);
  }

  first<Values, Row>(question: Statement<Values, Row>, values: Values): Script<Row | undefined> {
    return this.rows.first(question, values);
  }
}

/** `name@version`: the checkpoint's key. */
export const versionedName = ({ name, version }: Pick<Projection, 'name' | 'version'>): string =>
  `${name}@${version}`;
