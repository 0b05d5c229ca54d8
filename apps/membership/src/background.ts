/** What runs beside the requests: everything that follows the log. Starts it, stops it, looks at it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { organizationOf } from '#domain/events.js';
import { LogUnavailable, type EventLog } from '#eventlog/event-log.js';
import { reasonOf, traceOf } from './trace.js';
import { Vitals, type QuarantinedOrganization, type Vital } from './vitals.js';

interface Follower {
  readonly name: string;
  readonly lag: number;
  /** Position up to which a snapshot has spared it the log. */
  readonly restored?: string;
  /** Why it does not go on. */
  readonly reason?: string;
}

/** How something that runs stands. */
export interface Standing {
  /** Everything that was in the log at the start is applied. */
  readonly ready: boolean;
  /** What follows the log in it; none: it does, under its own name. */
  readonly followers: readonly Follower[];
  readonly quarantined: readonly QuarantinedOrganization[];
}

/** Something that goes on until it is told to stop. */
export interface Runner {
  readonly name: string;
  /** Ends only by the signal; when it fails it is run again. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** How it stands, the last known event of the log being this; absent: nobody waits for it. */
  readonly look?: (head: bigint | null) => Promise<Standing> | Standing;
}

/** Positions between what was applied and the end of the log. */
export const lagOf = (position: bigint | null, head: bigint | null): number =>
  Math.max(0, Number((head ?? -1n) - (position ?? -1n)));

/** Milliseconds before what has failed is run again: the first time, and at most. */
const PAUSE = { first: 200, most: 10_000 } as const;

/** What a runner has last failed with. */
interface Failure {
  readonly reason: string;
  /** When it counts as got over: it has run for as long as it was waited before, and a second. */
  readonly over: number;
}

export class Background extends Vitals {
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>[] = [];
  readonly #failures = new Map<string, Failure>();
  /** Position of the last event that was known of. */
  #known: bigint | null = null;

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
    for (let pause: number = PAUSE.first; !signal.aborted;) {
      try {
        await run(signal);
        if (!signal.aborted) throw new EndedByItself();
      } catch (error) {
        if (signal.aborted) return;
        if (this.#failure(name) === undefined) pause = PAUSE.first;
        this.words.error({ msg: 'stopped, runs again', runner: name, pause, ...traceOf(error) });
        const over = performance.now() + 2 * pause + 1000;
        this.#failures.set(name, { reason: reasonOf(error), over });
        await delay(pause, undefined, { signal }).catch(() => undefined);
        pause = Math.min(pause * 2, PAUSE.most);
      }
    }
  }

  /** Whoever met it: a command, a query, or one of the followers. */
  #damaged(): QuarantinedOrganization[] {
    return (this.log.health().damaged ?? []).map(({ stream, revision, kind }) => ({
      readModel: 'log',
      organization: organizationOf(stream) ?? stream,
      event: `${kind} ${revision}`,
    }));
  }

  /** The last failure, unless it was got over. */
  #failure(name: string): Failure | undefined {
    const failure = this.#failures.get(name);
    return failure !== undefined && performance.now() < failure.over ? failure : undefined;
  }

  async #head(): Promise<bigint | null> {
    try {
      return await this.log.head();
    } catch (error) {
      if (error instanceof LogUnavailable) return null;
      throw error;
    }
  }

  async look(): Promise<Vital> {
    // While the store does not answer nobody knows the end, and what is asked is whether it does.
    const head = this.log.health().status === 'unreachable' ? null : await this.#head();
    this.#known = head ?? this.#known;
    const known = this.#known;
    const standings = await Promise.all(
      this.runners.map(async ({ name, look }) => {
        const { ready, followers, quarantined } = (await look?.(known)) ?? HEALTHY;
        const failure = this.#failure(name);
        const named: readonly Follower[] = followers.length > 0 ? followers : [{ name, lag: 0 }];
        const shown = named.map((one) => {
          const reason = failure?.reason ?? one.reason;
          return { ...one, running: reason === undefined, ...(reason && { reason }) };
        });
        return { ready, quarantined, followers: shown };
      }),
    );
    const log = this.log.health();
    return {
      ready:
        !this.#stop.signal.aborted && log.status === 'ok' && standings.every((one) => one.ready),
      ...(log.status === 'ok' ? {} : { reason: log.reason }),
      head: head === null ? null : String(head),
      followers: standings.flatMap((one) => one.followers),
      quarantined: [...standings.flatMap((one) => one.quarantined), ...this.#damaged()],
    };
  }
}

/** A runner came to an end that nobody asked for. */
class EndedByItself extends Error {}

/** What nobody waits for. */
const HEALTHY: Standing = { ready: true, followers: [], quarantined: [] };
