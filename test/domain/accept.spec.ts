import { describe, expect, test } from '@jest/globals';
import { type Accept, accept } from '#domain/decide/accept.js';
import type { MembershipEvent } from '#domain/events.js';
import type { MemberId } from '#domain/ids.js';
import {
  account,
  by,
  catalogue,
  days,
  founded,
  given,
  grant,
  grantId,
  hours,
  invitationId,
  invited,
  joined,
  key,
  keyId,
  newcomer,
  NOW,
  people,
  PLATFORM_HISTORY,
  provisioned,
  role,
  root,
  someone,
  space,
  system,
  team,
  teamOf,
  variant,
  type Someone,
  machine,
  keyFor,
  policies,
  removed,
} from '../support/given.js';

const { olga, adam, mia, vic, ines, ivan, ed } = people(
  'olga',
  'adam',
  'mia',
  'vic',
  'ines',
  'ivan',
  'ed',
);
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);
const mondoo = founded('mondoo', olga, [ed, 'editor'], [vic, 'viewer']);
const classic = founded('mondoo-classic', olga);
const open = invited(ines, olga, { held: 'member' });

const link = (
  one: Someone = ines,
  generation = 1,
  more: Partial<Accept['newcomer']> = {},
): Accept => ({
  invitation: invitationId(one.name),
  generation,
  newcomer: newcomer(one, more),
});
const accepted = (one: Someone = ines, more: object = {}) => ({
  type: 'member.accept',
  invitation: invitationId(one.name),
  generation: 1,
  member: one.member,
  user: one.user,
  tag: one.address.tag,
  email: one.address.email,
  authentication: 'local',
  replaced: [],
  teams: [],
  ...more,
});
const demoted = (one: Someone, from: string, to: string): MembershipEvent => ({
  type: 'member.role_change',
  member: one.member,
  added: [grant(one.name, to)],
  removed: [grantId(`${one.name}_${from}`)],
  cause: 'direct',
});

