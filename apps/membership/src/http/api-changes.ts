/** What a new OpenAPI document takes away from callers of the old one. */
import type { OpenAPIObject } from '@nestjs/swagger';

type Json = { readonly [key: string]: unknown };

/** Callers send what they sent, and understand what they understood. */
type Direction = 'sent' | 'answered';

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** One sentence for each; empty: callers of the old document are served as before. */
export function breakingChanges(before: OpenAPIObject, after: OpenAPIObject): string[] {
  const found = new Set<string>();
  const schemas = new Schemas(before as unknown as Json, after as unknown as Json, found);
  for (const [path, operations] of Object.entries(before.paths)) {
    for (const method of METHODS) {
      const old = operations[method] as unknown as Json | undefined;
      if (old === undefined) continue;
      const route = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method] as unknown as Json | undefined;
      if (now === undefined) found.add(`${route} is gone`);
      else inOperation(route, old, now, schemas, found);
    }
  }
  return [...found];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Json;
}

function inOperation(route: string, old: Json, now: Json, schemas: Schemas, found: Set<string>) {
  const after = (now['parameters'] ?? []) as readonly Parameter[];
  const before = (old['parameters'] ?? []) as readonly Parameter[];
  const twin = (list: readonly Parameter[], one: Parameter): Parameter | undefined =>
    list.find((other) => other.name === one.name && other.in === one.in);
  for (const one of before) {
    const fresh = twin(after, one);
    if (fresh === undefined)
      found.add(`${route} takes no ${one.in} parameter ${one.name} any more`);
    else schemas.compare(`${route} ?${one.name}`, one.schema, fresh.schema, 'sent');
  }
  for (const one of after) {
    if (one.required && !twin(before, one)?.required) {
      found.add(`${route} wants ${one.in} ${one.name}`);
    }
  }
  const [body, newBody] = [bodyOf(old['requestBody']), bodyOf(now['requestBody'])];
  if (newBody?.isRequired && !body?.isRequired) found.add(`${route} wants a body`);
  if (body !== undefined && newBody === undefined) found.add(`${route} takes no body any more`);
  else if (body && newBody) schemas.compare(route, body.schema, newBody.schema, 'sent');
  const answers = now['responses'] as { readonly [status: string]: Json };
  for (const [status, answer] of Object.entries(old['responses'] as typeof answers)) {
    if (!status.startsWith('2')) continue;
    const fresh = answers[status];
    if (fresh === undefined) found.add(`${route} does not answer ${status} any more`);
    else schemas.compare(route, bodyOf(answer)?.schema, bodyOf(fresh)?.schema, 'answered');
  }
}

function bodyOf(value: unknown): { schema: Json; isRequired: boolean } | undefined {
  const { content, required } = (value ?? {}) as { content?: Json; required?: boolean };
  const [media] = Object.values(content ?? {}) as { schema: Json }[];
  return media && { schema: media.schema, isRequired: required === true };
}

class Schemas {
  /** Pairs of named schemas that were looked at, each in one direction. */
  readonly #seen = new Set<string>();

  constructor(
    private readonly before: Json,
    private readonly after: Json,
    private readonly found: Set<string>,
  ) {}

  compare(place: string, old: Json | undefined, now: Json | undefined, direction: Direction): void {
    if (old === undefined) return;
    if (now === undefined) return void this.found.add(`${place} is without its ${direction} body`);
    // What answers besides is nothing to whoever does not ask for it.
    const choices = (now['anyOf'] as Json[] | undefined) ?? [now];
    const [first = now] = choices;
    if (old['anyOf'] === undefined && now['anyOf'] !== undefined) {
      return this.compare(place, old, first, direction);
    }
    if (old['anyOf'] !== undefined) {
      const pairs = old['anyOf'] as Json[];
      return pairs.forEach((one, index) => this.compare(place, one, choices[index], direction));
    }
    const [oldName, nowName] = [nameOf(old), nameOf(now)];
    if (oldName !== undefined || nowName !== undefined) {
      const pair = `${oldName} ${nowName} ${direction}`;
      if (oldName !== undefined && nowName !== undefined && this.#seen.has(pair)) return;
      this.#seen.add(pair);
      const [a, b] = [resolved(this.before, old), resolved(this.after, now)];
      return this.compare(oldName ?? place, a, b, direction);
    }
    this.#values(place, old, now, direction);
    this.#fields(place, old, now, direction);
    this.compare(place, old['items'] as Json | undefined, now['items'] as Json, direction);
  }

  #values(place: string, old: Json, now: Json, direction: Direction): void {
    const [narrow, wide] = direction === 'sent' ? [old, now] : [now, old];
    const types = (schema: Json): unknown[] => [schema['type'] ?? []].flat();
    const isWider = types(narrow).every((one) => types(wide).includes(one));
    if (types(wide).length > 0 && !isWider) this.found.add(`${place} has another type`);
    if (direction === 'answered') return;
    const values = now['enum'] as readonly unknown[] | undefined;
    const lost = ((old['enum'] ?? []) as readonly unknown[]).filter((v) => !values?.includes(v));
    if (values !== undefined && lost.length > 0) {
      this.found.add(`${place} can't be ${lost.join(', ')} any more`);
    }
    if (values !== undefined && old['enum'] === undefined) this.found.add(`${place} is a list now`);
    if (now['pattern'] !== undefined && now['pattern'] !== old['pattern']) {
      this.found.add(`${place} has another pattern`);
    }
    for (const [limit, isTighter] of LIMITS) {
      const [was, is] = [old[limit] as number | undefined, now[limit] as number | undefined];
      if (is !== undefined && (was === undefined || isTighter(is, was))) {
        this.found.add(`${place} has the ${limit} ${is} now`);
      }
    }
  }

  #fields(place: string, old: Json, now: Json, direction: Direction): void {
    const [before, after] = [fieldsOf(old), fieldsOf(now)];
    const wanted = new Set(now['required'] as readonly string[] | undefined);
    const had = new Set(old['required'] as readonly string[] | undefined);
    for (const [field, shape] of Object.entries(before)) {
      const fresh = after[field];
      if (fresh === undefined) this.found.add(`${place}.${field} is gone`);
      else this.compare(`${place}.${field}`, shape, fresh, direction);
    }
    for (const field of direction === 'sent' ? wanted : had) {
      if (direction === 'sent' && !had.has(field))
        this.found.add(`${place}.${field} is wanted now`);
      if (direction === 'answered' && field in after && !wanted.has(field)) {
        this.found.add(`${place}.${field} may be missing now`);
      }
    }
  }
}

const LIMITS: readonly (readonly [
  name: string,
  isTighter: (is: number, was: number) => boolean,
])[] = [
  ['maxLength', (is, was) => is < was],
  ['maxItems', (is, was) => is < was],
  ['maximum', (is, was) => is < was],
  ['minLength', (is, was) => is > was],
  ['minItems', (is, was) => is > was],
  ['minimum', (is, was) => is > was],
];

const fieldsOf = (schema: Json) =>
  (schema['properties'] ?? {}) as { readonly [name: string]: Json };

const nameOf = ({ $ref }: Json): string | undefined =>
  typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined;

const resolved = (document: Json, schema: Json): Json => {
  const name = nameOf(schema);
  const { schemas } = document['components'] as { schemas: { readonly [name: string]: Json } };
  return name === undefined ? schema : (schemas[name] ?? {});
};
