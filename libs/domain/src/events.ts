/**
 * Every fact this service can store, as one closed union.
 *
 * THE NAMES OF TYPES AND FIELDS ARE ON DISK FOR EVER. A field is never renamed or given another
 * meaning: a new shape is a new version with an upcast in the codec. Values are strings,
 * booleans, null, safe integers, arrays and plain objects, so that the RFC 8785 form is exact.
 */
import type { CatalogueContent, Level } from './catalogue.js';
import type { PolicyChanges } from './policies.js';
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
  ReasonCode,
  RoleId,
  Scope,
  ServiceAccountId,
  SpaceId,
  Tag,
  TeamId,
  UserId,
} from './ids.js';

/** A personal value under the data key of its subject; opened only through the vault. */
export interface Sealed {
  /** Whose data key: a member, or, for an actor who is no member here, that actor's id. */
  readonly subject: string;
  /** base64url of nonce, ciphertext and tag (AES-256-GCM). */
  readonly sealed: string;
}

/** How a member signs in. */
export type Authentication = 'local' | 'sso' | 'scim';

/** A role given to one principal at one scope, as it stands in an event. */
export interface GrantFact {
  readonly id: GrantId;
  readonly role: RoleId;
  readonly scope: Scope;
  /** In force from this moment on; absent: at once. */
  readonly notBefore?: Instant;
  /** In force until just before this moment; absent: without end. */
  readonly expiresAt?: Instant;
}

export type JoinSource = 'founder' | 'configuration' | 'sso' | 'scim' | 'domain' | 'join_request';

export type RevokeReason =
  | 'asked'
  | 'replaced'
  | 'inviter_lost_authority'
  | 'inviter_left'
  | 'invitee_removed'
  | 'role_retired'
  | 'space_deleted'
  | 'team_deleted'
  | 'organization_deleted'
  | 'erased';

export type RoleChangeCause =
  | 'direct'
  | 'transfer'
  | 'invitation'
  | 'sso'
  | 'scim'
  | 'scope_removal'
  | 'role_retired'
  | 'catalogue_adopt';

export type StatusChangeCause = 'direct' | 'scim' | 'sso' | 'erased';
export type RemoveReason = 'removed' | 'left' | 'erased' | 'deprovisioned';
export type TeamMemberSource = 'direct' | 'invitation' | 'scim' | 'oidc_group';

/** Who owns an API key: a member, a service account, or the organization itself. */
export type KeyOwner = MemberId | ServiceAccountId | 'organization';

export type OrganizationEvent =
  | {
      readonly type: 'organization.create';
      readonly name: string;
      readonly catalogue: CatalogueId;
      readonly version: number;
      /** SHA-256 of the catalogue's content, hex. */
      readonly sha256: string;
      readonly ownDomains: readonly string[];
    }
  | { readonly type: 'organization.rename'; readonly name: string }
  | { readonly type: 'organization.policy_change'; readonly changes: PolicyChanges }
  | {
      readonly type: 'organization.catalogue_adopt';
      readonly from: number;
      readonly to: number;
      readonly sha256: string;
      /**
       * Role of the old version → role of the new one that takes its place, all at once. Of a
       * holder's grants that are then alike in role, scope and time, the first stays.
       */
      readonly remap: { readonly [role: string]: RoleId };
    }
  | { readonly type: 'organization.suspend'; readonly reason?: ReasonCode }
  | { readonly type: 'organization.resume' }
  | { readonly type: 'organization.delete' };

export type SpaceEvent =
  | { readonly type: 'space.create'; readonly space: SpaceId; readonly name: string }
  | { readonly type: 'space.rename'; readonly space: SpaceId; readonly name: string }
  | { readonly type: 'space.deactivate'; readonly space: SpaceId }
  | { readonly type: 'space.reactivate'; readonly space: SpaceId }
  /** Ends every grant at this space; its invitations are narrowed or revoked. */
  | { readonly type: 'space.delete'; readonly space: SpaceId };

export type InvitationEvent =
  | {
      readonly type: 'member.invite';
      readonly invitation: InvitationId;
      /** The member this becomes when accepted. */
      readonly member: MemberId;
      readonly tag: Tag;
      /** The canonical address. */
      readonly email: Sealed;
      /** The address as it was typed. */
      readonly displayEmail: Sealed;
      readonly grants: readonly GrantFact[];
      readonly teams: readonly TeamId[];
      readonly message?: Sealed;
      readonly expiresAt: Instant;
      readonly generation: 1;
      /** The batch it was invited in: the command's id. */
      readonly batch?: CommandId;
      readonly joinRequest?: string;
    }
  | {
      readonly type: 'member.invite_resend';
      readonly invitation: InvitationId;
      readonly generation: number;
      readonly expiresAt: Instant;
    }
  | {
      readonly type: 'member.invite_revoke';
      readonly invitation: InvitationId;
      readonly reason: RevokeReason;
    }
  | { readonly type: 'member.invite_decline'; readonly invitation: InvitationId }
  | { readonly type: 'member.invite_expire'; readonly invitation: InvitationId }
  /** The invited person's data is gone: the data key of `member` is destroyed. */
  | {
      readonly type: 'member.invite_erase';
      readonly invitation: InvitationId;
      readonly member: MemberId;
    };

