/** The right is asked before anything else: whoever lacks it is not told what is so already. */
import { describe, test } from '@jest/globals';
import type { Context } from '#domain/context.js';
import { revokeApiKey } from '#domain/decide/api-key.js';
import { changeRoles, transferOwnership } from '#domain/decide/change-roles.js';
import { accept, decline } from '#domain/decide/accept.js';
import { invite, inviteAll, resend, revoke } from '#domain/decide/invitation.js';
import { removeMember } from '#domain/decide/member.js';
import { changePolicies, renameOrganization } from '#domain/decide/organization.js';
import { retireRole } from '#domain/decide/role.js';
import { deleteServiceAccount } from '#domain/decide/service-account.js';
import { deactivateSpace, deleteSpace, reactivateSpace } from '#domain/decide/space.js';
import { deleteTeam } from '#domain/decide/team.js';
import type { MembershipEvent } from '#domain/events.js';
import type { Organization } from '#domain/state.js';
import {
  accountId,
  by,
  founded,
  given,
  invitationId,
  invited,
  keyId,
  newcomer,
  people,
  role,
  space,
  team,
  type History,
  machine,
  keyFor,
} from '../support/given.js';

const { olga, vera, nora, bob } = people('olga', 'vera', 'nora', 'bob');
/** Nora owns the space north alone. */
const acme = founded('mondoo', olga, [vera, 'viewer'], [nora, 'owner@north']);
const north = space('north');
const triage = { role: role('role_triage'), name: 'Triage', scopes: ['organization'] } as const;
const wanted = { kind: 'set', roles: [role('viewer')] } as const;

type AnyRule = (
  command: never,
  context: Context,
) => (organization: Organization) => MembershipEvent[];
const row = <C>(
  what: string,
  rule: (command: C, context: Context) => (organization: Organization) => MembershipEvent[],
  command: C,
  done: History | MembershipEvent,
) => ({ what, rule: rule as AnyRule, command: command as never, done });

/** What each does is done already. */
const DONE = [
  row('revoke', revoke, { invitation: invitationId('bob') }, [
    invited(bob, olga, { held: 'viewer' }),
    by(olga, { type: 'member.invite_revoke', invitation: invitationId('bob'), reason: 'asked' }),
  ]),
  row(
    'remove',
    removeMember,
    { member: nora.member, scope: 'organization', reason: 'removed' },
    by(olga, { type: 'member.remove', member: nora.member, reason: 'removed' }),
  ),
  row('set roles', changeRoles, { member: vera.member, scope: 'organization', wanted }, []),
  row('deactivate a space', deactivateSpace, { space: north }, [
    { type: 'space.deactivate', space: north },
  ]),
  row('reactivate a space', reactivateSpace, { space: north }, []),
  row('delete a space', deleteSpace, { space: north }, [{ type: 'space.delete', space: north }]),
  row('delete a team', deleteTeam, { team: team('t') }, [
    { type: 'team.create', team: team('t'), name: 'T', scope: 'organization' },
    { type: 'team.delete', team: team('t') },
  ]),
  row('delete a service account', deleteServiceAccount, { account: accountId('ci') }, [
    machine('ci'),
    { type: 'service_account.delete', account: accountId('ci') },
  ]),
  row('revoke a key', revokeApiKey, { key: keyId('k') }, [
    keyFor(olga.member),
    { type: 'api_key.revoke', key: keyId('k') },
  ]),
  row('retire a role', retireRole, { role: triage.role }, [
    { type: 'role.define', ...triage, permissions: [] },
    { type: 'role.retire', role: triage.role },
  ]),
  row('set a policy', changePolicies, { changes: { 'invitation.ttl': 3600 } }, [
    { type: 'organization.policy_change', changes: { 'invitation.ttl': 3600 } },
  ]),
  row('change no policy', changePolicies, { changes: {} }, []),
  row('rename', renameOrganization, { name: 'Acme' }, []),
  row('invite nobody', inviteAll, [], []),
];

