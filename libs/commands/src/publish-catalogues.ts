/** Catalogues as events: what the files say is published, what is published is known. */
import type { CatalogueContent } from '#domain/catalogue.js';
import type { CataloguePublished, Recorded } from '#domain/events.js';
import { catalogueStream } from '#domain/ids.js';
import type { Catalogues } from '#catalogues/catalogues.js';
import { sha256Of } from '#catalogues/compile.js';
import { encode, NO_HASH } from '#eventlog/codec.js';
import { followPastDamage } from '#eventlog/damage.js';
import { DamagedEvent, type EncodedEvent, type EventLog } from '#eventlog/event-log.js';
import { schemaVersionOf } from '#eventlog/upcasts.js';
import { appendSettled } from './appending.js';
import type { Ports } from './mailbox.js';
import { systemRequest } from './system-request.js';

/**
 * Makes every published version known, then publishes the contents that are not: a version that is
 * known with other content throws `CatalogueVersionError`, one older than the newest published is
 * left alone. Repeatable; of nodes that start together one publishes.
 */
export async function publishCatalogues(
  ports: Pick<Ports, 'log' | 'catalogues' | 'clock' | 'newId'>,
  contents: readonly CatalogueContent[],
  signal: AbortSignal,
): Promise<void> {
  await learnCatalogues(ports.log, ports.catalogues);
  const oldestFirst = [...contents].sort((a, b) => a.version - b.version);
  for (const content of oldestFirst) {
    while (!(await publish(ports, content, signal))) {
      // Another node published to this stream: its events are read and it is decided again.
    }
  }
}

const PREFIX = catalogueStream('' as CatalogueContent['id']);

/** Learns what is published: all of it, or what came after the place that is known up to. */
export async function learnCatalogues(log: EventLog, catalogues: Catalogues): Promise<void> {
  const head = await log.head();
  if (head === null) return;
  if (catalogues.upTo === undefined) await learnAll(log, catalogues);
  else await learnUntil(head, catalogues.upTo, log, catalogues);
  catalogues.upTo = head;
}

/** The streams of catalogues come before those of organizations. */
async function learnAll(log: EventLog, catalogues: Catalogues): Promise<void> {
  for await (const { stream } of log.heads()) {
    if (stream.startsWith(PREFIX)) await learnStream(log, catalogues, stream);
    else if (stream > PREFIX) return;
  }
}

async function learnUntil(
  head: bigint,
  after: bigint,
  log: EventLog,
  catalogues: Catalogues,
): Promise<void> {
  if (after >= head) return;
  for await (const next of followPastDamage(log, after, new AbortController().signal)) {
    const isLost = next instanceof DamagedEvent;
    if (isLost && next.stream.startsWith(PREFIX)) throw next;
    for (const event of isLost ? [] : next) learn(catalogues, event);
    if ((isLost ? next.position : next.at(-1)!.position) >= head) return;
  }
}

/** The last event of the stream; every version in it is known afterwards. */
async function learnStream(
  log: EventLog,
  catalogues: Catalogues,
  stream: string,
): Promise<Recorded | undefined> {
  let last: Recorded | undefined;
  for await (const events of log.read(stream)) {
    for (const event of events) learn(catalogues, event);
    last = events.at(-1);
  }
  return last;
}

function learn(catalogues: Catalogues, { event }: Pick<Recorded, 'event'>): void {
  if (event.type === 'catalogue.publish') catalogues.add(event.content);
}

/** True once nothing is left to publish. */
async function publish(
  ports: Pick<Ports, 'log' | 'catalogues' | 'clock' | 'newId'>,
  content: CatalogueContent,
  signal: AbortSignal,
): Promise<boolean> {
  const { log, catalogues } = ports;
  const last = await learnStream(log, catalogues, catalogueStream(content.id));
  const newest = catalogues.latest(content.id);
  if (catalogues.get(content.id, content.version) !== undefined) {
    catalogues.add(content);
    return true;
  }
  if (newest !== undefined && newest.version > content.version) return true;
  const event = publication(ports, content, last);
  const { outcome } = await appendSettled(log, [event], signal);
  if (outcome === 'committed') learn(catalogues, event);
  return outcome === 'committed';
}

function publication(
  { clock, newId }: Pick<Ports, 'clock' | 'newId'>,
  content: CatalogueContent,
  last: Recorded | undefined,
): EncodedEvent {
  const event: CataloguePublished = {
    type: 'catalogue.publish',
    catalogue: content.id,
    version: content.version,
    sha256: sha256Of(content),
    content,
  };
  const now = clock.now();
  const before = last?.metadata.occurredAt ?? now;
  const { actor, correlationId } = systemRequest('catalogue', newId);
  const metadata = {
    actor,
    correlationId,
    commandId: newId('command'),
    occurredAt: before > now ? before : now,
    schemaVersion: schemaVersionOf(event.type),
    catalogueVersion: 0,
  };
  const revision = (last?.revision ?? -1) + 1;
  const stream = catalogueStream(content.id);
  return encode(stream, revision, last?.metadata.hash ?? NO_HASH, event, metadata);
}

/** Makes every published version known, and those that are published from now on. */
export async function followCatalogues(
  log: EventLog,
  catalogues: Catalogues,
  signal: AbortSignal,
): Promise<void> {
  await learnCatalogues(log, catalogues);
  for await (const next of followPastDamage(log, catalogues.upTo ?? null, signal)) {
    const isLost = next instanceof DamagedEvent;
    for (const event of isLost ? [] : next) learn(catalogues, event);
    catalogues.upTo = isLost ? next.position : next.at(-1)!.position;
  }
}
