/** What runs beside the requests: everything that follows the log. Starts it, stops it, looks at it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { organizationOf } from '#domain/events.js';
import type { EventLog } from '#eventlog/event-log.js';
import { traceOf } from './trace.js';
import { Vitals, type QuarantinedOrganization, type Vital } from './vitals.js';

/** How something that runs stands. */
export interface Standing {
  /** Everything that was in the log at the start is applied. */
  readonly ready: boolean;
  /** What follows the log in it, by name; left out: it does, under its own name. */
  readonly followers: readonly { readonly name: string; readonly lag: number }[];
  readonly quarantined: readonly QuarantinedOrganization[];
}

/** Something that goes on until it is told to stop. */
export interface Runner {
  readonly name: string;
  /** Ends only by the signal; when it fails it is run again. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Absent: nobody waits for it. */
  readonly look?: (head: bigint | null) => Promise<Standing> | Standing;
}

/** Positions between what was applied and the end of the log. */
export const lagOf = (position: bigint | null, head: bigint | null): number =>
  Math.max(0, Number((head ?? -1n) - (position ?? -1n)));

/** Milliseconds before what has failed is run again: the first time, and at most. */
const PAUSE = { first: 200, most: 10_000 } as const;

export class Background extends Vitals {
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>[] = [];
  readonly #running = new Set<string>();

  constructor(
    private readonly log: EventLog,
    private readonly runners: readonly Runner[],
    private readonly words: Logger,
  ) {
    super();
  }

  start(): void {
    for (const runner of this.runners) this.#ended.push(this.#keepRunning(runner));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#ended);
  }

  async #keepRunning({ name, run }: Runner): Promise<void> {
    const { signal } = this.#stop;
    for (
      let pause: number = PAUSE.first;
      !signal.aborted;
      pause = Math.min(pause * 2, PAUSE.most)
    ) {
      try {
        this.#running.add(name);
        await run(signal);
        if (!signal.aborted) throw new Error(`${name} has ended by itself`);
      } catch (error) {
        if (signal.aborted) return;
        this.words.error({ msg: 'stopped, runs again', runner: name, pause, ...traceOf(error) });
      } finally {
        this.#running.delete(name);
      }
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Whoever met it: a command, a query, or one of the followers. */
  #damaged(): QuarantinedOrganization[] {
    return (this.log.health().damaged ?? []).map(({ stream, revision }) => ({
      readModel: 'log',
      organization: organizationOf(stream) ?? stream,
      event: `damaged ${revision}`,
    }));
  }

  async look(): Promise<Vital> {
    const head = await this.log.head();
    const standings = await Promise.all(
      this.runners.map(async ({ name, look }) => {
        const { ready, followers, quarantined } = (await look?.(head)) ?? HEALTHY;
        const running = this.#running.has(name);
        const named = followers.length > 0 ? followers : [{ name, lag: 0 }];
        return { ready, quarantined, followers: named.map((one) => ({ ...one, running })) };
      }),
    );
    return {
      ready:
        !this.#stop.signal.aborted &&
        this.log.health().status === 'ok' &&
        standings.every((one) => one.ready),
      head: head === null ? null : String(head),
      followers: standings.flatMap((one) => one.followers),
      quarantined: [...standings.flatMap((one) => one.quarantined), ...this.#damaged()],
    };
  }
}

/** What nobody waits for. */
const HEALTHY: Standing = { ready: true, followers: [], quarantined: [] };
