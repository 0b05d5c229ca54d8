/**
 * What the read models hold, one interface per table. A column that holds JSON says so; times are
 * RFC 3339 and compare as text. `revision` is that of the last event that changed the row, in the
 * stream of its organization.
 */
import type {
  Authentication,
  JoinSource,
  KeyOwner,
  RemoveReason,
  RevokeReason,
  StatusChangeCause,
  TeamMemberSource,
} from '#domain/events.js';
import type {
  ApiKeyId,
  CatalogueId,
  CommandId,
  GrantId,
  Instant,
  InvitationId,
  MemberId,
  OrganizationId,
  RoleId,
  Scope,
  ServiceAccountId,
  SpaceId,
  Tag,
  TeamId,
  UserId,
} from '#domain/ids.js';
import type { GrantSource } from '#domain/state.js';

export interface OrganizationTable {
  organization: OrganizationId;
  name: string;
  status: 'active' | 'suspended' | 'deleted';
  catalogue: CatalogueId;
  catalogueVersion: number;
  /** JSON of what the organization has set for itself. */
  policies: string;
  createdAt: Instant;
  updatedAt: Instant;
  revision: number;
}

export interface SpaceTable {
  organization: OrganizationId;
  id: SpaceId;
  name: string;
  status: 'active' | 'inactive';
  createdAt: Instant;
  updatedAt: Instant;
  revision: number;
}

export interface MemberTable {
  organization: OrganizationId;
  id: MemberId;
  status: 'invited' | 'active' | 'inactive' | 'removed';
  user: UserId | null;
  /** See `PersonTable`; null: nothing is known, or erased. */
  person: number | null;
  authentication: Authentication | null;
  source: JoinSource | 'invitation';
  invitation: InvitationId | null;
  /** JSON of the actor who invited or resent last. */
  invitedBy: string | null;
  joinedAt: Instant | null;
  statusCause: StatusChangeCause | RemoveReason | null;
  updatedAt: Instant;
  revision: number;
}

/** How many members are active. */
export interface MemberCountTable {
  organization: OrganizationId;
  active: number;
}

/**
 * What is personal, in plain text. Rows are only added at the end, and overwritten in their full
 * length when they are no longer true: an engine that moves rows within its file leaves copies of
 * them behind, which no later erasure would find. So none of this is in any other table or index.
 */
export interface PersonTable {
  id: number;
  /** Canonical address. */
  email: string | null;
  displayEmail: string | null;
  /** Both addresses, and the name, as `folded`. */
  emailFolded: string | null;
  name: string | null;
  nameFolded: string | null;
}

/** A role somebody holds; `holder` is a member, team, service account or invitation. */
export interface GrantTable {
  organization: OrganizationId;
  holder: string;
  id: GrantId;
  role: RoleId;
  scope: Scope;
  source: GrantSource;
  /** JSON of the actor. */
  grantedBy: string;
  grantedAt: Instant;
  notBefore: Instant | null;
  expiresAt: Instant | null;
  /** Place in the order in which the organization's grants were made. */
  ordinal: number;
}

export interface InvitationTable {
  organization: OrganizationId;
  id: InvitationId;
  /** As the log has it; a pending one past `goodUntil` is expired. */
  status: 'pending' | 'accepted' | 'declined' | 'expired' | 'revoked';
  member: MemberId;
  /** See `PersonTable`. */
  person: number | null;
  /** Of the address; null once erased. */
  tag: Tag | null;
  generation: number;
  /** Until when its link is good. */
  expiresAt: Instant;
  /** Until when it can be accepted: that, or when the last of what it invites to ends before; null:
   * nothing of it is there any more. */
  goodUntil: Instant | null;
  /** JSON of the actors. */
  invitedBy: string;
  sentBy: string;
  /** JSON of team ids. */
  teams: string;
  batch: CommandId | null;
  joinRequest: string | null;
  revokeReason: RevokeReason | null;
  /** Who it became. */
  acceptedBy: MemberId | null;
  invitedAt: Instant;
  endedAt: Instant | null;
  updatedAt: Instant;
  revision: number;
}

