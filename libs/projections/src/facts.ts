/** What the audit log knows of a subject, so that an event can be told as before and after. */
import type { GrantFact } from '#domain/events.js';
import type { GrantId, RoleId, Scope } from '#domain/ids.js';

/** Field → value; the roles held are fields of their own below `grants`. */
export interface Facts {
  readonly [field: string]: unknown;
  readonly grants?: HeldFacts;
}
export interface HeldFacts {
  readonly [grant: string]: Held;
}
interface Held {
  readonly role: RoleId;
  readonly scope: Scope;
  readonly notBefore?: string;
  readonly expiresAt?: string;
  /** Revision that gave it. */
  readonly since: number;
}

/** The grants after a change. */
export function heldAfter(
  before: HeldFacts | undefined,
  removed: readonly GrantId[],
  added: readonly GrantFact[],
  since: number,
): HeldFacts {
  const grants: Record<string, Held> = { ...before };
  for (const id of removed) delete grants[id];
  for (const { id, ...grant } of added) grants[id] = { ...grant, since };
  return grants;
}

export interface Difference {
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/**
 * What is different: only fields that changed, and of the grants only those that came or went.
 * @param roleNow what a role given at a revision is called by now.
 */
export function difference(
  before: Facts,
  after: Facts,
  roleNow: (role: RoleId, since: number) => RoleId,
): Difference {
  const was: Record<string, unknown> = {};
  const is: Record<string, unknown> = {};
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (field === 'grants') continue;
    if (JSON.stringify(before[field]) === JSON.stringify(after[field])) continue;
    if (before[field] !== undefined) was[field] = before[field];
    if (after[field] !== undefined) is[field] = after[field];
  }
  const went = without(before.grants, after.grants, roleNow);
  const came = without(after.grants, before.grants, roleNow);
  if (went.length > 0) was['grants'] = went;
  if (came.length > 0) is['grants'] = came;
  const some = (one: Record<string, unknown>) => (Object.keys(one).length === 0 ? null : one);
  return { before: some(was), after: some(is) };
}

/** The earliest revision that gave any of the grants that came or went; `Infinity`: none did. */
export const oldestExchanged = (before: Facts, after: Facts): number =>
  Math.min(
    ...[...gone(before.grants, after.grants), ...gone(after.grants, before.grants)].map(
      ([, { since }]) => since,
    ),
  );

const gone = (grants: HeldFacts = {}, others: HeldFacts = {}): [string, Held][] =>
  Object.entries(grants).filter(([id]) => others[id] === undefined);

const without = (
  grants: HeldFacts | undefined,
  others: HeldFacts | undefined,
  roleNow: (role: RoleId, since: number) => RoleId,
): object[] =>
  gone(grants, others).map(([id, { since, role, ...grant }]) => ({
    id,
    role: roleNow(role, since),
    ...grant,
  }));
