/** The data directory, for what works on its files and not through the running service. */
import type { Command } from 'commander';
import { DirectoryLocked, lockDirectory, type DirectoryLock } from '#database/lock.js';

export interface DataOptions {
  readonly dataDir?: string;
}

export const withData = (command: Command): Command =>
  command.option('--data-dir <folder>', 'where the data is (DATA_DIR, or ./data)');

export const dataDirOf = ({ dataDir }: DataOptions): string =>
  dataDir ?? (process.env['DATA_DIR'] || './data');

/** While it is held no service works in the folder. @throws Error that says who does */
export function lockedFolder(folder: string): DirectoryLock {
  try {
    return lockDirectory(folder);
  } catch (error) {
    if (!(error instanceof DirectoryLocked)) throw error;
    const holder = error.message.replace(`${folder}: `, '').replace(/;.*/, '');
    throw new Error(`${folder} ${holder}: stop the service, repeat this, and start it again`, {
      cause: error,
    });
  }
}
