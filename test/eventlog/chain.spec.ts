import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase } from '#database/sqlite.js';
import type { SqlValue } from '#database/values.js';
import { exportHeads, type Finding, type Heads, verify } from '#eventlog/chain.js';
import type { EncodedEvent } from '#eventlog/event-log.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { Chain, collect, readAll } from '../contract/events.js';
import { temporaryDirectories } from './directory.js';

const A = 'organization-a';
const B = 'organization-b';

/** Somebody with the file in hands, who knows the schema well. */
describe('verification', () => {
  const directory = temporaryDirectories();
  let path: string;
  let heads: Heads;
  const tamper = (...statements: [sql: string, ...parameters: SqlValue[]][]) => {
    const database = openDatabase(path);
    for (const [sql, ...parameters] of statements) database.prepare(sql).run(...parameters);
    database.close();
  };
  const findings = async (options: { heads?: Heads } = {}): Promise<readonly Finding[]> => {
    const log = new SqliteEventLog(path);
    try {
      return (await verify(log, options)).findings;
    } finally {
      await log.close();
    }
  };
  /** Puts other events in place of a stream's last ones, ends and all. */
  const rewrite = (stream: string, events: readonly EncodedEvent[]) =>
    tamper(
      ...events.map(({ revision, canonical, metadata }): [string, ...SqlValue[]] => [
        'update events set canonical = ?, hash = ? where stream = ? and revision = ?',
        Buffer.from(canonical),
        Buffer.from(metadata.hash, 'hex'),
        stream,
        revision,
      ]),
      [
        'update streams set hash = ? where stream = ?',
        Buffer.from(events.at(-1)?.metadata.hash ?? '', 'hex'),
        stream,
      ],
    );

  beforeEach(async () => {
    path = join(directory(), 'log.db');
    const log = new SqliteEventLog(path);
    const a = new Chain(A);
    const b = new Chain(B);
    for (let i = 0; i < 5; i++) {
      await log.append(a.renames(2));
      await log.append(b.renames(1));
    }
    heads = await exportHeads(log);
    await log.close();
  });

  test('finds nothing in an untouched log, and says what it cannot know', async () => {
    const log = new SqliteEventLog(path);
    expect(await verify(log)).toEqual({
      log: log.id,
      events: 15,
      streams: 2,
      findings: [],
      more: 0,
      unknown: [expect.stringMatching(/Without heads .*cut off.*missing.*written anew/)],
    });
    const checked = await verify(log, { heads: JSON.parse(JSON.stringify(heads)) as Heads });
    expect(checked).toMatchObject({
      findings: [],
      unknown: [expect.stringMatching(/appended after/)],
    });
    await log.close();
  });

  test('lets a log go on after its heads were exported', async () => {
    const log = new SqliteEventLog(path);
    const last = await log.last(A);
    await log.append(new Chain(A, 10, last?.metadata.hash).renames(3));
    await log.append(new Chain('organization-c').renames(1));
    expect((await verify(log, { heads })).findings).toEqual([]);
    await log.close();
  });

  test('finds an edit', async () => {
    tamper([
      `update events set canonical = cast(replace(canonical, 'name 4', 'NAME 4') as blob) where stream = ? and revision = 4`,
      A,
    ]);
    const found = await findings();
    expect(found).toEqual([
      { stream: A, revision: 4, problem: 'damaged', detail: expect.stringMatching(/hash/) },
    ]);
  });

  test('finds an edit whose hash was computed anew', async () => {
    const log = new SqliteEventLog(path);
    const events = await readAll(log, A, 3);
    await log.close();
    const forged = new Chain(A, 4, events[0]?.metadata.hash).renames(1, 'forged');
    rewrite(A, forged);
    tamper([
      'update streams set hash = ? where stream = ?',
      Buffer.from(events.at(-1)?.metadata.hash ?? '', 'hex'),
      A,
    ]);
    expect(await findings()).toEqual([
      { stream: A, revision: 5, problem: 'broken_chain', detail: expect.any(String) },
    ]);
  });

  test('finds an insertion', async () => {
    const [foreign] = new Chain(A, 10).renames(1, 'inserted');
    tamper(
      [
        `insert into events (position, stream, revision, hash, canonical) values (16, ?, 10, ?, ?)`,
        A,
        Buffer.from(foreign?.metadata.hash ?? '', 'hex'),
        Buffer.from(foreign?.canonical ?? ''),
      ],
      ['update log set head = 16'],
    );
    const found = (await findings()).map(({ problem, revision }) => `${problem} ${revision}`);
    expect(found).toContain('broken_chain 10');
    expect(found).toContain('unreadable 9');
  });

  test('finds a reordering', async () => {
    tamper(
      ['update events set revision = 1000 where stream = ? and revision = 3', A],
      ['update events set revision = 3 where stream = ? and revision = 4', A],
      ['update events set revision = 4 where stream = ? and revision = 1000', A],
    );
    const problems = (await findings()).map(({ problem }) => problem);
    expect(problems).toContain('misplaced');
    expect(problems).toContain('out_of_order');
  });

  test('finds a removal before the end', async () => {
    tamper(['delete from events where stream = ? and revision = 4', A]);
    expect(await findings()).toContainEqual({
      stream: A,
      revision: 4,
      problem: 'gap',
      detail: expect.any(String),
    });
  });

  test('finds an end that is not there', async () => {
    tamper(['update streams set revision = revision + 1 where stream = ?', B]);
    expect(await findings()).toContainEqual(
      expect.objectContaining({ stream: B, problem: 'unreadable' }),
    );
    tamper(['delete from streams where stream = ?', B]);
    expect(await findings()).toContainEqual(
      expect.objectContaining({
        problem: 'unreadable',
        detail: expect.stringMatching(/1 of its streams/),
      }),
    );
    tamper(['update log set streams = 1']);
    expect(await findings()).toContainEqual(
      expect.objectContaining({ stream: B, problem: 'wrong_reading' }),
    );
  });

  test('finds a cut tail with heads only', async () => {
    const log = new SqliteEventLog(path);
    const keep = (await collect(log.records(B)))[3]?.hash ?? '';
    await log.close();
    tamper(
      ['delete from events where stream = ? and revision = 4', B],
      ['update streams set revision = 3, hash = ? where stream = ?', Buffer.from(keep, 'hex'), B],
      ['update log set head = 14'],
    );
    expect(await findings()).toEqual([]);
    expect(await findings({ heads })).toEqual([
      { stream: B, revision: 4, problem: 'cut_tail', detail: 'it went on to 4' },
    ]);
  });

  test('finds a missing stream with heads only', async () => {
    tamper(
      ['delete from events where stream = ?', B],
      ['delete from streams where stream = ?', B],
      [
        `update events set position = -(select count(*) from events e where e.position <= events.position)`,
      ],
      [`update events set position = -position`],
      ['update log set head = 10, streams = 1'],
    );
    expect(await findings()).toEqual([]);
    expect(await findings({ heads })).toEqual([
      { stream: B, revision: 4, problem: 'missing_stream', detail: 'it had 5 events' },
    ]);
  });

  test('finds a rewritten history with heads only', async () => {
    rewrite(A, new Chain(A).renames(10, 'rewritten'));
    expect(await findings()).toEqual([]);
    expect(await findings({ heads })).toEqual([
      { stream: A, revision: 9, problem: 'rewritten', detail: expect.any(String) },
    ]);
  });

  test('says when the heads are of another log', async () => {
    const log = new SqliteEventLog(path);
    const { unknown } = await verify(log, { heads: { ...heads, log: 'log_other' } });
    expect(unknown.join(' ')).toContain('log_other');
    await log.close();
  });
});
