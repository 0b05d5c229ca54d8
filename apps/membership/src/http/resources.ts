/** Resources as this service shows them, made from an organization's state. */
import type { InvitationId, MemberId, OrganizationId, Scope, SpaceId } from '#domain/ids.js';
import { goodUntil } from '#domain/indexes.js';
import type {
  ApiKey,
  CustomRole,
  Grant,
  Organization,
  ServiceAccount,
  Space,
  Team,
} from '#domain/state.js';
import { sampleId } from './examples.js';
import { Field, ListOf } from './fields.js';
import { presentPolicies } from './policies.js';

export class ActorAnswer {
  @Field.oneOf(['user', 'service_account', 'api_key', 'link', 'system']) readonly kind!: string;
  @Field.text({ example: 'usr_01jx8q5v3mf2h9k7c4n6t0wzpd' }) readonly id!: string;
  @Field.memberId({ optional: true, about: 'whose rights were used' }) readonly member?: string;
  @Field.userId({ optional: true, about: 'whom a trusted service acted for' })
  readonly actingFor?: string;
  @Field.oneOf(['http', 'grpc', 'cli', 'internal']) readonly via!: string;
}

export class GrantAnswer {
  @Field.text({ example: 'grant_01jx8q5v3mf2h9k7c4n6t0wzpd' }) readonly id!: string;
  @Field.role() readonly role!: string;
  @Field.scope() readonly scope!: string;
  @Field.text({ optional: true, example: 'direct', about: 'where it comes from' })
  readonly source?: string;
  @Field.instant({ optional: true }) readonly notBefore?: string;
  @Field.instant({ optional: true }) readonly expiresAt?: string;
  @Field.object(() => ActorAnswer, { optional: true }) readonly grantedBy?: ActorAnswer;
  @Field.instant({ optional: true }) readonly grantedAt?: string;
}

export class OrganizationAnswer {
  @Field.organizationId() readonly id!: string;
  @Field.name() readonly name!: string;
  @Field.oneOf(['active', 'suspended', 'deleted']) readonly status!: string;
  @Field.catalogue() readonly catalogue!: string;
  @Field.integer(1, 1_000_000, { about: 'the version that is pinned' })
  readonly catalogueVersion!: number;
  @Field.record({ additionalProperties: true, example: { seats: 50 } }, () => undefined, {
    about:
      'what the organization has set for itself, in force where its version of the catalogue lets it; the rest is the catalogue’s',
  })
  readonly policies!: object;
  @Field.integer(0, Number.MAX_SAFE_INTEGER) readonly activeMembers!: number;
  @Field.instant({ optional: true }) readonly createdAt?: string;
  @Field.instant({ optional: true }) readonly updatedAt?: string;
  @Field.revision() readonly revision!: string;
}

export class SpaceAnswer {
  @Field.spaceId() readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.name() readonly name!: string;
  @Field.oneOf(['active', 'inactive', 'deleted']) readonly status!: string;
  @Field.instant({ optional: true }) readonly createdAt?: string;
  @Field.instant({ optional: true }) readonly updatedAt?: string;
  @Field.revision() readonly revision!: string;
}

export class TeamPlaceAnswer {
  @Field.teamId() readonly team!: string;
  @Field.oneOf(['direct', 'invitation', 'scim', 'oidc_group']) readonly source!: string;
}

export class TeamAnswer {
  @Field.teamId() readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.name() readonly name!: string;
  @Field.scope() readonly scope!: string;
  @Field.text({ optional: true }) readonly externalGroup?: string;
  @ListOf.object(() => GrantAnswer, { most: 1000 }) readonly grants!: readonly GrantAnswer[];
  @Field.instant({ optional: true }) readonly createdAt?: string;
  @Field.instant({ optional: true }) readonly updatedAt?: string;
  @Field.revision() readonly revision!: string;
}

export class ServiceAccountAnswer {
  @Field.serviceAccountId() readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.name() readonly name!: string;
  @Field.description({ optional: true }) readonly description?: string;
  @ListOf.object(() => GrantAnswer, { most: 1000 }) readonly grants!: readonly GrantAnswer[];
  @Field.instant({ optional: true }) readonly createdAt?: string;
  @Field.instant({ optional: true }) readonly updatedAt?: string;
  @Field.revision() readonly revision!: string;
}

export class ApiKeyAnswer {
  @Field.apiKeyId() readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.text({ example: 'svc_01jx8q5v3mf2h9k7c4n6t0wzpd', about: 'mem_…, svc_… or organization' })
  readonly owner!: string;
  @Field.name() readonly name!: string;
  @ListOf.apiScope() readonly scopes!: readonly string[];
  @Field.instant({ optional: true, about: 'absent: without end' }) readonly expiresAt?: string;
  @Field.text({ optional: true, example: 'key_…', about: 'the key itself, shown this once' })
  readonly secret?: string;
  @Field.oneOf(['active', 'expired', 'revoked'], { optional: true }) readonly status?: string;
  @Field.instant({ optional: true }) readonly revokedAt?: string;
  @Field.instant({ optional: true }) readonly createdAt?: string;
  @Field.instant({ optional: true }) readonly updatedAt?: string;
  @Field.revision() readonly revision!: string;
}

