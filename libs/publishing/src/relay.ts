/** Follows the log and hands on what it says, with a checkpoint that is never ahead. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Recorded } from '#domain/events.js';
import { followPastDamage, requireKnown } from '#eventlog/damage.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import { RelayCheckpointLost, type Checkpoint, type Checkpoints } from './checkpoints.js';
import type { Message } from './envelope.js';
import { TopicLost } from './publisher.js';

/** What is said of events, in order; made anew wherever a relay begins. */
export interface Telling {
  of(events: readonly Recorded[]): AsyncIterable<Message>;
  /** An event is lost: from here on nothing can be said of its stream. */
  lose?(damage: DamagedEvent): void;
}

export interface RelayOptions {
  /** Key of its checkpoint. */
  readonly name: string;
  readonly log: EventLog;
  readonly checkpoints: Checkpoints;
  /** Begins after this position. */
  readonly tell: (after: bigint | null) => Telling;
  /**
   * Before the first message, each time it begins. `isBegun`: something was published before.
   * @throws TopicLost where that is gone
   */
  readonly prepare?: (isBegun: boolean) => Promise<void>;
  /** Called before all that is lost is published again; absent: it fails until somebody asks for that. */
  readonly onLost?: () => void;
  /**
   * Goes on beside it, and does not throw: is stopped, and what of it is under way waited for, before
   * another node may publish.
   */
  readonly beside?: (signal: AbortSignal) => Promise<void>;
  /** Ends once all are acknowledged; is tried again, with the same, for as long as it throws. */
  readonly publish: (messages: readonly Message[]) => Promise<void>;
  readonly onError?: (error: unknown) => void;
  /** Told after each move of the checkpoint. */
  readonly onMoved?: (position: bigint, messages: number) => void;
  /** Told again and again while another node publishes. */
  readonly onStandBy?: () => void;
  /** Milliseconds in which what comes after a few events is gathered. */
  readonly pace?: number;
  /** Milliseconds to wait after so many failures on end. */
  readonly backoff?: (failures: number) => number;
}

export interface RelayHealth {
  readonly name: string;
  readonly status: 'running' | 'failing' | 'stopped';
  readonly failure?: unknown;
  /** Everything up to it is acknowledged. */
  readonly position: bigint | null;
}

/** Events between two checkpoints at most; bytes and messages that are handed on at once. */
const EVENTS = 500;
const MESSAGES = 1000;
const BYTES = 512 * 1024;
/** Milliseconds that who is to end waits for what is under way. */
const LEAVE = 2_000;
/** More than that at a time is no few. */
const FEW = 100;

/** A fifth of a second, doubled with every failure, at most ten seconds; in milliseconds. */
const usualBackoff = (failures: number): number => Math.min(100 * 2 ** failures, 10_000);

/** The checkpoint is of another log, or of one that went on further than this one. */
export class RelayPositionUnknown extends Error {
  constructor(name: string) {
    super(
      `${name} is published from another log, or from a newer state of this one; replay into a fresh topic`,
    );
  }
}

/** Is it a place in this log? */
export const isIn = async (log: EventLog, { log: id, position }: Checkpoint): Promise<boolean> =>
  id === log.id && (position ?? -1n) <= ((await log.head()) ?? -1n);

type Optional = 'prepare' | 'onLost' | 'beside' | 'onMoved' | 'onStandBy';

export class Relay {
  readonly #options: Required<Omit<RelayOptions, Optional>> & Pick<RelayOptions, Optional>;
  #position: bigint | null = null;
  #failures = 0;
  #failure: unknown;
  #isRunning = false;

  constructor(options: RelayOptions) {
    this.#options = { onError: () => undefined, backoff: usualBackoff, pace: 0, ...options };
  }

  /**
   * Follows until aborted, or until everything up to `end` is published, while no other node does;
   * throws only `RelayCheckpointLost`. Everything else is waited out: it begins again at its checkpoint.
   */
  async run(signal: AbortSignal, end?: bigint | null): Promise<void> {
    this.#isRunning = true;
    try {
      while (!signal.aborted) {
        try {
          await this.#options.checkpoints.acquire(() => this.#look(), signal);
          if (await this.#hold(signal, end)) return;
        } catch (error) {
          if (error instanceof RelayCheckpointLost) throw error;
          await this.#failed(error, signal);
        }
      }
    } finally {
      this.#isRunning = false;
    }
  }

  /** Follows while no other node publishes, and lets go; true: it has come to the end. */
  async #hold(signal: AbortSignal, end?: bigint | null): Promise<boolean> {
    const { checkpoints, beside } = this.#options;
    const { lost } = checkpoints;
    const over = new AbortController();
    const held = AbortSignal.any([signal, lost]);
    const besides = beside?.(AbortSignal.any([held, over.signal]));
    try {
      while (!held.aborted) {
        try {
          await this.#follow(held, end);
          if (!lost.aborted) return true;
        } catch (error) {
          // Another node has moved it, or a newer one may know the event.
          if (error instanceof RelayCheckpointLost || error instanceof UnknownEvent) throw error;
          await this.#failed(error, signal);
        }
      }
      return false;
    } finally {
      over.abort();
      if (!lost.aborted) await besides;
      checkpoints.release();
    }
  }

