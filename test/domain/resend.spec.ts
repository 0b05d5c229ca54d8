import { describe, test } from '@jest/globals';
import { resend } from '#domain/decide/invitation.js';
import {
  by,
  days,
  founded,
  given,
  hours,
  invitationId,
  invited,
  joined,
  NOW,
  people,
  someone,
  space,
  team,
  teamOf,
  type Someone,
  policies,
} from '../support/given.js';

const { olga, adam, mia, ines, ivan, ed, sam } = people(
  'olga',
  'adam',
  'mia',
  'ines',
  'ivan',
  'ed',
  'sam',
);
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);
const mondoo = founded('mondoo', olga, [ed, 'editor'], [sam, 'owner@north']);
const open = invited(ines, olga, { held: 'member' });
const again = (one: Someone = ines, more: object = {}) => ({
  invitation: invitationId(one.name),
  address: one.address,
  ...more,
});
const resent = (more: object = {}) => ({
  type: 'member.invite_resend' as const,
  invitation: invitationId('ines'),
  generation: 2,
  expiresAt: days(7),
  ...more,
});

describe('resend', () => {
  test('a new generation and a new expiry', () => {
    given([vygl, open]).when(resend, again(), { as: adam }).then([resent()]);
    given([vygl, open, by(adam, resent())])
      .when(resend, again(ines, { expiresIn: 3600 }), { as: adam })
      .then([resent({ generation: 3, expiresAt: hours(1) })]);
  });
  test('also of an expired one, swept or not', () => {
    const over = invited(ines, olga, { held: 'member', expiresAt: hours(-1) });
    given([vygl, over]).when(resend, again(), { as: adam }).then([resent()]);
    given([
      vygl,
      over,
      by(olga, { type: 'member.invite_expire', invitation: invitationId('ines') }),
    ])
      .when(resend, again(), { as: adam })
      .then([resent()]);
  });
  test('never of one that has ended', () => {
    for (const event of [
      { type: 'member.invite_revoke', invitation: invitationId('ines'), reason: 'asked' },
      { type: 'member.invite_decline', invitation: invitationId('ines') },
    ] as const) {
      given([vygl, open, by(olga, event)])
        .when(resend, again(), { as: adam })
        .thenRefused('invitation.not_pending');
    }
    given(vygl).when(resend, again(), { as: adam }).thenRefused('invitation.not_found');
  });
  test('needs the permission', () => {
    given([vygl, open]).when(resend, again(), { as: mia }).thenRefused('permission.denied');
    given([mondoo, invited(ines, olga, { held: ['viewer@north', 'viewer@south'] })])
      .when(resend, again(), { as: sam })
      .thenRefused('permission.denied');
  });
  test('needs the resender’s right to assign', () => {
    given([vygl, invited(ines, olga, { held: 'owner' })])
      .when(resend, again(), { as: adam })
      .thenRefused('delegation.may_not_assign');
  });
  test('into a team: of its roles as they are now', () => {
    const history = [
      mondoo,
      by(olga, teamOf('core', ['owner'])),
      invited(ines, olga, { teams: ['core'] }),
    ];
    given(history).when(resend, again(), { as: ed }).thenRefused('delegation.may_not_assign');
    given(history).when(resend, again(), { as: olga }).then([resent()]);
  });
  test('checks the domain policy again', () => {
    const gmail = someone('ines', 'ines@gmail.com');
    const history = [vygl, invited(gmail, olga, { held: 'member' })];
    given(history).when(resend, again(gmail), { as: adam }).then([resent()]);
    given([history, policies({ 'emailDomains.providers': 'refuse' })])
      .when(resend, again(gmail), { as: adam })
      .thenRefused('email.domain_refused');
  });
  test('another address is another invitation', () => {
    given([vygl, open])
      .when(resend, { ...again(), address: ivan.address }, { as: adam })
      .thenRefused('invitation.not_found');
  });
  test('checks the scope again: another open one may have taken its place', () => {
    const history = [
      vygl,
      invited(ines, olga, { held: 'member', expiresAt: hours(-1) }),
      invited(ines, olga, { id: 'second', held: 'viewer' }),
    ];
    given(history).when(resend, again(), { as: adam }).thenRefused('invitation.pending_exists');
  });
  test('also where what it invited to there is over: it stays an invitation to it', () => {
    const ended = { role: 'editor', expiresAt: hours(-1) } as const;
    const history = [
      mondoo,
      by(olga, { type: 'space.create', space: space('south'), name: 'south' }),
      invited(ines, olga, { held: [ended, 'viewer@south'], expiresAt: hours(-1) }),
      invited(ines, olga, { id: 'second', held: 'viewer' }),
    ];
    given(history).when(resend, again(), { as: olga }).thenRefused('invitation.pending_exists');
  });
  test('checks again how many roles one person can hold', () => {
    const history = [vygl, invited(ines, olga, { held: ['member', 'viewer'] })];
    given(history).when(resend, again(), { as: olga }).thenRefused('role.count');
    const over = { role: 'viewer', expiresAt: hours(-1) };
    given([vygl, invited(ines, olga, { held: ['member', over] })])
      .when(resend, again(), { as: olga })
      .then([resent()]);
  });
  test('checks the seats again', () => {
    const over = invited(ines, olga, { held: 'member', expiresAt: NOW });
    given([vygl, over, policies({ seats: 3 })])
      .when(resend, again(), { as: adam })
      .thenRefused('seats.exhausted');
    given([vygl, over, policies({ seats: 4 })])
      .when(resend, again(), { as: adam })
      .then([resent()]);
    // An open one has its seat.
    given([vygl, open, policies({ seats: 4 })])
      .when(resend, again(), { as: adam })
      .then([resent()]);
  });
  test('a limit that has fallen meanwhile is asked for an open one as well', () => {
    given([vygl, open, policies({ seats: 3 })])
      .when(resend, again(), { as: adam })
      .thenRefused('seats.exhausted');
  });
  test('only what is left of it counts', () => {
    const history = [
      mondoo,
      by(olga, teamOf('core', ['viewer@south'], [], space('south'))),
      invited(ines, olga, { held: 'viewer@north', teams: ['core'] }),
    ];
    const narrowed = [history, by(olga, { type: 'team.delete', team: team('core') })];
    given(narrowed).when(resend, again(), { as: sam }).then([resent()]);
    given([narrowed, by(olga, { type: 'space.delete', space: space('north') })])
      .when(resend, again(), { as: olga })
      .thenRefused('invitation.not_pending');
  });
  test('nothing is left where everything it gives has ended', () => {
    given([vygl, invited(ines, olga, { held: { role: 'member', expiresAt: hours(-1) } })])
      .when(resend, again(), { as: adam })
      .thenRefused('invitation.not_pending');
  });
  test('time out of range', () => {
    given([vygl, open])
      .when(resend, again(ines, { expiresIn: 60 }), { as: adam })
      .thenRefused('invitation.expiry_out_of_range');
  });
  test('who resends on an expiring role gives nothing beyond its end', () => {
    given([vygl, open, joined(ivan, { role: 'admin', expiresAt: days(3) })])
      .when(resend, again(), { as: ivan })
      .thenRefused('delegation.beyond_expiry');
  });
});
