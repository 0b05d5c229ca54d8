/** Who holds a permission and where: the lists equal what each single question is answered with. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { organizationOf, type ActorFact } from '#domain/events.js';
import { Access } from '#access/access.js';
import type { From, Stretch } from '#access/stretch.js';
import { joined } from './facts.js';
import { histories } from './histories.js';
import { TestLog } from './log.js';
import { judge, type Happened } from './oracle.js';
import { START, World } from './world.js';

const USERS = ['usr_ann', 'usr_bob', 'usr_cyn', 'usr_dan', 'usr_eve', 'usr_none'];
const ORGANIZATIONS = ['platform', 'acme', 'beta'];
/** Catalogues and organizations; questions begin after them. */
const SETUP = 7;
const one = <T>(list: readonly T[], choice: number): T => list[choice % list.length]!;
const isPrincipal = (id: string): boolean => /^(mem|svc|key)_/.test(id);

/** Walks a list to its end with short pages that look at few candidates. */
async function all<Row>(
  ask: (from: From) => Promise<Stretch<Row>>,
  size: { rows: number; looks: number },
): Promise<Row[]> {
  const found: Row[] = [];
  for (let after: From['after']; ;) {
    const { rows, next } = await ask({ ...size, ...(after === undefined ? {} : { after }) });
    expect(rows.length).toBeLessThanOrEqual(size.rows);
    found.push(...rows.map(({ row }) => row));
    if (next === undefined) return found;
    after = next;
  }
}

/** What has happened so far, as an oracle's question needs it. */
class Past {
  constructor(
    readonly world: World,
    readonly events: readonly Happened[],
    readonly moment: string,
  ) {}

  named(organization: string): string[] {
    return this.world.named
      .filter(({ since, organization: of }) => since < this.events.length && of === organization)
      .map(({ id }) => id);
  }

  permissions(organization: string): string[] {
    const adopted = this.events.findLast(
      ({ stream, event }) =>
        stream === `organization-${organization}` && event.type === 'organization.catalogue_adopt',
    )?.event;
    const version = adopted?.type === 'organization.catalogue_adopt' ? adopted.to : 1;
    return Object.entries(this.world.content(organization, version).permissions).flatMap(
      ([resource, actions]) =>
        (Array.isArray(actions) ? actions : Object.values(actions).flat()).map(
          (action: string) => `${resource}:${action}`,
        ),
    );
  }

  isAllowed(organization: string, principal: string, permission: string, space?: string): boolean {
    return judge(this.events, { organization, principal, permission, space }, this.moment).allowed;
  }

  isSpace = (organization: string, space: string): boolean =>
    this.events.findLast(
      ({ stream, event }) =>
        stream === `organization-${organization}` &&
        (event.type === 'space.create' || event.type === 'space.delete') &&
        event.space === space,
    )?.event.type === 'space.create';

  /** Members that a person has been here. */
  membersOf(organization: string, user: string): string[] {
    return this.events.flatMap(({ stream, event }) =>
      stream === `organization-${organization}` && 'user' in event && event.user === user
        ? 'member' in event
          ? [event.member]
          : []
        : [],
    );
  }
}

const seen = new Map<string, number>();
const tally = (what: string, count: number): void => {
  seen.set(what, (seen.get(what) ?? 0) + count);
};

async function comparePrincipals(past: Past, access: Access, choices: readonly number[]) {
  const organization = one(['acme', 'acme', 'acme', 'beta', 'platform'], choices[0]!);
  const named = past.named(organization);
  const spaces = named.filter((id) => id.startsWith('space_'));
  const space = one([undefined, ...spaces], choices[1]!);
  if (space !== undefined && !past.isSpace(organization, space)) return;
  const permission = one(past.permissions(organization), choices[2]!);
  const holds = (id: string) => past.isAllowed(organization, id, permission, space);
  const here = named.filter(isPrincipal).filter(holds);
  const people = USERS.filter(holds).filter(
    (user) => !past.membersOf(organization, user).some((member) => here.includes(member)),
  );
  const abroad = organization === 'platform' ? [] : past.named('platform');
  const accounts = abroad.filter((id) => /^(svc|key)_/.test(id)).filter(holds);
  const question = { organization, permission, ...(space === undefined ? {} : { space }) };
  const size = { rows: 1 + (choices[3]! % 3), looks: 1 + ((choices[3]! >> 4) % 5) };
  const rows = await all((from) => access.holders(question as never, from), size);
  const got = rows.map(({ id }) => String(id));
  expect({ question, got: [...got].sort() }).toEqual({
    question,
    got: [...here, ...people, ...accounts].sort(),
  });
  const kind = one(['member', 'service_account', 'api_key', 'user'] as const, choices[4]!);
  const begins = { member: 'mem_', service_account: 'svc_', api_key: 'key_', user: 'usr_' }[kind];
  const ofKind = [...here, ...USERS.filter(holds), ...accounts].filter((id) =>
    id.startsWith(begins),
  );
  const some = await all((from) => access.holders({ ...question, kind } as never, from), size);
  expect({ question, kind, some: some.map(({ id }) => String(id)).sort() }).toEqual({
    question,
    kind,
    some: ofKind.sort(),
  });
  expect(some.filter((row) => row.kind !== kind)).toEqual([]);
  tally(kind, some.length);
  tally('members, accounts and keys', here.length);
  tally('people of the platform', people.length);
  tally('accounts of the platform', accounts.length);
}

