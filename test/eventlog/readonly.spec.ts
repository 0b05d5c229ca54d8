/** Whoever only looks at a log leaves it, and the service that appends to it, alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { DatabaseUnavailable } from '#database/errors.js';
import { verify } from '#eventlog/chain.js';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { Chain, followUntil, readAll } from '../contract/events.js';
import { temporaryDirectories } from './directory.js';

const directory = temporaryDirectories();
const STREAM = 'organization-acme';

test('a log that is only read is neither moved nor cut, and is read as far as it goes', async () => {
  const path = join(directory(), 'log.db');
  const chain = new Chain(STREAM);
  const service = new SqliteEventLog(path);
  await service.append(chain.renames(3));
  const files = () => ['', '-wal'].map((end) => readFileSync(path + end));
  const before = files();
  // What was appended lies in the WAL: moving it into the file would be writing.
  expect(before[1]!.length).toBeGreaterThan(0);

  const reader = new SqliteEventLog(path, { readonly: true });
  expect(reader.id).toBe(service.id);
  expect(await readAll(reader, STREAM)).toHaveLength(3);
  expect(await verify(reader, {})).toMatchObject({ events: 3, findings: [] });
  await expect(reader.append(new Chain('organization-other').renames(1))).rejects.toThrow();
  expect(files()).toEqual(before);

  const seen = followUntil(reader, null, 4);
  await service.append(chain.renames(1));
  reader.refresh();
  expect((await seen).map(({ revision }) => revision)).toEqual([0, 1, 2, 3]);
  const between = files();
  await reader.close();
  expect(files()).toEqual(between);
  await service.close();
});

test('one of a service that has stopped is read as well, and none is made', async () => {
  const path = join(directory(), 'log.db');
  const service = new SqliteEventLog(path);
  await service.append(new Chain(STREAM).renames(2));
  await service.close();
  const reader = new SqliteEventLog(path, { readonly: true });
  expect(await readAll(reader, STREAM)).toHaveLength(2);
  await reader.close();
  const nowhere = join(directory(), 'log.db');
  expect(() => new SqliteEventLog(nowhere, { readonly: true })).toThrow(DatabaseUnavailable);
});
