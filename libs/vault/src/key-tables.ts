import type { OrganizationId, UserId } from '#domain/ids.js';

/** The tag key of an organization is its key for the empty subject; no other subject is empty. */
export const TAGS = '';

/** How long a key is spared when orphans are collected, after it was ensured, in milliseconds. */
export const GRACE = 3_600_000;

export type StoredKey =
  | { readonly state: 'live'; readonly key: Buffer }
  | { readonly state: 'destroyed' }
  | { readonly state: 'missing' };

export interface KeyName {
  readonly organization: OrganizationId;
  readonly subject: string;
}

/** The keys of a vault, wrapped, where they lie. What is written is durable when it resolves. */
export abstract class KeyTables {
  /** Where that is. */
  abstract readonly place: string;

  /** In order. */
  abstract find(names: readonly KeyName[]): Promise<StoredKey[]>;

  /**
   * The live keys of these subjects, made where there are none: their events may not be in the log
   * yet, so they are young. All or nothing: throws `KeyDestroyed`.
   */
  abstract make(
    organization: OrganizationId,
    subjects: ReadonlySet<string>,
  ): Promise<Map<string, Buffer>>;

  /** These were ensured again, by a key that is remembered. */
  abstract touch(organization: OrganizationId, subjects: readonly string[]): void;

  /** Leaves a tombstone, and nothing of the key on disk. */
  abstract destroy(organization: OrganizationId, subjects: readonly string[]): Promise<void>;

  /** Deletes live keys that are not young; the names of those. */
  abstract removeOld(names: readonly KeyName[]): Promise<readonly KeyName[]>;

  /** Up to `limit` live keys after `after`, by organization and subject. */
  abstract live(after: KeyName, limit: number): Promise<KeyName[]>;

  /** Where this user has a live key. */
  abstract organizationsOf(user: UserId): Promise<OrganizationId[]>;

  /** Wraps anew up to `limit` keys that an older key still wraps; returns how many. */
  abstract rewrap(limit: number): Promise<number>;

  /** Wrapping keys that wrap nothing any more need not be given next time. */
  abstract forgetUnusedWrapping(): Promise<void>;

  /** Sees to it that bytes that were taken away are nowhere any more, as far as that is ours. */
  abstract truncate(): Promise<void>;

  /** Up to `limit` keys after `after`, by organization and subject: destroyed ones too. */
  abstract names(after: KeyName, limit: number): Promise<KeyName[]>;

  /** Puts keys of another vault here, where none of these is; destroyed ones as tombstones. */
  abstract put(keys: readonly (KeyName & StoredKey)[]): Promise<void>;

  /** Takes away every key, and every byte of it, of a vault that belongs to no log yet. */
  abstract empty(): Promise<void>;

  /** The log this vault belongs to, once it does. */
  abstract log(): Promise<string | undefined>;

  abstract setLog(id: string): Promise<void>;

  /** How far erasures are carried out, as `setErased` was told. */
  abstract erased(): Promise<string | undefined>;

  abstract setErased(place: string): Promise<void>;

  abstract close(): Promise<void>;
}
