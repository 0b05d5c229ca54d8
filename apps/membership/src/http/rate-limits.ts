/** How often something may be asked: token look-ups by client address, invitations by actor. */
import { Injectable, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Configuration } from '../config.js';
import { callerOf } from './caller.js';
import { RefusalUntil } from './problems.js';

/** Points a minute; a batch costs as many as it has rows. */
export const LIMITS = {
  /** Per client address: nobody types that many links. */
  token: 30,
  /** Per organization and actor. */
  invitation: 3000,
} as const;
type Limit = keyof typeof LIMITS;

const LIMIT = 'membership:limit';
/** Marks a route as limited. */
export const Limited = (limit: Limit): MethodDecorator => SetMetadata(LIMIT, limit);

@Injectable()
export class RateLimits implements CanActivate {
  readonly #limiters: { readonly [L in Limit]: RateLimiterMemory };
  readonly #off: boolean;

  constructor(
    private readonly reflector: Reflector,
    { value }: Configuration,
  ) {
    this.#off = value.RATE_LIMITS === 'off';
    const limiter = (keyPrefix: Limit): RateLimiterMemory =>
      new RateLimiterMemory({ keyPrefix, points: LIMITS[keyPrefix], duration: 60 });
    this.#limiters = { token: limiter('token'), invitation: limiter('invitation') };
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const limit = this.reflector.get<Limit | undefined>(LIMIT, context.getHandler());
    if (limit === undefined || this.#off) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { key, cost } = limit === 'token' ? byAddress(request) : byActor(request);
    try {
      await this.#limiters[limit].consume(key, Math.min(cost, LIMITS[limit]));
      return true;
    } catch (over) {
      if (!(over instanceof RateLimiterRes)) throw over;
      const seconds = Math.max(1, Math.ceil(over.msBeforeNext / 1000));
      throw new RefusalUntil('rate.limited', `Try again in ${seconds} s.`, seconds);
    }
  }
}

const byAddress = (request: FastifyRequest) => ({ key: request.ip, cost: 1 });

function byActor(request: FastifyRequest): { key: string; cost: number } {
  const { organization } = request.params as { organization?: string };
  const rows = (request.body as { invitations?: unknown } | null)?.invitations;
  return {
    key: `${organization} ${callerOf(request).actor.id}`,
    cost: Array.isArray(rows) ? rows.length : 1,
  };
}
