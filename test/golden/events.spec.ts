import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { EventType, Metadata } from '#domain/events.js';
import { decode, encode } from '#eventlog/codec.js';
import { EVENT_TYPES, schemaVersionOf } from '#eventlog/upcasts.js';

/** What the log holds for one event, and what it was named when it was first written. */
interface Golden {
  readonly id: string;
  readonly hash: string;
  readonly record: {
    readonly stream: string;
    readonly revision: number;
    readonly type: EventType;
    readonly schemaVersion: number;
    readonly metadata: Omit<Metadata, 'hash'>;
    readonly data: object;
  };
}

const directory = new URL('./events/', import.meta.url);
const files = readdirSync(directory).sort();
/** The same where requests are traced. */
const traced = ['../traced/organization.rename@1.json'];
const golden = (file: string): Golden =>
  JSON.parse(readFileSync(new URL(file, directory), 'utf8')) as Golden;

/** RFC 8785 written down once more, sharing nothing with the codec. */
const canonicalForm = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalForm).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([k, v]) => `${JSON.stringify(k)}:${canonicalForm(v)}`).join(',')}}`;
};

/** These files are never edited: what they hold is on disk somewhere. A new shape is a new file. */
describe('golden events', () => {
  test('hold one file for every type and version there is', () => {
    const expected = EVENT_TYPES.flatMap((type) =>
      Array.from({ length: schemaVersionOf(type) }, (_, i) => `${type}@${i + 1}.json`),
    );
    expect(files).toEqual(expected.sort());
  });

  test.each([...files, ...traced])('%s has the hash and id it was written with', (file) => {
    const { id, hash, record } = golden(file);
    expect(`${record.type}@${record.schemaVersion}.json`).toBe(basename(file));
    const digest = createHash('sha256').update(canonicalForm(record)).digest();
    expect(digest.toString('hex')).toBe(hash);
    const uuid = digest.subarray(0, 16);
    uuid[6] = 0x80 | ((uuid[6] ?? 0) & 0x0f);
    uuid[8] = 0x80 | ((uuid[8] ?? 0) & 0x3f);
    expect(uuid.toString('hex')).toBe(id.replaceAll('-', ''));
  });

  test.each([...files, ...traced])('%s is read, and in its current version written, to the byte', (file) => {
    const { id, hash, record } = golden(file);
    const canonical = canonicalForm(record);
    const recorded = decode(canonical, hash, 7n);
    const { stream, revision, type, schemaVersion, data, metadata } = record;
    expect(recorded).toMatchObject({ stream, revision, id, position: 7n, event: { type } });
    expect(recorded.metadata).toStrictEqual({ ...metadata, hash });
    if (schemaVersion !== schemaVersionOf(type)) return;
    expect(recorded.event).toStrictEqual({ type, ...data });
    const { previousHash, ...input } = metadata;
    const encoded = encode(stream, revision, previousHash, recorded.event, input);
    expect(encoded.canonical).toBe(canonical);
    expect(encoded.metadata.hash).toBe(hash);
    expect(encoded.id).toBe(id);
  });
});
