/** The audit log: every event of every stream, once, as it happened. */
import type { Metadata } from '#domain/events.js';
import type { ReadStore } from '#readstore/store.js';
import type { Happened } from '../support/histories.js';

type Entries = Record<string, object>;

/** By stream, by revision: what the events say. */
export function auditOf(events: readonly Happened[]): Map<string, Entries> {
  const all = new Map<string, Entries>();
  const revisions = new Map<string, number>();
  for (const { stream, event, metadata } of events) {
    const revision = revisions.get(stream) ?? 0;
    revisions.set(stream, revision + 1);
    const entries = all.get(stream) ?? {};
    all.set(stream, entries);
    const { type, ...data } = event as unknown as Record<string, unknown>;
    for (const secret of ['tag', 'secretHash', 'content']) delete data[secret];
    const { actor, clientAddress = null, occurredAt: at } = metadata as Metadata;
    const { commandId, correlationId, catalogueVersion } = metadata as Metadata;
    const how = { commandId, correlationId, catalogueVersion };
    entries[revision] = plain({ type, at, actor, clientAddress, data, ...how });
  }
  return all;
}

/** By stream, by revision: what the rows say. */
export async function auditRows({ db }: ReadStore): Promise<Map<string, Entries>> {
  const streams = await db.selectFrom('audit_streams').selectAll().execute();
  const names = new Map(streams.map(({ number, stream }) => [number, stream]));
  const rows = await db.selectFrom('audit').selectAll().orderBy('revision').execute();
  const all = new Map<string, Entries>();
  for (const { stream, revision, type, at, ...row } of rows) {
    const name = names.get(stream) ?? `stream number ${stream}`;
    const entries = all.get(name) ?? {};
    all.set(name, entries);
    const { commandId, correlationId, catalogueVersion } = row;
    entries[revision] = {
      ...{ type, at, actor: JSON.parse(row.actor) as unknown },
      clientAddress: JSON.parse(row.clientAddress ?? 'null') as unknown,
      data: JSON.parse(row.data) as unknown,
      ...{ commandId, correlationId, catalogueVersion },
    };
  }
  return all;
}

const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object;
