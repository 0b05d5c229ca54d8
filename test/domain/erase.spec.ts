import { describe, expect, test } from '@jest/globals';
import { erase, eraseInvitation, isLastOf } from '#domain/decide/erasure.js';
import type { MembershipEvent } from '#domain/events.js';
import type { MemberId } from '#domain/ids.js';
import {
  account,
  address,
  audra,
  by,
  catalogue,
  contextOf,
  fold,
  founded,
  given,
  hours,
  invitationId,
  invited,
  joined,
  keyId,
  newcomer,
  people,
  provisioned,
  root,
  system,
  teamOf,
  type Someone,
  machine,
  keyFor,
} from '../support/given.js';

const { olga, adam, mia, ed, vic, ivan, ines, robin, stranger } = people(
  'olga',
  'adam',
  'mia',
  'ed',
  'vic',
  'ivan',
  'ines',
  'robin',
  'stranger',
);
const wasviking = founded('wasviking', olga, [adam, 'Manager'], [mia, 'Analyst']);
const mondoo = founded('mondoo', olga, [ed, 'editor'], [vic, 'viewer'], [robin, 'iam-manager']);

const removed = (one: Someone) =>
  ({ type: 'member.remove', member: one.member, reason: 'erased' }) as const;
const deactivated = (one: Someone) =>
  ({ type: 'member.deactivate', member: one.member, cause: 'erased' }) as const;
const erased = (one: Someone, member: MemberId = one.member) =>
  ({ type: 'member.personal_data_erase', member, user: one.user }) as const;
const closed = (name: string): MembershipEvent[] => [
  { type: 'member.invite_revoke', invitation: invitationId(name), reason: 'erased' },
  {
    type: 'member.invite_erase',
    invitation: invitationId(name),
    member: `mem_${name}` as MemberId,
  },
];

