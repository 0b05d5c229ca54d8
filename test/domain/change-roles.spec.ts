import { describe, test } from '@jest/globals';
import { type ChangeRoles, type WantedRoles, changeRoles } from '#domain/decide/change-roles.js';
import type { Scope } from '#domain/ids.js';
import {
  by,
  days,
  founded,
  given,
  grantId,
  hours,
  joined,
  NOW,
  people,
  provisioned,
  role,
  root,
  space,
  system,
  team,
  teamOf,
  type Someone,
} from '../support/given.js';

const { olga, adam, mia, vic, ed, sam, ivan, robin, stranger } = people(
  'olga',
  'adam',
  'mia',
  'vic',
  'ed',
  'sam',
  'ivan',
  'robin',
  'stranger',
);
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member'], [vic, 'viewer']);
const wasviking = founded('wasviking', olga, [adam, 'Manager'], [mia, 'Analyst']);
const mondoo = founded(
  'mondoo',
  olga,
  [ed, 'editor'],
  [vic, 'viewer'],
  [sam, 'owner@north'],
  [robin, 'iam-manager'],
);
const classic = founded('mondoo-classic', olga, [vic, ['viewer', 'policy-editor']]);

const of = (one: Someone, wanted: WantedRoles, scope: Scope = 'organization'): ChangeRoles => ({
  member: one.member,
  scope,
  wanted,
});
const set = (...roles: string[]): WantedRoles => ({ kind: 'set', roles: roles.map(role) });
type Timed = string | { role: string; notBefore?: typeof NOW; expiresAt?: typeof NOW };
const change = (add: Timed[], remove: string[] = []): WantedRoles => ({
  kind: 'change',
  add: add.map((one) =>
    typeof one === 'string' ? { role: role(one) } : { ...one, role: role(one.role) },
  ),
  remove: remove.map(role),
});
const changed = (one: Someone, added: object[], removed: string[]) => ({
  type: 'member.role_change',
  member: one.member,
  added,
  removed: removed.map((name) => grantId(`${one.name}_${name}`)),
  cause: 'direct',
});

