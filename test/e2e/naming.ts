/**
 * Every way a request can name something besides its organization: in its path, its query, its
 * body. `test/e2e/foreign-ids.spec.ts` asks each with what belongs to another organization.
 */

/** One of each kind, of one organization. */
export interface Things {
  readonly organization: string;
  readonly space: string;
  /** An active member. */
  readonly member: string;
  /** Of that member. */
  readonly email: string;
  readonly invitation: string;
  /** An address with an open invitation. */
  readonly invited: string;
  readonly team: string;
  readonly role: string;
  readonly account: string;
  readonly key: string;
  readonly webhook: string;
}

/** A request: path parameters beside those of the caller's own organization, query and body. */
export interface Naming {
  readonly path?: Partial<Things>;
  readonly query?: string;
  readonly body?: unknown;
}

/** What is named is the other's; the rest is one's own, so that nothing else is wrong. */
type Namings = (other: Things, own: Things) => readonly Naming[];

const inPath =
  (kind: keyof Things, body?: unknown): Namings =>
  (other) => [{ path: { [kind]: other[kind] }, body }];
const both =
  (...all: readonly Namings[]): Namings =>
  (other, own) =>
    all.flatMap((one) => one(other, own));
const bodies =
  (of: (other: Things, own: Things) => readonly unknown[]): Namings =>
  (other, own) =>
    of(other, own).map((body) => ({ body }));
const queries =
  (of: (other: Things) => Readonly<Record<string, string>>): Namings =>
  (other) =>
    Object.entries(of(other)).map(([name, value]) => ({ query: `${name}=${value}` }));

const roles = ['viewer'];
const wanted = (email: string) => (other: Things) => [
  { email, roles: [other.role] },
  { email, roles, space: other.space },
  { email, grants: [{ role: other.role }] },
  { email, grants: [{ role: 'viewer', space: other.space }] },
  { email, roles, teams: [other.team] },
];
/** AuthZEN: others in one's own organization, and oneself in another's space. */
const evaluations = ({ member, account, key, space }: Things, { organization, ...own }: Things) => [
  ...Object.entries({ member, service_account: account, api_key: key }).map(([type, id]) => ({
    subject: { type, id },
    action: { name: 'members:view' },
    resource: { type: 'organization', id: organization },
  })),
  {
    subject: { type: 'member', id: own.member },
    action: { name: 'cases:view' },
    resource: { type: 'space', id: space, properties: { organization } },
  },
];
const held = (of: readonly string[]) => (other: Things) => [
  { roles: [other.role] },
  { roles: of, space: other.space },
];
const named = 'Renamed';
const O = '/api/v1/organizations/:organization';

