/**
 * The closed list of refusals. `apps/membership/src/refusals.ts` gives each kind its HTTP and gRPC
 * status; anything thrown that is no `Refusal` is a bug.
 */

/** What went wrong, in kinds a caller can act on. */
export type RefusalKind =
  | 'invalid' // the request can't be right
  | 'unauthenticated' // who is asking is not known
  | 'forbidden' // known, and may not
  | 'not_found' // no such thing, or not for the asker
  | 'conflict' // right in itself, not in this state
  | 'precondition' // If-Match names another revision
  | 'too_large'
  | 'limited' // too often
  | 'unavailable'; // later, perhaps

/** Every code with its kind. Codes are part of the public API. */
export const REFUSALS = {
  'request.invalid': 'invalid',
  'request.too_large': 'too_large',
  'request.unsupported': 'invalid',
  'route.not_found': 'not_found',
  'revision.invalid': 'invalid',
  'moment.invalid': 'invalid',
  'cursor.invalid': 'invalid',
  'precondition.failed': 'precondition',
  'idempotency.key_reused': 'conflict',
  'idempotency.too_many_keys': 'conflict',
  'batch.too_large': 'too_large',
  'authentication.missing': 'unauthenticated',
  'authentication.invalid': 'unauthenticated',
  'authentication.unavailable': 'unavailable',
  'rate.limited': 'limited',
  'stream.too_slow': 'limited',
  'read.not_yet': 'unavailable',
  'read.quarantined': 'unavailable',
  'write.outcome_unknown': 'unavailable',
  'write.unavailable': 'unavailable',
  'service.stopping': 'unavailable',

  'permission.denied': 'forbidden',
  'operation.not_offered': 'forbidden',
  'delegation.may_not_assign': 'forbidden',
  'delegation.may_not_manage': 'forbidden',
  'delegation.beyond_expiry': 'forbidden',
  'delegation.permission_lacking': 'forbidden',

  'organization.not_found': 'not_found',
  'organization.exists': 'conflict',
  'organization.suspended': 'conflict',
  'organization.id_reserved': 'conflict',
  'catalogue.not_found': 'not_found',
  'catalogue.remap_needed': 'conflict',
  'catalogue.older_version': 'conflict',
  'policy.not_overridable': 'forbidden',
  'policy.invalid': 'invalid',
  'seats.exhausted': 'conflict',

  'space.not_found': 'not_found',
  'space.inactive': 'conflict',
  'space.not_offered': 'conflict',

  'member.not_found': 'not_found',
  'member.inactive': 'conflict',
  'member.exists': 'conflict',
  'member.last_holder': 'conflict',
  'member.erased': 'conflict',
  'member.deactivated_by_person': 'conflict',
  'member.identity_taken': 'conflict',

  'role.unknown': 'invalid',
  'role.not_invitable': 'invalid',
  'role.wrong_scope': 'invalid',
  'role.count': 'invalid',
  'role.in_use': 'conflict',
  'role.exists': 'conflict',
  'role.permission_unknown': 'invalid',
  'grant.times_invalid': 'invalid',

  'email.invalid': 'invalid',
  'email.domain_refused': 'invalid',
  'email.not_verified': 'forbidden',

  'invitation.not_found': 'not_found',
  'invitation.not_pending': 'conflict',
  'invitation.pending_exists': 'conflict',
  'invitation.link_invalid': 'not_found',
  'invitation.email_mismatch': 'forbidden',
  'invitation.inviter_lost_authority': 'conflict',
  'invitation.expiry_out_of_range': 'invalid',

  'team.not_found': 'not_found',
  'team.exists': 'conflict',
  'team.holds_no_roles': 'conflict',
  'service_account.not_found': 'not_found',
  'api_key.not_found': 'not_found',
  'api_key.scope_unknown': 'invalid',

  'webhook.not_found': 'not_found',
  'webhook.too_many': 'conflict',
  'webhook.address_refused': 'invalid',

  'principal.invalid': 'invalid',
  'permission.unknown': 'invalid',
} as const satisfies Record<string, RefusalKind>;

export type RefusalCode = keyof typeof REFUSALS;

/** Where in the request the trouble is. */
export interface RefusalDetail {
  /** RFC 6901 JSON pointer into the request body, or `?name` for a query parameter. */
  readonly pointer: string;
  readonly detail: string;
}

/** A command or question that is not carried out; nothing was written. */
export class Refusal extends Error {
  readonly kind: RefusalKind;

  /** @param detail a sentence for the caller that says what to do. */
  constructor(
    readonly code: RefusalCode,
    detail: string,
    readonly errors: readonly RefusalDetail[] = [],
  ) {
    super(detail);
    this.kind = REFUSALS[code];
  }
}

/** Throws the refusal. */
export function refuse(
  code: RefusalCode,
  detail: string,
  errors: readonly RefusalDetail[] = [],
): never {
  throw new Refusal(code, detail, errors);
}