describe('erase', () => {
  test('ends the membership and forgets the person', () => {
    given(mondoo)
      .when(erase, { member: vic.member }, { as: olga })
      .then([removed(vic), erased(vic)]);
  });
  test('where nobody is removed: deactivates for good, the id stays', () => {
    const when = given(wasviking).when(erase, { member: mia.member }, { as: olga });
    when.then([deactivated(mia), erased(mia)]);
    const member = given(wasviking)
      .when(erase, { member: mia.member }, { as: olga })
      .after()
      .members.get(mia.member);
    expect(member).toMatchObject({
      id: mia.member,
      status: 'inactive',
      cause: 'erased',
      tag: null,
    });
    expect(member?.user).toBeUndefined();
  });
  test('a deactivated one too', () => {
    given([wasviking, by(adam, { type: 'member.deactivate', member: mia.member, cause: 'direct' })])
      .when(erase, { member: mia.member }, { as: olga })
      .then([deactivated(mia), erased(mia)]);
  });
  test('closes every invitation to that address, expired ones too, and forgets them', () => {
    given([
      mondoo,
      invited(vic, olga, { id: 'one', held: 'editor' }),
      invited(vic, olga, { id: 'two', held: 'viewer@north', expiresAt: hours(-1) }),
      invited(ines, olga, { held: 'viewer' }),
    ])
      .when(erase, { member: vic.member }, { as: olga })
      .then([removed(vic), ...closed('one'), ...closed('two'), erased(vic)]);
  });
  test('forgets what was stored of the person before: memberships and ended invitations', () => {
    const again = joined(vic, 'viewer', 'configuration', { member: 'mem_again' as MemberId });
    const history = [
      mondoo,
      invited(vic, olga, { id: 'declined', held: 'editor' }),
      by(vic, [
        { type: 'member.invite_decline', invitation: invitationId('declined') },
        { type: 'member.remove', member: vic.member, reason: 'left' },
        again,
      ]),
    ];
    given(history)
      .when(erase, { user: vic.user }, { as: vic })
      .then([
        { type: 'member.remove', member: 'mem_again' as MemberId, reason: 'erased' },
        { type: 'member.personal_data_erase', member: 'mem_declined' as MemberId },
        erased(vic),
        erased(vic, 'mem_again' as MemberId),
      ]);
  });
  test('forgets other addresses by whose invitations somebody came in again', () => {
    const home = { ...vic, address: address('vic@home.example', vic.member) };
    const cameIn = (id: string, { address: { tag, email, displayEmail } }: Someone) =>
      by(vic, {
        type: 'member.accept',
        invitation: invitationId(id),
        generation: 1,
        ...newcomer(vic),
        ...{ tag, email, displayEmail },
        ...{ grants: [], replaced: [], teams: [] },
      });
    given([
      mondoo,
      invited(vic, olga, { id: 'two', held: 'editor' }),
      cameIn('two', vic),
      invited(home, olga, { id: 'three', held: 'editor' }),
      cameIn('three', home),
    ])
      .when(erase, { member: vic.member }, { as: olga })
      .then([
        { type: 'member.remove', member: vic.member, reason: 'erased' },
        erased(vic, 'mem_three' as MemberId),
        erased(vic, 'mem_two' as MemberId),
        erased(vic),
      ]);
  });
  test('forgets the address somebody had before another, and closes what is open for it', () => {
    const home = { ...vic, address: address('vic@home.example', vic.member) };
    const replaced = { type: 'member.invite_revoke', reason: 'replaced' } as const;
    const history = [
      mondoo,
      invited(vic, olga, { id: 'two', held: 'viewer@north' }),
      by(olga, { ...replaced, invitation: invitationId('two') }),
      invited(vic, olga, { id: 'three', held: 'viewer@north' }),
      invited(home, olga, { id: 'four', held: 'editor' }),
      by(vic, {
        type: 'member.accept',
        invitation: invitationId('four'),
        generation: 1,
        ...newcomer(vic),
        tag: home.address.tag,
        email: home.address.email,
        displayEmail: home.address.displayEmail,
        ...{ grants: [], replaced: [], teams: [] },
      }),
    ];
    const everything = [
      removed(vic),
      ...closed('three'),
      { type: 'member.personal_data_erase', member: 'mem_two' as MemberId },
      erased(vic, 'mem_four' as MemberId),
      erased(vic),
    ] as const;
    given(history).when(erase, { member: vic.member }, { as: olga }).then(everything);
    given(history).when(erase, { user: vic.user }, { as: vic }).then(everything);
    given([...history, by(olga, { type: 'member.remove', member: vic.member, reason: 'removed' })])
      .when(erase, { member: vic.member }, { as: olga })
      .thenLike([
        ...closed('three'),
        { member: 'mem_two' },
        { member: 'mem_four' },
        { member: vic.member },
      ]);
  });
  test('goes on where it stopped: the end comes first, the member that is named last', () => {
    const ids = Array.from({ length: 9 }, (_, index) => `again${index}`);
    const replaced = { type: 'member.invite_revoke', reason: 'replaced' } as const;
    const sent = ids.map((id, index) => [
      invited(vic, olga, { id, held: 'viewer@north' }),
      by(olga, index % 2 === 0 ? [] : { ...replaced, invitation: invitationId(id) }),
    ]);
    const leavers = [
      [mondoo, { member: vic.member }, olga],
      [mondoo, { member: vic.member }, vic],
      [mondoo, { user: vic.user, tag: vic.address.tag }, vic],
      [founded('wasviking', olga, [vic, 'Analyst']), { member: vic.member }, olga],
    ] as const;
    for (const [founding, command, as] of leavers) {
      const state = fold([founding, sent]);
      const written: MembershipEvent[] = [];
      for (let part = 0; part < 10; part++) {
        const events = erase(command, contextOf(state, { as }), 4)(state);
        written.push(...events);
        fold(by(as, events), state);
        if (part === 0) expect(state.members.get(vic.member)?.status).not.toBe('active');
        if (events.length < 4 || events.some((event) => isLastOf(command, event))) break;
      }
      expect(written.at(-1)).toEqual(erased(vic));
      const forgotten = written.flatMap((event) =>
        event.type === 'member.invite_erase' || event.type === 'member.personal_data_erase'
          ? [event.member]
          : [],
      );
      expect(forgotten.sort()).toEqual([...ids.map((id) => `mem_${id}`), vic.member].sort());
      expect([state.former.size, state.invitationsByTag.count(vic.address.tag)]).toEqual([0, 0]);
    }
  });
  test('a former member can be forgotten as well', () => {
    given([mondoo, by(olga, { type: 'member.remove', member: vic.member, reason: 'removed' })])
      .when(erase, { member: vic.member }, { as: olga })
      .then([erased(vic)]);
  });
  test('somebody provisioned who never signed in', () => {
    given([mondoo, by(system('scim'), provisioned(ivan, 'viewer'))])
      .when(erase, { member: ivan.member }, { as: olga })
      .then([removed(ivan), { type: 'member.personal_data_erase', member: ivan.member }]);
  });
  test('twice is once', () => {
    given([mondoo, by(olga, [removed(vic), erased(vic)])])
      .when(erase, { member: vic.member }, { as: olga })
      .thenNothing();
    given([mondoo, by(olga, [removed(vic), erased(vic)])])
      .when(erase, { user: vic.user }, { as: vic })
      .thenNothing();
    given([wasviking, by(olga, [deactivated(mia), erased(mia)])])
      .when(erase, { member: mia.member }, { as: olga })
      .thenNothing();
  });
  test('who is erased comes back as somebody new', () => {
    const state = given(wasviking).when(erase, { member: mia.member }, { as: olga }).after();
    expect(state.memberByTag.has(mia.address.tag)).toBe(false);
    expect(state.memberByUser.has(mia.user)).toBe(false);
    expect([...state.formerByTag.of(mia.address.tag)]).toEqual([]);
  });

  describe('by the person', () => {
    test('needs no permission and no delegation', () => {
      given(mondoo)
        .when(erase, { user: vic.user }, { as: vic })
        .then([removed(vic), erased(vic)]);
      given(mondoo)
        .when(erase, { member: robin.member }, { as: robin })
        .then([removed(robin), erased(robin)]);
    });
    test('also when deactivated, removed, or after the organization is deleted', () => {
      given([mondoo, by(olga, { type: 'member.deactivate', member: vic.member, cause: 'direct' })])
        .when(erase, { user: vic.user }, { as: vic })
        .then([removed(vic), erased(vic)]);
      given([mondoo, by(olga, { type: 'member.remove', member: vic.member, reason: 'removed' })])
        .when(erase, { user: vic.user }, { as: vic })
        .then([erased(vic)]);
      given([mondoo, by(olga, { type: 'organization.delete' })])
        .when(erase, { user: vic.user }, { as: vic })
        .then([removed(vic), erased(vic)]);
    });
    test('the last holder too, once the organization is deleted', () => {
      given([mondoo, by(olga, { type: 'organization.delete' })])
        .when(erase, { user: olga.user }, { as: olga })
        .then([removed(olga), erased(olga)]);
    });
    test('who was never here has nothing to forget', () => {
      given(mondoo).when(erase, { user: stranger.user }, { as: stranger }).thenNothing();
      given([])
        .when(erase, { user: stranger.user }, { as: stranger }, catalogue('mondoo'))
        .thenRefused('organization.not_found');
    });
    test('closes and forgets invitations to the address of somebody who never joined', () => {
      const history = [
        mondoo,
        invited(ines, olga, { id: 'one', held: 'viewer' }),
        invited(ines, olga, { id: 'two', held: 'viewer@north' }),
        invited(ivan, olga, { held: 'viewer' }),
        by(olga, {
          type: 'member.invite_revoke',
          invitation: invitationId('one'),
          reason: 'asked',
        }),
      ];
      const command = { user: ines.user, tag: ines.address.tag };
      given(history)
        .when(erase, command, { as: ines })
        .thenLike([
          ...closed('two'),
          { type: 'member.personal_data_erase', member: 'mem_one' },
          // The address this command came from.
          { type: 'member.personal_data_erase', user: ines.user },
        ]);
      given(history).when(erase, command, { as: ivan }).thenRefused('organization.not_found');
    });
    test('forgets the actor who is no member, where something is kept of one', () => {
      const command = { user: stranger.user, acted: true };
      given(mondoo)
        .when(erase, command, { as: stranger })
        .thenLike([{ type: 'member.personal_data_erase', user: stranger.user }]);
      given(mondoo)
        .when(erase, { user: vic.user, acted: true }, { as: vic })
        .then([removed(vic), erased(vic)]);
      const state = given(mondoo).when(erase, command, { as: stranger }).after();
      expect(state.members.size).toBe(4);
    });
    test('through a trusted service; no other may say it acts for somebody', () => {
      given(mondoo)
        .when(erase, { user: vic.user }, { as: account('trusted', vic) })
        .then([removed(vic), erased(vic)]);
      const local = by(olga, machine('local'));
      given([mondoo, local])
        .when(erase, { user: vic.user }, { as: account('local', vic) })
        .thenRefused('organization.not_found');
      given(mondoo)
        .when(erase, { user: vic.user }, { as: account('rogue', vic) })
        .thenRefused('organization.not_found');
    });
  });

  describe('by others', () => {
    test('asks for the right, at organization scope', () => {
      given(mondoo)
        .when(erase, { member: vic.member }, { as: ed })
        .thenRefused('permission.denied');
      given(wasviking)
        .when(erase, { member: mia.member }, { as: adam })
        .thenRefused('permission.denied');
      given([mondoo, joined(ivan, 'owner@north')])
        .when(erase, { member: vic.member }, { as: ivan })
        .thenRefused('permission.denied');
    });
    test('is a whole-member act', () => {
      given(mondoo)
        .when(erase, { member: robin.member }, { as: olga })
        .thenRefused('delegation.may_not_manage');
      given([mondoo, by(olga, teamOf('iam', ['iam-manager@north'], [vic]))])
        .when(erase, { member: vic.member }, { as: olga })
        .thenRefused('delegation.may_not_manage');
    });
    test('names a member: by user only the person and the platform', () => {
      given(mondoo).when(erase, { user: vic.user }, { as: olga }).thenRefused('permission.denied');
      given(mondoo)
        .when(erase, { user: stranger.user, tag: vic.address.tag }, { as: olga })
        .thenRefused('permission.denied');
      given(mondoo)
        .when(erase, { user: vic.user }, { as: stranger })
        .thenRefused('organization.not_found');
    });
    test('acts on somebody', () => {
      given(mondoo)
        .when(erase, { member: ivan.member }, { as: olga })
        .thenRefused('member.not_found');
      given(mondoo)
        .when(erase, { member: vic.member }, { as: stranger })
        .thenRefused('organization.not_found');
    });
    test('the platform, not its auditor', () => {
      given(mondoo)
        .when(erase, { user: vic.user }, { as: root })
        .then([removed(vic), erased(vic)]);
      given([mondoo, by(olga, { type: 'organization.delete' })])
        .when(erase, { user: vic.user }, { as: root })
        .then([removed(vic), erased(vic)]);
      given(mondoo).when(erase, { user: vic.user }, { as: audra }).thenRefused('permission.denied');
      const pending = [mondoo, invited(ivan, olga, { held: 'owner' })];
      const command = { invitation: invitationId('ivan'), member: ivan.member };
      const forgotten = [
        { type: 'member.invite_revoke', invitation: command.invitation, reason: 'erased' },
        { type: 'member.invite_erase', ...command },
      ] as const;
      for (const history of [pending, [pending, by(olga, { type: 'organization.delete' })]]) {
        given(history).when(eraseInvitation, command, { as: root }).then(forgotten);
        given(history)
          .when(eraseInvitation, command, { as: stranger })
          .thenRefused('organization.not_found');
      }
      given(pending).when(eraseInvitation, command, { as: audra }).thenRefused('permission.denied');
      given([])
        .when(eraseInvitation, command, { as: root }, catalogue('mondoo'))
        .thenRefused('organization.not_found');
    });
  });

  test('the last holder stays, whoever asks, in every catalogue', () => {
    for (const id of ['mondoo', 'mondoo-classic', 'wasviking', 'vygl', 'cve-project']) {
      for (const as of [olga, root]) {
        given(founded(id, olga))
          .when(erase, { member: olga.member }, { as })
          .thenRefused('member.last_holder');
      }
    }
    given([mondoo, joined(ivan, 'owner')])
      .when(erase, { user: olga.user }, { as: olga })
      .then([removed(olga), erased(olga)]);
  });

  test('keys of the erased stop, also where the member stays deactivated', () => {
    const history = [mondoo, by(vic, keyFor(vic.member))];
    expect(
      given(history).when(erase, { user: vic.user }, { as: vic }).after().apiKeys.has(keyId('k')),
    ).toBe(false);
  });
});

