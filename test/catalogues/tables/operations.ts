/**
 * Which roles can carry out which operation somewhere, by hand. An operation that is not listed is
 * not offered by that catalogue.
 */
import type { Operation } from '#domain/catalogue.js';

type OperationTable = { readonly [O in Operation]?: readonly string[] };

const MONDOO_MEMBERS = ['owner', 'editor', 'iam-manager', 'platform-admin'];
const MONDOO_READERS = ['owner', 'editor', 'viewer', 'platform-admin'];
const MONDOO_ACCOUNTS = ['owner', 'editor', 'service-account-creator', 'service-account-manager'];
const MONDOO_SPACES = ['owner', 'space-manager', 'platform-admin'];
const MONDOO_WHOLE = ['owner', 'editor', 'platform-admin'];

const CLASSIC_ALL = ['owner', 'editor', 'viewer'];
const CLASSIC_EDITORS = ['owner', 'editor'];

const WASVIKING_ALL = ['Admin', 'Manager', 'Analyst', 'ReadOnly'];
const WASVIKING_MANAGERS = ['Admin', 'Manager'];

const VYGL_ADMINS = ['owner', 'admin'];
const VYGL_MEMBERS = ['owner', 'admin', 'member'];

const CVE_ALL = ['admin', 'analyst', 'viewer'];

const PLATFORM_READERS = ['platform-admin', 'platform-auditor'];
const PLATFORM_ADMIN = ['platform-admin'];

