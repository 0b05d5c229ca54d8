/** The policies an organization sets for itself, as they are written and shown. */
import { durationSeconds } from '#catalogues/durations.js';
import type { RoleId } from '#domain/ids.js';
import type { PolicyChanges, PolicyValues } from '#domain/policies.js';
import { refuse } from '#domain/refusals.js';
import { canonicalAddress } from '#vault/addresses.js';
import { Field, ListOf } from './fields.js';

/** What a change sets; `null` goes back to the catalogue's value. */
export class PolicyChangesBody {
  @Field.duration({ optional: true, nullable: true, about: 'how long an invitation is good' })
  readonly 'invitation.ttl'?: string | null;
  @Field.flag({ optional: true, nullable: true, about: 'must the invited address accept?' })
  readonly 'invitation.matchEmail'?: boolean | null;
  @Field.oneOf(['keep', 'revoke'], { optional: true, nullable: true })
  readonly 'invitation.onInviterLoss'?: 'keep' | 'revoke' | null;
  @ListOf.text({ optional: true, nullable: true, example: ['example.com'] })
  readonly 'emailDomains.own'?: readonly string[] | null;
  @Field.oneOf(['allow', 'refuse'], { optional: true, nullable: true })
  readonly 'emailDomains.external'?: 'allow' | 'refuse' | null;
  @Field.oneOf(['allow', 'refuse'], { optional: true, nullable: true })
  readonly 'emailDomains.providers'?: 'allow' | 'refuse' | null;
  @Field.role({ optional: true, nullable: true }) readonly ssoDefaultRole?: string | null;
  @Field.integer(1, 10_000_000, { optional: true, nullable: true, about: 'set by the platform' })
  readonly seats?: number | null;
  @Field.oneOf(['manual', 'follow'], { optional: true, nullable: true })
  readonly catalogueAdoption?: 'manual' | 'follow' | null;
}

/** From the wire to what rules take: durations in seconds. */
export function policyChanges(body: PolicyChangesBody): PolicyChanges {
  const { 'invitation.ttl': ttl, ssoDefaultRole, 'emailDomains.own': own, ...rest } = body;
  return {
    ...rest,
    ...(own === undefined ? {} : { 'emailDomains.own': own && own.map(domainOf) }),
    ...(ttl === undefined ? {} : { 'invitation.ttl': ttl && durationSeconds(ttl)! }),
    ...(ssoDefaultRole === undefined ? {} : { ssoDefaultRole: ssoDefaultRole as RoleId | null }),
  } as PolicyChanges;
}

/** A domain as addresses are compared: lower case, ASCII. */
function domainOf(text: string, index: number): string {
  const address = canonicalAddress(`somebody@${text}`);
  if ('domain' in address) return address.domain;
  const detail = 'must be a domain such as example.com';
  return refuse('policy.invalid', `${text} is no e-mail domain.`, [
    { pointer: `/policies/emailDomains.own/${index}`, detail },
  ]);
}

/** From what is stored to the wire. */
export const presentPolicies = (policies: Partial<PolicyValues>): object => {
  const ttl = policies['invitation.ttl'];
  return { ...policies, ...(ttl === undefined ? {} : { 'invitation.ttl': `PT${ttl}S` }) };
};