/** What is left of something that has ended: that it was, and how it ended. */
export class EndedAnswer {
  @Field.text({ example: sampleId('team') }) readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.oneOf(['deleted', 'revoked', 'retired']) readonly status!: string;
  @Field.revision() readonly revision!: string;
}

export class CustomRoleAnswer {
  @Field.role({ example: 'role_01jx8q5v3mf2h9k7c4n6t0wzpd' }) readonly id!: string;
  @Field.organizationId() readonly organization!: string;
  @Field.name() readonly name!: string;
  @Field.description({ optional: true, example: 'Looks, and changes nothing' })
  readonly description?: string;
  @ListOf.oneOf(['organization', 'space']) readonly scopes!: readonly string[];
  @ListOf.permission({ most: 5000 }) readonly permissions!: readonly string[];
  @Field.revision() readonly revision!: string;
}

/** `{ [key]: value }`, or nothing where there is no value. */
export const optional = <K extends string, V>(key: K, value: V | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };

/** Where a role is asked for: a space, or the organization where none is named. */
export const scopeOf = (space: string | undefined): Scope =>
  (space as SpaceId | undefined) ?? 'organization';

export const grantResource = (grant: Omit<Grant, 'source'> & { source?: Grant['source'] }) => ({
  id: grant.id,
  role: grant.role,
  scope: grant.scope,
  ...optional('source', grant.source),
  ...optional('notBefore', grant.notBefore),
  ...optional('expiresAt', grant.expiresAt),
});

export const organizationResource = (organization: Organization) => ({
  id: organization.id,
  name: organization.name,
  status: organization.status,
  catalogue: organization.catalogue.id,
  catalogueVersion: organization.catalogue.version,
  policies: presentPolicies(organization.policies),
  activeMembers: organization.activeMembers,
});

export const spaceResource = (organization: OrganizationId, space: Space) => ({
  id: space.id,
  organization,
  name: space.name,
  status: space.status,
});

export const teamResource = (organization: OrganizationId, team: Team) => ({
  id: team.id,
  organization,
  name: team.name,
  scope: team.scope,
  ...optional('externalGroup', team.externalGroup),
  grants: team.grants.map(grantResource),
});

export const serviceAccountResource = (organization: OrganizationId, account: ServiceAccount) => ({
  id: account.id,
  organization,
  name: account.name,
  ...optional('description', account.description),
  grants: account.grants.map(grantResource),
});

export const apiKeyResource = (organization: OrganizationId, key: ApiKey) => ({
  id: key.id,
  organization,
  owner: key.owner,
  name: key.name,
  scopes: key.scopes,
  ...optional('expiresAt', key.expiresAt),
});

export const customRoleResource = (organization: OrganizationId, role: CustomRole) => ({
  id: role.id,
  organization,
  name: role.name,
  ...optional('description', role.description),
  scopes: role.scopes,
  permissions: role.permissions,
});

/** A member as far as rules know it: without what is personal. Who is gone has only a status. */
export function memberResource(organization: Organization, id: MemberId) {
  const member = organization.members.get(id);
  if (member === undefined) return { id, organization: organization.id, status: 'removed' };
  return {
    id,
    organization: organization.id,
    status: member.status,
    ...optional('user', member.user),
    authentication: member.authentication,
    grants: member.grants.map(grantResource),
    teams: member.teams.map(({ team, source }) => ({ team, source })),
  };
}

/** An invitation as far as rules know it; one that has ended has only a status. */
export function invitationResource(organization: Organization, id: InvitationId) {
  const invitation = organization.invitations.get(id);
  if (invitation === undefined) {
    const how = organization.ended.get(id);
    return { id, organization: organization.id, status: typeof how === 'string' ? how : 'revoked' };
  }
  const { member, status, grants, teams, expiresAt, generation } = invitation;
  return {
    id,
    organization: organization.id,
    member,
    status,
    grants: grants.map(grantResource),
    teams,
    expiresAt: goodUntil(organization, invitation) ?? expiresAt,
    generation,
  };
}

/** One of a table by id, or what is left of it. */
export const orGone = <V, R extends object>(
  organization: OrganizationId,
  id: string,
  value: V | undefined,
  resource: (organization: OrganizationId, value: V) => R,
  status: 'deleted' | 'revoked' | 'retired' = 'deleted',
): R | { readonly id: string; readonly organization: OrganizationId; readonly status: string } =>
  value === undefined ? { id, organization, status } : resource(organization, value);
