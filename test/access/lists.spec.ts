/** Who holds a permission and where, now and then: the lists equal what each single question is
 * answered with. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { organizationOf, type ActorFact, type DomainEvent } from '#domain/events.js';
import type { Instant, OrganizationId } from '#domain/ids.js';
import type { Refusal } from '#domain/refusals.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { Access } from '#access/access.js';
import type { From, Stretch } from '#access/stretch.js';
import { created, joined, PUBLISHED } from './facts.js';
import { histories } from './histories.js';
import { TestLog } from './log.js';
import { judge, type Happened } from './oracle.js';
import { START, World } from './world.js';

const USERS = ['usr_ann', 'usr_bob', 'usr_cyn', 'usr_dan', 'usr_eve', 'usr_none'];
const ORGANIZATIONS = ['platform', 'acme', 'beta'];
/** Catalogues and organizations; questions begin after them. */
const SETUP = 5;
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

  /** Was the organization there yet? */
  isThere = (organization: string): boolean =>
    this.events.some(({ stream }) => stream === `organization-${organization}`);

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

/** A moment up to now, as a question about an organization names it, and what had happened by then. */
type When = (organization: string) => { readonly past: Past; readonly at?: object };

/** Right after an event of any stream: by time, or by the organization's revision. */
const then =
  (now: Past, choice: number, byTime: boolean): When =>
  (organization) => {
    const { world, events } = now;
    const index = SETUP + (choice % (events.length - SETUP));
    const { at: time } = world.events[index]!;
    if (byTime) {
      const until = world.events.slice(0, events.length).filter(({ at }) => at <= time);
      return { past: new Past(world, until, time), at: { time } };
    }
    const isOurs = ({ stream }: Happened) => stream === `organization-${organization}`;
    const last = events.slice(0, index + 1).findLastIndex(isOurs);
    const until = events.slice(0, last + 1);
    const revision = until.filter(isOurs).length - 1;
    return { past: new Past(world, until, world.events[last]!.at), at: { organization, revision } };
  };

const seen = new Map(
  ['strangers then', 'told about oneself', 'not told any more'].map((what) => [what, 0]),
);
const tally = (what: string, count: number): void => {
  seen.set(what, (seen.get(what) ?? 0) + count);
};

async function comparePrincipals(when: When, access: Access, choices: readonly number[]) {
  const organization = one(['acme', 'acme', 'acme', 'beta', 'platform'], choices[0]!);
  const { past, ...moment } = when(organization);
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
  const place = { organization, ...(space === undefined ? {} : { space }) };
  const question = { ...place, permission, ...moment };
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
  const tense = 'at' in moment ? ' then' : '';
  tally(`${kind}${tense}`, some.length);
  tally(`members, accounts and keys${tense}`, here.length);
  tally(`people of the platform${tense}`, people.length);
  tally(`accounts of the platform${tense}`, accounts.length);
}

const SYSTEM = { kind: 'system', id: 'configuration', via: 'internal' } as ActorFact;

