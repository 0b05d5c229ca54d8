/** "Detailed role permissions" of WASViking's page, written down by hand, cell by cell. */

type Matrix = Readonly<Record<string, readonly string[]>>;

/** Every action that the four tables name for a module; "Full access" adds the ones of Admin's. */
export const ACTIONS: Matrix = {
  dashboard: ['view'],
  targets: ['view', 'create', 'edit', 'delete'],
  scans: ['view', 'create', 'edit', 'cancel', 'rerun', 'export'],
  schedules: ['view', 'create', 'edit', 'delete', 'pause', 'resume'],
  vulnerabilities: ['view'],
  reports: ['view', 'export', 'share'],
  certificates: ['view', 'manage'],
  notifications: ['view', 'edit', 'test', 'enable', 'disable'],
  edge_threat_radar: ['view', 'block_ip'],
  exposure_intelligence: ['view', 'reveal_sensitive_data'],
  supply_chain_ioc: ['view', 'apply'],
  sso: ['view', 'manage_settings'],
  users: ['view', 'invite', 'revoke', 'reactivate', 'change_role', 'deactivate'],
  roles: ['view', 'assign'],
  api_tokens: ['view', 'create', 'revoke', 'rotate'],
  usage: ['view'],
  billing: ['view'],
  invoices: ['view'],
  settings: ['view'],
  integrations: ['view'],
  audit_logs: ['view'],
};

/** What "Full access" and "Full operational control" stand for beyond the actions named. */
export const ADMIN_ALONE = [
  'users:update',
  'roles:manage',
  'billing:manage',
  'settings:edit',
  'integrations:create',
  'integrations:edit',
  'integrations:delete',
  'personal_data:erase',
];

export const MANAGER: Matrix = {
  dashboard: ['view'],
  targets: ['view', 'create', 'edit'],
  scans: ['view', 'create', 'cancel', 'rerun'],
  schedules: ['view', 'create', 'edit', 'pause', 'resume'],
  reports: ['view', 'export'],
  certificates: ['view', 'manage'],
  notifications: ['view', 'edit', 'test', 'enable', 'disable'],
  edge_threat_radar: ['view', 'block_ip'],
  exposure_intelligence: ['view', 'reveal_sensitive_data'],
  supply_chain_ioc: ['view', 'apply'],
  sso: ['view'],
  // "delete" is deactivation: users cannot be deleted.
  users: ['view', 'invite', 'revoke', 'reactivate', 'change_role', 'deactivate'],
  roles: ['view', 'assign'],
  billing: ['view'],
  invoices: ['view'],
  settings: ['view'],
  integrations: ['view'],
  audit_logs: ['view'],
};

export const ANALYST: Matrix = {
  dashboard: ['view'],
  targets: ['view'],
  scans: ['view', 'create', 'cancel', 'rerun'],
  vulnerabilities: ['view'],
  reports: ['view'],
  certificates: ['view'],
  notifications: ['view'],
  edge_threat_radar: ['view'],
  exposure_intelligence: ['view', 'reveal_sensitive_data'],
  // "No access"
  supply_chain_ioc: [],
  sso: ['view'],
  users: ['view'],
  usage: ['view'],
  invoices: ['view'],
  settings: ['view'],
};

export const READ_ONLY: Matrix = {
  dashboard: ['view'],
  targets: ['view'],
  scans: ['view'],
  vulnerabilities: ['view'],
  reports: ['view'],
  certificates: ['view'],
  notifications: ['view'],
  edge_threat_radar: ['view'],
  exposure_intelligence: ['view'],
  // "No access"
  supply_chain_ioc: [],
  sso: ['view'],
  users: ['view'],
  usage: ['view'],
  invoices: ['view'],
};

/** Role, as the portal spells it → its table. Admin's is everything. */
export const MATRICES: Readonly<Record<string, Matrix>> = {
  Admin: ACTIONS,
  Manager: MANAGER,
  Analyst: ANALYST,
  ReadOnly: READ_ONLY,
};