describe('erase an invitation', () => {
  const command = { invitation: invitationId('ines'), member: ines.member };
  test('revokes and forgets an open one', () => {
    given([mondoo, invited(ines, olga, { held: 'viewer' })])
      .when(eraseInvitation, command, { as: olga })
      .then(closed('ines'));
  });
  test('forgets an ended one; twice is once', () => {
    const declined = by(ines, { type: 'member.invite_decline', invitation: invitationId('ines') });
    given([mondoo, invited(ines, olga, { held: 'viewer' }), declined])
      .when(eraseInvitation, command, { as: olga })
      .then(closed('ines').slice(1));
    given([
      mondoo,
      invited(ines, olga, { held: 'viewer' }),
      declined,
      by(olga, closed('ines').slice(1)),
    ])
      .when(eraseInvitation, command, { as: olga })
      .thenNothing();
  });
  test('one that nobody knows is not taken for one that was forgotten', () => {
    const unknown = { invitation: invitationId('nobody') };
    given([mondoo])
      .when(eraseInvitation, unknown, { as: olga })
      .thenRefused('invitation.not_found');
    given([mondoo]).when(eraseInvitation, unknown, { as: ed }).thenRefused('permission.denied');
  });
  test('one that was accepted is a member’s', () => {
    const history = [
      mondoo,
      invited(ines, olga, { held: 'viewer' }),
      by(ines, {
        type: 'member.accept',
        invitation: invitationId('ines'),
        generation: 1,
        ...newcomer(ines),
        tag: ines.address.tag,
        email: ines.address.email,
        displayEmail: ines.address.displayEmail,
        grants: [],
        replaced: [],
        teams: [],
      }),
    ];
    given(history)
      .when(eraseInvitation, command, { as: olga })
      .thenRefused('invitation.not_pending');
  });
  test('names whom it was for, so that nobody else is forgotten with it', () => {
    const left = by(vic, { type: 'member.remove', member: vic.member, reason: 'left' });
    given([mondoo, left, invited(ines, olga, { held: 'viewer' })])
      .when(eraseInvitation, { ...command, member: vic.member }, { as: olga })
      .thenRefused('invitation.not_pending');
    const declined = by(ivan, { type: 'member.invite_decline', invitation: invitationId('ivan') });
    given([
      mondoo,
      invited(ivan, olga, { held: 'viewer' }),
      declined,
      invited(ines, olga, { held: 'viewer' }),
    ])
      .when(eraseInvitation, { ...command, member: ivan.member }, { as: olga })
      .thenRefused('invitation.not_found');
  });
  test('asks for the right and mayManage over its roles, its teams’ too', () => {
    given([mondoo, invited(ines, olga, { held: 'viewer' })])
      .when(eraseInvitation, command, { as: ed })
      .thenRefused('permission.denied');
    given([mondoo, invited(ines, robin, { held: 'iam-manager' })])
      .when(eraseInvitation, command, { as: olga })
      .thenRefused('delegation.may_not_manage');
    given([
      mondoo,
      by(robin, teamOf('iam', ['iam-manager'])),
      invited(ines, robin, { teams: ['iam'] }),
    ])
      .when(eraseInvitation, command, { as: olga })
      .thenRefused('delegation.may_not_manage');
  });
});
