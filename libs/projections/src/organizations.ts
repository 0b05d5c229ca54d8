/** Organizations and what they are made of besides people: spaces, teams, accounts, keys, roles. */
import { sql } from 'kysely';
import { successorOf } from '#domain/catalogue.js';
import type { DomainEvent, KeyOwner, TeamMemberSource } from '#domain/events.js';
import type { MemberId, RoleId, TeamId } from '#domain/ids.js';
import type { Tables } from '#readstore/rows.js';
import type { Script } from '#readstore/script.js';
import { add, put, question, statement } from '#readstore/statement.js';
import {
  API_KEYS,
  CUSTOM_ROLES,
  ORGANIZATIONS,
  SERVICE_ACCOUNT_GRANTS,
  SERVICE_ACCOUNTS,
  SPACES,
  TEAM_GRANTS,
  TEAM_MEMBERS,
  TEAMS,
} from '#readstore/tables.js';
import { clearing } from './clearing.js';
import { grantsIn, sourceOf, type Successors } from './grants.js';
import type { At, Projection } from './projection.js';

/** What is deleted leaves no row; a revoked key does. */
const PARTS = [
  SPACES,
  TEAMS,
  TEAM_MEMBERS,
  TEAM_GRANTS,
  SERVICE_ACCOUNTS,
  SERVICE_ACCOUNT_GRANTS,
  CUSTOM_ROLES,
];
const TABLES = [ORGANIZATIONS, API_KEYS, ...PARTS];
const clearParts = clearing(PARTS);
const teamGrants = grantsIn(TEAM_GRANTS, 'teams');
const accountGrants = grantsIn(SERVICE_ACCOUNT_GRANTS, 'service_accounts');

const putOrganization = put(ORGANIZATIONS);
const putSpace = put(SPACES);
const putTeam = put(TEAMS);
const addTeamMember = add(TEAM_MEMBERS);
const putAccount = put(SERVICE_ACCOUNTS);
const putKey = put(API_KEYS);
const putRole = put(CUSTOM_ROLES);

type Changing = 'organization' | 'updatedAt' | 'revision';
/** Changes columns of the organization. */
const changeOrganization = <Column extends keyof Tables['organizations']>(...columns: Column[]) =>
  statement<Changing | Column>((db, values) =>
    db
      .updateTable('organizations')
      .set(pick(values, [...columns, 'updatedAt', 'revision']))
      .where('organization', '=', values.organization),
  );
type Part = 'spaces' | 'teams' | 'service_accounts' | 'api_keys' | 'custom_roles';
/** Changes columns of one part of an organization. */
const change = <Name extends Part, Column extends keyof Tables[Name] & string>(
  name: Name,
  ...columns: Column[]
) =>
  statement<Changing | 'id' | Column>((db, values) =>
    db
      .updateTable(name as 'spaces')
      .set(pick(values, [...columns, 'updatedAt', 'revision']))
      .where('organization', '=', values.organization)
      .where('id', '=', values.id),
  );
const pick = (values: object, columns: readonly string[]): object =>
  Object.fromEntries(columns.map((one) => [one, (values as Record<string, unknown>)[one]]));
const remove = (name: Part) =>
  statement<'organization' | 'id'>(
    (_, { organization, id }) => sql`
      delete from ${sql.table(name)} where organization = ${organization} and id = ${id}`,
  );

const rename = changeOrganization('name');
const setStatus = changeOrganization('status');
const setCatalogue = changeOrganization('catalogueVersion', 'policies');
const setPolicies = changeOrganization('policies');
const policiesOf = question<'organization', { policies: string }>((db, { organization }) =>
  db.selectFrom('organizations').select('policies').where('organization', '=', organization),
);

