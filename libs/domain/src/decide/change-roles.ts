import type { Context } from '../context.js';
import {
  authorize,
  authorizeAt,
  authorizeSomewhere,
  mayAssign,
  mayManage,
  type RoleAtScope,
} from '../delegation.js';
import type { GrantFact, MemberEvent, RoleChangeCause } from '../events.js';
import type { GrantId, Instant, MemberId, RoleId, Scope } from '../ids.js';
import { grantsOf, inForce, unended, type Rights } from '../permissions.js';
import { refuse } from '../refusals.js';
import type { Grant, Member, Organization } from '../state.js';
import {
  activeMember,
  distinct,
  ended,
  FOR_PEOPLE,
  grantFact,
  keepsProtectedRole,
  knownRole,
  memberOf,
  requireCount,
  requireRoles,
  requireScope,
  requireTimes,
  sameGrant,
  type WantedGrant,
} from './requirements.js';

/** What a change of roles asks for at one scope. */
export type WantedRoles =
  /** Exactly these, without times. */
  | { readonly kind: 'set'; readonly roles: readonly RoleId[] }
  | {
      readonly kind: 'change';
      readonly add: readonly {
        readonly role: RoleId;
        readonly notBefore?: Instant;
        readonly expiresAt?: Instant;
      }[];
      readonly remove: readonly RoleId[];
    };

export interface ChangeRoles {
  readonly member: MemberId;
  readonly scope: Scope;
  readonly wanted: WantedRoles;
}

export const changeRoles =
  (command: ChangeRoles, context: Context) =>
  (organization: Organization): MemberEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'change_roles');
    const member = memberOf(organization, command.member);
    requireScope(organization, command.scope);
    authorizeAt(organization, context, rights, 'change_roles', command.scope);
    const held = unended(member.grants, context.now);
    const { added, removed, kept } = difference(held, command.wanted, command.scope);
    if (command.wanted.kind === 'change') {
      // Whoever takes away what nobody knows may think that they have taken something away.
      const unheld = command.wanted.remove.filter((id) => !removed.some(({ role }) => role === id));
      for (const id of unheld) knownRole(organization, context, id, FOR_PEOPLE);
    }
    if (added.length === 0 && removed.length === 0) return [];
    requireRoles(organization, context, added, FOR_PEOPLE);
    requireTimes(added, context.now);
    requireCount(organization, context, [...kept, ...added]);
    if (kept.length + added.length === 0) keepsARole(context, command.scope);
    mayDelegate(organization, context, rights, member, command.scope, { added, removed });
    const event = roleChange(member, added, removed, 'direct', context);
    return keepsProtectedRole(organization, context, [event]);
  };

/** What stands against what is wanted, at one scope. */
export function difference<G extends WantedGrant>(
  grants: readonly G[],
  wanted: WantedRoles,
  scope: Scope,
): { added: WantedGrant[]; removed: G[]; kept: G[] } {
  const elsewhere = grants.filter((grant) => grant.scope !== scope);
  const here = grants.filter((grant) => grant.scope === scope);
  const asked: WantedGrant[] =
    wanted.kind === 'set'
      ? [...new Set(wanted.roles)].map((role) => ({ role, scope }))
      : distinct(wanted.add.map((one) => ({ ...one, scope })));
  const replaces = (grant: G): boolean =>
    wanted.kind === 'set' ||
    wanted.remove.includes(grant.role) ||
    wanted.add.some((one) => one.role === grant.role);
  const isAsked = (grant: G): boolean => asked.some((one) => sameGrant(one, grant));
  const removed = here.filter((grant) => replaces(grant) && !isAsked(grant));
  const stays = here.filter((grant) => !removed.includes(grant));
  const added = asked.filter((one) => !here.some((grant) => sameGrant(grant, one)));
  return { added, removed, kept: [...elsewhere, ...stays] };
}

