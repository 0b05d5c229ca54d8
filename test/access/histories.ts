/** Random histories and questions, put to the cache and to the oracle. */
import fc from 'fast-check';
import { Refusal } from '#domain/refusals.js';
import { organizationOf } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';
import { Access } from '#access/access.js';
import { judge, judgeAll, judgeKey } from './oracle.js';
import { TestLog } from './log.js';
import { START, World, type Move } from './world.js';

/** Small numbers are no likelier than others: they all mean something. */
const number = fc.noBias(fc.nat());
const move: fc.Arbitrary<Move> = fc.record({
  what: number,
  choices: fc.array(number, { minLength: 8, maxLength: 8 }),
});

export const histories = (moves: number, questions: number) =>
  fc.record({
    moves: fc.array(move, { minLength: Math.ceil(moves / 2), maxLength: moves }),
    /** Each a place in the history and what is asked there. */
    questions: fc.array(fc.array(number, { minLength: 7, maxLength: 7 }), {
      minLength: questions,
      maxLength: questions,
    }),
  });
export type History = ReturnType<typeof histories> extends fc.Arbitrary<infer H> ? H : never;

/** How often each answer was given, so that a test can say what it has looked at. */
export type Tally = Map<string, number>;

/** Throws where the cache and the oracle answer differently, with the question. */
export async function compare({ moves, questions }: History, tally: Tally): Promise<void> {
  const world = new World();
  for (const one of moves) world.move(one);
  const log = new TestLog();
  const stop = new AbortController();
  let now = START;
  const access = new Access(log.log, { now: () => now, patience: 60_000 });
  const running = access.run(stop.signal);
  try {
    const asked = questions
      .map(([place, ...rest]) => ({ after: placeOf(world, place!), rest }))
      .sort((a, b) => a.after - b.after);
    let written = 0;
    for (const { after, rest } of asked) {
      await log.append(world.events.slice(written, Math.max(after, SETUP)));
      written = Math.max(after, SETUP);
      for (const stream of log.streams()) {
        const organization = organizationOf(stream);
        if (organization) access.acknowledged(organization, log.revision(stream));
      }
      now = momentOf(world, rest[0]!);
      await askBoth(world, world.events.slice(0, written), access, rest.slice(1), now, tally);
    }
  } finally {
    stop.abort();
    await running;
    await log.log.close();
  }
}

/** Catalogues and organizations; questions begin after them. */
export const SETUP = 5;

/** Of two places the later one: early on there is little to ask about. */
export const placeOf = ({ events }: World, choice: number): number =>
  Math.max(choice % (events.length + 1), (choice >> 8) % (events.length + 1));

/** At the present of the history, at random, or within a millisecond of a boundary. */
function momentOf(world: World, choice: number): number {
  const { boundaries } = world;
  if (choice % 4 === 0 || boundaries.length === 0) return world.now;
  if (choice % 4 === 1) return START + (choice % 1000) * 3_600_000;
  return boundaries[choice % boundaries.length]! + ((choice >> 4) % 3) - 1;
}

async function askBoth(
  world: World,
  events: World['events'],
  access: Access,
  [where, who, what, at, kind]: readonly number[],
  now: number,
  tally: Tally,
): Promise<void> {
  const one = <T>(list: readonly T[], choice: number): T => list[choice % list.length]!;
  const organization = one(['beta', 'platform', ...Array<string>(8).fill('acme')], where!);
  const names = namesIn(world, events.length, organization, who! % 7 === 0);
  const principal = one(['usr_none', ...names.filter((id) => !id.startsWith('space_'))], who!);
  const spaces = names.filter((id) => id.startsWith('space_'));
  const space = one([undefined, ...spaces, ...spaces, ...(at! % 9 ? [] : ['space_none'])], at!);
  const content = catalogueNow(events, organization, world);
  const permission = one(permissionsOf(content), what!);
  const moment = new Date(now).toISOString();
  const place = { organization, principal, ...(space === undefined ? {} : { space }) };
  const question = { ...place, permission };
  let got: unknown;
  let expected: unknown;
  if (kind! % 8 === 0) {
    const key = one([...names.filter((id) => id.startsWith('key_')), 'key_none'], who!);
    const scope = one(['docs:read', 'docs:write'], what!);
    if (organization === 'platform') return;
    const { allowed, reason } = await access.keyScope({ organization, key, scope } as never);
    got = { allowed, reason };
    expected = judgeKey(events, organization, key, scope, moment);
    tally.set(`key ${reason}`, (tally.get(`key ${reason}`) ?? 0) + 1);
  } else if (kind! % 16 === 1) {
    got = await access.permissions(place as never).then(
      ({ permissions }) => permissions,
      (error: unknown) => {
        if (error instanceof Refusal && error.code === 'space.not_found') return [];
        throw error;
      },
    );
    expected = judgeAll(events, place, moment);
    tally.set('lists', (tally.get('lists') ?? 0) + 1);
  } else {
    const { allowed, reason } = await access.check(question as never);
    got = { allowed, reason };
    expected = judge(events, question, moment);
    tally.set(reason, (tally.get(reason) ?? 0) + 1);
  }
  if (JSON.stringify(got) === JSON.stringify(expected)) return;
  const asked = JSON.stringify({ ...question, kind: kind! % 8, moment });
  const told = `cache ${JSON.stringify(got)}, oracle ${JSON.stringify(expected)}`;
  const story = events
    .slice(SETUP)
    .map(({ stream, at: when, event }) => `${when} ${stream} ${JSON.stringify(event)}`);
  throw new Error([asked, told, ...story].join('\n'));
}

/** What happens in these moves, and what has followed all of it. */
export async function followed(
  moves: History['moves'],
  look: (world: World, access: Access) => Promise<void>,
): Promise<void> {
  const world = new World();
  for (const one of moves) world.move(one);
  const log = new TestLog();
  const stop = new AbortController();
  const access = new Access(log.log, { now: () => world.now, patience: 60_000 });
  const running = access.run(stop.signal);
  try {
    await log.append(world.events);
    for (const id of ['acme', 'beta', 'platform'] as OrganizationId[]) {
      access.acknowledged(id, log.revision(`organization-${id}`));
    }
    await look(world, access);
  } finally {
    stop.abort();
    await running;
    await log.log.close();
  }
}

/** What has been named so far in an organization, or anywhere. */
export const namesIn = (
  world: World,
  so: number,
  organization: string,
  anywhere: boolean,
): string[] =>
  world.named
    .filter(({ since }) => since < so)
    .filter((one) => anywhere || one.organization === organization)
    .map(({ id }) => id);

export const catalogueNow = (events: World['events'], organization: string, world: World) => {
  const adopted = events.findLast(
    ({ stream, event }) =>
      stream === `organization-${organization}` && event.type === 'organization.catalogue_adopt',
  )?.event;
  return world.content(
    organization,
    adopted?.type === 'organization.catalogue_adopt' ? adopted.to : 1,
  );
};

export const permissionsOf = ({ permissions }: ReturnType<World['content']>): string[] =>
  Object.entries(permissions).flatMap(([resource, actions]) =>
    (Array.isArray(actions) ? actions : Object.values(actions).flat()).map(
      (action: string) => `${resource}:${action}`,
    ),
  );
