/** What anybody is to hold from a moment on, if nothing else happens. */
import type { Instant, Permission, Scope, UserId } from '#domain/ids.js';
import { effectivePermissions, gives, type Rights } from '#domain/permissions.js';
import type { Place } from '../place.js';
import { findLasting } from '../principals.js';
import { kindOf, type Principal } from '../questions.js';

/**
 * At the organization: what is held there, and by that at every space that is open for it. At a
 * space: what is given there, whether or not the organization gives it too and whatever state the
 * space is in.
 */
export type Holdings = ReadonlyMap<Scope, ReadonlySet<Permission>>;

/** What is held until just before a moment. */
export interface Piece {
  readonly holdings: Holdings;
  /** Absent: without end. */
  readonly until?: Instant;
}

const NOTHING: Holdings = new Map();
/** Of one who is nobody. */
export const NEVER: readonly Piece[] = [{ holdings: NOTHING }];

export class Outlook {
  /** Principals who are alike share their holdings, and where no time ends them all of it: the very
   * same object. */
  readonly #known = new Map<string, Holdings>();
  readonly #lasting = new Map<Holdings, readonly Piece[]>();

  /** @param place absent: the organization is not there yet. */
  constructor(readonly place: Place | undefined) {}

  /** Piece after piece, from `from` on. A person who is an active member holds all as that. */
  of(principal: Principal, from: Instant): readonly Piece[] {
    const { place } = this;
    if (place === undefined || place.organization.status !== 'active') return NEVER;
    if (kindOf(principal) === 'user' && isMember(place, principal as UserId)) return NEVER;
    const pieces: Piece[] = [];
    for (let at = from; ;) {
      const { standing, likeness, until } = findLasting(place, principal, at);
      const holdings = this.#known.get(likeness) ?? holdingsOf(place, standing.rights);
      this.#known.set(likeness, holdings);
      if (until === undefined) return this.#ending(pieces, holdings);
      at = until;
      pieces.push({ holdings, until });
    }
  }

  #ending(pieces: readonly Piece[], holdings: Holdings): readonly Piece[] {
    if (pieces.length > 0) return [...pieces, { holdings }];
    const lasting = this.#lasting.get(holdings) ?? [{ holdings }];
    this.#lasting.set(holdings, lasting);
    return lasting;
  }
}

const isMember = ({ organization }: Place, user: UserId): boolean => {
  const member = organization.memberByUser.get(user);
  return member !== undefined && organization.members.get(member)?.status === 'active';
};

function holdingsOf({ organization, catalogue }: Place, rights: Rights): Holdings {
  const holdings = new Map<Scope, Set<Permission>>();
  const everywhere = effectivePermissions(organization, catalogue, rights, 'organization');
  if (everywhere.size > 0) holdings.set('organization', everywhere);
  for (const one of rights.held) {
    if (one.scope === 'organization') continue;
    const there = holdings.get(one.scope) ?? new Set();
    for (const permission of one.role.permissions) {
      if (gives(one, permission, one.scope, catalogue)) there.add(permission);
    }
    if (there.size > 0) holdings.set(one.scope, there);
  }
  return holdings;
}
