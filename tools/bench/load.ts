/** Load over HTTP, from as little of a core as can be, and what came of it. */
import autocannon from 'autocannon';

/** Requests that are kept in flight. */
export const CONNECTIONS = 64;

export interface Rate {
  readonly perSecond: number;
  /** Of an answer, in milliseconds. */
  readonly p50?: number;
  readonly p99?: number;
}

/** What one request sends; `body` as it goes over the wire. */
export interface Request {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: string;
}

export interface Server {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Throws where a single one is not answered well. */
export async function load(
  { url, headers }: Server,
  { warmUp, seconds }: { readonly warmUp: number; readonly seconds: number },
  next: (index: number) => Request,
): Promise<Rate> {
  if (warmUp > 0) await load({ url, headers }, { warmUp: 0, seconds: warmUp }, next);
  let index = 0;
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    headers: { 'content-type': 'application/json', ...headers },
    requests: [{ setupRequest: (request) => ({ ...request, ...next(index++) }) }],
  });
  const { errors, timeouts, non2xx, requests, latency } = result;
  if (errors + timeouts + non2xx > 0) {
    throw new Error(`${url}: ${errors} errors, ${timeouts} timeouts, ${non2xx} refused`);
  }
  return { perSecond: requests.total / result.duration, p50: latency.p50, p99: latency.p99 };
}
