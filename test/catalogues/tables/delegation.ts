/**
 * Who may give which role to whom, written down by hand for every catalogue: an oracle that shares
 * nothing with the catalogue files nor with the rules. A row is the whole relation of somebody who
 * holds exactly this role at the level named or above: entries and subset rule together. Whether
 * they can act on it depends on the operations too (`operations.ts`).
 */

export interface DelegationRow {
  /** The role held. */
  readonly holder: string;
  /** Roles it may give and take away. */
  readonly mayAssign: readonly string[];
  /** Roles whose holders it may act on. */
  readonly mayManage: readonly string[];
}

export interface DelegationTable {
  /** Roles given at organization scope by who holds a role there. */
  readonly organization: readonly DelegationRow[];
  /** Roles given at a space by who holds a role there or in the whole organization. */
  readonly space: readonly DelegationRow[];
}

const row = (
  holder: string,
  mayAssign: readonly string[],
  mayManage: readonly string[] = mayAssign,
): DelegationRow => ({ holder, mayAssign, mayManage });

/** The subset rule leaves a role only what it is itself. */
const itself = (holder: string): DelegationRow => row(holder, [holder]);
const nothing = (holder: string): DelegationRow => row(holder, []);

// ── Mondoo ──────────────────────────────────────────────────────────────────────────────────────

/** Specialized roles that can be given at a space, but IAM Manager. */
const SPACE_SPECIALIZED = [
  'space-manager',
  'team-manager',
  'policy-editor',
  'policy-manager',
  'query-pack-editor',
  'query-pack-manager',
  'exception-requester',
  'exception-reviewer',
  'exception-manager',
  'ticket-creator',
  'ticket-manager',
  'integrations-manager',
  'sla-manager',
  'asset-manager',
  'agent-manager',
  'workspace-manager',
  'workflow-manager',
  'compliance-framework-manager',
  'risk-factor-manager',
  'vulnerability-exchange-manager',
  'audit-log-viewer',
  'security-pipeline-user',
  'export-user',
  'policy-analytics-dashboard-viewer',
  'bi-viewer',
  'api-token-creator',
  'api-token-manager',
  'service-account-creator',
  'service-account-manager',
  'registration-token-creator',
  'registration-token-manager',
];

/** Given by whoever manages service accounts. */
const SPACE_ACCOUNTS = [
  'agent',
  'gateway-agent',
  'scan-job-runner',
  'export-runner',
  'vex-importer',
  'deployment-manager',
];

/** Specialized roles that can be given in the whole organization, but IAM Manager. */
const ORGANIZATION_SPECIALIZED = [
  'organization-manager',
  'team-manager',
  'audit-log-viewer',
  'billing-manager',
  'policy-analytics-dashboard-viewer',
];

const BASE = ['owner', 'editor', 'viewer'];
const AT_ORGANIZATION = [...BASE, ...ORGANIZATION_SPECIALIZED];
const AT_SPACE = [...BASE, ...SPACE_SPECIALIZED];

