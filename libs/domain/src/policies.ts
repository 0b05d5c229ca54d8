import type { RoleId } from './ids.js';

/** The policies an organization may set for itself, where its catalogue lists them. */
export interface PolicyValues {
  /** How long an invitation is good for, in seconds. */
  readonly 'invitation.ttl': number;
  /** Must the one who accepts have the invited address, verified? */
  readonly 'invitation.matchEmail': boolean;
  /** What becomes of an invitation whose inviter left. */
  readonly 'invitation.onInviterLoss': 'keep' | 'revoke';
  /** The organization's own e-mail domains (lower case, ASCII). */
  readonly 'emailDomains.own': readonly string[];
  /** Addresses outside the own domains. */
  readonly 'emailDomains.external': 'allow' | 'refuse';
  /** Addresses of free, public and disposable providers. */
  readonly 'emailDomains.providers': 'allow' | 'refuse';
  /** The role of somebody who comes in by single sign-on. */
  readonly ssoDefaultRole: RoleId;
  /** How many members may be active; the platform's to set. */
  readonly seats: number;
  /** Does the organization follow new catalogue versions by itself? */
  readonly catalogueAdoption: 'manual' | 'follow';
}
export type PolicyPath = keyof PolicyValues;
/** What a policy change sets; `null` goes back to the catalogue's value. */
export type PolicyChanges = { readonly [P in PolicyPath]?: PolicyValues[P] | null };
