/** Whom of the platform an organization knows, and as whom. */
import type { Around } from '#domain/affected.js';
import type { UserId } from '#domain/ids.js';
import { kindOf, type Principal } from '../questions.js';

/** Those of the platform as who they are in an organization. */
export function* abroad(principals: Iterable<Principal>, around: Around): Generator<Principal> {
  for (const principal of principals) {
    const kind = kindOf(principal);
    // A member is somebody at home alone; the person is among the principals too.
    if (kind === 'member') continue;
    yield principal;
    if (kind !== 'user') continue;
    for (const place of around) {
      const member = place?.memberByUser.get(principal as UserId);
      if (member !== undefined) yield member;
    }
  }
}
