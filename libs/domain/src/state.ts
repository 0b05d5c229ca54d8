/**
 * What an organization is after its events: the smallest state the rules need. Names other people
 * by id and addresses by tag; holds no personal data. Ended invitations, revoked keys and the
 * like are forgotten but for a bounded memory of their ids (`ended`).
 */
import type { Level } from './catalogue.js';
import type {
  ActorFact,
  Authentication,
  KeyOwner,
  StatusChangeCause,
  TeamMemberSource,
} from './events.js';
import type {
  ApiKeyId,
  CatalogueId,
  CommandId,
  GrantId,
  Instant,
  InvitationId,
  MemberId,
  OrganizationId,
  Permission,
  RoleId,
  Scope,
  ServiceAccountId,
  SpaceId,
  Tag,
  TeamId,
  UserId,
} from './ids.js';
import { Groups, Layer, type Group, type Table } from './layer.js';
import type { Moments } from './moments.js';
import type { PolicyValues } from './policies.js';

/** Where a role can be from. Snapshots hold their places in this list: new ones go to the end. */
export const GRANT_SOURCES = [
  'direct',
  'founder',
  'configuration',
  'invitation',
  'transfer',
  'sso',
  'scim',
  'domain',
  'join_request',
  'team',
  'implicit',
] as const;
export type GrantSource = (typeof GRANT_SOURCES)[number];

/** A role held at a scope. */
export interface Grant {
  readonly id: GrantId;
  readonly role: RoleId;
  readonly scope: Scope;
  readonly source: GrantSource;
  readonly notBefore?: Instant;
  readonly expiresAt?: Instant;
  /** The sweeper has written `member.grant_start`. */
  readonly started?: true;
}

export interface Space {
  readonly id: SpaceId;
  readonly name: string;
  readonly status: 'active' | 'inactive';
}

/** A place in a team, with where it comes from; one member may have several sources. */
export interface TeamPlace {
  readonly team: TeamId;
  readonly source: TeamMemberSource;
  readonly group?: string;
}

interface Person {
  readonly id: MemberId;
  readonly tag: Tag | null;
  /** Of other addresses they came in by before; absent: of none. */
  readonly earlierTags?: readonly Tag[];
  /** Absent while provisioned and never signed in. */
  readonly user?: UserId;
  readonly authentication: Authentication;
  /** Revision of the event that holds the name, sealed. */
  readonly named: number;
  readonly grants: readonly Grant[];
  readonly teams: readonly TeamPlace[];
  /** Invitations this member accepted: the same user accepting again gets the same answer. */
  readonly accepted: readonly InvitationId[];
}
export interface ActiveMember extends Person {
  readonly status: 'active';
}
export interface InactiveMember extends Person {
  readonly status: 'inactive';
  /** Who deactivated: `erased` is for good, `scim` never undoes `direct`. */
  readonly cause: StatusChangeCause;
}
export type Member = ActiveMember | InactiveMember;

/** Somebody whose personal data is still here though the membership or invitation has ended. */
export interface Former {
  readonly id: MemberId;
  readonly tag: Tag | null;
  readonly earlierTags?: readonly Tag[];
  readonly user?: UserId;
}

/** Of every address they came in by. */
export const tagsOf = ({ tag, earlierTags = [] }: Pick<Former, 'tag' | 'earlierTags'>): Tag[] =>
  tag === null ? [...earlierTags] : [tag, ...earlierTags];

export interface Invitation {
  readonly id: InvitationId;
  readonly status: 'pending' | 'expired';
  readonly member: MemberId;
  readonly tag: Tag;
  readonly grants: readonly Omit<Grant, 'source'>[];
  readonly teams: readonly TeamId[];
  readonly expiresAt: Instant;
  readonly generation: number;
  /** Who invited, or resent last: still active and allowed when it is accepted. */
  readonly inviter: ActorFact;
  /** What the inviter held when they went, by the names of then; present once they have. */
  readonly inviterHeld?: readonly Grant[];
  readonly joinRequest?: string;
}

export interface Team {
  readonly id: TeamId;
  readonly name: string;
  readonly scope: Scope;
  readonly externalGroup?: string;
  readonly grants: readonly Grant[];
}

export interface ServiceAccount {
  readonly id: ServiceAccountId;
  readonly name: string;
  readonly description?: string;
  readonly grants: readonly Grant[];
}

/** What grants are with. */
export type Holder = MemberId | TeamId | ServiceAccountId | InvitationId;

export interface ApiKey {
  readonly id: ApiKeyId;
  readonly owner: KeyOwner;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: Instant;
  readonly secretHash: string;
}

export interface CustomRole {
  readonly id: RoleId;
  readonly name: string;
  readonly description?: string;
  readonly scopes: readonly Level[];
  readonly permissions: readonly Permission[];
}

/** A command that was given an idempotency key, for 24 h. */
export interface Remembered {
  readonly digest: string;
  readonly at: Instant;
  /** Whose key it was: the member, or whoever acted without being one. */
  readonly by: string;
  /** Its events: revisions `first` to `last`. */
  readonly first: number;
  readonly last: number;
}

/** Why something is no more; of an API key, whose it was. */
export type Ended =
  'accepted' | 'declined' | 'revoked' | 'deleted' | 'retired' | { readonly revokedFrom: KeyOwner };

export interface Organization {
  readonly id: OrganizationId;
  status: 'absent' | 'active' | 'suspended' | 'deleted';
  name: string;
  catalogue: { readonly id: CatalogueId; readonly version: number; readonly sha256: string };
  /** What this organization has set for itself; the catalogue's values are not copied here. */
  policies: Partial<PolicyValues>;
  /** Members who count against seats. */
  activeMembers: number;
  /** When the newest event occurred. */
  occurredAt: Instant;

