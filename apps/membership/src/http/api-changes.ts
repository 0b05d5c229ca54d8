/** What a new OpenAPI document takes away from callers of the old one. */
import type { OpenAPIObject } from '@nestjs/swagger';

type Json = { readonly [key: string]: unknown };

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const;

/** One sentence for each; empty: callers of the old document are served as before. */
export function breakingChanges(before: OpenAPIObject, after: OpenAPIObject): string[] {
  const found: string[] = [];
  for (const [path, operations] of Object.entries(before.paths)) {
    for (const method of METHODS) {
      const old = operations[method];
      if (old === undefined) continue;
      const route = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (now === undefined) found.push(`${route} is gone`);
      else found.push(...inOperation(route, old as unknown as Json, now as unknown as Json));
    }
  }
  const schemas = (after.components?.schemas ?? {}) as { readonly [name: string]: Json };
  for (const [name, old] of Object.entries(before.components?.schemas ?? {})) {
    const now = schemas[name];
    if (now === undefined) found.push(`schema ${name} is gone`);
    else found.push(...inSchema(name, old as unknown as Json, now));
  }
  return found;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}

function inOperation(route: string, old: Json, now: Json): string[] {
  const found: string[] = [];
  const before = (old['parameters'] ?? []) as readonly Parameter[];
  const after = (now['parameters'] ?? []) as readonly Parameter[];
  const isIn = (list: readonly Parameter[], one: Parameter): boolean =>
    list.some((other) => other.name === one.name && other.in === one.in);
  for (const one of before) {
    if (!isIn(after, one)) found.push(`${route} takes no ${one.in} parameter ${one.name} any more`);
  }
  for (const one of after) {
    if (one.required && !isIn(before, one)) found.push(`${route} wants ${one.in} ${one.name}`);
  }
  const gone = Object.keys(old['responses'] as Json).filter(
    (status) => status.startsWith('2') && !(status in (now['responses'] as Json)),
  );
  return [...found, ...gone.map((status) => `${route} does not answer ${status} any more`)];
}

/** Whether a schema is sent or answered is not asked: both directions are held to both rules. */
function inSchema(name: string, old: Json, now: Json): string[] {
  const before = (old['properties'] ?? {}) as { readonly [name: string]: Json };
  const after = (now['properties'] ?? {}) as { readonly [name: string]: Json };
  const wanted = new Set((now['required'] ?? []) as readonly string[]);
  const had = new Set((old['required'] ?? []) as readonly string[]);
  const found: string[] = [];
  for (const [field, shape] of Object.entries(before)) {
    const fresh = after[field];
    if (fresh === undefined) found.push(`${name}.${field} is gone`);
    else if (JSON.stringify(fresh['type']) !== JSON.stringify(shape['type'])) {
      found.push(`${name}.${field} has another type`);
    } else {
      const values = (fresh['enum'] ?? []) as readonly unknown[];
      const lost = ((shape['enum'] ?? []) as readonly unknown[]).filter((v) => !values.includes(v));
      if (lost.length > 0) found.push(`${name}.${field} is never ${lost.join(', ')} any more`);
    }
  }
  for (const field of wanted) {
    if (!had.has(field) && !(field in before)) found.push(`${name}.${field} is wanted now`);
  }
  for (const field of had) {
    if (field in after && !wanted.has(field)) found.push(`${name}.${field} may be missing now`);
  }
  return found;
}
