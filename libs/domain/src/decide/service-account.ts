import type { Context } from '../context.js';
import {
  authorizeAt,
  authorizeSomewhere,
  authorizeToEnd,
  mayAssign,
  mayManage,
} from '../delegation.js';
import type { MembershipEvent, ServiceAccountEvent } from '../events.js';
import type { Scope, ServiceAccountId } from '../ids.js';
import { unended } from '../permissions.js';
import { refuse } from '../refusals.js';
import type { Organization, ServiceAccount } from '../state.js';
import { type WantedRoles, difference } from './change-roles.js';
import {
  distinct,
  ended,
  FOR_ACCOUNTS,
  grantFact,
  isMade,
  requireRoles,
  requireScope,
  requireTimes,
  type WantedGrant,
} from './requirements.js';

export interface CreateServiceAccount {
  readonly account: ServiceAccountId;
  readonly name: string;
  readonly description?: string;
  readonly grants: readonly WantedGrant[];
}

export const createServiceAccount =
  (command: CreateServiceAccount, context: Context) =>
  (organization: Organization): ServiceAccountEvent[] => {
    const { account, name, description } = command;
    const grants = distinct(command.grants);
    const rights = authorizeSomewhere(organization, context, 'create_service_account');
    for (const scope of scopes(grants)) {
      requireScope(organization, scope);
      authorizeAt(organization, context, rights, 'create_service_account', scope);
    }
    if (isMade(organization, organization.serviceAccounts, account)) return [];
    requireRoles(organization, context, grants, FOR_ACCOUNTS);
    requireTimes(grants, context.now);
    mayAssign(organization, context, rights, grants);
    return [
      {
        type: 'service_account.create',
        account,
        name,
        ...(description === undefined ? {} : { description }),
        grants: grants.map((grant) => grantFact(grant, context.newId('grant'))),
      },
    ];
  };

export interface ChangeServiceAccount {
  readonly account: ServiceAccountId;
  readonly name?: string;
  readonly description?: string;
}

export const changeServiceAccount =
  ({ account: id, name, description }: ChangeServiceAccount, context: Context) =>
  (organization: Organization): ServiceAccountEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'update_service_account');
    const account = accountOf(organization, id);
    for (const scope of scopes(unended(account.grants, context.now))) {
      authorizeAt(organization, context, rights, 'update_service_account', scope);
    }
    const changed = {
      ...(name === undefined || name === account.name ? {} : { name }),
      ...(description === undefined || description === account.description ? {} : { description }),
    };
    if (Object.keys(changed).length === 0) return [];
    return [{ type: 'service_account.change', account: id, ...changed }];
  };

export interface ChangeServiceAccountRoles {
  readonly account: ServiceAccountId;
  readonly scope: Scope;
  readonly wanted: WantedRoles;
}

export const changeServiceAccountRoles =
  (command: ChangeServiceAccountRoles, context: Context) =>
  (organization: Organization): ServiceAccountEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'change_service_account_roles');
    const account = accountOf(organization, command.account);
    requireScope(organization, command.scope);
    authorizeAt(organization, context, rights, 'change_service_account_roles', command.scope);
    const held = unended(account.grants, context.now);
    const { added, removed } = difference(held, command.wanted, command.scope);
    if (added.length + removed.length === 0) return [];
    requireRoles(organization, context, added, FOR_ACCOUNTS);
    requireTimes(added, context.now);
    mayAssign(organization, context, rights, [...added, ...ended(removed, context)]);
    const here = account.grants.filter((grant) => grant.scope === command.scope);
    mayManage(organization, context, rights, here);
    return [
      {
        type: 'service_account.role_change',
        account: account.id,
        added: added.map((one) => grantFact(one, context.newId('grant'))),
        removed: removed.map((one) => one.id),
        cause: 'direct',
      },
    ];
  };

export interface OneServiceAccount {
  readonly account: ServiceAccountId;
}

export const deleteServiceAccount =
  ({ account: id }: OneServiceAccount, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    const rights = authorizeSomewhere(organization, context, 'delete_service_account');
    if (organization.ended.get(id) === 'deleted') return [];
    const account = accountOf(organization, id);
    const reached = scopes(unended(account.grants, context.now));
    authorizeToEnd(organization, context, rights, 'delete_service_account', reached);
    mayManage(organization, context, rights, account.grants);
    return [{ type: 'service_account.delete', account: id }];
  };

/** Where the right is asked: at each scope the account holds a role, else at the organization. */
export const scopes = (grants: readonly { readonly scope: Scope }[]): Set<Scope> =>
  grants.length === 0 ? new Set(['organization']) : new Set(grants.map((grant) => grant.scope));

export const accountOf = (organization: Organization, id: ServiceAccountId): ServiceAccount =>
  organization.serviceAccounts.get(id) ??
  refuse('service_account.not_found', `There is no service account ${id} in this organization.`);
