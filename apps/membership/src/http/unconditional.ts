/** What is no event has no revision, and nobody remembers its keys: asked on a condition, it is not done. */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { refuse } from '#domain/refusals.js';

const CONDITIONS = ['Idempotency-Key', 'If-Match'] as const;

@Injectable()
export class UnconditionalGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    const given = CONDITIONS.filter((name) => headers[name.toLowerCase()] !== undefined);
    if (given.length === 0) return true;
    return refuse('request.invalid', `This does not take ${given.join(' and ')}; leave it out.`);
  }
}
