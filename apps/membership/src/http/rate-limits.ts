/** How often something may be asked: bad links by client address, invitations by organization. */
import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { OrganizationId } from '#domain/ids.js';
import { InvitationTokens } from '#vault/tokens.js';
import { Configuration } from '../config.js';
import type { Ask } from './exchange.js';
import { RefusalUntil } from './problems.js';

/** Seconds after which a count begins anew. */
const WINDOW = 60;

@Injectable()
export class RateLimits {
  readonly #off: boolean;
  /** Per client address. */
  readonly #badLinks: RateLimiterMemory;
  /** Per organization and actor: what is asked for, whatever becomes of it. */
  readonly #asked: RateLimiterMemory;
  /** Per organization: what is sent. Whoever may not invite takes nothing away from it. */
  readonly #sent: RateLimiterMemory;

  constructor(
    private readonly tokens: InvitationTokens,
    { value }: Configuration,
  ) {
    this.#off = value.RATE_LIMITS === 'off';
    const limiter = (points: number): RateLimiterMemory =>
      new RateLimiterMemory({ points, duration: WINDOW });
    this.#badLinks = limiter(value.BAD_LINKS_PER_MINUTE);
    this.#asked = limiter(value.INVITATIONS_PER_MINUTE);
    this.#sent = limiter(value.INVITATIONS_PER_MINUTE);
  }

  /**
   * Counts links that this service has not made. A genuine one is told by its signature alone, so
   * it goes on working for everybody behind an address that somebody guesses from.
   * @throws Refusal `rate.limited`.
   */
  async link(token: string, address: string): Promise<void> {
    if (this.#off || this.tokens.read(token) !== undefined) return;
    await spend(this.#badLinks, address, 1);
  }

  /**
   * Invites, as far as the actor and the organization have room for so many rows.
   * @param sent how many of the rows came to something.
   * @throws Refusal `rate.limited`, and what `invite` throws.
   */
  async inviting<T>(
    organization: OrganizationId,
    { request }: Pick<Ask, 'request'>,
    rows: number,
    invite: () => Promise<T>,
    sent: (answer: T) => number = () => rows,
  ): Promise<T> {
    if (this.#off) return invite();
    await spend(this.#asked, `${organization} ${request.actor.id}`, rows);
    const giveBack = await spend(this.#sent, organization, rows);
    let used = 0;
    try {
      const answer = await invite();
      if (!request.dryRun) used = sent(answer);
      return answer;
    } finally {
      await giveBack(rows - used);
    }
  }
}

/**
 * What is larger than the whole limit costs all of it. Gives what takes some of it back, while it
 * still counts; what is refused costs nothing.
 */
export async function spend(limiter: RateLimiterMemory, key: string, points: number) {
  const cost = Math.min(points, limiter.points);
  try {
    const { msBeforeNext } = await limiter.consume(key, cost);
    const end = performance.now() + msBeforeNext;
    return async (unused: number): Promise<void> => {
      if (unused > 0 && performance.now() < end) {
        await limiter.reward(key, Math.min(unused, cost));
      }
    };
  } catch (over) {
    if (!(over instanceof RateLimiterRes)) throw over;
    await limiter.reward(key, cost);
    const seconds = Math.max(1, Math.ceil(over.msBeforeNext / 1000));
    throw new RefusalUntil('rate.limited', `Try again in ${seconds} s.`, seconds);
  }
}
