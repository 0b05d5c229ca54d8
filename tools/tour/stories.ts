/** One life of an organization on each catalogue, with what its source promises. */
import { Unexpected, type Story } from './story.js';

type Tell = (story: Story) => Promise<void>;

const mondoo: Tell = async (s) => {
  const [olga, ed, vera, sam, ida] = await Promise.all([
    s.person('Olga', 'harbour.example.org'),
    s.person('Ed', 'harbour.example.org'),
    s.person('Vera', 'harbour.example.org'),
    s.person('Sam', 'harbour.example.org'),
    s.person('Ida', 'harbour.example.org'),
  ]);
  await s.founds(olga, 'Harbour');
  const { body: prod } = await s.does(
    olga,
    'creates the space Production',
    201,
    'POST',
    '/…/spaces',
    { name: 'Production' },
  );
  const { body: lab } = await s.does(olga, 'creates the space Lab', 201, 'POST', '/…/spaces', {
    name: 'Lab',
  });
  const editor = await s.joins(olga, ed, ['editor']);
  await s.mayNot(ed, 'invite an owner', 'delegation.may_not_assign', 'POST', '/…/invitations', {
    email: 'x@harbour.example.org',
    roles: ['owner'],
  });
  await s.mayNot(
    olga,
    'give the role above her own',
    'delegation.may_not_assign',
    'PUT',
    `/…/members/${editor}/roles`,
    { roles: ['iam-manager'] },
  );
  const viewer = await s.joins(olga, vera, ['viewer', 'policy-editor'], prod.id);
  await s.can(olga, viewer, 'policies:edit', true, prod.id);
  await s.can(olga, viewer, 'policies:assign', false, prod.id);
  await s.can(olga, viewer, 'policies:edit', false, lab.id);
  await s.does(olga, 'stacks Ticket Creator on top', 200, 'PATCH', `/…/members/${viewer}/roles`, {
    add: [{ role: 'ticket-creator' }],
    space: prod.id,
  });
  await s.can(olga, viewer, 'cases:create', true, prod.id);
  await s.can(olga, viewer, 'cases:delete', false, prod.id);
  const { body: team } = await s.does(olga, 'founds the team Auditors', 201, 'POST', '/…/teams', {
    name: 'Auditors',
  });
  await s.does(olga, 'lets the team view the audit log', 200, 'PUT', `/…/teams/${team.id}/roles`, {
    roles: ['audit-log-viewer'],
  });
  const auditor = await s.joins(olga, sam, ['viewer']);
  await s.does(
    olga,
    'puts Sam into the team',
    200,
    'PUT',
    `/…/teams/${team.id}/members/${auditor}`,
  );
  await s.can(olga, auditor, 'audit_log:view', true);
  const { body: agent } = await s.does(
    olga,
    'creates a service account for the scanner',
    201,
    'POST',
    '/…/service-accounts',
    { name: 'scanner', roles: ['agent'], space: prod.id },
  );
  const { body: key } = await s.does(olga, 'mints its API key', 201, 'POST', '/…/api-keys', {
    name: 'ci',
    owner: agent.id,
    scopes: [],
  });
  if (!/^key_/.test(key.secret ?? ''))
    throw new Unexpected('the secret of a new key is shown once');
  await s.does(olga, 'deactivates the space Lab', 200, 'POST', `/…/spaces/${lab.id}/deactivate`);
  await s.can(olga, editor, 'policies:edit', false, lab.id);
  await s.does(
    olga,
    'takes Vera out of Production',
    200,
    'DELETE',
    `/…/members/${viewer}?space=${prod.id}`,
  );
  await s.can(olga, viewer, 'policies:edit', false, prod.id);
  await s.mayNot(olga, 'leave as the last owner', 'member.last_holder', 'POST', '/…/leave');
  await s.joins(olga, ida, ['owner']);
  await s.does(olga, 'leaves to Ida', 200, 'POST', '/…/leave');
  await s.mayNot(olga, 'look back in', 'organization.not_found', 'GET', '/…');
  await s.remembers(ida, [
    'organization.create',
    'member.join',
    'space.create',
    'member.invite',
    'member.accept',
    'member.role_change',
    'team.create',
    'service_account.create',
    'space.deactivate',
    'member.remove',
  ]);
};

const mondooClassic: Tell = async (s) => {
  const [olga, ed, vera] = await Promise.all([
    s.person('Olga', 'classic.example.org'),
    s.person('Ed', 'classic.example.org'),
    s.person('Vera', 'classic.example.org'),
  ]);
  await s.founds(olga, 'Classic');
  await s.does(olga, 'creates the space Main', 201, 'POST', '/…/spaces', { name: 'Main' });
  const viewer = await s.joins(olga, vera, ['viewer', 'ticket-manager']);
  await s.mayNot(olga, 'give two base roles', 'role.count', 'PUT', `/…/members/${viewer}/roles`, {
    roles: ['viewer', 'editor'],
  });
  await s.mayNot(olga, 'stack on Editor', 'role.count', 'PUT', `/…/members/${viewer}/roles`, {
    roles: ['editor', 'ticket-manager'],
  });
  const editor = await s.joins(olga, ed, ['editor']);
  await s.mayNot(
    ed,
    'make an owner',
    'delegation.may_not_assign',
    'PUT',
    `/…/members/${viewer}/roles`,
    { roles: ['owner'] },
  );
  await s.does(ed, 'makes Vera an editor', 200, 'PUT', `/…/members/${viewer}/roles`, {
    roles: ['editor'],
  });
  await s.does(olga, 'removes Ed', 200, 'DELETE', `/…/members/${editor}`);
  await s.mayNot(ed, 'look back in', 'organization.not_found', 'GET', '/…/members');
  await s.remembers(olga, [
    'organization.create',
    'member.invite',
    'member.accept',
    'member.role_change',
    'member.remove',
  ]);
};

