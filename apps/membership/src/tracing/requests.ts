/** A span for each request, whose parent is the caller's. */
import type { FastifyInstance } from 'fastify';
import type { Span, Tracing } from './tracing.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What follows from the request is its child; absent: nobody looks. */
    span?: Span;
  }
}

/** What is asked all the time, and says nothing. */
const isOfTheMachine = (route: string): boolean =>
  route.startsWith('/health/') || route === '/metrics';

/** The route, and never the path: an address may be in that. */
export function tracesRequests(fastify: FastifyInstance, tracing: Tracing): void {
  fastify.addHook('onRequest', (request, _, done) => {
    const { method, headers, routeOptions } = request;
    const route = routeOptions.url ?? 'unknown';
    if (!isOfTheMachine(route)) {
      const attributes = {
        'http.request.method': method,
        'http.route': route,
        'membership.request': request.id,
      };
      const name = `${method} ${route}`;
      request.span = tracing.begin({ name, kind: 'server', attributes }, parentIn(headers));
    }
    done();
  });
  fastify.addHook('onResponse', ({ span }, { statusCode }, done) => {
    const failed = statusCode >= 500 ? String(statusCode) : undefined;
    span?.end({ 'http.response.status_code': statusCode }, failed);
    done();
  });
}

/** The trace that the caller's headers name. */
export const parentIn = (headers: { readonly [name: string]: unknown }): string | undefined => {
  const { traceparent } = headers;
  return typeof traceparent === 'string' ? traceparent : undefined;
};