describe('what is so already', () => {
  test.each(DONE)('$what: quiet for whoever may', ({ rule, command, done }) => {
    given([acme, done]).when(rule, command, { as: olga }).thenNothing();
  });
  test.each(DONE)('$what: refused for whoever may not', ({ rule, command, done }) => {
    given([acme, done]).when(rule, command, { as: vera }).thenRefused('permission.denied');
  });
  test.each(DONE)('$what: refused for everyone while suspended', ({ rule, command, done }) => {
    given([acme, done, { type: 'organization.suspend' }])
      .when(rule, command, { as: olga })
      .thenRefused('organization.suspended');
  });
});

describe('what there is not', () => {
  const nowhere = { invitation: invitationId('none'), address: bob.address };
  test('is no news for whoever may not', () => {
    given(acme).when(revoke, nowhere, { as: vera }).thenRefused('permission.denied');
    given(acme).when(resend, nowhere, { as: vera }).thenRefused('permission.denied');
    given(acme)
      .when(deleteSpace, { space: space('none') }, { as: vera })
      .thenRefused('permission.denied');
    given(acme)
      .when(invite, wantedOf(['none']), { as: vera })
      .thenRefused('permission.denied');
  });
  test('is told to whoever may', () => {
    given(acme).when(revoke, nowhere, { as: olga }).thenRefused('invitation.not_found');
    given(acme)
      .when(deleteSpace, { space: space('none') }, { as: olga })
      .thenRefused('space.not_found');
    given(acme)
      .when(invite, wantedOf(['none']), { as: olga })
      .thenRefused('team.not_found');
  });
  test('nor to whom ownership would go', () => {
    const vygl = founded('vygl', olga, [vera, 'viewer']);
    const command = { to: bob.member, demoteTo: role('admin') };
    given(vygl).when(transferOwnership, command, { as: vera }).thenRefused('permission.denied');
    given(vygl).when(transferOwnership, command, { as: olga }).thenRefused('member.not_found');
  });
});

describe('at a space', () => {
  const inactive: History = [acme, { type: 'space.deactivate', space: north }];
  test('the right there is enough, be the space active or not', () => {
    given(inactive).when(deactivateSpace, { space: north }, { as: nora }).thenNothing();
    given(acme).when(reactivateSpace, { space: north }, { as: nora }).thenNothing();
  });
  test('the right at another is not', () => {
    const south = space('south');
    given(acme)
      .when(reactivateSpace, { space: south }, { as: nora })
      .thenRefused('permission.denied');
    given([inactive, { type: 'space.deactivate', space: south }])
      .when(deactivateSpace, { space: south }, { as: nora })
      .thenRefused('permission.denied');
  });
});

describe('a link of an organization that is deleted', () => {
  const link = { invitation: invitationId('bob'), generation: 1 };
  const open = [acme, invited(bob, olga, { held: 'viewer' })];
  const deleted = by(olga, { type: 'organization.delete' });
  test('says nothing, not even to whoever declined or accepted', () => {
    const declined = [
      open,
      { type: 'member.invite_decline', invitation: link.invitation } as const,
    ];
    given(declined).when(decline, link).thenNothing();
    given([declined, deleted]).when(decline, link).thenRefused('invitation.link_invalid');
    const command = { ...link, newcomer: newcomer(bob) };
    const accepted = [open, by(bob, given(open).when(accept, command, { as: bob }).events())];
    given(accepted).when(accept, command, { as: bob }).thenNothing();
    given([accepted, deleted])
      .when(accept, command, { as: bob })
      .thenRefused('invitation.link_invalid');
  });
});

function wantedOf(teams: readonly string[]) {
  return {
    invitation: invitationId('new'),
    member: bob.member,
    address: bob.address,
    grants: [],
    teams: teams.map(team),
    onExisting: 'reject' as const,
  };
}
