/**
 * Where the policy keeps what somebody gone has sent, going does not make good again what they
 * could not have sent any more.
 */
import { describe, test } from '@jest/globals';
import { accept } from '#domain/decide/accept.js';
import { deactivateMember, leave, removeMember } from '#domain/decide/member.js';
import { sweep } from '#domain/decide/sweep.js';
import type { MembershipEvent } from '#domain/events.js';
import {
  by,
  founded,
  given,
  grant,
  invitationId,
  invited,
  newcomer,
  people,
  policies,
  system,
} from '../support/given.js';

const { olga, adam, ines, ivan } = people('olga', 'adam', 'ines', 'ivan');
const keep = policies({ 'invitation.onInviterLoss': 'keep' });
const vygl = founded('vygl', olga, [adam, 'admin']);
/** Ines as an admin, Ivan as a viewer: adam loses the right to give either. */
const sent = [vygl, keep, invited(ines, adam, { held: 'admin' })];
const demoted: MembershipEvent = {
  type: 'member.role_change',
  member: adam.member,
  added: [grant('adam2', 'viewer')],
  removed: [grant(adam.name, 'admin').id],
  cause: 'direct',
};
const history = [...sent, by(olga, demoted)];
const revoked: MembershipEvent = {
  type: 'member.invite_revoke',
  invitation: invitationId(ines.name),
  reason: 'inviter_lost_authority',
};

describe('an inviter who lost the right, and goes', () => {
  test('leaves: the invitation goes too', () => {
    given(history)
      .when(leave, {}, { as: adam })
      .then([{ type: 'member.remove', member: adam.member, reason: 'left' }, revoked]);
  });
  test('is removed', () => {
    given(history)
      .when(
        removeMember,
        { member: adam.member, scope: 'organization', reason: 'removed' },
        { as: olga },
      )
      .then([{ type: 'member.remove', member: adam.member, reason: 'removed' }, revoked]);
  });
  test('is deactivated', () => {
    given(history)
      .when(deactivateMember, { member: adam.member, cause: 'direct' }, { as: olga })
      .then([{ type: 'member.deactivate', member: adam.member, cause: 'direct' }, revoked]);
  });
  test('what is already there for the sweeper to write down', () => {
    given(history)
      .when(sweep, { limit: 10 }, { as: system('sweeper') })
      .then([revoked]);
  });
  test('so that nobody gets in by it', () => {
    given([
      ...history,
      by(adam, { type: 'member.remove', member: adam.member, reason: 'left' }),
      by(adam, revoked),
    ])
      .when(
        accept,
        { invitation: invitationId(ines.name), generation: 1, newcomer: newcomer(ines) },
        { as: ines },
      )
      .thenRefused('invitation.link_invalid');
  });
});

test('what somebody could send until they left is kept', () => {
  given([...sent, invited(ivan, adam, { held: 'viewer' })])
    .when(leave, {}, { as: adam })
    .then([{ type: 'member.remove', member: adam.member, reason: 'left' }]);
});
