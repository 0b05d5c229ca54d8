/** Where the snapshots of a test lie: in a file, or, for a suite of `test/engines`, elsewhere. */
import { openDatabase } from '#database/sqlite.js';
import { type Snapshots, SqliteSnapshots } from '#eventlog/snapshots.js';
import { chosen } from './chosen.js';

/** A place for snapshots, which can be opened again and again. */
export interface SnapshotPlace {
  open(): Promise<Snapshots>;
  /** As somebody would who should not; `$members` is a payload with another letter, `$start` its start. */
  change(sql: string): Promise<void>;
  /** How many pieces lie there. */
  pieces(): Promise<number>;
  /** Takes everything away; nothing is open. */
  remove(): Promise<void>;
}

/** @param file where to put a file, if it is to be one. */
export type SnapshotEngine = (file: string) => SnapshotPlace;

const files: SnapshotEngine = (path) => {
  const opened = <T>(work: (database: ReturnType<typeof openDatabase>) => T): T => {
    const database = openDatabase(path);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    open: async () => new SqliteSnapshots(path),
    change: async (sql) =>
      opened((database) =>
        database.exec(
          sql
            .replace('$members', "cast(replace(bytes, 'members', 'nembers') as blob)")
            .replace('$start', 'cast(substr(bytes, 1, 3) as blob)'),
        ),
      ),
    pieces: async () =>
      opened((database) => database.prepareRows<[number]>('select count(*) from pieces').get()![0]),
    // The folder goes with everything in it.
    remove: async () => undefined,
  };
};

export const { isEmbedded, place, use } = chosen(files);
