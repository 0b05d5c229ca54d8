/**
 * Where the policy keeps what somebody gone has sent, going does not make good again what they
 * could not have sent any more.
 */
import { describe, test } from '@jest/globals';
import { accept } from '#domain/decide/accept.js';
import { revokeApiKey } from '#domain/decide/api-key.js';
import { deactivateMember, leave, removeMember } from '#domain/decide/member.js';
import { erase } from '#domain/decide/erasure.js';
import { sweep } from '#domain/decide/sweep.js';
import type { MembershipEvent } from '#domain/events.js';
import type { MemberId } from '#domain/ids.js';
import {
  by,
  days,
  deactivated,
  founded,
  given,
  grant,
  invitationId,
  invited,
  joined,
  keyFor,
  keyId,
  newcomer,
  people,
  policies,
  removed,
  someone,
  system,
  variant,
  type History,
  type Someone,
} from '../support/given.js';

const { olga, adam, ines, ivan } = people('olga', 'adam', 'ines', 'ivan');
const keep = policies({ 'invitation.onInviterLoss': 'keep' });
const vygl = founded('vygl', olga, [adam, 'admin']);
/** Ines as an admin, Ivan as a viewer: adam loses the right to give either. */
const asAdam = { ...adam.actor, member: adam.member };
const sent = [vygl, keep, invited(ines, adam, { held: 'admin', by: asAdam })];
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

const sweeper = { as: system('sweeper') };
const link = (one: Someone) => ({
  invitation: invitationId(one.name),
  generation: 1,
  newcomer: newcomer(one),
});
/** Nobody gets in by it, be the policy then what it may, and the sweeper writes that down. */
const thenLost = (after: History): void => {
  for (const value of ['keep', 'revoke'] as const) {
    const policy = policies({ 'invitation.onInviterLoss': value });
    given([after, policy])
      .when(accept, link(ines), { as: ines })
      .thenRefused('invitation.inviter_lost_authority');
    given([after, policy]).when(sweep, { limit: 10 }, sweeper).then([revoked]);
  }
};

describe('an inviter who lost the right, and goes', () => {
  test('leaves: the invitation goes too', () => {
    const left = removed(adam, 'left');
    given(history).when(leave, {}, { as: adam }).then([left]);
    thenLost([history, by(adam, left)]);
  });
  test('is removed, and may be erased', () => {
    const command = { member: adam.member, scope: 'organization', reason: 'removed' } as const;
    given(history)
      .when(removeMember, command, { as: olga })
      .then([removed(adam)]);
    thenLost([history, by(olga, removed(adam))]);
    const erased = { type: 'member.personal_data_erase', member: adam.member } as const;
    thenLost([history, by(olga, [removed(adam), { ...erased, user: adam.user }])]);
  });
  test('is deactivated', () => {
    given(history)
      .when(deactivateMember, { member: adam.member, cause: 'direct' }, { as: olga })
      .then([deactivated(adam)]);
    thenLost([history, by(olga, deactivated(adam))]);
  });
  test('comes back', () => {
    const again = { ...adam, member: 'mem_again' as MemberId };
    thenLost([history, by(adam, removed(adam, 'left')), joined(again, 'owner')]);
    thenLost([
      history,
      by(adam, removed(adam, 'left')),
      joined(again, 'owner'),
      by(adam, removed(again, 'left')),
    ]);
  });
  test('loses the key it was sent with', () => {
    const withKey = invited(ines, adam, {
      held: 'admin',
      by: { kind: 'api_key', id: keyId('k'), member: adam.member, via: 'http' },
    });
    const made = by(adam, keyFor(adam.member));
    given([vygl, keep, made, withKey, by(olga, demoted)])
      .when(revokeApiKey, { key: keyId('k') }, { as: olga })
      .then([{ type: 'api_key.revoke', key: keyId('k') }]);
    const gone = by(olga, { type: 'api_key.revoke', key: keyId('k') });
    thenLost([vygl, made, withKey, by(olga, demoted), gone]);
    given([vygl, keep, made, withKey, gone, by(olga, demoted)])
      .when(sweep, { limit: 10 }, sweeper)
      .thenNothing();
  });
  test('what is already there for the sweeper to write down', () => {
    given(history).when(sweep, { limit: 10 }, sweeper).then([revoked]);
  });
  test('has sent more than one append holds: the end is one event all the same', () => {
    const many = Array.from({ length: 1500 }, (_, index) =>
      invited(someone(`guest${index}`), adam, { held: 'admin' }),
    );
    given([vygl, keep, many, by(olga, demoted)])
      .when(leave, {}, { as: adam })
      .then([removed(adam, 'left')]);
  });
});

test('what somebody could send until they left is kept', () => {
  const left = removed(adam, 'left');
  const kept = [...sent, invited(ivan, adam, { held: 'viewer' })];
  given(kept).when(leave, {}, { as: adam }).then([left]);
  given([kept, by(adam, left), by(olga, demoted)])
    .when(accept, link(ivan), { as: ivan })
    .thenLike([{ type: 'member.accept' }]);
});
test('and what somebody sent who is forgotten since', () => {
  const kept = [vygl, keep, invited(ivan, adam, { held: 'viewer', by: asAdam })];
  const withKey = invited(ivan, adam, {
    held: 'viewer',
    by: { kind: 'api_key', id: keyId('k'), member: adam.member, via: 'http' },
  });
  const keeping = variant('wasviking', 'keeping', 1, ({ policies }) => ({
    policies: { ...policies, overridable: ['invitation.onInviterLoss'] },
  }));
  const wasviking = founded(keeping, olga, [adam, 'Manager']);
  for (const history of [
    kept,
    [vygl, keep, by(adam, keyFor(adam.member)), withKey],
    [wasviking, keep, invited(ivan, adam, { held: 'Analyst', by: asAdam })],
  ]) {
    const erasing = given(history).when(erase, { member: adam.member }, { as: olga });
    const forgotten = [history, by(olga, erasing.events())];
    given(forgotten).when(sweep, { limit: 10 }, sweeper).thenNothing();
    given(forgotten)
      .when(accept, link(ivan), { as: ivan })
      .thenLike([{ type: 'member.accept' }]);
  }
});
test('what is sent once more rests on whoever does', () => {
  const resent = by(olga, {
    type: 'member.invite_resend',
    invitation: invitationId(ines.name),
    generation: 2,
    expiresAt: days(7),
  });
  given([history, by(adam, removed(adam, 'left')), resent])
    .when(accept, { ...link(ines), generation: 2 }, { as: ines })
    .thenLike([{ type: 'member.accept' }]);
});