export interface TeamTable {
  organization: OrganizationId;
  id: TeamId;
  name: string;
  scope: Scope;
  externalGroup: string | null;
  createdAt: Instant;
  updatedAt: Instant;
  revision: number;
}

/** A team that people can be invited into. */
export type InvitationTeamTable = Pick<TeamTable, 'organization' | 'id' | 'scope'>;

export interface TeamMemberTable {
  organization: OrganizationId;
  team: TeamId;
  member: MemberId;
  source: TeamMemberSource;
  /** Empty where the source is no group. */
  group: string;
  addedAt: Instant;
}

export interface ServiceAccountTable {
  organization: OrganizationId;
  id: ServiceAccountId;
  name: string;
  description: string | null;
  createdAt: Instant;
  updatedAt: Instant;
  revision: number;
}

export interface ApiKeyTable {
  organization: OrganizationId;
  id: ApiKeyId;
  owner: KeyOwner;
  name: string;
  /** JSON of the scopes. */
  scopes: string;
  /** SHA-256 of the secret, base64url: for authentication, in no answer. */
  secretHash: string;
  expiresAt: Instant | null;
  revokedAt: Instant | null;
  createdAt: Instant;
  updatedAt: Instant;
  revision: number;
}

export interface CustomRoleTable {
  organization: OrganizationId;
  id: RoleId;
  name: string;
  description: string | null;
  /** JSON of levels, and of permissions. */
  scopes: string;
  permissions: string;
  createdAt: Instant;
  updatedAt: Instant;
  revision: number;
}

/** A stream's number in the audit log, which is shorter in every index. */
export interface AuditStreamTable {
  stream: string;
  number: number;
}

/** One event as who, what, whom, when, before and after. Sealed values stay sealed. */
export interface AuditTable {
  /** See `AuditStreamTable`. */
  stream: number;
  revision: number;
  id: string;
  type: string;
  at: Instant;
  /** JSON of the actor, its id, the member whose rights were used, and the person acted for;
   * empty: nobody. */
  actor: string;
  actorId: string;
  actorMember: MemberId | '';
  actorFor: UserId | '';
  /** JSON of the sealed client address. */
  clientAddress: string | null;
  /** Whom or what the event is about: the member if there is one, else an id or `organization`. */
  subject: string;
  /** The invitation it is of, or the member who owns the key it is about. */
  related: InvitationId | MemberId | null;
  /** JSON of the spaces it names. */
  spaces: string;
  /** JSON of the event without what is nobody's business (secrets, tags). */
  data: string;
  /** JSON of what changed of the subject: as it was, as it is. */
  before: string | null;
  after: string | null;
  /** JSON of what is known of the subject after this event, so that the next one can say what
   * was before; only where it is remembered. */
  facts: string | null;
  commandId: CommandId;
  correlationId: string;
  catalogueVersion: number;
}

/** The events that name a space. */
export interface AuditSpaceTable {
  stream: number;
  space: SpaceId;
  revision: number;
}

/** Events that changed what everybody holds, and name nobody. */
export interface AuditSweepTable {
  stream: number;
  revision: number;
  /** JSON: the space that is gone, or role → the role that takes its place. */
  sweep: string;
}

/** How far a projection is; `name@version` and the build of its tables. */
export interface CheckpointTable {
  name: string;
  build: number;
  state: 'serving' | 'building' | 'retired';
  /** Of the last event applied; -1: none. */
  position: number;
  /** The log the position is of. */
  log: string;
  /** JSON of the tables with their columns and keys: what can be read by the same queries. */
  shape: string;
}

/** A stream that a build could not follow. */
export interface QuarantineTable {
  build: number;
  stream: string;
  revision: number;
  type: string;
  reason: string;
  at: Instant;
}

