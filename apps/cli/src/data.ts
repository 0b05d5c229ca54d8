/** The data directory, for what works on its files and not through the running service. */
import type { Command } from 'commander';

export interface DataOptions {
  readonly dataDir?: string;
}

export const withData = (command: Command): Command =>
  command.option('--data-dir <folder>', 'where the data is (DATA_DIR, or ./data)');

export const dataDirOf = ({ dataDir }: DataOptions): string =>
  dataDir ?? (process.env['DATA_DIR'] || './data');
