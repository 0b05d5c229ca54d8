import { describe, test } from '@jest/globals';
import { accept, decline } from '#domain/decide/accept.js';
import { changeRoles } from '#domain/decide/change-roles.js';
import { erase } from '#domain/decide/erasure.js';
import { leave } from '#domain/decide/member.js';
import {
  changeOrganization,
  deleteOrganization,
  renameOrganization,
  resumeOrganization,
  suspendOrganization,
} from '#domain/decide/organization.js';
import { PLATFORM, type ReasonCode } from '#domain/ids.js';
import {
  audra,
  by,
  founded,
  given,
  invitationId,
  invited,
  newcomer,
  people,
  PLATFORM_HISTORY,
  role,
  root,
} from '../support/given.js';

const { olga, adam, mia, ines, stranger } = people('olga', 'adam', 'mia', 'ines', 'stranger');
const acme = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);
const suspended = [acme, by(root, { type: 'organization.suspend' })];
const UNPAID = 'unpaid' as ReasonCode;
const deleted = [acme, by(olga, { type: 'organization.delete' })];

describe('rename organization', () => {
  test('emits', () => {
    given(acme)
      .when(renameOrganization, { name: 'Acme Ltd' }, { as: olga })
      .then([{ type: 'organization.rename', name: 'Acme Ltd' }]);
  });
  test('the same name changes nothing', () => {
    given(acme).when(renameOrganization, { name: 'Acme' }, { as: olga }).thenNothing();
  });
  test('refuses who may not', () => {
    given(acme)
      .when(renameOrganization, { name: 'Mine' }, { as: adam })
      .thenRefused('permission.denied');
  });
  test('CVE project: the Analyst renames the project, the Viewer does not', () => {
    const project = founded('cve-project', olga, [adam, 'analyst'], [mia, 'viewer']);
    given(project)
      .when(renameOrganization, { name: 'Other' }, { as: adam })
      .then([{ type: 'organization.rename', name: 'Other' }]);
    given(project)
      .when(renameOrganization, { name: 'Other' }, { as: mia })
      .thenRefused('permission.denied');
  });
});

describe('change organization', () => {
  const both = { name: 'Acme Ltd', changes: { 'invitation.ttl': 3600 } };
  test('emits both, or what of them is new', () => {
    const renamed = { type: 'organization.rename', name: both.name } as const;
    const changed = { type: 'organization.policy_change', changes: both.changes } as const;
    given(acme).when(changeOrganization, both, { as: olga }).then([renamed, changed]);
    given([acme, by(olga, renamed)])
      .when(changeOrganization, both, { as: olga })
      .then([changed]);
    given([acme, by(olga, [renamed, changed])])
      .when(changeOrganization, both, { as: olga })
      .thenNothing();
  });
  test('each takes its own right: both or none', () => {
    const project = founded('cve-project', olga, [adam, 'analyst']);
    given(project)
      .when(changeOrganization, { name: both.name }, { as: adam })
      .then([{ type: 'organization.rename', name: both.name }]);
    given(project).when(changeOrganization, both, { as: adam }).thenRefused('permission.denied');
    given(acme)
      .when(changeOrganization, { ...both, changes: { seats: 5 } }, { as: olga })
      .thenRefused('permission.denied');
  });
});