describe('change roles', () => {
  test('set: what is missing is added, what is too much is removed', () => {
    given(vygl)
      .when(changeRoles, of(mia, set('viewer')), { as: adam })
      .then([
        changed(
          mia,
          [{ id: 'grant_1', role: 'viewer', scope: 'organization' }],
          ['member'],
        ) as never,
      ]);
    given(mondoo)
      .when(changeRoles, of(vic, set('viewer', 'team-manager')), { as: olga })
      .thenLike([changed(vic, [{ role: 'team-manager' }], [])]);
  });
  test('add and remove leave the rest', () => {
    given([mondoo, joined(ivan, ['viewer', 'editor', 'viewer@north'])])
      .when(changeRoles, of(ivan, change(['team-manager'], ['editor'])), { as: olga })
      .thenLike([changed(ivan, [{ role: 'team-manager' }], ['editor'])]);
  });
  test('one scope is touched, the others are not', () => {
    given([mondoo, joined(ivan, ['viewer', 'viewer@north', 'viewer@south'])])
      .when(changeRoles, of(ivan, set('editor'), space('north')), { as: olga })
      .thenLike([changed(ivan, [{ role: 'editor', scope: space('north') }], ['viewer_north'])]);
  });
  test('what is so already changes nothing', () => {
    given(vygl)
      .when(changeRoles, of(mia, set('member')), { as: adam })
      .thenNothing();
    given(vygl)
      .when(changeRoles, of(mia, change(['member'])), { as: adam })
      .thenNothing();
    given(vygl)
      .when(changeRoles, of(mia, change([], ['viewer'])), { as: adam })
      .thenNothing();
  });
  test('to take away a role that there is not is refused, not taken for done', () => {
    given(vygl)
      .when(changeRoles, of(mia, change([], ['admni'])), { as: adam })
      .thenRefused('role.unknown');
  });
  test('a role named twice is given once', () => {
    given(mondoo)
      .when(changeRoles, of(vic, set('editor', 'editor')), { as: olga })
      .thenLike([changed(vic, [{ role: 'editor' }], ['viewer'])]);
    given(mondoo)
      .when(changeRoles, of(vic, change(['editor', 'editor'])), { as: olga })
      .thenLike([changed(vic, [{ role: 'editor' }], [])]);
  });
  test('a deactivated member’s roles can be changed: it keeps its grants', () => {
    given([vygl, by(adam, { type: 'member.deactivate', member: mia.member, cause: 'direct' })])
      .when(changeRoles, of(mia, set('viewer')), { as: adam })
      .thenLike([changed(mia, [{ role: 'viewer' }], ['member'])]);
  });

  describe('time', () => {
    test('a grant can begin later and end', () => {
      const times = { notBefore: hours(1), expiresAt: days(2) };
      given(mondoo)
        .when(changeRoles, of(vic, change([{ role: 'editor', ...times }])), { as: olga })
        .thenLike([changed(vic, [{ role: 'editor', ...times }], [])]);
    });
    test('other times replace the grant', () => {
      given(mondoo)
        .when(changeRoles, of(vic, change([{ role: 'viewer', expiresAt: days(2) }])), { as: olga })
        .thenLike([changed(vic, [{ role: 'viewer', expiresAt: days(2) }], ['viewer'])]);
    });
    test.each([
      { notBefore: hours(-1) },
      { expiresAt: NOW },
      { notBefore: hours(3), expiresAt: hours(2) },
    ])('refuses %o', (times) => {
      given(mondoo)
        .when(changeRoles, of(vic, change([{ role: 'editor', ...times }])), { as: olga })
        .thenRefused('grant.times_invalid');
    });
    test('a role that has ended counts for nothing, though nobody wrote it down', () => {
      const over = joined(ivan, [
        { role: 'Admin', expiresAt: hours(-1) },
        { role: 'Analyst', notBefore: hours(-1) },
      ]);
      given([wasviking, over])
        .when(changeRoles, of(ivan, set('ReadOnly')), { as: adam })
        .thenLike([changed(ivan, [{ role: 'ReadOnly' }], ['Analyst'])]);
    });
    test('one role: the next may begin when the first ends', () => {
      const first = { role: 'member', expiresAt: days(1) };
      given(vygl)
        .when(
          changeRoles,
          of(vic, change([first, { role: 'admin', notBefore: days(1) }], ['viewer'])),
          { as: olga },
        )
        .thenLike([changed(vic, [{ role: 'member' }, { role: 'admin' }], ['viewer'])]);
      // Also the one that is held already: it goes on until then.
      const held = { role: 'viewer', expiresAt: days(1) };
      const next = { role: 'admin', notBefore: days(1) };
      given(vygl)
        .when(changeRoles, of(vic, change([held, next])), { as: olga })
        .thenLike([changed(vic, [held, next], ['viewer'])]);
      given(vygl)
        .when(changeRoles, of(vic, change([next])), { as: olga })
        .thenRefused('role.count');
      given(vygl)
        .when(
          changeRoles,
          of(vic, change([first, { role: 'admin', notBefore: hours(23) }], ['viewer'])),
          { as: olga },
        )
        .thenRefused('role.count');
    });
  });

  describe('refuses', () => {
    test('who is unknown here, who may not, and acts on nobody', () => {
      given(vygl)
        .when(changeRoles, of(mia, set('viewer')), { as: stranger })
        .thenRefused('organization.not_found');
      given(vygl)
        .when(changeRoles, of(vic, set('member')), { as: mia })
        .thenRefused('permission.denied');
      given(vygl)
        .when(changeRoles, of(stranger, set('member')), { as: olga })
        .thenRefused('member.not_found');
    });
    test.each([
      [set('nobody'), 'organization', 'role.unknown'],
      [set('agent'), space('north'), 'role.not_invitable'],
      [set('space-member'), space('north'), 'role.not_invitable'],
      [set('policy-editor'), 'organization', 'role.wrong_scope'],
      [set('billing-manager'), space('north'), 'role.wrong_scope'],
      [set('viewer'), space('nowhere'), 'space.not_found'],
    ] as const)('%j at %s', (wanted, scope, code) => {
      given(mondoo)
        .when(changeRoles, of(vic, wanted, scope), { as: olga })
        .thenRefused(code);
    });
    test('more than one role, or none, where a member has one', () => {
      given(vygl)
        .when(changeRoles, of(vic, set('member', 'admin')), { as: olga })
        .thenRefused('role.count');
      given(vygl)
        .when(changeRoles, of(vic, change(['member'])), { as: olga })
        .thenRefused('role.count');
      given(vygl).when(changeRoles, of(vic, set()), { as: olga }).thenRefused('role.count');
      given(vygl)
        .when(changeRoles, of(vic, change([], ['viewer'])), { as: olga })
        .thenRefused('role.count');
    });
    test('in a deactivated space', () => {
      given([mondoo, by(olga, { type: 'space.deactivate', space: space('north') })])
        .when(changeRoles, of(vic, set('viewer'), space('north')), { as: olga })
        .thenRefused('space.inactive');
    });
  });

  describe('Mondoo classic: one base role at each scope, further ones beside Viewer', () => {
    const on = (one: Someone, wanted: WantedRoles, scope: Scope = 'organization') =>
      given(classic).when(changeRoles, of(one, wanted, scope), { as: olga });
    test('refuses', () => {
      on(vic, change(['editor'])).thenRefused('role.count');
      on(vic, change(['editor'], ['viewer'])).thenRefused('role.count');
      on(vic, change([], ['viewer'])).thenRefused('role.count');
      on(vic, set('policy-editor')).thenRefused('role.count');
      on(vic, set('policy-editor'), space('north')).thenRefused('role.count');
    });
    test('allows', () => {
      on(vic, set('editor')).thenLike([
        changed(vic, [{ role: 'editor' }], ['viewer', 'policy-editor']),
      ]);
      on(vic, change(['ticket-manager'], ['policy-editor'])).thenLike([
        changed(vic, [{ role: 'ticket-manager' }], ['policy-editor']),
      ]);
      on(vic, set('viewer', 'ticket-manager'), space('north')).thenLike([
        changed(vic, [{ role: 'viewer' }, { role: 'ticket-manager' }], []),
      ]);
      on(vic, set('editor'), space('north')).thenLike([changed(vic, [{ role: 'editor' }], [])]);
    });
    test('a further role for a time, beside a Viewer for good', () => {
      on(vic, change([{ role: 'ticket-manager', expiresAt: days(1) }])).thenLike([
        changed(vic, [{ role: 'ticket-manager', expiresAt: days(1) }], []),
      ]);
    });
    test('a Viewer for a time, beside a further role for good: the latter would stand alone', () => {
      on(vic, change([{ role: 'viewer', expiresAt: days(1) }])).thenRefused('role.count');
    });
    test('a base role that has ended does not count', () => {
      const timed = joined(ivan, [{ role: 'editor', expiresAt: hours(-1) }, 'viewer']);
      given([classic, timed])
        .when(changeRoles, of(ivan, change(['policy-editor'])), { as: olga })
        .thenLike([changed(ivan, [{ role: 'policy-editor' }], [])]);
    });
  });

  describe('delegation', () => {
    test('WASViking: a Manager never makes an Admin, nor touches one', () => {
      given(wasviking)
        .when(changeRoles, of(mia, set('Admin')), { as: adam })
        .thenRefused('delegation.may_not_assign');
      given([wasviking, joined(ivan, 'Admin')])
        .when(changeRoles, of(ivan, set('ReadOnly')), { as: adam })
        .thenRefused('delegation.may_not_assign');
      for (const id of ['Manager', 'ReadOnly']) {
        given(wasviking)
          .when(changeRoles, of(mia, set(id)), { as: adam })
          .thenLike([changed(mia, [{ role: id }], ['Analyst'])]);
      }
    });
    test('Vygl: an Admin makes Admins of members and viewers, and acts on no Admin', () => {
      given(vygl)
        .when(changeRoles, of(mia, set('admin')), { as: adam })
        .thenLike([changed(mia, [{ role: 'admin' }], ['member'])]);
      given(vygl)
        .when(changeRoles, of(mia, set('owner')), { as: adam })
        .thenRefused('delegation.may_not_assign');
      given([vygl, joined(ivan, 'admin')])
        .when(changeRoles, of(ivan, set('viewer')), { as: adam })
        .thenRefused('delegation.may_not_manage');
    });
    test('Vygl: an Owner acts on other Owners', () => {
      given([vygl, joined(ivan, 'owner')])
        .when(changeRoles, of(ivan, set('viewer')), { as: olga })
        .thenLike([changed(ivan, [{ role: 'viewer' }], ['owner'])]);
    });
    test('Mondoo: nobody but an IAM Manager gives or touches IAM Manager', () => {
      given(mondoo)
        .when(changeRoles, of(vic, change(['iam-manager'])), { as: olga })
        .thenRefused('delegation.may_not_assign');
      given(mondoo)
        .when(changeRoles, of(robin, change(['viewer'])), { as: olga })
        .thenRefused('delegation.may_not_manage');
      given(mondoo)
        .when(changeRoles, of(vic, change(['iam-manager', 'owner'])), { as: robin })
        .thenLike([changed(vic, [{ role: 'iam-manager' }, { role: 'owner' }], [])]);
    });
    test('Mondoo: adding to oneself needs delegation; an IAM Manager can escalate, others can’t', () => {
      given(mondoo)
        .when(changeRoles, of(robin, change(['owner'])), { as: robin })
        .thenLike([changed(robin, [{ role: 'owner' }], [])]);
      given(mondoo)
        .when(changeRoles, of(ed, change(['owner'])), { as: ed })
        .thenRefused('delegation.may_not_assign');
      given(mondoo)
        .when(changeRoles, of(olga, change(['iam-manager'])), { as: olga })
        .thenRefused('delegation.may_not_assign');
    });
    test('dropping one’s own roles needs none', () => {
      given([vygl, joined(ivan, 'owner')])
        .when(changeRoles, of(ivan, set('admin')), { as: ivan })
        .thenLike([changed(ivan, [{ role: 'admin' }], ['owner'])]);
      // An Admin acts on no Admin, but on oneself.
      given(vygl)
        .when(changeRoles, of(adam, set('viewer')), { as: adam })
        .thenLike([changed(adam, [{ role: 'viewer' }], ['admin'])]);
      given(mondoo)
        .when(changeRoles, of(ed, change(['viewer'], ['editor'])), { as: ed })
        .thenLike([changed(ed, [{ role: 'viewer' }], ['editor'])]);
    });
    test('Mondoo: an Editor gives what the Editor has (subset), at that scope', () => {
      given(mondoo)
        .when(changeRoles, of(vic, change(['editor'])), { as: ed })
        .thenLike([changed(vic, [{ role: 'editor' }], [])]);
      given(mondoo)
        .when(changeRoles, of(vic, change(['policy-manager']), space('north')), { as: ed })
        .thenLike([changed(vic, [{ role: 'policy-manager' }], [])]);
      given(mondoo)
        .when(changeRoles, of(vic, change(['space-manager']), space('north')), { as: ed })
        .thenRefused('delegation.may_not_assign');
    });
    test('a right at one space reaches that space alone', () => {
      given(mondoo)
        .when(changeRoles, of(vic, set('owner'), space('north')), { as: sam })
        .thenLike([changed(vic, [{ role: 'owner' }], [])]);
      for (const scope of [space('south'), 'organization'] as const) {
        given(mondoo)
          .when(changeRoles, of(vic, set('viewer'), scope), { as: sam })
          .thenRefused('permission.denied');
      }
    });
    test('every role the member holds there counts, those of teams too', () => {
      const history = [mondoo, by(olga, teamOf('owners', ['owner'], [vic]))];
      given(history)
        .when(changeRoles, of(vic, change(['editor'])), { as: ed })
        .thenRefused('delegation.may_not_manage');
      given([history, by(olga, { type: 'team.delete', team: team('owners') })])
        .when(changeRoles, of(vic, change(['editor'])), { as: ed })
        .thenLike([changed(vic, [{ role: 'editor' }], [])]);
      // At another scope they are not touched.
      given(history)
        .when(changeRoles, of(vic, change(['editor']), space('north')), { as: ed })
        .thenLike([changed(vic, [{ role: 'editor' }], [])]);
    });
    test('a role that is yet to begin is held already', () => {
      given([vygl, joined(ivan, { role: 'admin', notBefore: days(1) })])
        .when(changeRoles, of(ivan, set('viewer')), { as: adam })
        .thenRefused('delegation.may_not_manage');
    });
    test('what rests on an expiring role ends with it', () => {
      const history = [mondoo, joined(ivan, { role: 'owner', expiresAt: days(5) })];
      given(history)
        .when(changeRoles, of(vic, change(['editor'])), { as: ivan })
        .thenRefused('delegation.beyond_expiry');
      given(history)
        .when(changeRoles, of(vic, change([{ role: 'editor', expiresAt: days(5) }])), { as: ivan })
        .thenLike([changed(vic, [{ role: 'editor' }], [])]);
      // Not extending oneself either.
      given(history)
        .when(changeRoles, of(ivan, change(['owner'])), { as: ivan })
        .thenRefused('delegation.beyond_expiry');
      // Taking away passes nothing on.
      given(history)
        .when(changeRoles, of(ed, change([], ['editor'])), { as: ivan })
        .thenLike([changed(ed, [], ['editor'])]);
    });
    test('a right that is yet to begin, or has ended, is none', () => {
      for (const times of [{ notBefore: hours(1) }, { expiresAt: NOW }]) {
        given([vygl, joined(ivan, { role: 'admin', ...times })])
          .when(changeRoles, of(vic, set('member')), { as: ivan })
          .thenRefused('permission.denied');
      }
    });
    test('a deactivated or removed actor is nobody here', () => {
      for (const event of [
        { type: 'member.deactivate', member: adam.member, cause: 'direct' },
        { type: 'member.remove', member: adam.member, reason: 'removed' },
      ] as const) {
        given([vygl, by(olga, event)])
          .when(changeRoles, of(vic, set('member')), { as: adam })
          .thenRefused('organization.not_found');
      }
    });
  });

  describe('last holder', () => {
    test.each([
      ['vygl', 'viewer'],
      ['wasviking', 'ReadOnly'],
      ['cve-project', 'viewer'],
      ['mondoo', 'viewer'],
      ['mondoo-classic', 'viewer'],
    ])('%s: the last one is not demoted', (id, to) => {
      const last = founded(id, olga);
      given(last)
        .when(changeRoles, of(olga, set(to)), { as: olga })
        .thenRefused('member.last_holder');
      given(last)
        .when(changeRoles, of(olga, set(to)), { as: root })
        .thenRefused('member.last_holder');
    });
    test('nor given the role for a time only', () => {
      given(vygl)
        .when(changeRoles, of(olga, change([{ role: 'owner', expiresAt: days(30) }])), { as: olga })
        .thenRefused('member.last_holder');
      given(vygl)
        .when(changeRoles, of(olga, change([{ role: 'owner', notBefore: days(1) }])), { as: olga })
        .thenRefused('member.last_holder');
    });
    test('a second one makes it possible', () => {
      given([vygl, joined(ivan, 'owner')])
        .when(changeRoles, of(olga, set('viewer')), { as: olga })
        .thenLike([changed(olga, [{ role: 'viewer' }], ['owner'])]);
    });
    test('who does not count as one', () => {
      const others = [
        joined(ivan, { role: 'owner', expiresAt: days(30) }),
        joined(ivan, { role: 'owner', notBefore: days(1) }),
        joined(ivan, 'owner', 'sso'),
        joined(ivan, 'owner', 'scim'),
        provisioned(ivan, 'owner'),
      ];
      for (const other of others) {
        given([vygl, by(system('configuration'), other)])
          .when(changeRoles, of(olga, set('viewer')), { as: olga })
          .thenRefused('member.last_holder');
      }
      given([
        vygl,
        joined(ivan, 'owner'),
        by(olga, { type: 'member.deactivate', member: ivan.member, cause: 'scim' }),
      ])
        .when(changeRoles, of(olga, set('viewer')), { as: olga })
        .thenRefused('member.last_holder');
      given([mondoo, by(olga, teamOf('owners', ['owner'], [vic]))])
        .when(changeRoles, of(olga, set('viewer')), { as: olga })
        .thenRefused('member.last_holder');
      given([mondoo, joined(ivan, 'owner@north')])
        .when(changeRoles, of(olga, set('viewer')), { as: olga })
        .thenRefused('member.last_holder');
    });
    test('one that single sign-on gave does not stand in for one that is yet to begin', () => {
      const both = joined(ivan, { role: 'owner', notBefore: days(1), id: grantId('later') });
      const sso = by(system('sso'), {
        type: 'member.role_change',
        member: ivan.member,
        added: [{ id: grantId('sso'), role: role('owner'), scope: 'organization' }],
        removed: [],
        cause: 'sso',
      });
      given([mondoo, both, sso])
        .when(changeRoles, of(olga, set('viewer')), { as: olga })
        .thenRefused('member.last_holder');
    });
  });
});
