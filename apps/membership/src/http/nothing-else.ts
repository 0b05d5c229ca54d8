/** What a route does not take is refused, as an unknown field of what it takes is. */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { refuse, type RefusalDetail } from '#domain/refusals.js';
import { readAsk } from './exchange.js';

interface Taken {
  readonly body: boolean;
  readonly query: boolean;
}

/** How many troubles one answer lists. */
const MOST = 50;

@Injectable()
export class NothingElseGuard implements CanActivate {
  readonly #taken = new Map<unknown, Taken>();

  canActivate(context: ExecutionContext): boolean {
    const { body, query, routeOptions } = context.switchToHttp().getRequest<FastifyRequest>();
    // Pages and probes are asked by others, who may add to their address.
    if (!routeOptions.url?.startsWith('/api/')) return true;
    const handler = context.getHandler();
    const taken = this.#taken.get(handler) ?? takenBy(context);
    this.#taken.set(handler, taken);
    if (!taken.query) requireNone('?', query);
    if (!taken.body) requireNone('/', body);
    return true;
  }
}

/** From the parameters of the method that answers. What asks a command looks at the query itself. */
function takenBy(context: ExecutionContext): Taken {
  const parameters = Object.entries(
    (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) ??
      {}) as Record<string, { readonly factory?: unknown }>,
  );
  const has = (type: RouteParamtypes): boolean =>
    parameters.some(([key]) => key.startsWith(`${type}:`));
  return {
    body: has(RouteParamtypes.BODY),
    query: has(RouteParamtypes.QUERY) || parameters.some(([, one]) => one.factory === readAsk),
  };
}

function requireNone(before: '?' | '/', given: unknown): void {
  if (given === undefined) return;
  const names = typeof given === 'object' && given !== null ? Object.keys(given) : [''];
  if (names.length === 0) return;
  const errors = names.slice(0, MOST).map((name): RefusalDetail => ({
    pointer: name === '' ? '' : `${before}${name.replace(/~/g, '~0').replace(/\//g, '~1')}`,
    detail: 'is not a known field',
  }));
  refuse(
    'request.invalid',
    `Nothing is taken in the ${before === '?' ? 'query' : 'body'} here.`,
    errors,
  );
}
