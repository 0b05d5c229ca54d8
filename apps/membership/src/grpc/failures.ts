/** What went wrong, as `google.rpc.Status`: the code of a refusal, its fields, when to come back. */
import type { FastifyRequest } from 'fastify';
import type { RefusalDetail } from '#domain/refusals.js';
import { problemOf, refusalOf, RefusalUntil } from '../http/problems.js';
import { INTERNAL, retryAfter, wireStatus } from '../refusals.js';
import type { CallRequest } from './incoming.js';
import { detailOf } from './protos.js';

/** Whose codes they are. */
const DOMAIN = 'membership';

export interface Failure {
  /** A status of gRPC. */
  readonly code: number;
  readonly message: string;
  readonly details: readonly object[];
  /** Not a refusal: a bug, or the ground giving way. */
  readonly isUnexpected: boolean;
}

export function failureOf(thrown: unknown, request: CallRequest): Failure {
  const refusal = refusalOf(thrown, request as unknown as FastifyRequest);
  const { code: reason, detail } = problemOf(refusal, request.id);
  const seconds =
    refusal instanceof RefusalUntil ? refusal.seconds : refusal && retryAfter(refusal.kind);
  const errors = refusal?.errors ?? [];
  return {
    code: refusal === undefined ? INTERNAL.grpc : wireStatus(refusal).grpc,
    message: detail,
    details: [
      detailOf('ErrorInfo', { reason, domain: DOMAIN }),
      detailOf('RequestInfo', { requestId: request.id }),
      ...(errors.length === 0 ? [] : [detailOf('BadRequest', violations(errors))]),
      ...(seconds === undefined ? [] : [detailOf('RetryInfo', { retryDelay: { seconds } })]),
    ],
    isUnexpected: refusal === undefined,
  };
}

const violations = (errors: readonly RefusalDetail[]) => ({
  fieldViolations: errors.map(({ pointer, detail }) => ({
    field: fieldOf(pointer),
    description: detail,
  })),
});

/** `/invitations/0/expiresIn` and `?atLeast` as messages name them: `invitations[0].expires_in`. */
export const fieldOf = (pointer: string): string =>
  pointer
    .replace(/^[/?]/, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${snakeCase(part)}`))
    .join('')
    .replace(/^\./, '');

const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
