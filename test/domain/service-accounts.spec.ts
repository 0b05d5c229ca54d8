import { describe, expect, test } from '@jest/globals';
import type { WantedRoles } from '#domain/decide/change-roles.js';
import {
  changeServiceAccount,
  changeServiceAccountRoles,
  createServiceAccount,
  deleteServiceAccount,
  type CreateServiceAccount,
} from '#domain/decide/service-account.js';
import type { Permission, Scope } from '#domain/ids.js';
import {
  accountId,
  by,
  days,
  founded,
  given,
  grant,
  grantId,
  hours,
  joined,
  key,
  keyId,
  account,
  people,
  role,
  root,
  space,
  keyFor,
  type History,
} from '../support/given.js';

const { olga, ed, vic, cleo, max, ivan } = people('olga', 'ed', 'vic', 'cleo', 'max', 'ivan');
const [north, south] = [space('north'), space('south')];
const mondoo = founded(
  'mondoo',
  olga,
  [ed, 'editor'],
  [vic, 'viewer'],
  [cleo, 'service-account-creator@north'],
  [max, 'service-account-manager@north'],
);
const bot = accountId('bot');
const withBot = (...held: string[]) => [
  mondoo,
  by(olga, {
    type: 'service_account.create',
    account: bot,
    name: 'bot',
    grants: held.map((one) => grant('bot', one)),
  }),
];
const create = (...held: string[]): CreateServiceAccount => ({
  account: bot,
  name: 'bot',
  grants: held.map((one) => {
    const { id: _, ...wanted } = grant('bot', one);
    return wanted;
  }),
});
const created = (...held: string[]) => ({
  type: 'service_account.create',
  account: bot,
  name: 'bot',
  grants: held.map((one) => {
    const { id: _, ...wanted } = grant('bot', one);
    return wanted;
  }),
});

describe('create service account', () => {
  test('emits; one there already is nothing new', () => {
    given(mondoo)
      .when(createServiceAccount, { ...create('agent@north'), description: 'scans' }, { as: olga })
      .thenLike([{ ...created('agent@north'), description: 'scans' }]);
    given(withBot('agent@north'))
      .when(createServiceAccount, create('agent@north'), { as: olga })
      .thenNothing();
  });
  test('Owner, Editor, Service Account Creator and Manager give its roles', () => {
    for (const as of [olga, ed, cleo, max]) {
      for (const id of [
        'agent',
        'gateway-agent',
        'scan-job-runner',
        'export-runner',
        'vex-importer',
        'deployment-manager',
      ]) {
        given(mondoo)
          .when(createServiceAccount, create(`${id}@north`), { as })
          .thenLike([created(`${id}@north`)]);
      }
    }
  });
  test('SCIM Identity Manager is the Owner’s, Platform Admin the platform’s', () => {
    given(mondoo)
      .when(createServiceAccount, create('scim-identity-manager'), { as: olga })
      .thenLike([created('scim-identity-manager')]);
    given(mondoo)
      .when(createServiceAccount, create('scim-identity-manager'), { as: ed })
      .thenRefused('delegation.may_not_assign');
    given(mondoo)
      .when(createServiceAccount, create('platform-admin'), { as: olga })
      .thenRefused('delegation.may_not_assign');
    given(mondoo)
      .when(createServiceAccount, create('platform-admin'), { as: root })
      .thenLike([created('platform-admin')]);
  });
  test('a right at one space is a right at that space', () => {
    for (const held of [['agent@south'], ['agent@north', 'agent@south'], []]) {
      given(mondoo)
        .when(createServiceAccount, create(...held), { as: cleo })
        .thenRefused('permission.denied');
    }
    given(mondoo)
      .when(createServiceAccount, create('agent@north'), { as: vic })
      .thenRefused('permission.denied');
  });
  test('roles of people are not for machines', () => {
    for (const [held, code] of [
      ['viewer@north', 'role.not_invitable'],
      ['space-member@north', 'role.not_invitable'],
      ['nobody@north', 'role.unknown'],
      ['agent', 'role.wrong_scope'],
      ['agent@nowhere', 'space.not_found'],
    ] as const) {
      given(mondoo).when(createServiceAccount, create(held), { as: olga }).thenRefused(code);
    }
  });
  test('custom roles are for both, by the subset rule', () => {
    const define = (...permissions: string[]) =>
      by(olga, {
        type: 'role.define',
        role: role('role_x'),
        name: 'X',
        scopes: ['space'],
        permissions: permissions as Permission[],
      });
    given([mondoo, define('assets:view')])
      .when(createServiceAccount, create('role_x@north'), { as: ed })
      .thenLike([created('role_x@north')]);
    given([mondoo, define('assets:delete')])
      .when(createServiceAccount, create('role_x@north'), { as: ed })
      .thenRefused('delegation.may_not_assign');
  });
  test('times are checked, and lie within the giver’s own', () => {
    const timed = (expiresAt: ReturnType<typeof hours>): CreateServiceAccount => ({
      ...create(),
      grants: [{ role: role('agent'), scope: north, expiresAt }],
    });
    given(mondoo)
      .when(createServiceAccount, timed(hours(-1)), { as: olga })
      .thenRefused('grant.times_invalid');
    const history = [mondoo, joined(ivan, { role: 'owner', expiresAt: days(2) })];
    given(history)
      .when(createServiceAccount, create('agent@north'), { as: ivan })
      .thenRefused('delegation.beyond_expiry');
    given(history)
      .when(createServiceAccount, timed(days(2)), { as: ivan })
      .thenLike([{ type: 'service_account.create' }]);
  });
  test('Mondoo classic: Editors add accounts, which hold no roles; elsewhere they are not offered', () => {
    given(founded('mondoo-classic', olga, [ed, 'editor']))
      .when(createServiceAccount, create(), { as: ed })
      .thenLike([created()]);
    for (const id of ['wasviking', 'vygl', 'cve-project']) {
      given(founded(id, olga))
        .when(createServiceAccount, create(), { as: olga })
        .thenRefused('operation.not_offered');
    }
  });
});

