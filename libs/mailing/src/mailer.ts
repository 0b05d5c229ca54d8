import { setTimeout as delay } from 'node:timers/promises';
import { RateLimiterMemory, RateLimiterQueue } from 'rate-limiter-flexible';
import { organizationOf, type Recorded } from '#domain/events.js';
import { later, type Instant } from '#domain/ids.js';
import { followPastDamage, requireKnown } from '#eventlog/damage.js';
import { DamagedEvent, type EventLog } from '#eventlog/event-log.js';
import { UnknownEvent } from '#eventlog/upcasts.js';
import { changesOf } from './changes.js';
import type { CurrentInvitations } from './current-invitation.js';
import { Letters, type LettersOptions } from './letters.js';
import { FIRST, MailNotSent, type KeptMail, type Mail, type MailId } from './mail.js';
import type { MailTransport } from './mail.js';
import { MailCheckpointLost, type Mails, type QueuedMail } from './mails.js';

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

/** How often a mail server says no before it is believed. */
const REFUSALS = 3;
/** Ten seconds, doubled with every try, at most an hour; in milliseconds. */
const usualBackoff = (tries: number): number => Math.min(10_000 * 2 ** (tries - 1), 3_600_000);
/** Looked at before the next one that is due. */
const LOOKAHEAD = 100;
/** How often ended mails are looked for, and how long an error is waited out, in milliseconds. */
const TIDY_EVERY = 60_000;
const PAUSE = 1000;
/** For others to take over in. */
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
  readonly #letters: Letters;
  #position: bigint | null = null;
  /** The newest event it has looked at: what it says of an invitation is no older. */
  #seen: bigint | null = null;
  #isRunning = false;
  readonly #failures = new Map<Work, unknown>();
  /** How many people were forgotten: a mail that was written before may name one. */
  #forgotten = 0;
  /** Gives out the mails of a second. */
  readonly #pace: RateLimiterQueue | undefined;
  /** Let go whenever there may be something to do. */
  #wake: () => void = () => undefined;

  constructor(options: MailerOptions) {
    const ignore = () => undefined;
    const usual = { now: Date.now, concurrency: 4, perSecond: Infinity, backoff: usualBackoff };
    this.#options = { onError: ignore, ...usual, ...options };
    this.#letters = new Letters(options);
    const { perSecond } = this.#options;
    if (Number.isFinite(perSecond)) {
      const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
      this.#pace = new RateLimiterQueue(limiter, { maxQueueSize: 1 });
    }
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
      ['sending', () => this.#send(both)],
    ];
    const loops = works.map(([name, work]) =>
      this.#forEver(both, name, work).finally(() => {
        stopped.abort();
        this.#wake();
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
      for (const one of batch) await this.#forget(one);
      await mails.apply(changes, this.#position, to);
      this.#position = to;
      this.#failures.delete('following');
      for (const one of changes) {
        if (one.kind === 'end') await transport.discard(one.organization, one.invitation);
        else if (one.id.generation > FIRST) {
          const { organization, invitation, generation } = one.id;
          await transport.discard(organization, invitation, generation);
        }
      }
      this.#wake();
      if (batch.length < BUSY) await delay(PACE, undefined, { signal }).catch(() => undefined);
    }
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { mails, concurrency } = this.#options;
    const underway = new Map<string, Promise<void>>();
    let tidied = -Infinity;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (this.#options.now() - tidied >= TIDY_EVERY) {
        await this.#tidy();
        tidied = this.#options.now();
      }
      const now = this.#now();
      const looked = await mails.waiting(LOOKAHEAD + concurrency);
      const waiting = looked.filter((mail) => !underway.has(nameOf(mail)));
      const due = waiting.filter(({ dueAt }) => dueAt <= now);
      await this.#sendAll(due, underway, signal);
      this.#failures.delete('sending');
      if (waiting.length + underway.size === 0) this.#failures.delete('delivering');
      if (due.length > 0) continue;
      const [next] = waiting;
      const pause = next === undefined ? TIDY_EVERY : Date.parse(next.dueAt) - this.#options.now();
      await either(woken, Math.min(Math.max(pause, 0), TIDY_EVERY), signal);
    }
    await Promise.all(underway.values());
  }

  /** Resolves when all are on their way, a few at a time; those that take long hold up nobody. */
  async #sendAll(
    due: readonly QueuedMail[],
    underway: Map<string, Promise<void>>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const mail of due) {
      while (underway.size >= this.#options.concurrency) await Promise.race(underway.values());
      await this.#pace?.removeTokens(1);
      if (signal.aborted) return;
      const done = this.#deliver(mail)
        .catch((error: unknown) => {
          this.#failed('delivering', error);
          // What became of it is not noted, so it is due still.
          return delay(PAUSE, undefined, { signal }).catch(() => undefined);
        })
        .finally(() => {
          underway.delete(nameOf(mail));
          this.#wake();
        });
      underway.set(nameOf(mail), done);
    }
  }

  async #deliver(mail: QueuedMail): Promise<void> {
    const { mails, transport, backoff } = this.#options;
    const forgotten = this.#forgotten;
    try {
      const letter = await this.#letter(mail);
      this.#failures.delete('delivering');
      if (letter === undefined) return await mails.drop(mail);
      const again = later(this.#now(), backoff(mail.attempts + 1));
      if (!(await mails.begun(mail, again))) return;
      await transport.send(letter);
    } catch (error) {
      return this.#notSent(mail, error);
    }
    await mails.sent(mail, this.#now());
    // It may have ended while it was on its way.
    if (!(await mails.isCurrent(mail))) await this.#takeBack(mail);
    else if (forgotten !== this.#forgotten) {
      await this.#renew((kept) => nameOf(kept) === nameOf(mail));
    }
  }

  /** Whose personal data is erased is not named any more by the mails they had sent. */
  async #forget({ stream, event }: Recorded): Promise<void> {
    if (event.type !== 'member.personal_data_erase' || event.user === undefined) return;
    this.#forgotten += 1;
    const organization = organizationOf(stream);
    await this.#renew((kept) => kept.organization === organization, event.user);
  }

  /** Writes mails that are kept here again, as they would be now; those of one sender, or all. */
  async #renew(isMeant: (kept: KeptMail) => boolean, sender?: string): Promise<void> {
    const { mails, transport, invitations, onError } = this.#options;
    for (const kept of (await transport.kept()).filter(isMeant)) {
      const mail = await mails.current(kept);
      try {
        const { organization, invitation: id } = kept;
        const invitation = await invitations.current(organization, id, this.#seen);
        if (mail !== undefined && invitation?.generation === kept.generation) {
          if (sender !== undefined && invitation.sender !== sender) continue;
          await transport.send(await this.#letters.write(mail, invitation, this.#now()));
          if (await mails.isCurrent(kept)) continue;
        }
      } catch (error) {
        onError(error);
      }
      // What can't be written again is taken back: erasing comes first.
      await this.#takeBack(kept);
    }
  }

  async #notSent(mail: QueuedMail, error: unknown): Promise<void> {
    const { mails, backoff } = this.#options;
    const now = this.#now();
    if (!(error instanceof MailNotSent)) {
      // About this service, not about the mail; and what it says may name anybody.
      this.#failed('delivering', error);
      const { attempts, refusals } = mail;
      const next = { state: 'waiting', attempts, refusals, dueAt: later(now, backoff(1)) } as const;
      return mails.notSent(mail, next, 'not ready to send', now);
    }
    const attempts = mail.attempts + 1;
    const refusals = mail.refusals + Number(error.isFinal);
    const state = refusals >= REFUSALS ? 'failed' : 'waiting';
    const dueAt = later(now, backoff(attempts));
    await mails.notSent(mail, { state, attempts, refusals, dueAt }, error.reason, now);
  }

  /** `undefined` if the invitation is not to be mailed, or not at this generation. */
  async #letter(mail: QueuedMail): Promise<Mail | undefined> {
    const { organization, invitation: id, generation } = mail;
    const invitation = await this.#options.invitations.current(organization, id, this.#seen);
    if (invitation?.generation !== generation || invitation.expiresAt <= this.#now()) {
      return undefined;
    }
    if (invitation.isSuspended) throw new MailNotSent(false, 'the organization is suspended');
    return this.#letters.write(mail, invitation, this.#now());
  }

  /** Mails of invitations that ended while nobody looked: by the clock, or before a crash. */
  async #tidy(): Promise<void> {
    const { mails, transport } = this.#options;
    for (const kept of await transport.kept()) {
      if (!(await mails.isCurrent(kept)) || kept.expiresAt <= this.#now())
        await this.#takeBack(kept);
    }
  }

  #takeBack({ organization, invitation, generation }: MailId): Promise<void> {
    return this.#options.transport.discard(organization, invitation, generation + 1);
  }

  #now(): Instant {
    return new Date(this.#options.now()).toISOString() as Instant;
  }
}

const nameOf = ({ organization, invitation, generation }: MailId): string =>
  `${organization} ${invitation} ${generation}`;

/** Until it is woken, or the time is over, or everything ends. */
const either = async (woken: Promise<void>, time: number, signal: AbortSignal): Promise<void> => {
  const over = new AbortController();
  const any = AbortSignal.any([signal, over.signal]);
  const timer = delay(time, undefined, { signal: any }).catch(() => undefined);
  await Promise.race([woken, timer]);
  over.abort();
};
