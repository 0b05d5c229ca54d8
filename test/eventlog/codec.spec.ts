import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DomainEvent, EventType } from '#domain/events.js';
import { decode, encode, type MetadataInput, NO_HASH, NotStorable } from '#eventlog/codec.js';
import { DamagedEvent } from '#eventlog/event-log.js';
import { EVENT_TYPES, UnknownEvent, type Versions } from '#eventlog/upcasts.js';
import { metadata, renamed } from '../contract/events.js';

const stream = 'organization-a';
const encodeOne = (event: unknown, meta: MetadataInput = metadata()) =>
  encode(stream, 0, NO_HASH, event as DomainEvent, meta);

const text = fc.string({ unit: 'binary' });
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.boolean(),
    fc.constant(null),
    fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;
const fields = fc
  .dictionary(text, value, { noNullPrototype: true })
  .map(({ type: _type, __proto__: _proto, ...rest }) => rest);
const type = fc.constantFrom(...EVENT_TYPES);

const hasProto = (value: unknown): boolean => JSON.stringify(value).includes('"__proto__"');

describe('encoding', () => {
  test('and decoding gives the same event, metadata and place', () => {
    fc.assert(
      fc.property(type, fields, text, fc.nat(), (type, data, correlationId, revision) => {
        fc.pre(!hasProto(data));
        const event = { type, ...data } as unknown as DomainEvent;
        const meta = metadata({ correlationId });
        const encoded = encode(stream, revision, NO_HASH, event, meta);
        const { canonical } = encoded;
        const recorded = decode(canonical, encoded.metadata.hash, 3n);
        expect(recorded).toStrictEqual({
          stream,
          revision,
          id: encoded.id,
          position: 3n,
          event,
          metadata: { ...meta, previousHash: NO_HASH, hash: encoded.metadata.hash },
        });
        expect(recorded.event).toStrictEqual(encoded.event);
        expect(recorded.metadata).toStrictEqual(encoded.metadata);
      }),
    );
  });

  test('is the same whatever the order of the fields, and other for other content', () => {
    fc.assert(
      fc.property(fields, fields, (data, other) => {
        fc.pre(!hasProto([data, other]));
        const reversed = Object.fromEntries(Object.entries(data).reverse());
        const one = encodeOne({ type: 'organization.rename', ...data });
        expect(encodeOne({ ...reversed, type: 'organization.rename' }).canonical).toBe(
          one.canonical,
        );
        const two = encodeOne({ type: 'organization.rename', ...other });
        expect(two.id === one.id).toBe(two.canonical === one.canonical);
      }),
    );
  });

  test('writes what JSON.stringify writes where keys are sorted already', () => {
    const name = 'Größe "x" \\ \n \u007f \u2028 😀';
    const { canonical } = encodeOne(renamed(name));
    const { actor, catalogueVersion, commandId, correlationId, occurredAt } = metadata();
    const { kind, id, via } = actor;
    expect(canonical).toBe(
      JSON.stringify({
        data: { name },
        metadata: {
          actor: { id, kind, via },
          catalogueVersion,
          commandId,
          correlationId,
          occurredAt,
          previousHash: NO_HASH,
          schemaVersion: 1,
        },
        revision: 0,
        schemaVersion: 1,
        stream,
        type: 'organization.rename',
      }),
    );
  });

  test('gives a UUIDv8 out of the hash', () => {
    const { id, metadata: meta } = encodeOne(renamed('x'));
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(id.slice(0, 8)).toBe(meta.hash.slice(0, 8));
    expect(id.slice(24)).toBe(meta.hash.slice(20, 32));
  });

  test('leaves out what is undefined, from the event handed on too', () => {
    const given = {
      type: 'organization.suspend',
      reason: undefined,
      deep: [{ a: 1, b: undefined }],
    };
    const { event, canonical } = encodeOne(given);
    expect(Object.keys(event)).toEqual(['type', 'deep']);
    expect(event).toStrictEqual({ type: 'organization.suspend', deep: [{ a: 1 }] });
    expect(canonical).toContain('"data":{"deep":[{"a":1}]}');
    expect(given.deep[0]).toHaveProperty('b');
  });

  test.each([
    ['a fraction', 1.5],
    ['an unsafe integer', 2 ** 53],
    ['-0', -0],
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['a bigint', 1n],
    ['a date', new Date(0)],
    ['a map', new Map()],
    ['a class instance', new (class Name {})()],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['bytes', Buffer.from('x')],
    ['a lone surrogate', 'x\ud800y'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
    ['a hole', [1, undefined]],
    ['__proto__', JSON.parse('{"__proto__": 1}')],
    ['toJSON', { toJSON: () => 1 }],
  ])('refuses %s', (_, value: unknown) => {
    expect(() => encodeOne({ type: 'organization.rename', name: value })).toThrow(NotStorable);
    expect(() => encodeOne({ type: 'organization.rename', name: [{ value }] })).toThrow(
      NotStorable,
    );
    expect(() =>
      encodeOne(renamed('x'), { ...metadata(), correlationId: value as string }),
    ).toThrow(NotStorable);
  });

  test('refuses a circle', () => {
    const circle: Record<string, unknown> = { type: 'organization.rename' };
    circle['name'] = circle;
    expect(() => encodeOne(circle)).toThrow(NotStorable);
  });

  test.each(['', '$all', 'a\nb', 'a\ud800', 'x'.repeat(257)])('refuses the stream %j', (name) => {
    expect(() => encode(name, 0, NO_HASH, renamed('x'), metadata())).toThrow(NotStorable);
  });

  test.each([-1, 0.5, NaN, 2 ** 53])('refuses the revision %d', (revision) => {
    expect(() => encode(stream, revision, NO_HASH, renamed('x'), metadata())).toThrow(NotStorable);
  });
});

describe('decoding', () => {
  test('refuses whatever does not have its hash, naming stream and revision', () => {
    const { canonical, metadata: meta } = encodeOne(renamed('Example'));
    const changed = canonical.replace('Example', 'Exomple');
    expect(() => decode(changed, meta.hash, 1n)).toThrow(DamagedEvent);
    try {
      decode(changed, meta.hash, 1n);
    } catch (error) {
      expect(error).toMatchObject({ stream, revision: 0 });
    }
    expect(() => decode(canonical, meta.hash.replace(/^./, 'x'), 1n)).toThrow(DamagedEvent);
    expect(() => decode('not json', 'x', 1n)).toThrow(DamagedEvent);
  });

  /** A program in which one type has had three versions. */
  const versions: Versions = {
    current: { 'organization.rename': 3, 'organization.resume': 1 },
    steps: {
      'organization.rename@1': ({ title, ...rest }) => ({ ...rest, label: title }),
      'organization.rename@2': ({ label, ...rest }) => ({ ...rest, name: `${String(label)}!` }),
    },
  };
  const stored = (type: string, schemaVersion: number, data: object) => {
    const { canonical, metadata: meta } = encodeOne(
      { type: type as EventType, ...data },
      metadata({ schemaVersion }),
    );
    return { canonical, hash: meta.hash };
  };

  test('brings every older version to the current one, step by step', () => {
    for (const [version, data] of [
      [1, { title: 'Old' }],
      [2, { label: 'Old' }],
      [3, { name: 'Old!' }],
    ] as const) {
      const { canonical, hash } = stored('organization.rename', version, data);
      const recorded = decode(canonical, hash, 1n, versions);
      expect(recorded.event).toStrictEqual({ type: 'organization.rename', name: 'Old!' });
      // What was stored is a fact: the metadata still say which version it was.
      expect(recorded.metadata).toMatchObject({ schemaVersion: version, hash });
    }
  });

  test.each([
    ['a newer version', 'organization.rename', 4],
    ['a version that never was', 'organization.rename', 0],
    ['a type it has never heard of', 'organization.split', 1],
    ['a name that objects have anyway', 'constructor', 1],
  ])('asks for an upgrade when it meets %s', (_, type, version) => {
    const { canonical, hash } = stored(type, version, {});
    expect(() => decode(canonical, hash, 1n, versions)).toThrow(UnknownEvent);
    expect(() => decode(canonical, hash, 1n, versions)).toThrow(/upgrade/);
  });
});
