/** What goes wrong, as one typed error. */
import type { components } from './api.js';

type Problem = components['schemas']['Problem'];

/**
 * The closed list of the service, and what a client sees besides: that nothing answered
 * (`client.unreachable`), or something that is not the service (`client.not_understood`).
 */
export type ErrorCode = Problem['code'] | 'client.unreachable' | 'client.not_understood';

interface What {
  readonly code: ErrorCode;
  readonly status?: number;
  readonly detail: string;
  readonly errors?: Problem['errors'];
  readonly instance?: string;
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

export class MembershipError extends Error {
  override readonly name = 'MembershipError';
  readonly code: ErrorCode;
  /** Of HTTP; absent where nothing answered. */
  readonly status: number | undefined;
  /** Where in the request the trouble is: RFC 6901 pointers into the body, or `?name`. */
  readonly errors: NonNullable<Problem['errors']>;
  /** The id of the request, as in the service's log. */
  readonly instance: string | undefined;
  /** Seconds after which the service says that trying again makes sense. */
  readonly retryAfter: number | undefined;

  constructor({ code, status, detail, errors = [], instance, retryAfter, cause }: What) {
    super(`${code}: ${detail}`, { cause });
    this.code = code;
    this.status = status;
    this.errors = errors;
    this.instance = instance;
    this.retryAfter = retryAfter;
  }

  /** Not now, perhaps later: the service was not reached, is not ready, or asks for patience. */
  get isTransient(): boolean {
    return this.code === 'client.unreachable' || [429, 502, 503, 504].includes(this.status ?? 0);
  }
}

/** What an answer that is no success says. */
export function errorOf(response: Response, body: unknown): MembershipError {
  const { status } = response;
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? { retryAfter: seconds } : {};
  if (isProblem(body)) return new MembershipError({ ...body, status, ...retryAfter });
  const detail = `HTTP ${status} that is no answer of the service; see baseUrl.`;
  return new MembershipError({ code: 'client.not_understood', status, detail, ...retryAfter });
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;

/** Nothing answered, or not in time, or not to the end; or nobody was there to ask as. */
export const unreachable = (cause: unknown, what = 'The service did not answer'): MembershipError =>
  new MembershipError({
    code: 'client.unreachable',
    detail: `${what} (${reasonOf(cause)}).`,
    cause,
  });

/** `fetch` says that it failed; why is in the cause of that. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause, code } = error as Error & { readonly code?: string };
  const own = message || (code ?? error.name);
  return cause === undefined ? own : `${own}: ${reasonOf(cause)}`;
}

/** Of whom it is said. */
export const serviceAt = (baseUrl: string): string => `The service at ${baseUrl} did not answer`;
