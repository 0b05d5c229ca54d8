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

/** What is wrong with the data of a message; nothing: it is as promised. */
export function complaints(dataschema: string | undefined, data: unknown): unknown {
  const validate = ajv.getSchema(dataschema ?? '');
  if (validate === undefined) return `there is no schema ${dataschema}`;
  return validate(data) === true ? [] : validate.errors;
}
