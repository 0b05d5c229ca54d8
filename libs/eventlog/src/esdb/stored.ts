/**
 * How an event lies in EventStoreDB: its type and data as they are, and all our metadata, hash and
 * previous hash included, as the event's metadata. The canonical form is made of these again, and
 * has the hash or the event is damaged.
 */
import type { Metadata, Recorded } from '#domain/events.js';
import { canonicalOf, type Content, hashOf, recordedOf } from '../codec.js';
import { DamagedEvent, type EncodedEvent, type StoredRecord } from '../event-log.js';
import type { StoredEvent } from './store.js';

/** What is handed to the store. */
export const storedForm = ({ id, event, metadata }: EncodedEvent) => {
  const { type, ...data } = event;
  return { id, type, data, metadata };
};

/** The record as it is, whether it is ours, damaged or neither. */
export const recordOf = (stored: StoredEvent): StoredRecord => {
  const { stream, revision, id, position } = stored;
  const { content, hash } = contentOf(stored);
  return { stream, revision, id, position, canonical: canonicalOf(content), hash };
};

/** The event, with the bytes of its canonical form. @throws DamagedEvent */
export const decodeStored = (stored: StoredEvent): { recorded: Recorded; bytes: number } => {
  const { content, hash } = contentOf(stored);
  const canonical = canonicalOf(content);
  const found = hashOf(canonical);
  if (found !== hash) {
    const detail = `its hash is ${found}, stored was ${hash || 'none'}`;
    throw new DamagedEvent(stored.stream, stored.revision, detail, stored.position);
  }
  return { recorded: recordedOf(content, hash, stored.position), bytes: canonical.length };
};

/** The hash that is stored with it; empty for what is not ours. */
export const hashIn = (stored: StoredEvent): string => contentOf(stored).hash;

const contentOf = (stored: StoredEvent): { content: Content; hash: string } => {
  const { stream, revision, type } = stored;
  const written = stored.metadata as Partial<Metadata> | undefined;
  const { hash = '', ...metadata } = written ?? {};
  const { schemaVersion = -1 } = metadata;
  const data = stored.data as Content['data'];
  const content = { stream, revision, type, schemaVersion, metadata, data } as Content;
  return { content, hash };
};
