import type { Context } from '../context.js';
import { authorize, enter, mayAssign } from '../delegation.js';
import type { JoinSource, MembershipEvent, OrganizationEvent } from '../events.js';
import { PLATFORM, type ReasonCode } from '../ids.js';
import { has, isTrusted, PLATFORM_PERMISSION, rightsOf, type Rights } from '../permissions.js';
import type { PolicyChanges, PolicyPath } from '../policies.js';
import { refuse } from '../refusals.js';
import type { Organization } from '../state.js';
import {
  FOR_PEOPLE,
  grantFact,
  requireCount,
  requireRoles,
  type Newcomer,
} from './requirements.js';
import { requireSeats } from './seats.js';

/** An invitation is good for at least an hour and at most thirty days; in seconds. */
export const INVITATION_TTL = { min: 60 * 60, max: 30 * 24 * 60 * 60 } as const;

export interface CreateOrganization {
  readonly name: string;
  /** The first members; one founder, or those configured for the platform. */
  readonly founders: readonly Newcomer[];
  /** Who may create one: everybody signed in, or the platform only. */
  readonly creation: 'anyone' | 'platform';
}

export const createOrganization =
  (command: CreateOrganization, context: Context) =>
  (organization: Organization): MembershipEvent[] => {
    mayFound(organization, command, context);
    if (organization.status !== 'absent') {
      refuse(
        'organization.exists',
        `The id ${organization.id} is taken, for ever; choose another.`,
      );
    }
    const { catalogue, newId } = context;
    const source: JoinSource = organization.id === PLATFORM ? 'configuration' : 'founder';
    return [
      {
        type: 'organization.create',
        name: command.name,
        catalogue: catalogue.id,
        version: catalogue.version,
        sha256: catalogue.sha256,
        ownDomains: ownDomains(command.founders),
      },
      ...command.founders.map((founder): MembershipEvent => ({
        type: 'member.join',
        source,
        member: founder.member,
        ...(founder.user === undefined ? {} : { user: founder.user }),
        tag: founder.address?.tag ?? null,
        email: founder.address?.email ?? null,
        displayEmail: founder.address?.displayEmail ?? null,
        name: founder.name,
        authentication: founder.authentication,
        grants: [grantFact({ role: catalogue.founderRole, scope: 'organization' }, newId('grant'))],
        replaced: [],
        teams: [],
      })),
    ];
  };

function mayFound(
  organization: Organization,
  { founders, creation }: CreateOrganization,
  context: Context,
): void {
  const { actor, catalogue, platform, now } = context;
  if (new Set(founders.map(({ member, user }) => user ?? member)).size < founders.length) {
    refuse('request.invalid', 'Nobody founds an organization twice; name each founder once.');
  }
  if (actor.kind === 'system') return;
  if (founders.length === 0 || founders.some(({ user }) => user === undefined)) {
    refuse('request.invalid', 'An organization is founded by somebody who can sign in.');
  }
  if (organization.id === PLATFORM || catalogue.id === platform.catalogue.id) {
    refuse(
      'organization.id_reserved',
      'The platform organization is founded by the service itself.',
    );
  }
  const rights = rightsOf(organization, catalogue, platform, actor, now);
  const person = isTrusted(platform, actor, now) ? personOf(actor) : undefined;
  const forOneself = person !== undefined && founders.every((founder) => founder.user === person);
  if (forOneself && creation === 'anyone') return;
  if (!has(rights, PLATFORM_PERMISSION.create)) {
    refuse('permission.denied', `Creating this organization needs ${PLATFORM_PERMISSION.create}.`);
  }
}

/** The person who acts, or is acted for. */
export const personOf = (actor: Context['actor']) => {
  if (actor.kind === 'user') return actor.id;
  return actor.kind === 'service_account' || actor.kind === 'api_key' ? actor.actingFor : undefined;
};

const ownDomains = (founders: readonly Newcomer[]): string[] => [
  ...new Set(
    founders.flatMap(({ address }) => (address?.provider === 'business' ? [address.domain] : [])),
  ),
];

export interface RenameOrganization {
  readonly name: string;
}

