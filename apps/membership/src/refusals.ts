/** One table: what a refusal is over HTTP and over gRPC. */
import type { Refusal, RefusalCode, RefusalKind } from '#domain/refusals.js';

export interface WireStatus {
  readonly http: number;
  /** Numeric status of gRPC. */
  readonly grpc: number;
  readonly title: string;
}

const KINDS: { readonly [K in RefusalKind]: WireStatus } = {
  invalid: { http: 400, grpc: 3, title: 'The request is not valid' },
  unauthenticated: { http: 401, grpc: 16, title: 'Sign in first' },
  forbidden: { http: 403, grpc: 7, title: 'Not permitted' },
  not_found: { http: 404, grpc: 5, title: 'Not found' },
  conflict: { http: 409, grpc: 9, title: 'Not possible in this state' },
  precondition: { http: 412, grpc: 10, title: 'Changed meanwhile' },
  too_large: { http: 413, grpc: 8, title: 'Too large' },
  limited: { http: 429, grpc: 8, title: 'Too often' },
  unavailable: { http: 503, grpc: 14, title: 'Not available now' },
};

/** Codes whose status says more than their kind. */
const CODES: { readonly [C in RefusalCode]?: Partial<WireStatus> } = {
  'request.unsupported': { http: 415, title: 'Not supported' },
  'organization.exists': { grpc: 6 },
  'member.exists': { grpc: 6 },
  'invitation.pending_exists': { grpc: 6 },
  'team.exists': { grpc: 6 },
  'role.exists': { grpc: 6 },
};

/** How a refusal is spoken. */
export const wireStatus = ({ code, kind }: Pick<Refusal, 'code' | 'kind'>): WireStatus => ({
  ...KINDS[kind],
  ...CODES[code],
});

/** What is said of anything that is no refusal: a bug, or the ground giving way. */
export const INTERNAL: WireStatus = { http: 500, grpc: 13, title: 'Something went wrong here' };

/** How loudly a request that the service did not answer is logged: a stop is in order, and a revision
 * that is not here yet may be one that never is. */
export const levelOf = (code: RefusalCode | undefined): 'info' | 'warn' | 'error' =>
  code === 'service.stopping' ? 'info' : code === 'read.not_yet' ? 'warn' : 'error';

/** Seconds after which trying again makes sense, for the kinds where it does. */
export const retryAfter = (kind: RefusalKind): number | undefined =>
  kind === 'unavailable' ? 1 : undefined;
