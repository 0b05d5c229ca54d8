/** Requests made from the service's own OpenAPI document, right and wrong ones: never a 5xx. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RunningService, scaled, type Session } from './support/running.js';

const REQUESTS = scaled(20_000);
const METHODS = ['get', 'put', 'post', 'patch', 'delete'];
const service = new RunningService();

beforeAll(async () => {
  await service.start();
});
afterAll(() => service.dispose());

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly maxItems?: number;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
}
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema?: Schema;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: Schema }>> };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}
interface Sample {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers: Record<string, string>;
  readonly who: number;
}

/** Ids that exist, met again and again; filled from every answer. */
const known = new Map<string, string[]>();
function learn(value: unknown, name = ''): void {
  if (typeof value === 'string') {
    const [, id] = /^([a-z]+)_[0-9a-z]{10,}$/.exec(value) ?? [];
    const prefix = { revision: 'revision', nextCursor: 'cursor' }[name] ?? id;
    if (prefix === undefined) return;
    const list = known.get(prefix) ?? [];
    if (!list.includes(value)) list.push(value);
    // The newest are the likeliest to be still there.
    known.set(prefix, list.slice(-40));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) learn(one, key);
  }
}

const PREFIX: Readonly<Record<string, string>> = {
  org: 'org',
  organization: 'org',
  space: 'space',
  member: 'mem',
  invitation: 'inv',
  team: 'team',
  role: 'role',
  svc: 'svc',
  account: 'svc',
  serviceAccount: 'svc',
  teams: 'team',
  atLeast: 'revision',
  'if-match': 'revision',
  cursor: 'cursor',
  key: 'key',
  user: 'usr',
  principal: 'mem',
  owner: 'svc',
  to: 'mem',
  remapTo: 'role',
  webhook: 'whk',
};
/** What takes the ground from all that follows is asked for seldom. */
const LAST =
  /^(post \/api\/v1\/me\/erase|delete \/api\/v1\/organizations\/\{organization\}|post .*\/(leave|suspend|erase))$/;
const ROLES = [
  'owner',
  'editor',
  'viewer',
  'Admin',
  'Manager',
  'Analyst',
  'admin',
  'member',
  'analyst',
  'policy-editor',
  'agent',
];

/** A role of each catalogue that anybody can be invited to. */
const ROLE_OF: Readonly<Record<string, string>> = {
  wasviking: 'Analyst',
  vygl: 'member',
  'cve-project': 'analyst',
};

const junk = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '../..',
    '%00',
    "'; drop table members; --",
    '💥',
    'a'.repeat(5000),
    -1,
    1e308,
    null,
    [],
    {},
  ),
);

const CATALOGUES = ['mondoo', 'mondoo-classic', 'wasviking', 'vygl', 'cve-project'];

const idOf = (name: string): fc.Arbitrary<string> => {
  if (name === 'catalogue') return fc.constantFrom(...CATALOGUES, 'nothing');
  if (name === 'version') return fc.constantFrom('1', '2', 'x');
  const prefix = PREFIX[name.toLowerCase()] ?? PREFIX[name];
  const there = fc.nat().map((i) => {
    const list = known.get(prefix ?? '') ?? [];
    return list.length === 0 ? `${prefix ?? 'x'}_none` : list[i % list.length]!;
  });
  const made = fc.constantFrom(
    'mondoo',
    'nobody',
    'mem_01h455vb4pex5vsknk084sn02q',
    'x'.repeat(300),
    'ünïcode',
    '..',
    'a b',
  );
  return fc.oneof({ weight: 9, arbitrary: there }, { weight: 1, arbitrary: made });
};

