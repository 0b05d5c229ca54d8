/** `membership replay --prefix NAME`: publishes everything once more, into other topics or into lost ones. */
import { Command } from 'commander';
import { dataDirOf, withData, type DataOptions } from './data.js';

export const replayCommand = (): Command =>
  withData(new Command('replay'))
    .description(
      'Publish from event 0 into other topics beside the running service, or make lost ones again while it is stopped',
    )
    .requiredOption(
      '--prefix <prefix>',
      'of the topics: <prefix>.events, <prefix>.permission-changes',
    )
    .action(async (options: DataOptions & { prefix: string }) => {
      const { readConfig } = await import('../../membership/src/config.js');
      const config = readConfig({
        ...process.env,
        DATA_DIR: dataDirOf(options),
        KAFKA_TOPIC_PREFIX: options.prefix,
      });
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      const { replay } = await import('./replaying.js');
      await replay(config, (line) => console.log(line), stop.signal);
    });
