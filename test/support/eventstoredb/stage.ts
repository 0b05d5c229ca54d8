/** A double and logs on it that end with the test, for stories about faults. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { Recorded } from '#domain/events.js';
import { EsdbEventLog, type EsdbOptions } from '#eventlog/esdb.js';
import type { EventLog } from '#eventlog/event-log.js';
import { EventStoreDouble } from './server.js';

/** In milliseconds: short, so that what waits for them is soon told. */
export const TIMES = { append: 1000, read: 500, patience: 20_000, silence: 500, audit: 300 };

export class Stage {
  server!: EventStoreDouble;
  readonly #logs: EventLog[] = [];
  readonly #stop = new AbortController();

  static async set(): Promise<Stage> {
    const stage = new Stage();
    stage.server = await EventStoreDouble.start();
    return stage;
  }

  async open(options: EsdbOptions = {}, url = this.server.url): Promise<EsdbEventLog> {
    const log = await EsdbEventLog.open(url, {
      ...options,
      times: { ...TIMES, audit: 3_600_000, ...options.times },
    });
    this.#logs.push(log);
    return log;
  }

  /** Follows beside the story; `seen` grows. */
  follow(log: EventLog, after: bigint | null = null) {
    const seen: Recorded[] = [];
    const done = (async () => {
      for await (const events of log.follow(after, this.#stop.signal)) seen.push(...events);
    })();
    done.catch(() => undefined);
    const until = async (count: number) => {
      await Promise.race([done, eventually(() => seen.length >= count)]);
      expect(seen.map(({ stream, revision }) => `${stream}/${revision}`)).toHaveLength(count);
    };
    return { seen, until, done };
  }

  async strike(): Promise<void> {
    this.#stop.abort();
    this.server.faults.clear();
    this.server.thaw();
    for (const log of this.#logs) await log.close();
    await this.server.stop();
  }
}

/** Waits for it as long as the test may last. */
export const eventually = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 2500 && !holds(); i++) await pause(10);
};

/** A new stage for each test of the file. */
export const staged = (): (() => Stage) => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.set();
  });
  afterEach(() => stage.strike());
  return () => stage;
};
