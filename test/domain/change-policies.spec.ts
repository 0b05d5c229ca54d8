import { describe, test } from '@jest/globals';
import { changePolicies } from '#domain/decide/organization.js';
import type { PolicyChanges } from '#domain/policies.js';
import { by, founded, given, people, role, root, someone, variant } from '../support/given.js';

const { olga, adam, mia } = people('olga', 'adam', 'mia');
const auditor = someone('audra', 'audra@platform.example');
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);
const wasviking = founded('wasviking', olga, [adam, 'Manager'], [mia, 'ReadOnly']);

const set = (changes: PolicyChanges) => ({
  type: 'organization.policy_change' as const,
  changes,
});

describe('change policies', () => {
  test('emits what changes, and only that', () => {
    given([vygl, by(olga, set({ 'invitation.ttl': 3600 }))])
      .when(
        changePolicies,
        { changes: { 'invitation.ttl': 3600, 'emailDomains.external': 'refuse' } },
        { as: olga },
      )
      .then([set({ 'emailDomains.external': 'refuse' })]);
  });
  test('null goes back to the catalogue’s value', () => {
    given([vygl, by(olga, set({ 'invitation.ttl': 3600 }))])
      .when(changePolicies, { changes: { 'invitation.ttl': null } }, { as: olga })
      .then([set({ 'invitation.ttl': null })]);
  });
  test('what is so already changes nothing', () => {
    given([vygl, by(olga, set({ 'emailDomains.own': ['acme.com', 'acme.org'] }))])
      .when(
        changePolicies,
        { changes: { 'emailDomains.own': ['acme.com', 'acme.org'] } },
        { as: olga },
      )
      .thenNothing();
    given(vygl)
      .when(changePolicies, { changes: { 'invitation.ttl': null } }, { as: olga })
      .thenNothing();
  });
  test('needs the permission', () => {
    given(vygl)
      .when(changePolicies, { changes: { 'invitation.ttl': 3600 } }, { as: adam })
      .thenRefused('permission.denied');
  });
  test('only what the catalogue lists as overridable', () => {
    for (const changes of [
      { 'invitation.matchEmail': false },
      { 'invitation.onInviterLoss': 'keep' },
      { catalogueAdoption: 'follow' },
    ] as const) {
      given(wasviking)
        .when(changePolicies, { changes }, { as: olga })
        .thenRefused('policy.not_overridable');
    }
    given(wasviking)
      .when(changePolicies, { changes: { 'invitation.ttl': 7200 } }, { as: olga })
      .then([set({ 'invitation.ttl': 7200 })]);
    // Under a version that listed it.
    const underAnother = [wasviking, by(olga, set({ 'invitation.matchEmail': false }))];
    given(underAnother)
      .when(changePolicies, { changes: { 'invitation.matchEmail': false } }, { as: olga })
      .thenRefused('policy.not_overridable');
    given(underAnother)
      .when(changePolicies, { changes: { 'invitation.matchEmail': null } }, { as: olga })
      .then([set({ 'invitation.matchEmail': null })]);
  });
  test('what a version lets be changed no more goes back to what the catalogue says', () => {
    const own = by(olga, {
      type: 'organization.policy_change',
      changes: { 'invitation.matchEmail': false },
    });
    given([wasviking, own])
      .when(changePolicies, { changes: { 'invitation.matchEmail': null } }, { as: olga })
      .then([set({ 'invitation.matchEmail': null })]);
  });
  test('never removal, the protected role or the founder role', () => {
    for (const path of ['removal', 'protectedRole', 'founderRole']) {
      const changes = { [path]: 'ReadOnly' } as PolicyChanges;
      given(wasviking)
        .when(changePolicies, { changes }, { as: olga })
        .thenRefused('policy.not_overridable');
    }
  });
  test('an invitation’s time lies between one hour and thirty days', () => {
    for (const ttl of [3599, 30 * 86_400 + 1]) {
      given(vygl)
        .when(changePolicies, { changes: { 'invitation.ttl': ttl } }, { as: olga })
        .thenRefused('policy.invalid');
    }
    for (const ttl of [3600, 30 * 86_400]) {
      given(vygl)
        .when(changePolicies, { changes: { 'invitation.ttl': ttl } }, { as: olga })
        .then([set({ 'invitation.ttl': ttl })]);
    }
  });

  describe('a policy that names a role', () => {
    test('needs the right to assign it', () => {
      given(wasviking)
        .when(changePolicies, { changes: { ssoDefaultRole: role('Analyst') } }, { as: olga })
        .then([set({ ssoDefaultRole: role('Analyst') })]);
      // A Manager who could change policies could still not make everyone an Admin.
      const open = variant('wasviking', 'open_settings', 1, (content) => ({
        operations: { ...content.operations, change_policies: content.operations.invite! },
      }));
      const history = founded(open, olga, [adam, 'Manager']);
      given(history)
        .when(changePolicies, { changes: { ssoDefaultRole: role('Admin') } }, { as: adam })
        .thenRefused('delegation.may_not_assign');
      given(history)
        .when(changePolicies, { changes: { ssoDefaultRole: role('Analyst') } }, { as: adam })
        .then([set({ ssoDefaultRole: role('Analyst') })]);
    });
    test('names one that somebody can come in with', () => {
      given(founded('mondoo-classic', olga))
        .when(changePolicies, { changes: { ssoDefaultRole: role('ticket-manager') } }, { as: olga })
        .thenRefused('role.count');
    });
    test('names one that people can hold in the whole organization', () => {
      const mondoo = founded('mondoo', olga);
      for (const [id, code] of [
        ['nobody', 'role.unknown'],
        ['agent', 'role.not_invitable'],
        ['org-member', 'role.not_invitable'],
        ['policy-editor', 'role.wrong_scope'],
      ] as const) {
        given(mondoo)
          .when(changePolicies, { changes: { ssoDefaultRole: role(id) } }, { as: olga })
          .thenRefused(code);
      }
    });
  });

  describe('seats', () => {
    test('are the platform’s', () => {
      given(vygl)
        .when(changePolicies, { changes: { seats: 5 } }, { as: root })
        .then([set({ seats: 5 })]);
      for (const one of [olga, auditor]) {
        given(vygl)
          .when(changePolicies, { changes: { seats: 500 } }, { as: one })
          .thenRefused('permission.denied');
      }
    });
    test('are never fewer than the active members', () => {
      given(vygl)
        .when(changePolicies, { changes: { seats: 2 } }, { as: root })
        .thenRefused('seats.exhausted');
      given(vygl)
        .when(changePolicies, { changes: { seats: 3 } }, { as: root })
        .then([set({ seats: 3 })]);
    });
    test('nor is the catalogue’s own limit gone back to, where it is too small by now', () => {
      const two = variant('vygl', 'two', 1, ({ policies }) => ({
        policies: { ...policies, seats: 2 },
      }));
      const three = founded(two, olga, [adam, 'admin'], [mia, 'member']);
      given([three, by(root, set({ seats: 5 }))])
        .when(changePolicies, { changes: { seats: null } }, { as: root })
        .thenRefused('seats.exhausted');
    });
    test('twice is once', () => {
      given([vygl, by(root, set({ seats: 5 }))])
        .when(changePolicies, { changes: { seats: 5 } }, { as: root })
        .thenNothing();
    });
  });
});
