import { describe, test } from '@jest/globals';
import { type Invite, invite, inviteAll } from '#domain/decide/invitation.js';
import type { CommandId, MemberId } from '#domain/ids.js';
import { later } from '#domain/ids.js';
import {
  address,
  by,
  days,
  founded,
  given,
  grant,
  hours,
  invitationId,
  invited,
  joined,
  NOW,
  people,
  role,
  someone,
  space,
  team,
  teamOf,
  variant,
  type Someone,
  policies,
} from '../support/given.js';

const { olga, adam, mia, vic, ed, sam, ines, ivan, stranger } = people(
  'olga',
  'adam',
  'mia',
  'vic',
  'ed',
  'sam',
  'ines',
  'ivan',
  'stranger',
);
const vygl = founded('vygl', olga, [adam, 'admin'], [mia, 'member']);
const wasviking = founded('wasviking', olga, [adam, 'Manager'], [mia, 'Analyst']);
const mondoo = founded('mondoo', olga, [ed, 'editor'], [vic, 'viewer'], [sam, 'owner@north']);

interface Wanted {
  readonly role: string;
  readonly space?: string;
  readonly expiresAt?: ReturnType<typeof hours>;
  readonly notBefore?: ReturnType<typeof hours>;
}
/** An invitation of somebody to roles: `member`, or `viewer@north`. */
const to = (one: Someone, roles: (string | Wanted)[], more: Partial<Invite> = {}): Invite => ({
  invitation: invitationId('new'),
  member: 'mem_new' as MemberId,
  address: one.address,
  grants: roles.map((wanted) => {
    const {
      role: id,
      space: where,
      ...times
    } = typeof wanted === 'string'
      ? { role: wanted.split('@')[0]!, space: wanted.split('@')[1] }
      : wanted;
    return {
      role: role(id),
      scope: where === undefined ? ('organization' as const) : space(where),
      ...times,
    };
  }),
  teams: [],
  onExisting: 'reject',
  ...more,
});
const emitted = (one: Someone, more: object = {}) => ({
  type: 'member.invite',
  invitation: invitationId('new'),
  member: 'mem_new',
  tag: one.address.tag,
  email: one.address.email,
  displayEmail: one.address.displayEmail,
  teams: [],
  expiresAt: days(7),
  generation: 1,
  ...more,
});

