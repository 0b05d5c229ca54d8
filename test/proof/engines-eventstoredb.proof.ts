/**
 * 64 writers on two nodes over EventStoreDB's double, and faults at random: every acknowledged append
 * is there once and nothing else is, every append is settled, every follower sees the log as it is,
 * and nothing is rejected that nobody handles. Times are printed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { appendSettled } from '#commands/appending.js';
import { verify } from '#eventlog/chain.js';
import { EsdbEventLog } from '#eventlog/esdb.js';
import { type EncodedEvent, type EventLog, LogUnavailable } from '#eventlog/event-log.js';
import { Chain } from '../contract/events.js';
import type { Fault, Operation } from '../support/eventstoredb/faults.js';
import { EventStoreDouble } from '../support/eventstoredb/server.js';
import { randomness, scaled } from './support/running.js';

const SECONDS = Math.max(15, scaled(300));
const WRITERS = 64;
/** Milliseconds after a fault within which the log is expected to be as before; it is printed. */
const PATIENCE = 60_000;
/** Milliseconds that a writer pauses at most. Server, nodes and faults share one process, and a busy
 * one would show its own slowness: nobody writes while it is busier than this. */
const PAUSE = 400;
const BUSY = 0.6;

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
process.on('unhandledRejection', note);
afterAll(() => void process.off('unhandledRejection', note));

/** How busy the process was in the last quarter of a second, 0 to 1. */
let load = 0;
let before = performance.eventLoopUtilization();
const measuring = setInterval(() => {
  load = performance.eventLoopUtilization(before).utilization;
  before = performance.eventLoopUtilization();
}, 250);
afterAll(() => clearInterval(measuring));

/** What is written and followed on one node. */
class Node {
  readonly acknowledged: string[] = [];
  readonly pending = new Set<Promise<unknown>>();
  readonly seen: string[] = [];
  readonly disorder: string[] = [];
  readonly #next = new Map<string, number>();
  outcomes = { committed: 0, conflict: 0, unknown: 0 };
  slowest = 0;
  /** Position of the newest event that was acknowledged, and that was seen. */
  newest = 0n;
  position = 0n;

  constructor(readonly log: EventLog) {}

  async write(own: number, random: () => number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      do await sleep(random() * PAUSE);
      while (load > BUSY);
      const isRace = random() < 0.2;
      const stream = `organization-${isRace ? Math.floor(random() * WRITERS) : own}`;
      try {
        const last = await this.log.last(stream);
        const chain = new Chain(stream, (last?.revision ?? -1) + 1, last?.metadata.hash);
        const events = chain.renames(1 + Math.floor(random() * 4), `${random()}`);
        const settling = this.#settle(events);
        this.pending.add(settling);
        await settling.finally(() => this.pending.delete(settling));
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
      }
    }
  }

  async #settle(events: readonly EncodedEvent[]): Promise<void> {
    const timed = { append: (them: readonly EncodedEvent[]) => this.#timed(them) };
    const never = new AbortController().signal;
    const settled = await appendSettled(timed as EventLog, events, never);
    if (settled.outcome !== 'committed') return;
    this.acknowledged.push(...events.map(({ id }) => id));
    if (settled.position > this.newest) this.newest = settled.position;
  }

  async #timed(events: readonly EncodedEvent[]) {
    const began = performance.now();
    const outcome = await this.log.append(events);
    this.slowest = Math.max(this.slowest, performance.now() - began);
    this.outcomes[outcome.outcome]++;
    return outcome;
  }

  async follow(signal: AbortSignal): Promise<void> {
    for await (const events of this.log.follow(null, signal)) {
      for (const { stream, revision, id, position } of events) {
        const next = this.#next.get(stream) ?? 0;
        if (revision !== next) this.disorder.push(`${stream}: ${revision} came for ${next}`);
        this.#next.set(stream, revision + 1);
        this.seen.push(id);
        this.position = position;
      }
    }
  }
}

