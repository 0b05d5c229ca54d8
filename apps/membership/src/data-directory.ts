/** The directory that everything is kept in. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DirectoryLocked, lockDirectory, type DirectoryLock } from '#database/lock.js';
import { SettingError } from './setting.js';

/** What the operating system says → what that means. */
const TROUBLES: Readonly<Record<string, string>> = {
  ENOENT: 'can not be made where it lies; give a folder on a disk',
  EEXIST: 'is a file; give a folder, which is made where there is none',
  ENOTDIR: 'lies below a file; give a folder, which is made where there is none',
  EACCES: 'may not be written to by this process; give it a folder of its own, or the rights',
  EPERM: 'may not be written to by this process; give it a folder of its own, or the rights',
  EROFS: 'is on a disk that is only read; give a folder on another one',
  ENOSPC: 'is on a disk that is full; make room and start again',
};

/** With those it lies in. Of a place where none can be made, `recursive` would ask for ever. */
function makeFolder(path: string): void {
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/**
 * Makes the directory where there is none, and this process the only one that works in it.
 * @throws SettingError that says what is in the way.
 */
export function takeDirectory(directory: string): DirectoryLock {
  try {
    makeFolder(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return lockDirectory(directory);
  } catch (error) {
    if (error instanceof DirectoryLocked) throw new SettingError('DATA_DIR', error.message);
    const trouble = TROUBLES[(error as NodeJS.ErrnoException).code ?? ''];
    if (trouble === undefined) throw error;
    throw new SettingError('DATA_DIR', `${directory} ${trouble}`);
  }
}