export const renameOrganization =
  ({ name }: RenameOrganization, context: Context) =>
  (organization: Organization): OrganizationEvent[] => {
    authorize(organization, context, 'update_organization');
    return organization.name === name ? [] : [{ type: 'organization.rename', name }];
  };

export interface ChangePolicies {
  readonly changes: PolicyChanges;
}

export const changePolicies =
  ({ changes }: ChangePolicies, context: Context) =>
  (organization: Organization): OrganizationEvent[] => {
    const rights = enter(organization, context);
    const named = Object.keys(changes) as PolicyPath[];
    if (named.includes('seats')) maySetSeats(rights);
    if (!named.every((path) => path === 'seats') || named.length === 0) {
      authorize(organization, context, 'change_policies');
    }
    const paths = named.filter((path) => !same(changes[path], organization.policies[path] ?? null));
    for (const path of named) if (changes[path] !== null) mayChangePolicy(context, path);
    const changed = Object.fromEntries(paths.map((path) => [path, changes[path]]));
    requireValues(organization, context, rights, changed);
    return paths.length === 0 ? [] : [{ type: 'organization.policy_change', changes: changed }];
  };

export interface ChangeOrganization extends Partial<RenameOrganization>, Partial<ChangePolicies> {}

/** Both or none: each takes its own right. */
export const changeOrganization =
  ({ name, changes }: ChangeOrganization, context: Context) =>
  (organization: Organization): OrganizationEvent[] => [
    ...(name === undefined ? [] : renameOrganization({ name }, context)(organization)),
    ...(changes === undefined ? [] : changePolicies({ changes }, context)(organization)),
  ];

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function maySetSeats(rights: Rights): void {
  if (has(rights, PLATFORM_PERMISSION.seats)) return;
  refuse('permission.denied', `Seats are set by whoever has ${PLATFORM_PERMISSION.seats}.`);
}

function mayChangePolicy({ catalogue }: Context, path: PolicyPath): void {
  if (path === 'seats' || catalogue.overridable(path)) return;
  refuse('policy.not_overridable', `${catalogue.name} does not let ${path} be changed.`);
}

function requireValues(
  organization: Organization,
  context: Context,
  rights: Rights,
  changes: PolicyChanges,
): void {
  const ttl = changes['invitation.ttl'];
  if (ttl != null && (ttl < INVITATION_TTL.min || ttl > INVITATION_TTL.max)) {
    refuse('policy.invalid', 'invitation.ttl lies between one hour and thirty days.');
  }
  const role =
    changes.ssoDefaultRole === null
      ? context.catalogue.policies.ssoDefaultRole
      : changes.ssoDefaultRole;
  if (role !== undefined) {
    const wanted = [{ role, scope: 'organization' as const }];
    requireRoles(organization, context, wanted, FOR_PEOPLE);
    requireCount(organization, context, wanted);
    mayAssign(organization, context, rights, wanted);
  }
  if (changes.seats !== undefined) {
    requireSeats(organization, changes.seats ?? context.catalogue.policies.seats);
  }
}

export interface SuspendOrganization {
  readonly reason?: ReasonCode;
}

export const suspendOrganization =
  ({ reason }: SuspendOrganization, context: Context) =>
  (organization: Organization): OrganizationEvent[] => {
    requireSuspend(organization, context);
    if (organization.status === 'suspended') return [];
    return [{ type: 'organization.suspend', ...(reason === undefined ? {} : { reason }) }];
  };

export const resumeOrganization =
  (_: object, context: Context) =>
  (organization: Organization): OrganizationEvent[] => {
    requireSuspend(organization, context);
    return organization.status === 'active' ? [] : [{ type: 'organization.resume' }];
  };

function requireSuspend(organization: Organization, context: Context): void {
  const rights = enter(organization, context);
  if (organization.id === PLATFORM) {
    refuse('organization.id_reserved', 'The platform organization is never suspended.');
  }
  if (!has(rights, PLATFORM_PERMISSION.suspend)) {
    refuse('permission.denied', `Only whoever has ${PLATFORM_PERMISSION.suspend} may do this.`);
  }
}

export const deleteOrganization =
  (_: object, context: Context) =>
  (organization: Organization): OrganizationEvent[] => {
    authorize(organization, context, 'delete_organization');
    return [{ type: 'organization.delete' }];
  };