function ofSchema(
  document: Document,
  schema: Schema,
  name: string,
  depth = 0,
): fc.Arbitrary<unknown> {
  if (depth > 6) return junk;
  if (schema.$ref !== undefined) {
    const target = document.components.schemas[schema.$ref.split('/').pop()!];
    return target === undefined ? junk : ofSchema(document, target, name, depth + 1);
  }
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants !== undefined) {
    return fc.oneof(...variants.map((one) => ofSchema(document, one, name, depth + 1)));
  }
  if (schema.allOf?.length === 1) return ofSchema(document, schema.allOf[0]!, name, depth + 1);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  switch (type) {
    case 'object': {
      const properties = Object.entries(schema.properties ?? {});
      const model = Object.fromEntries(
        properties.map(([key, one]) => [key, spoilt(ofSchema(document, one, key, depth + 1))]),
      );
      return fc.record(model, { requiredKeys: [...(schema.required ?? [])] as never[] });
    }
    case 'array':
      return fc.array(ofSchema(document, schema.items ?? {}, name.replace(/s$/, ''), depth + 1), {
        maxLength: 4,
      });
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 200 }) },
        { weight: 1, arbitrary: fc.double() },
      );
    case 'string':
      return ofString(schema, name);
    default:
      return junk;
  }
}

/** What need not be there is there now and then: more of it, and nothing would be right. */
const rarely = (one: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: one });

/** Now and then something else in its place. */
const spoilt = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 30, arbitrary: right }, { weight: 1, arbitrary: junk });

function ofString(schema: Schema, name: string): fc.Arbitrary<string> {
  if (schema.format === 'date-time') {
    return fc.oneof(
      fc
        .date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
        .map((one) => one.toISOString()),
      fc.constantFrom('now', '2020-13-45', '2030-01-01T00:00:00+25:00'),
    );
  }
  if (/email/i.test(name)) {
    return fc.oneof(
      fc.emailAddress(),
      fc.nat(500).map((i) => `fuzz${i}@fuzz.example.org`),
    );
  }
  if (name === 'role' || name === 'demoteTo')
    return fc.oneof(fc.constantFrom(...ROLES), idOf('role'));
  if (name === 'catalogue') return idOf(name);
  if (name === 'url') return fc.constantFrom('https://hooks.example.com/x', 'http://10.0.0.1', 'x');
  if ((PREFIX[name.toLowerCase()] ?? PREFIX[name]) !== undefined) return idOf(name);
  if (name === 'permission') return fc.constantFrom('members:view', 'scans:run', 'policies:edit');
  const examples = [schema.example, ...(schema.examples ?? [])].filter(
    (one) => typeof one === 'string',
  );
  return fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom('P7D', 'PT1H', 'Acme', 'active', 'pending', ...examples),
  );
}

/** Every operation of the document as an arbitrary request, with how often it is made. */
function operations(document: Document): { weight: number; arbitrary: fc.Arbitrary<Sample> }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, operation]) => ({
        weight: LAST.test(`${method} ${path}`) ? 1 : 20,
        arbitrary: sampleOf(document, method, path, operation),
      })),
  );
}

function sampleOf(
  document: Document,
  method: string,
  path: string,
  operation: Operation,
): fc.Arbitrary<Sample> {
  const parameters = operation.parameters ?? [];
  const at = (where: Parameter['in']): Record<string, fc.Arbitrary<unknown>> =>
    Object.fromEntries(
      parameters
        .filter((one) => one.in === where)
        .map((one) => [
          one.name,
          where === 'path'
            ? idOf(one.name)
            : (one.required ? spoilt : rarely)(ofSchema(document, one.schema ?? {}, one.name)),
        ]),
    );
  const schema = operation.requestBody?.content['application/json']?.schema;
  return fc
    .record({
      path: fc.record(at('path')),
      query: fc.record(at('query')),
      headers: fc.record(at('header')),
      body:
        schema === undefined ? fc.constant(undefined) : spoilt(ofSchema(document, schema, 'body')),
      // Mostly those who may.
      who: fc.constantFrom(0, 1, 1, 1, 2, 3),
    })
    .map(({ path: values, query, headers, body, who }) => {
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(String(values[name])),
      );
      const search = new URLSearchParams(
        given(query).map(([k, v]): [string, string] => [k, String(v)]),
      );
      // A page of the feed may be waited for for a minute: that makes the run long, and finds nothing.
      const wait = Number(search.get('wait'));
      if (wait > 1 && wait <= 60) search.set('wait', '1');
      const clean = given(headers)
        .map(([name, value]) => [name, name.toLowerCase() === 'if-match' ? `"${value}"` : value])
        .filter(
          ([name, value]) =>
            String(name).toLowerCase() !== 'authorization' && /^[\x20-\x7e]*$/.test(String(value)),
        );
      return {
        method: method.toUpperCase(),
        path: search.size === 0 ? filled : `${filled}?${search}`,
        headers: Object.fromEntries(
          clean.map(([k, v]): [string, string] => [String(k), String(v).slice(0, 200)]),
        ),
        who,
        ...(body === undefined ? {} : { body }),
      };
    });
}

