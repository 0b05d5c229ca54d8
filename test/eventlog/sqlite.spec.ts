import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteEventLog } from '#eventlog/sqlite.js';
import { eventLogContract } from '../contract/event-log.contract.js';

const sqlite = (options: { recent?: number }) => async () => {
  const directory = mkdtempSync(join(tmpdir(), 'membership-'));
  return {
    open: async () => new SqliteEventLog(join(directory, 'log.db'), options),
    remove: async () => rmSync(directory, { recursive: true }),
  };
};

eventLogContract('SQLite', sqlite({}));
// Followers fall behind all the time and go on from disk.
eventLogContract('SQLite that remembers seven events', sqlite({ recent: 7 }));
