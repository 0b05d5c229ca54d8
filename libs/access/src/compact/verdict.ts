/**
 * What a member may do, read from the columns: `isAllowed` and `whyNot` at once, in numbers alone and
 * without making anything. For members whom the platform gives nothing; everybody else is asked about
 * by the domain's own functions.
 */
import type { SpaceId } from '#domain/ids.js';
import { VERDICTS, type Verdict } from '../questions.js';
import { isLast, isNumbered, roleIn, type Holdings } from './holdings.js';
import type { Memberships } from './memberships.js';
import { NONE } from './names.js';
import type { Compact } from './tables.js';
import { FOREIGN, GIVEN, SILENT, WITH_ACCESS, type Powers } from './powers.js';
import { hasBegun, hasEnded, ORGANIZATION, roleAt, scopeAt, WIDTH, type Terms } from './terms.js';

/** A question with all that it names looked up: it is good until the next event is applied. */
export interface Asked {
  readonly organization: Compact;
  /** What the roles of its catalogue give. */
  readonly powers: Powers;
  /** The membership; `NONE` for nobody. */
  readonly row: number;
  readonly permission: number;
  readonly scope: number;
  /** What everybody is told, whoever they are. */
  readonly closed: Verdict | undefined;
  /** Is the space inactive, and the permission not left there? */
  readonly isInactive: boolean;
  /** Does every member have it? */
  readonly isEverywhere: boolean;
  /** Can a role at a space give it? */
  readonly isAtSpaces: boolean;
}

/** @param permission its number; `space` absent: at the organization itself. */
export function askedOf(
  { holdings }: Memberships,
  { organization, powers }: Pick<Asked, 'organization' | 'powers'>,
  row: number,
  permission: number,
  space: SpaceId | undefined,
): Asked {
  const scope = space === undefined ? ORGANIZATION : holdings.terms.scopes.number(space);
  const known = space === undefined ? undefined : organization.spaces.at(scope);
  return {
    organization,
    powers,
    row,
    permission,
    scope,
    closed: closedTo(organization, space === undefined || known !== undefined),
    isInactive: known !== undefined && known.status === 'inactive' && !powers.isLeft(permission),
    isEverywhere: powers.isEverywhere(permission),
    isAtSpaces: powers.isAtSpaces(permission),
  };
}

/** What everybody is told, at a space that is there or not; `undefined` where it depends on who asks. */
function closedTo({ status }: Compact, isThere: boolean): Verdict | undefined {
  if (status === 'deleted') return VERDICTS.organization_deleted;
  if (status !== 'active') return VERDICTS.suspended;
  return isThere ? undefined : VERDICTS.space_not_found;
}

/** What a grant can say to a question, from the least to the most. */
const SAID = [
  VERDICTS.no_role,
  VERDICTS.wrong_scope,
  VERDICTS.expired,
  VERDICTS.not_yet,
  VERDICTS.granted,
] as const;
const [NO_ROLE, WRONG_SCOPE, EXPIRED, NOT_YET, GRANTED] = [0, 1, 2, 3, 4] as const;

/** @param now milliseconds since the epoch. */
export function verdictOn(memberships: Memberships, asked: Asked, now: number): Verdict {
  const { closed, row } = asked;
  if (closed !== undefined) return closed;
  if (row === NONE) return VERDICTS.no_membership;
  if (!memberships.isActive(row)) return VERDICTS.deactivated;
  if (asked.isInactive) return VERDICTS.space_inactive;
  if (asked.isEverywhere) return VERDICTS.granted;
  const { holdings } = memberships;
  return SAID[most(holdings, asked, holdings.first(row), now)]!;
}

/** The most that any of the things from a slot on says: the number of one of `SAID`. */
function most(holdings: Holdings, asked: Asked, first: number, now: number): number {
  const { terms, words } = holdings;
  let most: number = NO_ROLE;
  if (first === NONE) return most;
  for (let slot = first; ; slot += 1) {
    const word = words[2 * slot]!;
    const about = words[2 * slot + 1]!;
    const says = isNumbered(word)
      ? numberedSays(holdings, asked, about, now)
      : roleSays(asked, howIn(terms, asked, roleIn(word)), about, GRANTED);
    if (says > most) most = says;
    if (most === GRANTED || isLast(word)) return most;
  }
}

/** What a role says that has times, or what those of a team say. */
function numberedSays(holdings: Holdings, asked: Asked, number: number, now: number): number {
  const { terms } = holdings;
  const { things } = terms;
  const at = number * WIDTH;
  const role = roleAt(things, at);
  if (role === NONE) return most(holdings, asked, holdings.firstOfTeam(terms.teamOf(number)), now);
  const inTime = !hasBegun(things, at, now)
    ? NOT_YET
    : hasEnded(things, at, now)
      ? EXPIRED
      : GRANTED;
  return roleSays(asked, howIn(terms, asked, role), scopeAt(things, at), inTime);
}

/** @param inTime what it says, by its times alone, where its scope is the one. */
function roleSays(asked: Asked, how: number, scope: number, inTime: number): number {
  if (how === SILENT) return NO_ROLE;
  if (scope === ORGANIZATION || (scope === asked.scope && asked.isAtSpaces)) {
    return inTime === GRANTED || how === GIVEN ? inTime : NO_ROLE;
  }
  const isHeldElsewhere = inTime === GRANTED && how === GIVEN && isThere(asked, scope);
  return isHeldElsewhere ? WRONG_SCOPE : NO_ROLE;
}

/** How the permission comes with a role, of the catalogue or of the organization's own. */
function howIn(terms: Terms, asked: Asked, role: number): number {
  const how = asked.powers.how(role, asked.permission);
  return how === FOREIGN ? ownHow(terms, asked, role) : how;
}

/** How it comes with a role of the organization's own; with what is no role it does not. */
function ownHow(
  { roles }: Terms,
  { organization, powers, permission }: Asked,
  role: number,
): number {
  const own = organization.customRoles.get(roles.id(role));
  if (own === undefined) return SILENT;
  if (own.permissions.includes(powers.name(permission))) return GIVEN;
  return powers.isWithAccess(permission) ? WITH_ACCESS : SILENT;
}

/** A grant at a space that is deleted is none. */
const isThere = ({ organization }: Asked, space: number): boolean =>
  organization.spaces.at(space) !== undefined;
