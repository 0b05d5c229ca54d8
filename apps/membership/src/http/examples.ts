/**
 * A request for each operation that takes a body, as `/docs` offers it: for an organization `acme`
 * on the catalogue `mondoo`, which the first of them founds, and the README; what that one does not
 * offer is of `engines` on `vygl` and `looms` on `cve-project`. A test runs every one of them, with real
 * ids in the place of the sample ones.
 */

const SAMPLE = '01jx8q5v3mf2h9k7c4n6t0wzpd';
export const sampleId = (prefix: string): string => `${prefix}_${SAMPLE}`;
/** Of acme, after its forty-second event. */
export const SAMPLE_REVISION = 'YWNtZSA0MQ';
/** No token: whoever tries it out puts in one from a link. */
export const SAMPLE_TOKEN = `k1.acme.${sampleId('inv')}.1.${'A'.repeat(43)}`;

const member = sampleId('mem');
const question = { principal: member, organization: 'acme', permission: 'spaces:view' };
const evaluation = {
  subject: { type: 'member', id: member },
  action: { name: 'spaces:view' },
  resource: { type: 'organization', id: 'acme' },
};

/** Operation → body. */
export const EXAMPLES: { readonly [operation: string]: object } = {
  createOrganization: { id: 'acme', name: 'Acme', catalogue: 'mondoo' },
  updateOrganization: { name: 'Acme Ltd', policies: { 'invitation.ttl': 'P2D' } },
  suspendOrganization: { reason: 'unpaid' },
  adoptCatalogue: { version: 1 },

  createSpace: { name: 'Berlin' },
  renameSpace: { name: 'Paris' },

  inviteMember: { email: 'grace@acme.example', roles: ['editor'], message: 'Welcome!' },
  inviteMembers: {
    invitations: [
      { email: 'joan@acme.example', roles: ['viewer'] },
      {
        email: 'mary@acme.example',
        grants: [{ role: 'editor', expiresAt: '2099-01-01T00:00:00.000Z' }],
        expiresIn: 'P3D',
      },
    ],
  },
  resendInvitation: { expiresIn: 'P7D' },
  lookUpInvitation: { token: SAMPLE_TOKEN },
  acceptInvitation: { token: SAMPLE_TOKEN, name: 'Grace Hopper' },
  declineInvitation: { token: SAMPLE_TOKEN },

  updateMember: { name: 'Grace Hopper' },
  setRoles: { roles: ['editor'] },
  changeRoles: { add: [{ role: 'audit-log-viewer' }], remove: ['viewer'] },
  transferOwnership: { to: member, demoteTo: 'admin' },

  defineRole: { name: 'Reader', scopes: ['organization'], permissions: ['spaces:view'] },
  changeRole: { name: 'Readers', description: 'Looks, and changes nothing' },
  retireRole: { remapTo: 'viewer' },

  createTeam: { name: 'Responders' },
  renameTeam: { name: 'First responders' },
  setTeamRoles: { roles: ['viewer'] },

  createWebhook: { url: 'https://acme.example/hook', types: ['member.join', 'member.remove'] },
  updateWebhook: { status: 'enabled' },
  redeliver: {},

  createServiceAccount: {
    name: 'Nightly scans',
    roles: ['scan-job-runner'],
    space: sampleId('space'),
  },
  updateServiceAccount: { name: 'Weekly scans' },
  setServiceAccountRoles: { roles: ['scan-job-runner'], space: sampleId('space') },
  createApiKey: { name: 'pipeline', owner: sampleId('svc'), scopes: [] },
  updateApiKey: { name: 'old pipeline' },

  checkAccess: question,
  checkAccessBatch: {
    checks: [question, { ...question, permission: 'spaces:delete' }],
  },
  explainAccess: { ...question, permission: 'spaces:delete' },
  checkRoute: {
    principal: 'user:ada@acme.example',
    organization: 'looms',
    method: 'GET',
    path: '/project/billing',
  },
  checkApiKey: { key: sampleId('key'), scope: 'scan:write', organization: 'engines' },

  evaluate: evaluation,
  evaluateMany: {
    ...evaluation,
    evaluations: [{}, { action: { name: 'spaces:delete' } }],
    options: { evaluations_semantic: 'deny_on_first_deny' },
  },
  searchSubjects: {
    ...evaluation,
    subject: { type: 'member' },
    page: { limit: 10 },
  },
  searchResources: {
    ...evaluation,
    resource: { type: 'space', properties: { organization: 'acme' } },
  },
  searchActions: { subject: evaluation.subject, resource: evaluation.resource },

  renameProject: { name: 'Looms' },
  inviteUser: { email: 'grace@acme.example', role: 'analyst' },
  withdrawInvitation: { email: 'mary@acme.example' },
  removeUser: { email: 'ben@acme.example' },
  changeUserRole: { email: 'ben@acme.example', role: 'viewer' },

  rebuildReadModel: {},
  erasePerson: { email: 'ben@acme.example' },
};