const given = (fields: Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(fields).filter(([, value]) => value !== undefined);

test(`${REQUESTS} requests from the OpenAPI document give no 5xx`, async () => {
  const { body: document } = await service.send('GET', '/openapi.json');
  const people: Session[] = [
    await service.signIn('fuzz-admin', { platformAdmin: true }),
    await service.signIn('fuzz-founder'),
    await service.signIn('fuzz-other'),
    await service.signIn('fuzz-stranger'),
  ];
  const settle = async (): Promise<void> => {
    for (const catalogue of CATALOGUES) {
      const founder = people[1]!;
      const { body } = await founder.call('POST', '/organizations', { name: catalogue, catalogue });
      learn(body);
      const make = async (what: string, payload: object): Promise<void> =>
        learn((await founder.call('POST', `/organizations/${body.id}/${what}`, payload)).body);
      const role = ROLE_OF[catalogue] ?? 'viewer';
      await make('invitations', { email: 'fuzz-other@proof.example.org', roles: [role] });
      await make('spaces', { name: 'Space' });
      await make('teams', { name: 'Team' });
      await make('service-accounts', { name: 'Account' });
      await make('api-keys', { name: 'Key', scopes: [] });
      await make('roles', { name: 'Role', scopes: ['organization'], permissions: [] });
      await make('webhooks', { url: 'https://hooks.example.com/x' });
    }
  };
  const seed = Number(process.env['PROOF_SEED'] ?? Date.now() % 2 ** 31);
  console.log(`fuzz: PROOF_SEED=${seed}`);
  const all = operations(document as Document);
  expect(all.length).toBeGreaterThan(40);
  const samples = fc.sample(fc.oneof(...all), { numRuns: REQUESTS, seed });
  const statuses = new Map<number, number>();
  const wrong: unknown[] = [];
  const send = async (sample: Sample, i: number): Promise<void> => {
    // The path was made before the ids were known: the placeholders are filled in now.
    const fill = (text: string): string =>
      text.replace(/([a-z]+)_none/g, (unknown, prefix: string) => {
        const list = known.get(prefix) ?? [];
        return list[i % Math.max(1, list.length)] ?? unknown;
      });
    const path = fill(sample.path);
    const body: unknown =
      sample.body === undefined ? undefined : JSON.parse(fill(JSON.stringify(sample.body)));
    const headers = JSON.parse(fill(JSON.stringify(sample.headers))) as Sample['headers'];
    const isApi = path.startsWith('/api/v1');
    const who = people[sample.who]!;
    const answer = isApi
      ? await who.call(sample.method, path.slice('/api/v1'.length), body, headers)
      : await service.send(sample.method, path, body, {
          authorization: `Bearer ${who.token}`,
          ...headers,
        });
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    learn(answer.body);
    if (answer.status >= 500) wrong.push({ ...sample, path, answer });
  };
  // So many at a time: many wait for a revision that does not come, and for nothing else.
  let next = 0;
  const working = Array.from({ length: 64 }, async () => {
    for (let i = next++; i < samples.length; i = next++) {
      if (i % 200 === 0) await settle();
      await send(samples[i]!, i);
    }
  });
  await Promise.all(working);
  console.log(
    `fuzz: ${[...statuses]
      .sort(([a], [b]) => a - b)
      .map(([status, n]) => `${status}: ${n}`)
      .join(', ')}`,
  );
  if (wrong.length > 0) console.log(service.log);
  expect(wrong).toEqual([]);
  expect(samples.length).toBe(REQUESTS);
});