export const OPERATION_HOLDERS: Readonly<Record<string, OperationTable>> = {
  mondoo: {
    view_organization: ['org-member', ...MONDOO_READERS],
    update_organization: ['owner', 'editor', 'organization-manager', 'platform-admin'],
    change_policies: ['owner', 'platform-admin'],
    delete_organization: ['owner', 'organization-manager', 'platform-admin'],
    adopt_catalogue: ['owner', 'platform-admin'],
    // "See that an organization or space exists": Space Member, and who has it by a list of their own.
    view_space: ['space-member', ...MONDOO_READERS],
    // Space Manager's "create" has no effect at a space.
    create_space: ['owner', 'platform-admin'],
    update_space: ['editor', ...MONDOO_SPACES],
    deactivate_space: MONDOO_SPACES,
    reactivate_space: MONDOO_SPACES,
    delete_space: MONDOO_SPACES,
    view_members: MONDOO_READERS,
    invite: MONDOO_MEMBERS,
    resend_invitation: MONDOO_MEMBERS,
    revoke_invitation: MONDOO_MEMBERS,
    change_roles: MONDOO_MEMBERS,
    update_member: MONDOO_WHOLE,
    deactivate_member: MONDOO_WHOLE,
    reactivate_member: MONDOO_WHOLE,
    remove_member: MONDOO_MEMBERS,
    erase_member: ['owner'],
    view_roles: ['owner', 'editor', 'viewer'],
    manage_roles: ['owner'],
    view_teams: ['team-manager', ...MONDOO_READERS],
    manage_teams: ['owner', 'team-manager', 'platform-admin'],
    view_service_accounts: MONDOO_ACCOUNTS,
    create_service_account: MONDOO_ACCOUNTS,
    update_service_account: MONDOO_ACCOUNTS,
    delete_service_account: ['owner', 'editor', 'service-account-manager'],
    manage_api_keys: ['owner', 'editor', 'api-token-manager'],
    view_audit: ['owner', 'audit-log-viewer'],
    read_access: MONDOO_READERS,
  },
  'mondoo-classic': {
    view_organization: CLASSIC_ALL,
    update_organization: ['owner'],
    change_policies: ['owner'],
    delete_organization: ['owner'],
    adopt_catalogue: ['owner'],
    view_space: CLASSIC_ALL,
    create_space: ['owner'],
    update_space: ['owner'],
    delete_space: ['owner'],
    view_members: CLASSIC_ALL,
    invite: CLASSIC_EDITORS,
    resend_invitation: CLASSIC_EDITORS,
    revoke_invitation: CLASSIC_EDITORS,
    change_roles: CLASSIC_EDITORS,
    update_member: CLASSIC_EDITORS,
    deactivate_member: CLASSIC_EDITORS,
    reactivate_member: CLASSIC_EDITORS,
    remove_member: CLASSIC_EDITORS,
    erase_member: ['owner'],
    view_roles: CLASSIC_ALL,
    view_service_accounts: CLASSIC_EDITORS,
    create_service_account: CLASSIC_EDITORS,
    update_service_account: CLASSIC_EDITORS,
    delete_service_account: CLASSIC_EDITORS,
    manage_api_keys: CLASSIC_EDITORS,
    view_audit: CLASSIC_EDITORS,
    read_access: CLASSIC_ALL,
  },
  wasviking: {
    view_organization: WASVIKING_ALL,
    update_organization: ['Admin'],
    change_policies: ['Admin'],
    adopt_catalogue: ['Admin'],
    view_members: WASVIKING_ALL,
    invite: WASVIKING_MANAGERS,
    resend_invitation: WASVIKING_MANAGERS,
    revoke_invitation: WASVIKING_MANAGERS,
    change_roles: WASVIKING_MANAGERS,
    update_member: ['Admin'],
    deactivate_member: WASVIKING_MANAGERS,
    reactivate_member: WASVIKING_MANAGERS,
    erase_member: ['Admin'],
    view_roles: WASVIKING_MANAGERS,
    manage_roles: ['Admin'],
    manage_api_keys: ['Admin'],
    view_audit: WASVIKING_MANAGERS,
    read_access: WASVIKING_MANAGERS,
  },
  vygl: {
    view_organization: ['owner', 'admin', 'member', 'viewer'],
    update_organization: ['owner'],
    change_policies: ['owner'],
    delete_organization: ['owner'],
    adopt_catalogue: ['owner'],
    view_members: VYGL_MEMBERS,
    invite: VYGL_ADMINS,
    resend_invitation: VYGL_ADMINS,
    revoke_invitation: VYGL_ADMINS,
    change_roles: VYGL_ADMINS,
    update_member: VYGL_ADMINS,
    deactivate_member: VYGL_ADMINS,
    reactivate_member: VYGL_ADMINS,
    remove_member: VYGL_ADMINS,
    erase_member: ['owner'],
    transfer_ownership: ['owner'],
    view_roles: VYGL_MEMBERS,
    manage_api_keys: VYGL_ADMINS,
    view_audit: VYGL_MEMBERS,
    read_access: VYGL_MEMBERS,
  },
  'cve-project': {
    view_organization: CVE_ALL,
    update_organization: ['admin', 'analyst'],
    change_policies: ['admin'],
    adopt_catalogue: ['admin'],
    view_members: CVE_ALL,
    invite: ['admin'],
    resend_invitation: ['admin'],
    revoke_invitation: ['admin'],
    change_roles: ['admin'],
    update_member: ['admin'],
    deactivate_member: ['admin'],
    reactivate_member: ['admin'],
    remove_member: ['admin'],
    erase_member: ['admin'],
    view_roles: CVE_ALL,
    view_audit: CVE_ALL,
    read_access: CVE_ALL,
  },
  platform: {
    view_organization: PLATFORM_READERS,
    update_organization: PLATFORM_ADMIN,
    change_policies: PLATFORM_ADMIN,
    adopt_catalogue: PLATFORM_ADMIN,
    view_members: PLATFORM_READERS,
    invite: PLATFORM_ADMIN,
    resend_invitation: PLATFORM_ADMIN,
    revoke_invitation: PLATFORM_ADMIN,
    change_roles: PLATFORM_ADMIN,
    update_member: PLATFORM_ADMIN,
    deactivate_member: PLATFORM_ADMIN,
    reactivate_member: PLATFORM_ADMIN,
    remove_member: PLATFORM_ADMIN,
    erase_member: PLATFORM_ADMIN,
    view_roles: PLATFORM_READERS,
    view_service_accounts: PLATFORM_READERS,
    create_service_account: PLATFORM_ADMIN,
    update_service_account: PLATFORM_ADMIN,
    delete_service_account: PLATFORM_ADMIN,
    manage_api_keys: PLATFORM_ADMIN,
    view_audit: PLATFORM_READERS,
    read_access: PLATFORM_READERS,
  },
};
