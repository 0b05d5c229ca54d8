import { setTimeout as delay } from 'node:timers/promises';
import { followPastDamage, requireKnown } from '#eventlog/damage.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import { changesOf } from './changes.js';
import type { CurrentInvitations } from './current-invitation.js';
import { KeptLetters } from './kept.js';
import { Letters, type LettersOptions } from './letters.js';
import { FIRST, type MailTransport } from './mail.js';
import { MailCheckpointLost, type Mails } from './mails.js';
import { Post } from './post.js';
import { Sending } from './sending.js';

export interface MailerOptions extends LettersOptions {
  readonly log: EventLog;
  readonly mails: Mails;
  readonly invitations: CurrentInvitations;
  readonly transport: MailTransport;
  /** Where to begin in a log that this mailer has never read. */
  readonly from?: 'beginning' | 'end';
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Mails that are sent at the same time. */
  readonly concurrency?: number;
  /** Mails that are sent in a second, at most; left out: any number. */
  readonly perSecond?: number;
  /** How long to wait after so many tries, in milliseconds. */
  readonly backoff?: (tries: number) => number;
  readonly onError?: (error: unknown) => void;
}

export interface MailerHealth {
  readonly status: 'running' | 'failing' | 'stopped';
  /** What it failed with, while it does; whoever shows it finds words that name nobody. */
  readonly failure?: unknown;
  /** Position of the last event applied. */
  readonly position: bigint | null;
}

/** The mailer does not know what it has sent of this log, and nobody has told it. */
export class MailerPositionUnknown extends Error {
  constructor(why: string) {
    super(
      `${why}: say whether mail begins at the "beginning" of the log (every pending invitation is mailed, perhaps once more) or at its "end"`,
    );
  }
}

type Work = 'following' | 'sending' | 'delivering';

/** Ten seconds, doubled with every try, at most an hour; in milliseconds. */
const usualBackoff = (tries: number): number => Math.min(10_000 * 2 ** (tries - 1), 3_600_000);
/** How long an error is waited out, and for others to take over in, in milliseconds. */
const PAUSE = 1000;
const GIVING_WAY = 2000;
/** What comes within so many milliseconds is noted together, unless it is so many events. */
const PACE = 50;
const BUSY = 256;

/**
 * Mails invitations by following the log: at least once, with the same Message-ID at every try,
 * and only what is pending at that generation when it is sent. What ends is taken back, as far as
 * it is still here.
 */
export class Mailer {
  readonly #options: Required<Omit<MailerOptions, 'from'>> & Pick<MailerOptions, 'from'>;
  readonly #kept: KeptLetters;
  readonly #sending: Sending;
  #position: bigint | null = null;
  /** The newest event it has looked at: what it says of an invitation is no older. */
  #seen: bigint | null = null;
  #isRunning = false;
  readonly #failures = new Map<Work, unknown>();

  constructor(options: MailerOptions) {
    const ignore = () => undefined;
    const usual = { now: Date.now, concurrency: 4, perSecond: Infinity, backoff: usualBackoff };
    this.#options = { onError: ignore, ...usual, ...options };
    const letters = new Letters(options);
    const post = new Post({ ...this.#options, letters, seen: () => this.#seen });
    this.#kept = new KeptLetters(post, this.#options.onError);
    this.#sending = new Sending(post, this.#kept, {
      ...this.#options,
      failed: (work, error) => this.#failed(work, error),
      recovered: (work) => void this.#failures.delete(work),
    });
  }

  /**
   * Finds where to go on; to be called before the first event is written. Throws
   * `MailerPositionUnknown` for a log with events that it has no checkpoint in, or that ends before
   * it, unless told.
   */
  async open(): Promise<void> {
    const { log, mails, from } = this.#options;
    if (await this.#look()) return;
    const known = await mails.checkpoint();
    const head = await log.head();
    if (head !== null && from === undefined) {
      if (known === undefined) throw new MailerPositionUnknown('no checkpoint');
      const isOther = known.log !== log.id;
      throw new MailerPositionUnknown(
        isOther ? 'the checkpoint is of another log' : 'the log ends before the checkpoint',
      );
    }
    this.#position = from === 'end' ? head : null;
    this.#seen = this.#position;
    await this.#begin(this.#position);
  }

  /** Where to go on by the checkpoint; false where that says nothing of this log. */
  async #look(): Promise<boolean> {
    const { log, mails } = this.#options;
    const known = await mails.checkpoint();
    const isBeyond = (known?.position ?? -1n) > ((await log.head()) ?? -1n);
    if (known?.log !== log.id || isBeyond) return false;
    this.#position = known.position;
    this.#seen = known.position;
    return true;
  }

