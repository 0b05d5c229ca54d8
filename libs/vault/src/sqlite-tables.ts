import { randomBytes } from 'node:crypto';
import { GroupCommit } from '#database/group-commit.js';
import { migrate } from '#database/migrations.js';
import { openDatabase, type Database } from '#database/sqlite.js';
import type { OrganizationId, UserId } from '#domain/ids.js';
import { KEY_BYTES } from './cipher.js';
import { GRACE, KeyTables, type KeyName, type StoredKey } from './key-tables.js';
import type { Ring } from './keyring.js';
import { KeyDestroyed } from './vault.js';
import { Wrapping } from './wrapping.js';

const MIGRATIONS = [
  `create table keys (
     organization text not null,
     subject text not null,
     state text not null check (state in ('live', 'destroyed')),
     wrapping_key text,
     wrapped blob,
     primary key (organization, subject),
     check ((state = 'live') = (wrapped is not null and wrapping_key is not null))
   ) strict, without rowid;
   create index keys_by_wrapping_key on keys (wrapping_key);
   create table wrapping_keys (
     id text primary key,
     proof blob not null
   ) strict, without rowid;
   create table vault (
     one integer primary key check (one = 1),
     log text not null
   ) strict;`,
  `create index keys_of_users on keys (subject, organization) where substr(subject, 1, 4) = 'usr_';`,
  'alter table vault add column erased text',
];

type Row = [state: string, wrappingKey: string | null, wrapped: Buffer | null];

/** Keys in one SQLite file of this process. */
export class SqliteKeyTables extends KeyTables {
  readonly #database: Database;
  readonly #commits: GroupCommit;
  readonly #wrapping: Wrapping;
  /** When keys were last ensured, in that order: nobody else ensures any. */
  readonly #ensured = new Map<string, number>();

  /** Throws `KeysInvalid` if it was written with a key that is not in `ring`. */
  constructor(
    readonly place: string,
    ring: Ring,
    private readonly now: () => number,
  ) {
    super();
    this.#wrapping = new Wrapping(ring);
    this.#database = openDatabase(place, { flushed: 'asked' });
    try {
      migrate(this.#database, MIGRATIONS);
      this.#database.transaction(() => this.#checkRing());
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#commits = new GroupCommit(this.#database);
  }

  #checkRing(): void {
    const known = this.#database
      .prepareRows<[string, Buffer]>('select id, proof from wrapping_keys')
      .all()
      .map(([id, proof]) => ({ id, proof }));
    const added = this.#wrapping.check(this.place, known);
    if (added === undefined) return;
    this.#database
      .prepare('insert into wrapping_keys (id, proof) values (?, ?)')
      .run(added.id, added.proof);
  }

  async find(names: readonly KeyName[]): Promise<StoredKey[]> {
    return names.map((name) => this.#key(name));
  }

  #key({ organization, subject }: KeyName): StoredKey {
    const row = this.#database
      .prepareRows<Row>(
        'select state, wrapping_key, wrapped from keys where organization = ? and subject = ?',
      )
      .get(organization, subject);
    if (row === undefined) return { state: 'missing' };
    const [state, wrappingKey, wrapped] = row;
    if (state !== 'live' || wrappingKey === null || wrapped === null) return { state: 'destroyed' };
    const key = this.#wrapping.unwrap(organization, subject, wrappingKey, wrapped);
    return { state: 'live', key };
  }

  make(organization: OrganizationId, subjects: ReadonlySet<string>): Promise<Map<string, Buffer>> {
    return this.#commits.run(() => this.#make(organization, subjects));
  }

  /** Checks all before it writes any. */
  #make(organization: OrganizationId, subjects: ReadonlySet<string>): Map<string, Buffer> {
    const keys = new Map<string, Buffer>();
    const missing: string[] = [];
    for (const subject of subjects) {
      const stored = this.#key({ organization, subject });
      if (stored.state === 'destroyed') throw new KeyDestroyed(organization, subject);
      if (stored.state === 'live') keys.set(subject, stored.key);
      else missing.push(subject);
    }
    for (const subject of missing) {
      const key = randomBytes(KEY_BYTES);
      this.#insert(organization, subject, key);
      keys.set(subject, key);
    }
    return keys;
  }

  #insert(organization: OrganizationId, subject: string, key: Buffer): void {
    const wrapped = this.#wrapping.wrap(organization, subject, key);
    this.#database
      .prepare(
        `insert into keys (organization, subject, state, wrapping_key, wrapped)
         values (?, ?, 'live', ?, ?)`,
      )
      .run(organization, subject, this.#wrapping.current, wrapped);
  }

  touch(organization: OrganizationId, subjects: readonly string[]): void {
    const now = this.now();
    for (const subject of subjects) {
      const name = nameOf({ organization, subject });
      this.#ensured.delete(name);
      this.#ensured.set(name, now);
    }
    for (const [oldest, at] of this.#ensured) {
      if (now - at <= GRACE) return;
      this.#ensured.delete(oldest);
    }
  }

