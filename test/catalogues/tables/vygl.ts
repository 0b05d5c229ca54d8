/** "Role, Permissions" of Vygl's page by hand: what each sentence grants and what it refuses. */

/** From the top; each holds everything the next one does, and more. */
export const HIERARCHY = ['owner', 'admin', 'member', 'viewer'] as const;

/** What a role's sentence adds to the role below. */
export const ADDS: Readonly<Record<(typeof HIERARCHY)[number], readonly string[]>> = {
  owner: [
    'organization:update',
    'organization:transfer_ownership',
    'organization:delete',
    'personal_data:erase',
  ],
  admin: [
    'members:invite',
    'members:revoke_invitation',
    'members:change_role',
    'members:update',
    'members:deactivate',
    'members:reactivate',
    'members:remove',
    'api_keys:create',
    'api_keys:rotate',
    'api_keys:revoke',
    'integrations:create',
    'integrations:update',
    'integrations:delete',
    'scm_connections:create',
    'scm_connections:update',
    'scm_connections:delete',
    'registry_connections:create',
    'registry_connections:update',
    'registry_connections:delete',
    'custom_rules:create',
    'custom_rules:update',
    'custom_rules:delete',
    'organizational_memory:update',
    'organizational_memory:delete',
    'settings:update',
  ],
  member: [
    'projects:create',
    'scans:run',
    'findings:triage',
    'findings:comment',
    // "read everything"
    'settings:view',
    'members:view',
    'roles:view',
    'audit_log:view',
    'api_keys:view',
    'integrations:view',
    'scm_connections:view',
    'registry_connections:view',
    'custom_rules:view',
    'organizational_memory:view',
  ],
  // "Can browse findings, scans, projects"
  viewer: ['organization:view', 'projects:view', 'scans:view', 'findings:view'],
};