describe('change service account', () => {
  test('emits, stays quiet, refuses', () => {
    given(withBot('agent@north'))
      .when(changeServiceAccount, { account: bot, name: 'robot' }, { as: cleo })
      .then([{ type: 'service_account.change', account: bot, name: 'robot' }]);
    given(withBot('agent@north'))
      .when(changeServiceAccount, { account: bot, name: 'bot' }, { as: cleo })
      .thenNothing();
    given(withBot('agent@north'))
      .when(changeServiceAccount, { account: bot }, { as: cleo })
      .thenNothing();
    given(withBot('agent@north', 'agent@south'))
      .when(changeServiceAccount, { account: bot, name: 'x' }, { as: cleo })
      .thenRefused('permission.denied');
    given(mondoo)
      .when(changeServiceAccount, { account: bot, name: 'x' }, { as: olga })
      .thenRefused('service_account.not_found');
  });
});

describe('roles of a service account', () => {
  const set = (roles: string[], scope: Scope = north) => ({
    account: bot,
    scope,
    wanted: { kind: 'set', roles: roles.map(role) } as WantedRoles,
  });
  const changed = (added: string[], removed: string[]) => ({
    type: 'service_account.role_change',
    account: bot,
    added: added.map((id) => ({ role: id })),
    removed: removed.map((id) => grantId(`bot_${id}`)),
    cause: 'direct',
  });
  test('are set at one scope', () => {
    given(withBot('agent@north', 'agent@south'))
      .when(changeServiceAccountRoles, set(['vex-importer']), { as: cleo })
      .thenLike([changed(['vex-importer'], ['agent_north'])]);
    given(withBot('agent@north'))
      .when(changeServiceAccountRoles, set(['agent']), { as: cleo })
      .thenNothing();
  });
  test('need the permission there, and delegation over all it holds there', () => {
    given(withBot('agent@south'))
      .when(changeServiceAccountRoles, set([], south), { as: cleo })
      .thenRefused('permission.denied');
    given(withBot('platform-admin@north'))
      .when(changeServiceAccountRoles, set(['platform-admin', 'agent']), { as: olga })
      .thenRefused('delegation.may_not_manage');
    given(withBot('platform-admin@north'))
      .when(changeServiceAccountRoles, set([]), { as: olga })
      .thenRefused('delegation.may_not_assign');
    given(withBot('agent@north'))
      .when(changeServiceAccountRoles, set(['platform-admin']), { as: olga })
      .thenRefused('delegation.may_not_assign');
  });
  test('ask for what the catalogue calls managing an account’s memberships', () => {
    const own = (permission: string): History => [
      withBot('agent@north'),
      by(olga, {
        type: 'role.define',
        role: role('role_own'),
        name: 'Own',
        scopes: ['space'],
        permissions: [permission as Permission],
      }),
      joined(ivan, 'role_own@north'),
    ];
    const nothing = set(['agent']);
    given(own('service_accounts:manage_memberships'))
      .when(changeServiceAccountRoles, nothing, { as: ivan })
      .thenNothing();
    given(own('service_accounts:update'))
      .when(changeServiceAccountRoles, nothing, { as: ivan })
      .thenRefused('permission.denied');
  });
  test('are those machines can hold', () => {
    given(withBot())
      .when(changeServiceAccountRoles, set(['viewer']), { as: olga })
      .thenRefused('role.not_invitable');
    given(withBot())
      .when(changeServiceAccountRoles, set(['agent'], 'organization'), { as: olga })
      .thenRefused('role.wrong_scope');
    given(withBot())
      .when(changeServiceAccountRoles, set(['agent'], space('nowhere')), { as: olga })
      .thenRefused('space.not_found');
    given(mondoo)
      .when(changeServiceAccountRoles, set(['agent']), { as: olga })
      .thenRefused('service_account.not_found');
  });
});