  destroy(organization: OrganizationId, subjects: readonly string[]): Promise<void> {
    return this.#commits.run(() => {
      for (const subject of subjects) this.#bury(organization, subject);
    });
  }

  #bury(organization: OrganizationId, subject: string): void {
    this.#database
      .prepare(
        `insert into keys (organization, subject, state) values (?, ?, 'destroyed')
         on conflict do update set state = 'destroyed', wrapping_key = null, wrapped = null`,
      )
      .run(organization, subject);
  }

  removeOld(names: readonly KeyName[]): Promise<readonly KeyName[]> {
    return this.#commits.run(() => {
      const now = this.now();
      const old = names.filter((name) => {
        const ensured = this.#ensured.get(nameOf(name));
        return ensured === undefined || now - ensured > GRACE;
      });
      for (const { organization, subject } of old) {
        this.#database
          .prepare("delete from keys where organization = ? and subject = ? and state = 'live'")
          .run(organization, subject);
      }
      return old;
    });
  }

  async live(after: KeyName, limit: number): Promise<KeyName[]> {
    return this.#database
      .prepareRows<[OrganizationId, string]>(
        `select organization, subject from keys
         where (organization, subject) > (?, ?) and state = 'live'
         order by organization, subject limit ?`,
      )
      .all(after.organization, after.subject, limit)
      .map(([organization, subject]) => ({ organization, subject }));
  }

  async names(after: KeyName, limit: number): Promise<KeyName[]> {
    return this.#database
      .prepareRows<[OrganizationId, string]>(
        `select organization, subject from keys where (organization, subject) > (?, ?)
         order by organization, subject limit ?`,
      )
      .all(after.organization, after.subject, limit)
      .map(([organization, subject]) => ({ organization, subject }));
  }

  put(keys: readonly (KeyName & StoredKey)[]): Promise<void> {
    return this.#commits.run(() => {
      for (const { organization, subject, ...stored } of keys) {
        if (stored.state === 'live') this.#insert(organization, subject, stored.key);
        else this.#bury(organization, subject);
      }
    });
  }

  async empty(): Promise<void> {
    await this.#commits.run(() => this.#database.exec('delete from keys'));
    await this.truncate();
  }

  async organizationsOf(user: UserId): Promise<OrganizationId[]> {
    return this.#database
      .prepareRows<[OrganizationId]>(
        `select organization from keys
         where subject = ? and substr(subject, 1, 4) = 'usr_' and state = 'live'
         order by organization`,
      )
      .all(user)
      .map(([organization]) => organization);
  }

  rewrap(limit: number): Promise<number> {
    return this.#commits.run(() => {
      const older = this.#database
        .prepareRows<[OrganizationId, string, string, Buffer]>(
          `select organization, subject, wrapping_key, wrapped from keys
           where wrapping_key in (select id from wrapping_keys where id <> ?) limit ?`,
        )
        .all(this.#wrapping.current, limit);
      const update = this.#database.prepare(
        'update keys set wrapping_key = ?, wrapped = ? where organization = ? and subject = ?',
      );
      for (const [organization, subject, wrappingKey, wrapped] of older) {
        const key = this.#wrapping.unwrap(organization, subject, wrappingKey, wrapped);
        const anew = this.#wrapping.wrap(organization, subject, key);
        update.run(this.#wrapping.current, anew, organization, subject);
      }
      return older.length;
    });
  }

  async forgetUnusedWrapping(): Promise<void> {
    await this.#commits.run(() =>
      this.#database
        .prepare(
          `delete from wrapping_keys where id <> ?
           and not exists (select 1 from keys where wrapping_key = wrapping_keys.id)`,
        )
        .run(this.#wrapping.current),
    );
  }

  async truncate(): Promise<void> {
    this.#database.checkpoint();
  }

  async log(): Promise<string | undefined> {
    return this.#database.prepareRows<[string]>('select log from vault where one = 1').get()?.[0];
  }

  async setLog(id: string): Promise<void> {
    await this.#commits.run(() =>
      this.#database.prepare('insert into vault (one, log) values (1, ?)').run(id),
    );
  }

  async erased(): Promise<string | undefined> {
    const sql = 'select erased from vault where one = 1';
    return this.#database.prepareRows<[string | null]>(sql).get()?.[0] ?? undefined;
  }

  async setErased(place: string): Promise<void> {
    await this.#commits.run(() =>
      this.#database.prepare('update vault set erased = ? where one = 1').run(place),
    );
  }

  async close(): Promise<void> {
    await this.#commits.drain();
    this.#database.close();
  }
}

const nameOf = ({ organization, subject }: KeyName): string => `${organization}\0${subject}`;
