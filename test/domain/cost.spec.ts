/** What the fold and the rules cost must not grow with what they are not about: counted, in rows. */
import { describe, expect, test } from '@jest/globals';
import { becomesDue } from '#domain/decide/agenda.js';
import { invite, inviteAll, type Invite } from '#domain/decide/invitation.js';
import { sweep } from '#domain/decide/sweep.js';
import type { MembershipEvent } from '#domain/events.js';
import { overlay, type Organization } from '#domain/state.js';
import {
  by,
  contextOf,
  fold,
  founded,
  hours,
  invitationId,
  invited,
  joined,
  NOW,
  people,
  role,
  someone,
  space,
  system,
  team,
  teamOf,
  type History,
} from '../support/given.js';
import { rowsRead } from '../support/rows-read.js';

const { olga, ed, ines } = people('olga', 'ed', 'ines');
const custom = role('role_x');
const crowd = (count: number, what: string): History =>
  Array.from({ length: count }, (_, index) => joined(someone(`${what}${index}`), 'viewer'));
const waiting = (count: number, what = 'guest'): History =>
  Array.from({ length: count }, (_, index) =>
    invited(someone(`${what}${index}`), olga, {
      held: 'viewer',
      expiresAt: hours(1 + index / 100),
    }),
  );

/** So many members and open invitations that nothing here is about; and the same few that it is. */
const organization = (size: number): Organization =>
  fold([
    founded('mondoo', olga, [ed, 'editor']),
    by(olga, [
      { type: 'organization.policy_change', changes: { seats: 1_000_000 } },
      { type: 'role.define', role: custom, name: 'X', scopes: ['space'], permissions: [] },
      ...teamOf('core', ['viewer@north']),
      joined(someone('nora'), ['viewer', 'viewer@north', 'role_x@south']),
    ]),
    invited(ines, ed, { held: ['viewer@north', 'role_x@south'] }),
    crowd(size, 'crowd'),
    waiting(size),
  ]);
const small = organization(10);
const large = organization(10_000);

/** Moments are counted in nine lengths of stretches, at most 31 of each beside the one asked. */
const ASKING_A_MOMENT = 9 * 32;

const someNew = someone('newcomer');
const EVENTS: readonly MembershipEvent[] = [
  joined(someNew, 'viewer'),
  {
    type: 'member.invite_resend',
    invitation: invitationId('ines'),
    generation: 2,
    expiresAt: hours(9),
  },
  { type: 'member.invite_expire', invitation: invitationId('ines') },
  { type: 'member.invite_revoke', invitation: invitationId('ines'), reason: 'asked' },
  { type: 'member.deactivate', member: ed.member, cause: 'direct' },
  { type: 'member.remove', member: ed.member, reason: 'removed' },
  { type: 'space.delete', space: space('north') },
  { type: 'team.delete', team: team('core') },
  { type: 'role.retire', role: custom, remapTo: role('viewer') },
  {
    type: 'organization.catalogue_adopt',
    from: 1,
    to: 2,
    sha256: '',
    remap: { role_x: role('viewer') },
  },
];

describe('an event costs the same in a small and in a huge organization', () => {
  test.each(EVENTS.map((event) => [event.type, event] as const))('%s', async (_, event) => {
    const cost = (of: Organization): Promise<number> => {
      const over = overlay(of);
      return rowsRead(() => fold(by(olga, event, NOW), over));
    };
    expect(await cost(large)).toBe(await cost(small));
  });

  test('and at event 10 as at event 100,000', async () => {
    /** Somebody comes, changes, leaves. */
    const life = (index: number): readonly MembershipEvent[] => {
      const who = someone(`life${index}`);
      return [
        joined(who, 'viewer'),
        {
          type: 'member.role_change',
          member: who.member,
          added: [],
          removed: [],
          cause: 'direct',
        },
        { type: 'member.deactivate', member: who.member, cause: 'direct' },
        { type: 'member.reactivate', member: who.member, cause: 'direct' },
        { type: 'member.remove', member: who.member, reason: 'left' },
      ];
    };
    const state = fold(founded('mondoo', olga));
    const early = await rowsRead(() => fold(by(olga, life(0)), state));
    const started = performance.now();
    for (let index = 1; index < 20_000; index++) fold(by(olga, life(index)), state);
    const each = ((performance.now() - started) / 100_000) * 1000;
    const late = await rowsRead(() => fold(by(olga, life(20_000)), state));
    console.log(`evolve: ${each.toFixed(1)} µs an event; ${early} rows early, ${late} rows late`);
    // Late, the oldest of what has ended is forgotten for each that ends.
    expect(late).toBeLessThanOrEqual(early + 2 * 5);
  });
});

describe('where seats are limited', () => {
  const to = (name: string): Invite => ({
    invitation: invitationId(name),
    member: someone(name).member,
    address: someone(name).address,
    grants: [{ role: role('viewer'), scope: 'organization' }],
    teams: [],
    onExisting: 'reject',
  });
  const one = (of: Organization): Promise<number> =>
    rowsRead(() => invite(to('more'), contextOf(of, { as: olga }))(of));

  test('one invitation costs the same with 10,000 open ones', async () => {
    const costs = [await one(small), await one(large)] as const;
    console.log(`invite: ${costs[0]} rows with 10 open invitations, ${costs[1]} with 10,000`);
    expect(costs[1] - costs[0]).toBeLessThanOrEqual(ASKING_A_MOMENT);
  });

  test('1,000 rows that are decided as one cost ten times what 100 do', async () => {
    const all = (count: number): Promise<number> => {
      const rows = Array.from({ length: count }, (_, index) => to(`row${index}`));
      return rowsRead(() => inviteAll(rows, contextOf(small, { as: olga }))(small));
    };
    const [few, many] = [await all(100), await all(1000)];
    console.log(`inviteAll: ${few / 100} rows read for each of 100, ${many / 1000} of 1,000`);
    expect(many / 1000).toBeLessThan(2 * (few / 100));
  });
});

describe('a sweep costs what is due', () => {
  const sweeper = { as: system('sweeper') };
  test('where it is told to look', async () => {
    const left: MembershipEvent = { type: 'member.remove', member: ed.member, reason: 'left' };
    const cost = (of: Organization): Promise<number> => {
      const over = fold(by(olga, left, NOW), overlay(of));
      const places = becomesDue(left, NOW).map(({ place }) => place);
      return rowsRead(() => {
        const events = sweep({ limit: 500, places }, contextOf(over, sweeper))(over);
        expect(events).toMatchObject([{ invitation: 'inv_ines', reason: 'inviter_left' }]);
      });
    };
    expect(await cost(large)).toBe(await cost(small));
  });
});