describe('delete service account', () => {
  const deleted = { type: 'service_account.delete', account: bot } as const;
  test('emits; twice is once', () => {
    given(withBot('agent@north'))
      .when(deleteServiceAccount, { account: bot }, { as: max })
      .then([deleted]);
    given([withBot('agent@north'), by(olga, deleted)])
      .when(deleteServiceAccount, { account: bot }, { as: max })
      .thenNothing();
    given(mondoo)
      .when(deleteServiceAccount, { account: bot }, { as: olga })
      .thenRefused('service_account.not_found');
  });
  test('a Creator can’t; nor who does not reach every space of it, or every role', () => {
    given(withBot('agent@north'))
      .when(deleteServiceAccount, { account: bot }, { as: cleo })
      .thenRefused('permission.denied');
    given(withBot('agent@north', 'agent@south'))
      .when(deleteServiceAccount, { account: bot }, { as: max })
      .thenRefused('permission.denied');
    given(withBot('platform-admin@north'))
      .when(deleteServiceAccount, { account: bot }, { as: olga })
      .thenRefused('delegation.may_not_manage');
  });
  test('a role that has ended decides nothing any more', () => {
    const machine = (...grants: object[]) => [
      mondoo,
      by(
        olga,
        { type: 'service_account.create', account: bot, name: 'bot', grants: grants as never[] },
        days(-2),
      ),
    ];
    const over = grant('over', { role: 'agent@south', expiresAt: hours(-1) });
    given(machine(grant('bot', 'agent@north'), over))
      .when(deleteServiceAccount, { account: bot }, { as: max })
      .then([deleted]);
    const atNorth = grant('over', { role: 'agent@north', expiresAt: hours(-1) });
    given(machine(atNorth))
      .when(deleteServiceAccount, { account: bot }, { as: max })
      .thenRefused('permission.denied');
    given([machine(over), by(olga, { type: 'space.deactivate', space: south })])
      .when(deleteServiceAccount, { account: bot }, { as: olga })
      .then([deleted]);
  });
  test('at a deactivated space, by whoever may in the organization, and by nobody else', () => {
    const history = [withBot('agent@north'), by(olga, { type: 'space.deactivate', space: north })];
    given(history).when(deleteServiceAccount, { account: bot }, { as: olga }).then([deleted]);
    given(history)
      .when(deleteServiceAccount, { account: bot }, { as: max })
      .thenRefused('space.inactive');
  });
  test('ends its keys', () => {
    const history = [withBot('agent@north'), by(olga, keyFor(bot))];
    const state = given(history).when(deleteServiceAccount, { account: bot }, { as: olga }).after();
    expect(state.apiKeys.has(keyId('k'))).toBe(false);
  });
});

describe('a service account acts', () => {
  const admin = withBot('platform-admin');
  const keyed = [admin, by(olga, keyFor(bot))];
  test('with its own roles, by its key as well', () => {
    for (const as of [account('bot'), key('k')]) {
      given(keyed)
        .when(changeServiceAccount, { account: bot, name: 'x' }, { as })
        .thenRefused('permission.denied');
    }
    given(withBot('deployment-manager@north'))
      .when(createServiceAccount, create('agent@north'), { as: account('bot') })
      .thenRefused('permission.denied');
  });
  test('is nobody in another organization', () => {
    given(mondoo)
      .when(createServiceAccount, create('agent@north'), { as: account('bot') })
      .thenRefused('organization.not_found');
  });
});