/** By method and route, where something is named; refused with 4xx. */
export const REFUSED: Readonly<Record<string, Namings>> = {
  [`PATCH ${O}`]: bodies(({ role }) => [{ policies: { ssoDefaultRole: role } }]),
  [`POST ${O}/catalogue`]: bodies(({ role }) => [{ version: 2, remap: { viewer: role } }]),

  [`GET ${O}/spaces/:space`]: inPath('space'),
  [`PATCH ${O}/spaces/:space`]: inPath('space', { name: named }),
  [`DELETE ${O}/spaces/:space`]: inPath('space'),
  [`POST ${O}/spaces/:space/deactivate`]: inPath('space'),
  [`POST ${O}/spaces/:space/reactivate`]: inPath('space'),

  [`POST ${O}/invitations`]: bodies(wanted('new@evil.example')),
  [`POST ${O}/invitations/batch`]: bodies((other) =>
    wanted('new@evil.example')(other).map((one) => ({ invitations: [one], atomic: true })),
  ),
  [`GET ${O}/invitations/:invitation`]: inPath('invitation'),
  [`POST ${O}/invitations/:invitation/resend`]: inPath('invitation', {}),
  [`POST ${O}/invitations/:invitation/revoke`]: inPath('invitation'),
  [`POST ${O}/invitations/:invitation/erase`]: inPath('invitation'),

  [`GET ${O}/members/:member`]: inPath('member'),
  [`GET ${O}/members/:member/reach`]: inPath('member'),
  [`PATCH ${O}/members/:member`]: inPath('member', { name: named }),
  [`PUT ${O}/members/:member/roles`]: both(inPath('member', { roles }), bodies(held(roles))),
  [`PATCH ${O}/members/:member/roles`]: both(
    inPath('member', { add: [{ role: 'editor' }] }),
    bodies(({ role, space }) => [
      { add: [{ role }] },
      { remove: [role] },
      { add: [{ role: 'viewer' }], space },
      { remove: ['viewer'], space },
    ]),
  ),
  [`DELETE ${O}/members/:member`]: both(
    inPath('member'),
    queries(({ space }) => ({ space })),
  ),
  [`POST ${O}/members/:member/deactivate`]: inPath('member'),
  [`POST ${O}/members/:member/reactivate`]: inPath('member'),
  [`POST ${O}/members/:member/erase`]: inPath('member'),
  [`POST ${O}/ownership-transfer`]: bodies(({ member }) => [{ to: member, demoteTo: 'admin' }]),

  [`PATCH ${O}/roles/:role`]: inPath('role', { name: named }),
  [`POST ${O}/roles/:role/retire`]: both(
    inPath('role', {}),
    inPath('role', { remapTo: 'viewer' }),
    bodies(({ role }) => [{ remapTo: role }]),
  ),

  [`POST ${O}/teams`]: bodies(({ space }) => [{ name: 'New', space }]),
  [`GET ${O}/teams/:team`]: inPath('team'),
  [`PATCH ${O}/teams/:team`]: inPath('team', { name: named }),
  [`DELETE ${O}/teams/:team`]: inPath('team'),
  [`PUT ${O}/teams/:team/roles`]: both(inPath('team', { roles }), bodies(held(roles))),
  [`PUT ${O}/teams/:team/members/:member`]: both(inPath('team'), inPath('member')),
  [`DELETE ${O}/teams/:team/members/:member`]: both(inPath('team'), inPath('member')),

  [`POST ${O}/service-accounts`]: bodies(({ space, role }) => [
    { name: 'New', roles: ['agent'], space },
    { name: 'New', roles: [role] },
    { name: 'New', grants: [{ role: 'agent', space }] },
  ]),
  [`GET ${O}/service-accounts/:account`]: inPath('account'),
  [`PATCH ${O}/service-accounts/:account`]: inPath('account', { name: named }),
  [`DELETE ${O}/service-accounts/:account`]: inPath('account'),
  [`PUT ${O}/service-accounts/:account/roles`]: both(
    (other, own) => [
      { path: { account: other.account }, body: { roles: ['agent'], space: own.space } },
    ],
    bodies(held(['agent'])),
  ),

  [`POST ${O}/api-keys`]: bodies(({ account, member }) => [
    { name: 'New', scopes: [], owner: account },
    { name: 'New', scopes: [], owner: member },
  ]),
  [`PATCH ${O}/api-keys/:key`]: inPath('key', { name: named }),
  [`POST ${O}/api-keys/:key/rotate`]: inPath('key'),
  [`POST ${O}/api-keys/:key/revoke`]: inPath('key'),
  [`GET ${O}/webhooks/:webhook`]: inPath('webhook'),
  [`PATCH ${O}/webhooks/:webhook`]: inPath('webhook', { status: 'disabled' }),
  [`POST ${O}/webhooks/:webhook/rotate`]: inPath('webhook'),
  [`GET ${O}/webhooks/:webhook/deliveries`]: inPath('webhook'),
  [`POST ${O}/webhooks/:webhook/redeliver`]: inPath('webhook', {}),
  // The last: what is set about webhooks is no event, and can't be only tried.
  [`DELETE ${O}/webhooks/:webhook`]: inPath('webhook'),

  'GET /api/v1/access/principals': ({ space }, { organization }) => [
    { query: `organization=${organization}&permission=cases:view&space=${space}` },
  ],
  'GET /api/v1/access/organizations': ({ member, account, key }) =>
    [member, account, key].map((principal) => ({
      query: `principal=${principal}&permission=cases:view`,
    })),

  'POST /api/v1/project/users/remove': bodies(({ member, email }) => [{ member }, { email }]),
  'POST /api/v1/project/users/role': bodies(({ member, email }) => [
    { member, role: 'viewer' },
    { email, role: 'viewer' },
  ]),
  'DELETE /api/v1/project/users/invite': bodies(({ invited }) => [{ email: invited }]),
};

