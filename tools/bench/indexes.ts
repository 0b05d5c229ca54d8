/**
 * What answers in process, by itself: built from events, over more and more memberships. THE PLACE
 * FOR ANOTHER INDEX is one more row of `INDEXES`: what it has beyond `check` is measured and
 * printed as soon as it offers it.
 */
import type { Mark, Recorded } from '#domain/events.js';
import { PermissionIndex, type IndexCopy } from '#access/permission-index.js';
import type { AccessQuestion } from '#access/questions.js';
import { markOf } from '#eventlog/mark.js';
import { readKept, writeKept } from '#eventlog/kept.js';
import type { Catalogue } from '#domain/catalogue.js';
import { held, inTurn, type Times } from './measure.js';
import { Memberships } from './memberships.js';
import { questions } from './questions.js';

export interface Index {
  readonly name: string;
  /** Memberships beyond which it is not built here: what they would take is not there. */
  readonly most: number;
  /** Reads the events once; they are gone afterwards. */
  build(events: Iterable<Recorded>): Built;
  /** What `snapshot` gave, read back. */
  restore?(snapshot: Buffer): Promise<Built>;
}

export interface Built {
  /** By the names that callers use. @param now milliseconds since the epoch. */
  check(question: AccessQuestion, now: number): boolean;
  /** Looks the names up first: what then answers the questions from one number up to another is the
   * index alone. Gives how many of them are allowed. */
  interned?(
    questions: readonly AccessQuestion[],
    now: number,
  ): (from: number, to: number) => number;
  /** What it takes without the ids and what these take, in bytes. */
  bytes?(): { readonly alone: number; readonly ids: number };
  snapshot?(): Promise<Buffer>;
}

export const INDEXES: readonly Index[] = [
  {
    name: 'PermissionIndex',
    most: 10_000_000,
    build(events) {
      const index = new PermissionIndex();
      let last: Recorded | undefined;
      for (const event of events) {
        index.apply(event);
        last = event;
      }
      return builtOf(index, markOf(last!));
    },
    async restore(snapshot) {
      const { mark, copy } = await readKept<IndexCopy>(snapshot);
      return builtOf(new PermissionIndex(copy), mark);
    },
  },
];

const builtOf = (index: PermissionIndex, mark: Mark): Built => ({
  check: ({ organization, principal, permission, space }, now) =>
    index.check(organization, principal, permission, space, now).allowed,
  interned(questions, now) {
    const numbered = questions.map(({ organization, principal, permission, space }) =>
      index.lookUp(organization, principal, permission, space)!,
    );
    return (from, to) => {
      let allowed = 0;
      for (let n = from; n < to; n += 1) if (index.answer(numbered[n]!, now).allowed) allowed += 1;
      return allowed;
    };
  },
  bytes: () => ({ alone: index.bytes, ids: index.idBytes }),
  snapshot: () => writeKept(mark, index.copy()!),
});

/** A log of so many events about so many memberships. */
const LONG = { memberships: 1_000_000, events: 10_000_000 };
const SPREAD = 100_000;
const HOT = 1000;

/** @param sizes memberships, a thousand in each organization. */
export async function benchIndexes(
  catalogue: Catalogue,
  sizes: readonly number[],
  times: Times,
  say: (line: string) => void,
  indexes: readonly Index[] = INDEXES,
): Promise<void> {
  for (const index of indexes) {
    for (const size of sizes) {
      say(`${index.name}, ${number(size)} memberships`);
      if (size > index.most) {
        say(`  not built: it takes at most ${number(index.most)}`);
        continue;
      }
      const members = Math.min(1000, size);
      const all = new Memberships(catalogue, { organizations: size / members, members });
      await benchIndex(index, all, times, say);
      if (size === LONG.memberships) benchLong(index, all, say);
    }
  }
}

/** Every tenth event brings a membership, the others change what it holds. */
function benchLong(index: Index, all: Memberships, say: (line: string) => void): void {
  const { events, seconds } = fold(all, index, LONG.events);
  const told = `${seconds.toFixed(2)} s, ${number(events / seconds)} events/s`;
  say(`  ${`built from ${number(events)} events`.padEnd(34)} ${told}`);
}