const wasviking: Tell = async (s) => {
  const domain = 'longship.example.org';
  const [astrid, bjorn, runa, guest] = await Promise.all([
    s.person('Astrid', domain),
    s.person('Bjorn', domain),
    s.person('Runa', domain),
    s.person('Guest', 'elsewhere.example.org'),
  ]);
  await s.founds(astrid, 'Longship');
  const me = await s.memberId(astrid);
  await s.mayNot(
    astrid,
    'invite a free-mail address',
    'email.domain_refused',
    'POST',
    '/…/invitations',
    { email: 'somebody@gmail.com', roles: ['Analyst'] },
  );
  await s.mayNot(
    astrid,
    'invite from another domain',
    'email.domain_refused',
    'POST',
    '/…/invitations',
    { email: guest.email, roles: ['Analyst'] },
  );
  const first = await s.invites(astrid, bjorn, ['Manager']);
  const stale = await s.opensMail(bjorn);
  await s.does(astrid, 'resends it', 200, 'POST', `/…/invitations/${first}/resend`);
  await s.mayNot(
    bjorn,
    'use the old link',
    'invitation.link_invalid',
    'POST',
    '/invitations/accept',
    { token: stale },
  );
  const manager = await s.accepts(bjorn);
  const second = await s.invites(bjorn, runa, ['ReadOnly']);
  const withdrawn = await s.opensMail(runa);
  await s.does(bjorn, 'revokes it', 200, 'POST', `/…/invitations/${second}/revoke`);
  await s.mayNot(
    runa,
    'use the revoked link',
    'invitation.link_invalid',
    'POST',
    '/invitations/accept',
    { token: withdrawn },
  );
  const analyst = await s.joins(bjorn, runa, ['Analyst']);
  await s.can(astrid, analyst, 'scans:rerun', true);
  await s.can(astrid, analyst, 'schedules:create', false);
  await s.can(astrid, manager, 'vulnerabilities:view', false);
  await s.mayNot(
    bjorn,
    'promote to Admin',
    'delegation.may_not_assign',
    'PUT',
    `/…/members/${analyst}/roles`,
    { roles: ['Admin'] },
  );
  await s.mayNot(
    bjorn,
    'deactivate the Admin',
    'delegation.may_not_manage',
    'POST',
    `/…/members/${me}/deactivate`,
  );
  await s.mayNot(
    astrid,
    'demote herself as the last Admin',
    'member.last_holder',
    'PUT',
    `/…/members/${me}/roles`,
    { roles: ['ReadOnly'] },
  );
  await s.mayNot(
    astrid,
    'deactivate herself as the last Admin',
    'member.last_holder',
    'POST',
    `/…/members/${me}/deactivate`,
  );
  await s.does(bjorn, 'deactivates Runa', 200, 'POST', `/…/members/${analyst}/deactivate`);
  await s.can(astrid, analyst, 'dashboard:view', false);
  await s.does(
    bjorn,
    'reactivates Runa, without inviting her anew',
    200,
    'POST',
    `/…/members/${analyst}/reactivate`,
  );
  await s.can(astrid, analyst, 'dashboard:view', true);
  await s.mayNot(
    astrid,
    'remove anybody',
    'operation.not_offered',
    'DELETE',
    `/…/members/${analyst}`,
  );
  await s.does(astrid, 'makes Bjorn an Admin too', 200, 'PUT', `/…/members/${manager}/roles`, {
    roles: ['Admin'],
  });
  await s.does(astrid, 'steps down to ReadOnly', 200, 'PUT', `/…/members/${me}/roles`, {
    roles: ['ReadOnly'],
  });
  await s.remembers(bjorn, [
    'member.invite',
    'member.invite_resend',
    'member.accept',
    'member.invite_revoke',
    'member.deactivate',
    'member.reactivate',
    'member.role_change',
  ]);
};

