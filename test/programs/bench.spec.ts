import { describe, expect, test } from '@jest/globals';
import type { Recorded } from '#domain/events.js';
import { compile } from '#catalogues/compile.js';
import { readCatalogueFile } from '#catalogues/load.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { benchAccess, type AccessBench } from '../../tools/bench/access.js';
import { benchIndexes, INDEXES, type Index } from '../../tools/bench/indexes.js';
import { Memberships } from '../../tools/bench/memberships.js';
import { NotHere, type Engine } from '../../tools/bench/peers/engine.js';
import { KINDS, questions, type Question } from '../../tools/bench/questions.js';
import { naive } from './naive.js';

const mondoo = compile(readCatalogueFile('catalogues/mondoo.yaml').content!);
const shape = { organizations: 10, members: 20 };
const times = { warmUp: 0, seconds: 0.01 };
const bench: AccessBench = {
  ...{ catalogue: mondoo, shape, questions: 300, times, peers: [], memberships: [] },
  isServed: false,
  started: 0,
};

/** What was printed, cut where the next engine begins. */
const printed = async (more: Partial<AccessBench>): Promise<(name: string) => string> => {
  const lines: string[] = [];
  await benchAccess({ ...bench, ...more }, (line) => lines.push(line));
  const parts = lines.join('\n').split('\n\n');
  return (name) => parts.find((part) => part.startsWith(name)) ?? `nothing about ${name}`;
};

const engine = (name: string, more: Partial<Engine> = {}): Engine => ({
  name,
  where: 'in process',
  cannot: {},
  load: async (all) => ({ one: (question) => naive(all.catalogue, question) }),
  ...more,
});

describe('the benchmark of permission checks', () => {
  test('one that reads the facts themselves agrees with what folds the events', async () => {
    const of = await printed({ peers: [engine('naive')], questions: 3000 });
    expect(of('membership, in process\n')).toMatch(/answers +3,000, of them [\d,]{3,} yes/);
    expect(of('naive, in process')).toMatch(/answers agree +3,000 of 3,000 as expected/);
    expect(of('naive, in process')).toMatch(/one in a call +[\d,]+\/s; membership [\d.]+ × that/);
    for (const who of ['member', 'user', 'service account']) {
      expect(of('membership, in process, by whom')).toMatch(
        new RegExp(`about a ${who} +[\\d,]+/s, [\\d,]+ of 3,000 yes`),
      );
    }
    expect(of('membership, in process, by whom')).toMatch(/its API key +[\d,]+\/s, [1-9]/);
    expect(of('naive, in process')).toMatch(/filled .* s, .*; membership [\d.]+ × that time/);
  });

  test('one wrong answer is told, with its question', async () => {
    const wrong = questions(new Memberships(mondoo, shape), 300)[123]!;
    const isThat = ({ member, permission }: Question) =>
      member.id === wrong.member.id && permission === wrong.permission;
    const peer = engine('wrong', {
      load: async (all) => ({
        one: (question) => naive(all.catalogue, question) !== isThat(question),
      }),
    });
    const text = (await printed({ peers: [peer] }))('wrong, in process');
    expect(text).toMatch(/ANSWERS DIFFER +299 of 300 as expected/);
    const says = naive(mondoo, wrong) ? 'no' : 'yes';
    expect(text).toContain(`says ${says}: may ${wrong.member.id} ${wrong.permission} at `);
  });

  test('what answers otherwise in a batch is told, with the question', async () => {
    const peer = engine('hasty', {
      load: async (all) => ({
        one: (question) => naive(all.catalogue, question),
        many: { size: 10, about: 'anybody', ask: (asked) => asked.map(() => true) },
      }),
    });
    const text = (await printed({ peers: [peer] }))('hasty, in process');
    expect(text).toMatch(/FAILED +in a batch it answers true: may mem_\w+ \w+:\w+ at /);
  });

  test('what cannot be expressed is named and counted, and not asked', async () => {
    const asked: string[] = [];
    const peer = engine('timeless', {
      cannot: { 'time-boxed role': 'it knows no times', 'as of a past time': 'nor a past' },
      load: async (all) => ({
        one: (question) => {
          asked.push(question.kind);
          return naive(all.catalogue, question);
        },
      }),
    });
    const text = (await printed({ peers: [peer] }))('timeless, in process');
    expect(text).toMatch(/not expressible +time-boxed role \(\d+\): it knows no times/);
    expect(text).toMatch(/cannot be asked +as of a past time: nor a past/);
    expect(asked).toContain('role at a space');
    expect(asked).not.toContain('time-boxed role');
  });

  test('one that is not on the machine is told with the reason, and the others are asked', async () => {
    const absent = engine('absent', {
      load: () => Promise.reject(new NotHere('this machine has no go')),
    });
    const of = await printed({ peers: [absent, engine('naive')] });
    expect(of('absent, in process')).toMatch(/SKIPPED +this machine has no go/);
    expect(of('naive, in process')).toContain('answers agree');
  });

  describe('with the service', () => {
    test('over HTTP, gRPC and one stream it answers as in process', async () => {
      const once = { warmUp: 0, seconds: 0.1 };
      const more = { memberships: [100], started: 600 };
      const of = await printed({ isServed: true, times: once, ...more });
      const start = of('A start with 600 memberships');
      expect(start).toMatch(/\d+ events on disk +[\d.]+ s, [\d,]+ events\/s/);
      expect(start).toMatch(/service, from event 0 +ready [\d.]+ s/);
      expect(start).toMatch(/service, from a snapshot +ready [\d.]+ s after its start$/m);
      expect(of('PermissionIndex, 100 memberships')).toMatch(/built from events .* events\/s/);
      for (const way of [', over HTTP', ', over gRPC', ', one stream, over gRPC']) {
        expect(of(`membership${way}`)).toMatch(/answers agree +300 of 300 as expected/);
        expect(of(`membership${way}`)).toMatch(/one in a call +[\d,]+\/s, p50/);
      }
      expect(of('membership, over HTTP, also')).toMatch(/explained +[\d,]+\/s/);
      const change = of('A change of roles, until it is seen');
      for (const what of ['answer', 'watcher', 'answer under load', 'watcher under load']) {
        expect(change).toMatch(new RegExp(`change to ${what} +p50 [\\d.]+ ms, p99 [\\d.]+ ms`));
      }
    }, 120_000);
  });
});

