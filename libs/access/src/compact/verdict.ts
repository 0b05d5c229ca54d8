/**
 * What a member may do, read from the columns: `isAllowed` and `whyNot` at once, in numbers alone and
 * without making anything. For members whom the platform gives nothing; everybody else is asked about
 * by the domain's own functions.
 */
import type { Organization, Space } from '#domain/state.js';
import type { Reason } from '../questions.js';
import type { Memberships } from './memberships.js';
import { NONE } from './names.js';
import type { Powers } from './powers.js';
import {
  hasBegun,
  hasEnded,
  ORGANIZATION,
  roleAt,
  scopeAt,
  WIDTH,
  type Rows,
  type Terms,
} from './terms.js';

/** A question with all that it names looked up: it is good until the next event is applied. */
export interface Asked {
  readonly organization: Organization;
  /** What the roles of its catalogue give. */
  readonly powers: Powers;
  /** The membership; `NONE` for nobody. */
  readonly row: number;
  readonly permission: number;
  readonly scope: number;
  /** `undefined` at the organization itself, and where there is no such space. */
  readonly space: Space | undefined;
}

/** What a grant can say to a question, from the least to the most. */
const SAID = ['no_role', 'wrong_scope', 'expired', 'not_yet', 'granted'] as const;
const NO_ROLE = SAID.indexOf('no_role');
const WRONG_SCOPE = SAID.indexOf('wrong_scope');
const EXPIRED = SAID.indexOf('expired');
const NOT_YET = SAID.indexOf('not_yet');
const GRANTED = SAID.indexOf('granted');

/** @param now milliseconds since the epoch. */
export function reasonFor(memberships: Memberships, asked: Asked, now: number): Reason {
  const { organization, powers, row, permission, scope, space } = asked;
  if (organization.status === 'deleted') return 'organization_deleted';
  if (organization.status !== 'active') return 'suspended';
  if (scope !== ORGANIZATION && space === undefined) return 'space_not_found';
  if (row === NONE) return 'no_membership';
  if (!memberships.isActive(row)) return 'deactivated';
  if (space?.status === 'inactive' && !powers.isLeft(permission)) return 'space_inactive';
  if (powers.isEverywhere(permission)) return 'granted';
  let most = NO_ROLE;
  const { holdings } = memberships;
  const { terms } = holdings;
  for (let at = holdings.first(row); at !== NONE; at = holdings.after(at)) {
    const begin = holdings.number(at) * WIDTH;
    if (roleAt(terms.things, begin) !== NONE) {
      most = Math.max(most, said(terms, terms.things, begin, asked, now));
    } else {
      const team = organization.teams.get(holdings.thing(at).team!);
      const rows = team === undefined ? NO_ROWS : terms.ofGrants(team.grants);
      for (let one = 0; one < rows.length; one += WIDTH) {
        most = Math.max(most, said(terms, rows, one, asked, now));
      }
    }
    if (most === GRANTED) break;
  }
  return SAID[most]!;
}

const NO_ROWS: Rows = new Float64Array();

/** What one role says that is held: the number of one of `SAID`. */
function said(terms: Terms, rows: Rows, at: number, asked: Asked, now: number): number {
  const { powers, permission } = asked;
  const role = roleAt(rows, at);
  const given = powers.gives(role, permission) ?? ownGives(terms, asked, role);
  if (given === undefined) return NO_ROLE;
  const scope = scopeAt(rows, at);
  const fits = scope === ORGANIZATION || (scope === asked.scope && powers.isAtSpaces(permission));
  const isInForce = hasBegun(rows, at, now) && !hasEnded(rows, at, now);
  if (isInForce && fits && (given || powers.isWithAccess(permission))) return GRANTED;
  if (!given) return NO_ROLE;
  if (fits) return hasBegun(rows, at, now) ? EXPIRED : NOT_YET;
  return isInForce && isThere(terms, asked, scope) ? WRONG_SCOPE : NO_ROLE;
}

/** Does a role of the organization's own give it? `undefined`: there is none of this number. */
function ownGives(
  { roles }: Terms,
  { organization, powers, permission }: Asked,
  role: number,
): boolean | undefined {
  const own = organization.customRoles.get(roles.id(role));
  return own?.permissions.includes(powers.name(permission));
}

/** A grant at a space that is deleted is none. */
function isThere({ scopes }: Terms, { organization }: Asked, scope: number): boolean {
  const place = scopes.id(scope);
  return place === 'organization' || organization.spaces.has(place);
}