/** Filters and questions: answered as if there were no such thing anywhere. */
export const QUIET: Readonly<Record<string, Namings>> = {
  [`GET ${O}/invitations`]: queries(({ space, invited }) => ({ space, email: invited })),
  [`GET ${O}/members`]: queries(({ space, team, role, email }) => ({
    space,
    team,
    role,
    q: email,
  })),
  [`GET ${O}/members/:member/permissions`]: both(
    inPath('member'),
    queries(({ space }) => ({ space })),
  ),
  [`GET ${O}/teams`]: queries(({ space }) => ({ scope: space })),
  [`GET ${O}/api-keys`]: both(
    queries(({ account }) => ({ owner: account })),
    queries(({ member }) => ({ owner: member })),
  ),
  [`GET ${O}/audit`]: both(
    queries(({ member, space }) => ({ member, space })),
    queries(({ account }) => ({ actor: account })),
  ),
  [`GET ${O}/audit/export`]: queries(({ member, space, key }) => ({ member, space, actor: key })),
  'POST /api/v1/access/check': bodies(
    ({ member, account, key, space }, { organization, ...own }) => [
      ...[member, account, key].map((principal) => ({
        principal,
        organization,
        permission: 'members:view',
      })),
      { principal: own.member, organization, space, permission: 'cases:view' },
    ],
  ),
  'POST /api/v1/access/explain': bodies(
    ({ member, account, key, space }, { organization, ...own }) => [
      ...[member, account, key].map((principal) => ({
        principal,
        organization,
        permission: 'members:view',
      })),
      { principal: own.member, organization, space, permission: 'cases:view' },
    ],
  ),
  'POST /api/v1/access/check/batch': bodies(({ member, space }, { organization, ...own }) => [
    {
      checks: [
        { principal: member, organization, permission: 'members:view' },
        { principal: own.member, organization, space, permission: 'cases:view' },
      ],
    },
  ]),
  'POST /api/v1/access/route': bodies(({ member }, { organization }) => [
    { principal: member, organization, method: 'GET', path: '/x' },
  ]),
  'POST /access/v1/evaluation': bodies((other, own) => evaluations(other, own)),
  'POST /access/v1/evaluations': bodies((other, own) => [{ evaluations: evaluations(other, own) }]),
  'POST /access/v1/search/subject': bodies(({ space }, { organization }) => [
    {
      subject: { type: 'user' },
      action: { name: 'cases:view' },
      resource: { type: 'space', id: space, properties: { organization } },
    },
  ]),
  'POST /access/v1/search/resource': bodies((other, own) => [
    ...evaluations(other, own).flatMap(({ subject, action }) =>
      ['organization', 'space'].map((type) => ({ subject, action, resource: { type } })),
    ),
    {
      subject: { type: 'member', id: own.member },
      action: { name: 'cases:view' },
      resource: { type: 'space', properties: { organization: other.organization } },
    },
  ]),
  'POST /access/v1/search/action': bodies((other, own) =>
    evaluations(other, own).map(({ subject, resource }) => ({ subject, resource })),
  ),
  'POST /api/v1/access/keys/check': bodies(({ key }, { organization }) => [
    { key, organization, scope: 'scan:write' },
  ]),
};

/**
 * Routes that name nothing but their organization, or nothing that belongs to one; and those whose
 * token or platform right is tried in `isolation.spec.ts`.
 */
export const NAMES_NOTHING: ReadonlySet<string> = new Set([
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /openapi.json',
  'GET /.well-known/authzen-configuration',
  'GET /access/v1/jwks',
  'GET /docs',
  'GET /docs/:file',
  'GET /accept',
  'GET /accept/page.js',
  'GET /accept/page.css',
  'POST /dev/token',
  'GET /dev/jwks',
  'GET /dev/mailbox',
  // What goes on and on is tried in `changes.spec.ts`.
  'GET /api/v1/access/changes',
  // Its organization is tried in `isolation.spec.ts`, its cursors in `feed.spec.ts`.
  'GET /api/v1/events',
  // About the caller alone.
  'GET /api/v1/access/forward-auth',
  'GET /api/v1/me',
  'GET /api/v1/me/memberships',
  'POST /api/v1/me/erase',
  'GET /api/v1/users/:user/memberships',
  'POST /api/v1/users/:user/erase',
  'GET /api/v1/catalogues',
  'GET /api/v1/catalogues/:catalogue',
  'GET /api/v1/catalogues/:catalogue/versions/:version',
  'GET /api/v1/catalogues/:catalogue/adoptions',
  'POST /api/v1/read-models/:readModel/rebuild',
  'POST /api/v1/invitations/lookup',
  'POST /api/v1/invitations/accept',
  'POST /api/v1/invitations/decline',
  'POST /api/v1/organizations',
  `GET ${O}`,
  `GET ${O}/access/diff`,
  `DELETE ${O}`,
  `POST ${O}/suspend`,
  `POST ${O}/resume`,
  `POST ${O}/leave`,
  `GET ${O}/webhooks`,
  `POST ${O}/webhooks`,
  `GET ${O}/spaces`,
  `POST ${O}/spaces`,
  `GET ${O}/roles`,
  `POST ${O}/roles`,
  `GET ${O}/service-accounts`,
  'PUT /api/v1/project',
  'POST /api/v1/project/users/invite',
]);
