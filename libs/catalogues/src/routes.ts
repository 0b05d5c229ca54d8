/**
 * Which permission a request to the calling product needs, by its method and path. Routes are
 * compared segment by segment, so a path costs its length and nothing more.
 */
import type { Catalogue, CatalogueContent } from '#domain/catalogue.js';
import type { Permission } from '#domain/ids.js';

type Route = CatalogueContent['routes'][number];

/** Paths are taken with or without it, in templates and in questions. */
const BASE = ['api', 'v1'];

/**
 * The permission of `method` and `path`, or `undefined` where the catalogue has no such route: to
 * be denied. The method's case, the base path `/api/v1`, the query string and one trailing slash
 * make no difference; HEAD is asked as GET. Segments compare exactly, and `{name}` stands for any
 * one of them. A path with a segment that another server might read otherwise has no route. Of two
 * templates the more literal one answers.
 */
export function routePermission(
  catalogue: Pick<Catalogue, 'content'>,
  method: string,
  path: string,
): Permission | undefined {
  const asked = segments(path.split('?', 1)[0] ?? '');
  if (asked === undefined || asked.some(isUnsafe)) return undefined;
  const verb = method.toUpperCase() === 'HEAD' ? 'GET' : method.toUpperCase();
  const routes = templatesOf(catalogue.content.routes).get(verb) ?? [];
  return routes.find(({ template }) => fits(template, asked))?.permission;
}

interface Template {
  readonly template: readonly string[];
  readonly permission: Permission;
}

/** Taken apart once per catalogue: the question is asked on every request. */
const cache = new WeakMap<readonly Route[], ReadonlyMap<string, readonly Template[]>>();

/** Templates by method, the most literal first. */
const templatesOf = (routes: readonly Route[]): ReadonlyMap<string, readonly Template[]> => {
  const before = cache.get(routes);
  if (before !== undefined) return before;
  const byMethod = new Map<string, Template[]>();
  for (const { method, path, permission } of routes) {
    const list = byMethod.get(method) ?? [];
    byMethod.set(method, [...list, { template: segments(path) ?? [], permission }]);
  }
  for (const list of byMethod.values()) {
    list.sort((a, b) => parameters(a.template) - parameters(b.template));
  }
  cache.set(routes, byMethod);
  return byMethod;
};

const parameters = (template: readonly string[]): number => template.filter(isParameter).length;

/**
 * Pairs of routes, as [later, earlier] indexes, that answer a common path without one being more
 * literal than the other everywhere.
 */
export function* overlappingRoutes(routes: readonly Route[]): Generator<[number, number]> {
  for (const [index, route] of routes.entries()) {
    for (const [earlier, other] of routes.slice(0, index).entries()) {
      if (route.method !== other.method) continue;
      if (isAmbiguous(segments(route.path) ?? [], segments(other.path) ?? [])) {
        yield [index, earlier];
      }
    }
  }
}

/** The path's segments without the base, or `undefined` where it is not absolute. */
const segments = (path: string): string[] | undefined => {
  if (!path.startsWith('/')) return undefined;
  const parts = path.slice(1).split('/');
  if (parts.at(-1) === '') parts.pop();
  return BASE.every((part, index) => parts[index] === part) ? parts.slice(BASE.length) : parts;
};

const isParameter = (segment: string): boolean => segment.startsWith('{');

/**
 * Segments that another server might read as a different path: needlessly encoded (RFC 3986, 2.3),
 * not to be decoded, or decoded to what some part, end or trim a path at.
 */
const isUnsafe = (segment: string): boolean => {
  if (NEVER_SENT.test(segment) || NEEDLESSLY_ENCODED.test(segment)) return true;
  try {
    return READ_APART.test(decodeURIComponent(segment));
  } catch {
    return true;
  }
};

/** All but visible ASCII. */
const NEVER_SENT = /[^!-~]/;
/** Letters, digits and `-._~`. */
const NEEDLESSLY_ENCODED = /%(?:2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i;
/** Empty and dot segments, too. A `%` was encoded twice, or will be. */
const READ_APART = /^$|^\s|[\s.]$|[/\\;%?#\p{Cc}]/u;

const fits = (template: readonly string[], asked: readonly string[]): boolean =>
  template.length === asked.length &&
  template.every((part, index) => isParameter(part) || part === asked[index]);

const isAmbiguous = (a: readonly string[], b: readonly string[]): boolean => {
  if (a.length !== b.length) return false;
  let moreLiteral = 0;
  let lessLiteral = 0;
  for (const [index, part] of a.entries()) {
    const other = b[index]!;
    if (isParameter(part) && !isParameter(other)) lessLiteral += 1;
    else if (!isParameter(part) && isParameter(other)) moreLiteral += 1;
    else if (!isParameter(part) && part !== other) return false;
  }
  return moreLiteral > 0 === lessLiteral > 0;
};
