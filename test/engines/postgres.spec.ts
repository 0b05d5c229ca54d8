/** What `libs/database` says of PostgreSQL: limits, typed errors, migrations by many at once. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  CommitFailed,
  DatabaseNewer,
  DatabaseUnavailable,
  ServerUnavailable,
} from '#database/errors.js';
import { migratePostgres } from '#database/postgres-migrations.js';
import { Postgres } from '#database/postgres.js';
import { builtName } from '#readstore/builds.js';
import { rewritePersons } from '#readstore/postgres-persons.js';
import { Cutting } from '../support/cutting.js';
import { dropSchema, freshSchema, urlOf } from '../support/postgres.js';
import { onServer } from './support/servers.js';

await onServer('POSTGRES_URL', () => {
  const STEPS = ['create table things (id bigint primary key)', 'insert into things values (1)'];
  let schema: string;
  beforeEach(() => {
    schema = freshSchema();
  });
  afterEach(() => dropSchema(schema));
  const opened = async <T>(
    work: (database: Postgres) => Promise<T>,
    more: { url?: string; connections?: number; patience?: number } = {},
  ): Promise<T> => {
    const database = new Postgres({ url: urlOf(), schema, ...more });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  };
  const migrated = () => opened((database) => migratePostgres(database, STEPS));

  describe('PostgreSQL', () => {
    test('is migrated once, however many nodes start at the same moment', async () => {
      await Promise.all([1, 2, 3, 4, 5].map(migrated));
      const things = await opened((database) => database.all('select id from things'));
      expect(things).toEqual([{ id: 1 }]);
    });

    test('that a newer program has migrated is refused, and not touched', async () => {
      await migrated();
      const older = opened((database) => migratePostgres(database, STEPS.slice(0, 1)));
      await expect(older).rejects.toThrow(DatabaseNewer);
    });

    test('whose schema the user may not use is unavailable, in words', async () => {
      await migrated();
      const user = `${schema}_guest`;
      await opened((database) => database.query(`create role ${user} login`));
      const url = new URL(urlOf());
      url.username = user;
      const asked = opened((database) => migratePostgres(database, STEPS), { url: url.href });
      await asked.catch(() => undefined);
      await opened((database) => database.query(`drop role ${user}`));
      await expect(asked).rejects.toThrow(ServerUnavailable);
      await expect(asked).rejects.toThrow(/give the user USAGE and CREATE/);
    });

    test.each([
      ['nobody listens', (url: URL) => (url.port = '1'), /can't be reached/],
      ['there is no such database', (url: URL) => (url.pathname = '/nothing'), /does not exist/],
      ['there is no such user', (url: URL) => (url.username = 'nobody'), /let us in/],
    ])('where %s is unavailable, in words', async (_, change, words) => {
      const url = new URL(urlOf());
      change(url);
      url.password = 'secret';
      const asked = opened((database) => database.query('select 1'), { url: url.href });
      await expect(asked).rejects.toThrow(ServerUnavailable);
      await expect(asked).rejects.toThrow(words);
      await expect(asked).rejects.not.toThrow(/secret/);
    });

    test('gives up a statement that takes too long, and goes on', async () => {
      await opened(
        async (database) => {
          const slow = database.query('select pg_sleep(30)');
          await expect(slow).rejects.toThrow(/took too long/);
          await expect(slow).rejects.toBeInstanceOf(DatabaseUnavailable);
          expect(await database.all('select 1 as one')).toEqual([{ one: 1 }]);
        },
        { patience: 300 },
      );
    });

    /** @param slow what each row takes its time by, in whichever table. */
    const people = async (slow: string): Promise<void> => {
      const table = builtName('member_persons', 1);
      await migrated();
      await opened(async (database) => {
        await database.query('create table checkpoints (name text, build bigint, state text)');
        await database.query("insert into checkpoints values ('members@1', 1, 'serving')");
        await database.query(`create table ${table} (id bigint primary key ${slow})`);
        await database.query(`insert into ${table} select generate_series(1, 60)`);
        await database.query(`create view member_persons as select * from ${table}`);
      });
    };
    const free = { isFree: async () => true };

    test('moves no people where somebody is seen beforehand who reads them for long', async () => {
      await people('');
      await opened(async (database) => {
        const session = await database.session();
        expect(await rewritePersons(session, { isFree: async () => false }, 50)).toBe(false);
        session.end();
      });
    });

    test('moves no people where somebody is met on the way who reads them for long', async () => {
      await people('');
      await opened(async (database) => {
        const session = await database.session();
        await database.transaction(async (run) => {
          await run('select * from member_persons');
          expect(await rewritePersons(session, free, 50)).toBe(false);
          // It has lost nothing by it, and nobody waits.
          expect(session.ended.aborted).toBe(false);
          expect((await session.run([{ sql: 'select 1 as one' }]))[0]?.rows).toEqual([{ one: 1 }]);
          expect(await database.all('select id from member_persons where id = 1')).toHaveLength(1);
        });
        expect(await rewritePersons(session, free, 50)).toBe(true);
        expect(await database.all('select id from member_persons')).toHaveLength(60);
        session.end();
      });
    });

    test('takes no connection again on which nobody answers', async () => {
      const way = await Cutting.open(urlOf());
      await migrated();
      await opened(
        async (database) => {
          const db = database.kysely<{ things: { id: number } }>();
          const read = () => db.selectFrom('things').selectAll().execute();
          expect(await read()).toEqual([{ id: 1 }]);
          way.silence();
          await expect(read()).rejects.toBeInstanceOf(ServerUnavailable);
          expect(await read()).toEqual([{ id: 1 }]);
        },
        { url: way.url, connections: 1, patience: 100 },
      );
      way.close();
    });

    test('moves people for as long as that takes, though no statement else may take so long', async () => {
      await people('check (pg_sleep(0.05) is not null)');
      await opened(
        async (database) => {
          const session = await database.session();
          expect(await rewritePersons(session, free, 50)).toBe(true);
          session.end();
          const [row] = await database.all('select count(*) as count from member_persons');
          expect(row).toEqual({ count: 60 });
        },
        { patience: 100 },
      );
    });

    test('has no more connections open than it may', async () => {
      await opened(
        async (database) => {
          const mine = `select count(*) as count from pg_stat_activity
            where application_name = 'membership' and query like '%' || $1 || '%'`;
          const asked = await Promise.all(
            Array.from({ length: 20 }, () =>
              database.all<{ count: number }>(`${mine} and pg_sleep(0.02) is not null`, [schema]),
            ),
          );
          for (const [row] of asked) expect(row!.count).toBeLessThanOrEqual(2);
          expect(asked).toHaveLength(20);
        },
        { connections: 2 },
      );
    });

    test('prepares a question once for each connection, however often it is asked', async () => {
      const asked = 'select $1::bigint as one';
      const prepared = `select statement, generic_plans + custom_plans as times
        from pg_prepared_statements where statement like '%$1::bigint as one%'`;
      await opened(
        async (database) => {
          for (const one of [1, 2, 3]) expect(await database.all(asked, [one])).toEqual([{ one }]);
          const { rows } = await database.query(prepared);
          expect(rows).toEqual([{ statement: asked, times: 3 }]);
          const session = await database.session();
          for (const one of [1, 2]) await session.run([{ sql: asked, parameters: [one] }]);
          const [mine] = await session.run([{ sql: prepared }]);
          expect(mine?.rows).toEqual([
            { statement: expect.stringMatching(/^prepare \w+ as select /), times: 2 },
          ]);
          session.end();
        },
        { connections: 1 },
      );
    });

    test('rolls back what fails, and says so as it was said', async () => {
      await migrated();
      await opened(async (database) => {
        const twice = database.transaction(async (run) => {
          await run('insert into things values (2)');
          await run('insert into things values (1)');
        });
        await expect(twice).rejects.toMatchObject({ code: '23505' });
        expect(await database.all('select id from things')).toEqual([{ id: 1 }]);
      });
    });

    test.each([
      ['before', [{ id: 1 }]],
      ['after', [{ id: 1 }, { id: 2 }]],
    ] as const)('cut off %s a COMMIT arrives: nobody knows, until it is read', async (how, is) => {
      await migrated();
      const way = await Cutting.open(urlOf());
      await opened(
        async (database) => {
          way.cut(how, 'commit');
          const cut = database.transaction((run) => run('insert into things values (2)'));
          await expect(cut).rejects.toThrow(CommitFailed);
          expect(await database.all('select id from things order by id')).toEqual(is);
        },
        { url: way.url },
      );
      way.close();
    });

    test('takes no text that it would store as another', async () => {
      await opened(async (database) => {
        for (const text of ['a\0b', '\ud800']) {
          await expect(database.query('select $1::text', [text])).rejects.toThrow(TypeError);
        }
        expect(await database.all('select $1::text as text', ["it's \\ 👋"])).toEqual([
          { text: "it's \\ 👋" },
        ]);
      });
    });
  });
});
