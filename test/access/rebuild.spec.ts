/** Organizations that could not be read, and what the index is once they are folded again. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Recorded } from '#domain/events.js';
import type {
  ApiKeyId,
  Instant,
  MemberId,
  OrganizationId,
  Permission,
  ServiceAccountId,
  UserId,
} from '#domain/ids.js';
import { ENDED_MEMORY } from '#domain/state.js';
import { decide } from '#access/decide.js';
import { PermissionIndex } from '#access/permission-index.js';
import { find } from '#access/principals.js';
import { whereabouts, type WhereQuestion } from '#access/whereabouts.js';
import { DamagedEvent } from '#eventlog/event-log.js';
import { kept, stored, storedHistory } from './begun.js';
import { dump } from './dump.js';
import { created, joined, PUBLISHED } from './facts.js';
import { histories } from './histories.js';
import type { Happened } from './oracle.js';

const acme = 'acme' as OrganizationId;
const NOW = '2026-04-01T00:00:00.000Z' as Instant;

const on = (organization: string, event: object): Happened =>
  ({ stream: `organization-${organization}`, event }) as Happened;

async function* of(organization: string, events: readonly Recorded[]): AsyncGenerator<Recorded> {
  for (const one of events) if (one.stream === `organization-${organization}`) yield one;
}

const lose = (index: PermissionIndex, { stream, revision, position }: Recorded): void =>
  index.lose(new DamagedEvent(stream, revision, 'not what was written', position));

const membersOf = (index: PermissionIndex, organization = acme): string[] => [
  ...index.organization(organization).organization.members.keys(),
];

const founded = (...organizations: string[]): Happened[] => [
  ...PUBLISHED,
  ...organizations.map((organization) => on(organization, created('works'))),
];

test('each member is there once, and nobody of another organization, whatever comes', async () => {
  const events = await stored([
    ...founded('acme', 'beta'),
    on('acme', joined('ann', { role: 'viewer' })),
    on('acme', joined('bob', { role: 'viewer' })),
    on('acme', { type: 'member.remove', member: 'mem_ann', reason: 'removed' }),
    on('beta', joined('zoe', { role: 'viewer' })),
  ]);
  const index = new PermissionIndex();
  for (const one of events.slice(0, -2)) index.apply(one);
  await index.refold(acme, of('acme', events.slice(0, -2)));
  expect(membersOf(index)).toEqual(['mem_ann', 'mem_bob']);
  for (const one of events.slice(-2)) index.apply(one);
  expect(membersOf(index)).toEqual(['mem_bob']);
});

test('what a team held that went meanwhile is nobody’s, whoever is put into it', async () => {
  const held = { id: 'grant_crew', role: 'viewer', scope: 'organization' };
  const events = await stored([
    ...founded('acme'),
    on('acme', joined('ann', { role: 'clerk' })),
    on('acme', { type: 'team.create', team: 'team_1', name: 'One', scope: 'organization' }),
    on('acme', {
      type: 'team.role_change',
      team: 'team_1',
      cause: 'direct',
      added: [held],
      removed: [],
    }),
    on('acme', { type: 'space.create', space: 'space_1', name: 'One' }),
    on('acme', { type: 'team.delete', team: 'team_1' }),
    on('acme', { type: 'team.member_add', team: 'team_1', member: 'mem_ann', source: 'direct' }),
  ]);
  const index = new PermissionIndex();
  for (const one of events.slice(0, -3)) index.apply(one);
  lose(index, events.at(-3)!);
  await index.refold(acme, of('acme', events.slice(0, -1)));
  index.apply(events.at(-1)!);
  const ann = 'mem_ann' as MemberId;
  expect(index.check(acme, ann, 'documents:view' as Permission, undefined, 0).reason).toBe(
    'no_role',
  );
});

test('what the lost event brought is in lists', async () => {
  const events = await stored([
    ...founded('acme'),
    on('acme', { type: 'space.create', space: 'space_1', name: 'One' }),
    on('acme', joined('ann', { role: 'viewer' })),
  ]);
  const index = new PermissionIndex();
  for (const one of events.slice(0, -2)) index.apply(one);
  lose(index, events.at(-2)!);
  index.apply(events.at(-1)!);
  await index.refold(acme, of('acme', events));
  expect([...index.directory.spaces(acme)]).toEqual(['space_1']);
});

test('whoever leaves and comes again meanwhile is there once, in however many organizations', async () => {
  const places = Array.from({ length: 18 }, (_, n) => `place_${n}` as OrganizationId);
  const as = (name: string) => ({ ...joined(name, { role: 'viewer' }), user: 'usr_ann' });
  const leaves = (name: string) => ({
    type: 'member.remove',
    member: `mem_${name}`,
    reason: 'left',
  });
  const events = await stored([
    ...founded(...places),
    ...places.map((place) => on(place, as(place))),
    ...places.slice(1).map((place) => on(place, leaves(place))),
    on(places[0]!, { type: 'organization.rename', name: 'lost' }),
    on(places[0]!, leaves(places[0]!)),
    on(places[0]!, as('again')),
  ]);
  const index = new PermissionIndex();
  for (const one of events.slice(0, -3)) index.apply(one);
  lose(index, events.at(-3)!);
  for (const one of events.slice(-2)) index.apply(one);
  const question = { principal: 'usr_ann', permission: 'documents:view' } as WhereQuestion;
  const where = () => whereabouts(index, question, { rows: 10 }, NOW).rows.map(({ row }) => row);
  expect(where()).toEqual([{ organization: places[0], quarantined: true }]);
  await index.refold(places[0]!, of(places[0]!, events));
  expect(membersOf(index, places[0])).toEqual(['mem_again']);
  expect(where()).toEqual([{ organization: places[0] }]);
});

test('of what has ended the same is known, however the index came to it', async () => {
  const keys = Array.from({ length: ENDED_MEMORY + 5 }, (_, n) => `key_${n}` as ApiKeyId);
  const key = { type: 'api_key.create', owner: 'mem_ann', name: '', scopes: [], secretHash: '' };
  const bot = 'svc_bot' as ServiceAccountId;
  const events = await stored([
    ...founded('acme'),
    on('acme', joined('ann')),
    on('acme', { type: 'service_account.create', account: bot, name: 'bot', grants: [] }),
    ...keys.map((id) => on('acme', { ...key, key: id })),
    on('acme', { type: 'service_account.delete', account: bot }),
    on('acme', { type: 'member.remove', member: 'mem_ann', reason: 'left' }),
  ]);
  const live = new PermissionIndex();
  for (const one of events) live.apply(one);
  const begun = await kept(live.copy(), events.at(-1)!);
  const rebuilt = new PermissionIndex();
  for (const one of events.slice(0, -2)) rebuilt.apply(one);
  lose(rebuilt, events.at(-2)!);
  rebuilt.apply(events.at(-1)!);
  await rebuilt.refold(acme, of('acme', events));
  for (const { directory } of [live, begun, rebuilt]) {
    expect(directory.home(bot)).toBeUndefined();
    expect(keys.filter((one) => directory.home(one) !== acme)).toEqual(keys.slice(0, 5));
  }
}, 30_000);

test('after losses, rebuilds and starts at random the index is the one from event 0', async () => {
  await fc.assert(
    fc.asyncProperty(
      histories(120, 0),
      fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
      async ({ moves }, choices) => {
        const events = await storedHistory(moves);
        const at = (choice: number): number => choice % events.length;
        const lost = new Set(choices.slice(0, 4).map(at));
        const repaired = new Map(
          choices.slice(4).map((one) => [at(one), ['acme', 'beta', 'platform'][one % 3]!]),
        );
        let index = new PermissionIndex();
        for (const [n, event] of events.entries()) {
          if (lost.has(n) && event.stream.startsWith('organization-')) lose(index, event);
          else index.apply(event);
          const id = repaired.get(n);
          if (id !== undefined) {
            await index.refold(id as OrganizationId, of(id, events.slice(0, n + 1)));
          }
          const copy = n % 40 === 39 ? index.copy() : undefined;
          if (copy !== undefined) index = await kept(copy, event);
        }
        for (const { stream } of index.faults()) {
          const id = stream.slice('organization-'.length);
          await index.refold(id as OrganizationId, of(id, events));
        }
        const anew = new PermissionIndex();
        for (const event of events) anew.apply(event);
        expect(dump(index)).toBe(dump(anew));
        asksAlike(index);
      },
    ),
    { numRuns: 15, endOnFailure: true },
  );
}, 60_000);

/** The columns say of everybody what the rules of the domain say. */
function asksAlike(index: PermissionIndex): void {
  for (const id of index.organizations()) {
    const { organization, catalogue, platform } = index.organization(id);
    const everybody = [
      ...organization.members.keys(),
      ...organization.memberByUser.keys(),
      'usr_nobody' as UserId,
    ];
    for (const who of everybody) {
      const standing = find(organization, catalogue, platform, who, NOW);
      for (const space of [undefined, ...organization.spaces.keys()]) {
        for (const permission of catalogue.permissions.keys()) {
          const told = index.check(id, who, permission, space, Date.parse(NOW));
          const place = { organization, catalogue };
          expect(told).toBe(decide(place, standing, permission, space ?? 'organization'));
        }
      }
    }
  }
}
