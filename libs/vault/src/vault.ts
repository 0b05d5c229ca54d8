import type { Mark, Sealed } from '#domain/events.js';
import type { OrganizationId, UserId } from '#domain/ids.js';

/** The fields that are sealed. Part of the additional data: a value can't be moved elsewhere. */
export type SealedField =
  'email' | 'displayEmail' | 'name' | 'message' | 'externalId' | 'clientAddress';

/** A sealed value to open, with what it is bound to. */
export interface Opening {
  readonly organization: OrganizationId;
  readonly field: SealedField;
  readonly value: Sealed;
}

/** Data keys for personal data: one per subject of one organization. */
export abstract class Vault {
  /**
   * Makes a live key for each subject that has none. Durable when it returns; many calls at the
   * same moment share one transaction. Throws `KeyDestroyed` for a subject whose key is destroyed.
   */
  abstract ensure(organization: OrganizationId, subjects: readonly string[]): Promise<void>;

  /** Seals under the subject's live key (see `ensure`). */
  abstract seal(
    organization: OrganizationId,
    subject: string,
    field: SealedField,
    plaintext: string,
  ): Promise<Sealed>;

  /**
   * Opens many at once, in order. A destroyed key reads as `null`. A missing one (neither live nor
   * destroyed: the vault is not the one this log was written with) throws `KeyMissing`.
   */
  abstract open(values: readonly Opening[]): Promise<(string | null)[]>;

  /** Destroys keys for good, leaving a tombstone. Idempotent; also for keys that never were. */
  abstract destroy(organization: OrganizationId, subjects: readonly string[]): Promise<void>;

  /** Every erasure in the log up to this event is carried out here, however old this vault is. */
  abstract erasedUpTo(): Promise<Mark | undefined>;

  /** Notes that for the next start: beside the keys, so that whatever brings back one brings back
   * the other. */
  abstract noteErased(mark: Mark): Promise<void>;

  /** Where this user has a live key as an actor, member or not. */
  abstract organizationsOf(user: UserId): Promise<OrganizationId[]>;

  /** The organization's key for tags, made when it is first asked for. Never rotates. */
  abstract tagKey(organization: OrganizationId): Promise<Buffer>;

  /** Drops cached keys of these subjects (another node destroyed them). */
  abstract forget(organization: OrganizationId, subjects: readonly string[]): void;

  /**
   * Deletes live keys that no event uses: those of appends that never came to be. Spares keys
   * that were ensured in the last hour. Returns how many went.
   */
  abstract collectOrphans(isUsed: IsUsed): Promise<number>;

  /**
   * Wraps with the ring's current wrapping key what an older one wraps, and returns how many that
   * were; older ones can then be taken away. Costs nothing where there is nothing to do.
   */
  abstract rewrap(): Promise<number>;

  /**
   * Ties the vault to its log for ever. Throws `VaultMismatch` for the vault of another log, and
   * for an empty vault beside a log that holds events.
   */
  abstract belongTo(log: { readonly id: string; readonly isEmpty: boolean }): Promise<void>;

  abstract close(): Promise<void>;
}

/** Does any event of the organization hold something sealed for this subject? */
export type IsUsed = (organization: OrganizationId, subject: string) => boolean | Promise<boolean>;

/** A sealed value that its key does not open: changed, or moved to another place. */
export class SealBroken extends Error {
  constructor(
    readonly organization: OrganizationId,
    readonly subject: string,
    readonly field: SealedField,
  ) {
    super(`${field} of ${subject} of ${organization} does not open; it was changed or moved`);
  }
}

/** This vault and this log are not of the same installation. */
export class VaultMismatch extends Error {}

export class KeyMissing extends Error {
  constructor(
    readonly organization: OrganizationId,
    readonly subject: string,
  ) {
    super(
      `the vault has no key for ${subject} of ${organization}; restore the vault that belongs to this log`,
    );
  }
}

export class KeyDestroyed extends Error {
  constructor(
    readonly organization: OrganizationId,
    readonly subject: string,
  ) {
    super(`the key of ${subject} of ${organization} is destroyed`);
  }
}
