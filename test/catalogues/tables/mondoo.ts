/** The role tables of Mondoo's page by hand: name, kind, scopes, and what each sentence says. */

export interface MondooRole {
  readonly name: string;
  readonly kind: 'base' | 'specialized' | 'service_account' | 'implicit';
  readonly scopes: readonly ('organization' | 'space' | 'platform')[];
  /** What the sentence demands. */
  readonly has: readonly string[];
  /** Is that all of it? Base roles say more than a sentence can list. */
  readonly andNoMore: boolean;
  /** What the sentence rules out. */
  readonly cannot: readonly string[];
}

type Scopes = MondooRole['scopes'];
const EVERYWHERE: Scopes = ['organization', 'space'];
const SPACE: Scopes = ['space'];
const ORGANIZATION: Scopes = ['organization'];

const expand = (cells: Readonly<Record<string, string>>): string[] =>
  Object.entries(cells).flatMap(([thing, actions]) =>
    actions.split(' ').map((action) => `${thing}:${action}`),
  );

const exactly =
  (kind: MondooRole['kind']) =>
  (
    name: string,
    scopes: Scopes,
    has: Readonly<Record<string, string>>,
    cannot: Readonly<Record<string, string>> = {},
  ): MondooRole => ({
    name,
    kind,
    scopes,
    has: expand(has),
    andNoMore: true,
    cannot: expand(cannot),
  });

const specialized = exactly('specialized');
const account = exactly('service_account');
const implicit = exactly('implicit');
const base = (...given: Parameters<typeof specialized>): MondooRole => ({
  ...exactly('base')(...given),
  andNoMore: false,
});

