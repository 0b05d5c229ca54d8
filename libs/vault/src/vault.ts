import type { Sealed } from '#domain/events.js';
import type { OrganizationId } from '#domain/ids.js';

/** The fields that are sealed. Part of the additional data: a value can't be moved elsewhere. */
export type SealedField =
  | 'email'
  | 'displayEmail'
  | 'name'
  | 'message'
  | 'externalId'
  | 'clientAddress';

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

  /** Destroys every key of an organization, its tag key included. */
  abstract destroyOrganization(organization: OrganizationId): Promise<void>;

  /** The organization's key for tags, made when it is first asked for. Never rotates. */
  abstract tagKey(organization: OrganizationId): Promise<Buffer>;

  /** Drops cached keys of these subjects (another node destroyed them). */
  abstract forget(organization: OrganizationId, subjects: readonly string[]): void;

  abstract close(): Promise<void>;
}

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
