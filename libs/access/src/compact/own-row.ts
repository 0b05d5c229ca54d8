/** Whose question one membership alone decides. */
import { PLATFORM } from '#domain/ids.js';
import { kindOf, type Principal } from '../questions.js';
import type { Memberships } from './memberships.js';
import { NONE } from './names.js';
import type { Compact } from './tables.js';

/**
 * The row that alone decides for a principal; `NONE` where that is nobody. `undefined` where more
 * does: for keys and accounts, and for whom the platform may give something.
 */
export function ownRow(
  { organizations, persons }: Memberships,
  { id, members }: Compact,
  principal: Principal,
): number | undefined {
  const kind = kindOf(principal);
  if (id === PLATFORM || (kind !== 'member' && kind !== 'user')) return undefined;
  const platform = organizations.number(PLATFORM);
  const known = kind === 'member' ? members.row(principal) : undefined;
  if (known === NONE || (known !== undefined && platform === NONE)) return known;
  const person = known === undefined ? persons.number(principal) : persons.of(known);
  if (platform !== NONE && persons.rowAt(platform, person) !== NONE) return undefined;
  return known ?? persons.rowAt(members.organization, person);
}
