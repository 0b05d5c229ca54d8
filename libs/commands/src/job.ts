import type { CommandId, OrganizationId } from '#domain/ids.js';
import type { CommandRequest, Decide, Founding, IfMatch, Outcome } from './request.js';

/** One command in an organization's mailbox. */
export interface Job {
  readonly organization: OrganizationId;
  readonly request: CommandRequest;
  readonly rule: Decide;
  readonly founding: Founding | undefined;
  readonly commandId: CommandId;
  /** Keyed digest of the request, present where an idempotency key was given. */
  readonly digest: string | undefined;
  /** As in the request, moved up to what is known to be unchanged. */
  readonly ifMatch: IfMatch | undefined;
  /** Later calls than the first change nothing. */
  readonly resolve: (outcome: Outcome | Promise<Outcome>) => void;
  readonly reject: (error: unknown) => void;
}
