/** Everything that goes wrong, as RFC 9457 problem details. */
import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServerUnavailable } from '#database/errors.js';
import { DamagedEvent, LogUnavailable } from '#eventlog/event-log.js';
import { Refusal, type RefusalCode, type RefusalDetail } from '#domain/refusals.js';
import { INTERNAL, retryAfter, wireStatus } from '../refusals.js';
import { traceOf } from '../trace.js';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The id of the request, as in the logs. */
  readonly instance: string;
  readonly code: RefusalCode | 'internal';
  readonly errors?: readonly RefusalDetail[];
}

/** A refusal that says when to come back. */
export class RefusalUntil extends Refusal {
  constructor(
    code: RefusalCode,
    detail: string,
    readonly seconds: number,
  ) {
    super(code, detail);
  }
}

/** A path there is, asked with a method it does not take. */
export class WrongMethod extends Refusal {
  constructor(readonly allowed: readonly string[]) {
    super('request.unsupported', `This path takes ${allowed.join(', ')} only.`);
  }
}

/** Asked in the words of AuthZEN, which says how it is answered. */
export const isAuthzen = (url: string): boolean => url.startsWith('/access/v1/');

const WRONG_TYPE = 'Send the body as application/json.';

/** What Fastify and Nest refuse before a route sees it: status → refusal. */
function refusalOfStatus(status: number, request: FastifyRequest): Refusal | undefined {
  switch (status) {
    case 404:
      return new Refusal('route.not_found', `There is no ${request.method} at this path.`);
    case 413:
      return new Refusal('request.too_large', 'The body is larger than this route takes.');
    case 415:
      if (isAuthzen(request.url)) return new Refusal('request.invalid', WRONG_TYPE);
      return new Refusal('request.unsupported', WRONG_TYPE);
    case 400:
      return new Refusal('request.invalid', 'The body is not valid JSON.', [
        { pointer: '', detail: 'is not valid JSON' },
      ]);
    case 414:
    case 431:
      return new Refusal('request.too_large', 'The address or the headers are too long.');
    default:
      return undefined;
  }
}

const DAMAGED =
  'An event of this organization is damaged; until an operator has restored it, what needs it is neither read nor written.';

const AWAY = 'What this is read from does not answer; ask again in a moment.';
const IN_DOUBT = 'It may have taken effect; repeat it with the same idempotency key, or look.';

const isAway = (thrown: unknown): boolean =>
  thrown instanceof LogUnavailable || thrown instanceof ServerUnavailable;

/** Of who wrote something, or may have, before the log or a database was away. */
export const inDoubt = (thrown: unknown): unknown =>
  isAway(thrown)
    ? Object.assign(new Refusal('write.outcome_unknown', IN_DOUBT), { cause: thrown })
    : thrown;

/** The refusal in what a question met; `undefined`: a bug, or the ground giving way. */
export function refusalIn(thrown: unknown): Refusal | undefined {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof DamagedEvent) return new Refusal('read.quarantined', DAMAGED);
  // Whoever writes has said so already: see `inDoubt`.
  return isAway(thrown) ? new Refusal('read.not_yet', AWAY) : undefined;
}

/** As `refusalIn`, and what is refused before a route sees it. */
export function refusalOf(thrown: unknown, request: FastifyRequest): Refusal | undefined {
  const refusal = refusalIn(thrown);
  if (refusal !== undefined) return refusal;
  if (thrown instanceof HttpException) return refusalOfStatus(thrown.getStatus(), request);
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? refusalOfStatus(status, request) : undefined;
}

/** The body and status of a refusal; `undefined` is spoken as `internal`. */
export function problemOf(refusal: Refusal | undefined, instance: string): Problem {
  if (refusal === undefined) {
    return {
      type: 'about:blank',
      title: INTERNAL.title,
      status: INTERNAL.http,
      detail:
        'The service failed; nothing is known to be written. Name the instance if you report it.',
      instance,
      code: 'internal',
    };
  }
  const { http: status, title } = wireStatus(refusal);
  return {
    type: `urn:membership:problem:${refusal.code}`,
    title,
    status: refusal instanceof WrongMethod ? 405 : status,
    detail: refusal.message,
    instance,
    code: refusal.code,
    ...(refusal.errors.length === 0 ? {} : { errors: refusal.errors }),
  };
}

@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log = new Logger('http');

  /** @param methodsAt the methods a path takes. */
  constructor(private readonly methodsAt: (path: string) => readonly string[]) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const refusal = this.#refusalOf(thrown, request);
    if (refusal === undefined) {
      // The message may quote data, so only the class and where it was thrown are logged.
      const { id, correlationId } = request;
      this.#log.error({
        msg: 'unexpected error',
        request: id,
        correlation: correlationId,
        ...traceOf(thrown),
      });
    }
    if (refusal !== undefined) request.refused = refusal.code;
    const problem = problemOf(refusal, request.id);
    if (refusal instanceof WrongMethod) void reply.header('allow', refusal.allowed.join(', '));
    const seconds =
      refusal instanceof RefusalUntil ? refusal.seconds : refusal && retryAfter(refusal.kind);
    if (seconds !== undefined) void reply.header('retry-after', String(seconds));
    if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="membership"');
    void reply
      .status(problem.status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(JSON.stringify(problem));
  }

  #refusalOf(thrown: unknown, request: FastifyRequest): Refusal | undefined {
    const refusal = refusalOf(thrown, request);
    if (refusal?.code !== 'route.not_found') return refusal;
    const allowed = this.methodsAt(request.url.split('?', 1)[0]!);
    const isWrong = allowed.length > 0 && !allowed.includes(request.method);
    return isWrong ? new WrongMethod(allowed) : refusal;
  }
}
