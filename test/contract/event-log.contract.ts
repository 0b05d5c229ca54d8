import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DomainEvent, Recorded } from '#domain/events.js';
import { verify } from '#eventlog/chain.js';
import { decode, encode, NO_HASH } from '#eventlog/codec.js';
import { followPastDamage } from '#eventlog/damage.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import {
  AheadOfLog,
  type AppendOutcome,
  AppendTooLarge,
  type EventLog,
  LIMITS,
  LogStopped,
} from '#eventlog/event-log.js';
import {
  asRecorded,
  Chain,
  collect,
  followUntil,
  headsOf,
  metadata,
  readAll,
  renamed,
} from './events.js';

/** One empty log per test, which can be closed and opened again. */
export interface LogUnderTest {
  open(): Promise<EventLog>;
  /** Takes away what was stored; every log is closed by now. */
  remove(): Promise<void>;
}

const positionOf = (outcome: AppendOutcome): bigint => {
  if (outcome.outcome !== 'committed') throw new Error(JSON.stringify(outcome));
  return outcome.position;
};

/** Appends and expects it to be committed; answers the position. */
const committed = async (log: EventLog, events: Parameters<EventLog['append']>[0]) =>
  positionOf(await log.append(events));

/** A name that gives the event's canonical form `bytes` bytes. */
const nameFor = (stream: string, bytes: number): string => {
  const empty = new Chain(stream).next(renamed(''))[0];
  return 'x'.repeat(bytes - Buffer.byteLength(empty?.canonical ?? ''));
};

/**
 * What every engine promises. Positions are compared only with one another: their values are the
 * engine's business.
 */