/** What it takes to fold them in memory; to make them up is none of its business. */
export function fold(
  all: Memberships,
  index = INDEXES[0]!,
  least = 0,
): { events: number; seconds: number } {
  const handed = { events: 0, milliseconds: 0 };
  const began = performance.now();
  index.build(inPortions(all.recorded(least), handed));
  const seconds = (performance.now() - began - handed.milliseconds) / 1000;
  return { events: handed.events, seconds };
}

async function benchIndex(
  index: Index,
  all: Memberships,
  times: Times,
  say: (line: string) => void,
): Promise<void> {
  const line = (what: string, told: string) => say(`  ${what.padEnd(34)} ${told}`);
  const handed = { events: 0, milliseconds: 0 };
  const before = held();
  const began = performance.now();
  let built: Built | undefined = index.build(inPortions(all.recorded(), handed));
  // What it takes to make the events up is none of its business.
  const took = (performance.now() - began - handed.milliseconds) / 1000;
  line('built from events', `${took.toFixed(2)} s, ${number(handed.events / took)} events/s`);
  line('memory, with every id', `${number((held() - before) / all.size)} bytes a membership`);
  const bytes = built.bytes?.();
  if (bytes !== undefined) {
    const [alone, ids] = [bytes.alone, bytes.ids].map((one) => (one / all.size).toFixed(1));
    line('memory, index alone', `${alone} bytes a membership`);
    line('memory, ids interned', `${ids} bytes a membership`);
  }

  const spread = questions(all, Math.min(SPREAD, 10 * all.size)).map(({ asked }) => asked);
  const near = { organizations: 1, members: 10 };
  const hot = questions(all, HOT, near).map(({ asked }) => asked);
  for (const [what, asked] of [
    ['at random', spread],
    ['hot', hot],
  ] as const) {
    const now = Date.now();
    const { check } = built;
    const named = inTurn(times, asked.length, (from, to) => {
      let allowed = 0;
      for (let n = from; n < to; n += 1) if (check(asked[n]!, now)) allowed += 1;
      return allowed;
    });
    line(`${what}, by name`, `${number(named.perSecond)} checks/s`);
    const interned = built.interned?.(asked, now);
    if (interned === undefined) continue;
    const numbered = inTurn(times, asked.length, interned);
    line(`${what}, interned`, `${number(numbered.perSecond)} checks/s`);
  }

  if (built.snapshot === undefined || index.restore === undefined) return;
  const now = Date.now();
  const answers = spread.map((one) => built!.check(one, now));
  const saving = performance.now();
  const snapshot = await built.snapshot();
  // Not both at once: there may be no room for that.
  built = undefined;
  const loading = performance.now();
  const restored = await index.restore(snapshot);
  const loaded = performance.now();
  const [kept, read] = [loading - saving, loaded - loading].map((one) => (one / 1000).toFixed(2));
  line('snapshot', `${number(snapshot.byteLength)} bytes, made in ${kept} s, loaded in ${read} s`);
  const differs = spread.find((one, n) => restored.check(one, now) !== answers[n]);
  if (differs !== undefined) line('snapshot', `ANSWERS DIFFERENTLY: ${JSON.stringify(differs)}`);
}

/** Made a few at a time; notes how many they are, and how long making them took. */
function* inPortions(
  events: Iterable<Recorded>,
  handed: { events: number; milliseconds: number },
): Generator<Recorded> {
  const source = events[Symbol.iterator]();
  for (;;) {
    const began = performance.now();
    const portion: Recorded[] = [];
    while (portion.length < 1000) {
      const { value, done } = source.next();
      if (done === true) break;
      portion.push(value);
    }
    handed.milliseconds += performance.now() - began;
    handed.events += portion.length;
    if (portion.length === 0) return;
    yield* portion;
  }
}

const number = (value: number): string => Math.round(value).toLocaleString('en');
