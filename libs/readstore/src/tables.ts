/**
 * The tables of the projections, as data: each build of a projection makes them anew. Ids of things
 * that are made grow with time: an index that begins with one is written at its end, where the
 * page is at hand, one that begins with the organization all over.
 */
import type { GrantTable, PersonTable, Tables } from './rows.js';

/** `?`: may be null. `serial`: an integer that is the key and grows. */
export type ColumnType = 'text' | 'text?' | 'integer' | 'integer?' | 'serial';

/** Rows an index is kept for. */
type Condition<Column> =
  | { readonly present: Column }
  | { readonly column: Column; readonly is: '=' | '<>'; readonly value: string };

/** A table of a projection. */
export interface Table<Name extends keyof Tables = keyof Tables> {
  readonly name: Name;
  readonly columns: { readonly [column: string]: ColumnType };
  readonly key: readonly string[];
  /** Rows are small and lie in the order of the key, where the engine can do that. */
  readonly clustered?: boolean;
  readonly indexes: {
    readonly [index: string]: {
      readonly on: readonly string[];
      readonly where?: Condition<string>;
    };
  };
}

/** As `Table`, checked against the row. */
interface Definition<Row, Column = keyof Row & string> {
  readonly columns: { readonly [C in keyof Row & string]: ColumnType };
  readonly key: readonly Column[];
  readonly indexes?: {
    readonly [index: string]: {
      readonly on: readonly Column[];
      readonly where?: Condition<Column>;
    };
  };
}

const table = <Name extends keyof Tables>(
  name: Name,
  { indexes = {}, ...definition }: Definition<Tables[Name]>,
): Table<Name> => ({ name, indexes, ...definition });

const times = { createdAt: 'text', updatedAt: 'text', revision: 'integer' } as const;

export const ORGANIZATIONS = table('organizations', {
  columns: {
    organization: 'text',
    name: 'text',
    status: 'text',
    catalogue: 'text',
    catalogueVersion: 'integer',
    policies: 'text',
    ...times,
  },
  key: ['organization'],
});

export const SPACES = table('spaces', {
  columns: { organization: 'text', id: 'text', name: 'text', status: 'text', ...times },
  key: ['organization', 'id'],
});

export const MEMBERS = table('members', {
  columns: {
    organization: 'text',
    id: 'text',
    status: 'text',
    user: 'text?',
    person: 'integer?',
    authentication: 'text?',
    source: 'text',
    invitation: 'text?',
    invitedBy: 'text?',
    joinedAt: 'text?',
    statusCause: 'text?',
    updatedAt: 'text',
    revision: 'integer',
  },
  key: ['organization', 'id'],
  indexes: {
    by_user: { on: ['user', 'organization', 'id'], where: { present: 'user' } },
    by_invitation: {
      on: ['invitation', 'organization'],
      where: { column: 'status', is: '=', value: 'invited' },
    },
  },
});

export const MEMBER_COUNTS = table('member_counts', {
  columns: { organization: 'text', active: 'integer' },
  key: ['organization'],
});

const persons = <Name extends keyof Tables>(name: Name): Table<Name> => ({
  name,
  columns: {
    id: 'serial',
    email: 'text?',
    displayEmail: 'text?',
    emailFolded: 'text?',
    name: 'text?',
    nameFolded: 'text?',
  } satisfies { [C in keyof PersonTable]: ColumnType },
  key: ['id'],
  indexes: {},
});

export const MEMBER_PERSONS = persons('member_persons');
export const INVITATION_PERSONS = persons('invitation_persons');

const grantColumns = {
  organization: 'text',
  holder: 'text',
  id: 'text',
  role: 'text',
  scope: 'text',
  source: 'text',
  grantedBy: 'text',
  grantedAt: 'text',
  notBefore: 'text?',
  expiresAt: 'text?',
  ordinal: 'integer',
} as const satisfies { [C in keyof GrantTable]: ColumnType };

const grants = <Name extends keyof Tables>(
  name: Name,
  indexes: NonNullable<Definition<GrantTable>['indexes']> = {},
): Table<Name> => ({
  name,
  indexes,
  columns: grantColumns,
  key: ['holder', 'id', 'organization'],
  clustered: true,
});

const BY_SPACE = {
  on: ['organization', 'scope', 'holder'],
  where: { column: 'scope', is: '<>', value: 'organization' },
} as const;