describe('accept', () => {
  test('the invited member becomes active with the grants of the invitation', () => {
    given([vygl, open])
      .when(accept, link(), { as: ines })
      .thenLike([accepted(ines, { grants: [grant('inv_ines', 'member')] })]);
  });
  test('times go along; what has ended meanwhile is not given', () => {
    const held = [
      { role: 'viewer', notBefore: hours(5) },
      { role: 'editor', expiresAt: days(4) },
      { role: 'team-manager', expiresAt: hours(-1) },
    ];
    given([mondoo, invited(ines, olga, { held })])
      .when(accept, link(), { as: ines })
      .thenLike([
        accepted(ines, {
          grants: [
            { role: 'viewer', notBefore: hours(5) },
            { role: 'editor', expiresAt: days(4) },
          ],
        }),
      ]);
    given([mondoo, invited(ines, olga, { held: held.slice(2) })])
      .when(accept, link(), { as: ines })
      .thenRefused('invitation.link_invalid');
  });

  describe('of any number of accepts one takes effect', () => {
    const event = given([vygl, open]).when(accept, link(), { as: ines }).after;
    test('the same user again gets the same answer', () => {
      expect(event().members.get(ines.member)?.accepted).toEqual([invitationId('ines')]);
      const history = [vygl, open, by(ines, accepted(ines, { grants: [], name: null }) as never)];
      given(history).when(accept, link(), { as: ines }).thenNothing();
    });
    test('somebody else with the same link gets nothing', () => {
      const history = [vygl, open, by(ines, accepted(ines, { grants: [], name: null }) as never)];
      given(history)
        .when(accept, { ...link(), newcomer: newcomer(ivan) }, { as: ivan })
        .thenRefused('invitation.link_invalid');
    });
  });

  describe('the link', () => {
    const invitation = invitationId('ines');
    test('of an older generation is dead', () => {
      const history = [
        vygl,
        open,
        by(olga, { type: 'member.invite_resend', invitation, generation: 2, expiresAt: days(7) }),
      ];
      given(history)
        .when(accept, link(ines, 1), { as: ines })
        .thenRefused('invitation.link_invalid');
      given(history)
        .when(accept, link(ines, 2), { as: ines })
        .thenLike([accepted(ines, { generation: 2 })]);
      given(history)
        .when(accept, link(ines, 3), { as: ines })
        .thenRefused('invitation.link_invalid');
    });
    test('is dead when revoked, declined, expired, or never was', () => {
      for (const history of [
        [vygl, open, by(olga, { type: 'member.invite_revoke', invitation, reason: 'asked' })],
        [vygl, open, by(ines, { type: 'member.invite_decline', invitation })],
        [vygl, open, by(olga, { type: 'member.invite_expire', invitation })],
        vygl,
        [],
      ] as const) {
        given(history)
          .when(accept, link(), { as: ines }, catalogue('vygl'))
          .thenRefused('invitation.link_invalid');
      }
    });
    test('expires by the clock, though no sweeper runs', () => {
      const history = [vygl, invited(ines, olga, { held: 'member', expiresAt: hours(1) })];
      given(history)
        .when(accept, link(), { as: ines, at: hours(0.99) })
        .thenLike([accepted()]);
      given(history)
        .when(accept, link(), { as: ines, at: hours(1) })
        .thenRefused('invitation.link_invalid');
    });
    test('is alive again when an expired invitation is resent', () => {
      const history = [
        vygl,
        invited(ines, olga, { held: 'member', expiresAt: hours(-2) }),
        by(olga, [
          { type: 'member.invite_expire', invitation },
          { type: 'member.invite_resend', invitation, generation: 2, expiresAt: days(1) },
        ]),
      ];
      given(history)
        .when(accept, link(ines, 2), { as: ines })
        .thenLike([accepted(ines, { generation: 2 })]);
    });
  });

  describe('the address', () => {
    const other = someone('ines', 'ines@home.example');
    test('must be verified', () => {
      given([vygl, open])
        .when(accept, link(ines, 1, { address: null }), { as: ines })
        .thenRefused('email.not_verified');
    });
    test('must be the invited one', () => {
      given([vygl, open])
        .when(accept, link(ines, 1, { address: other.address }), { as: ines })
        .thenRefused('invitation.email_mismatch');
    });
    test('may be another where policy says so', () => {
      given([vygl, open, policies({ 'invitation.matchEmail': false })])
        .when(accept, link(ines, 1, { address: other.address }), { as: ines })
        .thenLike([accepted(ines, { tag: other.address.tag, email: other.address.email })]);
    });
    test('may not be another any more in a version that lets no organization say so', () => {
      const before = variant('vygl', 'strict', 1, () => ({}));
      const after = variant('strict', 'strict', 2, ({ policies }) => ({
        policies: { ...policies, overridable: ['seats'] },
      }));
      const adopt = { from: 1, to: 2, sha256: after.sha256, remap: {} };
      given([
        founded(before, olga),
        invited(ines, olga, { held: 'viewer' }),
        policies({ 'invitation.matchEmail': false }),
        by(olga, { type: 'organization.catalogue_adopt', ...adopt }),
      ])
        .when(accept, link(ines, 1, { address: other.address }), { as: ines })
        .thenRefused('invitation.email_mismatch');
    });
    test('may not be another member’s', () => {
      given([vygl, invited(mia, olga, { held: 'viewer' })])
        .when(
          accept,
          { ...link(mia), newcomer: newcomer(ivan, { address: mia.address }) },
          { as: ivan },
        )
        .thenRefused('member.identity_taken');
    });
  });

  describe('the inviter', () => {
    const fromAdam = invited(ines, adam, { held: 'member' });
    test('must be active still', () => {
      for (const event of [
        { type: 'member.deactivate', member: adam.member, cause: 'direct' },
        { type: 'member.remove', member: adam.member, reason: 'left' },
      ] as const) {
        given([vygl, fromAdam, by(olga, event)])
          .when(accept, link(), { as: ines })
          .thenRefused('invitation.inviter_lost_authority');
      }
    });
    test('must be allowed to assign these roles still', () => {
      given([vygl, fromAdam, by(olga, demoted(adam, 'admin', 'member'))])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
      given([
        vygl,
        invited(ines, olga, { held: 'owner' }),
        joined(ivan, 'owner'),
        by(ivan, demoted(olga, 'owner', 'admin')),
      ])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
    });
    test('must be allowed to invite still, whatever the subset rule lets them pass on', () => {
      given([
        mondoo,
        invited(ines, ed, { held: 'viewer' }),
        by(olga, demoted(ed, 'editor', 'viewer')),
      ])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
    });
    test('who keeps enough is good', () => {
      given([
        vygl,
        invited(ines, olga, { held: 'member' }),
        joined(ivan, 'owner'),
        by(ivan, demoted(olga, 'owner', 'admin')),
      ])
        .when(accept, link(), { as: ines })
        .thenLike([accepted()]);
    });
    test('is the last who resent', () => {
      const resent = (who: Someone): MembershipEvent[] => [
        {
          type: 'member.invite_resend',
          invitation: invitationId('ines'),
          generation: 2,
          expiresAt: days(7),
        },
        { type: 'member.remove', member: who.member, reason: 'removed' },
      ];
      given([vygl, fromAdam, by(olga, resent(adam))])
        .when(accept, link(ines, 2), { as: ines })
        .thenLike([accepted(ines, { generation: 2 })]);
      given([vygl, open, by(adam, resent(adam))])
        .when(accept, link(ines, 2), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
    });
    test('who left is no hindrance where policy keeps invitations; one who is there and may not, is', () => {
      const keep = policies({ 'invitation.onInviterLoss': 'keep' });
      const left = by(adam, { type: 'member.remove', member: adam.member, reason: 'left' });
      given([vygl, fromAdam, keep, left]).when(accept, link(), { as: ines }).thenLike([accepted()]);
      given([vygl, fromAdam, keep, by(olga, demoted(adam, 'admin', 'viewer'))])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
    });
    test('of one who left, kept by policy, no team is taken that gives more than they could', () => {
      const history = [
        mondoo,
        policies({ 'invitation.onInviterLoss': 'keep' }),
        by(olga, teamOf('core', [])),
        invited(ines, ed, { teams: ['core'] }),
        by(ed, { type: 'member.remove', member: ed.member, reason: 'left' }),
      ];
      given(history)
        .when(accept, link(), { as: ines })
        .thenLike([accepted(ines, { grants: [], teams: [team('core')] })]);
      const raised = (to: string) =>
        by(olga, {
          type: 'team.role_change',
          team: team('core'),
          added: [grant('core2', to)],
          removed: [],
          cause: 'direct',
        });
      given([...history, raised('viewer')])
        .when(accept, link(), { as: ines })
        .thenLike([accepted(ines, { grants: [], teams: [team('core')] })]);
      given([...history, raised('owner')])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
    });
    test('who left and came back is another member, and sent nothing', () => {
      const back = { ...joined(adam, 'admin'), member: 'mem_adam2' as MemberId };
      const then = { ...adam.actor, member: adam.member };
      const sent = invited(ines, adam, { held: 'member', by: then });
      const again = [vygl, sent, by(olga, removed(adam)), back];
      given(again)
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
      given([again, policies({ 'invitation.onInviterLoss': 'keep' })])
        .when(accept, link(), { as: ines })
        .thenLike([accepted()]);
    });
    test('whose role has ended by time may not', () => {
      const timed = joined(ivan, { role: 'admin', expiresAt: hours(2) });
      const held = { role: 'member', expiresAt: hours(2) };
      const history = [vygl, timed, invited(ines, ivan, { held })];
      given(history)
        .when(accept, link(), { as: ines, at: hours(1) })
        .thenLike([accepted()]);
      const longer = [vygl, timed, invited(ines, ivan, { held: 'member' })];
      given(longer)
        .when(accept, link(), { as: ines, at: hours(3) })
        .thenRefused('invitation.inviter_lost_authority');
    });
    test('an invitation into a team gives its roles as they are now', () => {
      const history = [
        mondoo,
        by(olga, teamOf('core', ['viewer'])),
        invited(ines, ed, { teams: ['core'] }),
      ];
      given(history)
        .when(accept, link(), { as: ines })
        .thenLike([accepted(ines, { grants: [], teams: [team('core')] })]);
      const raised = by(olga, {
        type: 'team.role_change',
        team: team('core'),
        added: [grant('core', 'owner')],
        removed: [],
        cause: 'direct',
      });
      given([history, raised])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
    });
    test('may be the platform’s', () => {
      given([vygl, invited(ines, root, { held: 'owner' })])
        .when(accept, link(), { as: ines })
        .thenLike([accepted()]);
      const iam = [PLATFORM_HISTORY, joined(ivan, 'mondoo/iam-manager')];
      given([mondoo, invited(ines, ivan, { held: 'owner' })])
        .when(accept, link(), { as: ines, platform: iam })
        .thenLike([accepted()]);
      given([mondoo, invited(ines, ivan, { held: 'owner' })])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
    });
    test('may be the service itself', () => {
      given([vygl, invited(ines, olga, { held: 'member', by: system('configuration') })])
        .when(accept, link(), { as: ines })
        .thenLike([accepted()]);
    });
    test('may be a key, as long as it is good', () => {
      const minted: MembershipEvent = keyFor(adam.member);
      const history = [
        vygl,
        by(adam, minted),
        invited(ines, adam, { held: 'member', by: key('k') }),
      ];
      given(history).when(accept, link(), { as: ines }).thenLike([accepted()]);
      given([history, by(adam, { type: 'api_key.revoke', key: keyId('k') })])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
      given([
        history,
        by(olga, { type: 'member.deactivate', member: adam.member, cause: 'direct' }),
      ])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.inviter_lost_authority');
    });
  });

  describe('seats: active members', () => {
    test('are asked for a newcomer', () => {
      given([vygl, open, policies({ seats: 3 })])
        .when(accept, link(), { as: ines })
        .thenRefused('seats.exhausted');
      given([vygl, open, invited(ivan, olga, { held: 'member' }), policies({ seats: 4 })])
        .when(accept, link(), { as: ines })
        .thenLike([accepted()]);
    });
    test('a member takes no second one', () => {
      given([vygl, invited(mia, olga, { held: 'admin' }), policies({ seats: 3 })])
        .when(accept, link(mia), { as: mia })
        .thenLike([accepted(mia, { replaced: [grantId('mia_member')] })]);
    });
  });

  describe('a person who joined meanwhile', () => {
    const elsewhere = invited(vic, olga, {
      id: 'other',
      held: ['editor', 'viewer', 'viewer@north'],
    });
    const command = { ...link(vic), invitation: invitationId('other') };
    test('Mondoo: gets the union, as the member they are', () => {
      given([mondoo, elsewhere])
        .when(accept, command, { as: vic })
        .thenLike([
          {
            type: 'member.accept',
            member: vic.member,
            grants: [{ role: 'editor' }, { role: 'viewer', scope: space('north') }],
            replaced: [],
          },
        ]);
    });
    test('and its teams, but no second place in one', () => {
      const history = [
        mondoo,
        by(olga, [...teamOf('core', ['viewer'], [vic]), ...teamOf('more', ['viewer'])]),
        invited(vic, olga, { id: 'other', teams: ['core', 'more'] }),
      ];
      given(history)
        .when(accept, command, { as: vic })
        .thenLike([{ teams: [team('more')] }]);
    });
    test('one role: the invited one in place of the held one', () => {
      given([vygl, invited(mia, olga, { held: 'admin' })])
        .when(accept, link(mia), { as: mia })
        .thenLike([
          accepted(mia, { grants: [grant('inv_mia', 'admin')], replaced: [grantId('mia_member')] }),
        ]);
    });
    test('one role: what is held ends now, also where the invited one is yet to begin', () => {
      const later = { role: 'admin', notBefore: days(1) };
      given([vygl, invited(mia, olga, { held: later })])
        .when(accept, link(mia), { as: mia })
        .thenLike([accepted(mia, { grants: [later], replaced: [grantId('mia_member')] })]);
    });
    test('one role: under the last-holder rule', () => {
      given([vygl, invited(olga, root, { held: 'viewer', by: root })])
        .when(accept, link(olga), { as: olga })
        .thenRefused('member.last_holder');
      given([vygl, joined(ivan, 'owner'), invited(olga, root, { held: 'viewer', by: root })])
        .when(accept, link(olga), { as: olga })
        .thenLike([accepted(olga, { replaced: [grantId('olga_owner')] })]);
    });
    test('one role: one that has ended by time is in nobody’s way', () => {
      const timed = joined(ivan, { role: 'admin', expiresAt: hours(-1) });
      given([vygl, timed, invited(ivan, olga, { held: 'member' })])
        .when(accept, link(ivan), { as: ivan })
        .thenLike([accepted(ivan, { grants: [{ role: 'member' }] })]);
    });
    test('one role: one that is yet to begin gives way as well', () => {
      const timed = joined(ivan, { role: 'admin', notBefore: hours(5) });
      given([vygl, timed, invited(ivan, olga, { held: 'member' })])
        .when(accept, link(ivan), { as: ivan })
        .thenLike([accepted(ivan, { replaced: [grantId('ivan_admin')] })]);
    });
    test('Mondoo classic: a base role in place of the base role there, further ones beside Viewer', () => {
      const accepting = (held: string[], more: string[]) =>
        given([classic, joined(ivan, held), invited(ivan, olga, { held: more })]).when(
          accept,
          link(ivan),
          {
            as: ivan,
          },
        );
      accepting(['viewer'], ['viewer', 'policy-editor']).thenLike([
        accepted(ivan, { grants: [{ role: 'policy-editor' }], replaced: [] }),
      ]);
      accepting(['viewer', 'policy-editor'], ['viewer', 'ticket-manager']).thenLike([
        accepted(ivan, { grants: [{ role: 'ticket-manager' }], replaced: [] }),
      ]);
      accepting(['editor'], ['viewer', 'policy-editor']).thenLike([
        accepted(ivan, { replaced: [grantId('ivan_editor')] }),
      ]);
      accepting(['viewer', 'policy-editor'], ['editor']).thenLike([
        accepted(ivan, {
          grants: [{ role: 'editor' }],
          replaced: [grantId('ivan_viewer'), grantId('ivan_policy-editor')],
        }),
      ]);
      accepting(['viewer@north'], ['editor']).thenLike([accepted(ivan, { replaced: [] })]);
    });
    test('is not let in while deactivated', () => {
      given([
        vygl,
        invited(mia, olga, { held: 'admin' }),
        by(olga, { type: 'member.deactivate', member: mia.member, cause: 'direct' }),
      ])
        .when(accept, link(mia), { as: mia })
        .thenRefused('member.inactive');
    });
    test('who was provisioned and never signed in is recognised by the address', () => {
      given([
        mondoo,
        by(system('scim'), provisioned(ivan, 'viewer')),
        invited(ivan, olga, { id: 'x', held: 'editor' }),
      ])
        .when(accept, { ...link(ivan), invitation: invitationId('x') }, { as: ivan })
        .thenLike([{ type: 'member.accept', member: ivan.member, user: ivan.user }]);
    });
    test('who was removed comes back as a new member', () => {
      const history = [
        vygl,
        by(olga, { type: 'member.remove', member: mia.member, reason: 'removed' }),
        invited(mia, olga, { id: 'again', held: 'member' }),
      ];
      given(history)
        .when(accept, { ...link(mia), invitation: invitationId('again') }, { as: mia })
        .thenLike([{ type: 'member.accept', member: 'mem_again' as MemberId, user: mia.user }]);
    });
  });

  describe('what became of it meanwhile', () => {
    test('a deleted space is left out; with nothing left the link is dead', () => {
      const gone = by(olga, { type: 'space.delete', space: space('north') });
      given([mondoo, invited(ines, olga, { held: ['viewer@north', 'viewer@south'] }), gone])
        .when(accept, link(), { as: ines })
        .thenLike([accepted(ines, { grants: [{ role: 'viewer', scope: space('south') }] })]);
      given([mondoo, invited(ines, olga, { held: 'viewer@north' }), gone])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.link_invalid');
    });
    test('a deleted team is left out; with nothing left the link is dead', () => {
      const teams = by(olga, teamOf('core', ['viewer']));
      const gone = by(olga, { type: 'team.delete', team: team('core') });
      given([mondoo, teams, invited(ines, olga, { held: 'viewer', teams: ['core'] }), gone])
        .when(accept, link(), { as: ines })
        .thenLike([accepted(ines, { teams: [] })]);
      given([mondoo, teams, invited(ines, olga, { teams: ['core'] }), gone])
        .when(accept, link(), { as: ines })
        .thenRefused('invitation.link_invalid');
    });
    test('a deactivated space makes nobody lose authority', () => {
      given([
        mondoo,
        invited(ines, olga, { held: 'viewer@north' }),
        by(olga, { type: 'space.deactivate', space: space('north') }),
      ])
        .when(accept, link(), { as: ines })
        .thenLike([accepted()]);
    });
    test('a custom role retired for another gives the other', () => {
      const defined: MembershipEvent = {
        type: 'role.define',
        role: role('role_x'),
        name: 'X',
        scopes: ['organization'],
        permissions: [],
      };
      given([
        mondoo,
        by(olga, defined),
        invited(ines, olga, { held: 'role_x' }),
        by(olga, { type: 'role.retire', role: role('role_x'), remapTo: role('viewer') }),
      ])
        .when(accept, link(), { as: ines })
        .thenLike([accepted(ines, { grants: [{ role: 'viewer' }] })]);
    });
  });

  describe('acting for', () => {
    test('a trusted service of the platform may; any other may not', () => {
      given([vygl, open])
        .when(accept, link(), { as: account('trusted', ines) })
        .thenLike([accepted()]);
      given([vygl, open])
        .when(accept, link(), { as: account('rogue', ines) })
        .thenRefused('permission.denied');
      const local = by(olga, machine('local'));
      given([mondoo, local, invited(ines, olga, { held: 'viewer' })])
        .when(accept, link(), { as: account('local', ines) })
        .thenRefused('permission.denied');
    });
  });

  test('who lands by several invitations of one address joins them all', () => {
    const history = [
      mondoo,
      invited(ines, olga, { held: 'viewer@north' }),
      invited(ines, olga, { id: 'south', held: 'viewer@south' }),
      policies({ seats: 4 }),
    ];
    const first = given(history).when(accept, link(), { as: ines }).after();
    expect(first.members.get(ines.member)?.status).toBe('active');
    given([
      history,
      by(ines, {
        ...accepted(),
        displayEmail: ines.address.displayEmail,
        name: null,
        grants: [],
      } as never),
    ])
      .when(accept, { ...link(), invitation: invitationId('south') }, { as: ines })
      .thenLike([
        { type: 'member.accept', member: ines.member, grants: [{ scope: space('south') }] },
      ]);
  });

  test('the right to resend is enough for who resent', () => {
    const split = variant('vygl', 'split', 1, (content) => ({
      permissions: {
        ...content.permissions,
        members: [...(content.permissions['members'] as string[]), 'resend'],
      },
      operations: { ...content.operations, resend_invitation: 'members:resend' as never },
      roles: content.roles.map((one) =>
        one.id === 'member' ? { ...one, permissions: [...one.permissions, 'members:resend'] } : one,
      ),
      delegation: content.delegation.map((one) =>
        one.holder === 'member' ? { ...one, mayAssign: [role('viewer')] } : one,
      ),
    }));
    const history = [
      founded(split, olga, [mia, 'member']),
      invited(ines, olga, { held: 'viewer' }),
      by(mia, {
        type: 'member.invite_resend',
        invitation: invitationId('ines'),
        generation: 2,
        expiresAt: days(7),
      }),
    ];
    given(history)
      .when(accept, link(ines, 2), { as: ines, at: NOW })
      .thenLike([accepted(ines, { generation: 2 })]);
  });
});
