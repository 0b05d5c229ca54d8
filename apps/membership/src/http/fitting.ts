/** Does what was sent fit the class of fields that is asked for? One JSON Schema a class says so. */
import type { Type } from '@nestjs/common';
import {
  Ajv,
  type ErrorObject,
  type SchemaObject,
  type SchemaValidateFunction,
  type ValidateFunction,
} from 'ajv';
import { fieldsOf, isPlain, type Asked, type Bounds } from './fields.js';
import type { Shape } from './shapes.js';

/** What is wrong, and where: a JSON pointer. */
export interface Trouble {
  readonly at: string;
  readonly detail: string;
}

/**
 * What was sent as it is meant: each value as its shape reads it, and of a class that is open only
 * what is asked for. What was sent stays as it is.
 */
export function meant(asked: Type<object>, sent: object, isOpen: boolean): object {
  const fields = fieldsOf(asked);
  const all: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(sent)) {
    const field = fields.get(name);
    if (field !== undefined) all[name] = valueMeant(field, value, isOpen);
    else if (!isOpen) all[name] = value;
  }
  return all;
}

function valueMeant(
  { of, list }: Pick<Asked, 'of' | 'list'>,
  value: unknown,
  isOpen: boolean,
): unknown {
  if (list !== undefined) {
    return Array.isArray(value) ? value.map((one) => valueMeant({ of }, one, isOpen)) : value;
  }
  if (typeof of !== 'function') return of.read === undefined ? value : of.read(value);
  return isPlain(value) ? meant(of(), value, isOpen) : value;
}

const ajv = new Ajv({ allErrors: true, verbose: true, strictTypes: false });
/** What is wrong with one value, as its shape words it. */
const inWords: SchemaValidateFunction = (trouble: Shape['trouble'], value: unknown): boolean => {
  const message = trouble(value);
  if (message === undefined) return true;
  inWords.errors = [{ message }];
  return false;
};
ajv.addKeyword({ keyword: 'trouble', validate: inWords });

const compiled = new WeakMap<Type<object>, ValidateFunction>();

/** Everything that is wrong with it. */
export function troublesOf(asked: Type<object>, value: object): readonly Trouble[] {
  const validate = compiled.get(asked) ?? ajv.compile(schemaOf(asked));
  compiled.set(asked, validate);
  return validate(value) ? [] : validate.errors!.map(troubleOf);
}

interface FieldSchema extends SchemaObject {
  readonly trouble: Shape['trouble'];
}

function schemaOf(asked: Type<object>): FieldSchema {
  const fields = [...fieldsOf(asked)];
  const required = fields.flatMap(([name, { isOptional }]) => (isOptional ? [] : [name]));
  const such = required.map((name) => `"${name}": …`).join(', ');
  const words = `must be an object${such === '' ? '' : ` such as {${such}}`}`;
  return {
    trouble: (value) => (isPlain(value) ? undefined : words),
    additionalProperties: false,
    properties: Object.fromEntries(fields.map(([name, field]) => [name, schemaOfField(field)])),
    required,
  };
}

function schemaOfField({ of, list, isNullable }: Asked): FieldSchema {
  const one = typeof of === 'function' ? schemaOf(of()) : { trouble: of.trouble };
  const all = list === undefined ? one : schemaOfList(one, list);
  if (!isNullable) return all;
  return { ...all, trouble: (value) => (value === null ? undefined : all.trouble(value)) };
}

const schemaOfList = (items: FieldSchema, { least, most }: Bounds): FieldSchema => ({
  trouble: (value) => (Array.isArray(value) ? undefined : 'must be a list'),
  items,
  minItems: least,
  maxItems: most,
});

function troubleOf({ instancePath, params, schema, ...error }: ErrorObject): Trouble {
  switch (error.keyword) {
    case 'required': {
      const { missingProperty: name } = params as { readonly missingProperty: string };
      const { properties } = error.parentSchema as { properties: Record<string, FieldSchema> };
      const words = properties[name]?.trouble(undefined);
      const detail = words === undefined ? 'is missing' : `is missing: ${words}`;
      return { at: below(instancePath, name), detail };
    }
    case 'additionalProperties': {
      const { additionalProperty: name } = params as { readonly additionalProperty: string };
      return { at: below(instancePath, name), detail: 'is not a known field' };
    }
    case 'minItems':
      return { at: instancePath, detail: `must have at least ${String(schema)}` };
    case 'maxItems':
      return { at: instancePath, detail: `must have at most ${String(schema)}` };
    default:
      return { at: instancePath, detail: error.message ?? 'is not valid' };
  }
}

/** The JSON pointer to what has this name in what `at` points to. */
export const below = (at: string, name: string): string =>
  `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