/** A rebuild that was asked for. */
export interface RebuildTable {
  /** Grows with each. */
  number: number;
  /** All of this one; null: of one organization, everywhere. */
  readModel: string | null;
  organization: OrganizationId | null;
  askedAt: Instant;
  /** null: it is still to be done. */
  doneAt: Instant | null;
}

/** What became of an invitation's mail. */
export interface DeliveryTable {
  organization: OrganizationId;
  invitation: InvitationId;
  generation: number;
  status: 'queued' | 'sent' | 'failed';
  /** Why it failed; names no address. */
  reason: string | null;
  at: Instant;
}

/** A mail to be sent, or that was: the mailer's own memory, apart from what is shown. */
export interface MailTable {
  organization: OrganizationId;
  invitation: InvitationId;
  generation: number;
  /** `ended`: so has the invitation, or it was sent anew; nothing of it is to be kept. */
  state: 'waiting' | 'sent' | 'failed' | 'ended';
  /** JSON of the sealed message of the inviter. */
  message: string | null;
  /** Tries so far, and how many of them the mail server refused for good. */
  attempts: number;
  refusals: number;
  /** When it is to be tried next. */
  dueAt: Instant;
  /** The trace it belongs to, where there is one. */
  traceparent: string | null;
}

/** How far the mailer is; `name@version`. */
export interface MailCheckpointTable {
  name: string;
  log: string;
  /** Of the last event applied; -1: none. */
  position: number;
}

/** How far something that is published has been acknowledged. */
export interface RelayCheckpointTable {
  name: string;
  log: string;
  /** Of the last event; -1: none. */
  position: number;
}

/** Where events of an organization are sent: what its people have set, and nothing else knows. */
export interface WebhookEndpointTable {
  organization: OrganizationId;
  id: string;
  url: string;
  description: string | null;
  /** JSON of the types that are wanted; null: all. */
  types: string | null;
  status: 'enabled' | 'disabled';
  /** Why the service disabled it. */
  reason: string | null;
  /** Sealed; see `libs/vault/src/secrets.ts`. */
  secret: string;
  /** The one before, good until then. */
  /** Sealed, newest first, with blanks between them. */
  previousSecret: string | null;
  previousUntil: Instant | null;
  /** Stream revision that it was set up at: what came before is not sent. */
  after: number;
  createdAt: Instant;
  updatedAt: Instant;
}

/** An event that is to be sent, or could not be. What was sent has no row. */
export interface WebhookDeliveryTable {
  endpoint: string;
  organization: OrganizationId;
  /** Of the event in the organization's stream. */
  revision: number;
  type: string;
  /** `held`: until its endpoint is enabled again. */
  state: 'waiting' | 'held' | 'dead';
  attempts: number;
  dueAt: Instant;
  attemptedAt: Instant | null;
  reason: string | null;
}

export interface Tables {
  organizations: OrganizationTable;
  spaces: SpaceTable;
  members: MemberTable;
  member_counts: MemberCountTable;
  member_persons: PersonTable;
  member_grants: GrantTable;
  invitations: InvitationTable;
  invitation_persons: PersonTable;
  invitation_grants: GrantTable;
  invitation_teams: InvitationTeamTable;
  teams: TeamTable;
  team_members: TeamMemberTable;
  team_grants: GrantTable;
  service_accounts: ServiceAccountTable;
  service_account_grants: GrantTable;
  api_keys: ApiKeyTable;
  custom_roles: CustomRoleTable;
  audit_streams: AuditStreamTable;
  audit: AuditTable;
  audit_spaces: AuditSpaceTable;
  audit_sweeps: AuditSweepTable;
  checkpoints: CheckpointTable;
  quarantine: QuarantineTable;
  rebuilds: RebuildTable;
  deliveries: DeliveryTable;
  mails: MailTable;
  mail_checkpoint: MailCheckpointTable;
  relay_checkpoints: RelayCheckpointTable;
  webhook_endpoints: WebhookEndpointTable;
  webhook_deliveries: WebhookDeliveryTable;
}