export const eventLogContract = (name: string, create: () => Promise<LogUnderTest>): void => {
  describe(`${name} keeps the contract of an event log`, () => {
    let store: LogUnderTest;
    let log: EventLog;

    beforeEach(async () => {
      store = await create();
      log = await store.open();
    });
    afterEach(async () => {
      await log.close();
      await store.remove();
    });
    const restart = async () => {
      await log.close();
      log = await store.open();
    };

    describe('an empty log', () => {
      test('has nothing to read', async () => {
        expect(await log.head()).toBeNull();
        expect(await readAll(log, 'organization-a')).toEqual([]);
        expect(await readAll(log, 'organization-a', 7)).toEqual([]);
        expect(await log.last('organization-a')).toBeUndefined();
        expect(await collect(log.records())).toEqual([]);
        expect(await headsOf(log)).toEqual([]);
        expect(log.health()).toEqual({ status: 'ok' });
      });

      test('has an id that stays', async () => {
        const { id } = log;
        expect(id).toMatch(/^\S+$/);
        await restart();
        expect(log.id).toBe(id);
      });
    });

    describe('an append', () => {
      test('answers the revision and position of its last event', async () => {
        const chain = new Chain('organization-a');
        const first = await log.append(chain.renames(3));
        expect(first).toEqual({ outcome: 'committed', revision: 2, position: expect.any(BigInt) });
        const second = await log.append(chain.renames(1));
        expect(second).toEqual({ outcome: 'committed', revision: 3, position: expect.any(BigInt) });
        expect(positionOf(second)).toBeGreaterThan(positionOf(first));
        expect(await log.head()).toBe(positionOf(second));
      });

      test('gives back every field as it was', async () => {
        const chain = new Chain('organization-a');
        await log.append(chain.next(renamed('Größe 😀 "quoted" \\ \u0001 \u2028'), renamed('')));
        const [first, second] = await readAll(log, 'organization-a');
        expect(first).toStrictEqual(asRecorded(chain.events[0]!, first!.position));
        expect(second).toStrictEqual(asRecorded(chain.events[1]!, second!.position));
        await restart();
        expect(await readAll(log, 'organization-a')).toStrictEqual([first, second]);
        expect(await log.last('organization-a')).toStrictEqual(second);
        expect(await followUntil(log, null, 2)).toStrictEqual([first, second]);
      });

      test('of nothing is a mistake', async () => {
        await expect(log.append([])).rejects.toThrow(TypeError);
      });

      test('of events that do not follow one another is a mistake', async () => {
        const [a0, a1, a2] = new Chain('organization-a').renames(3);
        const [b1] = new Chain('organization-b', 1).renames(1);
        for (const events of [
          [a0!, a2!],
          [a1!, a0!],
          [a0!, b1!],
          [a0!, a0!],
        ]) {
          await expect(log.append(events)).rejects.toThrow(TypeError);
        }
        expect(await log.head()).toBeNull();
      });

      test('of a thousand events is one append', async () => {
        const chain = new Chain('organization-a');
        const outcome = await log.append(chain.renames(LIMITS.appendEvents));
        expect(outcome).toMatchObject({ outcome: 'committed', revision: 999 });
        const events = await readAll(log, 'organization-a');
        expect(events.map(({ revision }) => revision)).toEqual([...Array(1000).keys()]);
        const positions = events.map(({ position }) => position);
        expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
        expect(positions.at(-1)).toBe(positionOf(outcome));
      });
    });

    describe('a conflict', () => {
      test('says where the stream is and writes nothing', async () => {
        const chain = new Chain('organization-a');
        expect(await log.append(new Chain('organization-a', 1).renames(1))).toEqual({
          outcome: 'conflict',
          actual: -1,
        });
        await log.append(chain.renames(2));
        const head = await log.head();
        for (const revision of [0, 1, 3, 7]) {
          const other = new Chain('organization-a', revision).renames(1, 'other');
          expect(await log.append(other)).toEqual({ outcome: 'conflict', actual: 1 });
        }
        expect(await log.head()).toBe(head);
        expect(await readAll(log, 'organization-a')).toHaveLength(2);
      });

      test('does not disturb the others that wait', async () => {
        const a = new Chain('organization-a');
        const b = new Chain('organization-b');
        await log.append(a.renames(1));
        const outcomes = await Promise.all([
          log.append(b.renames(1)),
          log.append(new Chain('organization-a').renames(2, 'other')),
          log.append(a.renames(1)),
          log.append(new Chain('organization-c', 5).renames(1)),
          log.append(b.renames(2)),
        ]);
        expect(outcomes).toEqual([
          { outcome: 'committed', revision: 0, position: expect.any(BigInt) },
          { outcome: 'conflict', actual: expect.any(Number) },
          { outcome: 'committed', revision: 1, position: expect.any(BigInt) },
          { outcome: 'conflict', actual: -1 },
          { outcome: 'committed', revision: 2, position: expect.any(BigInt) },
        ]);
        expect(await readAll(log, 'organization-c')).toEqual([]);
      });

      test('leaves one winner of many at the same revision', async () => {
        const rivals = Array.from({ length: 20 }, (_, i) =>
          new Chain('organization-a').renames(1 + (i % 3), `rival ${i}`),
        );
        const outcomes = await Promise.all(rivals.map((events) => log.append(events)));
        const winners = rivals.filter((_, i) => outcomes[i]?.outcome === 'committed');
        expect(winners).toHaveLength(1);
        const events = await readAll(log, 'organization-a');
        expect(events.map(({ id }) => id)).toEqual(winners[0]?.map(({ id }) => id));
      });
    });

    describe('the same append again', () => {
      test('is committed where it was the first time', async () => {
        const chain = new Chain('organization-a');
        const events = chain.renames(3);
        const first = await log.append(events);
        expect(await log.append(events)).toEqual(first);
        await log.append(chain.renames(2));
        await log.append(new Chain('organization-b').renames(2));
        expect(await log.append(events)).toEqual(first);
        await restart();
        expect(await log.append(events)).toEqual(first);
        expect(await readAll(log, 'organization-a')).toHaveLength(5);
      });

      test('at the same moment is one append', async () => {
        const events = new Chain('organization-a').renames(2);
        const outcomes = await Promise.all([1, 2, 3].map(() => log.append(events)));
        expect(new Set(outcomes.map(positionOf)).size).toBe(1);
        expect(await readAll(log, 'organization-a')).toHaveLength(2);
      });

      test('in part, or with more behind it, is a conflict', async () => {
        const chain = new Chain('organization-a');
        const [e0, e1] = chain.renames(2);
        await log.append([e0!, e1!]);
        const [e2] = chain.renames(1);
        expect(await log.append([e1!, e2!])).toEqual({ outcome: 'conflict', actual: 1 });
        expect(await log.append([e0!, e1!, e2!])).toEqual({ outcome: 'conflict', actual: 1 });
        expect(await readAll(log, 'organization-a')).toHaveLength(2);
      });
    });

    describe('a stream', () => {
      const names = [
        'organization-a',
        'organization-A',
        'organization-ä',
        'organization-a\u0308',
        'organization-😀',
        'organization-\uffee',
        'organization-a ',
        'organization-a%',
        'organization',
        `organization-${'x'.repeat(64)}`,
        `organization-${'x'.repeat(63)}`,
        `catalogue-${'x'.repeat(246)}`,
      ];

      test('is named exactly: case, unicode, length', async () => {
        for (const stream of names) await committed(log, new Chain(stream).renames(1, stream));
        for (const stream of names) {
          const events = await readAll(log, stream);
          expect(events).toHaveLength(1);
          expect(events[0]).toMatchObject({ stream, event: { name: `${stream} 0` } });
          expect((await log.last(stream))?.stream).toBe(stream);
        }
      });

      test('is listed with its end, by name', async () => {
        const ends = new Map<string, object>();
        for (const [i, stream] of names.entries()) {
          const events = new Chain(stream).renames(1 + (i % 3));
          await committed(log, events);
          const { revision, metadata: meta } = events.at(-1)!;
          ends.set(stream, { stream, revision, hash: meta.hash });
        }
        const heads = await headsOf(log);
        const byName = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(heads).toEqual(byName.map((stream) => ends.get(stream)));
      });

      test('is read from any revision to any', async () => {
        const chain = new Chain('organization-a');
        await log.append(chain.renames(600));
        for (const from of [0, 1, 255, 256, 257, 511, 512, 599]) {
          const events = await readAll(log, 'organization-a', from);
          expect(events).toHaveLength(600 - from);
          expect(events[0]?.revision).toBe(from);
        }
        for (const [from, to] of [
          [0, 0],
          [10, 12],
          [0, 255],
          [0, 256],
          [255, 511],
          [598, 700],
        ] as const) {
          const events = await readAll(log, 'organization-a', from, to);
          expect(events.map((one) => one.revision)).toEqual(
            Array.from({ length: Math.min(to, 599) - from + 1 }, (_, i) => from + i),
          );
        }
        expect(await readAll(log, 'organization-a', 5, 4)).toEqual([]);
        expect(await readAll(log, 'organization-a', 600)).toEqual([]);
        expect(await readAll(log, 'organization-a', 10_000)).toEqual([]);
      });

      test('keeps its raw records', async () => {
        const a = new Chain('organization-a');
        const b = new Chain('organization-b');
        await log.append(a.renames(300));
        await log.append(b.renames(2));
        await log.append(a.renames(1));
        const records = await collect(log.records('organization-a'));
        expect(records.map(({ canonical }) => canonical)).toEqual(
          a.events.map(({ canonical }) => canonical),
        );
        const events = await readAll(log, 'organization-a');
        expect(
          records.map(({ canonical, hash, position }) => decode(canonical, hash, position)),
        ).toStrictEqual(events);
        expect(records.map(({ stream, revision, id }) => [stream, revision, id])).toEqual(
          events.map(({ stream, revision, id }) => [stream, revision, id]),
        );
        const all = await collect(log.records());
        expect(all.map(({ stream, revision }) => `${stream}/${revision}`)).toEqual(
          (await followUntil(log, null, 303)).map((e) => `${e.stream}/${e.revision}`),
        );
      });
    });

    describe('the limits', () => {
      test('let through an event of exactly 64 KiB and none above', async () => {
        const stream = 'organization-a';
        const fits = new Chain(stream).next(renamed(nameFor(stream, LIMITS.eventBytes)));
        expect(Buffer.byteLength(fits[0]!.canonical)).toBe(LIMITS.eventBytes);
        const over = new Chain(stream).next(renamed(nameFor(stream, LIMITS.eventBytes + 1)));
        await expect(log.append(over)).rejects.toThrow(AppendTooLarge);
        expect(await log.head()).toBeNull();
        expect(await log.append(fits)).toMatchObject({ outcome: 'committed', revision: 0 });
        expect(await readAll(log, stream)).toHaveLength(1);
      });

      test('count bytes, not characters', async () => {
        const stream = 'organization-a';
        const name = 'é'.repeat(LIMITS.eventBytes / 2);
        await expect(log.append(new Chain(stream).next(renamed(name)))).rejects.toThrow(
          AppendTooLarge,
        );
      });

      test('let a catalogue be larger', async () => {
        const publish = (bytes: number) => {
          const content = { id: 'big', notes: ['n'.repeat(bytes)] };
          const event = { type: 'catalogue.publish', catalogue: 'big', version: 1, content };
          return encode('catalogue-big', 0, NO_HASH, event as unknown as DomainEvent, metadata());
        };
        const fits = publish(LIMITS.catalogueEventBytes - 2000);
        await expect(log.append([publish(LIMITS.catalogueEventBytes)])).rejects.toThrow(
          AppendTooLarge,
        );
        expect(await log.append([fits])).toMatchObject({ outcome: 'committed', revision: 0 });
        expect(await readAll(log, 'catalogue-big')).toMatchObject([{ event: fits.event }]);
      });

      test('bound an append as a whole, which is all or nothing', async () => {
        const stream = 'organization-a';
        const chain = new Chain(stream);
        const size = Math.floor(LIMITS.appendBytes / 20);
        /** Its data is `{"name":"xx…"}`. */
        const rename = renamed('x'.repeat(size - 11));
        const events = chain.next(...Array.from({ length: 21 }, () => rename));
        expect(events[0]?.dataBytes).toBe(size);
        await expect(log.append(events)).rejects.toThrow(AppendTooLarge);
        const many = new Chain(stream).renames(LIMITS.appendEvents + 1);
        await expect(log.append(many)).rejects.toThrow(AppendTooLarge);
        expect(await log.head()).toBeNull();
        expect(await log.append(events.slice(0, 20))).toMatchObject({ revision: 19 });
      });
    });

    describe('a follower', () => {
      /** Follows beside the test; `seen` grows. */
      const followed = (after: bigint | null = null) => {
        const stop = new AbortController();
        const seen: Recorded[] = [];
        const done = (async () => {
          for await (const batch of log.follow(after, stop.signal)) seen.push(...batch);
        })();
        const until = async (count: number) => {
          for (let i = 0; i < 2000 && seen.length < count; i++) await pause(2);
          expect(seen.length).toBe(count);
        };
        return { seen, until, stop, done };
      };

      test('gets what was there, then what comes', async () => {
        const chain = new Chain('organization-a');
        await log.append(chain.renames(700));
        const follower = followed();
        await follower.until(700);
        await log.append(chain.renames(3));
        await follower.until(703);
        follower.stop.abort();
        await follower.done;
        expect(follower.seen).toStrictEqual(await readAll(log, 'organization-a'));
      });

      test('begins exactly after its checkpoint, in the middle of an append too', async () => {
        await log.append(new Chain('organization-a').renames(10));
        const all = await followUntil(log, null, 10);
        for (const [i, { position }] of all.entries()) {
          const rest = await followUntil(log, position, 9 - i);
          expect(rest).toStrictEqual(all.slice(i + 1));
        }
        await restart();
        expect(await followUntil(log, all[4]!.position, 5)).toStrictEqual(all.slice(5));
      });

      test('skips and doubles nothing while others append', async () => {
        const chains = Array.from({ length: 8 }, (_, i) => new Chain(`organization-org_${i}`));
        for (const chain of chains) await log.append(chain.renames(100));
        const total = 8 * 100 + 8 * 150;
        const follow = async () => {
          await nextTurn();
          return followUntil(log, null, total);
        };
        const followers = [follow(), follow(), follow()];
        const late: Promise<Recorded[]>[] = [];
        await Promise.all(
          chains.map(async (chain) => {
            for (let i = 0; i < 50; i++) {
              expect(await log.append(chain.renames(3))).toMatchObject({ outcome: 'committed' });
              if (i % 25 === 10) late.push(follow());
            }
          }),
        );
        const expected = await followUntil(log, null, total);
        for (const chain of chains) {
          const mine = expected.filter(({ stream }) => stream === chain.stream);
          expect(mine.map(({ revision }) => revision)).toEqual([...Array(250).keys()]);
        }
        // Ids stand for all that is in an event; comparing field by field takes Jest seconds.
        const places = (events: readonly Recorded[]) => events.map((e) => `${e.position} ${e.id}`);
        for (const seen of await Promise.all([...followers, ...late])) {
          expect(places(seen)).toEqual(places(expected));
        }
      });

      test('may be slow without losing or delaying anything', async () => {
        const chain = new Chain('organization-a');
        const slow = (async () => {
          const stop = new AbortController();
          const seen: Recorded[] = [];
          for await (const batch of log.follow(null, stop.signal)) {
            seen.push(...batch);
            if (seen.length === 3000) stop.abort();
            await pause(5);
          }
          return seen;
        })();
        for (let i = 0; i < 30; i++) await log.append(chain.renames(100));
        expect(await slow).toStrictEqual(await readAll(log, 'organization-a'));
      });

      test('ends by its signal, while it waits or before it begins', async () => {
        const follower = followed();
        await nextTurn();
        follower.stop.abort();
        await follower.done;
        const aborted = AbortSignal.abort();
        expect(await collect(log.follow(null, aborted))).toEqual([]);
      });

      test('ends with the log', async () => {
        await log.append(new Chain('organization-a').renames(1));
        const follower = followed();
        await follower.until(1);
        await log.close();
        await follower.done;
        log = await store.open();
      });

      test('is refused when it has seen more than there is', async () => {
        const position = await committed(log, new Chain('organization-a').renames(2));
        expect(await followUntil(log, position, 0)).toEqual([]);
        const ahead = collect(log.follow(position + 1000n, new AbortController().signal));
        await expect(ahead).rejects.toThrow(AheadOfLog);
      });
    });

    test('what only a newer program knows is told with its place, after what came before it', async () => {
      const [one, other] = [new Chain('organization-a'), new Chain('organization-b')];
      await log.append(one.renames(2));
      const position = await committed(log, one.nextAs({ schemaVersion: 2 }, renamed('newer')));
      await log.append(other.renames(1));
      await restart();
      const stop = new AbortController();
      const followed: string[] = [];
      for await (const next of followPastDamage(log, null, stop.signal)) {
        if (Array.isArray(next)) followed.push(...next.map((event: Recorded) => event.id));
        else {
          expect(next).toBeInstanceOf(UnknownEvent);
          expect(next).toMatchObject({ stream: one.stream, revision: 2, position, kind: 'newer' });
          followed.push('unknown');
        }
        if (followed.length === 4) stop.abort();
      }
      const [a, b] = one.events.map(({ id }) => id);
      expect(followed).toEqual([a, b, 'unknown', other.events[0]!.id]);
      await expect(readAll(log, one.stream)).rejects.toThrow(/organization\.rename@2.*upgrade/);
      await expect(log.last(one.stream)).rejects.toThrow(UnknownEvent);
      expect(await readAll(log, other.stream)).toHaveLength(1);
      // It is whole: whoever does not have to understand it finds nothing wrong.
      expect((await verify(log)).findings).toEqual([]);
    });

    test('a closed log takes nothing, and finishes what it took', async () => {
      const chain = new Chain('organization-a');
      const waiting = log.append(chain.renames(2));
      await log.close();
      expect(await waiting).toMatchObject({ outcome: 'committed', revision: 1 });
      await expect(log.append(chain.renames(1))).rejects.toThrow(LogStopped);
      log = await store.open();
      expect(await readAll(log, 'organization-a')).toHaveLength(2);
    });
  });
};
