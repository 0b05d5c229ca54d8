/** Follows the change stream of one organization, or of all. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { errorOf, MembershipError, unreachable } from './errors.js';
import { SILENCE } from './heard.js';
import { Told, type Asked, type LocalAnswer } from './told.js';

/** The least and the most milliseconds before the stream is opened anew. */
const PAUSE = { least: 100, most: 10_000 } as const;
/** After these, nothing that was told may be used any longer. */
const FORGETS: readonly (number | undefined)[] = [400, 401, 403, 404];

/** Opens the stream. */
export type Open = (
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Response>;

export class Watch {
  readonly #told = new Told();
  readonly #ended = new AbortController();
  readonly #waiting = new Set<{ resolve: () => void; reject: (error: MembershipError) => void }>();
  readonly #open: Open;
  readonly #organization: string | undefined;
  readonly #trouble: (error: MembershipError) => void;
  readonly #stopped: () => void;
  #pause: number = PAUSE.least;

  /**
   * @param organization absent: all of them, which is for services of the platform
   * @param trouble is told why the stream ended; it is opened anew all the same
   * @param stopped is told, once, that it has ended for good
   */
  constructor(
    open: Open,
    organization: string | undefined,
    trouble: (error: MembershipError) => void,
    stopped: () => void,
  ) {
    this.#open = open;
    this.#organization = organization;
    this.#trouble = trouble;
    this.#stopped = stopped;
    void this.#follow();
  }

  /** Resolves once what is held is known, or when it is stopped. Rejects where the service refuses:
   * it is asked again all the same, and so can be waited for again. */
  synced(): Promise<void> {
    if (this.#told.isSynced || this.#ended.signal.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.add({ resolve, reject });
    });
  }

  /** The answer, if it is known here. */
  answer(asked: Asked): LocalAnswer | undefined {
    return this.#told.answer(asked);
  }

  /** Ends it; nothing is answered any longer. */
  stop(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#told.forget();
    this.#release();
    this.#stopped();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        await this.#listen();
      } catch (cause) {
        if (signal.aborted) return;
        const error = cause instanceof MembershipError ? cause : unreachable(cause);
        if (FORGETS.includes(error.status)) this.#forget(error);
        this.#trouble(error);
      }
      // Not all at once, after the service has been away.
      await sleep(this.#pause * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
      this.#pause = Math.min(this.#pause * 2, PAUSE.most);
    }
  }

  /** Until the stream ends, or goes silent. */
  async #listen(): Promise<void> {
    const silent = new AbortController();
    const watchdog = setTimeout(() => silent.abort(new Error('it went silent')), SILENCE);
    try {
      const signal = AbortSignal.any([this.#ended.signal, silent.signal]);
      const response = await this.#open(this.#query(), signal);
      if (!response.ok || response.body === null) {
        throw errorOf(response, await response.json().catch(() => undefined));
      }
      const messages = response.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new EventSourceParserStream());
      for await (const { event, data, id } of messages) {
        watchdog.refresh();
        this.#told.take(event, data, id);
        if (!this.#told.isSynced) continue;
        this.#release();
        if (event !== 'closed') this.#pause = PAUSE.least;
      }
    } finally {
      clearTimeout(watchdog);
      this.#told.interrupted(this.#organization);
    }
  }

  #query(): Record<string, string> {
    const { cursor } = this.#told;
    return {
      ...(this.#organization !== undefined && { organization: this.#organization }),
      ...(cursor === undefined ? { state: 'true' } : { cursor }),
    };
  }

  #release(): void {
    for (const { resolve } of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #forget(because: MembershipError): void {
    this.#told.forget();
    for (const { reject } of this.#waiting) reject(because);
    this.#waiting.clear();
  }
}
