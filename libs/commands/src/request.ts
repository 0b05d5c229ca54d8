/** What every command carries besides its own content, and what it is answered. */
import type { Catalogue } from '#domain/catalogue.js';
import type { Context } from '#domain/context.js';
import type { ActorFact, MembershipEvent, RecordedMembershipEvent } from '#domain/events.js';
import type { OrganizationId, Permission, Scope } from '#domain/ids.js';
import type { Organization } from '#domain/state.js';

/** The caller's key for a command, so that a repetition is recognised for 24 hours. */
export interface Idempotency {
  readonly key: string;
  /** The name of the operation the key was given for. */
  readonly operation: string;
  readonly principal: string;
  /** The request's content as JSON; the same key with another body is refused. */
  readonly body: unknown;
}

/** Carry the command out only if the resource is as the caller saw it. */
export interface IfMatch {
  /** Id of the resource: a member, an invitation, …, or the organization itself. */
  readonly resource: string;
  /** Stream revision of the last event that had changed it. */
  readonly revision: number;
}

export interface CommandRequest {
  /** `member` is filled in from the state the command is decided on. */
  readonly actor: ActorFact;
  /** In clear; stored sealed for the actor. */
  readonly clientAddress?: string;
  readonly correlationId: string;
  /** Id of the event that the service acts upon; a caller's command has none. */
  readonly causationId?: string;
  /** The trace it is part of, as W3C has it: kept in its events. */
  readonly traceparent?: string;
  readonly idempotency?: Idempotency;
  readonly ifMatch?: IfMatch;
  /** Say what would happen and write nothing. */
  readonly dryRun?: boolean;
  /** Of a dry run: it would be several commands, so that no append has to hold it. */
  readonly inParts?: boolean;
}

/** A command's rule with everything but the state and the context given. */
export type Decide = (context: Context) => (organization: Organization) => MembershipEvent[];

/** For the one command that may come before its organization: what that is founded on. */
export interface Founding {
  readonly catalogue: Catalogue;
}

/** What a principal would gain and lose at a scope. */
export interface PermissionChange {
  /** A member or a service account. */
  readonly principal: string;
  readonly scope: Scope;
  readonly gained: readonly Permission[];
  readonly lost: readonly Permission[];
}

/** What a dry run would have written. */
export interface Preview {
  readonly events: readonly MembershipEvent[];
  readonly permissionChanges: readonly PermissionChange[];
}

export interface Outcome {
  /** The stream's revision that includes the command; -1 where the stream does not exist. */
  readonly revision: number;
  /** Empty where it was already so. `position` is that of the whole append's last event. */
  readonly events: readonly RecordedMembershipEvent[];
  /** An earlier command with this idempotency key answers. */
  readonly replayed: boolean;
  /** Present where only a preview was asked for. */
  readonly dryRun?: Preview;
}

/** Of a command that is not told its organization: which one it was. */
export interface OutcomeIn extends Outcome {
  readonly organization: OrganizationId;
}
