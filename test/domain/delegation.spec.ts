/**
 * Delegation as the sources have it, sentence by sentence: who gives which role, and acts on whom.
 * What a rule does with it is told beside the rule.
 */
import { describe, expect, test } from '@jest/globals';
import { changeRoles } from '#domain/decide/change-roles.js';
import { type Invite, invite } from '#domain/decide/invitation.js';
import { removeMember } from '#domain/decide/member.js';
import { createServiceAccount } from '#domain/decide/service-account.js';
import type { Permission, Scope } from '#domain/ids.js';
import { Refusal } from '#domain/refusals.js';
import {
  accountId,
  by,
  contextOf,
  fold,
  founded,
  given,
  invitationId,
  joined,
  people,
  role,
  space,
  type History,
  type Someone,
  machine,
} from '../support/given.js';

const { olga, actor, target, ines } = people('olga', 'actor', 'target', 'ines');
const north = space('north');

/** The code of a refusal, or what was emitted. */
const outcome = (decide: () => readonly { type: string }[]): string => {
  try {
    return (
      decide()
        .map((one) => one.type)
        .join() || 'nothing'
    );
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
};
const invites = (history: History, as: Someone, id: string, scope: Scope): string => {
  const organization = fold(history);
  const command: Invite = {
    invitation: invitationId('new'),
    member: ines.member,
    address: ines.address,
    grants: [{ role: role(id), scope }],
    teams: [],
    onExisting: 'reject',
  };
  return outcome(() => invite(command, contextOf(organization, { as }))(organization));
};

const BASE = ['owner', 'editor', 'viewer'];
const SPECIALIZED = [
  'iam-manager',
  'organization-manager',
  'space-manager',
  'team-manager',
  'policy-editor',
  'policy-manager',
  'query-pack-editor',
  'query-pack-manager',
  'exception-requester',
  'exception-reviewer',
  'exception-manager',
  'ticket-creator',
  'ticket-manager',
  'integrations-manager',
  'sla-manager',
  'asset-manager',
  'agent-manager',
  'workspace-manager',
  'workflow-manager',
  'compliance-framework-manager',
  'risk-factor-manager',
  'vulnerability-exchange-manager',
  'audit-log-viewer',
  'security-pipeline-user',
  'export-user',
  'billing-manager',
  'policy-analytics-dashboard-viewer',
  'bi-viewer',
  'api-token-creator',
  'api-token-manager',
  'service-account-creator',
  'service-account-manager',
  'registration-token-creator',
  'registration-token-manager',
];
const ORGANIZATION_ONLY = ['organization-manager', 'billing-manager'];
const scopeOf = (id: string): Scope => (ORGANIZATION_ONLY.includes(id) ? 'organization' : north);

describe('Mondoo', () => {
  const mondoo = founded('mondoo', olga);
  const people = [...BASE, ...SPECIALIZED];
  const givenBy = (held: string, more: string[] = []) => {
    const history = [mondoo, joined(actor, [held, ...more])];
    return people.filter((id) => invites(history, actor, id, scopeOf(id)) === 'member.invite');
  };

  test('Owner gives every base and specialized role except IAM Manager', () => {
    expect(givenBy('owner')).toEqual(people.filter((id) => id !== 'iam-manager'));
  });
  test('IAM Manager gives every one, itself included', () => {
    expect(givenBy('iam-manager')).toEqual(people);
  });
  test('Editor gives what an Editor has, and makes no Owner', () => {
    const all = givenBy('editor');
    for (const id of [
      'editor',
      'viewer',
      'policy-manager',
      'ticket-manager',
      'exception-manager',
      'api-token-manager',
      'registration-token-manager',
      'service-account-manager',
      'agent-manager',
      'integrations-manager',
      'compliance-framework-manager',
    ]) {
      expect([id, all.includes(id)]).toEqual([id, true]);
    }
    for (const id of [
      'owner',
      'sla-manager',
      'iam-manager',
      'organization-manager',
      'space-manager',
      'team-manager',
      'billing-manager',
      'audit-log-viewer',
      'asset-manager',
      'workspace-manager',
      'bi-viewer',
      'export-user',
    ]) {
      expect([id, all.includes(id)]).toEqual([id, false]);
    }
  });
  test('what is stacked is passed on together (subset of the union)', () => {
    expect(givenBy('editor', ['team-manager', 'audit-log-viewer'])).toEqual(
      expect.arrayContaining(['team-manager', 'audit-log-viewer']),
    );
  });
  test('others have no right to invite, whatever they hold', () => {
    for (const held of [...BASE, ...SPECIALIZED].filter(
      (id) => !['owner', 'editor', 'iam-manager'].includes(id),
    )) {
      const scope = scopeOf(held);
      const at = scope === 'organization' ? held : `${held}@north`;
      const history = [mondoo, joined(actor, at)];
      expect([held, invites(history, actor, 'viewer', north)]).toEqual([held, 'permission.denied']);
    }
  });
  test('Owner manages everyone but holders of IAM Manager and Platform Admin', () => {
    const remove = (...held: string[]) => {
      const organization = fold([mondoo, joined(target, held)]);
      const command = { member: target.member, scope: 'organization', reason: 'removed' } as const;
      return outcome(() =>
        removeMember(command, contextOf(organization, { as: olga }))(organization),
      );
    };
    for (const id of people) {
      const scope = scopeOf(id);
      const at = scope === 'organization' ? id : `${id}@north`;
      const expected = id === 'iam-manager' ? 'delegation.may_not_manage' : 'member.remove';
      expect([id, remove(at)]).toEqual([id, expected]);
      expect([id, remove('viewer', at)]).toEqual([id, expected]);
    }
  });
  test('IAM Manager acts on Owners, and on IAM Managers', () => {
    for (const held of ['owner', 'iam-manager']) {
      given([mondoo, joined(actor, 'iam-manager'), joined(target, held)])
        .when(
          removeMember,
          { member: target.member, scope: 'organization', reason: 'removed' },
          { as: actor },
        )
        .then([{ type: 'member.remove', member: target.member, reason: 'removed' }]);
    }
  });
  test('Mondoo’s service account Platform Admin can grant IAM Manager', () => {
    const bot = by(olga, machine('bot', 'platform-admin'));
    given([mondoo, bot, joined(target, 'viewer')])
      .when(
        changeRoles,
        {
          member: target.member,
          scope: 'organization',
          wanted: { kind: 'change', add: [{ role: role('iam-manager') }], remove: [] },
        },
        { as: { kind: 'service_account', id: accountId('bot'), via: 'grpc' } },
      )
      .thenLike([{ type: 'member.role_change', added: [{ role: 'iam-manager' }] }]);
  });
  test('IAM Manager makes no service accounts', () => {
    given([mondoo, joined(actor, 'iam-manager')])
      .when(
        createServiceAccount,
        { account: accountId('bot'), name: 'bot', grants: [{ role: role('agent'), scope: north }] },
        { as: actor },
      )
      .thenRefused('permission.denied');
  });
  test('a custom role is given by the subset rule, though an entry gives everything else', () => {
    const custom = (...permissions: string[]) =>
      by(olga, {
        type: 'role.define',
        role: role('role_x'),
        name: 'X',
        scopes: ['organization', 'space'],
        permissions: permissions as Permission[],
      });
    // IAM Manager has an entry for every role of the catalogue, but does not read assets itself.
    const iam = joined(actor, 'iam-manager');
    expect(invites([mondoo, custom('assets:view'), iam], actor, 'role_x', north)).toBe(
      'delegation.may_not_assign',
    );
    expect(invites([mondoo, custom('memberships:assign'), iam], actor, 'role_x', north)).toBe(
      'member.invite',
    );
    // Organization-level permissions give nothing at a space, so they are not in the way there.
    const owner = joined(actor, 'owner@north');
    const mixed = custom('assets:view', 'billing:view');
    expect(invites([mondoo, mixed, owner], actor, 'role_x', north)).toBe('member.invite');
    expect(invites([mondoo, mixed, joined(actor, 'editor')], actor, 'role_x', 'organization')).toBe(
      'delegation.may_not_assign',
    );
    expect(invites([mondoo, mixed, joined(actor, 'editor')], actor, 'role_x', north)).toBe(
      'member.invite',
    );
  });
});

describe('Mondoo classic', () => {
  const TEN = [
    'exception-reviewer',
    'exception-requester',
    'integrations-manager',
    'policy-editor',
    'policy-manager',
    'query-pack-editor',
    'query-pack-manager',
    'sla-manager',
    'ticket-creator',
    'ticket-manager',
  ];
  const classic = founded('mondoo-classic', olga, [actor, 'editor']);
  test('Editor assigns Viewer, Editor and the ten, never Owner', () => {
    expect(invites(classic, actor, 'viewer', 'organization')).toBe('member.invite');
    expect(invites(classic, actor, 'editor', 'organization')).toBe('member.invite');
    expect(invites(classic, actor, 'owner', 'organization')).toBe('delegation.may_not_assign');
    for (const id of TEN) {
      given([classic, joined(target, 'viewer')])
        .when(
          changeRoles,
          {
            member: target.member,
            scope: 'organization',
            wanted: { kind: 'change', add: [{ role: role(id) }], remove: [] },
          },
          { as: actor },
        )
        .thenLike([{ type: 'member.role_change', added: [{ role: id }] }]);
    }
  });
  test('Editor manages the same; Viewer manages nobody', () => {
    const remove = { member: target.member, scope: 'organization', reason: 'removed' } as const;
    for (const held of [['viewer'], ['editor'], ['viewer', ...TEN]]) {
      given([classic, joined(target, held)])
        .when(removeMember, remove, { as: actor })
        .then([{ type: 'member.remove', member: target.member, reason: 'removed' }]);
    }
    given([classic, joined(target, 'owner')])
      .when(removeMember, remove, { as: actor })
      .thenRefused('delegation.may_not_manage');
    given([founded('mondoo-classic', olga, [actor, ['viewer', ...TEN]]), joined(target, 'viewer')])
      .when(removeMember, remove, { as: actor })
      .thenRefused('permission.denied');
  });
});

describe.each([
  [
    'wasviking',
    {
      Admin: ['Admin', 'Manager', 'Analyst', 'ReadOnly'],
      Manager: ['Manager', 'Analyst', 'ReadOnly'],
      Analyst: [],
      ReadOnly: [],
    },
  ],
  [
    'vygl',
    {
      owner: ['owner', 'admin', 'member', 'viewer'],
      admin: ['admin', 'member', 'viewer'],
      member: [],
      viewer: [],
    },
  ],
  ['cve-project', { admin: ['admin', 'analyst', 'viewer'], analyst: [], viewer: [] }],
] as [string, Record<string, string[]>][])('%s', (id, table) => {
  test.each(Object.entries(table))('%s invites to %j', (held, may) => {
    const history = founded(id, olga, [actor, held]);
    const invited = Object.keys(table).filter(
      (to) => invites(history, actor, to, 'organization') === 'member.invite',
    );
    expect(invited).toEqual(may);
  });
});

describe('acting on members', () => {
  test.each([
    ['vygl', 'owner', ['owner', 'admin', 'member', 'viewer']],
    ['vygl', 'admin', ['member', 'viewer']],
    ['cve-project', 'admin', ['admin', 'analyst', 'viewer']],
  ] as const)('%s: %s removes %j', (id, held, may) => {
    const all =
      id === 'vygl' ? ['owner', 'admin', 'member', 'viewer'] : ['admin', 'analyst', 'viewer'];
    const removed = all.filter((of) => {
      const organization = fold(founded(id, olga, [actor, held], [target, of]));
      const command = { member: target.member, scope: 'organization', reason: 'removed' } as const;
      const context = contextOf(organization, { as: actor });
      return outcome(() => removeMember(command, context)(organization)) === 'member.remove';
    });
    expect(removed).toEqual(may);
  });
});
