/** How many streams each caller has open, whatever the transport: each costs memory while it is. */
import { Injectable } from '@nestjs/common';
import type { ActorFact } from '#domain/events.js';
import { Configuration } from '../config.js';
import { RefusalUntil } from './problems.js';

/** Seconds after which one may have ended. */
const AGAIN = 10;

@Injectable()
export class OpenStreams {
  readonly #most: number;
  /** By who has them; nobody has none. */
  readonly #open = new Map<string, number>();

  constructor({ value }: Configuration) {
    this.#most = value.RATE_LIMITS === 'off' ? Infinity : value.STREAMS_PER_CALLER;
  }

  /**
   * Counts one more until it ends. Whoever acts for others has them all.
   * @throws Refusal `rate.limited`.
   */
  begin({ id }: ActorFact, end: AbortSignal): void {
    const open = this.#count(id);
    if (open >= this.#most) {
      const detail = `You have ${open} streams open, and no more can be: end one first.`;
      throw new RefusalUntil('rate.limited', detail, AGAIN);
    }
    if (end.aborted) return;
    this.#open.set(id, open + 1);
    end.addEventListener('abort', () => {
      const others = this.#count(id) - 1;
      if (others > 0) this.#open.set(id, others);
      else this.#open.delete(id);
    });
  }

  #count(id: string): number {
    return this.#open.get(id) ?? 0;
  }
}
