import { hash as digest } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { DomainEvent, Metadata, Recorded } from '#domain/events.js';
import { DamagedEvent, type EncodedEvent, type StoredRecord } from './event-log.js';
import { type EventData, upcast, type Versions, VERSIONS } from './upcasts.js';

/** The `previousHash` of the first event of a stream. */
export const NO_HASH = '0'.repeat(64);

/** What the caller knows of an event's metadata; the codec adds the chain. */
export type MetadataInput = Omit<Metadata, 'hash' | 'previousHash'>;

/** What the RFC 8785 form says, which is what is hashed. */
export interface Content {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly metadata: Omit<Metadata, 'hash'>;
  readonly data: EventData;
}

/** A value that has no exact canonical form; a mistake of the caller, nothing was written. */
export class NotStorable extends TypeError {
  constructor(path: string, what: string) {
    super(
      `${path} is ${what}; an event holds strings, booleans, null, safe integers, arrays and plain objects`,
    );
    this.name = 'NotStorable';
  }
}

/**
 * Encodes an event once and for all; a retry repeats exactly these bytes. A field that is
 * `undefined` is left out, also from the event handed on. Throws `NotStorable`.
 */
export const encode = (
  stream: string,
  revision: number,
  previousHash: string,
  event: DomainEvent,
  metadata: MetadataInput,
): EncodedEvent => {
  checkStreamName(stream);
  if (!Number.isSafeInteger(revision) || revision < 0) {
    throw new NotStorable('revision', String(revision));
  }
  const { type, ...data } = storable(event, 'event') as DomainEvent;
  const sealed = storable({ ...metadata, previousHash }, 'metadata') as Omit<Metadata, 'hash'>;
  const { schemaVersion } = sealed;
  const content: Content = { stream, revision, type, schemaVersion, metadata: sealed, data };
  const canonical = canonicalOf(content);
  const hash = hashOf(canonical);
  return {
    stream,
    revision,
    id: idOf(hash),
    canonical,
    event: { type, ...data } as DomainEvent,
    metadata: { ...sealed, hash },
    dataBytes: bytesOf(data),
  };
};

const bytesOf = (data: EventData): number => Buffer.byteLength(JSON.stringify(data));

/**
 * The event that `canonical` says, in its current shape, if it has the hash it was stored with.
 * Throws `DamagedEvent`, which is an `UnknownEvent` for what only a newer program reads.
 */
export const decode = (
  canonical: string,
  hash: string,
  position: bigint,
  versions: Versions = VERSIONS,
): Recorded => {
  const found = hashOf(canonical);
  if (found !== hash) throw damaged(canonical, `its hash is ${found}, stored was ${hash}`);
  return decodeTrusted(canonical, hash, position, versions);
};

/** `decode` for a caller that has just compared the hash of these very bytes. */
export const decodeTrusted = (
  canonical: string,
  hash: string,
  position: bigint,
  versions: Versions = VERSIONS,
): Recorded => recordedOf(parse(canonical), hash, position, versions);

/** `decode` for an engine that keeps the parts of the content, of which it has compared the hash. */
export const recordedOf = (
  content: Content,
  hash: string,
  position: bigint,
  versions: Versions = VERSIONS,
): Recorded => ({
  stream: content.stream,
  revision: content.revision,
  id: idOf(hash),
  position,
  event: upcast(content, position, versions),
  metadata: { ...content.metadata, hash },
});

/** A stored event as it was encoded, in its old shape too, to be appended elsewhere. Not verified. */
export const encodedOf = (record: StoredRecord): EncodedEvent => {
  const { stream, revision, id, canonical, hash } = record;
  const { type, metadata, data } = parse(canonical);
  const event = { type, ...data } as DomainEvent;
  const dataBytes = bytesOf(data);
  return { stream, revision, id, canonical, event, metadata: { ...metadata, hash }, dataBytes };
};

/** The RFC 8785 form. */
export const canonicalOf = (content: Content): string => canonicalize(content) as string;

const parse = (canonical: string): Content => {
  try {
    return JSON.parse(canonical) as Content;
  } catch {
    throw damaged(canonical, 'it is not JSON');
  }
};

/** SHA-256, hex, of the UTF-8 form. */
export const hashOf = (canonical: string | Uint8Array): string =>
  digest('sha256', canonical, 'hex');

/** The UUIDv8 of a hash's first 16 bytes. */
export const idOf = (hash: string): string => {
  const variant = '89ab'[parseInt(hash.charAt(16), 16) & 3];
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
};

const damaged = (canonical: string, detail: string): DamagedEvent => {
  const { stream, revision } = claimed(canonical);
  return new DamagedEvent(stream, revision, detail);
};

/** The stream and revision that damaged content still seems to name. */
export const claimed = (canonical: string): { stream: string; revision: number } => {
  const revision = /"revision":(\d+)/.exec(canonical)?.[1];
  const stream = /"stream":"([^"]*)"/.exec(canonical)?.[1];
  return { stream: stream ?? '(unreadable)', revision: revision === undefined ? -1 : +revision };
};

/** The longest stream name, in UTF-16 units. */
const STREAM_NAME_LENGTH = 256;
const NOT_IN_NAMES = /[\u0000-\u001f\u007f\p{Surrogate}]/u;

/** `$` begins the names of EventStoreDB's own streams. */
const checkStreamName = (stream: string): void => {
  const { length } = stream;
  if (
    length === 0 ||
    length > STREAM_NAME_LENGTH ||
    stream[0] === '$' ||
    NOT_IN_NAMES.test(stream)
  ) {
    throw new NotStorable('stream', `named ${JSON.stringify(stream.slice(0, 80))}`);
  }
};

/** How deep an event may nest; far above any shape of the union. */
const DEPTH = 32;

/** The value itself if it can be stored exactly, or a copy without its `undefined` fields. */
const storable = (value: unknown, path: string, depth = 0): unknown => {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new NotStorable(path, 'text with a lone surrogate');
      return value;
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
        throw new NotStorable(path, `the number ${Object.is(value, -0) ? '-0' : value}`);
      }
      return value;
    case 'object':
      if (value === null) return value;
      if (depth === DEPTH) throw new NotStorable(path, 'nested too deeply');
      return Array.isArray(value)
        ? storableArray(value, path, depth)
        : storableObject(value, path, depth);
    default:
      throw new NotStorable(path, `of type ${typeof value}`);
  }
};

const storableArray = (value: readonly unknown[], path: string, depth: number): unknown => {
  let copy: unknown[] | undefined;
  for (let i = 0; i < value.length; i++) {
    const item = storable(value[i], `${path}[${i}]`, depth + 1);
    if (item !== value[i]) (copy ??= [...value])[i] = item;
  }
  return copy ?? value;
};

const storableObject = (value: object, path: string, depth: number): unknown => {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotStorable(path, 'not a plain object');
  }
  const fields = value as Record<string, unknown>;
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(fields)) {
    if (!name.isWellFormed()) throw new NotStorable(path, 'keyed with a lone surrogate');
    if (name === '__proto__') throw new NotStorable(path, 'keyed with __proto__');
    const field = fields[name];
    if (field === undefined) {
      delete (copy ??= { ...fields })[name];
      continue;
    }
    const kept = storable(field, `${path}.${name}`, depth + 1);
    if (kept !== field) (copy ??= { ...fields })[name] = kept;
  }
  return copy ?? value;
};