/** In a one-role catalogue nobody is without a role: that would be removal by another name. */
function keepsARole({ catalogue }: Context, scope: Scope): void {
  if (catalogue.rolesPerMember === 'one' && scope === 'organization') {
    refuse('role.count', `${catalogue.name}: a member has one role; remove the member instead.`);
  }
}

/** Delegation for a change of one member's roles at one scope. */
export function mayDelegate(
  organization: Organization,
  context: Context,
  rights: Rights,
  member: Member,
  scope: Scope,
  { added = [], removed }: { added?: readonly RoleAtScope[]; removed: readonly RoleAtScope[] },
): void {
  mayAssign(organization, context, rights, added);
  // Dropping one's own roles needs no delegation.
  if (rights.member?.id === member.id) return;
  mayAssign(organization, context, rights, ended(removed, context));
  mayManage(organization, context, rights, rolesAt(organization, member, scope));
}

export const rolesAt = (organization: Organization, member: Member, scope: Scope): RoleAtScope[] =>
  grantsOf(organization, member).filter((grant) => grant.scope === scope);

export const roleChange = (
  member: Member,
  added: readonly WantedGrant[],
  removed: readonly { readonly id: GrantId }[],
  cause: RoleChangeCause,
  { newId }: Context,
): MemberEvent => ({
  type: 'member.role_change',
  member: member.id,
  added: added.map((one): GrantFact => grantFact(one, newId('grant'))),
  removed: removed.map((one) => one.id),
  cause,
});

export interface TransferOwnership {
  readonly to: MemberId;
  /** What the one who gives it keeps in its place. */
  readonly demoteTo: RoleId;
}

export const transferOwnership =
  ({ to, demoteTo }: TransferOwnership, context: Context) =>
  (organization: Organization): MemberEvent[] => {
    const rights = authorize(organization, context, 'transfer_ownership');
    const role = context.catalogue.protectedRole;
    const owner = rights.member;
    const held = owner?.grants.filter((grant) => isAt(grant, role)) ?? [];
    if (owner === undefined || !held.some((grant) => inForce(grant, context.now))) {
      return refuse('permission.denied', `Only a member who holds ${role} can pass it on.`);
    }
    const heir = activeMember(organization, to);
    if (heir.id === owner.id) refuse('request.invalid', 'Ownership goes to another member.');
    if (demoteTo === role) refuse('request.invalid', `demoteTo takes the place of ${role}.`);
    const scope = 'organization';
    const isSingle = (grant: Grant): boolean => isSingleRole(context, grant.role);
    const gain = [{ role, scope } as const];
    const loss = [{ role: demoteTo, scope } as const];
    requireRoles(organization, context, [...gain, ...loss], FOR_PEOPLE);
    const given = heir.grants.filter((g) => g.scope === scope && (isSingle(g) || g.role === role));
    mayDelegate(organization, context, rights, heir, scope, { added: gain, removed: given });
    mayDelegate(organization, context, rights, owner, scope, { added: loss, removed: held });
    const kept = heir.grants.filter((grant) => !given.includes(grant));
    requireCount(organization, context, [...kept, ...gain]);
    const rest = owner.grants.filter((grant) => !held.includes(grant));
    const drop = loss.filter((one) => !rest.some((grant) => sameGrant(grant, one)));
    requireCount(organization, context, [...rest, ...drop]);
    return keepsProtectedRole(organization, context, [
      roleChange(heir, gain, given, 'transfer', context),
      roleChange(owner, drop, held, 'transfer', context),
    ]);
  };

const isAt = (grant: Grant, role: RoleId): boolean =>
  grant.role === role && grant.scope === 'organization';

/** Is the role one of which a member holds a single one at a scope? */
export function isSingleRole({ catalogue }: Context, role: RoleId): boolean {
  const rule = catalogue.rolesPerMember;
  if (rule === 'many') return false;
  return rule === 'one' || (rule.base === 'one' && catalogue.roles.get(role)?.kind === 'base');
}
