/** Who gained and lost what: equals asking everything at both moments. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Instant, OrganizationId } from '#domain/ids.js';
import { Access } from '#access/access.js';
import type { DiffQuestion, DiffRow } from '#access/diff.js';
import { created, joined, PUBLISHED } from './facts.js';
import type { From } from '#access/stretch.js';
import { histories } from './histories.js';
import { TestLog } from './log.js';
import { judge } from './oracle.js';
import { START, World, type Event } from './world.js';

const USERS = ['usr_ann', 'usr_bob', 'usr_cyn', 'usr_dan', 'usr_eve'];
const PERMISSIONS = [
  ...['documents:view', 'documents:edit', 'documents:delete', 'members:view', 'members:manage'],
  ...['billing:view', 'billing:pay', 'spaces:create', 'spaces:view', 'spaces:reactivate'],
];
const acme = 'acme' as OrganizationId;
const one = <T>(list: readonly T[], choice: number): T => list[choice % list.length]!;

const world = (moves: Parameters<World['move']>[0][]): World => {
  const made = new World();
  for (const move of moves) made.move(move);
  return made;
};
test('two moments of one revision and one time are two where the platform went on between them', async () => {
  const noon = Date.parse('2026-03-01T12:00:00.000Z');
  const time = new Date(noon + 1000).toISOString() as Instant;
  const from = { time: new Date(noon).toISOString() as Instant };
  const happened = (stream: string, event: object, at = time) =>
    ({ stream: `organization-${stream}`, event, at }) as Event;
  const events = [
    ...(PUBLISHED as unknown as Event[]),
    happened('platform', created('platform'), from.time),
    happened('acme', created('works'), from.time),
    happened('acme', joined('ann', { role: 'owner' })),
    happened('platform', joined('pam', { role: 'works/viewer' })),
  ];
  await following(events, noon + 5000, async (access) => {
    const pam = async (to: DiffQuestion['to']) => {
      const { rows } = await access.diff({ organization: acme, from, to }, { rows: 1000 });
      return rows.filter(({ row }) => row.principal === 'usr_pam').map(({ row }) => row.change);
    };
    expect(await pam({ revision: 1 })).toEqual([]);
    expect(await pam({ time })).toContain('gained');
  });
});

/** Runs `ask` with everything that happened known. */
async function following<T>(events: readonly Event[], now: number, ask: (access: Access) => T) {
  const log = new TestLog();
  await log.append(events);
  const stop = new AbortController();
  const access = new Access(log.log, { now: () => now, patience: 60_000 });
  const running = access.run(stop.signal);
  try {
    access.acknowledged(acme, log.revision('organization-acme'));
    return await ask(access);
  } finally {
    stop.abort();
    await running;
    await log.log.close();
  }
}
async function allRows(access: Access, [from, to]: readonly Instant[], size: Omit<From, 'after'>) {
  const rows: DiffRow[] = [];
  for (let after: From['after']; ;) {
    const page = await access.diff(
      { organization: acme, from: { time: from! }, to: { time: to! } },
      { ...size, ...(after === undefined ? {} : { after }) },
    );
    expect(page.rows.length).toBeLessThanOrEqual(size.rows);
    rows.push(...page.rows.map(({ row }) => row));
    if (page.next === undefined) return rows;
    after = page.next;
  }
}
const text = ({ change, principal, scope, permission }: Omit<DiffRow, 'kind'>): string =>
  [change, principal, scope, permission].join(' ');

/** A person who was ever a member is told of as that; the others as themselves. */
const people = (events: readonly Event[]): string[] =>
  USERS.filter(
    (user) =>
      !events.some(
        ({ stream, event }) =>
          stream === 'organization-acme' && 'user' in event && event.user === user,
      ),
  );

function expected(
  { events, named }: World,
  moments: readonly Instant[],
  permissions: readonly string[],
): string[] {
  const pasts = moments.map((moment) => events.filter(({ at }) => at <= moment));
  const ids = named
    .filter(({ organization, since }) => organization !== 'beta' && since < pasts[1]!.length)
    .filter(({ organization, id }) => organization === 'acme' || !id.startsWith('mem_'))
    .map(({ id }) => id);
  const principals = [...ids.filter((id) => /^(mem|svc|key)_/.test(id)), ...people(pasts[1]!)];
  const spaces = ids.filter((id) => id.startsWith('space_'));
  const rows: string[] = [];
  for (const principal of principals) {
    for (const permission of permissions) {
      const [had, has] = pasts.map((past, index) => (space?: string) => {
        const asked = { organization: 'acme', principal, permission, space };
        return judge(past, asked, moments[index]!).allowed;
      });
      for (const space of [undefined, ...spaces]) {
        const scope = (space ?? 'organization') as DiffRow['scope'];
        const row = { principal, scope, permission } as Omit<DiffRow, 'change' | 'kind'>;
        const [before, after] = [had!(space), has!(space)];
        if (!before && after && (space === undefined || !has!())) {
          rows.push(text({ change: 'gained', ...row }));
        }
        if (before && !after && (space === undefined || !had!())) {
          rows.push(text({ change: 'lost', ...row }));
        }
      }
    }
  }
  return rows.sort();
}

test('a diff equals what every single question is answered with at both moments', async () => {
  const seen = { gained: 0, lost: 0, space: 0 };
  await fc.assert(
    fc.asyncProperty(histories(100, 4), async ({ moves, questions }) => {
      const made = world(moves);
      const events = made.events;
      const last = Date.parse(events.at(-1)!.at) + 1;
      await following(events, last, async (access) => {
        for (const [first, second, what, size] of questions) {
          const moments = [first!, second!]
            .map((choice) => one([START, last, ...events.map(({ at }) => Date.parse(at))], choice))
            .sort((a, b) => a - b)
            .map((time) => new Date(time).toISOString() as Instant);
          const permissions = [0, 1, 2].map((n) => one(PERMISSIONS, (what! >> (4 * n)) + n));
          const rows = await allRows(access, moments, {
            rows: 1 + (size! % 5),
            looks: 1 + ((size! >> 4) % 9),
          });
          const known = people(events.filter(({ at }) => at <= moments[1]!));
          const got = rows
            .filter(({ permission }) => permissions.includes(permission))
            .filter(({ kind, principal }) => kind !== 'user' || known.includes(principal));
          expect({ moments, rows: got.map(text).sort() }).toEqual({
            moments,
            rows: expected(made, moments, [...new Set(permissions)]),
          });
          for (const { change, scope } of got) {
            seen[change] += 1;
            if (scope !== 'organization') seen.space += 1;
          }
        }
      });
    }),
    { numRuns: 12, interruptAfterTimeLimit: 100_000, endOnFailure: true },
  );
  for (const [what, count] of Object.entries(seen)) expect([what, count]).not.toEqual([what, 0]);
}, 120_000);
