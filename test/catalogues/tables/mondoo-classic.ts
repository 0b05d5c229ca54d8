/** The lists of Mondoo's earlier page by hand, in the words of its later one. */

/** "Read-only access to the view content", and the workspaces it is in; tickets are cases. */
export const VIEWER = [
  'assets:view',
  'compliance_frameworks:view',
  'dashboards:view',
  'exceptions:view',
  'findings:view',
  'reports:view',
  'cases:view',
  'workspaces:view',
  'spaces:view',
  'organizations:view',
  'members:view',
  'roles:view',
];

/** "Viewer access plus the ability to manage": each thing with what is in its brackets. */
export const EDITOR_ADDS = [
  'assets:create',
  'assets:delete',
  'compliance_frameworks:create',
  'compliance_frameworks:delete',
  'compliance_frameworks:update',
  'exceptions:request',
  'exceptions:extend',
  'exceptions:approve',
  'integrations:create',
  'integrations:delete',
  'integrations:update',
  'policies:edit',
  'policies:delete',
  'policies:assign',
  'policies:unassign',
  'reports:create',
  'reports:delete',
  'service_accounts:create',
  'service_accounts:delete',
  'security_models:update',
  'memberships:assign',
  'memberships:remove',
  'cases:create',
  'cases:delete',
  'workspaces:create',
  'workspaces:delete',
  'workspaces:update',
  'audit_log:view',
];

/** "The ability to create and delete spaces and organizations"; Editors have none of it. */
export const OWNER_ADDS = [
  'spaces:create',
  'spaces:update',
  'spaces:delete',
  'organizations:create',
  'organizations:update',
  'organizations:delete',
  'organizations:change_policies',
  'organizations:adopt_catalogue',
  'personal_data:erase',
];

/** "One or more of these additional permissions". */
export const ADDITIONAL = [
  'exception-reviewer',
  'exception-requester',
  'integrations-manager',
  'policy-editor',
  'policy-manager',
  'query-pack-editor',
  'query-pack-manager',
  'sla-manager',
  'ticket-creator',
  'ticket-manager',
];
