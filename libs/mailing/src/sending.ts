/** Mails that wait, on their way: when they are due, a few at a time, and no faster than may be. */
import { setTimeout as delay } from 'node:timers/promises';
import { RateLimiterMemory, RateLimiterQueue } from 'rate-limiter-flexible';
import { later } from '#domain/ids.js';
import type { KeptLetters } from './kept.js';
import { MailNotSent, type Mail, type MailId } from './mail.js';
import type { QueuedMail } from './mails.js';
import type { Post } from './post.js';

export interface SendingOptions {
  /** Mails that are sent at the same time. */
  readonly concurrency: number;
  /** Mails that are sent in a second, at most; `Infinity`: any number. */
  readonly perSecond: number;
  /** How long to wait after so many tries, in milliseconds. */
  readonly backoff: (tries: number) => number;
  /** Told of what goes wrong, and when it does so no more. */
  readonly failed: (work: Work, error: unknown) => void;
  readonly recovered: (work: Work) => void;
}

type Work = 'sending' | 'delivering';

/** How often a mail server says no before it is believed. */
const REFUSALS = 3;
/** Looked at before the next one that is due. */
const LOOKAHEAD = 100;
/** How often ended mails are looked for, and how long an error is waited out, in milliseconds. */
const TIDY_EVERY = 60_000;
const PAUSE = 1000;

export class Sending {
  /** Gives out the mails of a second. */
  readonly #pace: RateLimiterQueue | undefined;
  #wake: () => void = () => undefined;

  constructor(
    private readonly post: Post,
    private readonly kept: KeptLetters,
    private readonly options: SendingOptions,
  ) {
    const { perSecond } = options;
    if (Number.isFinite(perSecond)) {
      const limiter = new RateLimiterMemory({ points: perSecond, duration: 1 });
      this.#pace = new RateLimiterQueue(limiter, { maxQueueSize: 1 });
    }
  }

  /** There may be something to do. */
  wake(): void {
    this.#wake();
  }

  /** Sends until aborted; what is under way then is finished. */
  async run(signal: AbortSignal): Promise<void> {
    const { concurrency, recovered } = this.options;
    const underway = new Map<string, Promise<void>>();
    let tidied = -Infinity;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const { now } = this.post;
      if (Date.parse(now) - tidied >= TIDY_EVERY) {
        await this.kept.tidy();
        tidied = Date.parse(now);
      }
      // What ends meanwhile stands in an answer that is older.
      const busy = new Set(underway.keys());
      const looked = await this.post.mails.waiting(LOOKAHEAD + concurrency);
      const waiting = looked.filter((mail) => !busy.has(nameOf(mail)));
      const due = waiting.filter(({ dueAt }) => dueAt <= now);
      await this.#sendAll(due, underway, signal);
      recovered('sending');
      if (waiting.length + underway.size === 0) recovered('delivering');
      if (due.length > 0) continue;
      const [next] = waiting;
      const pause =
        next === undefined ? TIDY_EVERY : Date.parse(next.dueAt) - Date.parse(this.post.now);
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
      while (underway.size >= this.options.concurrency) await Promise.race(underway.values());
      await this.#pace?.removeTokens(1);
      if (signal.aborted) return;
      const done = this.#deliver(mail)
        .catch((error: unknown) => {
          this.options.failed('delivering', error);
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
    const { mails, transport } = this.post;
    const { forgotten } = this.kept;
    try {
      const letter = await this.#letter(mail);
      this.options.recovered('delivering');
      if (letter === undefined) return await mails.drop(mail);
      const again = later(this.post.now, this.options.backoff(mail.attempts + 1));
      if (!(await mails.begun(mail, again))) return;
      await transport.send(letter);
    } catch (error) {
      return this.#notSent(mail, error);
    }
    await mails.sent(mail, this.post.now);
    // It may have ended while it was on its way.
    if (!(await mails.isCurrent(mail))) await this.post.takeBack(mail);
    else if (forgotten !== this.kept.forgotten) {
      await this.kept.renew((kept) => nameOf(kept) === nameOf(mail));
    }
  }

  async #notSent(mail: QueuedMail, error: unknown): Promise<void> {
    const { mails, now } = this.post;
    const { backoff, failed } = this.options;
    if (!(error instanceof MailNotSent)) {
      // About this service, not about the mail; and what it says may name anybody.
      failed('delivering', error);
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
    const { now, letters } = this.post;
    const invitation = await this.post.current(mail);
    if (invitation === undefined || invitation.expiresAt <= now) return undefined;
    if (invitation.isSuspended) throw new MailNotSent(false, 'the organization is suspended');
    return letters.write(mail, invitation, now);
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
