import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Postgres, type PostgresOptions } from '#database/postgres.js';
import { asked } from '#database/postgres-examining.js';
import { migratePostgres } from '#database/postgres-migrations.js';
import type { OrganizationId, UserId } from '#domain/ids.js';
import { KEY_BYTES } from './cipher.js';
import { GRACE, KeyTables, type KeyName, type StoredKey } from './key-tables.js';
import type { Ring } from './keyring.js';
import { writeAnew } from './postgres-parts.js';
import { KeyDestroyed } from './vault.js';
import { type KnownWrapping, Wrapping } from './wrapping.js';

/** So that a part is written anew in a moment when a key in it is destroyed. For ever. */
const PARTS = 16;

/** Milliseconds between tries to write parts anew, while older transactions are under way; and where
 * one of them goes on for long. */
const PAUSES = [50, 200, 1000];
const AGAIN = 60_000;

const MIGRATIONS = [
  `create table keys (
     organization text collate "C" not null,
     subject text collate "C" not null,
     state text not null check (state in ('live', 'destroyed')),
     wrapping_key text,
     wrapped bytea,
     -- Milliseconds since the epoch.
     ensured bigint not null,
     primary key (organization, subject),
     check ((state = 'live') = (wrapped is not null and wrapping_key is not null))
   ) partition by hash (organization);
   create index keys_by_wrapping_key on keys (wrapping_key);
   create index keys_of_users on keys (subject, organization) where substr(subject, 1, 4) = 'usr_';
   create table wrapping_keys (id text primary key, proof bytea not null);
   create table vault (one integer primary key check (one = 1), log text not null);
   -- Parts in which bytes of destroyed keys lie.
   create table unclean (number bigint generated always as identity primary key, part text not null);
   ${Array.from(
     { length: PARTS },
     (_, part) =>
       `create table keys_${part} partition of keys
          for values with (modulus ${PARTS}, remainder ${part});`,
   ).join('\n')}`,
  'alter table vault add column erased text',
];

interface Row extends KeyName {
  readonly state: 'live' | 'destroyed';
  readonly wrapping_key: string | null;
  readonly wrapped: Buffer | null;
}

/** Names as one parameter. */
const NAMED = 'json_to_recordset($1) as named (organization text, subject text)';
const COLUMNS = 'organization, subject, state, wrapping_key, wrapped';

