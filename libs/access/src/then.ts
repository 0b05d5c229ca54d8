/** Questions about the past, answered from a state as it stood. */
import { decide, listAll } from './permission-index.js';
import { find, type Standing } from './principals.js';
import type { Then } from './past.js';
import type {
  AccessAnswer,
  AccessQuestion,
  PermissionsAnswer,
  PermissionsQuestion,
  Principal,
} from './questions.js';

/** Refuses `permission.unknown` (in the catalogue of then) and `principal.invalid`. */
export function checkThen(then: Then, question: AccessQuestion): AccessAnswer {
  const { principal, permission, space = 'organization' } = question;
  const verdict = decide(then.place, standingThen(then, principal), permission, space);
  return { ...verdict, revision: then.revision };
}

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
