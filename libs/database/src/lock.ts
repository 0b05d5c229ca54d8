import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseError, DatabaseLocked } from './errors.js';
import { type Database, openDatabase } from './sqlite.js';

/** Held for as long as the process owns the directory. */
export interface DirectoryLock {
  release(): void;
}

/** Another process works in this directory. */
export class DirectoryLocked extends DatabaseError {}

/**
 * Makes this process the only one that works in `directory`, which must exist. The lock is an
 * open exclusive transaction on `directory/lock`, so the operating system releases it however the
 * process ends. Throws `DirectoryLocked`, naming the holder as far as it can be known.
 */
export const lockDirectory = (directory: string): DirectoryLock => {
  const holder = join(directory, 'lock.holder');
  let database: Database | undefined;
  try {
    database = openDatabase(join(directory, 'lock'), { busyTimeout: 0, journal: 'delete' });
    database.exec('begin exclusive');
  } catch (error) {
    database?.close();
    if (!(error instanceof DatabaseLocked)) throw error;
    throw new DirectoryLocked(
      directory,
      `is in use by ${nameOf(holder)}; stop that process, or give this one a directory of its own`,
      { cause: error },
    );
  }
  writeFileSync(holder, `process ${process.pid} on ${hostname()}`);
  const held = database;
  return {
    release: () => {
      rmSync(holder, { force: true });
      held.close();
    },
  };
};

/** Does a process work in it? Only looked at: nothing is made there, and nobody is kept out. */
export const isLocked = (directory: string): boolean => {
  const file = join(directory, 'lock');
  if (!existsSync(file)) return false;
  try {
    openDatabase(file, { readonly: true, busyTimeout: 0 }).close();
    return false;
  } catch (error) {
    if (error instanceof DatabaseLocked) return true;
    throw error;
  }
};

const nameOf = (holder: string): string => {
  try {
    return readFileSync(holder, 'utf8');
  } catch {
    return 'another process';
  }
};
