/** A call as the controllers see it: who calls from where, and where an answer's `etag` goes. */
import proxyAddr from '@fastify/proxy-addr';
import type { ReplyHead } from '../http/exchange.js';
import type { Caller } from '../http/caller.js';
import type { Span } from '../tracing/tracing.js';
import { correlationId, newRequestId } from '../request-ids.js';

/** What of a request the controllers look at. */
export interface CallRequest {
  readonly id: string;
  readonly correlationId: string;
  readonly headers: { readonly [name: string]: string };
  readonly ip: string;
  readonly method: string;
  readonly channel: 'grpc';
  readonly routeOptions: object;
  caller?: Caller;
  span?: Span;
  /** Of a call that goes on: aborted when the caller leaves, or the service stops. */
  ended?: AbortSignal;
}

export interface Incoming {
  readonly request: CallRequest;
  readonly reply: ReplyHead;
  /** What the answer says beside its message. */
  readonly head: Map<string, string>;
}

/** What the transport knows of a call. */
export interface Arrival {
  /** Texts only, by names in lower case. */
  readonly headers: { readonly [name: string]: string };
  /** Address and port. */
  readonly peer: string;
}

/** Reads arrivals, believing `x-forwarded-for` of these proxies. */
export function reader(proxies: readonly string[]): (arrival: Arrival) => Incoming {
  const trusts = proxies.length === 0 ? () => false : proxyAddr.compile([...proxies]);
  return ({ headers, peer }) => {
    const remoteAddress = peer.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
    const id = newRequestId();
    const request: CallRequest = {
      id,
      correlationId: correlationId(headers['x-correlation-id'], id),
      headers,
      ip: proxyAddr({ headers, socket: { remoteAddress } } as never, trusts),
      method: 'gRPC',
      channel: 'grpc',
      routeOptions: {},
    };
    const head = new Map([
      ['x-request-id', id],
      ['x-correlation-id', request.correlationId],
    ]);
    const reply: ReplyHead = {
      status: () => reply,
      header: (name, value) => {
        head.set(name, value);
        return reply;
      },
    };
    return { request, reply, head };
  };
}