describe('delete organization', () => {
  test('emits; to everybody it is then as if it had never been', () => {
    given(acme)
      .when(deleteOrganization, {}, { as: olga })
      .then([{ type: 'organization.delete' }]);
    for (const one of [olga, adam, root]) {
      given(deleted)
        .when(deleteOrganization, {}, { as: one })
        .thenRefused('organization.not_found');
    }
  });
  test('is not offered in WASViking and CVE project, whoever asks', () => {
    for (const id of ['wasviking', 'cve-project']) {
      for (const one of [olga, root]) {
        given(founded(id, olga))
          .when(deleteOrganization, {}, { as: one })
          .thenRefused('operation.not_offered');
      }
    }
  });
  test('Mondoo: Owner and Organization Manager; Mondoo classic: Owner', () => {
    const mondoo = founded('mondoo', olga, [adam, 'organization-manager'], [mia, 'editor']);
    for (const one of [olga, adam]) {
      given(mondoo)
        .when(deleteOrganization, {}, { as: one })
        .then([{ type: 'organization.delete' }]);
    }
    given(mondoo).when(deleteOrganization, {}, { as: mia }).thenRefused('permission.denied');
    const classic = founded('mondoo-classic', olga, [adam, 'editor']);
    given(classic)
      .when(deleteOrganization, {}, { as: olga })
      .then([{ type: 'organization.delete' }]);
    given(classic).when(deleteOrganization, {}, { as: adam }).thenRefused('permission.denied');
  });
  test('invitations end with it', () => {
    const link = { invitation: invitationId('ines'), generation: 1 };
    const history = [
      acme,
      invited(ines, olga, { held: 'member' }),
      by(olga, { type: 'organization.delete' }),
    ];
    given(history)
      .when(accept, { ...link, newcomer: newcomer(ines) }, { as: ines })
      .thenRefused('invitation.link_invalid');
    given(history).when(decline, link, { as: ines }).thenRefused('invitation.link_invalid');
  });
  test('the platform organization can’t be deleted', () => {
    given(PLATFORM_HISTORY, PLATFORM)
      .when(deleteOrganization, {}, { as: root })
      .thenRefused('operation.not_offered');
  });
});

describe('suspend and resume', () => {
  test('are the platform’s', () => {
    given(acme)
      .when(suspendOrganization, { reason: UNPAID }, { as: root })
      .then([{ type: 'organization.suspend', reason: UNPAID }]);
    given(suspended)
      .when(resumeOrganization, {}, { as: root })
      .then([{ type: 'organization.resume' }]);
    for (const one of [olga, audra]) {
      given(acme).when(suspendOrganization, {}, { as: one }).thenRefused('permission.denied');
      given(suspended).when(resumeOrganization, {}, { as: one }).thenRefused('permission.denied');
    }
    given(acme)
      .when(suspendOrganization, {}, { as: stranger })
      .thenRefused('organization.not_found');
  });
  test('twice is once', () => {
    given(suspended).when(suspendOrganization, {}, { as: root }).thenNothing();
    given(acme).when(resumeOrganization, {}, { as: root }).thenNothing();
  });
  test('the platform organization itself is never suspended', () => {
    given(PLATFORM_HISTORY, PLATFORM)
      .when(suspendOrganization, {}, { as: root })
      .thenRefused('organization.id_reserved');
  });

  describe('while suspended', () => {
    test('no permission is effective', () => {
      given(suspended)
        .when(renameOrganization, { name: 'Other' }, { as: olga })
        .thenRefused('organization.suspended');
      const wanted = { kind: 'set', roles: [role('viewer')] } as const;
      given(suspended)
        .when(changeRoles, { member: mia.member, scope: 'organization', wanted }, { as: olga })
        .thenRefused('organization.suspended');
      given(suspended)
        .when(renameOrganization, { name: 'Other' }, { as: stranger })
        .thenRefused('organization.not_found');
    });
    test('invitations can’t be accepted; afterwards they can', () => {
      const history = [acme, invited(ines, olga, { held: 'member' })];
      const command = {
        invitation: invitationId('ines'),
        generation: 1,
        newcomer: newcomer(ines),
      };
      given([history, by(root, { type: 'organization.suspend' })])
        .when(accept, command, { as: ines })
        .thenRefused('organization.suspended');
      given([
        history,
        by(root, [{ type: 'organization.suspend' }, { type: 'organization.resume' }]),
      ])
        .when(accept, command, { as: ines })
        .thenLike([{ type: 'member.accept', member: ines.member }]);
    });
    test('leaving and erasing oneself still work', () => {
      given(suspended)
        .when(leave, {}, { as: mia })
        .then([{ type: 'member.remove', member: mia.member, reason: 'left' }]);
      given(suspended)
        .when(erase, { user: mia.user }, { as: mia })
        .then([
          { type: 'member.remove', member: mia.member, reason: 'erased' },
          { type: 'member.personal_data_erase', member: mia.member, user: mia.user },
        ]);
      given(suspended)
        .when(erase, { user: mia.user }, { as: olga })
        .thenRefused('organization.suspended');
    });
  });
});