/** Keys in one schema of PostgreSQL, for any number of nodes. */
export class PostgresKeyTables extends KeyTables {
  #again: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(
    private readonly database: Postgres,
    private readonly wrapping: Wrapping,
    private readonly now: () => number,
  ) {
    super();
  }

  /** Throws `KeysInvalid` if it was written with a key that is not in `ring`. */
  static async open(
    options: PostgresOptions,
    ring: Ring,
    now: () => number,
  ): Promise<PostgresKeyTables> {
    const database = new Postgres(options);
    try {
      await migratePostgres(database, MIGRATIONS);
      const wrapping = new Wrapping(ring);
      const known = await database.all<KnownWrapping>('select id, proof from wrapping_keys');
      const added = wrapping.check(database.place, known);
      if (added !== undefined) {
        const sql = 'insert into wrapping_keys (id, proof) values ($1, $2) on conflict do nothing';
        await database.query(sql, [added.id, added.proof]);
        // Another node may have come first, with another key of this name.
        wrapping.check(database.place, await database.all('select id, proof from wrapping_keys'));
      }
      const tables = new PostgresKeyTables(database, wrapping, now);
      // Of a process that ended before it came to it.
      await tables.truncate();
      return tables;
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  /**
   * The log whose keys lie there, where one is noted. Changes nothing.
   * @throws KeysInvalid as `open`, where a ring is given, and the errors of `libs/database`
   */
  static examine(options: PostgresOptions, ring: Ring | undefined): Promise<string | undefined> {
    const database = new Postgres(options);
    return asked(database, MIGRATIONS, async (version) => {
      if (version === 0) return undefined;
      const known = await database.all<KnownWrapping>('select id, proof from wrapping_keys');
      if (ring !== undefined) new Wrapping(ring).check(database.place, known);
      const [row] = await database.all<{ log: string }>('select log from vault');
      return row?.log;
    });
  }

  get place(): string {
    return this.database.place;
  }

  async find(names: readonly KeyName[]): Promise<StoredKey[]> {
    const rows = await this.database.all<Row>(
      `select ${COLUMNS} from keys join ${NAMED} using (organization, subject)`,
      [JSON.stringify(names)],
    );
    const known = new Map(rows.map((row) => [nameOf(row), row]));
    return names.map((name) => {
      const row = known.get(nameOf(name));
      return row === undefined ? { state: 'missing' } : this.#stored(row);
    });
  }

  #stored({ organization, subject, state, wrapping_key, wrapped }: Row): StoredKey {
    if (state !== 'live' || wrapping_key === null || wrapped === null)
      return { state: 'destroyed' };
    const key = this.wrapping.unwrap(organization, subject, wrapping_key, wrapped);
    return { state: 'live', key };
  }

  /** In one statement, in one order everywhere: nodes that make the same keys wait for one another. */
  async make(
    organization: OrganizationId,
    subjects: ReadonlySet<string>,
  ): Promise<Map<string, Buffer>> {
    const fresh = [...subjects].sort().map((subject) => {
      const wrapped = this.wrapping.wrap(organization, subject, randomBytes(KEY_BYTES));
      return { subject, wrapped: wrapped.toString('base64') };
    });
    const rows = await this.database.all<Row>(
      `with fresh as (select * from json_to_recordset($1) as fresh (subject text, wrapped text))
       insert into keys as known (organization, subject, state, wrapping_key, wrapped, ensured)
       select $2, subject, 'live', $3, decode(wrapped, 'base64'), $4 from fresh
       where not exists (
         select 1 from keys join fresh using (subject)
         where organization = $2 and state = 'destroyed')
       on conflict (organization, subject)
         do update set ensured = greatest(known.ensured, excluded.ensured)
       returning ${COLUMNS}`,
      [JSON.stringify(fresh), organization, this.wrapping.current, this.now()],
    );
    const keys = new Map<string, Buffer>();
    for (const row of rows) {
      const stored = this.#stored(row);
      if (stored.state === 'live') keys.set(row.subject, stored.key);
    }
    if (keys.size === subjects.size) return keys;
    const names = [...subjects].map((subject) => ({ organization, subject }));
    const stored = await this.find(names);
    const gone = names.find((_, index) => stored[index]?.state === 'destroyed');
    throw new KeyDestroyed(organization, gone?.subject ?? '');
  }

  touch(): void {
    // A key is remembered for a minute, which an hour of grace has room for.
  }

  async destroy(organization: OrganizationId, subjects: readonly string[]): Promise<void> {
    const names = [...new Set(subjects)].sort().map((subject) => ({ organization, subject }));
    await this.database.query(
      `with destroyed as (
         insert into keys as known (organization, subject, state, ensured)
         select organization, subject, 'destroyed', $2 from ${NAMED}
         on conflict (organization, subject)
           do update set state = 'destroyed', wrapping_key = null, wrapped = null
           where known.state = 'live'
         returning tableoid)
       insert into unclean (part) select distinct tableoid::regclass::text from destroyed`,
      [JSON.stringify(names), this.now()],
      true,
    );
  }

  async removeOld(names: readonly KeyName[]): Promise<readonly KeyName[]> {
    if (names.length === 0) return [];
    return this.database.all<KeyName>(
      `delete from keys using ${NAMED}
       where keys.organization = named.organization and keys.subject = named.subject
         and state = 'live' and ensured < $2
       returning keys.organization, keys.subject`,
      [JSON.stringify(names), this.now() - GRACE],
    );
  }

  live({ organization, subject }: KeyName, limit: number): Promise<KeyName[]> {
    return this.database.all<KeyName>(
      `select organization, subject from keys
       where (organization, subject) > ($1, $2) and state = 'live'
       order by organization, subject limit $3`,
      [organization, subject, limit],
    );
  }

  names({ organization, subject }: KeyName, limit: number): Promise<KeyName[]> {
    return this.database.all<KeyName>(
      `select organization, subject from keys where (organization, subject) > ($1, $2)
       order by organization, subject limit $3`,
      [organization, subject, limit],
    );
  }

  async put(keys: readonly (KeyName & StoredKey)[]): Promise<void> {
    const rows = keys.map(({ organization, subject, ...stored }) => {
      const name = { organization, subject, state: stored.state };
      if (stored.state !== 'live') return name;
      const wrapped = this.wrapping.wrap(organization, subject, stored.key).toString('base64');
      return { ...name, wrapping_key: this.wrapping.current, wrapped };
    });
    await this.database.query(
      `insert into keys (${COLUMNS}, ensured)
       select organization, subject, state, wrapping_key, decode(wrapped, 'base64'), $2
       from json_to_recordset($1) as one
         (organization text, subject text, state text, wrapping_key text, wrapped text)`,
      [JSON.stringify(rows), this.now()],
      true,
    );
  }

  /** Into new files. */
  async empty(): Promise<void> {
    await this.database.query('truncate keys, unclean');
  }

  async organizationsOf(user: UserId): Promise<OrganizationId[]> {
    const rows = await this.database.all<KeyName>(
      `select organization from keys
       where subject = $1 and substr(subject, 1, 4) = 'usr_' and state = 'live'
       order by organization`,
      [user],
    );
    return rows.map(({ organization }) => organization);
  }

  async rewrap(limit: number): Promise<number> {
    return this.database.transaction(async (run) => {
      const { rows } = await run(
        `select ${COLUMNS} from keys
         where state = 'live' and wrapping_key <> $1 limit $2
         for update skip locked`,
        [this.wrapping.current, limit],
      );
      for (const row of rows as Row[]) {
        const { organization, subject } = row;
        const stored = this.#stored(row);
        if (stored.state !== 'live') continue;
        const wrapped = this.wrapping.wrap(organization, subject, stored.key);
        await run(
          'update keys set wrapping_key = $1, wrapped = $2 where organization = $3 and subject = $4',
          [this.wrapping.current, wrapped, organization, subject],
          true,
        );
      }
      // The old key may be known to somebody: what it wrapped goes, too.
      await run(
        `insert into unclean (part) select distinct keys.tableoid::regclass::text
         from keys join ${NAMED} using (organization, subject)`,
        [
          JSON.stringify(
            (rows as Row[]).map(({ organization, subject }) => ({ organization, subject })),
          ),
        ],
      );
      return rows.length;
    });
  }

  async forgetUnusedWrapping(): Promise<void> {
    await this.database.query(
      `delete from wrapping_keys where id <> $1
       and not exists (select 1 from keys where wrapping_key = wrapping_keys.id)`,
      [this.wrapping.current],
    );
  }

  /** Where an older transaction goes on for long, everything that is destroyed meanwhile is left to
   * the next try. */
  async truncate(): Promise<void> {
    if (this.#again !== undefined) return;
    for (const pause of PAUSES) {
      if (await writeAnew(this.database)) return;
      await delay(pause);
    }
    if (!(await writeAnew(this.database))) this.#tryAgain();
  }

  /** Also where the database is away by then. */
  #tryAgain(): void {
    if (this.#isClosed) return;
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.truncate().catch(() => this.#tryAgain());
    }, AGAIN).unref();
  }

  async log(): Promise<string | undefined> {
    const [row] = await this.database.all<{ log: string }>('select log from vault where one = 1');
    return row?.log;
  }

  async setLog(id: string): Promise<void> {
    const sql = 'insert into vault (one, log) values (1, $1) on conflict do nothing';
    await this.database.query(sql, [id]);
  }

  async erased(): Promise<string | undefined> {
    const rows = await this.database.all<{ erased: string | null }>('select erased from vault');
    return rows[0]?.erased ?? undefined;
  }

  async setErased(place: string): Promise<void> {
    await this.database.query('update vault set erased = $1', [place]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#again);
    await this.database.close();
  }
}

const nameOf = ({ organization, subject }: KeyName): string => `${organization}\0${subject}`;
