/** Questions about the past, answered from a state as it stood. */
import { routePermission } from '#catalogues/routes.js';
import { decide, decideScope, listAll } from './decide.js';
import { find, type Standing } from './principals.js';
import type { Then } from './past.js';
import type {
  AccessAnswer,
  AccessQuestion,
  KeyScopeQuestion,
  PermissionsAnswer,
  PermissionsQuestion,
  Principal,
  RouteQuestion,
} from './questions.js';

/** Refuses `permission.unknown` (in the catalogue of then) and `principal.invalid`. */
export function checkThen(then: Then, question: AccessQuestion): AccessAnswer {
  const { principal, permission, space = 'organization' } = question;
  const verdict = decide(then.place, standingThen(then, principal), permission, space);
  return { ...verdict, revision: then.revision };
}

/** By the routes that the catalogue of then has. Refuses `principal.invalid`. */
export function routeThen(
  then: Then,
  { method, path, ...question }: Omit<RouteQuestion, 'at'>,
): AccessAnswer {
  const permission = routePermission(then.place.catalogue, method, path);
  return permission === undefined
    ? { allowed: false, reason: 'route.unknown', revision: then.revision }
    : checkThen(then, { ...question, permission });
}

/** Refuses `api_key.scope_unknown` (in the catalogue of then). */
export const keyScopeThen = (
  { place, at, revision }: Then,
  question: KeyScopeQuestion,
): AccessAnswer => ({ ...decideScope(place, question, at), revision });

/** Refuses `space.not_found` and `principal.invalid`. */
export const permissionsThen = (
  then: Then,
  { principal, space }: PermissionsQuestion,
): PermissionsAnswer => ({
  permissions: listAll(then.place, standingThen(then, principal), space),
  revision: then.revision,
});

const standingThen = ({ place, at }: Then, principal: Principal): Standing =>
  find(place.organization, place.catalogue, place.platform, principal, at);