const vygl: Tell = async (s) => {
  const [ona, adam, mia, vic] = await Promise.all([
    s.person('Ona', 'vygl.example.org'),
    s.person('Adam', 'vygl.example.org'),
    s.person('Mia', 'vygl.example.org'),
    s.person('Vic', 'vygl.example.org'),
  ]);
  await s.founds(ona, 'Second');
  const elsewhere = s.organization;
  await s.joins(ona, mia, ['viewer']);
  await s.founds(ona, 'First');
  const admin = await s.joins(ona, adam, ['admin']);
  const member = await s.joins(adam, mia, ['member']);
  const viewer = await s.joins(adam, vic, ['viewer']);
  await s.can(ona, member, 'findings:triage', true);
  await s.can(ona, viewer, 'findings:triage', false);
  await s.mayNot(
    adam,
    'promote to owner',
    'delegation.may_not_assign',
    'PUT',
    `/…/members/${member}/roles`,
    { roles: ['owner'] },
  );
  await s.mayNot(mia, 'invite anybody', 'permission.denied', 'POST', '/…/invitations', {
    email: 'new@vygl.example.org',
    roles: ['viewer'],
  });
  await s.does(adam, 'makes Vic a member', 200, 'PUT', `/…/members/${viewer}/roles`, {
    roles: ['member'],
  });
  await s.can(ona, viewer, 'findings:triage', true);
  const { body: key } = await s.does(
    adam,
    'mints a key that can only submit scans',
    201,
    'POST',
    '/…/api-keys',
    { name: 'ci', scopes: ['scan:write'], owner: 'organization' },
  );
  const scope = async (name: string, expected: boolean): Promise<void> => {
    const { body } = await s.does(
      ona,
      `asks whether the key has ${name}`,
      200,
      'POST',
      '/access/keys/check',
      { key: key.id, scope: name, organization: s.organization },
    );
    if (body.allowed !== expected) throw new Unexpected(`${name}: ${JSON.stringify(body)}`);
  };
  await scope('scan:write', true);
  await s.does(ona, 'passes the ownership to Adam', 200, 'POST', '/…/ownership-transfer', {
    to: admin,
    demoteTo: 'admin',
  });
  await s.mayNot(ona, 'delete the organization any more', 'permission.denied', 'DELETE', '/…');
  await s.does(adam, 'removes Mia', 200, 'DELETE', `/…/members/${member}`);
  const { body: mine } = await s.does(
    mia,
    'still is in her other organization',
    200,
    'GET',
    '/me/memberships',
  );
  const left = (mine.items as { organization: string; status: string }[]).filter(
    (one) => one.status === 'active',
  );
  if (left.length !== 1 || left[0]!.organization !== elsewhere) {
    throw new Unexpected(`Mia's memberships: ${JSON.stringify(mine.items)}`);
  }
  await s.remembers(adam, [
    'member.invite',
    'member.accept',
    'member.role_change',
    'member.remove',
  ]);
};

const cveProject: Tell = async (s) => {
  const [ada, ben, cleo] = await Promise.all([
    s.person('Ada', 'cve.example.org'),
    s.person('Ben', 'cve.example.org'),
    s.person('Cleo', 'cve.example.org'),
  ]);
  await s.founds(ada, 'Project');
  await s.does(ada, 'renames the project', 200, 'PUT', '/project', { name: 'Renamed' });
  await s.does(
    ada,
    'invites Ben by the project’s own endpoint',
    201,
    'POST',
    '/project/users/invite',
    { email: ben.email, role: 'analyst' },
  );
  const analyst = await s.accepts(ben);
  await s.does(ada, 'invites Cleo', 201, 'POST', '/project/users/invite', {
    email: cleo.email,
    role: 'viewer',
  });
  await s.opensMail(cleo);
  await s.does(
    ada,
    'takes the invitation back',
    200,
    'DELETE',
    `/project/users/invite?email=${encodeURIComponent(cleo.email)}`,
  );
  const viewer = await s.joins(ada, cleo, ['viewer']);
  const route = async (
    principal: string,
    method: string,
    path: string,
    expected: boolean,
  ): Promise<void> => {
    const { body } = await s.does(
      ada,
      `asks about ${method} ${path}`,
      200,
      'POST',
      '/access/route',
      { principal, organization: s.organization, method, path },
    );
    if (body.allowed !== expected)
      throw new Unexpected(`${method} ${path}: ${JSON.stringify(body)}`);
  };
  await route(analyst, 'PATCH', '/api/v1/alerts/status', true);
  await route(viewer, 'PATCH', '/alerts/status', false);
  await route(analyst, 'GET', '/project/billing', false);
  await route(viewer, 'GET', '/no/such/thing', false);
  await s.mayNot(ben, 'change a role', 'permission.denied', 'POST', '/project/users/role', {
    member: viewer,
    role: 'analyst',
  });
  await s.does(ada, 'makes Cleo an analyst', 200, 'POST', '/project/users/role', {
    member: viewer,
    role: 'analyst',
  });
  await s.does(ada, 'removes Ben', 200, 'POST', '/project/users/remove', { email: ben.email });
  await s.mayNot(ada, 'delete the project', 'operation.not_offered', 'DELETE', '/…');
  await s.remembers(cleo, [
    'organization.rename',
    'member.invite',
    'member.accept',
    'member.role_change',
    'member.remove',
  ]);
};

export const STORIES: readonly (readonly [catalogue: string, tell: Tell])[] = [
  ['mondoo', mondoo],
  ['mondoo-classic', mondooClassic],
  ['wasviking', wasviking],
  ['vygl', vygl],
  ['cve-project', cveProject],
];