describe('invite', () => {
  test('emits, good for the policy’s time', () => {
    given(vygl)
      .when(invite, to(ines, ['member']), { as: adam })
      .then([
        {
          ...emitted(ines),
          grants: [{ id: 'grant_1', role: 'member', scope: 'organization' }],
        } as never,
      ]);
  });
  test('carries message, batch and join request', () => {
    const more = {
      message: { subject: 'mem_new', sealed: 'welcome' },
      batch: 'cmd_9' as CommandId,
      joinRequest: 'request_1',
    };
    given(vygl)
      .when(invite, to(ines, ['member'], more), { as: adam })
      .thenLike([emitted(ines, more)]);
  });
  test('the same invitation again changes nothing', () => {
    given([vygl, invited(ines, olga, { held: 'member' })])
      .when(invite, to(ines, ['member'], { invitation: invitationId('ines') }), { as: adam })
      .thenNothing();
  });
  test('an id that has ended is not raised from the dead', () => {
    const revoked = by(olga, {
      type: 'member.invite_revoke',
      invitation: invitationId('ines'),
      reason: 'asked',
    });
    given([vygl, invited(ines, olga, { held: 'member' }), revoked])
      .when(invite, to(ines, ['member'], { invitation: invitationId('ines') }), { as: adam })
      .thenNothing();
  });
  test('refuses whom the organization does not know, and who may not', () => {
    given(vygl)
      .when(invite, to(ines, ['member']), { as: stranger })
      .thenRefused('organization.not_found');
    given(vygl)
      .when(invite, to(ines, ['viewer']), { as: mia })
      .thenRefused('permission.denied');
  });
  test('who may not invite learns nothing of roles', () => {
    given(vygl)
      .when(invite, to(ines, ['nobody']), { as: mia })
      .thenRefused('permission.denied');
  });

  describe('roles', () => {
    test.each([
      ['nobody', 'role.unknown'],
      ['agent@north', 'role.not_invitable'],
      ['scim-identity-manager', 'role.not_invitable'],
      ['org-member', 'role.not_invitable'],
      ['space-member@north', 'role.not_invitable'],
      ['policy-editor', 'role.wrong_scope'],
      ['billing-manager@north', 'role.wrong_scope'],
      ['viewer@nowhere', 'space.not_found'],
    ] as const)('Mondoo: %s is refused', (id, code) => {
      given(mondoo)
        .when(invite, to(ines, [id]), { as: olga })
        .thenRefused(code);
    });
    test('none at all is refused', () => {
      given(mondoo).when(invite, to(ines, []), { as: olga }).thenRefused('role.count');
    });
    test('Mondoo: as many as one likes, two base roles and a specialized one alone too', () => {
      for (const roles of [
        ['viewer', 'policy-editor@north', 'team-manager'],
        ['viewer', 'editor'],
        ['team-manager'],
      ]) {
        given(mondoo)
          .when(invite, to(ines, roles), { as: olga })
          .thenLike([emitted(ines, { grants: roles.map((id) => ({ role: id.split('@')[0] })) })]);
      }
    });
    test('the same role twice is once', () => {
      given(mondoo)
        .when(invite, to(ines, ['viewer', 'viewer']), { as: olga })
        .thenLike([emitted(ines, { grants: [{ role: 'viewer' }] })]);
    });
    test('WASViking, Vygl and CVE project: one', () => {
      given(wasviking)
        .when(invite, to(ines, ['Analyst', 'ReadOnly']), { as: olga })
        .thenRefused('role.count');
      given(vygl)
        .when(invite, to(ines, ['member', 'viewer']), { as: olga })
        .thenRefused('role.count');
      given(founded('cve-project', olga))
        .when(invite, to(ines, ['analyst', 'viewer']), { as: olga })
        .thenRefused('role.count');
    });
    test('Mondoo classic: exactly one base role at each scope, further ones only beside Viewer', () => {
      const classic = founded('mondoo-classic', olga);
      for (const roles of [
        ['viewer', 'editor'],
        ['policy-editor'],
        ['editor', 'policy-editor'],
        ['viewer', 'policy-editor@north'],
      ]) {
        given(classic).when(invite, to(ines, roles), { as: olga }).thenRefused('role.count');
      }
      for (const roles of [
        ['editor'],
        ['viewer', 'policy-editor', 'ticket-manager'],
        ['viewer@north', 'editor@south'],
        ['viewer@north', 'policy-editor@north', 'editor'],
      ]) {
        given(classic)
          .when(invite, to(ines, roles), { as: olga })
          .thenLike([emitted(ines)]);
      }
    });
    test('Mondoo classic: a further role lasts no longer than its Viewer', () => {
      const classic = founded('mondoo-classic', olga);
      const until = { role: 'viewer', expiresAt: days(30) };
      given(classic)
        .when(invite, to(ines, [until, 'policy-editor']), { as: olga })
        .thenRefused('role.count');
      given(classic)
        .when(invite, to(ines, [until, { role: 'policy-editor', expiresAt: days(20) }]), {
          as: olga,
        })
        .thenLike([emitted(ines)]);
      // One base role after another is one at a time.
      given(classic)
        .when(invite, to(ines, [until, { role: 'editor', notBefore: days(30) }]), { as: olga })
        .thenLike([emitted(ines)]);
      given(classic)
        .when(invite, to(ines, [until, { role: 'editor', notBefore: days(29) }]), { as: olga })
        .thenRefused('role.count');
    });
    test('times lie in the future and the right way round', () => {
      for (const times of [
        { notBefore: hours(-1) },
        { expiresAt: NOW },
        { expiresAt: hours(-1) },
        { notBefore: hours(2), expiresAt: hours(2) },
      ]) {
        given(vygl)
          .when(invite, to(ines, [{ role: 'member', ...times }]), { as: olga })
          .thenRefused('grant.times_invalid');
      }
      const times = { notBefore: hours(1), expiresAt: hours(2) };
      given(vygl)
        .when(invite, to(ines, [{ role: 'member', ...times }]), { as: olga })
        .thenLike([emitted(ines, { grants: [{ role: 'member', ...times }] })]);
    });
  });

  describe('delegation', () => {
    test.each([
      [wasviking, adam, 'Admin'],
      [vygl, adam, 'owner'],
      [mondoo, olga, 'iam-manager'],
      [mondoo, ed, 'owner'],
      [mondoo, ed, 'team-manager'],
      [founded('mondoo-classic', olga, [ed, 'editor']), ed, 'owner'],
    ] as const)('nobody invites above what they may assign (%#)', (history, as, id) => {
      given(history)
        .when(invite, to(ines, [id]), { as })
        .thenRefused('delegation.may_not_assign');
    });
    test('a space’s Owner invites to that space alone', () => {
      given(mondoo)
        .when(invite, to(ines, ['owner@north']), { as: sam })
        .thenLike([emitted(ines)]);
      for (const roles of [['viewer@south'], ['viewer'], ['viewer@north', 'viewer@south']]) {
        given(mondoo).when(invite, to(ines, roles), { as: sam }).thenRefused('permission.denied');
      }
    });
    test('Mondoo: IAM Manager invites IAM Managers and Owners', () => {
      const history = [mondoo, joined(ivan, 'iam-manager')];
      given(history)
        .when(invite, to(ines, ['iam-manager', 'owner']), { as: ivan })
        .thenLike([emitted(ines)]);
    });
    test('what rests on an expiring role is not given beyond its end', () => {
      const history = [vygl, joined(ivan, { role: 'admin', expiresAt: days(10) })];
      given(history)
        .when(invite, to(ines, ['member']), { as: ivan })
        .thenRefused('delegation.beyond_expiry');
      given(history)
        .when(invite, to(ines, [{ role: 'member', expiresAt: later(days(10), 1) }]), { as: ivan })
        .thenRefused('delegation.beyond_expiry');
      given(history)
        .when(invite, to(ines, [{ role: 'member', expiresAt: days(10) }]), { as: ivan })
        .thenLike([emitted(ines)]);
    });
  });

  describe('teams', () => {
    test('inviting into a team is assigning its roles', () => {
      const history = [
        mondoo,
        by(olga, teamOf('editors', ['editor'])),
        by(olga, teamOf('owners', ['owner'])),
      ];
      const into = (name: string) => to(ines, [], { teams: [team(name), team(name)] });
      given(history)
        .when(invite, into('editors'), { as: ed })
        .thenLike([emitted(ines, { teams: [team('editors')], grants: [] })]);
      given(history)
        .when(invite, into('owners'), { as: ed })
        .thenRefused('delegation.may_not_assign');
      given(history)
        .when(invite, into('owners'), { as: olga })
        .thenLike([emitted(ines, { teams: [team('owners')] })]);
      given(history).when(invite, into('nowhere'), { as: olga }).thenRefused('team.not_found');
    });
    test('and asks for the right to invite where the team is', () => {
      const history = [mondoo, by(olga, teamOf('core', []))];
      given(history)
        .when(invite, to(ines, [], { teams: [team('core')] }), { as: sam })
        .thenRefused('permission.denied');
    });
  });

  describe('domains', () => {
    const at = (email: string) => someone('ines', email);
    test('WASViking: the own domains only, no free or disposable provider', () => {
      for (const email of ['ines@other.com', 'ines@gmail.com', 'ines@mailinator.com']) {
        given(wasviking)
          .when(invite, to(at(email), ['Analyst']), { as: adam })
          .thenRefused('email.domain_refused');
      }
      given(wasviking)
        .when(invite, to(ines, ['Analyst']), { as: adam })
        .thenLike([emitted(ines)]);
    });
    test('WASViking: external ones where the organization’s policy allows', () => {
      const history = [wasviking, policies({ 'emailDomains.external': 'allow' })];
      given(history)
        .when(invite, to(at('ines@other.com'), ['Analyst']), { as: adam })
        .thenLike([emitted(at('ines@other.com'))]);
      given(history)
        .when(invite, to(at('ines@gmail.com'), ['Analyst']), { as: adam })
        .thenRefused('email.domain_refused');
      given([wasviking, policies({ 'emailDomains.own': ['acme.com', 'other.com'] })])
        .when(invite, to(at('ines@other.com'), ['Analyst']), { as: adam })
        .thenLike([emitted(at('ines@other.com'))]);
    });
    test('Mondoo: anybody, unless the organization says otherwise', () => {
      given(mondoo)
        .when(invite, to(at('ines@gmail.com'), ['viewer']), { as: olga })
        .thenLike([emitted(at('ines@gmail.com'))]);
      given([mondoo, policies({ 'emailDomains.providers': 'refuse' })])
        .when(invite, to(at('ines@gmail.com'), ['viewer']), { as: olga })
        .thenRefused('email.domain_refused');
    });
  });

  describe('expiry', () => {
    test('is the one asked for, from one hour to thirty days', () => {
      for (const seconds of [3600, 30 * 86_400]) {
        given(vygl)
          .when(invite, to(ines, ['member'], { expiresIn: seconds }), { as: adam })
          .thenLike([emitted(ines, { expiresAt: later(NOW, seconds * 1000) })]);
      }
      for (const seconds of [3599, 30 * 86_400 + 1]) {
        given(vygl)
          .when(invite, to(ines, ['member'], { expiresIn: seconds }), { as: adam })
          .thenRefused('invitation.expiry_out_of_range');
      }
    });
    test('is the organization’s policy where none is asked for', () => {
      given([vygl, policies({ 'invitation.ttl': 86_400 })])
        .when(invite, to(ines, ['member']), { as: adam })
        .thenLike([emitted(ines, { expiresAt: days(1) })]);
    });
  });

  describe('somebody who is in already', () => {
    test('is not invited to what they have', () => {
      given(vygl)
        .when(invite, to(mia, ['member']), { as: adam })
        .thenRefused('member.exists');
      const history = [mondoo, by(olga, teamOf('core', ['viewer'], [vic]))];
      given(history)
        .when(invite, to(vic, ['viewer'], { teams: [team('core')] }), { as: olga })
        .thenRefused('member.exists');
    });
    test('is invited to more', () => {
      given(vygl)
        .when(invite, to(mia, ['admin']), { as: adam })
        .thenLike([emitted(mia)]);
      given(mondoo)
        .when(invite, to(vic, ['viewer', 'team-manager']), { as: olga })
        .thenLike([emitted(vic)]);
    });
    test('a role that has ended by time is none, though nobody wrote it down', () => {
      const history = [mondoo, joined(ivan, { role: 'viewer', expiresAt: hours(-1) })];
      given(history)
        .when(invite, to(ivan, ['viewer']), { as: olga })
        .thenLike([emitted(ivan)]);
    });
    test('for a time is invited to the same for longer, or from earlier on, not for less', () => {
      const held = (times: Omit<Wanted, 'role'>) => [
        mondoo,
        joined(ivan, { role: 'viewer', ...times }),
      ];
      const asking = (times: object) => to(ivan, [{ role: 'viewer', ...times }]);
      for (const times of [{}, { expiresAt: days(3) }]) {
        given(held({ expiresAt: days(2) }))
          .when(invite, asking(times), { as: olga })
          .thenLike([emitted(ivan)]);
      }
      given(held({ expiresAt: days(2) }))
        .when(invite, asking({ expiresAt: days(2) }), { as: olga })
        .thenRefused('member.exists');
      const later = held({ notBefore: days(1), expiresAt: days(3) });
      given(later)
        .when(invite, asking({ expiresAt: days(3) }), { as: olga })
        .thenLike([emitted(ivan)]);
      given(later)
        .when(invite, asking({ notBefore: days(2), expiresAt: days(3) }), { as: olga })
        .thenRefused('member.exists');
    });
    test('but deactivated is reactivated, not invited', () => {
      given([vygl, by(adam, { type: 'member.deactivate', member: mia.member, cause: 'direct' })])
        .when(invite, to(mia, ['admin']), { as: adam })
        .thenRefused('member.inactive');
    });
    test('who was removed is invited as somebody new', () => {
      given([vygl, by(adam, { type: 'member.remove', member: mia.member, reason: 'removed' })])
        .when(invite, to(mia, ['member']), { as: adam })
        .thenLike([emitted(mia)]);
    });
  });

  describe('an open invitation of the address at one of the scopes', () => {
    const history = [vygl, invited(ines, olga, { held: 'viewer' })];
    test('is in the way', () => {
      given(history)
        .when(invite, to(ines, ['member']), { as: adam })
        .thenRefused('invitation.pending_exists');
    });
    test('is resent where asked, as it was', () => {
      given(history)
        .when(invite, to(ines, ['member'], { onExisting: 'resend', expiresIn: 3600 }), { as: adam })
        .then([
          {
            type: 'member.invite_resend',
            invitation: invitationId('ines'),
            generation: 2,
            expiresAt: hours(1),
          },
        ]);
    });
    test('is replaced where asked', () => {
      given(history)
        .when(invite, to(ines, ['member'], { onExisting: 'replace' }), { as: adam })
        .thenLike([
          { type: 'member.invite_revoke', invitation: invitationId('ines'), reason: 'replaced' },
          emitted(ines),
        ]);
    });
    test('is replaced only by who may revoke it', () => {
      given([vygl, invited(ines, olga, { held: 'owner' })])
        .when(invite, to(ines, ['member'], { onExisting: 'replace' }), { as: adam })
        .thenRefused('delegation.may_not_manage');
    });
    test('is resent only by who may assign what it gives', () => {
      given([vygl, invited(ines, olga, { held: 'owner' })])
        .when(invite, to(ines, ['member'], { onExisting: 'resend' }), { as: adam })
        .thenRefused('delegation.may_not_assign');
    });
    test('is not in the way once its time is over, swept or not', () => {
      given([vygl, invited(ines, olga, { held: 'viewer', expiresAt: NOW })])
        .when(invite, to(ines, ['member']), { as: adam })
        .thenLike([emitted(ines)]);
    });
    test('is not in the way at another scope', () => {
      given([mondoo, invited(ines, olga, { held: 'viewer@south' })])
        .when(invite, to(ines, ['viewer@north']), { as: sam })
        .thenLike([emitted(ines)]);
    });
    test('counts where a team of it is', () => {
      const teams = [
        mondoo,
        by(olga, teamOf('core', ['viewer'])),
        invited(ines, olga, { teams: ['core'] }),
      ];
      given(teams)
        .when(invite, to(ines, ['editor']), { as: olga })
        .thenRefused('invitation.pending_exists');
    });
    test('is not in the way at a space that is no more', () => {
      const history = [
        mondoo,
        invited(ines, olga, { held: ['viewer@north', 'viewer@south'] }),
        by(olga, { type: 'space.delete', space: space('north') }),
      ];
      given(history)
        .when(invite, to(ines, ['viewer']), { as: olga })
        .thenLike([emitted(ines)]);
      given(history)
        .when(invite, to(ines, ['viewer@south']), { as: olga })
        .thenRefused('invitation.pending_exists');
    });
  });

  describe('seats: active members and open invitations', () => {
    const seats = (count: number) => [vygl, policies({ seats: count })];
    test('one is left, or none', () => {
      given(seats(4))
        .when(invite, to(ines, ['member']), { as: adam })
        .thenLike([emitted(ines)]);
      given(seats(3))
        .when(invite, to(ines, ['member']), { as: adam })
        .thenRefused('seats.exhausted');
      given([seats(4), invited(ivan, olga, { held: 'member' })])
        .when(invite, to(ines, ['member']), { as: adam })
        .thenRefused('seats.exhausted');
    });
    test('an expired invitation and a deactivated member take none', () => {
      given([seats(4), invited(ivan, olga, { held: 'member', expiresAt: NOW })])
        .when(invite, to(ines, ['member']), { as: adam })
        .thenLike([emitted(ines)]);
      given([
        seats(3),
        by(olga, { type: 'member.deactivate', member: mia.member, cause: 'direct' }),
      ])
        .when(invite, to(ines, ['member']), { as: adam })
        .thenLike([emitted(ines)]);
    });
    test('an invitation to what is gone takes none, before the sweeper has looked', () => {
      const full = [mondoo, policies({ seats: 5 }), by(olga, teamOf('core', []))];
      const next = to(ines, ['viewer']);
      for (const [what, gone] of [
        [{ held: 'viewer@north' }, { type: 'space.delete', space: space('north') }],
        [{ teams: ['core'] }, { type: 'team.delete', team: team('core') }],
      ] as const) {
        const history = [full, invited(ivan, olga, what)];
        given(history).when(invite, next, { as: olga }).thenRefused('seats.exhausted');
        given([history, by(olga, gone)])
          .when(invite, next, { as: olga })
          .thenLike([emitted(ines)]);
      }
    });
    test('one to what has ended takes none, and stands in nobody’s way', () => {
      const held = [1, 2].map((index) => ({
        role: index === 1 ? 'viewer@north' : 'editor@north',
        expiresAt: hours(index),
      }));
      const history = [mondoo, policies({ seats: 5 }), invited(ivan, olga, { held })];
      for (const next of [to(ines, ['viewer']), to(ivan, ['viewer@north'])]) {
        const refused =
          next.address === ivan.address ? 'invitation.pending_exists' : 'seats.exhausted';
        given(history)
          .when(invite, next, { as: olga, at: hours(1.99) })
          .thenRefused(refused);
        given(history)
          .when(invite, next, { as: olga, at: hours(2) })
          .thenLike([{ type: 'member.invite' }]);
      }
    });
    test('one address takes one seat, however often it is invited', () => {
      const history = [
        mondoo,
        policies({ seats: 5 }),
        invited(ines, olga, { held: 'viewer@south' }),
      ];
      given(history)
        .when(invite, to(ines, ['viewer@north']), { as: olga })
        .thenLike([emitted(ines)]);
      given(history)
        .when(invite, to(ivan, ['viewer@north']), { as: olga })
        .thenRefused('seats.exhausted');
      given([
        history,
        invited(ines, olga, { id: 'again', held: 'viewer@north' }),
        policies({ seats: 6 }),
      ])
        .when(invite, to(ivan, ['viewer@north']), { as: olga })
        .thenLike([emitted(ivan)]);
    });
    test('a member who is invited to more takes no second one', () => {
      given(seats(3))
        .when(invite, to(mia, ['admin']), { as: adam })
        .thenLike([emitted(mia)]);
      given([seats(4), invited(mia, olga, { held: 'admin' })])
        .when(invite, to(ines, ['member']), { as: adam })
        .thenLike([emitted(ines)]);
    });
    test('replacing an invitation needs no further seat', () => {
      given([seats(4), invited(ines, olga, { held: 'viewer' })])
        .when(invite, to(ines, ['member'], { onExisting: 'replace' }), { as: adam })
        .thenLike([{ type: 'member.invite_revoke' }, emitted(ines)]);
    });
    test('service accounts do not count', () => {
      const history = [
        mondoo,
        policies({ seats: 5 }),
        by(olga, {
          type: 'service_account.create',
          account: 'svc_a' as never,
          name: 'a',
          grants: [grant('a', 'agent@north')],
        }),
      ];
      given(history)
        .when(invite, to(ines, ['viewer']), { as: olga })
        .thenLike([emitted(ines)]);
    });
    test('a catalogue can set them too', () => {
      const small = variant('vygl', 'small', 1, ({ policies: of }) => ({
        policies: { ...of, seats: 1 },
      }));
      given(founded(small, olga))
        .when(invite, to(ines, ['member']), { as: olga })
        .thenRefused('seats.exhausted');
    });
  });

  test('not into a deactivated space', () => {
    given([mondoo, by(olga, { type: 'space.deactivate', space: space('north') })])
      .when(invite, to(ines, ['viewer@north']), { as: olga })
      .thenRefused('space.inactive');
  });
});

