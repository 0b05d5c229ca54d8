/** The policies of every catalogue by hand. */

export interface PolicyRow {
  readonly scopes: readonly string[];
  readonly rolesPerMember: unknown;
  readonly protectedRole: string;
  readonly founderRole: string;
  readonly removal: 'allowed' | 'deactivate_only';
  /** Addresses outside the own domains; free, public and disposable providers. */
  readonly external: 'allow' | 'refuse';
  readonly providers: 'allow' | 'refuse';
  readonly ssoDefaultRole?: string;
  readonly catalogueAdoption: 'manual' | 'follow';
  /** Every policy an organization may change for itself. */
  readonly overridable: readonly string[];
}

const INVITATION = ['invitation.ttl', 'invitation.matchEmail', 'invitation.onInviterLoss'];
const DOMAINS = ['emailDomains.own', 'emailDomains.external', 'emailDomains.providers'];
const USUAL = [...INVITATION, ...DOMAINS, 'ssoDefaultRole', 'seats', 'catalogueAdoption'];
const OPEN = { removal: 'allowed', external: 'allow', providers: 'allow' } as const;
const owned = (by: string) => ({ protectedRole: by, founderRole: by });

export const POLICIES: Readonly<Record<string, PolicyRow>> = {
  mondoo: {
    ...OPEN,
    ...owned('owner'),
    scopes: ['organization', 'space'],
    rolesPerMember: 'many',
    catalogueAdoption: 'manual',
    overridable: USUAL,
  },
  'mondoo-classic': {
    ...OPEN,
    ...owned('owner'),
    scopes: ['organization', 'space'],
    rolesPerMember: { base: 'one', specialized: 'many', specializedWith: ['viewer'] },
    catalogueAdoption: 'manual',
    overridable: USUAL,
  },
  wasviking: {
    ...owned('Admin'),
    scopes: ['organization'],
    rolesPerMember: 'one',
    removal: 'deactivate_only',
    external: 'refuse',
    providers: 'refuse',
    ssoDefaultRole: 'ReadOnly',
    catalogueAdoption: 'manual',
    // "WASViking enforces this": free, public and disposable providers are refused whatever the policy.
    overridable: [
      'invitation.ttl',
      'emailDomains.own',
      'emailDomains.external',
      'ssoDefaultRole',
      'seats',
    ],
  },
  vygl: {
    ...OPEN,
    ...owned('owner'),
    scopes: ['organization'],
    rolesPerMember: 'one',
    catalogueAdoption: 'manual',
    overridable: USUAL,
  },
  'cve-project': {
    ...OPEN,
    ...owned('admin'),
    scopes: ['organization'],
    rolesPerMember: 'one',
    catalogueAdoption: 'manual',
    overridable: USUAL.filter((policy) => policy !== 'ssoDefaultRole'),
  },
  platform: {
    ...OPEN,
    ...owned('platform-admin'),
    scopes: ['organization'],
    rolesPerMember: 'many',
    catalogueAdoption: 'follow',
    overridable: ['invitation.ttl', ...DOMAINS, 'ssoDefaultRole', 'seats', 'catalogueAdoption'],
  },
};
