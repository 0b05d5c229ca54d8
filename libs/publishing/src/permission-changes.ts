/** What each event changes of what anybody may do, as messages: the change stream on a topic. */
import { CloudEvent } from 'cloudevents';
import type { Catalogue } from '#domain/catalogue.js';
import { organizationOf, type Recorded } from '#domain/events.js';
import { PLATFORM, type CatalogueId, type OrganizationId } from '#domain/ids.js';
import type { DamagedEvent, EventLog } from '#eventlog/event-log.js';
import type { Snapshots } from '#eventlog/snapshots.js';
import { writeRevision } from '#eventlog/revisions.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import { Bases } from '#access/bases.js';
import { Derivation, isLost, type Part } from '#access/change-stream/derivation.js';
import { States } from '#access/change-stream/states.js';
import { keyOf, standing, type Message } from './envelope.js';
import { PERMISSION_CHANGE, SCHEMA, type PermissionChangeData } from './published.js';
import type { Telling } from './relay.js';

export interface PermissionChangesOptions {
  readonly log: EventLog;
  /** As `sourceOf` names it. */
  readonly source: string;
  readonly catalogueOf: (id: CatalogueId, version: number) => Catalogue | undefined;
  /** Where commands keep states; absent: each is folded from its first event. */
  readonly snapshots?: Snapshots | undefined;
  /** All that were there after the event at this position, if that is known; else the log is read. */
  readonly organizations?: (position: bigint) => Promise<OrganizationId[] | undefined>;
}

/** Characters of rows in one message. */
const SIZE = 256 * 1024;

/** A message for each organization in which the event changes anything, or several: its parts. */
export class PermissionChanges implements Telling {
  readonly #derivation: Derivation;
  readonly #lost = new Set<OrganizationId>();
  readonly #source: string;
  /** Those there are, in each of which an event of the platform may change something. */
  readonly #organizations = new Set<OrganizationId>();
  /** They are all there are. */
  #knowsAll: boolean;

  /** @param after everything up to here is told. */
  constructor(
    private readonly options: PermissionChangesOptions,
    private readonly after: bigint | null,
  ) {
    const { log, source, catalogueOf, snapshots } = options;
    this.#source = source;
    this.#derivation = new Derivation(
      new States(new Bases(log, snapshots), catalogueOf),
      {},
      () => this.#all(),
      (one) => !this.#lost.has(one),
    );
    this.#derivation.skipTo(after);
    this.#knowsAll = after === null;
  }

  async *of(events: readonly Recorded[]): AsyncGenerator<Message> {
    for (const recorded of events) yield* this.#tell(recorded);
  }

  /** Nothing is told of it from here on; of the platform nobody could do without. */
  lose(damage: DamagedEvent): void {
    const organization = organizationOf(damage.stream);
    if (organization === PLATFORM) throw damage;
    if (organization !== undefined) this.#lost.add(organization);
  }

  async *#tell(recorded: Recorded): AsyncGenerator<Message> {
    const organization = organizationOf(recorded.stream);
    if (organization !== undefined) this.#organizations.add(organization);
    let last: Part | undefined;
    let part = 0;
    for await (const step of this.#derivation.take(recorded)) {
      if (step === 'breath') continue;
      if (isLost(step)) {
        // A newer program may know the event.
        if (step.damage instanceof UnknownEvent) throw step.damage;
        this.lose(step.damage);
        continue;
      }
      for (const next of portionsOf(step)) {
        const isSame = next.organization === last?.organization;
        if (last !== undefined) yield this.#message(recorded, last, part, isSame);
        part = isSame ? part + 1 : 0;
        last = next;
      }
    }
    if (last !== undefined) yield this.#message(recorded, last, part, false);
  }

  /** By name. */
  async *#all(): AsyncGenerator<OrganizationId> {
    if (!this.#knowsAll) for (const one of await this.#before()) this.#organizations.add(one);
    this.#knowsAll = true;
    yield* [...this.#organizations].sort();
  }

  /** A log may have to be read from end to end to say which it has: it is asked once, and only where
   * nobody else knows. */
  async #before(): Promise<OrganizationId[]> {
    const { log, organizations } = this.options;
    return (await organizations?.(this.after!)) ?? (await organizationsIn(log));
  }

  #message(recorded: Recorded, portion: Part, part: number, more: boolean): Message {
    const { organization, revision, changes, spaces } = portion;
    const { id, event, metadata, stream } = recorded;
    const cause = organizationOf(stream)!;
    const data: PermissionChangeData = {
      organization,
      revision: writeRevision(organization, revision),
      streamRevision: revision,
      event: {
        id,
        type: event.type,
        organization: cause,
        revision: writeRevision(cause, recorded.revision),
        streamRevision: recorded.revision,
        at: metadata.occurredAt,
      },
      more,
      changes,
      spaces,
    };
    return new CloudEvent<object>({
      id: `${id}.${organization}.${part}`,
      source: this.#source,
      type: PERMISSION_CHANGE,
      time: metadata.occurredAt,
      datacontenttype: 'application/json',
      dataschema: `${SCHEMA.permissionChanges}#/$defs/${PERMISSION_CHANGE}`,
      partitionkey: keyOf(`organization-${organization}`),
      ...standing(recorded),
      part,
      data,
    });
  }
}

/** No larger than a message may be; a single row is as large as it is. */
function* portionsOf(step: Part): Generator<Part> {
  let rows: Part['changes'][number][] = [];
  let size = 0;
  for (const row of step.changes) {
    const length = JSON.stringify(row).length;
    if (rows.length > 0 && size + length > SIZE) {
      yield { ...step, changes: rows, spaces: [] };
      [rows, size] = [[], 0];
    }
    rows.push(row);
    size += length;
  }
  yield { ...step, changes: rows };
}

async function organizationsIn(log: EventLog): Promise<OrganizationId[]> {
  const all: OrganizationId[] = [];
  for await (const { stream } of log.heads()) all.push(...[organizationOf(stream) ?? []].flat());
  return all;
}
