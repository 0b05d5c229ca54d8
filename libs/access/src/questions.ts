/** What can be asked about access, and what is answered. */
import {
  ID_PREFIX,
  type ApiKeyId,
  type MemberId,
  type OrganizationId,
  type Permission,
  type ServiceAccountId,
  type SpaceId,
  type UserId,
} from '#domain/ids.js';
import { refuse } from '#domain/refusals.js';
import type { Moment } from './moment.js';

/** Whom a question is about: a member, a service account or a key by id, or a person. */
export type Principal = MemberId | ServiceAccountId | ApiKeyId | UserId;
export type PrincipalKind = 'member' | 'service_account' | 'api_key' | 'user';

const KINDS: readonly (readonly [prefix: string, kind: PrincipalKind])[] = [
  [`${ID_PREFIX.member}_`, 'member'],
  ['usr_', 'user'],
  [`${ID_PREFIX.service_account}_`, 'service_account'],
  [`${ID_PREFIX.api_key}_`, 'api_key'],
];

/** No two begin alike. */
const BY_LETTER = new Map(KINDS.map((one) => [one[0].charCodeAt(0), one]));

/** What kind of principal an id names. Refuses (`principal.invalid`) what names none. */
export function kindOf(principal: string): PrincipalKind {
  const known = BY_LETTER.get(principal.charCodeAt(0));
  if (known !== undefined && principal.startsWith(known[0])) return known[1];
  return refuse(
    'principal.invalid',
    'Name the principal as mem_…, svc_…, key_…, usr_… or user:<subject>.',
  );
}

/** What the ids of such principals begin with. */
export const prefixOf = (kind: PrincipalKind): string => KINDS.find(([, one]) => one === kind)![0];

/** Which organization, and how fresh the answer has to be. */
export interface Freshness {
  readonly organization: OrganizationId;
  /** Revision of the organization's stream that the answer may not come from before. */
  readonly atLeast?: number;
  /** The same of the platform's, whose rights count in every organization; waited for where it is
   * decided who may ask, so that who is nobody there does not learn how far it has come. */
  readonly platform?: number;
}

/** May this principal do this, here? */
export interface AccessQuestion extends Freshness {
  /** Absent: now. */
  readonly at?: Moment;
  readonly principal: Principal;
  readonly permission: Permission;
  /** Absent: at the organization itself. */
  readonly space?: SpaceId;
}

/** May this principal send this request to the calling product? */
export interface RouteQuestion extends Freshness {
  /** Absent: now. */
  readonly at?: Moment;
  readonly principal: Principal;
  readonly method: string;
  readonly path: string;
  readonly space?: SpaceId;
}

/** Does this API key carry this scope? */
export interface KeyScopeQuestion extends Freshness {
  /** Absent: now. */
  readonly at?: Moment;
  readonly key: ApiKeyId;
  readonly scope: string;
}

/** What may this principal do, here? */
export interface PermissionsQuestion extends Freshness {
  /** Absent: now. */
  readonly at?: Moment;
  readonly principal: Principal;
  readonly space?: SpaceId;
}

/**
 * Why the answer is what it is. The closed list; of several that hold, the one that comes first
 * here. The names are part of the public API.
 */
export const REASONS = [
  /** The one reason for yes. */
  'granted',
  /** The organization's state can't be trusted; only in batches, elsewhere a refusal. */
  'quarantined',
  /** The catalogue has no such route. */
  'route.unknown',
  'organization_deleted',
  'suspended',
  /** There is no such space here, or none any more. */
  'space_not_found',
  /** No member, service account or key of this organization. Of those whom the
   * platform lets in anyhow, a deactivated space is told first. */
  'no_membership',
  'deactivated',
  'key_revoked',
  'key_expired',
  /** The space is deactivated, and this is not among what that leaves. */
  'space_inactive',
  /** A grant that would give it begins later. */
  'not_yet',
  /** A grant that would have given it has ended. */
  'expired',
  /** A role that gives it is held, but elsewhere, or at a space where only the organization counts. */
  'wrong_scope',
  /** The key does not carry the scope. */
  'scope_missing',
  'no_role',
] as const;
export type Reason = (typeof REASONS)[number];

export interface Verdict {
  readonly allowed: boolean;
  readonly reason: Reason;
}

/** Every answer there is, made once. */
export const VERDICTS = Object.fromEntries(
  REASONS.map((reason): [Reason, Verdict] => [reason, { allowed: reason === 'granted', reason }]),
) as { readonly [R in Reason]: Verdict };

/** A verdict with the revision of the organization's stream it was given at. */
export interface AccessAnswer extends Verdict {
  readonly revision: number;
}

export interface BatchAnswer {
  /** In the order asked. */
  readonly results: readonly Verdict[];
  /** One revision for each organization asked about. */
  readonly revisions: { readonly [organization: string]: number };
}

export interface PermissionsAnswer {
  /** Every permission in force at this moment, sorted. */
  readonly permissions: readonly Permission[];
  readonly revision: number;
}
