import { describe, expect, test } from '@jest/globals';
import { sweep } from '#domain/decide/sweep.js';
import type { MembershipEvent, RevokeReason } from '#domain/events.js';
import {
  by,
  days,
  fold,
  founded,
  given,
  grantId,
  hours,
  invitationId,
  invited,
  joined,
  NOW,
  people,
  PLATFORM_HISTORY,
  root,
  someone,
  space,
  system,
  team,
  teamOf,
  contextOf,
} from '../support/given.js';

const { olga, adam, mia, ed, ivan, ines, robin } = people(
  'olga',
  'adam',
  'mia',
  'ed',
  'ivan',
  'ines',
  'robin',
);
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);
const mondoo = founded('mondoo', olga, [ed, 'editor']);
const all = { limit: 100 };
const sweeper = { as: system('sweeper') };
const revoked = (name: string, reason: RevokeReason) => ({
  type: 'member.invite_revoke' as const,
  invitation: invitationId(name),
  reason,
});

describe('sweep', () => {
  test('nothing due, nothing written', () => {
    given([vygl, invited(ines, olga, { held: 'member' })])
      .when(sweep, all, sweeper)
      .thenNothing();
  });
  test('is the service’s own', () => {
    for (const as of [olga, root])
      given(vygl).when(sweep, all, { as }).thenRefused('permission.denied');
  });
  test('an invitation expires at its moment, once', () => {
    const expired: MembershipEvent = {
      type: 'member.invite_expire',
      invitation: invitationId('ines'),
    };
    const history = [vygl, invited(ines, olga, { held: 'member', expiresAt: NOW })];
    given(history)
      .when(sweep, all, { ...sweeper, at: hours(-0.01) })
      .thenNothing();
    given(history).when(sweep, all, sweeper).then([expired]);
    given([history, by(system('sweeper'), expired)])
      .when(sweep, all, sweeper)
      .thenNothing();
  });
  test('a grant begins and ends at its moments, once each', () => {
    const timed = joined(ivan, { role: 'admin', notBefore: hours(-2), expiresAt: hours(2) });
    const grant = grantId('ivan_admin');
    const started: MembershipEvent = { type: 'member.grant_start', member: ivan.member, grant };
    const expired: MembershipEvent = { type: 'member.grant_expire', member: ivan.member, grant };
    given([vygl, timed]).when(sweep, all, sweeper).then([started]);
    given([vygl, timed, started]).when(sweep, all, sweeper).thenNothing();
    given([vygl, timed, started])
      .when(sweep, all, { ...sweeper, at: hours(2) })
      .then([expired]);
    given([vygl, timed])
      .when(sweep, all, { ...sweeper, at: hours(2) })
      .then([expired]);
    given([vygl, timed, expired])
      .when(sweep, all, { ...sweeper, at: hours(2) })
      .thenNothing();
    given([vygl, joined(ivan, { role: 'admin', notBefore: hours(1) })])
      .when(sweep, all, sweeper)
      .thenNothing();
  });
  test('works in portions', () => {
    const history = [
      vygl,
      ...['a', 'b', 'c'].map((id) =>
        invited(ines, olga, { id, held: 'member', expiresAt: hours(-1) }),
      ),
    ];
    given(history)
      .when(sweep, { limit: 2 }, sweeper)
      .thenLike([{ invitation: 'inv_a' }, { invitation: 'inv_b' }]);
    const state = given(history).when(sweep, { limit: 2 }, sweeper).after();
    const rest = sweep({ limit: 2 }, contextOf(state, sweeper))(state);
    expect(rest).toEqual([{ type: 'member.invite_expire', invitation: 'inv_c' }]);
  });

  describe('what can’t be accepted any more is revoked', () => {
    const fromAdam = invited(ines, adam, { held: 'member' });
    const left = by(adam, { type: 'member.remove', member: adam.member, reason: 'left' });
    test('the inviter left', () => {
      given([vygl, fromAdam, left])
        .when(sweep, all, sweeper)
        .thenLike([revoked('ines', 'inviter_left')]);
    });
    test('not where policy keeps it', () => {
      const keep = by(olga, {
        type: 'organization.policy_change',
        changes: { 'invitation.onInviterLoss': 'keep' },
      });
      given([vygl, fromAdam, keep, left]).when(sweep, all, sweeper).thenNothing();
    });
    test('not where somebody else resent it', () => {
      const resent = by(olga, {
        type: 'member.invite_resend',
        invitation: invitationId('ines'),
        generation: 2,
        expiresAt: days(7),
      });
      given([vygl, fromAdam, resent, left]).when(sweep, all, sweeper).thenNothing();
    });
    test('the platform and the service itself are nobody who could leave', () => {
      given([vygl, invited(ines, root, { held: 'member' })])
        .when(sweep, all, sweeper)
        .thenNothing();
      given([vygl, invited(ines, olga, { held: 'member', by: system('configuration') })])
        .when(sweep, all, sweeper)
        .thenNothing();
      const platform = [PLATFORM_HISTORY, joined(robin, 'mondoo/iam-manager')];
      given([mondoo, invited(ines, robin, { held: 'viewer' })])
        .when(sweep, all, { ...sweeper, platform })
        .thenNothing();
      given([mondoo, invited(ines, robin, { held: 'viewer' })])
        .when(sweep, all, sweeper)
        .thenLike([revoked('ines', 'inviter_left')]);
    });
    test('nor has anybody left because the organization is suspended', () => {
      given([vygl, fromAdam, by(root, { type: 'organization.suspend' })])
        .when(sweep, all, sweeper)
        .thenNothing();
    });
    test('its space or its team is gone', () => {
      given([
        mondoo,
        invited(ines, olga, { held: 'viewer@north' }),
        by(olga, { type: 'space.delete', space: space('north') }),
      ])
        .when(sweep, all, sweeper)
        .thenLike([revoked('ines', 'space_deleted')]);
      const teams = [
        mondoo,
        by(olga, teamOf('core', [])),
        invited(ines, olga, { teams: ['core'] }),
      ];
      given([teams, by(olga, { type: 'team.delete', team: team('core') })])
        .when(sweep, all, sweeper)
        .thenLike([revoked('ines', 'team_deleted')]);
      given(teams).when(sweep, all, sweeper).thenNothing();
    });
  });

  describe('a deleted organization', () => {
    const deletion: MembershipEvent = { type: 'organization.delete' };
    const history = [
      vygl,
      joined(ivan, { role: 'admin', notBefore: hours(-2), expiresAt: hours(-1) }),
      invited(ines, olga, { held: 'member' }),
      invited(someone('also'), olga, { held: 'viewer', expiresAt: hours(1) }),
      invited(someone('late'), olga, { held: 'viewer', expiresAt: hours(-1) }),
      { type: 'member.invite_expire', invitation: invitationId('late') } as const,
      by(olga, deletion),
    ];
    const ended = (name: string) => revoked(name, 'organization_deleted');
    test('ends every pending invitation, in portions, and nothing else', () => {
      given(history)
        .when(sweep, all, sweeper)
        .then([ended('ines'), ended('also')]);
      given(history)
        .when(sweep, { limit: 1 }, sweeper)
        .then([ended('ines')]);
      given([history, ended('ines')])
        .when(sweep, { limit: 1, because: deletion }, sweeper)
        .then([ended('also')]);
      given([history, ended('ines'), ended('also')])
        .when(sweep, all, sweeper)
        .thenNothing();
    });
    test('and by policy keep as well', () => {
      given([
        vygl,
        { type: 'organization.policy_change', changes: { 'invitation.onInviterLoss': 'keep' } },
        invited(ines, olga, { held: 'member' }),
        by(olga, deletion),
      ])
        .when(sweep, all, sweeper)
        .then([ended('ines')]);
    });
  });
  test('because of one event only what rested on it ends', () => {
    const left: MembershipEvent = { type: 'member.remove', member: adam.member, reason: 'left' };
    const by = (one: typeof olga) => ({ ...one.actor, member: one.member });
    const history = [
      vygl,
      invited(ines, adam, { held: 'member', by: by(adam) }),
      invited(ivan, olga, { held: 'member', by: by(olga), expiresAt: hours(-1) }),
      left,
    ];
    given(history)
      .when(sweep, { ...all, because: left }, sweeper)
      .then([revoked('ines', 'inviter_left')]);
    const other: MembershipEvent = { ...left, member: olga.member };
    given(history)
      .when(sweep, { ...all, because: other }, sweeper)
      .thenNothing();
  });
  test('sweeping until nothing is due ends', () => {
    const history = [
      vygl,
      invited(ines, adam, { held: 'member', expiresAt: hours(-1) }),
      joined(ivan, { role: 'admin', notBefore: hours(-2), expiresAt: hours(-1) }),
      by(olga, { type: 'member.remove', member: adam.member, reason: 'removed' }),
    ];
    const state = fold(history);
    let rounds = 0;
    for (; rounds < 10; rounds++) {
      const events = sweep({ limit: 1 }, contextOf(state, sweeper))(state);
      if (events.length === 0) break;
      fold(by(system('sweeper'), events, NOW), state);
    }
    expect(rounds).toBe(2);
  });
});