/** Role id → row. */
export const ROLES: Readonly<Record<string, MondooRole>> = {
  owner: base(
    'Owner',
    EVERYWHERE,
    {
      organizations: 'create delete update view',
      spaces: 'create delete update deactivate reactivate',
      memberships: 'assign remove',
      members: 'view update deactivate reactivate',
      sso: 'configure',
      scim: 'configure',
      wif_auth_bindings: 'create update delete',
      billing: 'view update_account open_sessions update_subscription_settings',
      teams: 'create update delete',
      audit_log: 'view',
    },
    { memberships: 'assign_iam_manager' },
  ),
  editor: base(
    'Editor',
    EVERYWHERE,
    {
      memberships: 'assign remove',
      members: 'view update deactivate reactivate',
      integrations: 'view create update delete get_tokens trigger_actions',
      policies: 'view edit validate delete assign unassign set_properties',
      query_packs: 'view edit validate delete',
      compliance_frameworks: 'view create update delete',
      exceptions: 'view request extend approve deny delete',
      cases: 'view create update close delete',
      dashboards: 'view create update delete',
      agents: 'view create update delete',
      service_accounts: 'view list create update manage_memberships read_public_key delete',
      api_tokens: 'generate update list delete',
      registration_tokens: 'generate list verify revoke',
      organizations: 'view update',
      spaces: 'view update',
    },
    {
      organizations: 'create delete change_policies adopt_catalogue',
      spaces: 'create delete deactivate reactivate',
      billing: 'view update_account open_sessions update_subscription_settings',
      memberships: 'assign_iam_manager',
      sso: 'view configure',
      scim: 'view configure',
      wif_auth_bindings: 'view create update delete',
      audit_log: 'view',
      personal_data: 'erase',
    },
  ),
  viewer: base(
    'Viewer',
    EVERYWHERE,
    {
      assets: 'view',
      findings: 'view',
      vulnerabilities: 'view',
      scores: 'view',
      policies: 'view',
      compliance_frameworks: 'view',
      exceptions: 'view',
      cases: 'view',
      dashboards: 'view',
      reports: 'view',
      workspaces: 'view',
      integrations: 'view',
      agents: 'view',
      organizations: 'view',
      spaces: 'view',
    },
    {
      assets: 'create delete sync',
      policies: 'edit assign unassign delete',
      exceptions: 'request approve deny extend delete',
      cases: 'create update close delete',
      memberships: 'assign remove',
      integrations: 'create update delete get_tokens',
      agents: 'create update delete register',
      spaces: 'update delete',
      organizations: 'update delete',
      audit_log: 'view',
      billing: 'view',
      api_tokens: 'list',
    },
  ),
  'org-member': implicit('Org Member', ORGANIZATION, {
    organizations: 'view list_workspaces list_assigned_policies list_risk_factors',
  }),
  'space-member': implicit('Space Member', SPACE, {
    spaces: 'view',
    workspaces: 'list',
    policies: 'list_assigned',
    risk_factors: 'list',
  }),

  // Identity and access
  'iam-manager': specialized('IAM Manager', ['organization', 'space', 'platform'], {
    memberships: 'assign remove assign_iam_manager',
    wif_auth_bindings: 'view create update delete',
  }),
  // Organizations and spaces
  'organization-manager': specialized('Organization Manager', ORGANIZATION, {
    organizations: 'create update delete',
  }),
  'space-manager': specialized('Space Manager', SPACE, {
    spaces: 'create update deactivate reactivate delete',
    resource_contacts: 'set',
  }),
  // Teams
  'team-manager': specialized('Team Manager', EVERYWHERE, {
    teams: 'create update delete add_members remove_members view',
  }),
  // Policies and query packs
  'policy-editor': specialized(
    'Policy Editor',
    SPACE,
    { policies: 'edit validate', policy_registry: 'view' },
    { policies: 'assign unassign delete' },
  ),
  'policy-manager': specialized('Policy Manager', SPACE, {
    policies: 'edit validate delete assign unassign set_properties',
    scores: 'view_aggregate',
    exceptions: 'view',
  }),
  'query-pack-editor': specialized(
    'Query Pack Editor',
    SPACE,
    { query_packs: 'edit validate', query_registry: 'browse', resource_registry: 'browse' },
    { query_packs: 'delete' },
  ),
  'query-pack-manager': specialized('Query Pack Manager', SPACE, {
    query_packs: 'view edit validate delete',
    query_registry: 'browse',
    resource_registry: 'browse',
  }),
  // Exceptions
  'exception-requester': specialized(
    'Exception Requester',
    SPACE,
    { exceptions: 'request extend' },
    { exceptions: 'approve deny delete' },
  ),
  'exception-reviewer': specialized(
    'Exception Reviewer',
    SPACE,
    { exceptions: 'approve deny extend_review_period' },
    { exceptions: 'request delete' },
  ),
  'exception-manager': specialized('Exception Manager', SPACE, {
    exceptions: 'view request extend approve deny extend_review_period delete',
  }),
  // Cases and tickets
  'ticket-creator': specialized(
    'Ticket Creator',
    SPACE,
    { cases: 'create update push' },
    { cases: 'close delete' },
  ),
  'ticket-manager': specialized('Ticket Manager', SPACE, {
    cases: 'view create update push close delete process_events',
    tickets: 'create update close',
  }),
  // Integrations and SLAs
  'integrations-manager': specialized('Integrations Manager', SPACE, {
    integrations: 'create update delete get_tokens trigger_actions run_discovery suppress_messages',
    integration_settings: 'view update',
  }),
  'sla-manager': specialized('SLA Manager', SPACE, {
    security_models: 'view update',
    policies: 'view',
    compliance_frameworks: 'view',
    findings: 'view',
    scores: 'view_aggregate',
  }),
  // Assets, agents, workspaces, workflows
  'asset-manager': specialized('Asset Manager', SPACE, {
    assets: 'create delete',
    annotations: 'create delete',
    ci_cd_projects: 'delete',
    asset_routing_rules: 'view create update delete',
    asset_routing_tables: 'view create update delete',
  }),
  'agent-manager': specialized(
    'Agent Manager',
    SPACE,
    { agents: 'create update delete' },
    { agents: 'register view' },
  ),
  'workspace-manager': specialized('Workspace Manager', SPACE, {
    workspaces: 'create update delete',
  }),
  'workflow-manager': specialized('Workflow Manager', SPACE, {
    workflows: 'create update delete cancel',
    scheduled_workflows: 'create update delete cancel',
    workflow_service_actions: 'execute',
  }),
  // Compliance and risk, vulnerability data, auditing
  'compliance-framework-manager': specialized('Compliance Framework Manager', SPACE, {
    compliance_frameworks: 'view create update delete',
  }),
  'risk-factor-manager': specialized('Risk Factor Manager', SPACE, {
    risk_factors: 'create modify',
  }),
  'vulnerability-exchange-manager': specialized('Vulnerability Exchange Manager', SPACE, {
    vex_documents: 'upload edit delete',
    findings: 'upload_fex close',
  }),
  'audit-log-viewer': specialized('Audit Log Viewer', EVERYWHERE, { audit_log: 'view' }),
  // Pipelines and exports, billing
  'security-pipeline-user': specialized('Security Pipeline User', SPACE, {
    security_pipelines: 'open_pull_requests',
  }),
  'export-user': specialized('Export User', SPACE, { documents: 'generate delete' }),
  'billing-manager': specialized('Billing Manager', ORGANIZATION, {
    billing: 'view update_account open_sessions update_subscription_settings',
  }),
  // Analytics and dashboards
  'policy-analytics-dashboard-viewer': specialized(
    'Policy Analytics Dashboard Viewer',
    EVERYWHERE,
    {
      policy_analytics: 'view list_policies',
      workspaces: 'view',
      assets: 'view',
      policies: 'list_assigned',
      resource_contacts: 'view',
    },
  ),
  'bi-viewer': specialized('BI Viewer', SPACE, {
    bi_dashboards: 'view',
    bi_dashboard_versions: 'view',
    scheduled_exports: 'view',
    bi_query_proxy: 'query',
  }),
  // Agent credentials
  'api-token-creator': specialized(
    'API Token Creator',
    SPACE,
    { api_tokens: 'generate update list' },
    { api_tokens: 'delete' },
  ),
  'api-token-manager': specialized('API Token Manager', SPACE, {
    api_tokens: 'generate update list delete',
  }),
  'service-account-creator': specialized(
    'Service Account Creator',
    SPACE,
    { service_accounts: 'create update list view manage_memberships read_public_key' },
    { service_accounts: 'delete' },
  ),
  'service-account-manager': specialized('Service Account Manager', SPACE, {
    service_accounts: 'create update list view manage_memberships read_public_key delete',
  }),
  'registration-token-creator': specialized(
    'Registration Token Creator',
    SPACE,
    { registration_tokens: 'generate list verify' },
    { registration_tokens: 'revoke' },
  ),
  'registration-token-manager': specialized('Registration Token Manager', SPACE, {
    registration_tokens: 'generate list verify revoke',
  }),

  // Service account roles
  agent: account('Agent', SPACE, {
    agents: 'register',
    telemetry: 'report',
    logs: 'report',
    assets: 'sync',
    policies: 'fetch_assigned fetch_bundles',
    scan_results: 'store',
    sboms: 'upload',
    scan_parameters: 'get',
  }),
  'gateway-agent': account('Gateway Agent', SPACE, {
    agents: 'register',
    telemetry: 'report',
    logs: 'report',
    assets: 'sync',
    policies: 'fetch_assigned fetch_bundles',
    scan_results: 'store',
    sboms: 'upload',
    scan_parameters: 'get',
    registration_tokens: 'generate',
    integrations: 'query',
  }),
  'scan-job-runner': account('Scan Job Runner', SPACE, {
    assets: 'sync',
    policy_jobs: 'resolve run',
    scan_results: 'store',
    upload_urls: 'get',
    integrations: 'report_status',
  }),
  'export-runner': account('Export Runner', SPACE, {
    assets: 'view',
    policies: 'view',
    compliance_frameworks: 'view',
    vulnerabilities: 'view',
    scores: 'view',
    findings: 'view',
    reports: 'view',
    documents: 'upload',
    integrations: 'report_status',
  }),
  'vex-importer': account('VEX Importer', SPACE, {
    vex_documents: 'upload',
    findings: 'upload_fex close',
    sboms: 'upload',
  }),
  'deployment-manager': account('Deployment Manager', SPACE, {
    integrations: 'create update delete get_tokens trigger_actions',
    spaces: 'view_settings',
    integration_settings: 'view',
  }),
  'scim-identity-manager': account('SCIM Identity Manager', ORGANIZATION, {
    scim_users: 'view create update delete',
    scim_groups: 'view create update delete',
  }),
  'platform-admin': {
    ...account(
      'Platform Admin',
      EVERYWHERE,
      {
        organizations: 'create view update delete',
        spaces: 'create view update delete',
        memberships: 'assign remove assign_iam_manager',
        members: 'view update',
        teams: 'view create update delete add_members remove_members',
        integrations: 'view create update delete',
        policies: 'view edit delete assign unassign',
        compliance_frameworks: 'view create update delete',
        billing: 'view update_account',
        dashboards: 'view create update delete',
        scim_mappings: 'view update',
      },
      { personal_data: 'erase', api_tokens: 'generate', audit_log: 'view' },
    ),
    andNoMore: false,
  },
};