export type MemberEvent =
  | {
      readonly type: 'member.accept';
      readonly invitation: InvitationId;
      readonly generation: number;
      /** The invitation's member, or the one this person had already become meanwhile. */
      readonly member: MemberId;
      readonly user: UserId;
      readonly tag: Tag;
      /** As signed in, sealed for `member`. */
      readonly email: Sealed;
      readonly displayEmail: Sealed;
      readonly name: Sealed | null;
      readonly authentication: Authentication;
      readonly grants: readonly GrantFact[];
      /** Grants held before whose place these take (one-role catalogues). */
      readonly replaced: readonly GrantId[];
      readonly teams: readonly TeamId[];
    }
  | {
      readonly type: 'member.join';
      readonly source: JoinSource;
      readonly member: MemberId;
      /** Absent while provisioned and never signed in. */
      readonly user?: UserId;
      readonly tag: Tag | null;
      readonly email: Sealed | null;
      readonly displayEmail: Sealed | null;
      readonly name: Sealed | null;
      readonly authentication: Authentication;
      readonly grants: readonly GrantFact[];
      readonly replaced: readonly GrantId[];
      readonly teams: readonly TeamId[];
      readonly externalId?: Sealed;
      readonly approvedBy?: MemberId;
    }
  | {
      readonly type: 'member.identity_link';
      readonly member: MemberId;
      readonly user: UserId;
      readonly authentication: Authentication;
    }
  | {
      readonly type: 'member.role_change';
      readonly member: MemberId;
      readonly added: readonly GrantFact[];
      readonly removed: readonly GrantId[];
      readonly cause: RoleChangeCause;
    }
  | { readonly type: 'member.grant_start'; readonly member: MemberId; readonly grant: GrantId }
  | { readonly type: 'member.grant_expire'; readonly member: MemberId; readonly grant: GrantId }
  | {
      readonly type: 'member.deactivate';
      readonly member: MemberId;
      readonly cause: StatusChangeCause;
    }
  | {
      readonly type: 'member.reactivate';
      readonly member: MemberId;
      readonly cause: StatusChangeCause;
    }
  /** Ends the membership, its grants, its places in teams and its API keys at once. */
  | { readonly type: 'member.remove'; readonly member: MemberId; readonly reason: RemoveReason }
  | {
      readonly type: 'member.profile_change';
      readonly member: MemberId;
      readonly name: Sealed | null;
    }
  /** The data keys of this member, and of this user as an actor here, are destroyed. A user who
   * was never a member comes with the id of nobody. */
  | {
      readonly type: 'member.personal_data_erase';
      readonly member: MemberId;
      readonly user?: UserId;
    };

export type TeamEvent =
  | {
      readonly type: 'team.create';
      readonly team: TeamId;
      readonly name: string;
      readonly scope: Scope;
      readonly externalGroup?: string;
    }
  | { readonly type: 'team.rename'; readonly team: TeamId; readonly name: string }
  | { readonly type: 'team.delete'; readonly team: TeamId }
  | {
      readonly type: 'team.member_add' | 'team.member_remove';
      readonly team: TeamId;
      readonly member: MemberId;
      readonly source: TeamMemberSource;
      readonly group?: string;
      readonly invitation?: InvitationId;
    }
  | {
      readonly type: 'team.role_change';
      readonly team: TeamId;
      readonly added: readonly GrantFact[];
      readonly removed: readonly GrantId[];
      readonly cause: RoleChangeCause;
    };

export type ServiceAccountEvent =
  | {
      readonly type: 'service_account.create';
      readonly account: ServiceAccountId;
      readonly name: string;
      readonly description?: string;
      readonly grants: readonly GrantFact[];
    }
  | {
      readonly type: 'service_account.change';
      readonly account: ServiceAccountId;
      readonly name?: string;
      readonly description?: string;
    }
  | {
      readonly type: 'service_account.role_change';
      readonly account: ServiceAccountId;
      readonly added: readonly GrantFact[];
      readonly removed: readonly GrantId[];
      readonly cause: RoleChangeCause;
    }
  /** Ends its grants and its API keys at once. */
  | { readonly type: 'service_account.delete'; readonly account: ServiceAccountId };

