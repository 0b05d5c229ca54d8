/** What the audit log knows of a subject, so that an event can be told as before and after. */
import { successorOf } from '#domain/catalogue.js';
import { withoutTwins } from '#domain/changes.js';
import type { GrantFact } from '#domain/events.js';
import type { GrantId, RoleId, Scope } from '#domain/ids.js';
import type { Successors } from './grants.js';

/** Field → value; the roles held are fields of their own below `grants`. */
export interface Facts {
  readonly [field: string]: unknown;
  readonly grants?: HeldFacts;
  readonly ssoDefaultRole?: RoleId | null;
}
export interface HeldFacts {
  readonly [grant: string]: Held;
}
interface Held {
  readonly role: RoleId;
  readonly scope: Scope;
  readonly notBefore?: string;
  readonly expiresAt?: string;
}

/** What changes for everybody by an event that names nobody: a space is gone, or roles have others in
 * their place. */
export type Sweep = { readonly space: string } | { readonly successors: Successors };

/** Is there anything in it that a sweep could change? */
export const isSwept = ({ grants, ssoDefaultRole }: Facts): boolean =>
  grants !== undefined || ssoDefaultRole != null;

/** The facts after a sweep. */
export function swept(facts: Facts, sweep: Sweep): Facts {
  const grants = Object.entries(facts.grants ?? {});
  if ('space' in sweep) {
    return withGrants(
      facts,
      grants.filter(([, { scope }]) => scope !== sweep.space),
    );
  }
  const { successors } = sweep;
  const now = (role: RoleId): RoleId => successorOf(successors, role);
  const { ssoDefaultRole } = facts;
  const called = ssoDefaultRole == null ? {} : { ssoDefaultRole: now(ssoDefaultRole) };
  const isTouched = grants.some(([, { role }]) => Object.hasOwn(successors, role));
  if (!isTouched) return { ...facts, ...called };
  const held = withoutTwins(grants.map(([id, one]) => ({ ...one, id, role: now(one.role) })));
  return {
    ...withGrants(
      facts,
      held.map(({ id, ...one }) => [id, one]),
    ),
    ...called,
  };
}

const withGrants = (facts: Facts, grants: readonly (readonly [string, Held])[]): Facts =>
  facts.grants === undefined ? facts : { ...facts, grants: Object.fromEntries(grants) };

/** The grants after a change. */
export function heldAfter(
  before: HeldFacts | undefined,
  removed: readonly GrantId[],
  added: readonly GrantFact[],
): HeldFacts {
  const grants: Record<string, Held> = { ...before };
  for (const id of removed) delete grants[id];
  for (const { id, ...grant } of added) grants[id] = grant;
  return grants;
}

export interface Difference {
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

/** What is different: only fields that changed, and of the grants only those that came or went. */
export function difference(before: Facts, after: Facts): Difference {
  const was: Record<string, unknown> = {};
  const is: Record<string, unknown> = {};
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (field === 'grants') continue;
    if (JSON.stringify(before[field]) === JSON.stringify(after[field])) continue;
    if (before[field] !== undefined) was[field] = before[field];
    if (after[field] !== undefined) is[field] = after[field];
  }
  const went = without(before.grants, after.grants);
  const came = without(after.grants, before.grants);
  if (went.length > 0) was['grants'] = went;
  if (came.length > 0) is['grants'] = came;
  const some = (one: Record<string, unknown>) => (Object.keys(one).length === 0 ? null : one);
  return { before: some(was), after: some(is) };
}

const without = (grants: HeldFacts = {}, others: HeldFacts = {}): object[] =>
  Object.entries(grants)
    .filter(([id]) => others[id] === undefined)
    .map(([id, grant]) => ({ id, ...grant }));
