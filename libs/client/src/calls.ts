/** Every operation of the API by its name, typed by what docs/openapi.json says. */
import { randomUUID } from 'node:crypto';
import createClient from 'openapi-fetch';
import { OPERATIONS, type components, type operations } from './api.js';
import { errorOf, MembershipError, serviceAt, unreachable } from './errors.js';
import { identify, type Token } from './identity.js';
import { retrying, type Patience } from './retries.js';

export type Operation = keyof typeof OPERATIONS & keyof operations;
export type Preview = components['schemas']['PreviewAnswer'];

type Part<T> = [NonNullable<T>] extends [never] ? unknown : NonNullable<T>;
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : O extends { requestBody?: { content: { 'application/json': infer B } } }
    ? { body?: B }
    : unknown;
/** What names the path and the query, side by side, and `body`. */
export type Input<O extends Operation> = Part<operations[O]['parameters']['path']> &
  Part<operations[O]['parameters']['query']> &
  Body<operations[O]>;

type Content<R> = R extends { content: { 'application/json': infer A } }
  ? A
  : R extends { content: Readonly<Record<string, unknown>> }
    ? ReadableStream<Uint8Array>
    : undefined;
type Good<R> = { [S in keyof R & (200 | 201 | 204)]: Content<R[S]> }[keyof R & (200 | 201 | 204)];
/** What is answered when it is done; of what is no JSON, its bytes as they come. */
export type Answer<O extends Operation> = Exclude<Good<operations[O]['responses']>, Preview>;

export interface CallOptions {
  /** Of a write. Made up for each call where it is absent; give one to repeat after a restart. */
  readonly idempotencyKey?: string;
  /** The `ETag` the resource was read with, in quotes. */
  readonly ifMatch?: string;
  /** Further headers: `membership-act-for`, `x-project`, `x-correlation-id`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly patience?: Partial<Patience>;
  /** What is not worth trying again here. */
  readonly isFinal?: (error: MembershipError) => boolean;
}

type Once<O extends Operation> =
  object extends Input<O>
    ? (input?: Input<O>, options?: CallOptions) => Promise<Answer<O>>
    : (input: Input<O>, options?: CallOptions) => Promise<Answer<O>>;
type Tried<O extends Operation> =
  Part<operations[O]['parameters']['query']> extends { dryRun?: boolean }
    ? (input: Input<O> & { dryRun: true }, options?: CallOptions) => Promise<Preview>
    : unknown;
/** `api.inviteMember({ organization, body })`. With `dryRun: true` it says what it would do. */
export type Api = { readonly [O in Operation]: Tried<O> & Once<O> };

export interface CallsOptions {
  /** `https://membership.example.com` */
  readonly baseUrl: string;
  /** An access token or an API key; a function is asked before every attempt, as a part of it. */
  readonly token: Token;
  readonly fetch?: typeof globalThis.fetch;
  /** Default: 4 retries, 10 s for an attempt, 30 s in all. */
  readonly patience?: Partial<Patience>;
}

const PATIENCE: Patience = { retries: 4, timeout: 10_000, total: 30_000 };

export class Calls {
  readonly api: Api;
  readonly #http: ReturnType<typeof createClient>;
  readonly #options: CallsOptions;
  readonly #wrote: (answer: unknown) => void;

  /** @param wrote is told what each write was answered with. */
  constructor(options: CallsOptions, wrote: (answer: unknown) => void) {
    const { baseUrl, fetch = globalThis.fetch } = options;
    this.#options = options;
    this.#wrote = wrote;
    this.#http = createClient({ baseUrl, fetch: (request) => fetch(request) });
    this.api = Object.fromEntries(
      Object.keys(OPERATIONS).map((name) => [
        name,
        (input?: object, given?: CallOptions) => this.#call(name as Operation, input, given),
      ]),
    ) as unknown as Api;
  }

  async #call(operation: Operation, input: object = {}, options: CallOptions = {}) {
    const [, , kind] = OPERATIONS[operation];
    const patience = { ...PATIENCE, ...this.#options.patience, ...options.patience };
    // Made once: every attempt of this call has the same, so that it takes effect once.
    const key = options.idempotencyKey ?? (kind === 'writes' ? randomUUID() : undefined);
    const given = { ...options, ...(key !== undefined && { idempotencyKey: key }) };
    const attempt = () => this.#attempt(operation, input, given, patience.timeout);
    const { isFinal = () => false, signal } = options;
    const answer =
      kind === 'once' ? await attempt() : await retrying(attempt, patience, isFinal, signal);
    if (kind === 'writes' || kind === 'once') this.#wrote(answer);
    return answer;
  }

  async #attempt(operation: Operation, input: object, options: CallOptions, timeout: number) {
    const [method, path, kind] = OPERATIONS[operation];
    const { idempotencyKey, ifMatch, headers, signal } = options;
    const { body, ...named } = input as { body?: unknown; [name: string]: unknown };
    const isInPath = ([name]: [string, unknown]) => path.includes(`{${name}}`);
    const entries = Object.entries(named);
    for (const [, name = ''] of path.matchAll(/\{(\w+)\}/g)) refuseStray(name, named[name]);
    const late = AbortSignal.timeout(timeout);
    const ends = signal === undefined ? late : AbortSignal.any([signal, late]);
    const { data, error, response } = await identify(this.#options.token, ends)
      .then((identity) =>
        this.#http.request(
          method as 'post',
          path as never,
          {
            params: {
              path: Object.fromEntries(entries.filter(isInPath)),
              query: Object.fromEntries(entries.filter((entry) => !isInPath(entry))),
            },
            ...(body !== undefined && { body }),
            headers: {
              ...headers,
              ...identity,
              ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
              ...(ifMatch !== undefined && { 'if-match': ifMatch }),
            },
            // A stream takes as long as it takes.
            ...(kind === 'streams' ? { signal, parseAs: 'stream' } : { signal: ends }),
          } as never,
        ),
      )
      .catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw cause instanceof MembershipError
          ? cause
          : unreachable(cause, serviceAt(this.#options.baseUrl));
      });
    if (!response.ok) throw errorOf(response, error);
    return data as unknown;
  }
}

/** A path that is made of these, or that lacks a name, leads elsewhere. */
function refuseStray(name: string, value: unknown): void {
  const isMissing = value === undefined || value === null;
  if (!isMissing && !/^\.{0,2}$/.test(String(value))) return;
  const detail = isMissing
    ? `${name} must be given: it is in the path.`
    : `${name} in the path can't be "${String(value)}".`;
  throw new MembershipError({ code: 'request.invalid', status: 400, detail });
}
