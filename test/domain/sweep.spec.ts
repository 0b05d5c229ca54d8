import { describe, expect, test } from '@jest/globals';
import { sweep, type Place } from '#domain/decide/sweep.js';
import { becomesDue } from '#domain/decide/agenda.js';
import type { Permission, RoleId } from '#domain/ids.js';
import type { MembershipEvent, RevokeReason } from '#domain/events.js';
import {
  by,
  days,
  fold,
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
  NOW,
  people,
  PLATFORM_HISTORY,
  role,
  root,
  someone,
  space,
  system,
  team,
  teamOf,
  contextOf,
  variant,
  type Held,
  type History,
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
/** Where the event says that something is due. */
const placesOf = (event: MembershipEvent): Place[] =>
  becomesDue(event, NOW).map(({ place }) => place);
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
  test('and where the last it invites to ends before, then', () => {
    const expired = { type: 'member.invite_expire', invitation: invitationId('ines') } as const;
    const sent = invited(ines, olga, { held: { role: 'member', expiresAt: hours(1) } });
    const { event } = [sent].flat(9).at(-1) as { event: MembershipEvent };
    expect(becomesDue(event, NOW)).toContainEqual(expect.objectContaining({ at: hours(1) }));
    given([vygl, sent])
      .when(sweep, all, { ...sweeper, at: hours(0.99) })
      .thenNothing();
    given([vygl, sent])
      .when(sweep, all, { ...sweeper, at: hours(1) })
      .then([expired]);
    const place = { held: { role: 'viewer', expiresAt: hours(1) }, teams: ['core'] };
    given([mondoo, by(olga, teamOf('core', [])), invited(ines, olga, place)])
      .when(sweep, all, { ...sweeper, at: hours(1) })
      .thenNothing();
  });
  test('and is looked at then, whatever became of it meanwhile', () => {
    const expired = { type: 'member.invite_expire', invitation: invitationId('ines') } as const;
    const ending = { role: 'viewer', expiresAt: hours(1) };
    const to = (held: Held | Held[], teams: string[] = []) => invited(ines, olga, { held, teams });
    const resent: MembershipEvent = {
      type: 'member.invite_resend',
      invitation: invitationId('ines'),
      generation: 2,
      expiresAt: days(7),
    };
    const north: MembershipEvent = { type: 'space.delete', space: space('north') };
    const core: MembershipEvent = { type: 'team.delete', team: team('core') };
    for (const meanwhile of [
      [to(ending), by(olga, resent)],
      [to([ending, 'viewer@north']), by(olga, north)],
      [to(ending, ['core']), by(olga, core)],
    ]) {
      const history = [mondoo, by(olga, teamOf('core', [])), meanwhile];
      const items = new Map(
        meanwhile.flat(9).flatMap((entry) => {
          const { event } = entry as { event: MembershipEvent };
          return becomesDue(event, NOW).map((due) => [due.item, due] as const);
        }),
      );
      const places = [...items.values()].flatMap((due) =>
        NOW < due.at && due.at <= hours(1) ? [due.place] : [],
      );
      given(history)
        .when(sweep, { ...all, places }, { ...sweeper, at: hours(1) })
        .then([expired]);
    }
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
      const suspended = by(root, { type: 'organization.suspend' });
      given([vygl, fromAdam, suspended]).when(sweep, all, sweeper).thenNothing();
      const platform = [PLATFORM_HISTORY, joined(robin, 'mondoo/iam-manager')];
      given([mondoo, invited(ines, robin, { held: 'viewer' }), suspended])
        .when(sweep, all, { ...sweeper, platform })
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

  describe('what its inviter may not give any more is revoked', () => {
    const lost = [revoked('ines', 'inviter_lost_authority')];
    const changed = (removed: string, ...added: Held[]): MembershipEvent => ({
      type: 'member.role_change',
      member: ed.member,
      added: added.map((one) => grant('ed_now', one)),
      removed: [grantId(removed)],
      cause: 'direct',
    });
    const fromEd = invited(ines, ed, { held: 'viewer' });
    /** Swept everywhere, and only where the last event says that something is due. */
    const thenSwept = (history: History, last: History, facts: readonly object[]): void => {
      given([history, last]).when(sweep, all, sweeper).thenLike(facts);
      const { event } = last.flat(9).at(-1) as { event: MembershipEvent };
      given([history, last])
        .when(sweep, { ...all, places: placesOf(event) }, sweeper)
        .thenLike(facts);
    };

    test('the inviter’s roles were taken away', () => {
      const history = [mondoo, fromEd];
      thenSwept(history, by(olga, changed('ed_editor', 'viewer')), lost);
      thenSwept(history, by(olga, changed('ed_editor', 'owner')), []);
    });
    test('the inviter’s team lost them, or the inviter its place there', () => {
      const history = [
        founded('mondoo', olga, [ed, 'viewer']),
        by(olga, teamOf('core', ['editor'], [ed])),
        fromEd,
      ];
      const place = { team: team('core'), member: ed.member, source: 'direct' } as const;
      const emptied: MembershipEvent = {
        type: 'team.role_change',
        team: team('core'),
        added: [],
        removed: [grantId('core_editor')],
        cause: 'direct',
      };
      thenSwept(history, by(olga, emptied), lost);
      thenSwept(history, by(olga, { type: 'team.member_remove', ...place }), lost);
      thenSwept(history, by(olga, { type: 'team.delete', team: place.team }), lost);
    });
    test('the team invited to was raised above the inviter', () => {
      const history = [
        mondoo,
        by(olga, teamOf('core', ['viewer'])),
        invited(ines, ed, { teams: ['core'] }),
      ];
      const raised = (to: string): MembershipEvent => ({
        type: 'team.role_change',
        team: team('core'),
        added: [grant('raised', to)],
        removed: [],
        cause: 'direct',
      });
      thenSwept(history, by(olga, raised('owner')), lost);
      thenSwept(history, by(olga, raised('editor')), []);
    });
    test('the custom role invited to was raised, or another took its place', () => {
      const custom = role('role_x');
      const history = [
        mondoo,
        by(olga, {
          type: 'role.define',
          role: custom,
          name: 'X',
          scopes: ['organization'],
          permissions: ['assets:view' as Permission],
        }),
        invited(ines, ed, { held: 'role_x' }),
      ];
      const raised = { type: 'role.change', role: custom } as const;
      const permission = 'organizations:delete' as Permission;
      thenSwept(history, by(olga, { ...raised, permissions: [permission] }), lost);
      thenSwept(history, by(olga, { ...raised, permissions: [] }), []);
      const retired = { type: 'role.retire', role: custom } as const;
      thenSwept(history, by(olga, { ...retired, remapTo: role('owner') }), lost);
      thenSwept(history, by(olga, { ...retired, remapTo: role('viewer') }), []);
    });
    test('another catalogue version put another role in its place', () => {
      const [first, second] = [1, 2].map((version) =>
        variant('mondoo', 'moving', version, () => ({})),
      );
      const adopted = (remap: Record<string, RoleId>): MembershipEvent => ({
        type: 'organization.catalogue_adopt',
        from: 1,
        to: 2,
        sha256: second!.sha256,
        remap,
      });
      const history = [founded(first!, olga, [ed, 'editor']), fromEd];
      thenSwept(history, by(olga, adopted({ viewer: role('owner') })), lost);
      thenSwept(history, by(olga, adopted({})), []);
    });
    test('the inviter’s space was deleted, its other invitations stay', () => {
      const history = [
        founded('mondoo', olga, [ed, ['viewer', 'owner@north']]),
        invited(ines, ed, { held: ['viewer@north', 'viewer@south'] }),
        invited(ivan, olga, { held: 'viewer@south' }),
      ];
      thenSwept(history, by(olga, { type: 'space.delete', space: space('north') }), lost);
    });
    test('the inviter was deactivated', () => {
      const event: MembershipEvent = {
        type: 'member.deactivate',
        member: ed.member,
        cause: 'direct',
      };
      thenSwept([mondoo, fromEd], by(olga, event), [revoked('ines', 'inviter_left')]);
    });
    test('the inviter’s role ended by time, and not a moment before', () => {
      // A viewer may pass on what a viewer has, and not invite anybody.
      const timed = joined(ivan, ['viewer', { role: 'editor', expiresAt: hours(2) }]);
      const history = [mondoo, timed, invited(ines, ivan, { held: 'viewer' })];
      const places = becomesDue(timed, days(-1)).map(({ place, at }) => [place, at] as const);
      expect(places).toEqual([[ivan.member, hours(2)]]);
      const there = { ...all, places: [ivan.member] };
      given(history)
        .when(sweep, there, { ...sweeper, at: hours(1.99) })
        .thenNothing();
      given(history)
        .when(sweep, there, { ...sweeper, at: hours(2) })
        .thenLike([...lost, { type: 'member.grant_expire' }]);
    });
    test('the key it was sent with expired', () => {
      const made: MembershipEvent = {
        type: 'api_key.create',
        key: keyId('k'),
        owner: 'organization',
        name: 'k',
        scopes: [],
        expiresAt: hours(1),
        secretHash: '',
      };
      const [due] = becomesDue(made, NOW);
      expect(due).toMatchObject({ at: hours(1), place: keyId('k') });
      const history = [
        mondoo,
        by(olga, made),
        invited(ines, olga, { held: 'viewer', by: key('k') }),
      ];
      given(history)
        .when(sweep, { ...all, places: [due!.place] }, { ...sweeper, at: hours(1) })
        .thenLike([revoked('ines', 'inviter_left')]);
    });
    test('the key it was sent with is to end, and what it gave would outlast it', () => {
      const made: MembershipEvent = {
        type: 'api_key.create',
        key: keyId('k'),
        owner: olga.member,
        name: 'k',
        scopes: [],
        secretHash: '',
      };
      const history = [
        mondoo,
        by(olga, made),
        invited(ines, olga, { held: 'viewer', by: key('k') }),
      ];
      given(history).when(sweep, all, sweeper).thenNothing();
      const ends: MembershipEvent = { type: 'api_key.change', key: keyId('k'), expiresAt: days(9) };
      expect(becomesDue(ends, NOW)).toContainEqual(
        expect.objectContaining({ place: keyId('k'), at: NOW }),
      );
      thenSwept(history, by(olga, ends), lost);
    });
    test('the policy turned to revoking, what was kept goes', () => {
      const policy = (value: 'keep' | 'revoke'): MembershipEvent => ({
        type: 'organization.policy_change',
        changes: { 'invitation.onInviterLoss': value },
      });
      const history = [
        mondoo,
        fromEd,
        by(olga, policy('keep')),
        by(ed, { type: 'member.remove', member: ed.member, reason: 'left' }),
      ];
      given(history).when(sweep, all, sweeper).thenNothing();
      thenSwept(history, by(olga, policy('revoke')), [revoked('ines', 'inviter_left')]);
    });
    test('keeping is for those who left: who is there and may not is no such one', () => {
      const keep = by(olga, {
        type: 'organization.policy_change',
        changes: { 'invitation.onInviterLoss': 'keep' },
      });
      thenSwept([mondoo, fromEd, keep], by(olga, changed('ed_editor', 'viewer')), lost);
    });
    test('nobody has lost a right because the organization is suspended', () => {
      const suspended = by(root, { type: 'organization.suspend' });
      const resumed = by(root, { type: 'organization.resume' });
      const demoted = by(olga, changed('ed_editor', 'viewer'));
      given([mondoo, fromEd, suspended]).when(sweep, all, sweeper).thenNothing();
      given([mondoo, fromEd, demoted, suspended]).when(sweep, all, sweeper).thenNothing();
      thenSwept([mondoo, fromEd, demoted, suspended], resumed, lost);
    });
    test('nor because a space is deactivated', () => {
      const history = [
        founded('mondoo', olga, [ed, 'owner@north']),
        invited(ines, ed, { held: 'viewer@north' }),
      ];
      given([history, by(olga, { type: 'space.deactivate', space: space('north') })])
        .when(sweep, all, sweeper)
        .thenNothing();
    });
    test('only at the places named', () => {
      const demoted = by(olga, changed('ed_editor', 'viewer'));
      for (const places of [[], [olga.member], [invitationId('other')]]) {
        given([mondoo, fromEd, demoted])
          .when(sweep, { ...all, places }, sweeper)
          .thenNothing();
      }
      for (const place of [invitationId('ines'), ed.user, ed.member, 'invitations'] as const) {
        given([mondoo, fromEd, demoted])
          .when(sweep, { ...all, places: [place, place] }, sweeper)
          .thenLike(lost);
      }
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
        .when(sweep, { limit: 1, places: placesOf(deletion) }, sweeper)
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
      .when(sweep, { ...all, places: placesOf(left), lostOnly: true }, sweeper)
      .then([revoked('ines', 'inviter_left')]);
    const other: MembershipEvent = { ...left, member: olga.member };
    given(history)
      .when(sweep, { ...all, places: placesOf(other), lostOnly: true }, sweeper)
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