async function compareWhere(past: Past, access: Access, choices: readonly number[]) {
  const names = ORGANIZATIONS.flatMap((id) => past.named(id)).filter(isPrincipal);
  const principal = one([...USERS, ...USERS, ...names], choices[0]!);
  const permission = one(past.permissions(one(ORGANIZATIONS, choices[1]!)), choices[2]!);
  const expected = ORGANIZATIONS.filter((id) => past.permissions(id).includes(permission))
    .flatMap((organization) =>
      [undefined, ...past.named(organization).filter((id) => id.startsWith('space_'))].map(
        (space) => ({ organization, ...(space === undefined ? {} : { space }) }),
      ),
    )
    .filter(({ organization, space }: { organization: string; space?: string }) =>
      past.isAllowed(organization, principal, permission, space),
    );
  const asker = { kind: 'user', id: principal, via: 'http' } as ActorFact;
  const size = { rows: 1 + (choices[3]! % 3), looks: 1 + ((choices[3]! >> 4) % 5) };
  const ask = (only: object = {}) =>
    all(
      (from) => access.whereabouts({ principal, permission, ...only } as never, asker, from),
      size,
    );
  const rows = await ask();
  const text = (list: readonly { organization: string; space?: string }[]) =>
    list.map((row) => `${row.organization} ${row.space ?? ''}`);
  expect({ principal, permission, rows: text(rows) }).toEqual({
    principal,
    permission,
    rows: text(expected).sort(),
  });
  const kind = one(['organization', 'space'], choices[4]!);
  const organization = one([undefined, ...ORGANIZATIONS], choices[1]!);
  const only = { kind, ...(organization === undefined ? {} : { organization }) };
  const fits = (row: { organization: string; space?: string }) =>
    'space' in row === (kind === 'space') &&
    (organization === undefined || row.organization === organization);
  expect({ principal, permission, only, rows: text(await ask(only)) }).toEqual({
    principal,
    permission,
    only,
    rows: text(expected.filter(fits)).sort(),
  });
  tally('organizations', expected.filter((row) => !('space' in row)).length);
  tally('spaces', expected.filter((row) => 'space' in row).length);
}

test('lists equal every single question, whatever has happened, however they are paged', async () => {
  await fc.assert(
    fc.asyncProperty(histories(100, 12), async ({ moves, questions }) => {
      const world = new World();
      for (const move of moves) world.move(move);
      const log = new TestLog();
      const stop = new AbortController();
      let now = START;
      const access = new Access(log.log, { now: () => now, patience: 60_000 });
      const running = access.run(stop.signal);
      let written = 0;
      try {
        const places = questions
          .map(([place, ...rest]) => ({ after: SETUP + (place! % world.events.length), rest }))
          .sort((a, b) => a.after - b.after);
        for (const { after, rest } of places) {
          const until = Math.min(after, world.events.length);
          await log.append(world.events.slice(written, until));
          written = Math.max(written, until);
          for (const stream of log.streams()) {
            const organization = organizationOf(stream);
            if (organization) access.acknowledged(organization, log.revision(stream));
          }
          const boundary = one([world.now, ...world.boundaries], rest[0]!);
          now = boundary + ((rest[0]! >> 6) % 3) - 1;
          const past = new Past(world, world.events.slice(0, written), new Date(now).toISOString());
          await comparePrincipals(past, access, rest.slice(1));
          await compareWhere(past, access, rest.slice(1));
        }
      } finally {
        stop.abort();
        await running;
        await log.log.close();
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 100_000, endOnFailure: true },
  );
  // If one of these is never answered, the histories have become too shallow to say anything.
  for (const [what, count] of seen) expect([what, count]).not.toEqual([what, 0]);
}, 120_000);

test('an organization about which nothing can be said is named, not left out', async () => {
  const log = new TestLog();
  const stop = new AbortController();
  const access = new Access(log.log, { now: () => START, patience: 60_000 });
  const running = access.run(stop.signal);
  try {
    const missing = { type: 'organization.catalogue_adopt', from: 1, to: 9, sha256: '', remap: {} };
    const stream = 'organization-beta';
    await log.append(new World().events);
    await log.append([missing, joined('ann')].map((event) => ({ stream, event: event as never })));
    access.acknowledged('beta' as never, log.revision(stream));
    const asker = { kind: 'user', id: 'usr_ann', via: 'http' } as ActorFact;
    const question = { principal: 'usr_ann', permission: 'billing:view' } as never;
    const rows = await all((from) => access.whereabouts(question, asker, from), {
      rows: 5,
      looks: 1,
    });
    expect(rows).toEqual([{ organization: 'beta', quarantined: true }]);
  } finally {
    stop.abort();
    await running;
    await log.log.close();
  }
});