const renameSpace = change('spaces', 'name');
const setSpaceStatus = change('spaces', 'status');
const removeSpace = remove('spaces');
const renameTeam = change('teams', 'name');
const touchTeam = change<'teams', never>('teams');
const removeTeam = remove('teams');
const setAccountName = change('service_accounts', 'name');
const setDescription = change('service_accounts', 'description');
const touchAccount = change<'service_accounts', never>('service_accounts');
const removeAccount = remove('service_accounts');
const setKeyName = change('api_keys', 'name');
const setKeyScopes = change('api_keys', 'scopes');
const setKeyExpiry = change('api_keys', 'expiresAt');
const setKeyHash = change('api_keys', 'secretHash');
const setRoleName = change('custom_roles', 'name');
const setRoleDescription = change('custom_roles', 'description');
const setRolePermissions = change('custom_roles', 'permissions');
const removeRole = remove('custom_roles');

const removeMemberOfTeams = statement<'organization' | 'member'>(
  (_, { organization, member }) => sql`
    delete from ${sql.table('team_members')}
    where organization = ${organization} and member = ${member}`,
);
const removePlace = statement<'organization' | 'team' | 'member' | 'source' | 'group'>(
  (_, { organization, team, member, source, group }) => sql`
    delete from ${sql.table('team_members')}
    where organization = ${organization} and team = ${team} and member = ${member}
      and source = ${source} and "group" = ${group}`,
);
const removePlaces = statement<'organization' | 'team'>(
  (_, { organization, team }) => sql`
    delete from ${sql.table('team_members')}
    where organization = ${organization} and team = ${team}`,
);
const teamsOf = (organization: never, space: never) => sql`
  select id from ${sql.table('teams')} where organization = ${organization} and scope = ${space}`;
type InSpace = 'organization' | 'space';
const removePlacesInSpace = statement<InSpace>(
  (_, { organization, space }) => sql`
    delete from ${sql.table('team_members')}
    where organization = ${organization} and team in (${teamsOf(organization, space)})`,
);
const removeTeamGrantsInSpace = statement<InSpace>(
  (_, { organization, space }) => sql`
    delete from ${sql.table('team_grants')}
    where organization = ${organization} and holder in (${teamsOf(organization, space)})`,
);
const removeTeamsInSpace = statement<InSpace>(
  (_, { organization, space }) => sql`
    delete from ${sql.table('teams')} where organization = ${organization} and scope = ${space}`,
);
const revokeKeysOf = statement<'organization' | 'owner' | 'time' | 'revision'>(
  (_, { organization, owner, time, revision }) => sql`
    update ${sql.table('api_keys')}
    set "revokedAt" = ${time}, "updatedAt" = ${time}, revision = ${revision}
    where organization = ${organization} and owner = ${owner} and "revokedAt" is null`,
);
const revokeKeys = statement<'organization' | 'time' | 'revision'>(
  (_, { organization, time, revision }) => sql`
    update ${sql.table('api_keys')}
    set "revokedAt" = ${time}, "updatedAt" = ${time}, revision = ${revision}
    where organization = ${organization} and "revokedAt" is null`,
);
const revokeKey = statement<'organization' | 'id' | 'time' | 'revision'>(
  (_, { organization, id, time, revision }) => sql`
    update ${sql.table('api_keys')}
    set "revokedAt" = ${time}, "updatedAt" = ${time}, revision = ${revision}
    where organization = ${organization} and id = ${id} and "revokedAt" is null`,
);

/** The key of a row, and when it changed last. */
const changed = (at: At) => ({
  organization: at.organization,
  updatedAt: at.time,
  revision: at.revision,
});
const created = (at: At) => ({ ...changed(at), createdAt: at.time });

function addPlaces(at: At, member: MemberId, teams: readonly TeamId[], source: TeamMemberSource) {
  const { organization, time: addedAt } = at;
  for (const team of teams) {
    at.run(addTeamMember, { organization, team, member, source, group: '', addedAt });
  }
}

function endKeys(at: At, owner: KeyOwner): void {
  const { organization, time, revision } = at;
  at.run(revokeKeysOf, { organization, owner, time, revision });
}

function* policies(at: At): Script<Record<string, unknown>> {
  const row = yield* at.first(policiesOf, { organization: at.organization });
  return JSON.parse(row?.policies ?? '{}') as Record<string, unknown>;
}

/** What is `null` is the catalogue's again. */
const withoutNulls = (values: object): string =>
  JSON.stringify(Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)));

