/**
 * The names of things. Every id is a branded string: a `MemberId` can't be passed where a
 * `TeamId` is wanted. Ids are made outside (`Context.newId`), never here.
 */

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** `org_…` by default; `[a-z0-9_]{3,64}`. The stream is `organization-<id>`. */
export type OrganizationId = Id<'organization'>;
/** `space_…` */
export type SpaceId = Id<'space'>;
/** `mem_…`: one person in one organization, and the subject of that person's data key there. */
export type MemberId = Id<'member'>;
/** `usr_…`: a person who can sign in, derived from (issuer, subject). */
export type UserId = Id<'user'>;
/** `inv_…` */
export type InvitationId = Id<'invitation'>;
/** `grant_…` */
export type GrantId = Id<'grant'>;
/** `team_…` */
export type TeamId = Id<'team'>;
/** `svc_…` */
export type ServiceAccountId = Id<'service_account'>;
/** `key_…` */
export type ApiKeyId = Id<'api_key'>;
/** `cmd_…`: one command; derived from the idempotency key where one was given. */
export type CommandId = Id<'command'>;
/** A role of a catalogue (`owner`, `Admin`), a custom one (`role_…`), or, in the platform
 * organization only, a role of another catalogue (`mondoo/iam-manager`). */
export type RoleId = Id<'role'>;
/** A catalogue: `mondoo`, `wasviking`, … */
export type CatalogueId = Id<'catalogue'>;
/** `resource:action` in snake_case. */
export type Permission = Id<'permission'>;
/** `[a-z][a-z0-9_]{0,63}`: why, as whoever runs the platform codes it; never words about a person.
 * The first events that hold one were written before that was asked. */
export type ReasonCode = Id<'reason_code'>;
/** HMAC-SHA-256 of the canonical e-mail address under the organization's tag key, base64url. */
export type Tag = Id<'tag'>;
/** RFC 3339, UTC, milliseconds: `2026-03-01T12:00:00.000Z`. Fixed width, so `<` is "earlier". */
export type Instant = Id<'instant'>;

/** Where a grant holds: the whole organization, or one space. */
export type Scope = 'organization' | SpaceId;

/** The reserved organization whose members have power over the installation. */
export const PLATFORM = 'platform' as OrganizationId;

/** What `Context.newId` can be asked for, and the prefix it gives. */
export const ID_PREFIX = {
  organization: 'org',
  space: 'space',
  member: 'mem',
  invitation: 'inv',
  grant: 'grant',
  team: 'team',
  service_account: 'svc',
  api_key: 'key',
  command: 'cmd',
  role: 'role',
} as const;
export type IdKind = keyof typeof ID_PREFIX;

interface IdOf {
  organization: OrganizationId;
  space: SpaceId;
  member: MemberId;
  invitation: InvitationId;
  grant: GrantId;
  team: TeamId;
  service_account: ServiceAccountId;
  api_key: ApiKeyId;
  command: CommandId;
  role: RoleId;
}
/** Makes a fresh id of a kind. */
export type NewId = <K extends IdKind>(kind: K) => IdOf[K];

/** The stream an organization is stored in. */
export const organizationStream = (id: OrganizationId): string => `organization-${id}`;
/** The stream a catalogue is published in. */
export const catalogueStream = (id: CatalogueId): string => `catalogue-${id}`;

/** `instant` plus `milliseconds`. */
export const later = (instant: Instant, milliseconds: number): Instant =>
  new Date(Date.parse(instant) + milliseconds).toISOString() as Instant;
