import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import {
  CommitFailed,
  DatabaseDamaged,
  DatabaseError,
  DatabaseLocked,
  DatabaseNewer,
  DatabaseUnavailable,
  DiskFull,
  typed,
} from '#database/errors.js';
import { GroupCommit } from '#database/group-commit.js';
import { type Migration, migrate, schemaVersion } from '#database/migrations.js';
import { type Database, openDatabase } from '#database/sqlite.js';
import type { SqlValue } from '#database/values.js';
import { temporaryDirectories } from '../eventlog/directory.js';

const directory = temporaryDirectories();
let path: string;
beforeEach(() => {
  path = join(directory(), 'a?b#c%20.db');
});

/** A database with a table `names`. */
const opened = (): Database => {
  const database = openDatabase(path);
  database.exec('create table if not exists names (id integer primary key, name text, bytes blob)');
  return database;
};
const count = (database: Database): number =>
  database.prepareRows<[number]>('select count(*) from names').get()?.[0] ?? -1;

describe('a database', () => {
  test('is durable, keeps nothing that is deleted, and is its owner’s alone', () => {
    const database = opened();
    const pragma = (name: string) => database.prepareRows<[SqlValue]>(`pragma ${name}`);
    expect(pragma('journal_mode').get()).toEqual(['wal']);
    expect(pragma('synchronous').get()).toEqual([2]);
    expect(pragma('secure_delete').get()).toEqual([1]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    database.prepare('insert into names (name) values (?)').run('to be forgotten');
    database.checkpoint();
    expect(readFileSync(path).includes('to be forgotten')).toBe(true);
    database.exec('delete from names');
    database.checkpoint();
    expect(readFileSync(path).includes('to be forgotten')).toBe(false);
    expect(statSync(`${path}-wal`).size).toBe(0);
    database.close();
    database.close();
    expect(() => database.prepare('select 1')).toThrow(DatabaseError);
    expect(() => database.exec('select 1')).toThrow(DatabaseError);
  });

  test('gives back every value as it was, by both ways to read', () => {
    const database = opened();
    const bytes = Buffer.from([0, 255, 1]);
    const select = 'select ? as a, ? as b, ? as c, ? as d, ? as e, ? as f';
    const values = ['é😀', 42, 1.5, null, bytes, true];
    const row = { a: 'é😀', b: 42, c: 1.5, d: null, e: bytes, f: 1 };
    expect(database.prepare(select).get(...values)).toStrictEqual(row);
    expect(database.prepare(select).all(...values)).toStrictEqual([row]);
    expect(database.prepareRows(select).get(...values)).toStrictEqual(Object.values(row));
    expect(database.prepareRows(select).all(...values)).toStrictEqual([Object.values(row)]);
    expect(database.prepareRows('select typeof(?), typeof(?)').get(3, 3.5)).toEqual([
      'integer',
      'real',
    ]);
    expect(database.prepare('select 1 where false').get()).toBeUndefined();
    database.prepare('insert into names (name) values (?)').run(7);
    expect(database.prepareRows('select name from names').get()).toEqual(['7']);
    database.close();
  });

  test.each([
    ['a date', new Date(0)],
    ['an object', { a: 1 }],
    ['an array', [1]],
    ['undefined', undefined],
    ['a function', () => 1],
    ['text with a NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800'],
  ])('refuses to bind %s instead of ending the process or storing something else', (_, value) => {
    const database = opened();
    const statement = database.prepare('insert into names (name) values (?)');
    expect(() => statement.run(value as never)).toThrow(TypeError);
    expect(() => statement.all(value as never)).toThrow(TypeError);
    expect(() => statement.get(value as never)).toThrow(TypeError);
    expect(count(database)).toBe(0);
    database.close();
  });

  test('keeps statements apart by their text, however many there are', () => {
    const database = opened();
    for (let i = 0; i < 500; i++) {
      expect(database.prepareRows(`select ${i}`).get()).toEqual([i]);
      expect(database.prepare('select 1 as one').get()).toEqual({ one: 1 });
      expect(database.prepareRows('select 1 as one').get()).toEqual([1]);
    }
    database.close();
  });

  test('commits a transaction as a whole or not at all', () => {
    const database = opened();
    const insert = database.prepare('insert into names (name) values (?)');
    expect(database.transaction(() => insert.run('a').changes)).toBe(1);
    const failing = () =>
      database.transaction(() => {
        insert.run('b');
        throw new Error('no');
      });
    expect(failing).toThrow('no');
    expect(count(database)).toBe(1);
    expect(database.transaction(() => insert.run('c').lastInsertRowid)).toBe(2);
    database.close();
    const again = opened();
    expect(count(again)).toBe(2);
    again.close();
  });

  test('says that a failed commit is not known', () => {
    const database = openDatabase(path);
    database.exec(`create table a (id integer primary key);
      create table b (a integer references a deferrable initially deferred)`);
    const failing = () => database.transaction(() => database.exec('insert into b values (1)'));
    expect(failing).toThrow(CommitFailed);
    expect(database.prepareRows('select count(*) from b').get()).toEqual([0]);
    database.close();
  });

  test('serves Kysely over the same connection', async () => {
    const database = opened();
    const kysely = database.kysely<{
      names: { id: number; name: string; bytes: Uint8Array | null };
    }>();
    await kysely.transaction().execute(async (transaction) => {
      const bytes = Buffer.from('x');
      const inserted = await transaction
        .insertInto('names')
        .values([
          { id: 1, name: 'a', bytes },
          { id: 2, name: 'b', bytes: null },
        ])
        .executeTakeFirstOrThrow();
      expect(inserted.numInsertedOrUpdatedRows).toBe(2n);
      expect(inserted.insertId).toBe(2n);
    });
    const rows = await kysely.selectFrom('names').selectAll().orderBy('id').execute();
    expect(rows).toStrictEqual([
      { id: 1, name: 'a', bytes: Buffer.from('x') },
      { id: 2, name: 'b', bytes: null },
    ]);
    const streamed = [];
    for await (const row of kysely.selectFrom('names').select('id').stream()) streamed.push(row.id);
    expect(streamed).toEqual([1, 2]);
    const failing = kysely.transaction().execute(async (transaction) => {
      await transaction.deleteFrom('names').execute();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await sql<{ n: number }>`select count(*) as n from names`.execute(kysely)).toMatchObject(
      {
        rows: [{ n: 2 }],
      },
    );
    await kysely.destroy();
    expect(count(database)).toBe(2);
    database.close();
  });

  test('may be read while another connection writes', () => {
    const database = opened();
    const reader = openDatabase(path, { readonly: true });
    database.prepare('insert into names (name) values (?)').run('a');
    expect(count(reader)).toBe(1);
    expect(() => reader.exec('delete from names')).toThrow(DatabaseUnavailable);
    reader.close();
    database.close();
  });
});

describe('what can be wrong with a file has a name:', () => {
  test('no directory', () => {
    expect(() => openDatabase(join(path, 'nowhere', 'a.db'))).toThrow(DatabaseUnavailable);
    expect(() => openDatabase(join(path, 'a.db'), { readonly: true })).toThrow(DatabaseUnavailable);
  });

  test('not a database', () => {
    writeFileSync(path, 'This is a letter to somebody. '.repeat(200));
    expect(() => openDatabase(path)).toThrow(DatabaseDamaged);
    expect(() => openDatabase(path)).toThrow(/a\?b#c%20\.db.*restore it from a backup/);
  });

  test('cut short', () => {
    const database = opened();
    const insert = database.prepare('insert into names (name) values (?)');
    database.transaction(() => {
      for (let i = 0; i < 3000; i++) insert.run(`name ${i}`);
    });
    database.close();
    truncateSync(path, 20_000);
    expect(() => {
      const cut = opened();
      cut.prepare('select name from names').all();
    }).toThrow(DatabaseDamaged);
  });

  test('damaged pages', () => {
    const database = opened();
    const insert = database.prepare('insert into names (name) values (?)');
    database.transaction(() => {
      for (let i = 0; i < 3000; i++) insert.run(`name ${i}`);
    });
    expect(() => database.quickCheck()).not.toThrow();
    database.close();
    const bytes = readFileSync(path);
    bytes.fill(0x55, 4096 * 3, 4096 * 3 + 64);
    writeFileSync(path, bytes);
    const damaged = openDatabase(path);
    expect(() => damaged.quickCheck()).toThrow(DatabaseDamaged);
    damaged.close();
  });

  test('locked', () => {
    const holder = opened();
    const other = openDatabase(path, { busyTimeout: 20 });
    holder.exec('begin immediate');
    const write = () => other.transaction(() => other.exec('insert into names (name) values (1)'));
    expect(write).toThrow(DatabaseLocked);
    expect(write).toThrow(/another process/);
    holder.exec('commit');
    expect(write).not.toThrow();
    other.close();
    holder.close();
  });

  test('full', () => {
    const database = opened();
    database.exec('pragma max_page_count = 20');
    const insert = database.prepare('insert into names (bytes) values (?)');
    const fill = () =>
      database.transaction(() => {
        for (let i = 0; i < 100; i++) insert.run(Buffer.alloc(3000));
      });
    expect(fill).toThrow(DiskFull);
    expect(count(database)).toBe(0);
    database.close();
  });

  test('an error of another kind stays as it is', () => {
    const database = opened();
    expect(() => database.exec('selec')).toThrow(/syntax error/);
    expect(() => database.prepare('select 1 from nowhere')).toThrow(/no such table/);
    database.exec('insert into names (id) values (1)');
    expect(() => database.prepare('insert into names (id) values (?)').run(1)).toThrow(/UNIQUE/);
    expect(typed(path, 'text')).toBe('text');
    database.close();
  });
});

describe('migrations', () => {
  const first = 'create table a (x integer); create table b (x integer)';
  const steps: Migration[] = [first, (database) => database.exec('insert into a values (1)')];

  test('run once each, in order', () => {
    for (const known of [steps.slice(0, 1), steps, steps]) {
      const database = openDatabase(path);
      migrate(database, known);
      expect(schemaVersion(database)).toBe(known.length);
      database.close();
    }
    const database = openDatabase(path);
    expect(database.prepareRows('select count(*) from a').get()).toEqual([1]);
    database.close();
  });

  test('leave nothing of a step that fails', () => {
    const database = openDatabase(path);
    const broken = 'create table c (x integer); create table a (x integer)';
    expect(() => migrate(database, [first, broken])).toThrow(/already exists/);
    expect(schemaVersion(database)).toBe(1);
    expect(() => database.prepare('select * from c')).toThrow(/no such table/);
    migrate(database, steps);
    database.close();
  });

  test('refuse a database of a newer version, saying what to do', () => {
    const database = openDatabase(path);
    migrate(database, steps);
    expect(() => migrate(database, steps.slice(0, 1))).toThrow(DatabaseNewer);
    expect(() => migrate(database, steps.slice(0, 1))).toThrow(/version 2.*knows 1.*newer program/);
    database.close();
  });

  test('refuse a database that is not ours', () => {
    const database = opened();
    expect(() => migrate(database, steps)).toThrow(DatabaseDamaged);
    database.close();
  });
});

describe('a group commit', () => {
  test('keeps what is asked for together in one transaction, and a failure to itself', async () => {
    const database = opened();
    const commits = new GroupCommit(database);
    const insert = database.prepare('insert into names (name) values (?)');
    let inOne = 0;
    const jobs = ['a', 'b', 'c'].map((name) =>
      commits.run(() => {
        if (name === 'b') throw new Error('no b');
        insert.run(name);
        return ++inOne;
      }),
    );
    expect(await Promise.allSettled(jobs)).toEqual([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: new Error('no b') },
      { status: 'fulfilled', value: 2 },
    ]);
    expect(count(database)).toBe(2);
    database.close();
  });

  test('fails all when the database fails', async () => {
    const database = opened();
    const commits = new GroupCommit(database);
    database.exec('pragma max_page_count = 10');
    const large = () => database.prepare('insert into names (bytes) values (zeroblob(?))').run(1e6);
    const jobs = [commits.run(() => count(database)), commits.run(large)];
    const reasons = (await Promise.allSettled(jobs)).map((job) =>
      job.status === 'rejected' ? (job.reason as Error).constructor : job.value,
    );
    expect(reasons).toEqual([DiskFull, DiskFull]);
    expect(await commits.run(() => count(database))).toBe(0);
    database.close();
  });
});