  /** Unless another node, which mails, has. */
  async #begin(position: bigint | null): Promise<void> {
    const { log, mails } = this.#options;
    const begun = new AbortController();
    const look = async (): Promise<void> => {
      if (await this.#look()) begun.abort();
    };
    await mails.acquire(look, begun.signal);
    if (!begun.signal.aborted) await mails.begin(log.id, position);
  }

  /**
   * Follows and sends until aborted, while no other node does; throws only `MailCheckpointLost`.
   * After `open`.
   */
  async run(signal: AbortSignal): Promise<void> {
    this.#isRunning = true;
    try {
      while (!signal.aborted) {
        if (await this.#take(signal)) {
          await this.#work(AbortSignal.any([signal, this.#options.mails.lost])).catch(
            (error: unknown) => this.#giveWay(error, signal),
          );
        }
      }
    } finally {
      this.#isRunning = false;
      this.#options.mails.release();
    }
  }

  /** Waits until no other node mails, and goes on where the last one was; false: it did not come to it. */
  async #take(signal: AbortSignal): Promise<boolean> {
    const look = async (): Promise<void> => void (await this.#look());
    try {
      await this.#options.mails.acquire(look, signal);
      if (!signal.aborted) await look();
      this.#failures.delete('following');
      return !signal.aborted;
    } catch (error) {
      this.#failed('following', error);
      await delay(PAUSE, undefined, { signal }).catch(() => undefined);
      return false;
    }
  }

  /** What this program does not know a newer node may: that one goes on. */
  async #giveWay(error: unknown, signal: AbortSignal): Promise<void> {
    if (!(error instanceof UnknownEvent)) throw error;
    this.#failed('following', error);
    this.#options.mails.release();
    await delay(GIVING_WAY, undefined, { signal }).catch(() => undefined);
  }

  async #work(signal: AbortSignal): Promise<void> {
    const stopped = new AbortController();
    const both = AbortSignal.any([signal, stopped.signal]);
    const works: [Work, () => Promise<void>][] = [
      ['following', () => this.#follow(both)],
      ['sending', () => this.#sending.run(both)],
    ];
    const loops = works.map(([name, work]) =>
      this.#forEver(both, name, work).finally(() => {
        stopped.abort();
        this.#sending.wake();
      }),
    );
    await Promise.allSettled(loops);
    await Promise.all(loops);
  }

  health(): MailerHealth {
    const position = this.#position;
    const [failure] = this.#failures.values();
    if (failure !== undefined) {
      return { status: this.#isRunning ? 'failing' : 'stopped', failure, position };
    }
    return { status: this.#isRunning ? 'running' : 'stopped', position };
  }

  /** Begins again after an error, for it may pass; a lost checkpoint does not. */
  async #forEver(signal: AbortSignal, name: Work, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (error instanceof MailCheckpointLost || error instanceof UnknownEvent) throw error;
        if (signal.aborted) return;
        this.#failed(name, error);
      }
      await delay(PAUSE, undefined, { signal }).catch(() => undefined);
    }
  }

  #failed(work: Work, error: unknown): void {
    this.#failures.set(work, error);
    this.#options.onError(error);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { log, mails, transport } = this.#options;
    for await (const next of followPastDamage(log, this.#position, signal)) {
      requireKnown(next);
      // What is lost may have ended any invitation: until the read models serve the organization
      // again, none of its mails is sent (see `CurrentInvitations`).
      const batch = next instanceof DamagedEvent ? [] : next;
      const changes = batch.flatMap(changesOf);
      const { position: to } = next instanceof DamagedEvent ? next : (next.at(-1) ?? {});
      if (to === undefined) continue;
      this.#seen = to;
      // Before the checkpoint moves on, so that a crash leaves nobody's name behind.
      for (const one of batch) await this.#kept.forget(one);
      await mails.apply(changes, this.#position, to);
      this.#position = to;
      this.#failures.delete('following');
      for (const one of changes) {
        if (one.kind === 'end') await transport.discard(one.organization, one.invitation);
        else if (one.kind === 'queue' && one.id.generation > FIRST) {
          const { organization, invitation, generation } = one.id;
          await transport.discard(organization, invitation, generation);
        }
      }
      this.#sending.wake();
      if (batch.length < BUSY) await delay(PACE, undefined, { signal }).catch(() => undefined);
    }
  }
}