export type ApiKeyEvent =
  | {
      readonly type: 'api_key.create';
      readonly key: ApiKeyId;
      readonly owner: KeyOwner;
      readonly name: string;
      readonly scopes: readonly string[];
      readonly expiresAt?: Instant;
      /** SHA-256 of the secret, base64url. The secret itself is shown once and stored nowhere. */
      readonly secretHash: string;
    }
  | {
      readonly type: 'api_key.change';
      readonly key: ApiKeyId;
      readonly name?: string;
      readonly scopes?: readonly string[];
      /** `null`: without end. */
      readonly expiresAt?: Instant | null;
    }
  | { readonly type: 'api_key.rotate'; readonly key: ApiKeyId; readonly secretHash: string }
  | { readonly type: 'api_key.revoke'; readonly key: ApiKeyId };

export type RoleEvent =
  | {
      readonly type: 'role.define';
      readonly role: RoleId;
      readonly name: string;
      readonly description?: string;
      readonly scopes: readonly Level[];
      readonly permissions: readonly Permission[];
    }
  | {
      readonly type: 'role.change';
      readonly role: RoleId;
      readonly name?: string;
      readonly description?: string;
      readonly permissions?: readonly Permission[];
    }
  /** With `remapTo`, every grant and pending invitation of `role` is one of `remapTo` from here; of
   * those alike the first stays, as with `organization.catalogue_adopt`. */
  | { readonly type: 'role.retire'; readonly role: RoleId; readonly remapTo?: RoleId };

/** The only event outside organization streams: stream `catalogue-<id>`. */
export interface CataloguePublished {
  readonly type: 'catalogue.publish';
  readonly catalogue: CatalogueId;
  readonly version: number;
  readonly sha256: string;
  readonly content: CatalogueContent;
}

/** What can happen in one organization's stream. */
export type MembershipEvent =
  | OrganizationEvent
  | SpaceEvent
  | InvitationEvent
  | MemberEvent
  | TeamEvent
  | ServiceAccountEvent
  | ApiKeyEvent
  | RoleEvent;

/** Everything the log can hold. */
export type DomainEvent = MembershipEvent | CataloguePublished;
export type EventType = DomainEvent['type'];
export type EventOf<T extends EventType> = Extract<DomainEvent, { readonly type: T }>;

export type SystemActor = 'sweeper' | 'configuration' | 'catalogue' | 'scim' | 'sso';

/** Who did it, as stored. */
export type ActorFact =
  | {
      readonly kind: 'user';
      readonly id: UserId;
      /** The member whose rights were used; absent for a platform grant or a founder. */
      readonly member?: MemberId;
      readonly via: Channel;
    }
  | {
      readonly kind: 'service_account';
      readonly id: ServiceAccountId;
      /** A trusted platform service acting for this person, with the person's rights alone. */
      readonly actingFor?: UserId;
      readonly member?: MemberId;
      readonly via: Channel;
    }
  | {
      readonly kind: 'api_key';
      readonly id: ApiKeyId;
      /** As above. */
      readonly actingFor?: UserId;
      readonly member?: MemberId;
      readonly via: Channel;
    }
  /** Whoever holds an invitation's link. */
  | { readonly kind: 'link'; readonly id: InvitationId; readonly via: Channel }
  | { readonly kind: 'system'; readonly id: SystemActor; readonly via: Channel };
/** The way a command came in. */
export type Channel = 'http' | 'grpc' | 'cli' | 'internal';

/** What is stored beside every event. */
export interface Metadata {
  readonly commandId: CommandId;
  /** Keyed digest of the request, present where an idempotency key was given. */
  readonly requestDigest?: string;
  readonly actor: ActorFact;
  /** Sealed for the actor. */
  readonly clientAddress?: Sealed;
  readonly correlationId: string;
  readonly causationId?: string;
  /** The span of the command, as W3C has it, where it was traced. */
  readonly traceparent?: string;
  /** max(clock, the previous event's in this stream). */
  readonly occurredAt: Instant;
  readonly schemaVersion: number;
  /** The catalogue version the rule decided with; 0 where none was needed. */
  readonly catalogueVersion: number;
  /** Hash of the event before in this stream; 64 zeros before the first. */
  readonly previousHash: string;
  /** SHA-256, hex, of the RFC 8785 form of everything above and the event itself. */
  readonly hash: string;
}

/** An event as it stands in the log. */
export interface Recorded<E extends DomainEvent = DomainEvent> {
  readonly stream: string;
  /** 0 for the first event of the stream; no gaps. */
  readonly revision: number;
  /** UUIDv8 of the first 16 bytes of `metadata.hash`. */
  readonly id: string;
  /** Place in the whole log; comparable, engine-specific, never part of a fact. */
  readonly position: bigint;
  readonly event: E;
  readonly metadata: Metadata;
}

/** Which event of a log: for who goes on after it, and has to know that it is still there. */
export interface Mark {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly hash: string;
}

/** An organization's event in the log. */
export type RecordedMembershipEvent = Recorded<MembershipEvent>;

/** The organization a stream belongs to, or `undefined` for a catalogue's. */
export const organizationOf = (stream: string): OrganizationId | undefined =>
  stream.startsWith('organization-')
    ? (stream.slice('organization-'.length) as OrganizationId)
    : undefined;