function* remap(at: At, successors: Successors): Script<void> {
  teamGrants.remap(at, successors);
  accountGrants.remap(at, successors);
  const before = yield* policies(at);
  const held = before['ssoDefaultRole'] as RoleId | undefined;
  const ssoDefaultRole = held && successorOf(successors, held);
  if (ssoDefaultRole === held) return;
  at.run(setPolicies, { ...changed(at), policies: JSON.stringify({ ...before, ssoDefaultRole }) });
}

/** Who comes or goes, for their places in teams, and keys; what happens to teams or keys may be about
 * anybody's. */
const subjectOf = (event: DomainEvent): string | undefined =>
  event.type === 'member.accept' || event.type === 'member.join' || event.type === 'member.remove'
    ? event.member
    : undefined;

export const organizations: Projection = {
  name: 'organizations',
  version: 2,
  tables: TABLES,
  clear: clearing(TABLES),
  subjects: (events) => events.map(subjectOf),
  on: {
    'organization.create': ({ name, catalogue, version, ownDomains }, at) =>
      at.run(putOrganization, {
        ...created(at),
        name,
        status: 'active',
        catalogue,
        catalogueVersion: version,
        policies: JSON.stringify({ 'emailDomains.own': ownDomains }),
      }),
    'organization.rename': ({ name }, at) => at.run(rename, { ...changed(at), name }),
    *'organization.policy_change'({ changes }, at) {
      const after = withoutNulls({ ...(yield* policies(at)), ...changes });
      at.run(setPolicies, { ...changed(at), policies: after });
    },
    *'organization.catalogue_adopt'({ to, remap: roles }, at) {
      const before = JSON.stringify(yield* policies(at));
      at.run(setCatalogue, { ...changed(at), catalogueVersion: to, policies: before });
      yield* remap(at, roles);
    },
    'organization.suspend': (_, at) => at.run(setStatus, { ...changed(at), status: 'suspended' }),
    'organization.resume': (_, at) => at.run(setStatus, { ...changed(at), status: 'active' }),
    'organization.delete': (_, at) => {
      clearParts(at);
      const { organization, time, revision } = at;
      at.run(revokeKeys, { organization, time, revision });
      at.run(setStatus, { ...changed(at), status: 'deleted' });
    },

    'space.create': ({ space, name }, at) =>
      at.run(putSpace, { ...created(at), id: space, name, status: 'active' }),
    'space.rename': ({ space, name }, at) =>
      at.run(renameSpace, { ...changed(at), id: space, name }),
    'space.deactivate': ({ space }, at) =>
      at.run(setSpaceStatus, { ...changed(at), id: space, status: 'inactive' }),
    'space.reactivate': ({ space }, at) =>
      at.run(setSpaceStatus, { ...changed(at), id: space, status: 'active' }),
    'space.delete': ({ space }, at) => {
      const { organization } = at;
      at.run(removeSpace, { organization, id: space });
      at.run(removePlacesInSpace, { organization, space });
      at.run(removeTeamGrantsInSpace, { organization, space });
      at.run(removeTeamsInSpace, { organization, space });
      teamGrants.removeSpace(at, space);
      accountGrants.removeSpace(at, space);
    },

    'member.invite': 'ignore',
    'member.invite_resend': 'ignore',
    'member.invite_revoke': 'ignore',
    'member.invite_decline': 'ignore',
    'member.invite_expire': 'ignore',
    'member.invite_erase': 'ignore',
    'member.accept': ({ member, teams }, at) => addPlaces(at, member, teams, 'invitation'),
    'member.join': ({ member, teams }, at) => addPlaces(at, member, teams, 'direct'),
    'member.identity_link': 'ignore',
    'member.role_change': 'ignore',
    'member.grant_start': 'ignore',
    'member.grant_expire': 'ignore',
    'member.deactivate': 'ignore',
    'member.reactivate': 'ignore',
    'member.remove': ({ member }, at) => {
      at.run(removeMemberOfTeams, { organization: at.organization, member });
      endKeys(at, member);
    },
    'member.profile_change': 'ignore',
    'member.personal_data_erase': 'ignore',

    'team.create': ({ team, name, scope, externalGroup }, at) =>
      at.run(putTeam, {
        ...created(at),
        id: team,
        name,
        scope,
        externalGroup: externalGroup ?? null,
      }),
    'team.rename': ({ team, name }, at) => at.run(renameTeam, { ...changed(at), id: team, name }),
    'team.delete': ({ team }, at) => {
      const { organization } = at;
      at.run(removePlaces, { organization, team });
      teamGrants.removeAll(at, team);
      at.run(removeTeam, { organization, id: team });
    },
    'team.member_add': ({ team, member, source, group = '' }, at) => {
      const { organization, time: addedAt } = at;
      at.run(addTeamMember, { organization, team, member, source, group, addedAt });
      at.run(touchTeam, { ...changed(at), id: team });
    },
    'team.member_remove': ({ team, member, source, group = '' }, at) => {
      at.run(removePlace, { organization: at.organization, team, member, source, group });
      at.run(touchTeam, { ...changed(at), id: team });
    },
    'team.role_change': ({ team, added, removed }, at) => {
      teamGrants.remove(at, team, removed);
      teamGrants.add(at, team, added, 'team');
      at.run(touchTeam, { ...changed(at), id: team });
    },

    'service_account.create': ({ account, name, description, grants }, at) => {
      at.run(putAccount, { ...created(at), id: account, name, description: description ?? null });
      accountGrants.add(at, account, grants, 'direct');
    },
    'service_account.change': ({ account: id, name, description }, at) => {
      if (name !== undefined) at.run(setAccountName, { ...changed(at), id, name });
      if (description !== undefined) at.run(setDescription, { ...changed(at), id, description });
    },
    'service_account.role_change': ({ account, added, removed, cause }, at) => {
      accountGrants.remove(at, account, removed);
      accountGrants.add(at, account, added, sourceOf(cause));
      at.run(touchAccount, { ...changed(at), id: account });
    },
    'service_account.delete': ({ account }, at) => {
      accountGrants.removeAll(at, account);
      at.run(removeAccount, { organization: at.organization, id: account });
      endKeys(at, account);
    },

    'api_key.create': ({ key, owner, name, scopes, expiresAt, secretHash }, at) =>
      at.run(putKey, {
        ...created(at),
        id: key,
        owner,
        name,
        scopes: JSON.stringify(scopes),
        secretHash,
        expiresAt: expiresAt ?? null,
        revokedAt: null,
      }),
    'api_key.change': ({ key: id, name, scopes, expiresAt }, at) => {
      if (name !== undefined) at.run(setKeyName, { ...changed(at), id, name });
      if (scopes !== undefined) {
        at.run(setKeyScopes, { ...changed(at), id, scopes: JSON.stringify(scopes) });
      }
      if (expiresAt !== undefined) at.run(setKeyExpiry, { ...changed(at), id, expiresAt });
    },
    'api_key.rotate': ({ key: id, secretHash }, at) =>
      at.run(setKeyHash, { ...changed(at), id, secretHash }),
    'api_key.revoke': ({ key: id }, at) => {
      const { organization, time, revision } = at;
      at.run(revokeKey, { organization, id, time, revision });
    },

    'role.define': ({ role, name, description, scopes, permissions }, at) =>
      at.run(putRole, {
        ...created(at),
        id: role,
        name,
        description: description ?? null,
        scopes: JSON.stringify(scopes),
        permissions: JSON.stringify(permissions),
      }),
    'role.change': ({ role: id, name, description, permissions }, at) => {
      if (name !== undefined) at.run(setRoleName, { ...changed(at), id, name });
      if (description !== undefined) {
        at.run(setRoleDescription, { ...changed(at), id, description });
      }
      if (permissions !== undefined) {
        const text = JSON.stringify(permissions);
        at.run(setRolePermissions, { ...changed(at), id, permissions: text });
      }
    },
    *'role.retire'({ role, remapTo }, at) {
      at.run(removeRole, { organization: at.organization, id: role });
      if (remapTo !== undefined) yield* remap(at, { [role]: remapTo });
    },
    'catalogue.publish': 'ignore',
  },
};
