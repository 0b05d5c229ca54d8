/** What can be tuned about commands; times in milliseconds. */
export interface Settings {
  /** Memory for the states of organizations, in bytes, as estimated. */
  readonly cacheBytes: number;
  /** After this long an append without an outcome is answered `write.outcome_unknown`. */
  readonly outcomeDeadline: number;
  /** How often a command that lost a race is decided again. */
  readonly attempts: number;
  /** How old this node's view of the platform organization may be where it allows something, while
   * other nodes write too; what it does not allow is decided on the latest. */
  readonly platformAge: number;
  /** Commands waiting for one organization; more are refused. */
  readonly queue: number;
  /** A snapshot is written after this many events, and `snapshotShare` of the state's rows. */
  readonly snapshotEvents: number;
  readonly snapshotShare: number;
}

export const SETTINGS: Settings = {
  cacheBytes: 256 * 1024 * 1024,
  outcomeDeadline: 5000,
  attempts: 10,
  platformAge: 100,
  queue: 10_000,
  snapshotEvents: 5000,
  snapshotShare: 0.2,
};
