/** What of a data directory is in the production engines now: what is left of it here is old. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { Config } from './config.js';
import { fileIn } from './installation.js';
import { SettingError } from './setting.js';

/** Setting that names the engine → what is there. */
const PARTS = {
  EVENTSTORE_URL: 'the log',
  DATABASE_URL: 'what was mailed and published, webhooks and keys',
} as const;
export type Moved = keyof typeof PARTS;
const ALL = Object.keys(PARTS) as Moved[];

type Folder = Pick<Config, 'DATA_DIR'>;

export function movedFrom(folder: Folder): readonly Moved[] {
  let text: string;
  try {
    text = readFileSync(fileIn(folder)('moved'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return ALL.filter((part) => (JSON.parse(text) as Moved[]).includes(part));
}

/** Durable, and whole or not at all. */
export function noteMoved(folder: Folder, parts: readonly Moved[]): void {
  const file = fileIn(folder)('moved');
  const handle = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(handle, `${JSON.stringify([...new Set([...movedFrom(folder), ...parts])])}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(`${file}.new`, file);
  const folderHandle = openSync(folder.DATA_DIR, 'r');
  try {
    fsyncSync(folderHandle);
  } finally {
    closeSync(folderHandle);
  }
}

/** Nobody goes on with what was left behind of the parts they need. @throws SettingError */
export function checkMoved(
  config: Folder & Partial<Pick<Config, Moved>>,
  needed: readonly Moved[] = ALL,
): void {
  for (const part of movedFrom(config)) {
    if (config[part] !== undefined || !needed.includes(part)) continue;
    throw new SettingError(
      part,
      `"membership migrate" has moved ${PARTS[part]} from ${config.DATA_DIR}; set it to where that is now`,
    );
  }
}