export const MEMBER_GRANTS = grants('member_grants', {
  by_role: { on: ['organization', 'role', 'holder'] },
  by_space: BY_SPACE,
});
export const INVITATION_GRANTS = grants('invitation_grants', { by_space: BY_SPACE });
export const TEAM_GRANTS = grants('team_grants');
export const SERVICE_ACCOUNT_GRANTS = grants('service_account_grants');

export const INVITATIONS = table('invitations', {
  columns: {
    organization: 'text',
    id: 'text',
    status: 'text',
    member: 'text',
    person: 'integer?',
    tag: 'text?',
    generation: 'integer',
    expiresAt: 'text',
    goodUntil: 'text?',
    invitedBy: 'text',
    sentBy: 'text',
    teams: 'text',
    batch: 'text?',
    joinRequest: 'text?',
    revokeReason: 'text?',
    acceptedBy: 'text?',
    invitedAt: 'text',
    endedAt: 'text?',
    updatedAt: 'text',
    revision: 'integer',
  },
  key: ['organization', 'id'],
  indexes: {
    by_tag: { on: ['organization', 'tag'], where: { present: 'tag' } },
    by_member: { on: ['member', 'organization'] },
    pending: {
      on: ['organization', 'id', 'goodUntil'],
      where: { column: 'status', is: '=', value: 'pending' },
    },
  },
});

export const INVITATION_TEAMS = table('invitation_teams', {
  columns: { organization: 'text', id: 'text', scope: 'text' },
  key: ['organization', 'id'],
});

export const TEAMS = table('teams', {
  columns: {
    organization: 'text',
    id: 'text',
    name: 'text',
    scope: 'text',
    externalGroup: 'text?',
    ...times,
  },
  key: ['organization', 'id'],
});

export const TEAM_MEMBERS = table('team_members', {
  columns: {
    organization: 'text',
    team: 'text',
    member: 'text',
    source: 'text',
    group: 'text',
    addedAt: 'text',
  },
  key: ['organization', 'team', 'member', 'source', 'group'],
  indexes: { by_member: { on: ['organization', 'member'] } },
});

export const SERVICE_ACCOUNTS = table('service_accounts', {
  columns: { organization: 'text', id: 'text', name: 'text', description: 'text?', ...times },
  key: ['organization', 'id'],
});

export const API_KEYS = table('api_keys', {
  columns: {
    organization: 'text',
    id: 'text',
    owner: 'text',
    name: 'text',
    scopes: 'text',
    secretHash: 'text',
    expiresAt: 'text?',
    revokedAt: 'text?',
    ...times,
  },
  key: ['organization', 'id'],
  indexes: { by_id: { on: ['id'] }, by_owner: { on: ['organization', 'owner'] } },
});

export const CUSTOM_ROLES = table('custom_roles', {
  columns: {
    organization: 'text',
    id: 'text',
    name: 'text',
    description: 'text?',
    scopes: 'text',
    permissions: 'text',
    ...times,
  },
  key: ['organization', 'id'],
});

export const AUDIT_STREAMS = table('audit_streams', {
  columns: { stream: 'text', number: 'integer' },
  key: ['stream'],
});

export const AUDIT = table('audit', {
  columns: {
    stream: 'integer',
    revision: 'integer',
    id: 'text',
    type: 'text',
    at: 'text',
    actor: 'text',
    actorId: 'text',
    actorMember: 'text',
    actorFor: 'text',
    clientAddress: 'text?',
    subject: 'text',
    related: 'text?',
    spaces: 'text',
    data: 'text',
    before: 'text?',
    after: 'text?',
    facts: 'text?',
    commandId: 'text',
    correlationId: 'text',
    catalogueVersion: 'integer',
  },
  // What is looked for without an index of its own is found by reading the key.
  key: ['stream', 'revision', 'type', 'actorId', 'actorMember', 'actorFor'],
  indexes: {
    by_subject: { on: ['subject', 'stream', 'revision'] },
    by_related: { on: ['related', 'stream', 'revision'], where: { present: 'related' } },
  },
});

export const AUDIT_SPACES = table('audit_spaces', {
  columns: { stream: 'integer', space: 'text', revision: 'integer' },
  key: ['stream', 'space', 'revision'],
});

export const AUDIT_SWEEPS = table('audit_sweeps', {
  columns: { stream: 'integer', revision: 'integer', sweep: 'text' },
  key: ['stream', 'revision'],
});
