import { describe, test } from '@jest/globals';
import { decline } from '#domain/decide/accept.js';
import { revoke } from '#domain/decide/invitation.js';
import {
  by,
  founded,
  given,
  hours,
  invitationId,
  invited,
  NOW,
  people,
  root,
  space,
  team,
  teamOf,
} from '../support/given.js';

const { olga, adam, mia, ines, ed, sam, stranger } = people(
  'olga',
  'adam',
  'mia',
  'ines',
  'ed',
  'sam',
  'stranger',
);
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);
const mondoo = founded('mondoo', olga, [ed, 'editor'], [sam, 'owner@north']);
const open = invited(ines, olga, { held: 'member' });
const invitation = invitationId('ines');
const revoked = { type: 'member.invite_revoke', invitation, reason: 'asked' } as const;

describe('revoke', () => {
  test('emits, of a pending and of an expired one', () => {
    given([vygl, open]).when(revoke, { invitation }, { as: adam }).then([revoked]);
    given([vygl, invited(ines, olga, { held: 'member', expiresAt: hours(-1) })])
      .when(revoke, { invitation }, { as: adam })
      .then([revoked]);
  });
  test('twice is once', () => {
    given([vygl, open, by(adam, revoked)])
      .when(revoke, { invitation }, { as: adam })
      .thenNothing();
  });
  test('refuses an unknown one and one that ended otherwise', () => {
    given(vygl).when(revoke, { invitation }, { as: adam }).thenRefused('invitation.not_found');
    given([vygl, open, by(ines, { type: 'member.invite_decline', invitation })])
      .when(revoke, { invitation }, { as: adam })
      .thenRefused('invitation.not_pending');
  });
  test('needs the permission at every scope of it', () => {
    given([vygl, open]).when(revoke, { invitation }, { as: mia }).thenRefused('permission.denied');
    given([vygl, open])
      .when(revoke, { invitation }, { as: stranger })
      .thenRefused('organization.not_found');
    const both = [mondoo, invited(ines, olga, { held: ['viewer@north', 'viewer@south'] })];
    given(both).when(revoke, { invitation }, { as: sam }).thenRefused('permission.denied');
    given([both, by(olga, { type: 'space.delete', space: space('south') })])
      .when(revoke, { invitation }, { as: sam })
      .then([revoked]);
  });
  test('taking away needs mayManage, of its teams’ roles too', () => {
    given([vygl, invited(ines, olga, { held: 'admin' })])
      .when(revoke, { invitation }, { as: adam })
      .thenRefused('delegation.may_not_manage');
    const history = [
      mondoo,
      by(olga, teamOf('core', ['owner'])),
      invited(ines, olga, { teams: ['core'] }),
    ];
    given(history)
      .when(revoke, { invitation }, { as: ed })
      .thenRefused('delegation.may_not_manage');
    given(history).when(revoke, { invitation }, { as: olga }).then([revoked]);
    given([history, by(olga, { type: 'team.delete', team: team('core') })])
      .when(revoke, { invitation }, { as: ed })
      .then([revoked]);
  });
});

describe('decline', () => {
  const link = { invitation, generation: 1 };
  const declined = { type: 'member.invite_decline', invitation } as const;

  test('emits: it is whoever holds the link', () => {
    const as = { kind: 'link', id: invitation, via: 'http' } as const;
    given([vygl, open]).when(decline, link, { as }).then([declined]);
  });
  test('twice is once', () => {
    given([vygl, open, by(ines, declined)])
      .when(decline, link, { as: ines })
      .thenNothing();
  });
  test('works while the organization is suspended', () => {
    given([vygl, open, by(root, { type: 'organization.suspend' })])
      .when(decline, link, { as: ines })
      .then([declined]);
  });
  test('every link that is not good is refused alike', () => {
    for (const history of [
      vygl,
      [vygl, open, by(adam, revoked)],
      [vygl, invited(ines, olga, { held: 'member', expiresAt: NOW })],
      [
        vygl,
        open,
        by(adam, { type: 'member.invite_resend', invitation, generation: 2, expiresAt: hours(9) }),
      ],
    ]) {
      given(history).when(decline, link, { as: ines }).thenRefused('invitation.link_invalid');
    }
  });
});
