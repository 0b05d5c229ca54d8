/** `membership migrate`: moves what lies in the data directory into the production engines. */
import { Command } from 'commander';
import { dataDirOf, withData, type DataOptions } from './data.js';

export const migrateCommand = (): Command =>
  withData(new Command('migrate'))
    .description(
      'Move the log to EVENTSTORE_URL, and keys, mails, publishing and webhooks to DATABASE_URL, or one of both; the service is stopped, and repeated it goes on where it was',
    )
    .action(async (options: DataOptions) => {
      const { readConfig } = await import('../../membership/src/config.js');
      const config = readConfig({ ...process.env, DATA_DIR: dataDirOf(options) });
      const { migrate } = await import('./migrating.js');
      await migrate(config, (line) => console.log(line));
    });
