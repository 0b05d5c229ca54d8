/**
 * The readings where a source is silent or contradicts itself, by hand, each with the words that a
 * note of the catalogue must have together so that its reader learns of it.
 */

type Reading = readonly [reading: string, ...words: readonly RegExp[]];

const EXPIRY: Reading = ['an invitation’s expiry', /\b7 days\b/, /1 hour to 30 days/];
const HISTORY: Reading = ['history', /History is never deleted/];
const REMOVAL: Reading = ['removal is allowed', /\b(Members|Users) can be removed/];
const NO_SPACES: Reading = ['no spaces to deactivate', /no spaces|without spaces/];

export const READINGS: Readonly<Record<string, readonly Reading[]>> = {
  mondoo: [
    ['1: what the Owner has, assigns, manages', /^Owner/, /every permission except/, /IAM Manager/],
    [
      '1: whom the Owner manages',
      /^Owner/,
      /manages everyone but .*IAM Manager and Platform Admin/,
    ],
    ['1: IAM Manager', /^IAM Manager assigns/, /itself included/, /everyone but Platform Admin/],
    ['1: the rest', /subset rule/, /Editor cannot make an Owner/],
    ['2: service-account roles', /service accounts only/, /SCIM Identity Manager \(Owner\)/],
    ['2: who gives them', /`service_accounts:create`/, /`service_accounts:manage_memberships`/],
    ['2: only the platform', /Platform Admin \(the platform only\)/],
    ['2: not our platform role', /^Platform Admin/, /not a role of the platform organization/],
    ['3: IAM Manager at platform scope', /platform scope/, /`mondoo\/iam-manager`/],
    ['4: organization-level', /Creating spaces/, /billing/, /organization-level/],
    ['4: a space’s Owner', /space's Owner does not have them/],
    ['4: Space Manager', /Space Manager's "create"/, /above a space/],
    ['5: alone, and two', /specialized role alone/, /two base roles/],
    ['6: submitted by others', /Exception Reviewer/, /"submitted by others"/, /calling product/],
    ['who founds organizations', /`ORGANIZATION_CREATION`/, /`organizations:create`/],
    ['accounts and their tokens', /credentials are API tokens/, /API Token Creator beside/],
    ['teams', /`teams:update`/, /every role it holds/],
    EXPIRY,
    REMOVAL,
    ['who deletes the organization', /can be deleted/, /Owner/, /Organization Manager/],
    ['audit', /Owner and Audit Log Viewer read the audit log/],
    ['a deactivated space', /deactivated space/, /view/, /reactivat/, /delet/],
    HISTORY,
  ],
  'mondoo-classic': [
    ['content of the ten', /ten additional roles/, /`mondoo`/],
    ['who founds organizations', /`ORGANIZATION_CREATION`/, /`organizations:create`/],
    ['what an Editor adds', /policies/, /exceptions/, /their deletion/],
    ['one base role', /one base role per scope/i, /only beside Viewer/],
    ['Editor', /^Editor assigns Viewer, Editor and the ten/, /cannot make an Owner/],
    EXPIRY,
    REMOVAL,
    ['who deletes the organization', /can be deleted/, /Owner/],
    ['audit', /Owner and Editor read the audit log/],
    ['no space is deactivated', /Spaces are not deactivated/],
    HISTORY,
  ],
  wasviking: [
    ['7: delete is deactivate', /Manager's "delete"/, /`users:deactivate`/, /never deleted/],
    ['7: Manager', /Manager, Analyst and ReadOnly, never Admin/],
    ['8: literally', /read literally/, /no Vulnerabilities and no Usage/, /Admin is everything/],
    ['8: an explicit entry', /Manager's delegation is a list of roles/],
    ['9: two in one', /"Users & Roles"/, /"Settings & Integrations"/, /"Org Settings"/],
    ['9: invoices', /`invoices:view` and not `billing:view`/],
    ['9: revoke and resend', /"Revoke"/, /withdraw an invitation/, /`users:invite`/],
    ['9: a prohibition', /ReadOnly/, /no create, edit, delete, export or admin actions/],
    ['providers', /free, public and disposable/, /nobody/],
    ['declined', /decline/, /"pending, accepted, expired, or revoked"/],
    ['10: erasure', /keeps the ids/, /deactivates the user for good/, /attributable/],
    EXPIRY,
    ['removal is not allowed', /only be deactivated, never removed/],
    ['nobody deletes the organization', /organization can't be deleted/],
    ['audit', /Admin and Manager read the audit log/],
    NO_SPACES,
    HISTORY,
  ],
  vygl: [
    ['Admin', /Admin assigns admin, member and viewer/, /members and viewers only/],
    ['Owner', /Owner acts on everyone, other owners too/, /one active owner/],
    ['an invited admin', /Admin who invited an admin/, /Owner/],
    ['what a key may', /scopes/, /owner's roles/, /belongs to the organization/],
    ['settings', /`settings:update`/, /`organization:update`/, /name and policies/],
    ['audit', /Member and up read the audit log/, /"read everything"/],
    EXPIRY,
    REMOVAL,
    ['who deletes the organization', /can be deleted/, /Owner/],
    NO_SPACES,
    HISTORY,
  ],
  'cve-project': [
    ['reads', /all three roles/, /`billing:view`/, /Admin/],
    ['routes', /not in the table/, /`route\.unknown`, denied/],
    ['audit', /All three roles read the audit log/, /auditing/],
    EXPIRY,
    REMOVAL,
    ['nobody deletes the organization', /can't be deleted/],
    NO_SPACES,
    HISTORY,
  ],
};
