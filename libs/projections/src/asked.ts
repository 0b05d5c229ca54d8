/** Rebuilds are asked for on any node; the one that writes carries them out, and all are told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { organizationOf, type Recorded } from '#domain/events.js';
import type { Instant } from '#domain/ids.js';
import { Waking } from '#eventlog/waking.js';
import { Rebuilds, type AskedRebuild, type WhatToRebuild } from '#readstore/rebuilds.js';
import type { ReadStore } from '#readstore/store.js';

/** Milliseconds between two looks at what other nodes have asked for, or done. */
const LOOK = 1000;
/** And between two tries of one that failed. */
const AGAIN = 30_000;

export interface AskedOptions {
  readonly store: ReadStore;
  readonly isWriting: () => boolean;
  /** False when it was stopped before it was done: it is to be done again, here or elsewhere. */
  readonly carryOut: (asked: AskedRebuild) => Promise<boolean>;
  /** Told of each, on every node. */
  readonly onAsked: (asked: AskedRebuild) => void;
  readonly onError: (error: unknown) => void;
  readonly now: () => Instant;
}

export class Asked {
  readonly #rebuilds: Rebuilds;
  readonly #news = new Waking();
  /** Of the last one that was told of. */
  #seen: number | undefined;
  /** By number: what kept it from being carried out here, and when it is tried again. */
  readonly #failed = new Map<number, { readonly error: unknown; readonly again: number }>();

  constructor(private readonly options: AskedOptions) {
    this.#rebuilds = new Rebuilds(options.store);
  }

  /** On disk when it resolves, and carried out whatever happens then; its number. */
  async ask(what: WhatToRebuild): Promise<number> {
    const number = await this.#rebuilds.ask(what, this.options.now());
    this.#news.wake();
    return number;
  }

  /** What is found only after what follows it was applied comes with all of its organization, made anew. */
  async late(events: readonly Recorded[], signal: AbortSignal): Promise<void> {
    const organizations = new Set(events.flatMap(({ stream }) => organizationOf(stream) ?? []));
    for (const organization of organizations) {
      while (!signal.aborted) {
        try {
          await this.ask({ organization });
          break;
        } catch (error) {
          this.options.onError(error);
          await sleep(LOOK, undefined, { signal }).catch(() => undefined);
        }
      }
    }
  }

  /** True once it is carried out, false after `patience` ms; throws when it is stopped before, and what
   * keeps this node from it: it is tried again all the same. */
  async done(number: number, signal: AbortSignal, patience = Infinity): Promise<boolean> {
    const end = performance.now() + patience;
    while (await this.#rebuilds.isOpen(number)) {
      signal.throwIfAborted();
      const failed = this.#failed.get(number);
      if (failed !== undefined) throw failed.error;
      if (performance.now() > end) return false;
      await this.#pause(signal);
    }
    return true;
  }

  /** Ends only by `signal`. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pause = this.#pause(signal);
      try {
        await this.#look(signal);
      } catch (error) {
        if (!signal.aborted) this.options.onError(error);
      }
      await pause;
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const seen = (this.#seen ??= await this.#rebuilds.last());
    const all = await this.#rebuilds.since(seen);
    for (const asked of all.filter(({ number }) => number > seen)) {
      this.#seen = asked.number;
      this.options.onAsked(asked);
    }
    for (const asked of all.filter(({ doneAt }) => doneAt === null)) {
      if (signal.aborted || !this.options.isWriting()) return;
      if (performance.now() >= (this.#failed.get(asked.number)?.again ?? 0)) await this.#try(asked);
    }
  }

  /** One that fails keeps no other from being carried out. */
  async #try(asked: AskedRebuild): Promise<void> {
    const { number } = asked;
    try {
      if (!(await this.options.carryOut(asked))) return;
      await this.#rebuilds.done(number, this.options.now());
      this.#failed.delete(number);
    } catch (error) {
      this.#failed.set(number, { error, again: performance.now() + AGAIN });
      this.options.onError(error);
    }
    this.#news.wake();
  }

  /** Until there is news here, or may be elsewhere. */
  async #pause(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const news = this.#news.next(either);
    const look = sleep(LOOK, undefined, { signal: either, ref: false });
    await Promise.race([news, look.catch(() => undefined)]);
    over.abort();
  }
}