/** What goes wrong, for how long, until it is mended. */
const faultsOf = (server: EventStoreDouble, random: () => number) => {
  const between = (least: number, most: number) => least + random() * (most - least);
  const oneOf = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)] as T;
  const lasting = async (begin: () => void, most: number) => {
    begin();
    await sleep(between(300, most));
    server.faults.clear();
    server.thaw();
  };
  const call = (): Fault =>
    oneOf([
      { kind: 'never' },
      { kind: 'never', written: false },
      { kind: 'late', by: between(10, 4000) },
      { kind: 'half_close', written: random() < 0.5 },
      { kind: 'cut', written: random() < 0.5 },
      { kind: 'not_ready' },
      { kind: 'unavailable' },
    ] as const);
  const chance = (operation: Operation) =>
    random() < (operation === 'subscribe' ? 0.3 : 0.02) ? call() : undefined;
  return {
    killed: async () => {
      await server.kill(oneOf(['all', 'some', 'nothing']));
      await sleep(between(0, 3000));
      await server.up();
    },
    'told to end': async () => {
      await server.terminate();
      await sleep(between(0, 3000));
      await server.up();
    },
    cut: async () => server.cut(),
    frozen: () => lasting(() => server.freeze(), 6000),
    'frozen connections': () => lasting(() => server.freeze('connections'), 6000),
    'calls that go wrong': () => lasting(() => (server.faults.chance = chance), 4000),
    'silent subscriptions': () => lasting(() => (server.faults.silent = true), 4000),
    'subscriptions cut off': async () => server.faults.endSubscriptions('too_slow'),
    'subscriptions that end': async () => server.faults.endSubscriptions('silently'),
  };
};

const since = (began: number): string => `${((performance.now() - began) / 1000).toFixed(2)} s`;
const until = async (holds: () => boolean): Promise<boolean> => {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await sleep(10)) {
    if (holds()) return true;
  }
  return holds();
};

test(`${WRITERS} writers and faults for ${SECONDS} s`, async () => {
  const random = randomness('eventstoredb');
  const server = await EventStoreDouble.start();
  const open = () => EsdbEventLog.open(server.url);
  const nodes = [new Node(await open()), new Node(await open())];
  const writing = new AbortController();
  const following = new AbortController();
  const followers = nodes.map((node) => node.follow(following.signal));
  const writers = Array.from({ length: WRITERS }, (_, i) =>
    (nodes[i % 2] as Node).write(i, random, writing.signal),
  );
  const faults = Object.entries(faultsOf(server, random));
  const worst = { settled: 0, followed: 0 };
  // As a disk takes: what is under way when the server is killed is there, or is not.
  server.faults.flushing = 5;
  const begun = performance.now();
  let count = 0;
  while (performance.now() - begun < SECONDS * 1000) {
    const [name, fault] = faults[Math.floor(random() * faults.length)]!;
    await fault();
    const mended = performance.now();
    const open = nodes.flatMap((node) => [...node.pending]);
    let left = open.length;
    for (const one of open) void one.finally(() => left--).catch(() => undefined);
    expect(await until(() => left === 0)).toBe(true);
    const settled = since(mended);
    worst.settled = Math.max(worst.settled, performance.now() - mended);
    const end = nodes.reduce((most, node) => (node.newest > most ? node.newest : most), 0n);
    expect(await until(() => nodes.every((node) => node.position >= end))).toBe(true);
    worst.followed = Math.max(worst.followed, performance.now() - mended);
    console.log(
      `${name}: ${left + open.length} settled ${settled}, followed ${since(mended)} after it`,
    );
    count++;
    await sleep(200 + random() * 800);
  }
  writing.abort();
  await Promise.all(writers);
  const head = await nodes[0]!.log.head();
  expect(await until(() => nodes.every((node) => node.position === head))).toBe(true);
  following.abort();
  await Promise.all(followers);

  const acknowledged = nodes.flatMap((node) => node.acknowledged);
  const stored: string[] = [];
  for await (const records of nodes[0]!.log.records()) stored.push(...records.map(({ id }) => id));
  expect(new Set(acknowledged).size).toBe(acknowledged.length);
  expect([...stored].sort()).toEqual([...acknowledged].sort());
  for (const { seen, disorder } of nodes) {
    expect(disorder).toEqual([]);
    expect(seen).toEqual(stored);
  }
  expect((await verify(nodes[0]!.log)).findings).toEqual([]);
  expect(unhandled).toEqual([]);
  for (const [i, { outcomes, slowest }] of nodes.entries()) {
    const { committed, conflict, unknown } = outcomes;
    console.log(
      `node ${i}: appends that ended committed ${committed}, conflict ${conflict}, unknown ${unknown}; the slowest took ${(slowest / 1000).toFixed(2)} s`,
    );
  }
  console.log(
    `${count} faults, ${stored.length} events; all settled at most ${(worst.settled / 1000).toFixed(2)} s and followed ${(worst.followed / 1000).toFixed(2)} s after a fault`,
  );
  for (const { log } of nodes) await log.close();
  await server.stop();
});