  health(): RelayHealth {
    const { name } = this.#options;
    const status = !this.#isRunning ? 'stopped' : this.#failures > 0 ? 'failing' : 'running';
    const failure = this.#failures > 0 ? { failure: this.#failure } : {};
    return { name, status, position: this.#position, ...failure };
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#failures += 1;
    this.#failure = error;
    this.#options.onError(error);
    const pause = this.#options.backoff(this.#failures);
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }

  async #follow(signal: AbortSignal, end?: bigint | null): Promise<void> {
    const { log, tell, pace } = this.#options;
    await this.#begin();
    await this.#prepare();
    // Nothing is left that it could fail with.
    if (this.#failures > 0 && this.#position === (await log.head())) this.#failures = 0;
    const telling = tell(this.#position);
    const isOver = (): boolean =>
      end === null || (end !== undefined && this.#position !== null && this.#position >= end);
    if (isOver()) return;
    for await (const next of followPastDamage(log, this.#position, signal)) {
      requireKnown(next);
      if (next instanceof DamagedEvent) {
        telling.lose?.(next);
        await this.#move(next.position, 0);
      } else {
        for (let at = 0; at < next.length && !signal.aborted; at += EVENTS) {
          await this.#hand(telling, next.slice(at, at + EVENTS), signal);
        }
      }
      if (signal.aborted || isOver()) return;
      const isFew = next instanceof DamagedEvent || next.length < FEW;
      if (isFew && pace > 0) await delay(pace, undefined, { signal }).catch(() => undefined);
    }
  }

  /** How far another node is. */
  async #look(): Promise<void> {
    const { name, checkpoints, onStandBy } = this.#options;
    onStandBy?.();
    this.#position = (await checkpoints.find(name))?.position ?? null;
    this.#failures = 0;
  }

  async #begin(): Promise<void> {
    const { name, log, checkpoints } = this.#options;
    const known = await checkpoints.find(name);
    if (known === undefined) await checkpoints.begin(name, { log: log.id, position: null });
    else if (!(await isIn(log, known))) throw new RelayPositionUnknown(name);
    this.#position = known?.position ?? null;
  }

  async #prepare(): Promise<void> {
    const { name, log, checkpoints, prepare, onLost } = this.#options;
    try {
      await prepare?.(this.#position !== null);
    } catch (error) {
      if (onLost === undefined || !(error instanceof TopicLost)) throw error;
      onLost();
      const known = { log: log.id, position: this.#position };
      await checkpoints.begin(name, { log: log.id, position: null }, known);
      this.#position = null;
      await prepare?.(false);
    }
  }

  /** What the events say, and only then the checkpoint after them. */
  async #hand(telling: Telling, events: readonly Recorded[], signal: AbortSignal): Promise<void> {
    let waiting: Message[] = [];
    let [bytes, count] = [0, 0];
    for await (const message of telling.of(events)) {
      const size = sizeOf(message);
      if (waiting.length > 0 && (bytes + size > BYTES || waiting.length === MESSAGES)) {
        if (!(await this.#publish(waiting, signal)) || signal.aborted) return;
        [waiting, bytes] = [[], 0];
      }
      waiting.push(message);
      bytes += size;
      count += 1;
    }
    if (waiting.length > 0 && !(await this.#publish(waiting, signal))) return;
    if (!this.#options.checkpoints.lost.aborted) {
      await this.#move(events.at(-1)!.position, count);
    }
  }

  /** Until they are acknowledged: nothing that comes later overtakes them. False: it is to end. */
  async #publish(messages: readonly Message[], signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const publishing = Promise.resolve(messages).then(this.#options.publish);
      try {
        await unlessAborted(publishing, signal);
        this.#failures = 0;
        return true;
      } catch (error) {
        if (signal.aborted) return this.#arrives(publishing);
        await this.#failed(error, signal);
      }
    }
    return false;
  }

  /** Before another node goes on, for what arrives after its messages would be out of order. */
  async #arrives(publishing: Promise<void>): Promise<boolean> {
    const { lost } = this.#options.checkpoints;
    const over = new AbortController();
    const patience = delay(LEAVE, false, { signal: AbortSignal.any([lost, over.signal]) });
    const arrived = publishing.then(
      () => true,
      () => false,
    );
    const isThere = await Promise.race([arrived, patience.catch(() => false)]);
    over.abort();
    return isThere;
  }

  async #move(to: bigint, messages: number): Promise<void> {
    await this.#options.checkpoints.move(this.#options.name, this.#position, to);
    this.#position = to;
    this.#failures = 0;
    this.#options.onMoved?.(to, messages);
  }
}

/** Whoever is to end does not wait for an acknowledgement that may never come. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const aborted = once(signal, 'abort', { signal: over.signal }).then(
    () => signal.throwIfAborted(),
    () => undefined,
  );
  try {
    signal.throwIfAborted();
    await Promise.race([work, aborted]);
  } finally {
    over.abort();
    work.catch(() => undefined);
  }
}

/** About what it takes on its way, in bytes. */
const sizeOf = (message: Message): number => 500 + JSON.stringify(message.data).length;

/** Every event is a message. */
export const eventsIn = (envelopes: {
  of(events: readonly Recorded[]): Promise<Message[]>;
}): Telling => ({
  async *of(events) {
    yield* await envelopes.of(events);
  },
});
