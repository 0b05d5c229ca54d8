/** Events that lie in a data directory and were never moved: no log begins beside them. */
import { existsSync } from 'node:fs';
import { LogMissing } from '#eventlog/event-log.js';
import type { Config } from './config.js';
import { fileIn, logOf } from './installation.js';
import { movedFrom } from './moved.js';
import { SettingError } from './setting.js';

type Logs = Pick<Config, 'DATA_DIR' | 'EVENTSTORE_URL'>;

/**
 * A folder that holds events, beside an EventStoreDB that holds none, is no new installation. Looked
 * at before a log begins there, for then nothing could be moved into it. @throws SettingError
 */
export async function checkNothingLeft(config: Logs): Promise<void> {
  if (config.EVENTSTORE_URL === undefined || !existsSync(fileIn(config)('events'))) return;
  if (movedFrom(config).includes('EVENTSTORE_URL')) return;
  if (!(await holdsEvents({ ...config, EVENTSTORE_URL: undefined }))) return;
  if (await holdsEvents(config)) return;
  throw new SettingError(
    'EVENTSTORE_URL',
    `the log there is empty, and ${config.DATA_DIR} holds events: run "membership migrate", which moves them there, or give an empty DATA_DIR`,
  );
}

async function holdsEvents(config: Logs): Promise<boolean> {
  try {
    const { log } = await logOf(config, { readonly: true });
    return (await log.head().finally(() => log.close())) !== null;
  } catch (error) {
    if (error instanceof LogMissing) return false;
    throw error;
  }
}
