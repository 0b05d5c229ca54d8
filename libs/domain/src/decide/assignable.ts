import { levelOf, type Operation, type Role } from '../catalogue.js';
import type { Context } from '../context.js';
import { delegates, permits } from '../delegation.js';
import type { Scope } from '../ids.js';
import type { Rights } from '../permissions.js';
import type { Organization } from '../state.js';
import { FOR_ACCOUNTS, FOR_PEOPLE } from './requirements.js';

const TO_PEOPLE: readonly Operation[] = ['invite', 'change_roles', 'manage_teams'];
const TO_ACCOUNTS: readonly Operation[] = [
  'create_service_account',
  'change_service_account_roles',
];
/** What gives no role an end; what the others give can end as soon as the right to give it does. */
const FOR_GOOD = new Set<Operation>(['manage_teams', 'change_service_account_roles']);

/**
 * May whoever has these rights give the role at some scope there is, be it for a time only? As
 * the rules ask that give roles: the operation and the delegation at a scope where the role can be.
 */
export function isAssignable(
  organization: Organization,
  { catalogue, now }: Pick<Context, 'catalogue' | 'now'>,
  rights: Rights,
  role: Role,
): boolean {
  const operations = [
    ...(FOR_PEOPLE.has(role.kind) ? TO_PEOPLE : []),
    ...(FOR_ACCOUNTS.has(role.kind) ? TO_ACCOUNTS : []),
  ].filter(
    (one) =>
      catalogue.operations.has(one) &&
      (one !== 'manage_teams' || catalogue.rolesPerMember !== 'one'),
  );
  return scopesOf(organization, rights).some(
    (scope) =>
      role.scopes.has(levelOf(scope)) &&
      operations.some(
        (one) =>
          permits(organization, catalogue, rights, one, scope) &&
          delegates(organization, catalogue, rights, 'mayAssign', {
            role: role.id,
            scope,
            ...(FOR_GOOD.has(one) ? {} : { expiresAt: now }),
          }),
      ),
  );
}

/** Where something is held; whoever has a right everywhere has it at one active space as at all. */
function scopesOf({ spaces }: Organization, { held }: Rights): Scope[] {
  const any = [...spaces.values()].find(({ status }) => status === 'active');
  const scopes = held.map(({ scope }) => scope);
  return [...new Set(['organization' as const, ...(any === undefined ? [] : [any.id]), ...scopes])];
}
