import { describe, test } from '@jest/globals';
import { transferOwnership } from '#domain/decide/change-roles.js';
import {
  by,
  days,
  founded,
  given,
  grantId,
  joined,
  people,
  provisioned,
  role,
  root,
  space,
  variant,
  type Someone,
} from '../support/given.js';

const { olga, adam, mia, ivan } = people('olga', 'adam', 'mia', 'ivan');
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);
const to = (one: Someone, demoteTo = 'admin') => ({ to: one.member, demoteTo: role(demoteTo) });
const change = (one: Someone, added: string[], removed: string[]) => ({
  type: 'member.role_change',
  member: one.member,
  added: added.map((id) => ({ role: id, scope: 'organization' })),
  removed: removed.map((name) => grantId(`${one.name}_${name}`)),
  cause: 'transfer',
});

describe('transfer ownership', () => {
  test('is two role changes in one append; in a one-role catalogue they replace', () => {
    given(vygl)
      .when(transferOwnership, to(mia), { as: olga })
      .thenLike([change(mia, ['owner'], ['member']), change(olga, ['admin'], ['owner'])]);
  });
  test('is the Owner’s', () => {
    given(vygl).when(transferOwnership, to(mia), { as: adam }).thenRefused('permission.denied');
    // Whoever runs the platform owns nothing here.
    given(vygl).when(transferOwnership, to(mia), { as: root }).thenRefused('permission.denied');
  });
  test('takes away from the heir only what the Owner may assign', () => {
    const narrow = variant('vygl', 'narrow', 1, ({ delegation }) => ({
      delegation: delegation.map((one) =>
        one.holder === 'owner' ? { ...one, mayAssign: [role('owner'), role('admin')] } : one,
      ),
    }));
    const history = founded(narrow, olga, [adam, 'admin'], [mia, 'member']);
    given(history)
      .when(transferOwnership, to(mia), { as: olga })
      .thenRefused('delegation.may_not_assign');
    given(history)
      .when(transferOwnership, to(adam), { as: olga })
      .thenLike([change(adam, ['owner'], ['admin']), change(olga, ['admin'], ['owner'])]);
  });
  test('goes to another active member', () => {
    given(vygl).when(transferOwnership, to(olga), { as: olga }).thenRefused('request.invalid');
    given(vygl).when(transferOwnership, to(ivan), { as: olga }).thenRefused('member.not_found');
    given([vygl, by(olga, { type: 'member.deactivate', member: mia.member, cause: 'direct' })])
      .when(transferOwnership, to(mia), { as: olga })
      .thenRefused('member.inactive');
  });
  test('goes to somebody who can sign in, unless another Owner is left', () => {
    const history = [vygl, provisioned(ivan, 'viewer')];
    given(history)
      .when(transferOwnership, to(ivan), { as: olga })
      .thenRefused('member.last_holder');
    given([history, joined(mia, 'owner')])
      .when(transferOwnership, to(ivan), { as: olga })
      .thenLike([change(ivan, ['owner'], ['viewer']), change(olga, ['admin'], ['owner'])]);
  });
  test('an Owner for a time passes nothing on for good', () => {
    given([vygl, joined(ivan, { role: 'owner', expiresAt: days(3) })])
      .when(transferOwnership, to(mia), { as: ivan })
      .thenRefused('delegation.beyond_expiry');
  });
  test.each([
    ['was', { expiresAt: days(-1) }],
    ['is yet to be', { notBefore: days(1) }],
  ])('whoever %s an Owner has nothing to pass on, whatever the platform lets them', (_, times) => {
    given([vygl, joined(root, { role: 'owner', ...times })])
      .when(transferOwnership, to(mia), { as: root })
      .thenRefused('permission.denied');
  });
  test('the role kept is one that people can have', () => {
    given(vygl)
      .when(transferOwnership, to(mia, 'nobody'), { as: olga })
      .thenRefused('role.unknown');
  });
  test('is not kept by who passes it on', () => {
    given(vygl)
      .when(transferOwnership, to(mia, 'owner'), { as: olga })
      .thenRefused('request.invalid');
  });
  test('is not offered elsewhere', () => {
    for (const id of ['mondoo', 'mondoo-classic', 'wasviking', 'cve-project']) {
      given(founded(id, olga))
        .when(transferOwnership, to(mia), { as: olga })
        .thenRefused('operation.not_offered');
    }
  });

  describe('where roles stack', () => {
    const stacking = variant('mondoo', 'stacking', 1, ({ operations }) => ({
      operations: { ...operations, transfer_ownership: operations.delete_organization! },
    }));
    test('the heir keeps what they hold, the giver keeps what they hold besides', () => {
      const history = founded(
        stacking,
        olga,
        [mia, ['viewer', 'viewer@north']],
        [ivan, ['owner', 'editor', 'owner@north']],
      );
      given(history)
        .when(transferOwnership, to(mia, 'editor'), { as: ivan })
        .thenLike([change(mia, ['owner'], []), change(ivan, [], ['owner'])]);
      given(history)
        .when(transferOwnership, to(mia, 'viewer'), { as: ivan })
        .thenLike([change(mia, ['owner'], []), change(ivan, ['viewer'], ['owner'])]);
    });
    test('who holds it at a space only owns nothing to pass on', () => {
      const history = founded(
        stacking,
        olga,
        [mia, 'viewer'],
        [ivan, ['organization-manager', { role: 'owner', scope: space('north') }]],
      );
      given(history)
        .when(transferOwnership, to(mia, 'viewer'), { as: ivan })
        .thenRefused('permission.denied');
    });
  });
});
