/** The schemas that are promised, as strict as can be: a field they do not name is a mistake of ours. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

export interface Json {
  readonly [key: string]: unknown;
}

export const recorded = (path: string): Json =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')) as Json;

const closed = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, one]) => [key, closed(one)]));
  return 'properties' in schema ? { ...inner, additionalProperties: false } : inner;
};

const ajv = new Ajv2020({ allErrors: true });
for (const name of ['events', 'permission-changes']) {
  ajv.addSchema(closed(recorded(`docs/events/${name}.schema.json`)) as Json);
}

interface Reference {
  readonly $ref: string;
}
interface AsyncApi {
  readonly channels: Readonly<Record<string, { readonly messages: Record<string, Reference> }>>;
  readonly components: {
    readonly messages: Readonly<Record<string, Record<'headers' | 'payload', Reference>>>;
    readonly messageBindings: { readonly keyed: { readonly kafka: { readonly key: Json } } };
    readonly schemas: Readonly<Record<string, Json>>;
  };
}
const { channels, components } = recorded('docs/events/asyncapi.json') as never as AsyncApi;
for (const [name, schema] of Object.entries(components.schemas)) {
  ajv.addSchema(closed(schema) as Json, `#/components/schemas/${name}`);
}
ajv.addSchema(components.messageBindings.keyed.kafka.key, 'key');

/** A message as a topic has it. */
export interface OnTopic {
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: unknown;
}

/** What is wrong with a message on the topic of this channel, by the AsyncAPI document; nothing: it is as promised. */
export function complaintsOf(channel: string, { key, headers, value }: OnTopic): unknown[] {
  const { ce_type: type = '', ce_dataschema: dataschema } = headers;
  const { [type]: message } = components.messages;
  if (message === undefined || !(type in channels[channel]!.messages)) {
    return [`${channel} has no messages of ${type}`];
  }
  const [, file, name] = /^\.\/(.+)#(.+)$/.exec(message.payload.$ref)!;
  const promised = `${String(recorded(`docs/events/${file}`)['$id'])}#${name}`;
  return [
    ...(dataschema === promised ? [] : [`${dataschema} is not the schema of ${type}`]),
    ...[complaints('key', key)].flat(),
    ...[complaints(message.headers.$ref, headers)].flat(),
    ...[complaints(promised, value)].flat(),
  ];
}

/** What is wrong with the data of a message; nothing: it is as promised. */
export function complaints(dataschema: string | undefined, data: unknown): unknown {
  const validate = ajv.getSchema(dataschema ?? '');
  if (validate === undefined) return `there is no schema ${dataschema}`;
  return validate(data) === true ? [] : validate.errors;
}
