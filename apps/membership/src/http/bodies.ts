/** Pieces of request bodies that several routes share. */
import type { Type } from '@nestjs/common';
import type { WantedGrant } from '#domain/decide/requirements.js';
import type { Instant, RoleId } from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import { Field, ListOf } from './fields.js';
import { optional, scopeOf } from './resources.js';

const FROM_THEN =
  'in force from then on; absent: at once. Where a member has one role at a scope, what they held before ends when they accept, not only then';

/** A role that is asked for, at a scope, for a time. */
export class WantedGrantBody {
  @Field.role() readonly role!: string;
  @Field.spaceId({ optional: true, about: 'absent: the whole organization' })
  readonly space?: string;
  @Field.instant({ optional: true, about: FROM_THEN })
  readonly notBefore?: string;
  @Field.instant({ optional: true, about: 'in force until just before; absent: without end' })
  readonly expiresAt?: string;
}

/** Every role held at one scope from now on. */
export class RolesBody {
  @ListOf.role({ about: 'every role held there from now on', most: 50 })
  readonly roles!: readonly string[];
  @Field.spaceId({ optional: true, about: 'absent: the whole organization' })
  readonly space?: string;
}

/** How fresh an answer has to be. */
export class ReadQuery {
  @Field.revision({ optional: true, about: 'at least as fresh as this revision' })
  readonly atLeast?: string;
}

/** Where a list begins and how long it is. */
export class PageQuery {
  @Field.count(1, 200, { optional: true, about: 'how many; 50 where left out' })
  readonly limit?: number;
  @Field.cursor({ optional: true, about: 'nextCursor of the page before' })
  readonly cursor?: string;
  @Field.revision({ optional: true, about: 'at least as fresh as this revision' })
  readonly atLeast?: string;
}

/** A page of these, as it is answered. */
export function PageOf<T extends object>(item: Type<T>) {
  class Page {
    @ListOf.object(() => item) readonly items!: readonly T[];
    @Field.cursor({ optional: true, about: 'where the next page begins; absent on the last' })
    readonly nextCursor?: string;
  }
  Object.defineProperty(Page, 'name', { value: item.name.replace(/Answer$/, 'Page') });
  return Page;
}

/** The page a query asks for. */
export const pageOf = ({ limit, cursor }: PageQuery) => ({
  ...optional('limit', limit),
  ...optional('cursor', cursor),
});

interface WantedRoles {
  readonly roles?: readonly string[];
  readonly space?: string;
  readonly grants?: readonly WantedGrantBody[];
}

/** The grants that are asked for, in either of the two forms. Refuses both at once. */
export function wantedGrants({ roles, space, grants }: WantedRoles, at = ''): WantedGrant[] {
  if (grants !== undefined && (roles !== undefined || space !== undefined)) {
    refuse('request.invalid', 'Give roles (and a space), or grants: not both.', [
      { pointer: `${at}/grants`, detail: 'can not stand beside roles and space' },
    ]);
  }
  if (grants === undefined) {
    return (roles ?? []).map((role) => ({ role: role as RoleId, scope: scopeOf(space) }));
  }
  return grants.map((grant) => ({
    role: grant.role as RoleId,
    scope: scopeOf(grant.space),
    ...optional('notBefore', grant.notBefore as Instant | undefined),
    ...optional('expiresAt', grant.expiresAt as Instant | undefined),
  }));
}