describe('memberships by arithmetic', () => {
  const all = new Memberships(mondoo, shape);

  test('every kind of question is among them', () => {
    const kinds = new Set(questions(all, 5000).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([...KINDS].sort());
  });

  test('are the same every time, and each is known without the others', () => {
    const again = new Memberships(mondoo, shape);
    expect([...again.events()]).toEqual([...all.events()]);
    const place = all.organization(3);
    expect(all.member(place, 7)).toEqual([...again.members(again.organization(3))][7]);
  });

  test('ten million are not made before they are asked for', () => {
    const many = new Memberships(mondoo, { organizations: 10_000, members: 1000 });
    expect(many.size).toBe(10_000_000);
    expect(questions(many, 10)).toHaveLength(10);
    const { value } = many.recorded().next();
    expect((value as Recorded).event.type).toBe('catalogue.publish');
  });

  test('are told to a reader as a log that stores them tells them', async () => {
    const log = new SqliteEventLog(':memory:');
    await all.store(log, { catalogue: true });
    const stored: Recorded[] = [];
    const stop = new AbortController();
    const head = await log.head();
    for await (const batch of log.follow(null, stop.signal)) {
      stored.push(...batch);
      if (batch.at(-1)?.position === head) stop.abort();
    }
    await log.close();
    const told = ({ stream, revision, event, metadata: { occurredAt } }: Recorded) => {
      return { stream, revision, event, occurredAt };
    };
    expect([...all.recorded()].map(told)).toEqual(stored.map(told));
  });
});

describe('the index alone', () => {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);

  test('what it has beyond checks is measured, and a snapshot that lost something told', async () => {
    const forgetful: Index = {
      ...INDEXES[0]!,
      name: 'forgetful',
      build: (events) => ({
        ...INDEXES[0]!.build(events),
        interned: () => (from, to) => to - from,
        snapshot: async () => Buffer.alloc(8),
      }),
      restore: async () => ({ check: () => false }),
    };
    await benchIndexes(mondoo, [200], times, say, [forgetful]);
    const text = lines.join('\n');
    expect(text).toMatch(/hot, interned +[\d,]+ checks\/s/);
    expect(text).toMatch(/snapshot +8 bytes, made in/);
    expect(text).toMatch(/snapshot +ANSWERS DIFFERENTLY: \{"organization"/);
  });

  test('beyond what it takes it is not built', async () => {
    lines.length = 0;
    await benchIndexes(mondoo, [2000], times, say, [{ ...INDEXES[0]!, most: 1000 }]);
    expect(lines).toEqual([expect.any(String), expect.stringContaining('at most 1,000')]);
  });
});
