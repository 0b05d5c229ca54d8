/** Events in their envelopes: CloudEvents 1.0, the same on every way out. */
import { CloudEvent } from 'cloudevents';
import { organizationOf, type Recorded, type Sealed } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { writeRevision } from '#eventlog/revisions.js';
import { openIntact } from '#vault/opening.js';
import type { Opening, SealedField, Vault } from '#vault/vault.js';
import { INTERNAL, SCHEMA, type EventData } from './published.js';

/**
 * A message, whatever carries it. Its extension attributes say whose it is and where it stands:
 * whoever has seen `streamrevision` of a `stream` drops what is not beyond it.
 */
export type Message = CloudEvent<object>;

/** Names an installation as the source of what it publishes, by its log. */
export const sourceOf = (log: { readonly id: string }): string => `urn:membership:${log.id}`;

/** Messages of one organization keep their order; a catalogue has its own. */
export const keyOf = (stream: string): string => organizationOf(stream) ?? stream;

/**
 * Where an event stands, and in which trace, as attributes; `revision` is what a question takes as
 * `atLeast`.
 */
export const standing = ({
  stream,
  revision,
  metadata: { traceparent },
}: Pick<Recorded, 'stream' | 'revision' | 'metadata'>) => {
  const organization = organizationOf(stream);
  return {
    stream,
    streamrevision: revision,
    ...(organization && { revision: writeRevision(organization, revision) }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
};

export class Envelopes {
  /** @param vault given where personal data is opened. */
  constructor(
    private readonly source: string,
    private readonly vault?: Vault,
  ) {}

  async of(events: readonly Recorded[]): Promise<Message[]> {
    const contents = events.map(({ event }) => published(event));
    if (this.vault !== undefined) await openAll(this.vault, events, contents);
    return events.map((recorded, index) => this.#message(recorded, contents[index]!));
  }

  #message(recorded: Recorded, event: EventData['event']): Message {
    const { id, stream, metadata } = recorded;
    const { actor, commandId, correlationId, causationId, catalogueVersion } = metadata;
    const organization = organizationOf(stream);
    const data: EventData = {
      ...(organization === undefined ? {} : { organization }),
      actor,
      commandId,
      correlationId,
      ...(causationId === undefined ? {} : { causationId }),
      catalogueVersion,
      event,
    };
    return new CloudEvent<object>({
      id,
      source: this.source,
      type: event.type,
      time: metadata.occurredAt,
      datacontenttype: 'application/json',
      dataschema: `${SCHEMA.events}#/$defs/${event.type}`,
      partitionkey: keyOf(stream),
      ...standing(recorded),
      data,
    });
  }
}

/** A copy without what stays inside. */
const published = (event: Recorded['event']): EventData['event'] =>
  Object.fromEntries(
    Object.entries(event).filter(([field]) => !INTERNAL.includes(field)),
  ) as EventData['event'];

/** Puts what is sealed in the clear, all of it at once; `null` once erased. What does not open
 * stays sealed: the event is told, and nobody else waits for it. */
async function openAll(
  vault: Vault,
  events: readonly Recorded[],
  contents: readonly EventData['event'][],
): Promise<void> {
  const openings: Opening[] = [];
  const put: ((plaintext: string | null) => void)[] = [];
  contents.forEach((content, index) => {
    const organization = organizationOf(events[index]!.stream) as OrganizationId;
    for (const [field, value] of Object.entries(content)) {
      if (typeof value !== 'object' || value === null || !('sealed' in value)) continue;
      openings.push({ organization, field: field as SealedField, value: value as Sealed });
      put.push((plaintext) => Object.assign(content, { [field]: plaintext }));
    }
  });
  const opened = await openIntact(vault, openings);
  put.forEach((putOne, index) => {
    const plaintext = opened[index];
    if (plaintext !== undefined) putOne(plaintext);
  });
}