describe('invite many, all or none', () => {
  const row = (one: Someone, roles: string[], name: string) =>
    to(one, roles, { invitation: invitationId(name), member: `mem_${name}` as MemberId });

  test('emits them in order', () => {
    given(vygl)
      .when(inviteAll, [row(ines, ['member'], 'a'), row(ivan, ['viewer'], 'b')], { as: adam })
      .thenLike([
        { type: 'member.invite', invitation: 'inv_a', tag: ines.address.tag },
        { type: 'member.invite', invitation: 'inv_b', tag: ivan.address.tag },
      ]);
  });
  test('each row is decided on what the ones before make', () => {
    const twice = [row(ines, ['member'], 'a'), row(ines, ['viewer'], 'b')];
    given(vygl).when(inviteAll, twice, { as: adam }).thenRefused('invitation.pending_exists');
    given([vygl, policies({ seats: 4 })])
      .when(inviteAll, [row(ines, ['member'], 'a'), row(ivan, ['viewer'], 'b')], { as: adam })
      .thenRefused('seats.exhausted');
  });
  test('no rows tell nobody that there is such an organization', () => {
    given(vygl).when(inviteAll, [], { as: stranger }).thenRefused('organization.not_found');
    given(vygl).when(inviteAll, [], { as: adam }).thenNothing();
  });
  test('none where one is refused', () => {
    const other = someone('x', 'x@gmail.com');
    given(wasviking)
      .when(inviteAll, [row(ines, ['Analyst'], 'a'), row(other, ['Analyst'], 'b')], { as: adam })
      .thenRefused('email.domain_refused');
  });
  test('addresses that differ only by tag are different people', () => {
    const again = { ...ines, address: address('ines+2@acme.com') };
    given(vygl)
      .when(inviteAll, [row(ines, ['member'], 'a'), row(again, ['member'], 'b')], { as: adam })
      .thenLike([{ type: 'member.invite' }, { type: 'member.invite' }]);
  });
});