async function compareWhere(when: When, access: Access, choices: readonly number[]) {
  const { past, ...moment } = when(one(ORGANIZATIONS, choices[4]!));
  const names = ORGANIZATIONS.flatMap((id) => past.named(id)).filter(isPrincipal);
  const principal = one([...USERS, ...USERS, ...names], choices[0]!);
  const permission = one(past.permissions(one(ORGANIZATIONS, choices[1]!)), choices[2]!);
  const expected = ORGANIZATIONS.filter((id) => past.isThere(id))
    .filter((id) => past.permissions(id).includes(permission))
    .flatMap((organization) =>
      [undefined, ...past.named(organization).filter((id) => id.startsWith('space_'))].map(
        (space) => ({ organization, ...(space === undefined ? {} : { space }) }),
      ),
    )
    .filter(({ organization, space }: { organization: string; space?: string }) =>
      past.isAllowed(organization, principal, permission, space),
    );
  const oneself = { kind: 'user', id: principal, via: 'http' } as ActorFact;
  const asker = 'at' in moment ? SYSTEM : oneself;
  const size = { rows: 1 + (choices[3]! % 3), looks: 1 + ((choices[3]! >> 4) % 5) };
  const question = { principal, permission, ...moment };
  const ask = (only: object = {}, who = asker) =>
    all((from) => access.whereabouts({ ...question, ...only } as never, who, from), size);
  const rows = await ask();
  const text = (list: readonly { organization: string; space?: string }[]) =>
    list.map((row) => `${row.organization} ${row.space ?? ''}`);
  expect({ question, rows: text(rows) }).toEqual({ question, rows: text(expected).sort() });
  const kind = one(['organization', 'space'], choices[4]!);
  const organization = one([undefined, ...ORGANIZATIONS], choices[1]!);
  const only = { kind, ...(organization === undefined ? {} : { organization }) };
  const fits = (row: { organization: string; space?: string }) =>
    'space' in row === (kind === 'space') &&
    (organization === undefined || row.organization === organization);
  expect({ question, only, rows: text(await ask(only)) }).toEqual({
    question,
    only,
    rows: text(expected.filter(fits)).sort(),
  });
  const tense = 'at' in moment ? ' then' : '';
  tally(`organizations${tense}`, expected.filter((row) => !('space' in row)).length);
  tally(`spaces${tense}`, expected.filter((row) => 'space' in row).length);
  if (!('at' in moment) || !principal.startsWith('usr_')) return;
  // Of a revision, to whom its organization is not known, nothing is told at all.
  const { at } = moment as { at: { organization?: OrganizationId } };
  const isOurs = (organization: string) =>
    access.knows({ organization: organization as OrganizationId }, oneself);
  if (at.organization !== undefined && !(await isOurs(at.organization))) {
    await expect(ask({}, oneself)).rejects.toMatchObject({ code: 'revision.invalid' });
    tally('strangers then', 1);
    return;
  }
  const ours: string[] = [];
  for (const organization of ORGANIZATIONS) {
    if (await isOurs(organization)) ours.push(organization);
  }
  const told = expected.filter(({ organization }) => ours.includes(organization));
  expect({ question, told: text(await ask({}, oneself)) }).toEqual({
    question,
    told: text(told).sort(),
  });
  tally('told about oneself', told.length);
  tally('not told any more', expected.length - told.length);
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
          const present: When = () => ({ past });
          await comparePrincipals(present, access, rest.slice(1));
          await compareWhere(present, access, rest.slice(1));
          if (written === SETUP) continue;
          // What has occurred is not yet to come.
          now = Math.max(now, world.now);
          const before = then(past, rest[0]! >> 3, rest[5]! % 2 === 0);
          await comparePrincipals(before, access, rest.slice(1));
          await compareWhere(before, access, rest.slice(1));
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

const VIEW = { permission: 'billing:view' };
const ann = { kind: 'user', id: 'usr_ann', via: 'http' } as ActorFact;

/** A log that does one thing in another way. */
const instead = (real: EventLog, other: Partial<EventLog>): EventLog => {
  const get = (_: EventLog, name: keyof EventLog): unknown => {
    const value: unknown = other[name] ?? real[name];
    return typeof value === 'function' ? value.bind(real) : value;
  };
  return new Proxy(real, { get: get as never });
};

/** What is told by an `Access` over a log of its own, at `START`. */
async function over(
  work: (log: TestLog, access: Access) => Promise<void>,
  { patience = 60_000, seen = (log: EventLog) => log } = {},
): Promise<void> {
  const log = new TestLog();
  const stop = new AbortController();
  const access = new Access(seen(log.log), { now: () => START, patience });
  const running = access.run(stop.signal);
  try {
    await work(log, access);
  } finally {
    stop.abort();
    await running;
    await log.log.close();
  }
}

test('an organization about which nothing can be said is named, not left out', () =>
  over(async (log, access) => {
    const missing = { type: 'organization.catalogue_adopt', from: 1, to: 9, sha256: '', remap: {} };
    const stream = 'organization-beta';
    await log.append(new World().events);
    await log.append([missing, joined('ann')].map((event) => ({ stream, event: event as never })));
    access.acknowledged('beta' as never, log.revision(stream));
    const beta = [{ organization: 'beta', quarantined: true }];
    for (const at of [{}, { at: { time: new Date(START).toISOString() } }]) {
      const question = { principal: 'usr_ann', ...VIEW, ...at } as never;
      const rows = await all((from) => access.whereabouts(question, ann, from), {
        rows: 5,
        looks: 1,
      });
      expect(rows).toEqual(beta);
    }
  }));

test('what was held in organizations since left is told to the platform alone', () =>
  over(async (log, access) => {
    const at = (hour: number) => new Date(START + hour * 3_600_000).toISOString() as Instant;
    const happens = async (hour: number, organization: string, ...events: readonly object[]) => {
      const stream = `organization-${organization}`;
      await log.append(
        events.map((event) => ({ stream, event: event as DomainEvent, at: at(hour) })),
      );
    };
    await log.append(PUBLISHED.map((one) => ({ ...one, at: at(-9) })));
    const left = { type: 'member.remove', member: 'mem_ann', reason: 'left' };
    await happens(-9, 'platform', created('platform'));
    await happens(-8, 'acme', created('works'));
    await happens(-7, 'acme', joined('ann', { role: 'owner' }));
    await happens(-6, 'beta', created('works'), joined('bob', { role: 'owner' }));
    await happens(-5, 'acme', left);
    await happens(-4, 'beta', { ...joined('ann', { role: 'owner' }), member: 'mem_ann_2' });
    await access.upToNow();
    const ask = async (moment: object, principal = 'usr_ann', who = SYSTEM) => {
      const question = { ...VIEW, principal, at: moment } as never;
      const rows = await all((from) => access.whereabouts(question, who, from), {
        rows: 5,
        looks: 1,
      });
      return rows.map(({ organization }) => String(organization));
    };
    const when = [-9.5, -7.5, -7, -5.001, -5, -4];
    const told = await Promise.all(when.map((hour) => ask({ time: at(hour) })));
    expect(told).toEqual([[], [], ['acme'], ['acme'], [], ['beta']]);
    // By the log: what had happened elsewhere before that event.
    expect(await ask({ organization: 'beta', revision: 1 })).toEqual(['acme']);
    expect(await ask({ organization: 'acme', revision: 2 })).toEqual([]);
    expect(await ask({ time: at(-6) }, 'mem_ann')).toEqual(['acme']);
    expect(await ask({ time: at(-6) }, 'usr_ann', ann)).toEqual([]);
    expect(await ask({ time: at(-4) }, 'usr_ann', ann)).toEqual(['beta']);
    expect(await ask({ organization: 'beta', revision: 2 }, 'usr_ann', ann)).toEqual(['beta']);

    const code = (answer: Promise<unknown>) => answer.catch(({ code }: Refusal) => code);
    expect(await code(ask({ time: at(0.001) }))).toBe('moment.invalid');
    expect(await code(ask({ organization: 'beta', revision: -1 }))).toBe('moment.invalid');
    expect(await code(ask({ organization: 'beta', revision: 3 }))).toBe('revision.invalid');
    // Of what one does not know, one revision is as good as another.
    for (const organization of ['acme', 'nowhere']) {
      for (const revision of [-1, 0, 999]) {
        const stranger = ask({ organization, revision }, 'usr_ann', ann);
        expect(await code(stranger)).toBe('revision.invalid');
      }
    }
  }));

const FOUNDED = ['platform', 'acme'].flatMap((id) => {
  const facts = [created(id === 'platform' ? id : 'works'), joined('ann', { role: 'owner' })];
  return facts.map((event) => ({ stream: `organization-${id}`, event: event as DomainEvent }));
});
const asked = (more: object) => ({ principal: 'usr_ann', ...VIEW, ...more }) as never;
const NOW = { at: { time: new Date(START).toISOString() } };

test('an organization whose events of then can not be read is named, though its present is known', () => {
  const lost = 'organization-acme';
  let isLost = false;
  const losing = (real: EventLog) =>
    instead(real, {
      async *read(stream, ...of) {
        if (isLost && stream === lost) throw new DamagedEvent(stream, 0, 'it is lost');
        yield* real.read(stream, ...of);
      },
    });
  return over(
    async (log, access) => {
      await log.append([...PUBLISHED, ...FOUNDED]);
      await access.upToNow();
      isLost = true;
      const ask = async (more: object) =>
        (await access.whereabouts(asked(more), SYSTEM, { rows: 5 })).rows.map(({ row }) => row);
      expect(await ask({})).toEqual([{ organization: 'acme' }]);
      expect(await ask(NOW)).toEqual([{ organization: 'acme', quarantined: true }]);
    },
    { seen: losing },
  );
});

test('nobody is told of a moment by rights from before it, where the node is behind', () => {
  let goOn!: () => void;
  const may = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let held = Infinity;
  const holding = (real: EventLog) =>
    instead(real, {
      async *follow(...from) {
        for await (const events of real.follow(...from)) {
          if (Number(events.at(-1)!.position) > held) await may;
          yield events;
        }
      },
    });
  return over(
    async (log, access) => {
      await log.append([...PUBLISHED, ...FOUNDED]);
      await access.upToNow();
      held = Number(await log.log.head());
      const ask = async () =>
        (await access.whereabouts(asked(NOW), ann, { rows: 5 })).rows.map(({ row }) => row);
      expect(await ask()).toEqual([{ organization: 'acme' }]);
      const left = { type: 'member.remove', member: 'mem_ann', reason: 'left' } as DomainEvent;
      // On another node, later than what is asked about.
      const at = new Date(START + 1).toISOString() as Instant;
      await log.append([{ stream: 'organization-acme', event: left, at }]);
      await expect(ask()).rejects.toMatchObject({ code: 'read.not_yet' });
      goOn();
      await access.upToNow();
      expect(await ask()).toEqual([]);
    },
    { patience: 250, seen: holding },
  );
});
