import type { OrganizationId } from '#domain/ids.js';

/** Why an organization's reads are not answered. */
export interface Quarantined {
  readonly projection: string;
  readonly organization: OrganizationId;
  /** The event that can't be applied. */
  readonly revision: number;
  readonly type: string;
  readonly reason: string;
}

/** How far the read models are. Implemented by the runner of the projections. */
export abstract class Progress {
  /** True once everything up to this position is applied, false after `timeout` milliseconds. */
  abstract waitFor(position: bigint, timeout: number): Promise<boolean>;

  /** As `waitFor`, for one organization's event; false too if there is no such event by then. */
  abstract waitForRevision(
    organization: OrganizationId,
    revision: number,
    timeout: number,
  ): Promise<boolean>;

  /** True once what the log held when the service started is applied. */
  abstract caughtUp(timeout: number): Promise<boolean>;

  /** True once everything the log holds now is applied. */
  abstract upToDate(timeout: number): Promise<boolean>;

  /** Why this organization is not served, if it isn't. */
  abstract quarantined(organization: OrganizationId): Quarantined | undefined;
}
