import { migrate } from '#database/migrations.js';
import type { Database } from '#database/sqlite.js';
import type { OrganizationId, UserId } from '#domain/ids.js';
import { decrypt, encrypt } from './cipher.js';
import { KeysInvalid, type Ring } from './keyring.js';

/** The tag key of an organization is its key for the empty subject; no other subject is empty. */
export const TAGS = '';

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
];

export type StoredKey =
  | { readonly state: 'live'; readonly key: Buffer }
  | { readonly state: 'destroyed' }
  | { readonly state: 'missing' };

export interface KeyName {
  readonly organization: OrganizationId;
  readonly subject: string;
}

type Row = [state: string, wrappingKey: string | null, wrapped: Buffer | null];

/** The vault's tables and the wrapping around what is in them. */
export class VaultTables {
  constructor(
    private readonly database: Database,
    private readonly ring: Ring,
  ) {
    migrate(database, MIGRATIONS);
    database.transaction(() => this.#checkRing());
  }

  /** A wrong key is found here, not when the first value doesn't open. */
  #checkRing(): void {
    const known = this.database
      .prepareRows<[string, Buffer]>('select id, proof from wrapping_keys')
      .all();
    for (const [id, proof] of known) {
      const key = this.ring.keys.get(id);
      if (key === undefined || decrypt(key, ['wrapping key', id], proof) === undefined) {
        throw new KeysInvalid(
          `${this.database.path} was written with the wrapping key ${id}, which ${key ? 'is another key' : 'is not given'}; restore it, or rewrap before taking it away`,
        );
      }
    }
    const { current } = this.ring;
    if (!known.some(([id]) => id === current)) {
      const proof = encrypt(this.#currentKey(), ['wrapping key', current], Buffer.alloc(0));
      this.database
        .prepare('insert into wrapping_keys (id, proof) values (?, ?)')
        .run(current, proof);
    }
  }

  #currentKey(): Buffer {
    return this.ring.keys.get(this.ring.current) as Buffer;
  }

  key(organization: OrganizationId, subject: string): StoredKey {
    const row = this.#row(organization, subject);
    if (row === undefined) return { state: 'missing' };
    const [state, wrappingKey, wrapped] = row;
    if (state !== 'live' || wrappingKey === null || wrapped === null) return { state: 'destroyed' };
    return { state: 'live', key: this.#unwrap(organization, subject, wrappingKey, wrapped) };
  }

  #row(organization: OrganizationId, subject: string): Row | undefined {
    return this.database
      .prepareRows<Row>(
        'select state, wrapping_key, wrapped from keys where organization = ? and subject = ?',
      )
      .get(organization, subject);
  }

  #unwrap(organization: string, subject: string, wrappingKey: string, wrapped: Buffer): Buffer {
    const by = this.ring.keys.get(wrappingKey);
    const key = by && decrypt(by, ['data key', organization, subject], wrapped);
    if (key === undefined) {
      throw new KeysInvalid(
        `the key of ${subject} of ${organization} does not open with the wrapping key ${wrappingKey}`,
      );
    }
    return key;
  }

  #wrap(organization: string, subject: string, key: Buffer): Buffer {
    return encrypt(this.#currentKey(), ['data key', organization, subject], key);
  }

  insert(organization: OrganizationId, subject: string, key: Buffer): void {
    this.database
      .prepare(
        `insert into keys (organization, subject, state, wrapping_key, wrapped)
         values (?, ?, 'live', ?, ?)`,
      )
      .run(organization, subject, this.ring.current, this.#wrap(organization, subject, key));
  }

  destroy(organization: OrganizationId, subject: string): void {
    this.database
      .prepare(
        `insert into keys (organization, subject, state) values (?, ?, 'destroyed')
         on conflict do update set state = 'destroyed', wrapping_key = null, wrapped = null`,
      )
      .run(organization, subject);
  }

  remove(organization: OrganizationId, subject: string): void {
    this.database
      .prepare("delete from keys where organization = ? and subject = ? and state = 'live'")
      .run(organization, subject);
  }

  /** Up to `limit` live keys after `after`, by organization and subject. */
  live(after: KeyName, limit: number): KeyName[] {
    return this.database
      .prepareRows<[OrganizationId, string]>(
        `select organization, subject from keys
         where (organization, subject) > (?, ?) and state = 'live'
         order by organization, subject limit ?`,
      )
      .all(after.organization, after.subject, limit)
      .map(([organization, subject]) => ({ organization, subject }));
  }

  /** Where this user has a live key. */
  organizationsOf(user: UserId): OrganizationId[] {
    return this.database
      .prepareRows<[OrganizationId]>(
        `select organization from keys
         where subject = ? and substr(subject, 1, 4) = 'usr_' and state = 'live'
         order by organization`,
      )
      .all(user)
      .map(([organization]) => organization);
  }

  /** Wraps anew up to `limit` keys that an older key still wraps; returns how many. */
  rewrap(limit: number): number {
    const older = this.database
      .prepareRows<[OrganizationId, string, string, Buffer]>(
        `select organization, subject, wrapping_key, wrapped from keys
         where wrapping_key in (select id from wrapping_keys where id <> ?) limit ?`,
      )
      .all(this.ring.current, limit);
    const update = this.database.prepare(
      'update keys set wrapping_key = ?, wrapped = ? where organization = ? and subject = ?',
    );
    for (const [organization, subject, wrappingKey, wrapped] of older) {
      const key = this.#unwrap(organization, subject, wrappingKey, wrapped);
      const anew = this.#wrap(organization, subject, key);
      update.run(this.ring.current, anew, organization, subject);
    }
    return older.length;
  }

  /** Wrapping keys that wrap nothing any more need not be given next time. */
  forgetUnusedWrapping(): void {
    this.database
      .prepare(
        `delete from wrapping_keys where id <> ?
         and not exists (select 1 from keys where wrapping_key = wrapping_keys.id)`,
      )
      .run(this.ring.current);
  }

  /** The log this vault belongs to, once it does. */
  log(): string | undefined {
    return this.database.prepareRows<[string]>('select log from vault where one = 1').get()?.[0];
  }

  setLog(id: string): void {
    this.database.prepare('insert into vault (one, log) values (1, ?)').run(id);
  }
}
