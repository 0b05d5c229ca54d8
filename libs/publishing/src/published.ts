/**
 * What is published of an event, versioned apart from what is stored. What is said here is promised:
 * `npm run events` makes the JSON Schemas and the AsyncAPI document in `docs/events` of it, and
 * refuses what would break who reads it.
 */
import type { ActorFact, DomainEvent } from '#domain/events.js';
import type { CommandId, Instant, OrganizationId } from '#domain/ids.js';
import type { ChangeRow } from '#access/change-stream/changes.js';
import type { SpaceRow } from '#access/change-stream/watched.js';

/** The JSON Schemas of what is published; a change that breaks readers is a new name. */
export const SCHEMA = {
  events: 'urn:membership:events:1',
  permissionChanges: 'urn:membership:permission-changes:1',
} as const;

/** The type of a message that tells what an event changed of what anybody may do. */
export const PERMISSION_CHANGE = 'permissions.change';

/** Fields of an event that stay inside: what proves a secret, and what tells an address by its hash. */
export const INTERNAL: readonly string[] = ['secretHash', 'tag'];

/** What the data of a message says beside the event itself. */
export interface EventContext {
  /** Absent for what belongs to no organization: a catalogue. */
  readonly organization?: OrganizationId;
  readonly actor: ActorFact;
  /** Events of one command share it. */
  readonly commandId: CommandId;
  readonly correlationId: string;
  readonly causationId?: string;
  /** The catalogue version it was decided with; 0 where none was needed. */
  readonly catalogueVersion: number;
}

/**
 * The data of a message about an event: as it is stored, but for what stays inside, and for what is of
 * a person: sealed, which only the service opens, or opened where the installation is set to publish
 * it, and then `null` where it was erased before, and still sealed where it does not open.
 */
export interface EventData extends EventContext {
  readonly event: Pick<DomainEvent, 'type'> & { readonly [field: string]: unknown };
}

/** The data of a message about what an event changed of what anybody may do, or a part of that. */
export interface PermissionChangeData {
  readonly organization: OrganizationId;
  /** Of the organization's last event. */
  readonly revision: string;
  readonly streamRevision: number;
  /** The event that changed it: the organization's own, or one of the platform's. */
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly organization: OrganizationId;
    readonly revision: string;
    readonly streamRevision: number;
    readonly at: Instant;
  };
  /** The rest of what the event changes follows. */
  readonly more: boolean;
  readonly changes: readonly ChangeRow[];
  readonly spaces: readonly SpaceRow[];
}
