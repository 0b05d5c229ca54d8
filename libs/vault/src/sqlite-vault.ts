import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GroupCommit } from '#database/group-commit.js';
import { type Database, openDatabase } from '#database/sqlite.js';
import type { Sealed } from '#domain/events.js';
import { type OrganizationId, organizationStream, type UserId } from '#domain/ids.js';
import { decrypt, encrypt, KEY_BYTES } from './cipher.js';
import { KeyCache } from './key-cache.js';
import type { Ring } from './keyring.js';
import { type StoredKey, TAGS, VaultTables } from './sqlite-tables.js';
import {
  type IsUsed,
  KeyDestroyed,
  KeyMissing,
  type Opening,
  SealBroken,
  type SealedField,
  Vault,
  VaultMismatch,
} from './vault.js';

/** Keys handled in one turn or one transaction. */
const BATCH = 500;
/** How long a key is spared by `collectOrphans` after `ensure`, in milliseconds. */
const GRACE = 3_600_000;

/** The vault in one SQLite file of this process. */
export class SqliteVault extends Vault {
  readonly #database: Database;
  readonly #tables: VaultTables;
  readonly #commits: GroupCommit;
  readonly #cache: KeyCache;
  /** When keys were last ensured, in that order: their events may not be in the log yet. */
  readonly #ensured = new Map<string, number>();
  readonly #now: () => number;

  /** Throws `KeysInvalid` if the vault was written with a key that is not in `wrapping`. */
  constructor(path: string, wrapping: Ring, { now = Date.now }: { now?: () => number } = {}) {
    super();
    this.#now = now;
    this.#cache = new KeyCache(now);
    this.#database = openDatabase(path);
    try {
      this.#tables = new VaultTables(this.#database, wrapping);
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#commits = new GroupCommit(this.#database);
  }

  async ensure(organization: OrganizationId, subjects: readonly string[]): Promise<void> {
    for (const subject of subjects) this.#remember(nameOf(organization, subject));
    const unknown = subjects.filter(
      (subject) => this.#cache.get(nameOf(organization, subject)) === undefined,
    );
    if (unknown.length === 0) return;
    const keys = await this.#commits.run(() => this.#makeKeys(organization, new Set(unknown)));
    for (const [subject, key] of keys) this.#cache.set(nameOf(organization, subject), key);
  }

  /** Checks all before it writes any. */
  #makeKeys(organization: OrganizationId, subjects: ReadonlySet<string>): Map<string, Buffer> {
    const keys = new Map<string, Buffer>();
    const missing: string[] = [];
    for (const subject of subjects) {
      const stored = this.#tables.key(organization, subject);
      if (stored.state === 'destroyed') throw new KeyDestroyed(organization, subject);
      if (stored.state === 'live') keys.set(subject, stored.key);
      else missing.push(subject);
    }
    for (const subject of missing) {
      const key = randomBytes(KEY_BYTES);
      this.#tables.insert(organization, subject, key);
      keys.set(subject, key);
    }
    return keys;
  }

  async seal(
    organization: OrganizationId,
    subject: string,
    field: SealedField,
    plaintext: string,
  ): Promise<Sealed> {
    const found = this.#find(organization, subject);
    if (found.state === 'destroyed') throw new KeyDestroyed(organization, subject);
    if (found.state === 'missing') throw new KeyMissing(organization, subject);
    const bytes = encrypt(found.key, bound(organization, subject, field), Buffer.from(plaintext));
    return { subject, sealed: bytes.toString('base64url') };
  }

  async open(values: readonly Opening[]): Promise<(string | null)[]> {
    const opened: (string | null)[] = [];
    for (const { organization, field, value } of values) {
      opened.push(this.#openOne(organization, field, value));
      if (opened.length % BATCH === 0) await nextTurn();
    }
    return opened;
  }

  #openOne(organization: OrganizationId, field: SealedField, value: Sealed): string | null {
    const { subject, sealed } = value;
    const found = this.#find(organization, subject);
    if (found.state === 'destroyed') return null;
    if (found.state === 'missing') throw new KeyMissing(organization, subject);
    const bytes = Buffer.from(sealed, 'base64url');
    const plaintext = decrypt(found.key, bound(organization, subject, field), bytes);
    if (plaintext === undefined) throw new SealBroken(organization, subject, field);
    return plaintext.toString();
  }

