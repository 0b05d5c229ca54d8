/** What is published, against the schemas that are promised: every golden event, sealed and opened. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { Kafka } from 'cloudevents';
import type { Recorded } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { EVENT_TYPES } from '#eventlog/upcasts.js';
import { Envelopes } from '#publishing/envelope.js';
import { SqliteVault } from '#vault/sqlite-vault.js';
import type { SealedField } from '#vault/vault.js';
import { complaints, recorded } from './support/promise.js';
// @ts-expect-error a tool, in JavaScript
import { breaks } from '../../tools/events/breaks.mjs';

const require = createRequire(import.meta.url);

interface Golden {
  readonly id: string;
  readonly hash: string;
  readonly record: Omit<Recorded, 'event' | 'id' | 'position'> & {
    readonly type: string;
    readonly data: object;
  };
}

const RING = { current: 'k1', keys: new Map([['k1', Buffer.alloc(32, 7)]]) };
const golden = new URL('../golden/events/', import.meta.url);
const events = readdirSync(golden).map((file): Recorded => {
  const { id, hash, record } = JSON.parse(readFileSync(new URL(file, golden), 'utf8')) as Golden;
  const { stream, revision, metadata, type, data } = record;
  const event = { type, ...data } as Recorded['event'];
  return { id, stream, revision, position: 7n, event, metadata: { ...metadata, hash } };
});
const named = events.map((one) => [one.event.type, one] as const);
const SOURCE = 'urn:membership:test';

describe('what is published of every golden event', () => {
  test('is all there is', () => {
    expect([...new Set(events.map(({ event }) => event.type))].sort()).toEqual(
      [...EVENT_TYPES].sort(),
    );
  });

  test.each(named)('%s keeps the promise of its schema', async (type, event) => {
    const [message] = await new Envelopes(SOURCE).of([event]);
    expect(message).toMatchObject({ id: event.id, source: SOURCE, type });
    expect(complaints(message!.dataschema, message!.data)).toEqual([]);
  });

  test.each(named)('%s tells no hash of a secret and no tag of an address', async (_, event) => {
    const text = JSON.stringify(await new Envelopes(SOURCE).of([event]));
    expect(text).not.toMatch(/"(secretHash|tag|previousHash|requestDigest|clientAddress)"/);
  });

  test.each(named)('%s comes out of a Kafka message as it went in', async (_, event) => {
    const [message] = await new Envelopes(SOURCE).of([event]);
    const { headers, body } = Kafka.binary(message!);
    const wire = { headers, value: JSON.stringify(body), key: message!['partitionkey'] };
    const back = Kafka.toEvent(wire as never) as never as Record<string, unknown>;
    expect(back['data']).toEqual(message!.data);
    expect(back).toMatchObject({ id: event.id, source: SOURCE, stream: event.stream });
    expect(Number(back['streamrevision'])).toBe(event.revision);
  });
});

describe('what is known of a person', () => {
  const acme = 'acme' as OrganizationId;
  const joined = async (vault: SqliteVault): Promise<Recorded> => {
    await vault.belongTo({ id: 'log', isEmpty: true });
    await vault.ensure(acme, ['mem_ada']);
    const sealed = (field: SealedField, text: string) => vault.seal(acme, 'mem_ada', field, text);
    const found = events.find(({ event }) => event.type === 'member.join')!;
    const email = await sealed('email', 'ada@acme.example');
    const displayEmail = await sealed('displayEmail', 'Ada@acme.example');
    const name = await sealed('name', 'Ada Lovelace');
    const { externalId: _, ...joined } = found.event as unknown as Record<string, unknown>;
    const event = { ...joined, member: 'mem_ada', email, displayEmail, name } as never;
    return { ...found, stream: 'organization-acme', event };
  };

  test('stays sealed unless the installation publishes it, and is nothing once erased', async () => {
    const vault = new SqliteVault(':memory:', RING);
    const event = await joined(vault);
    const [sealed] = await new Envelopes(SOURCE).of([event]);
    expect(JSON.stringify(sealed)).not.toMatch(/Ada|ada@/);

    const open = new Envelopes(SOURCE, vault);
    const [opened] = await open.of([event]);
    expect(opened!.data).toMatchObject({
      event: { email: 'ada@acme.example', name: 'Ada Lovelace' },
    });
    expect(complaints(opened!.dataschema, opened!.data)).toEqual([]);

    await vault.destroy(acme, ['mem_ada']);
    const [erased] = await open.of([event]);
    expect(erased!.data).toMatchObject({ event: { email: null, displayEmail: null, name: null } });
    expect(complaints(erased!.dataschema, erased!.data)).toEqual([]);
    await vault.close();
  });

  test('stays sealed where it does not open, while all else is told', async () => {
    const vault = new SqliteVault(':memory:', RING);
    const event = await joined(vault);
    const { email } = event.event as unknown as Record<SealedField, object>;
    // Moved to a field it was not sealed for.
    const broken = { ...event, event: { ...event.event, name: email } as never };
    const messages = await new Envelopes(SOURCE, vault).of([broken, event]);
    expect(messages.map(({ data }) => data)).toMatchObject([
      { event: { email: 'ada@acme.example', name: email } },
      { event: { email: 'ada@acme.example', name: 'Ada Lovelace' } },
    ]);
    for (const one of messages) expect(complaints(one.dataschema, one.data)).toEqual([]);
    await vault.close();
  });
});

describe('a recorded schema', () => {
  const schema = {
    anyOf: [{ $ref: '#/$defs/a' }],
    $defs: {
      a: {
        type: 'object',
        properties: { name: { type: 'string' }, kind: { type: 'string', enum: ['x'] } },
        required: ['name'],
      },
    },
  };
  const with_ = (a: object) => ({ ...schema, $defs: { a: { ...schema.$defs.a, ...a } } });
  const { name, kind } = schema.$defs.a.properties;

  test.each([
    ['nothing', schema],
    ['a field more', with_({ properties: { name, kind, more: { type: 'string' } } })],
    ['a field that is now always there', with_({ required: ['name', 'kind'] })],
    ['another description', with_({ description: 'said better' })],
    [
      'a type of event more',
      { anyOf: [...schema.anyOf, { $ref: '#/$defs/b' }], $defs: { ...schema.$defs, b: {} } },
    ],
  ])('goes on with %s', (_, after) => {
    expect(breaks(schema, after)).toEqual([]);
  });

  test.each([
    ['a field less', with_({ properties: { name } })],
    ['a field that is not always there any more', with_({ required: [] })],
    ['another type', with_({ properties: { name: { type: 'integer' }, kind } })],
    [
      'a value that readers do not know',
      with_({ properties: { name, kind: { type: 'string', enum: ['x', 'y'] } } }),
    ],
    ['a type of event less', { anyOf: [], $defs: {} }],
  ])('is broken by %s', (_, after) => {
    expect(breaks(schema, after)).not.toEqual([]);
  });
});

test('the AsyncAPI document is one, and names a message for every type', () => {
  const asyncapi = recorded('docs/events/asyncapi.json');
  const specification = require('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
  const judge = new Ajv({ strict: false, validateFormats: false, logger: false });
  const validate = judge.compile(specification);
  expect(validate(asyncapi) ? [] : validate.errors).toEqual([]);
  const { messages } = asyncapi['components'] as { messages: object };
  expect(Object.keys(messages).sort()).toEqual([...EVENT_TYPES, 'permissions.change'].sort());
  const references = [...JSON.stringify(asyncapi).matchAll(/"\.\/([^"#]+)#\/\$defs\/([^"]+)"/g)];
  expect(references).toHaveLength(EVENT_TYPES.length + 1);
  for (const [, file, name] of references) {
    const { $defs } = recorded(`docs/events/${file}`) as { $defs: object };
    expect($defs).toHaveProperty([name!]);
  }
});
