/** How the service is: what health and metrics show. */
export interface FollowerVitals {
  readonly name: string;
  /** Positions between what it has applied and the end of the log. */
  readonly lag: number;
  /** Position up to which a snapshot has spared it the log at the start; absent: none has. */
  readonly restored?: string;
  /** `false`: it does not go on; it is tried again. */
  readonly running: boolean;
  /** Why it does not, in words that name nobody. */
  readonly reason?: string;
}

export interface QuarantinedOrganization {
  readonly readModel: string;
  readonly organization: string;
  /** Type and revision of the event that can't be applied. */
  readonly event: string;
}

export interface Vital {
  readonly ready: boolean;
  /** What keeps all of it from being ready, in words that name nobody: that the log does not answer. */
  readonly reason?: string;
  /** Position of the last event of the log; `null`: there is none, or nobody knows it now. */
  readonly head: string | null;
  readonly followers: readonly FollowerVitals[];
  readonly quarantined: readonly QuarantinedOrganization[];
}

/** Asked by health and metrics, answered by what runs in the background. */
export abstract class Vitals {
  abstract look(): Promise<Vital>;
}