const MONDOO: DelegationTable = {
  organization: [
    row('owner', [...AT_ORGANIZATION, 'scim-identity-manager']),
    row('editor', ['editor', 'viewer']),
    itself('viewer'),
    row(
      'iam-manager',
      [...AT_ORGANIZATION, 'iam-manager'],
      [...AT_ORGANIZATION, 'iam-manager', 'scim-identity-manager'],
    ),
    itself('organization-manager'),
    itself('team-manager'),
    itself('audit-log-viewer'),
    itself('billing-manager'),
    itself('policy-analytics-dashboard-viewer'),
    nothing('scim-identity-manager'),
    row(
      'platform-admin',
      [...AT_ORGANIZATION, 'iam-manager'],
      [...AT_ORGANIZATION, 'iam-manager', 'scim-identity-manager'],
    ),
  ],
  space: [
    row('owner', [...AT_SPACE, ...SPACE_ACCOUNTS]),
    row('editor', [
      'editor',
      'viewer',
      'policy-editor',
      'policy-manager',
      'query-pack-editor',
      'query-pack-manager',
      'exception-requester',
      'exception-reviewer',
      'exception-manager',
      'ticket-creator',
      'ticket-manager',
      'integrations-manager',
      'agent-manager',
      'compliance-framework-manager',
      'api-token-creator',
      'api-token-manager',
      'service-account-creator',
      'service-account-manager',
      'registration-token-creator',
      'registration-token-manager',
      ...SPACE_ACCOUNTS,
    ]),
    itself('viewer'),
    row(
      'iam-manager',
      [...AT_SPACE, 'iam-manager'],
      [...AT_SPACE, 'iam-manager', ...SPACE_ACCOUNTS],
    ),
    nothing('organization-manager'),
    itself('space-manager'),
    itself('team-manager'),
    itself('policy-editor'),
    itself('policy-manager'),
    itself('query-pack-editor'),
    row('query-pack-manager', ['query-pack-editor', 'query-pack-manager']),
    itself('exception-requester'),
    itself('exception-reviewer'),
    row('exception-manager', ['exception-requester', 'exception-reviewer', 'exception-manager']),
    itself('ticket-creator'),
    row('ticket-manager', ['ticket-creator', 'ticket-manager']),
    itself('integrations-manager'),
    itself('sla-manager'),
    itself('asset-manager'),
    itself('agent-manager'),
    itself('workspace-manager'),
    itself('workflow-manager'),
    itself('compliance-framework-manager'),
    itself('risk-factor-manager'),
    itself('vulnerability-exchange-manager'),
    itself('audit-log-viewer'),
    itself('security-pipeline-user'),
    itself('export-user'),
    nothing('billing-manager'),
    itself('policy-analytics-dashboard-viewer'),
    itself('bi-viewer'),
    itself('api-token-creator'),
    row('api-token-manager', ['api-token-creator', 'api-token-manager']),
    row('service-account-creator', ['service-account-creator', ...SPACE_ACCOUNTS]),
    row('service-account-manager', [
      'service-account-creator',
      'service-account-manager',
      ...SPACE_ACCOUNTS,
    ]),
    itself('registration-token-creator'),
    row('registration-token-manager', ['registration-token-creator', 'registration-token-manager']),
    itself('agent'),
    row('gateway-agent', ['agent', 'gateway-agent']),
    itself('scan-job-runner'),
    itself('export-runner'),
    itself('vex-importer'),
    itself('deployment-manager'),
    nothing('scim-identity-manager'),
    row(
      'platform-admin',
      [...AT_SPACE, 'iam-manager'],
      [...AT_SPACE, 'iam-manager', ...SPACE_ACCOUNTS],
    ),
  ],
};

// ── Mondoo classic: the same in the organization and at a space ─────────────────────────────────

const CLASSIC_BELOW_OWNER = [
  'viewer',
  'editor',
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

const CLASSIC = [
  row('owner', ['owner', ...CLASSIC_BELOW_OWNER]),
  row('editor', CLASSIC_BELOW_OWNER),
  itself('viewer'),
  itself('exception-reviewer'),
  itself('exception-requester'),
  itself('integrations-manager'),
  itself('policy-editor'),
  itself('policy-manager'),
  itself('query-pack-editor'),
  row('query-pack-manager', ['query-pack-editor', 'query-pack-manager']),
  itself('sla-manager'),
  itself('ticket-creator'),
  row('ticket-manager', ['ticket-creator', 'ticket-manager']),
];

/** Catalogue id → its relation. Those without spaces have no rows there. */
export const DELEGATION: Readonly<Record<string, DelegationTable>> = {
  mondoo: MONDOO,
  'mondoo-classic': { organization: CLASSIC, space: CLASSIC },
  wasviking: {
    organization: [
      row('Admin', ['Admin', 'Manager', 'Analyst', 'ReadOnly']),
      row('Manager', ['Manager', 'Analyst', 'ReadOnly']),
      nothing('Analyst'),
      nothing('ReadOnly'),
    ],
    space: [],
  },
  vygl: {
    organization: [
      row('owner', ['owner', 'admin', 'member', 'viewer']),
      row('admin', ['admin', 'member', 'viewer'], ['member', 'viewer']),
      nothing('member'),
      nothing('viewer'),
    ],
    space: [],
  },
  'cve-project': {
    organization: [
      row('admin', ['admin', 'analyst', 'viewer']),
      nothing('analyst'),
      nothing('viewer'),
    ],
    space: [],
  },
  platform: {
    organization: [
      row('platform-admin', ['platform-admin', 'platform-auditor', 'platform-service']),
      nothing('platform-auditor'),
      nothing('platform-service'),
    ],
    space: [],
  },
};