  readonly spaces: Table<SpaceId, Space>;
  readonly members: Table<MemberId, Member>;
  readonly memberByUser: Table<UserId, MemberId>;
  readonly memberByTag: Table<Tag, MemberId>;
  readonly former: Table<MemberId, Former>;
  readonly formerByTag: Group<Tag, MemberId>;
  readonly formerByUser: Group<UserId, MemberId>;
  /** Pending and expired ones; an expired one can be resent. */
  readonly invitations: Table<InvitationId, Invitation>;
  readonly invitationsByTag: Group<Tag, InvitationId>;
  readonly invitationsByTeam: Group<TeamId, InvitationId>;
  /** By whoever an open invitation rests on: who sent it last, for whom, the member that is. */
  readonly invitationsByInviter: Group<string, InvitationId>;
  /** Addresses with a pending invitation to anything and no member, until when the last of them is
   * good. */
  readonly promised: Table<Tag, Instant>;
  /** The moments of `promised`, counted. */
  readonly promises: Moments;
  readonly teams: Table<TeamId, Team>;
  readonly teamMembers: Group<TeamId, MemberId>;
  readonly serviceAccounts: Table<ServiceAccountId, ServiceAccount>;
  readonly apiKeys: Table<ApiKeyId, ApiKey>;
  readonly keysByOwner: Group<KeyOwner, ApiKeyId>;
  readonly customRoles: Table<RoleId, CustomRole>;
  /** Who holds a role directly, at organization scope, without expiry: candidates for the
   * last-holder rule, whatever their status. */
  readonly directHolders: Group<RoleId, MemberId>;
  /** Whoever a grant of the role is with, open invitations included. */
  readonly holdersByRole: Group<RoleId, Holder>;
  /** The same for grants at a space; and the teams that are at home there. */
  readonly holdersBySpace: Group<SpaceId, Holder>;
  /** How many grants, of anyone and in open invitations, name a role. */
  readonly roleUses: Table<RoleId, number>;
  readonly commands: Table<CommandId, Remembered>;
  /** How many of these are of one principal. */
  readonly commandsBy: Table<string, number>;
  /** Ids of what has ended, the newest `ENDED_MEMORY`. */
  readonly ended: Table<string, Ended>;
}

/** How many ended ids are remembered, so that ending twice is no error. */
export const ENDED_MEMORY = 10_000;
/** How long an idempotency key is remembered, in milliseconds. */
export const COMMAND_MEMORY = 24 * 60 * 60 * 1000;
/** How many idempotency keys an organization remembers. */
export const COMMANDS_REMEMBERED = 100_000;
/** How many one principal may have of these while there is no room for all. */
export const COMMANDS_EACH = 10_000;

/** An organization nothing has happened in. */
export const emptyOrganization = (id: OrganizationId): Organization => ({
  id,
  status: 'absent',
  name: '',
  catalogue: { id: '' as CatalogueId, version: 0, sha256: '' },
  policies: {},
  activeMembers: 0,
  occurredAt: '1970-01-01T00:00:00.000Z' as Instant,
  spaces: new Layer(),
  members: new Layer(),
  memberByUser: new Layer(),
  memberByTag: new Layer(),
  former: new Layer(),
  formerByTag: new Groups(),
  formerByUser: new Groups(),
  invitations: new Layer(),
  invitationsByTag: new Groups(),
  invitationsByTeam: new Groups(),
  invitationsByInviter: new Groups(),
  promised: new Layer(),
  promises: new Layer(),
  teams: new Layer(),
  teamMembers: new Groups(),
  serviceAccounts: new Layer(),
  apiKeys: new Layer(),
  keysByOwner: new Groups(),
  customRoles: new Layer(),
  directHolders: new Groups(),
  holdersByRole: new Groups(),
  holdersBySpace: new Groups(),
  roleUses: new Layer(),
  commands: new Layer(),
  commandsBy: new Layer(),
  ended: new Layer(),
});

/** A copy on top of `base`: what is evolved here leaves the base alone. */
export const overlay = (base: Organization): Organization => ({
  // Each by its name: an object that takes over as many has no shape that reads could rely on.
  id: base.id,
  status: base.status,
  name: base.name,
  catalogue: base.catalogue,
  policies: base.policies,
  activeMembers: base.activeMembers,
  occurredAt: base.occurredAt,
  spaces: base.spaces.overlay(),
  members: base.members.overlay(),
  memberByUser: base.memberByUser.overlay(),
  memberByTag: base.memberByTag.overlay(),
  former: base.former.overlay(),
  formerByTag: base.formerByTag.overlay(),
  formerByUser: base.formerByUser.overlay(),
  invitations: base.invitations.overlay(),
  invitationsByTag: base.invitationsByTag.overlay(),
  invitationsByTeam: base.invitationsByTeam.overlay(),
  invitationsByInviter: base.invitationsByInviter.overlay(),
  promised: base.promised.overlay(),
  promises: base.promises.overlay(),
  teams: base.teams.overlay(),
  teamMembers: base.teamMembers.overlay(),
  serviceAccounts: base.serviceAccounts.overlay(),
  apiKeys: base.apiKeys.overlay(),
  keysByOwner: base.keysByOwner.overlay(),
  customRoles: base.customRoles.overlay(),
  directHolders: base.directHolders.overlay(),
  holdersByRole: base.holdersByRole.overlay(),
  holdersBySpace: base.holdersBySpace.overlay(),
  roleUses: base.roleUses.overlay(),
  commands: base.commands.overlay(),
  commandsBy: base.commandsBy.overlay(),
  ended: base.ended.overlay(),
});
