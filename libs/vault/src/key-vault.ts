import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Mark, Sealed } from '#domain/events.js';
import { type OrganizationId, organizationStream, type UserId } from '#domain/ids.js';
import { decrypt, encrypt } from './cipher.js';
import { KeyCache } from './key-cache.js';
import { type KeyName, type KeyTables, type StoredKey, TAGS } from './key-tables.js';
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

export interface KeyVaultOptions {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A vault over whatever holds its keys; opened ones are remembered for a minute. */
export class KeyVault extends Vault {
  readonly #cache: KeyCache;

  constructor(
    private readonly tables: KeyTables,
    { now = Date.now }: KeyVaultOptions = {},
  ) {
    super();
    this.#cache = new KeyCache(now);
  }

  async ensure(organization: OrganizationId, subjects: readonly string[]): Promise<void> {
    this.tables.touch(organization, subjects);
    const unknown = subjects.filter(
      (subject) => this.#cache.get(nameOf({ organization, subject })) === undefined,
    );
    if (unknown.length === 0) return;
    const keys = await this.tables.make(organization, new Set(unknown));
    for (const [subject, key] of keys) this.#cache.set(nameOf({ organization, subject }), key);
  }

  async seal(
    organization: OrganizationId,
    subject: string,
    field: SealedField,
    plaintext: string,
  ): Promise<Sealed> {
    const [found] = await this.#find([{ organization, subject }]);
    if (found?.state === 'destroyed') throw new KeyDestroyed(organization, subject);
    if (found?.state !== 'live') throw new KeyMissing(organization, subject);
    const bytes = encrypt(found.key, bound(organization, subject, field), Buffer.from(plaintext));
    return { subject, sealed: bytes.toString('base64url') };
  }

  async open(values: readonly Opening[]): Promise<(string | null)[]> {
    const opened: (string | null)[] = [];
    for (let first = 0; first < values.length; first += BATCH) {
      if (first > 0) await nextTurn();
      const some = values.slice(first, first + BATCH);
      const names = some.map(({ organization, value: { subject } }) => ({ organization, subject }));
      const found = await this.#find(names);
      some.forEach((one, index) => opened.push(openOne(one, found[index])));
    }
    return opened;
  }

  /** In order; what is not remembered is asked for all at once. */
  async #find(names: readonly KeyName[]): Promise<StoredKey[]> {
    const known = names.map((name) => this.#cache.get(nameOf(name)));
    if (known.every((key) => key !== undefined)) {
      return known.map((key) => ({ state: 'live', key }));
    }
    const unknown = new Map<string, KeyName>();
    names.forEach((name, index) => {
      if (known[index] === undefined) unknown.set(nameOf(name), name);
    });
    const stored = await this.tables.find([...unknown.values()]);
    const found = new Map([...unknown.keys()].map((name, index) => [name, stored[index]!]));
    for (const [name, one] of found) if (one.state === 'live') this.#cache.set(name, one.key);
    return names.map((name, index) => {
      const key = known[index];
      return key === undefined ? found.get(nameOf(name))! : { state: 'live', key };
    });
  }

  async destroy(organization: OrganizationId, subjects: readonly string[]): Promise<void> {
    await this.tables.destroy(organization, subjects);
    this.forget(organization, subjects);
    await this.tables.truncate();
  }

  async erasedUpTo(): Promise<Mark | undefined> {
    const place = await this.tables.erased();
    if (place === undefined) return undefined;
    const mark = JSON.parse(place) as Omit<Mark, 'position'> & { readonly position: string };
    return { ...mark, position: BigInt(mark.position) };
  }

  noteErased({ position, ...mark }: Mark): Promise<void> {
    return this.tables.setErased(JSON.stringify({ ...mark, position: String(position) }));
  }

  organizationsOf(user: UserId): Promise<OrganizationId[]> {
    return this.tables.organizationsOf(user);
  }

  async tagKey(organization: OrganizationId): Promise<Buffer> {
    const name = nameOf({ organization, subject: TAGS });
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached;
    const keys = await this.tables.make(organization, new Set([TAGS]));
    const key = keys.get(TAGS) as Buffer;
    this.#cache.set(name, key);
    return key;
  }

  forget(organization: OrganizationId, subjects: readonly string[]): void {
    for (const subject of subjects) this.#cache.delete(nameOf({ organization, subject }));
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
      const removed = await this.tables.removeOld(orphans);
      for (const { organization, subject } of removed) this.forget(organization, [subject]);
      collected += removed.length;
    }
    if (collected > 0) await this.tables.truncate();
    return collected;
  }

  async rewrap(): Promise<number> {
    let rewrapped = 0;
    for (let some = BATCH; some > 0; rewrapped += some) some = await this.tables.rewrap(BATCH);
    await this.tables.forgetUnusedWrapping();
    if (rewrapped > 0) await this.tables.truncate();
    return rewrapped;
  }

  /** Every live key, a page at a time. */
  async *#pages() {
    for (let after = { organization: '' as OrganizationId, subject: '' }; ;) {
      const page = await this.tables.live(after, BATCH);
      const last = page.at(-1);
      if (last === undefined) return;
      yield page;
      after = last;
    }
  }

  async belongTo({ id, isEmpty }: { id: string; isEmpty: boolean }): Promise<void> {
    const { place } = this.tables;
    const log = await this.tables.log();
    if (log === id) return;
    if (log !== undefined) {
      throw new VaultMismatch(
        `${place} belongs to the log ${log}, this log is ${id}; restore the vault of this log`,
      );
    }
    if (!isEmpty) {
      throw new VaultMismatch(
        `the log ${id} holds events, and ${place} is new; restore the vault of this log`,
      );
    }
    await this.tables.setLog(id);
    // Another node may have been first, with another log.
    if ((await this.tables.log()) !== id) await this.belongTo({ id, isEmpty });
  }

  async close(): Promise<void> {
    await this.tables.close();
    this.#cache.clear();
  }
}

function openOne({ organization, field, value }: Opening, found: StoredKey | undefined) {
  const { subject, sealed } = value;
  if (found?.state === 'destroyed') return null;
  if (found?.state !== 'live') throw new KeyMissing(organization, subject);
  const bytes = Buffer.from(sealed, 'base64url');
  const plaintext = decrypt(found.key, bound(organization, subject, field), bytes);
  if (plaintext === undefined) throw new SealBroken(organization, subject, field);
  return plaintext.toString();
}

const nameOf = ({ organization, subject }: KeyName): string => `${organization}\0${subject}`;

const bound = (organization: OrganizationId, subject: string, field: SealedField): string[] => [
  organizationStream(organization),
  subject,
  field,
];