  #find(organization: OrganizationId, subject: string): StoredKey {
    const name = nameOf(organization, subject);
    const cached = this.#cache.get(name);
    if (cached !== undefined) return { state: 'live', key: cached };
    const stored = this.#tables.key(organization, subject);
    if (stored.state === 'live') this.#cache.set(name, stored.key);
    return stored;
  }

  async destroy(organization: OrganizationId, subjects: readonly string[]): Promise<void> {
    await this.#commits.run(() => {
      for (const subject of subjects) this.#tables.destroy(organization, subject);
    });
    this.forget(organization, subjects);
    this.#database.checkpoint();
  }

  async organizationsOf(user: UserId): Promise<OrganizationId[]> {
    return this.#tables.organizationsOf(user);
  }

  async tagKey(organization: OrganizationId): Promise<Buffer> {
    const cached = this.#cache.get(nameOf(organization, TAGS));
    if (cached !== undefined) return cached;
    const keys = await this.#commits.run(() => this.#makeKeys(organization, new Set([TAGS])));
    const key = keys.get(TAGS) as Buffer;
    this.#cache.set(nameOf(organization, TAGS), key);
    return key;
  }

  forget(organization: OrganizationId, subjects: readonly string[]): void {
    for (const subject of subjects) this.#cache.delete(nameOf(organization, subject));
  }

  #remember(name: string): void {
    const now = this.#now();
    this.#ensured.delete(name);
    this.#ensured.set(name, now);
    for (const [oldest, at] of this.#ensured) {
      if (now - at <= GRACE) return;
      this.#ensured.delete(oldest);
    }
  }

  async collectOrphans(isUsed: IsUsed): Promise<number> {
    let collected = 0;
    for await (const page of this.#pages()) {
      const orphans: typeof page = [];
      for (const key of page) {
        if (key.subject !== TAGS && !(await isUsed(key.organization, key.subject))) {
          orphans.push(key);
        }
      }
      collected += await this.#commits.run(() => {
        const now = this.#now();
        const old = orphans.filter(({ organization, subject }) => {
          const ensured = this.#ensured.get(nameOf(organization, subject));
          return ensured === undefined || now - ensured > GRACE;
        });
        for (const { organization, subject } of old) {
          this.#tables.remove(organization, subject);
          this.forget(organization, [subject]);
        }
        return old.length;
      });
    }
    if (collected > 0) this.#database.checkpoint();
    return collected;
  }

  async rewrap(): Promise<number> {
    let rewrapped = 0;
    for (let some = BATCH; some > 0; rewrapped += some) {
      some = await this.#commits.run(() => this.#tables.rewrap(BATCH));
    }
    await this.#commits.run(() => this.#tables.forgetUnusedWrapping());
    if (rewrapped > 0) this.#database.checkpoint();
    return rewrapped;
  }

  /** Every live key, a page at a time. */
  async *#pages() {
    for (let after = { organization: '' as OrganizationId, subject: '' }; ;) {
      const page = this.#tables.live(after, BATCH);
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = last;
    }
  }

  async belongTo({ id, isEmpty }: { id: string; isEmpty: boolean }): Promise<void> {
    const log = this.#tables.log();
    if (log === id) return;
    if (log !== undefined) {
      throw new VaultMismatch(
        `${this.#database.path} belongs to the log ${log}, this log is ${id}; restore the vault of this log`,
      );
    }
    if (!isEmpty) {
      throw new VaultMismatch(
        `the log ${id} holds events, and ${this.#database.path} is new; restore the vault of this log`,
      );
    }
    await this.#commits.run(() => this.#tables.setLog(id));
  }

  async close(): Promise<void> {
    // Work that was asked for before is flushed in a turn of its own.
    await nextTurn();
    this.#cache.clear();
    this.#database.close();
  }
}

const nameOf = (organization: OrganizationId, subject: string): string =>
  `${organization}\0${subject}`;

const bound = (organization: OrganizationId, subject: string, field: SealedField): string[] => [
  organizationStream(organization),
  subject,
  field,
];
