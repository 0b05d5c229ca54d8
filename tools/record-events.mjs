// `npm run events`: records in docs/events what is published: the JSON Schemas of the messages, made
// of the types in libs/publishing/src/published.ts and of the union of all events, and the AsyncAPI
// document. Refuses what would break who reads what was recorded before, unless `--breaking` is
// given. With `--check` it writes nothing and fails where the two differ.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import prettier from 'prettier';
import ts from 'typescript';
import {
  createFormatter,
  createParser,
  DEFAULT_CONFIG,
  SchemaGenerator,
} from 'ts-json-schema-generator';
import { root } from './files.mjs';
import { asyncapi } from './events/asyncapi.mjs';
import { breaks } from './events/breaks.mjs';

const { INTERNAL, SCHEMA } = await import(join(root, 'dist/libs/publishing/src/published.js'));

const path = join(root, 'libs/publishing/src/published.ts');
const { options } = ts.getParsedCommandLineOfConfigFile(join(root, 'tsconfig.json'), {}, ts.sys);
const program = ts.createProgram([path], options);

/** The schema of a type, and the definitions it names, as the generator has them. */
const generated = (type) => {
  const config = { ...DEFAULT_CONFIG, path, type, topRef: false, encodeRefs: false };
  const parser = createParser(program, config);
  return new SchemaGenerator(program, parser, createFormatter(config), config).createSchema(type);
};

const event = generated('DomainEvent');
const context = generated('EventContext');
const change = generated('PermissionChangeData');
const known = { ...event.definitions, ...context.definitions, ...change.definitions };
const named = (ref) => ref.slice('#/definitions/'.length);

/** Every member of a union, and each of the types it may be of. */
const variants = (schema) =>
  schema.$ref
    ? variants(known[named(schema.$ref)])
    : schema.anyOf
      ? schema.anyOf.flatMap(variants)
      : (schema.properties.type.enum ?? [schema.properties.type.const]).map((type) => [
          type,
          schema,
        ]);

const PERSONAL = {
  description:
    'Something about a person: sealed, which only the service opens, or opened where the installation is set to publish it, and null where there is none or it was erased before.',
  anyOf: [
    {
      type: 'object',
      properties: { subject: { type: 'string' }, sealed: { type: 'string' } },
      required: ['subject', 'sealed'],
    },
    { type: 'string' },
    { type: 'null' },
  ],
};

/** As it is published: whole numbers, names of ids spelled out, and open to fields that come later. */
function published(schema, used) {
  if (Array.isArray(schema)) return schema.map((one) => published(one, used));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { $ref, type, additionalProperties, ...rest } = schema;
  if ($ref !== undefined) {
    const name = named($ref);
    if (name.startsWith('Id<')) return { type: 'string', ...rest };
    if (known[name].$ref?.startsWith('#/definitions/Id<')) return { type: 'string', ...rest };
    used.add(name);
    return { ...rest, $ref: `#/$defs/${name}` };
  }
  const fields = Object.entries(rest).map(([key, value]) => [
    key,
    key === 'properties'
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([field]) => !INTERNAL.includes(field))
            .map(([field, one]) => [field, published(one, used)]),
        )
      : key === 'required'
        ? value.filter((field) => !INTERNAL.includes(field)).sort()
        : published(value, used),
  ]);
  return {
    ...(type === undefined ? {} : { type: type === 'number' ? 'integer' : type }),
    ...Object.fromEntries(fields),
    ...(typeof additionalProperties === 'object'
      ? { additionalProperties: published(additionalProperties, used) }
      : {}),
  };
}

/** A schema with every definition that it comes to name. */
function document($id, title, messages) {
  const used = new Set();
  const own = Object.entries(messages).map(([name, schema]) => [name, published(schema, used)]);
  const shared = {};
  for (const name of used) {
    // What is added to the set while it is walked is walked too.
    shared[name] = name === 'Sealed' ? PERSONAL : published(known[name], used);
  }
  const $defs = { ...Object.fromEntries(own), ...sorted(shared) };
  const $schema = 'https://json-schema.org/draft/2020-12/schema';
  return { $schema, $id, title, anyOf: own.map(([name]) => ({ $ref: `#/$defs/${name}` })), $defs };
}

const sorted = (object) =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

const { type, properties, required } = context;
const messages = Object.fromEntries(
  variants(event)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, schema]) => {
      const typed = { ...schema.properties, type: { type: 'string', const: name } };
      const one = { ...schema, properties: typed };
      return [
        name,
        {
          type,
          properties: { ...properties, event: one },
          required: [...required, 'event'],
        },
      ];
    }),
);
const events = document(SCHEMA.events, 'The data of messages about events', messages);
const changes = document(SCHEMA.permissionChanges, 'The data of messages about permissions', {
  'permissions.change': {
    type: change.type,
    properties: change.properties,
    required: change.required,
    description: change.description,
  },
});

const files = {
  'docs/events/events.schema.json': events,
  'docs/events/permission-changes.schema.json': changes,
  'docs/events/asyncapi.json': asyncapi(Object.keys(messages)),
};

let failed = false;
for (const [name, content] of Object.entries(files)) {
  const file = join(root, name);
  const text = await prettier.format(JSON.stringify(content), {
    ...(await prettier.resolveConfig(file)),
    filepath: file,
  });
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  const broken =
    before === undefined || content.$defs === undefined ? [] : breaks(JSON.parse(before), content);
  for (const one of broken) console.log(`${name}: ${one} would break who reads it`);
  if (process.argv.includes('--check')) {
    if (before !== text)
      console.log(`${name} is not what the types say; "npm run events" records it`);
    failed ||= broken.length > 0 || before !== text;
  } else if (broken.length > 0 && !process.argv.includes('--breaking')) {
    console.log(`${name} is left as it is; "npm run events -- --breaking" records it`);
    failed = true;
  } else if (before !== text) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`${name} is written`);
  }
}
process.exitCode = failed ? 1 : 0;
