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
import { ORGANIZATION } from './terms.js';

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
type Said = number;
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
    const thing = holdings.number(at);
    const role = terms.role(thing);
    if (role !== NONE) {
      const from = terms.from(thing);
      const until = terms.until(thing);
      most = Math.max(most, said(memberships, asked, role, terms.scope(thing), from, until, now));
    } else {
      for (const grant of organization.teams.get(holdings.thing(at).team!)?.grants ?? []) {
        const held = terms.ofGrant(grant);
        const { from, until } = held;
        most = Math.max(most, said(memberships, asked, held.role, held.scope, from, until, now));
      }
    }
    if (most === GRANTED) break;
  }
  return SAID[most]!;
}

/** What one role says that is held at a scope, from a moment until another. */
function said(
  { holdings: { terms } }: Memberships,
  { organization, powers, permission, scope: asked }: Asked,
  role: number,
  scope: number,
  from: number,
  until: number,
  now: number,
): Said {
  const given = powers.gives(role, permission) ?? ownGives();
  if (given === undefined) return NO_ROLE;
  const fits = scope === ORGANIZATION || (scope === asked && powers.isAtSpaces(permission));
  const isInForce = from <= now && now < until;
  if (isInForce && fits && (given || powers.isWithAccess(permission))) return GRANTED;
  if (!given) return NO_ROLE;
  if (fits) return now < from ? NOT_YET : EXPIRED;
  if (!isInForce) return NO_ROLE;
  // A grant at a space that is deleted is none.
  const place = terms.scopes.id(scope);
  return place === 'organization' || organization.spaces.has(place) ? WRONG_SCOPE : NO_ROLE;

  /** As a role of the organization's own. */
  function ownGives(): boolean | undefined {
    const own = organization.customRoles.get(terms.roles.id(role));
    return own?.permissions.includes(powers.name(permission));
  }
}
